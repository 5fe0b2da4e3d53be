//! The secrets of one connection as its calls use them: the present value each time, so that a rotated one needs no
//! restart, and the last known one while a source cannot be read, as in the middle of a rotation. Reading itself is
//! [`crate::config::secret`]'s business.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use indexmap::IndexMap;
use secrecy::SecretString;
use sha2::{Digest, Sha256};

use crate::config::model::SecretSource;
use crate::config::secret::Secrets as Sources;
use crate::ids::ConnectionName;

/// The secrets of a connection by name.
#[derive(Debug)]
pub(super) struct Secrets {
    connection: ConnectionName,
    sources: Sources,
    /// What was read last; one entry per configured secret.
    last: Mutex<HashMap<String, SecretString>>,
}

impl Secrets {
    /// Reads every secret once.
    ///
    /// # Errors
    /// The first secret that cannot be read, and why.
    pub(super) fn new(connection: ConnectionName, sources: IndexMap<String, SecretSource>) -> Result<Self, String> {
        let sources = Sources::new(connection.clone(), sources);
        let mut last = HashMap::new();
        for name in sources.names() {
            let value = sources
                .read(name)
                .map_err(|error| format!("the secret `{}` cannot be read: {}", error.name, error.problem))?;
            last.insert(name.to_owned(), value);
        }
        Ok(Self { connection, sources, last: Mutex::new(last) })
    }

    /// The present value of a secret; `None` when the connection has no such secret.
    pub(super) fn get(&self, name: &str) -> Option<SecretString> {
        let read = self.sources.read(name);
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let known = last.get_mut(name)?;
        match read {
            Ok(value) => known.clone_from(&value),
            Err(error) => {
                tracing::warn!(connection = %self.connection, secret = name, "{error}; its last value is used");
            }
        }
        Some(known.clone())
    }
}

/// A value that changes when any of the texts changes, and from which none of them can be read.
pub(super) fn fingerprint(texts: &[&str]) -> [u8; 32] {
    let mut digest = Sha256::new();
    for text in texts {
        digest.update((text.len() as u64).to_be_bytes());
        digest.update(text.as_bytes());
    }
    digest.finalize().into()
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn secrets(path: std::path::PathBuf) -> Result<Secrets, String> {
        let sources = IndexMap::from([("password".to_owned(), SecretSource::File(path))]);
        Secrets::new(ConnectionName::parse("support").unwrap(), sources)
    }

    #[test]
    fn a_changed_file_is_read_again_and_a_missing_one_keeps_its_last_value() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("password");
        std::fs::write(&path, "first\n").unwrap();
        let secrets = secrets(path.clone()).unwrap();
        assert_eq!(secrets.get("password").unwrap().expose_secret(), "first");
        std::fs::write(&path, "second\r\n").unwrap();
        assert_eq!(secrets.get("password").unwrap().expose_secret(), "second");
        std::fs::remove_file(&path).unwrap();
        assert_eq!(secrets.get("password").unwrap().expose_secret(), "second");
        assert!(secrets.get("username").is_none());
    }

    #[test]
    fn a_secret_that_cannot_be_read_is_named() {
        let problem = secrets("/nowhere/password".into()).unwrap_err();
        assert!(problem.starts_with("the secret `password` cannot be read: "), "{problem}");
        assert!(problem.contains("/nowhere/password"), "{problem}");
    }

    #[test]
    fn fingerprints_keep_texts_apart() {
        assert_ne!(fingerprint(&["ab", "c"]), fingerprint(&["a", "bc"]));
        assert_eq!(fingerprint(&["ab", "c"]), fingerprint(&["ab", "c"]));
    }
}
