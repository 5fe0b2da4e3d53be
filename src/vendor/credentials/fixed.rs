//! A header that is the same on every call: HTTP Basic (RFC 7617) or a key. The secret is read for each call, so a
//! rotated one holds at once.

use std::sync::atomic::{AtomicBool, Ordering};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use secrecy::{ExposeSecret, SecretString};

use super::SignInError;
use super::values::{SecretValue, secret_names};
use crate::ids::ConnectionName;
use crate::vendor::secrets::fingerprint;
use crate::vendor::send::Credential;

/// A fixed header.
#[derive(Debug)]
pub(in crate::vendor) struct Fixed {
    kind: Kind,
    is_accepted: AtomicBool,
}

#[derive(Debug)]
enum Kind {
    Basic { username: SecretValue, password: SecretValue },
    Header { header: String, value: SecretValue },
    Keys { headers: Vec<(String, SecretValue)>, query: Vec<(String, SecretValue)> },
}

impl Fixed {
    /// HTTP Basic.
    ///
    /// # Errors
    /// When user name or password have no value, or the user name has a colon.
    pub(super) fn basic(username: SecretValue, password: SecretValue) -> Result<Self, String> {
        Self::checked(Kind::Basic { username, password })
    }

    /// A key in a header of its own.
    ///
    /// # Errors
    /// When it has no value.
    pub(super) fn header(header: &str, value: SecretValue) -> Result<Self, String> {
        Self::checked(Kind::Header { header: header.to_owned(), value })
    }

    /// Keys in headers and query parameters.
    ///
    /// # Errors
    /// When one has no value.
    pub(super) fn keys(headers: Vec<(String, SecretValue)>, query: Vec<(String, SecretValue)>) -> Result<Self, String> {
        Self::checked(Kind::Keys { headers, query })
    }

    /// The header as it is now, with a fingerprint of its value.
    ///
    /// # Errors
    /// When a secret has no value.
    pub(super) fn credential(&self) -> Result<(Credential, [u8; 32]), SignInError> {
        let credential = match &self.kind {
            Kind::Basic { username, password } => {
                Credential::new("authorization", basic(&username.read()?, &password.read()?)?)
            }
            Kind::Header { header, value } => Credential::new(header, value.read()?),
            Kind::Keys { headers, query } => Credential { headers: read_all(headers)?, query: read_all(query)? },
        };
        let values = credential.headers.iter().chain(&credential.query);
        let fingerprint = fingerprint(&values.map(|(_, value)| value.expose_secret()).collect::<Vec<_>>());
        Ok((credential, fingerprint))
    }

    /// Takes down whether the vendor accepts it.
    pub(super) fn note(&self, is_accepted: bool) {
        self.is_accepted.store(is_accepted, Ordering::Relaxed);
    }

    /// Does the vendor accept it, as far as we know?
    pub(super) fn is_accepted(&self) -> bool {
        self.is_accepted.load(Ordering::Relaxed)
    }

    /// What the administrator is told when the vendor does not accept it.
    pub(super) fn refused_say(&self, title: &str, connection: &ConnectionName) -> String {
        let (what, names) = match &self.kind {
            Kind::Basic { username, password } => ("user name or password", secret_names(&[username, password])),
            Kind::Header { value, .. } => ("key", secret_names(&[value])),
            Kind::Keys { headers, query } => {
                let values: Vec<&SecretValue> = headers.iter().chain(query).map(|(_, value)| value).collect();
                ("keys", secret_names(&values))
            }
        };
        super::refused_say(title, what, connection, &names)
    }

    fn checked(kind: Kind) -> Result<Self, String> {
        let fixed = Self { kind, is_accepted: AtomicBool::new(true) };
        fixed.credential().map_err(|error| error.to_string())?;
        Ok(fixed)
    }
}

fn read_all(keys: &[(String, SecretValue)]) -> Result<Vec<(String, SecretString)>, SignInError> {
    keys.iter().map(|(name, value)| Ok((name.clone(), value.read()?))).collect()
}

/// RFC 7617 section 2: the user name ends at the first colon.
pub(super) fn basic(username: &SecretString, password: &SecretString) -> Result<SecretString, SignInError> {
    if username.expose_secret().contains(':') {
        return Err(SignInError::Unusable("a user name for HTTP Basic cannot contain a colon".to_owned()));
    }
    let pair = format!("{}:{}", username.expose_secret(), password.expose_secret());
    Ok(format!("Basic {}", BASE64_STANDARD.encode(pair)).into())
}
