//! Reads secrets from where they are kept: the only place of the program that reads the environment. A secret read here is
//! never logged, shown or written anywhere.

use std::collections::HashMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use indexmap::IndexMap;
use secrecy::{ExposeSecret as _, SecretString};

use super::model::SecretSource;
use crate::ids::ConnectionName;

/// Largest secret that is read from a file, in bytes. A larger file is taken for a mistake in the path.
pub const MAX_SECRET_BYTES: u64 = 64 * 1024;

/// Why a secret cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("connection {connection}: the secret `{name}` cannot be read: {problem}")]
pub struct SecretError {
    /// Connection that needs it.
    pub connection: ConnectionName,
    /// Name of the secret as the mapping declares it.
    pub name: String,
    /// What is wrong with its source, which it names; never the secret itself.
    pub problem: SourceError,
}

/// Why a source yields nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// The environment lacks it.
    #[error("the environment variable {0} is not set; set it and start again")]
    NotInEnvironment(String),
    /// Not UTF-8.
    #[error("{0} is not UTF-8 text")]
    NotText(String),
    /// It is there and empty.
    #[error("{0} is empty")]
    Empty(String),
    /// The file cannot be read.
    #[error("the file {path} cannot be read ({reason}); it is tried again with the next use")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// The file is too large.
    #[error("the file {0} is larger than {MAX_SECRET_BYTES} bytes, which no secret is; is the path right?")]
    TooLarge(PathBuf),
    /// The connection has no such secret.
    #[error("`bridge.yaml` gives none; add it under `secrets` of the connection")]
    NotGiven,
}

impl SourceError {
    /// What is wrong, without what to do about it while the bridge runs.
    pub fn found(&self) -> String {
        match self {
            Self::NotInEnvironment(name) => format!("the environment variable {name} is not set"),
            Self::File { path, reason } => format!("the file {} cannot be read ({reason})", path.display()),
            Self::NotText(_) | Self::Empty(_) | Self::TooLarge(_) | Self::NotGiven => self.to_string(),
        }
    }
}

/// The secrets of one connection. Files are read again when they change, so that a rotated secret needs no restart.
#[derive(Debug)]
pub struct Secrets {
    connection: ConnectionName,
    sources: IndexMap<String, SecretSource>,
    files: FileCache,
}

impl Secrets {
    /// The secrets that a connection's configuration names. Nothing is read yet.
    pub fn new(connection: ConnectionName, sources: IndexMap<String, SecretSource>) -> Self {
        Self { connection, sources, files: FileCache::default() }
    }

    /// The present value of a secret.
    ///
    /// # Errors
    /// When it is not configured, or its source yields nothing.
    pub fn read(&self, name: &str) -> Result<SecretString, SecretError> {
        let read = match self.sources.get(name) {
            None => Err(SourceError::NotGiven),
            Some(source) => self.files.read(source),
        };
        read.map_err(|problem| SecretError { connection: self.connection.clone(), name: name.to_owned(), problem })
    }

    /// Names of the configured secrets.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.sources.keys().map(String::as_str)
    }
}

/// Contents of secret files, kept until the file changes. Holds at most one entry per configured file.
#[derive(Debug, Default)]
pub struct FileCache(Mutex<HashMap<PathBuf, (Stamp, SecretString)>>);

/// What tells two states of a file apart.
type Stamp = (Option<SystemTime>, u64);

impl FileCache {
    /// Reads a source; a file only when its time or length changed.
    ///
    /// # Errors
    /// When the source yields nothing.
    pub fn read(&self, source: &SecretSource) -> Result<SecretString, SourceError> {
        let SecretSource::File(path) = source else { return read_source(source) };
        let stamp = stamp(path)?;
        let mut files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, secret)) = files.get(path).filter(|(known, _)| *known == stamp) {
            return Ok(secret.clone());
        }
        let secret = read_source(source)?;
        files.insert(path.clone(), (stamp, secret.clone()));
        Ok(secret)
    }
}

/// Reads a source once.
///
/// # Errors
/// When it yields nothing.
pub fn read_source(source: &SecretSource) -> Result<SecretString, SourceError> {
    match source {
        SecretSource::Literal(secret) => non_empty(secret.expose_secret().to_owned(), || "the value".into()),
        SecretSource::Env(name) => non_empty(read_environment(name)?, || format!("the environment variable {name}")),
        SecretSource::File(path) => {
            non_empty(cut_line_break(read_file(path)?), || format!("the file {}", path.display()))
        }
    }
    .map(SecretString::from)
}

fn non_empty(text: String, name: impl Fn() -> String) -> Result<String, SourceError> {
    if text.is_empty() { Err(SourceError::Empty(name())) } else { Ok(text) }
}

fn read_environment(name: &str) -> Result<String, SourceError> {
    #[expect(clippy::disallowed_methods, reason = "the one place where the environment is read")]
    std::env::var(name).map_err(|error| match error {
        std::env::VarError::NotPresent => SourceError::NotInEnvironment(name.to_owned()),
        std::env::VarError::NotUnicode(_) => SourceError::NotText(format!("the environment variable {name}")),
    })
}

fn read_file(path: &Path) -> Result<String, SourceError> {
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(|error| unreadable(path, &error))?;
    file.take(MAX_SECRET_BYTES + 1).read_to_end(&mut bytes).map_err(|error| unreadable(path, &error))?;
    if bytes.len() as u64 > MAX_SECRET_BYTES {
        return Err(SourceError::TooLarge(path.to_owned()));
    }
    String::from_utf8(bytes).map_err(|_| SourceError::NotText(format!("the file {}", path.display())))
}

fn stamp(path: &Path) -> Result<Stamp, SourceError> {
    let about = fs::metadata(path).map_err(|error| unreadable(path, &error))?;
    Ok((about.modified().ok(), about.len()))
}

fn unreadable(path: &Path, error: &std::io::Error) -> SourceError {
    SourceError::File { path: path.to_owned(), reason: error.kind().to_string() }
}

/// Editors and `echo` end a file with a line break that is no part of the secret.
fn cut_line_break(mut text: String) -> String {
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets(sources: impl IntoIterator<Item = (&'static str, SecretSource)>) -> Secrets {
        let sources = sources.into_iter().map(|(name, source)| (name.to_owned(), source)).collect();
        Secrets::new(ConnectionName::parse("support").unwrap(), sources)
    }

    #[test]
    fn a_file_is_read_again_when_it_changes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        fs::write(&path, "first\r\n").unwrap();
        let secrets = secrets([("password", SecretSource::File(path.clone()))]);
        assert_eq!(secrets.read("password").unwrap().expose_secret(), "first");
        fs::write(&path, "second one\n").unwrap();
        assert_eq!(secrets.read("password").unwrap().expose_secret(), "second one");
        let earlier = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000);
        fs::write(&path, "secret two").unwrap();
        fs::File::options().write(true).open(&path).unwrap().set_modified(earlier).unwrap();
        assert_eq!(secrets.read("password").unwrap().expose_secret(), "secret two");
    }

    #[test]
    fn only_the_last_line_break_is_cut() {
        assert_eq!(cut_line_break("a\n\n".into()), "a\n");
        assert_eq!(cut_line_break(" a ".into()), " a ");
    }

    #[test]
    fn an_error_names_connection_secret_and_source() {
        let missing = secrets([
            ("username", SecretSource::Env("SCIM_BRIDGE_TEST_NEVER_SET".into())),
            ("password", SecretSource::File("/nowhere/secret".into())),
        ]);
        let text = missing.read("username").unwrap_err().to_string();
        assert_eq!(
            text,
            "connection support: the secret `username` cannot be read: \
             the environment variable SCIM_BRIDGE_TEST_NEVER_SET is not set; set it and start again"
        );
        assert!(missing.read("password").unwrap_err().to_string().contains("/nowhere/secret"));
        assert!(missing.read("token").unwrap_err().to_string().contains("add it under `secrets`"));
    }

    #[test]
    fn an_empty_or_huge_file_is_no_secret() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        fs::write(&path, "\n").unwrap();
        assert!(matches!(read_source(&SecretSource::File(path.clone())), Err(SourceError::Empty(_))));
        fs::write(&path, vec![b'x'; 70_000]).unwrap();
        assert!(matches!(read_source(&SecretSource::File(path.clone())), Err(SourceError::TooLarge(_))));
        fs::write(&path, [0xff, 0xfe]).unwrap();
        assert!(matches!(read_source(&SecretSource::File(path)), Err(SourceError::NotText(_))));
    }

    #[test]
    fn debug_output_shows_sources_and_no_secret() {
        let shown = format!("{:?}", secrets([("a", SecretSource::Literal("hidden".into()))]));
        assert!(!shown.contains("hidden"), "{shown}");
    }
}
