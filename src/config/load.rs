//! Loads `bridge.yaml`: every mistake with line, column and the nearest right name. Secrets of the vendor are not read here;
//! see [`super::secret`].

mod address;
mod connection;
mod mask;
mod token;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use indexmap::IndexMap;

use self::address::{is_loopback_listener, listener, public_url};
use super::connect::check_connections;
use super::file::{ConfigFile, config_schema};
use super::model::{Config, StoreConfig, TokenSecret};
use crate::config::model::SecretSource;
use crate::document::{Diagnostic, MAX_BYTES, Node, NodeValue, Place, Problems, Reporter, Source, check_shape, read};
use crate::ids::ConnectionName;

/// Where the program listens when the file does not say.
pub const DEFAULT_LISTEN: &str = "127.0.0.1:8080";

impl Config {
    /// Loads the configuration from a file. Relative paths in it are relative to it. Settings and secrets are held against the
    /// mappings; what is wrong inside a mapping is not reported here.
    ///
    /// # Errors
    /// All problems found, not only the first.
    pub fn load(path: &Path) -> Result<Self, Problems> {
        Ok(LoadedConfig::load(path)?.config)
    }

    /// Listens elsewhere than the file says (`--listen`).
    ///
    /// # Errors
    /// When it is no address, or when tokens stand in the file in plain and the address is not loopback.
    pub fn listen_on(&mut self, listen: &str) -> Result<(), Problems> {
        listener(listen).map_err(|problem| Problems::one(format!("--listen: {problem}")))?;
        if !is_loopback_listener(listen)
            && let Some((connection, token)) = self.plain_token()
        {
            return Err(Problems::one(format!(
                "--listen {listen} is not loopback, and the token `{token}` of connection {connection} stands in the \
                 configuration in plain; give it as env:NAME, file:PATH or sha256"
            )));
        }
        listen.clone_into(&mut self.listen);
        Ok(())
    }

    /// The first inbound token that is written in plain.
    fn plain_token(&self) -> Option<(&ConnectionName, &str)> {
        self.connections.iter().find_map(|(name, connection)| {
            let plain = |secret: &TokenSecret| matches!(secret, TokenSecret::Source(SecretSource::Literal(_)));
            connection.inbound.tokens.iter().find(|token| plain(&token.secret)).map(|token| (name, token.name.as_str()))
        })
    }
}

/// A configuration with its text, so that what is found wrong later can be shown in the file.
#[derive(Debug)]
pub struct LoadedConfig {
    /// The configuration.
    pub config: Config,
    source: Arc<Source>,
    root: Node,
}

impl LoadedConfig {
    /// As [`Config::load`].
    ///
    /// # Errors
    /// All problems found, not only the first.
    pub fn load(path: &Path) -> Result<Self, Problems> {
        let unreadable = |reason: String| Problems::one(format!("{} cannot be read: {reason}", path.display()));
        let about = fs::metadata(path).map_err(|error| unreadable(error.kind().to_string()))?;
        if about.len() > MAX_BYTES as u64 {
            return Err(unreadable(format!("it has more than {MAX_BYTES} bytes")));
        }
        let text = fs::read_to_string(path).map_err(|error| unreadable(error.kind().to_string()))?;
        let mut loaded = Self::parse(path, &text)?;
        let problems = check_connections(&mut loaded);
        if problems.is_empty() { Ok(loaded) } else { Err(problems.into()) }
    }

    /// Reads a configuration from text; `path` names it in messages and is the base of relative paths.
    ///
    /// # Errors
    /// All problems found.
    pub fn parse(path: &Path, text: &str) -> Result<Self, Vec<Diagnostic>> {
        let name = path.display().to_string();
        let hidden: fn(Vec<Diagnostic>) -> Vec<Diagnostic> =
            |problems| problems.into_iter().map(Diagnostic::without_line).collect();
        let mut root = read(&Source::new(name.clone(), text)).map_err(hidden)?;
        mask::secrets_as_text(&mut root, text, false);
        let (masked, shown) = mask::mask(&root, text);
        let source = Source::new(name, shown);
        let problems = check_shape(&source, &masked, &config_schema(), &[]);
        if !problems.is_empty() {
            return Err(problems);
        }
        let file: ConfigFile = serde_json::from_value(root.to_json())
            .map_err(|error| vec![Diagnostic::new(&source, 0..0, format!("this cannot be read: {error}"))])?;
        let base = path.parent().unwrap_or(Path::new("")).to_owned();
        let mut reader = Reader { reporter: Reporter::new(&source, &masked), base };
        let config = reader.config(file);
        let problems = reader.reporter.into_problems();
        match config {
            Some(config) if problems.is_empty() => Ok(Self { config, source, root: masked }),
            _ => Err(problems),
        }
    }

    /// A problem with the value at a place of the file, to be rendered with the others.
    pub fn problem_at(&self, place: &Place, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(&self.source, self.root.locate(place), message)
    }

    /// The text at a place of the file, if there is one.
    pub(super) fn text_at(&self, place: &Place) -> Option<&str> {
        match &self.root.find(place)?.value {
            NodeValue::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A problem with the key at a place of the file.
    pub fn problem_at_key(&self, place: &Place, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(&self.source, self.root.locate_key(place), message)
    }
}

/// One run over a file of the right shape: turns texts into what they mean and collects what is wrong with them.
struct Reader<'a> {
    reporter: Reporter<'a>,
    base: PathBuf,
}

impl Reader<'_> {
    fn config(&mut self, file: ConfigFile) -> Option<Config> {
        let listen = self.address(&Place::of(["listen"]), file.listen).unwrap_or_else(|| DEFAULT_LISTEN.into());
        let admin_listen = self.address(&Place::of(["admin_listen"]), file.admin_listen);
        let public_url = file.public_url.and_then(|url| match public_url(&url) {
            Ok(url) => Some(url),
            Err(problem) => self.refuse(&Place::of(["public_url"]), problem),
        });
        let store = self.store(&file.store);
        if file.connections.is_empty() {
            self.reporter
                .at(&Place::of(["connections"]), "there is no connection: the bridge would have nothing to do");
        }
        let mut connections = IndexMap::new();
        for (name, connection) in file.connections {
            if let Some((name, connection)) = self.connection(&name, connection, is_loopback_listener(&listen)) {
                connections.insert(name, connection);
            }
        }
        Some(Config { listen, admin_listen, public_url, store: store?, connections })
    }

    fn address(&mut self, place: &Place, text: Option<String>) -> Option<String> {
        let text = text?;
        match listener(&text) {
            Ok(()) => Some(text),
            Err(problem) => self.refuse(place, problem),
        }
    }

    fn store(&mut self, text: &str) -> Option<StoreConfig> {
        let place = Place::of(["store"]);
        if text.starts_with("postgres:") || text.starts_with("postgresql:") {
            let problem = "a PostgreSQL store is not supported by this version";
            self.reporter.at(&place, problem).help("use `sqlite:PATH`, a file on this machine");
            return None;
        }
        match text.strip_prefix("sqlite:").map(|path| path.trim_start_matches("//")) {
            Some(path) if !path.is_empty() && !path.starts_with(':') => Some(StoreConfig::Sqlite(self.relative(path))),
            _ => {
                self.reporter
                    .at(&place, format!("`{text}` is no store"))
                    .help("write `sqlite:PATH`, such as `sqlite:data/bridge.db`");
                None
            }
        }
    }

    fn relative(&self, path: &str) -> PathBuf {
        self.base.join(path)
    }

    fn refuse<T>(&mut self, place: &Place, problem: address::Wrong) -> Option<T> {
        self.reporter.at(place, problem.message).maybe_help(problem.help);
        None
    }
}

#[cfg(test)]
mod tests;
