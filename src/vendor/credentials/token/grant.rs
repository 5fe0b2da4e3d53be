//! How a token is had: what a scheme says about its sign-ins and refreshes. Keeps none.

use std::time::Duration;

use async_trait::async_trait;

use crate::vendor::credentials::SignInError;
use crate::vendor::credentials::session::Session;
use crate::vendor::send::Credential;

/// How one sign-in is made.
#[async_trait]
pub(in crate::vendor::credentials) trait Grant:
    Send + Sync + std::fmt::Debug + 'static
{
    /// Signs in once.
    async fn sign_in(&self) -> Result<Fresh, SignInError>;
    /// Renews what an earlier sign-in brought without signing in; `None` when there is no such way.
    async fn refresh(&self, _session: &Session) -> Option<Result<Fresh, SignInError>> {
        None
    }
    /// How often it must be refreshed, used or not, so that it does not end.
    fn refresh_every(&self) -> Option<Duration> {
        None
    }
    /// Changes when the secrets change; `None` when they cannot be read.
    fn fingerprint(&self) -> Option<[u8; 32]>;
}

/// A token as the vendor issued it.
#[derive(Debug)]
pub(in crate::vendor::credentials) struct Fresh {
    /// What calls carry.
    pub(in crate::vendor::credentials) credential: Credential,
    /// Its lifetime from the request on, when the vendor names one.
    pub(in crate::vendor::credentials) lifetime: Option<Duration>,
    /// What a refresh needs.
    pub(in crate::vendor::credentials) session: Session,
}
