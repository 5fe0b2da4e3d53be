//! What most commands begin with: the configuration file, the store, a mapping. Starts nothing.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::failure::Failure;
use crate::config::mappings::read_bundle;
use crate::config::model::{Config, ConnectionConfig, StoreConfig};
use crate::ids::ConnectionName;
use crate::mapping::bound::Bound;
use crate::mapping::load::Mapping;
use crate::store::sqlite::{Role, SqliteStore};

/// Where the configuration is.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct ConfigFile {
    /// Configuration file
    #[arg(long = "config", value_name = "FILE", default_value = "bridge.yaml")]
    path: PathBuf,
}

/// What a command that lists things takes: which connection, in which form, from which file.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Listing {
    /// Only of this connection
    #[arg(long, value_name = "NAME", value_parser = parse_connection)]
    pub(super) connection: Option<ConnectionName>,
    /// Prints JSON
    #[arg(long)]
    pub(super) json: bool,
    #[command(flatten)]
    config: ConfigFile,
}

/// A configuration that has passed every check.
#[derive(Debug)]
pub(super) struct Setup {
    /// Where it came from, for messages.
    pub(super) path: PathBuf,
    /// What it says.
    pub(super) config: Config,
}

impl ConfigFile {
    /// The file at a path.
    pub(super) fn at(path: PathBuf) -> Self {
        Self { path }
    }

    /// Reads and checks the file.
    pub(super) fn load(&self) -> Result<Setup, Failure> {
        let config = Config::load(&self.path).map_err(Failure::wrong)?;
        Ok(Setup { path: self.path.clone(), config })
    }
}

impl Listing {
    /// Reads and checks the file; the connection that is named is one of it.
    pub(super) fn load(&self) -> Result<Setup, Failure> {
        let setup = self.config.load()?;
        if let Some(name) = &self.connection {
            setup.connection(name)?;
        }
        Ok(setup)
    }
}

impl Setup {
    /// One connection.
    pub(super) fn connection(&self, name: &ConnectionName) -> Result<&ConnectionConfig, Failure> {
        self.config.connections.get(name).ok_or_else(|| {
            let known: Vec<&str> = self.config.connections.keys().map(ConnectionName::as_str).collect();
            Failure::wrong(format!("{}: no connection {name}; there is {}", self.path.display(), known.join(", ")))
        })
    }

    /// The mapping of a connection.
    pub(super) fn mapping(&self, name: &ConnectionName) -> Result<Mapping, Failure> {
        load_mapping(&self.connection(name)?.mapping)
    }

    /// The mapping of a connection, bound to its settings.
    pub(super) fn bind(&self, name: &ConnectionName) -> Result<Bound, Failure> {
        let connection = self.connection(name)?;
        self.mapping(name)?.bind(&connection.settings).map_err(Failure::wrong)
    }

    /// The store, opened beside a bridge that may be running.
    pub(super) fn open_store(&self) -> Result<Arc<SqliteStore>, Failure> {
        let StoreConfig::Sqlite(path) = &self.config.store;
        SqliteStore::open(path, Role::Tool).map(Arc::new).map_err(Failure::failed)
    }
}

/// Reads and checks a mapping: a folder, a file, or the name of a built-in one.
pub(super) fn load_mapping(path: &Path) -> Result<Mapping, Failure> {
    let bundle = read_bundle(path).map_err(Failure::wrong)?;
    Mapping::load(bundle).map_err(Failure::wrong)
}

/// Reads a connection name from the command line.
pub(super) fn parse_connection(text: &str) -> Result<ConnectionName, String> {
    ConnectionName::parse(text)
        .ok_or_else(|| "a connection's name has 1 to 63 characters of a-z, 0-9, `-` and `_`".to_owned())
}

/// Reads a text file that the command line names.
pub(super) fn read_text(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| Failure::wrong(format!("{}: {error}", path.display())))
}
