//! Where inbound tokens come from and how their use is written down: the configuration (files are re-read when they change) and the store
//! (`token new`, `token revoke`). Whether a token is right is decided in [`super::authentication`].

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use secrecy::ExposeSecret as _;
use sha2::{Digest as _, Sha256};
use tokio_util::sync::CancellationToken;

use super::authentication::{Credential, Tokens};
use crate::config::model::{InboundToken, TokenSecret};
use crate::config::secret::{FileCache, SourceError};
use crate::ids::ConnectionName;
use crate::store::{Store, StoreError};

/// How often tokens are looked at again: a new or revoked token holds after at most this long.
pub const RELOAD_EVERY: Duration = Duration::from_secs(2);
/// How long the store may take for one look-up of tokens. Afterwards the tokens known so far hold on.
const STORE_TIMEOUT: Duration = Duration::from_secs(5);

/// Why a connection's tokens cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum CredentialError {
    /// A configured token's value is not there.
    #[error("connection {connection}, inbound token `{name}`: {source}")]
    Source {
        /// Which connection.
        connection: ConnectionName,
        /// Name of the token.
        name: String,
        /// What is wrong with where it should be.
        source: SourceError,
    },
    /// The store does not yield the tokens of `token new`.
    #[error("connection {connection}, tokens in the store: {source}")]
    Store {
        /// Which connection.
        connection: ConnectionName,
        /// What happened.
        source: StoreError,
    },
    /// The store does not answer.
    #[error("connection {connection}, tokens in the store: no answer within {} s", STORE_TIMEOUT.as_secs())]
    Slow {
        /// Which connection.
        connection: ConnectionName,
    },
}

/// Where the tokens of one connection come from.
#[derive(Debug)]
pub struct Sources {
    connection: ConnectionName,
    configured: Vec<InboundToken>,
    /// Requests per second and burst of each credential.
    rate: Option<(u32, u32)>,
    store: Arc<dyn Store>,
    files: FileCache,
}

impl Sources {
    /// Nothing is read yet.
    pub fn new(
        connection: ConnectionName,
        configured: Vec<InboundToken>,
        rate: Option<(u32, u32)>,
        store: Arc<dyn Store>,
    ) -> Self {
        Self { connection, configured, rate, store, files: FileCache::default() }
    }

    /// Reads every token that holds now.
    ///
    /// # Errors
    /// When one of them cannot be read: a set with a hole in it would lock an IdP out for a reason that nobody sees.
    pub async fn read(&self) -> Result<Vec<Credential>, CredentialError> {
        let mut read = Vec::new();
        for token in &self.configured {
            let sha256 = match &token.secret {
                TokenSecret::Sha256(hash) => *hash,
                TokenSecret::Source(source) => {
                    let secret = self.files.read(source).map_err(|source| CredentialError::Source {
                        connection: self.connection.clone(),
                        name: token.name.clone(),
                        source,
                    })?;
                    Sha256::digest(secret.expose_secret().as_bytes()).into()
                }
            };
            let credential = Credential::new(token.name.clone(), sha256, token.expires, false, self.rate);
            read.push(credential.acting_for(token.me.clone()));
        }
        let stored = tokio::time::timeout(STORE_TIMEOUT, self.store.tokens(&self.connection))
            .await
            .map_err(|_| CredentialError::Slow { connection: self.connection.clone() })?
            .map_err(|source| CredentialError::Store { connection: self.connection.clone(), source })?;
        for token in stored {
            read.push(Credential::new(token.name, token.sha256, token.expires, true, self.rate));
        }
        Ok(read)
    }
}

/// Keeps a connection's tokens fresh until `stop`. What cannot be read leaves the tokens as they are, and is said once.
pub async fn keep_fresh(tokens: Arc<Tokens>, sources: Sources, stop: CancellationToken) {
    let connection = sources.connection.clone();
    let mut written = HashMap::new();
    let mut complained = false;
    while tokio::time::timeout(RELOAD_EVERY, stop.cancelled()).await.is_err() {
        match sources.read().await {
            Ok(fresh) => {
                tokens.replace(fresh);
                complained = false;
            }
            Err(error) if !complained => {
                tracing::warn!(%connection, %error, "{error}; the tokens known so far go on holding");
                complained = true;
            }
            Err(_) => {}
        }
        write_uses(&tokens, &sources, &mut written).await;
    }
    write_uses(&tokens, &sources, &mut written).await;
}

/// Writes the last use of each token of the store, once a minute at most.
async fn write_uses(tokens: &Tokens, sources: &Sources, written: &mut HashMap<String, Timestamp>) {
    let Sources { connection, store, .. } = sources;
    let current = tokens.current();
    for credential in current.iter().filter(|credential| credential.stored) {
        let Some(used) = credential.last_used() else { continue };
        if written.get(&credential.name) == Some(&used) {
            continue;
        }
        let noted = store.note_token_use(connection, &credential.name, used);
        match tokio::time::timeout(STORE_TIMEOUT, noted).await {
            Ok(Ok(())) => {
                written.insert(credential.name.clone(), used);
            }
            // Tried again with the next look; a last use that is late does no harm.
            Ok(Err(error)) => tracing::debug!(%connection, %error, "the last use of a token is not written: {error}"),
            Err(_) => tracing::debug!(%connection, "the last use of a token is not written: the store is slow"),
        }
    }
    written.retain(|name, _| current.iter().any(|credential| credential.name == *name));
}

#[cfg(test)]
mod tests;
