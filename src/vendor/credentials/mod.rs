//! Who we are to the vendor: a credential for each call, by the scheme that the mapping names. A secret never shows
//! itself in `Debug`, errors or logs. Paces and repeats no calls of the API.

mod call;
mod digest;
mod fixed;
mod oauth1;
mod oauth2;
mod parts;
mod session;
mod token;
mod values;

use std::sync::Arc;
use std::time::Duration;

use self::call::CallGrant;
pub(super) use self::digest::Challenge;
use self::digest::{Digest, Nonce, Reply};
use self::fixed::Fixed;
use self::oauth1::Oauth1;
use self::oauth2::Oauth2Grant;
pub(super) use self::parts::Parts;
use self::token::TokenKeeper;
use self::values::SecretValue;
use super::hosts::HostError;
use super::send::{Credential, Prepared};
use crate::ids::ConnectionName;
use crate::mapping::bound::sign_in::BoundSignIn;
use crate::mapping::model::Meaning;
use crate::mapping::tree::Tree;
use crate::mapping::wire::HttpAnswer;

/// The credentials of one connection.
#[derive(Debug)]
pub(super) enum Credentials {
    /// The vendor wants none.
    None,
    /// The same header on every call: HTTP Basic or a key.
    Fixed(Fixed),
    /// A response to the vendor's challenge on every call.
    Digest(Digest),
    /// A signature on every call.
    Signed(Oauth1),
    /// A token that is signed in for and renewed.
    Token(Arc<TokenKeeper>),
}

/// A credential for one attempt.
#[derive(Debug, Clone)]
pub(super) struct Issued {
    /// The header, when there is one.
    pub(super) credential: Option<Credential>,
    /// Which one it is, so that a late 401 does not cost a newer one its place.
    stamp: Stamp,
}

#[derive(Debug, Clone)]
enum Stamp {
    None,
    Fixed([u8; 32]),
    Token(u64),
    Nonce(Nonce),
}

/// What follows from a credential that the vendor did not accept.
#[derive(Debug)]
pub(super) struct Rejection {
    /// What another attempt would bring.
    pub(super) next: Next,
    /// What the administrator is told when there is none.
    pub(super) say: String,
}

/// What another attempt would bring after a credential was not accepted.
#[derive(Debug)]
pub(super) enum Next {
    /// A different credential, which may work; if that does not, no other will. With a challenge to respond to, perhaps.
    Again(Option<Challenge>),
    /// Nothing else.
    Nothing,
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
    pub(super) fn new(sign_in: &BoundSignIn, parts: &Parts) -> Result<Self, String> {
        let secret = |tree: &Tree| SecretValue::new(tree, &parts.secrets);
        match sign_in {
            BoundSignIn::None => Ok(Self::None),
            BoundSignIn::Basic { username, password } => {
                Fixed::basic(secret(username), secret(password)).map(Self::Fixed)
            }
            BoundSignIn::Header { header, value } => Fixed::header(header, secret(value)).map(Self::Fixed),
            BoundSignIn::Keys { headers, query } => {
                let secrets =
                    |trees: &[(String, Tree)]| trees.iter().map(|(name, tree)| (name.clone(), secret(tree))).collect();
                Fixed::keys(secrets(headers), secrets(query)).map(Self::Fixed)
            }
            BoundSignIn::Digest { username, password } => {
                Digest::new(secret(username), secret(password)).map(Self::Digest)
            }
            BoundSignIn::Oauth1 { consumer_key, consumer_secret, token } => {
                let token = token.as_ref().map(|(token, its_secret)| (secret(token), secret(its_secret)));
                let clock = Arc::clone(&parts.clock);
                Oauth1::new(secret(consumer_key), secret(consumer_secret), token, clock).map(Self::Signed)
            }
            BoundSignIn::Oauth2Password {
                host,
                base_url,
                token_path,
                username,
                password,
                renew_before_seconds,
                limit,
            } => {
                let place = parts.address(host.as_deref(), base_url.as_deref(), token_path)?;
                let grant = Oauth2Grant::password(parts, place, secret(username), secret(password))?;
                Ok(Self::Token(TokenKeeper::new(&parts.connection, Box::new(grant), *renew_before_seconds, *limit)))
            }
            BoundSignIn::Oauth2ClientCredentials {
                host,
                base_url,
                token_path,
                client_id,
                client_secret,
                scope,
                renew_before_seconds,
                limit,
            } => {
                let scope = scope.as_ref().map(secret);
                let place = parts.address(host.as_deref(), base_url.as_deref(), token_path)?;
                let grant = Oauth2Grant::client(parts, place, secret(client_id), secret(client_secret), scope)?;
                Ok(Self::Token(TokenKeeper::new(&parts.connection, Box::new(grant), *renew_before_seconds, *limit)))
            }
            BoundSignIn::Call(scheme) => {
                let grant = CallGrant::new(parts, scheme)?;
                let (renew_before, limit) = (scheme.renew_before_seconds, scheme.limit);
                Ok(Self::Token(TokenKeeper::new(&parts.connection, Box::new(grant), renew_before, limit)))
            }
        }
    }

    /// A credential for one attempt; signs in when there is none. `challenge` is what the vendor said to the attempt before.
    ///
    /// # Errors
    /// When there is none to be had.
    pub(super) async fn issue(&self, request: &Prepared, challenge: Option<Challenge>) -> Result<Issued, SignInError> {
        match self {
            Self::None => Ok(Issued { credential: None, stamp: Stamp::None }),
            Self::Fixed(fixed) => {
                let (credential, fingerprint) = fixed.credential()?;
                Ok(Issued { credential: Some(credential), stamp: Stamp::Fixed(fingerprint) })
            }
            Self::Digest(digest) => Ok(match digest.respond(request, challenge)? {
                Some((credential, nonce)) => Issued { credential: Some(credential), stamp: Stamp::Nonce(nonce) },
                None => Issued { credential: None, stamp: Stamp::None },
            }),
            Self::Signed(signer) => {
                let (credential, fingerprint) = signer.sign(request)?;
                Ok(Issued { credential: Some(credential), stamp: Stamp::Fixed(fingerprint) })
            }
            Self::Token(keeper) => {
                let (credential, generation) = keeper.credential().await?;
                Ok(Issued { credential: Some(credential), stamp: Stamp::Token(generation) })
            }
        }
    }

    /// What the vendor asks in answer to a call that went out without a credential, because it had to ask first.
    pub(super) fn asked(&self, issued: &Issued, answer: &HttpAnswer) -> Option<Challenge> {
        match (self, &issued.stamp) {
            (Self::Digest(_), Stamp::None) => Digest::asked(answer),
            _ => None,
        }
    }

    /// The vendor did not accept this credential.
    pub(super) fn reject(
        &self,
        issued: &Issued,
        answer: &HttpAnswer,
        title: &str,
        connection: &ConnectionName,
    ) -> Rejection {
        let again = |has_changed: bool| if has_changed { Next::Again(None) } else { Next::Nothing };
        match (self, &issued.stamp) {
            (Self::Token(keeper), Stamp::Token(generation)) => Rejection {
                next: again(keeper.reject(*generation)),
                say: format!(
                    "{title} does not accept the token that it has just issued to connection {connection}; \
                     does the bridge's account still have its rights?"
                ),
            },
            (Self::Fixed(fixed), Stamp::Fixed(used)) => {
                let has_changed = fixed.credential().is_ok_and(|(_, present)| present != *used);
                fixed.note(has_changed);
                Rejection { next: again(has_changed), say: fixed.refused_say(title, connection) }
            }
            (Self::Signed(signer), Stamp::Fixed(used)) => {
                let has_changed = signer.fingerprint().is_ok_and(|present| present != *used);
                signer.note(has_changed);
                Rejection { next: again(has_changed), say: signer.refused_say(title, connection) }
            }
            (Self::Digest(digest), stamp) => {
                let used = if let Stamp::Nonce(nonce) = stamp { Some(nonce) } else { None };
                let say = digest.refused_say(title, connection);
                let (next, say) = match digest.reject(used, answer) {
                    Reply::Renewed(challenge) => (Next::Again(Some(challenge)), say),
                    Reply::Refused => (Next::Nothing, say),
                    Reply::NotSpoken(problem) => {
                        let whose = format!("the sign-in that the mapping of connection {connection} names");
                        (Next::Nothing, format!("{title} does not take {whose}: {problem}"))
                    }
                };
                Rejection { next, say }
            }
            _ => Rejection {
                next: Next::Nothing,
                say: format!("{title} wants a sign-in, but the mapping of connection {connection} names none"),
            },
        }
    }

    /// The vendor accepted this credential.
    pub(super) fn accept(&self, issued: &Issued, answer: &HttpAnswer) {
        match (self, &issued.stamp) {
            (Self::Token(keeper), Stamp::Token(generation)) => keeper.accept(*generation),
            (Self::Fixed(fixed), _) => fixed.note(true),
            (Self::Signed(signer), _) => signer.note(true),
            (Self::Digest(digest), Stamp::Nonce(nonce)) => digest.accept(nonce.clone(), answer),
            _ => {}
        }
    }

    /// Was the last sign-in accepted (or none refused yet)?
    pub(super) fn are_accepted(&self) -> bool {
        match self {
            Self::None => true,
            Self::Fixed(fixed) => fixed.is_accepted(),
            Self::Digest(digest) => digest.is_accepted(),
            Self::Signed(signer) => signer.is_accepted(),
            Self::Token(keeper) => keeper.is_accepted(),
        }
    }
}

/// There is no host to sign in at: nothing was sent.
fn without_host(error: &HostError) -> SignInError {
    match error.meaning {
        Meaning::Forbidden => SignInError::Unusable(error.to_string()),
        _ => SignInError::Unreached(error.to_string()),
    }
}

/// RFC 6750 section 2.1.
fn bearer(token: &str) -> Credential {
    Credential::new("authorization", format!("Bearer {token}").into())
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
