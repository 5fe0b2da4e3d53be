//! Who we are to the vendor: a credential for each call, by the scheme that the mapping names. A secret never shows
//! itself in `Debug`, errors or logs. Paces and repeats no calls of the API.

mod fixed;
mod oauth2;
mod token;
mod values;

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;

use self::fixed::Fixed;
use self::oauth2::Oauth2Grant;
use self::token::TokenKeeper;
use self::values::SecretValue;
use super::secrets::Secrets;
use super::send::{Credential, Wire};
use crate::clock::SharedClock;
use crate::ids::ConnectionName;
use crate::mapping::model::{Meaning, SignIn};
use crate::mapping::tree::Tree;

/// The credentials of one connection.
#[derive(Debug)]
pub(super) enum Credentials {
    /// The vendor wants none.
    None,
    /// The same header on every call: HTTP Basic or a key.
    Fixed(Fixed),
    /// A token that is signed in for and renewed.
    Token(Arc<TokenKeeper>),
}

/// What credentials are built from.
#[derive(Debug)]
pub(super) struct Parts {
    /// Whose.
    pub(super) connection: ConnectionName,
    /// The vendor's name as people write it.
    pub(super) title: String,
    /// Scheme, host and port of the API.
    pub(super) origin: url::Url,
    /// The secrets.
    pub(super) secrets: Arc<Secrets>,
    /// What sends sign-ins.
    pub(super) wire: Arc<dyn Wire>,
    /// For dates in answers to sign-ins.
    pub(super) clock: SharedClock,
}

/// A credential for one attempt.
#[derive(Debug, Clone)]
pub(super) struct Issued {
    /// The header, when there is one.
    pub(super) credential: Option<Credential>,
    /// Which one it is, so that a late 401 does not cost a newer one its place.
    stamp: Stamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stamp {
    None,
    Fixed([u8; 32]),
    Token(u64),
}

/// Why there is no credential.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum SignInError {
    /// A secret has no value, or cannot go into a header.
    #[error("{0}")]
    Unusable(String),
    /// The vendor does not accept us. Remembered for a while, so that not every call tries again.
    #[error("{say}")]
    Refused {
        /// The sentence, with the secrets to look at.
        say: String,
        /// When the next sign-in is tried.
        retry_after: Duration,
    },
    /// The vendor's limit on sign-ins, or our own that keeps us below it.
    #[error("{say}")]
    Limited {
        /// The sentence.
        say: String,
        /// When the next sign-in is possible.
        retry_after: Duration,
    },
    /// The token endpoint gave no answer, or one that makes no sense.
    #[error("{0}")]
    Broken(String),
    /// There is no connection to the token endpoint: nothing was sent, so that the vendor counts no sign-in.
    #[error("{0}")]
    Unreached(String),
    /// The sign-in failed in one of these two ways, and it was another call's sign-in, for which this one had waited: the vendor failed once, not once for each of them.
    #[error("{0}")]
    BrokenForAnother(String),
}

impl SignInError {
    /// The word from which everything follows.
    pub(super) fn meaning(&self) -> Meaning {
        match self {
            Self::Unusable(_) | Self::Refused { .. } => Meaning::Unauthenticated,
            Self::Limited { .. } => Meaning::Limited,
            Self::Broken(_) | Self::Unreached(_) | Self::BrokenForAnother(_) => Meaning::Broken,
        }
    }

    /// When trying again is sensible, if anybody knows.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Refused { retry_after, .. } | Self::Limited { retry_after, .. } => Some(*retry_after),
            Self::Unusable(_) | Self::Broken(_) | Self::Unreached(_) | Self::BrokenForAnother(_) => None,
        }
    }

    /// The same error for whoever had waited for that sign-in.
    pub(super) fn for_another(&self) -> Self {
        match self {
            Self::Broken(say) | Self::Unreached(say) => Self::BrokenForAnother(say.clone()),
            other => other.clone(),
        }
    }
}

impl Credentials {
    /// Builds the credentials that the mapping's sign-in names. Nothing is sent yet.
    ///
    /// # Errors
    /// When a part of the sign-in has no value.
    pub(super) fn new(sign_in: &SignIn, parts: &Parts) -> Result<Self, String> {
        let secret = |tree: &Tree| SecretValue::new(tree, &parts.secrets);
        match sign_in {
            SignIn::None => Ok(Self::None),
            SignIn::Basic { username, password } => Fixed::basic(secret(username), secret(password)).map(Self::Fixed),
            SignIn::Header { header, value } => Fixed::header(header, secret(value)).map(Self::Fixed),
            SignIn::Oauth2Password { token_path, username, password, renew_before_seconds, limit } => {
                let grant = Oauth2Grant::password(parts, token_path, secret(username), secret(password))?;
                Ok(Self::Token(TokenKeeper::new(&parts.connection, Box::new(grant), *renew_before_seconds, *limit)))
            }
            SignIn::Oauth2ClientCredentials {
                token_path,
                client_id,
                client_secret,
                scope,
                renew_before_seconds,
                limit,
            } => {
                let scope = scope.as_ref().map(secret);
                let grant = Oauth2Grant::client(parts, token_path, secret(client_id), secret(client_secret), scope)?;
                Ok(Self::Token(TokenKeeper::new(&parts.connection, Box::new(grant), *renew_before_seconds, *limit)))
            }
        }
    }

    /// A credential for one attempt; signs in when there is none.
    ///
    /// # Errors
    /// When there is none to be had.
    pub(super) async fn issue(&self) -> Result<Issued, SignInError> {
        match self {
            Self::None => Ok(Issued { credential: None, stamp: Stamp::None }),
            Self::Fixed(fixed) => {
                let (credential, fingerprint) = fixed.credential()?;
                Ok(Issued { credential: Some(credential), stamp: Stamp::Fixed(fingerprint) })
            }
            Self::Token(keeper) => {
                let (token, generation) = keeper.token().await?;
                Ok(Issued { credential: Some(bearer(&token)), stamp: Stamp::Token(generation) })
            }
        }
    }

    /// The vendor did not accept this credential. `true`: another attempt will carry a different one.
    pub(super) fn reject(&self, issued: &Issued) -> bool {
        match (self, issued.stamp) {
            (Self::Token(keeper), Stamp::Token(generation)) => keeper.reject(generation),
            (Self::Fixed(fixed), Stamp::Fixed(used)) => {
                let has_changed = fixed.credential().is_ok_and(|(_, present)| present != used);
                fixed.note(has_changed);
                has_changed
            }
            _ => false,
        }
    }

    /// The vendor accepted this credential.
    pub(super) fn accept(&self, issued: &Issued) {
        match (self, issued.stamp) {
            (Self::Token(keeper), Stamp::Token(generation)) => keeper.accept(generation),
            (Self::Fixed(fixed), _) => fixed.note(true),
            _ => {}
        }
    }

    /// What the administrator is told when the vendor does not accept a credential that has just been issued.
    pub(super) fn rejected_say(&self, title: &str, connection: &ConnectionName) -> String {
        match self {
            Self::None => format!("{title} wants a sign-in, but the mapping of connection {connection} names none"),
            Self::Fixed(fixed) => fixed.refused_say(title, connection),
            Self::Token(_) => format!(
                "{title} does not accept the token that it has just issued to connection {connection}; \
                 does the bridge's account still have its rights?"
            ),
        }
    }

    /// Was the last sign-in accepted (or none refused yet)?
    pub(super) fn are_accepted(&self) -> bool {
        match self {
            Self::None => true,
            Self::Fixed(fixed) => fixed.is_accepted(),
            Self::Token(keeper) => keeper.is_accepted(),
        }
    }
}

/// RFC 6750 section 2.1.
fn bearer(token: &SecretString) -> Credential {
    use secrecy::ExposeSecret;
    Credential { header: "authorization".to_owned(), value: format!("Bearer {}", token.expose_secret()).into() }
}

/// The sentence for a sign-in that the vendor does not accept; `names` are the secrets behind it.
fn refused_say(title: &str, what: &str, connection: &ConnectionName, names: &str) -> String {
    let look = if names.is_empty() {
        "check the sign-in in the mapping".to_owned()
    } else {
        format!("check the secrets {names}")
    };
    format!(
        "{title} refused the {what} of connection {connection}: {look}; trying again does not help until they are right"
    )
}
