//! The secrets of one connection, read where they lie each time they are needed, so that a rotated one is taken up without a restart. A value never shows itself in `Debug`, errors or logs.

use std::sync::{Mutex, PoisonError};

use indexmap::IndexMap;
use secrecy::SecretString;
use sha2::{Digest, Sha256};

use crate::config::model::SecretSource;

/// The secrets of a connection by name.
#[derive(Debug)]
pub(super) struct Secrets {
    sources: IndexMap<String, SecretSource>,
    /// What was read last: used while a source cannot be read, as in the middle of a rotation.
    last: Mutex<IndexMap<String, SecretString>>,
}

impl Secrets {
    /// Reads every secret once.
    ///
    /// # Errors
    /// The first secret that cannot be read, and why.
    pub(super) fn new(sources: IndexMap<String, SecretSource>) -> Result<Self, String> {
        let mut last = IndexMap::new();
        for (name, source) in &sources {
            let value = read(source).map_err(|problem| format!("secrets.{name}: {problem}"))?;
            last.insert(name.clone(), value);
        }
        Ok(Self { sources, last: Mutex::new(last) })
    }

    /// The present value of a secret; the last one known when its source cannot be read now.
    pub(super) fn get(&self, name: &str) -> Option<SecretString> {
        let source = self.sources.get(name)?;
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        match read(source) {
            Ok(value) => {
                last.insert(name.to_owned(), value.clone());
                Some(value)
            }
            Err(problem) => {
                tracing::warn!(secret = name, "secret {name} cannot be read now, its last value is used: {problem}");
                last.get(name).cloned()
            }
        }
    }
}

/// A value that changes when any of the texts changes, and from which none of them can be guessed.
pub(super) fn fingerprint(texts: &[&str]) -> [u8; 32] {
    let mut digest = Sha256::new();
    for text in texts {
        digest.update((text.len() as u64).to_be_bytes());
        digest.update(text.as_bytes());
    }
    digest.finalize().into()
}

fn read(source: &SecretSource) -> Result<SecretString, String> {
    match source {
        SecretSource::Env(name) => {
            #[expect(clippy::disallowed_methods, reason = "until config::secret reads secrets")]
            let value = std::env::var(name);
            value.map(Into::into).map_err(|_| format!("the environment variable {name} is not set"))
        }
        SecretSource::File(path) => {
            let text = std::fs::read_to_string(path)
                .map_err(|error| format!("the file {} cannot be read: {error}", path.display()))?;
            let text = text.strip_suffix('\n').unwrap_or(&text);
            Ok(text.strip_suffix('\r').unwrap_or(text).into())
        }
        SecretSource::Literal(value) => Ok(value.clone()),
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn a_changed_file_is_read_again_and_a_missing_one_keeps_its_last_value() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("password");
        std::fs::write(&path, "first\n").unwrap();
        let secrets =
            Secrets::new(IndexMap::from([("password".to_owned(), SecretSource::File(path.clone()))])).unwrap();
        assert_eq!(secrets.get("password").unwrap().expose_secret(), "first");
        std::fs::write(&path, "second\r\n").unwrap();
        assert_eq!(secrets.get("password").unwrap().expose_secret(), "second");
        std::fs::remove_file(&path).unwrap();
        assert_eq!(secrets.get("password").unwrap().expose_secret(), "second");
        assert!(secrets.get("username").is_none());
    }

    #[test]
    fn a_secret_that_cannot_be_read_is_named() {
        let source = SecretSource::File("/nowhere/password".into());
        let problem = Secrets::new(IndexMap::from([("password".to_owned(), source)])).unwrap_err();
        assert!(problem.starts_with("secrets.password: the file /nowhere/password cannot be read"), "{problem}");
    }

    #[test]
    fn fingerprints_keep_texts_apart() {
        assert_ne!(fingerprint(&["ab", "c"]), fingerprint(&["a", "bc"]));
        assert_eq!(fingerprint(&["ab", "c"]), fingerprint(&["ab", "c"]));
    }
}
