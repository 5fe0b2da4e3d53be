//! What an account has registered for programs: OAuth 2.0 clients and OAuth 1.0 keys. It gives no rights by itself.

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use subtle::ConstantTimeEq as _;

use super::kind::Kind;

/// An application installed in the account.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Client {
    /// `client_id`.
    #[serde(rename = "clientId")]
    pub id: String,
    /// `client_secret`.
    #[serde(rename = "clientSecret")]
    pub secret: SecretString,
    /// Scopes of the registration, separated by spaces.
    #[serde(default = "users_external")]
    pub scope: String,
}

/// An API key of the account.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ApiKey {
    /// Consumer key.
    pub app_key: String,
    /// Consumer secret.
    pub app_secret: SecretString,
    /// Token.
    pub access_token: String,
    /// Token secret.
    pub access_token_secret: SecretString,
    /// Which parts of the administration it opens, as they stand in addresses. Default: all.
    #[serde(default = "all_parts")]
    pub permissions: Vec<String>,
}

/// What is registered.
#[derive(Debug, Clone, Default)]
pub struct Registrations {
    /// OAuth 2.0.
    pub clients: Vec<Client>,
    /// OAuth 1.0.
    pub keys: Vec<ApiKey>,
}

impl Registrations {
    /// The client with this id and secret.
    pub fn client(&self, id: &str, secret: &str) -> Option<&Client> {
        self.clients.iter().find(|client| client.id == id && is_same(&client.secret, secret))
    }

    /// The key of a consumer and token.
    pub fn key(&self, app_key: &str, access_token: &str) -> Option<&ApiKey> {
        self.keys.iter().find(|key| key.app_key == app_key && key.access_token == access_token)
    }
}

impl ApiKey {
    /// Whether it opens a kind of entities.
    pub fn opens(&self, kind: Kind) -> bool {
        self.permissions.iter().any(|part| part == kind.segment())
    }

    /// Consumer secret and token secret, for checking a signature.
    pub fn secrets(&self) -> (&str, &str) {
        (self.app_secret.expose_secret(), self.access_token_secret.expose_secret())
    }
}

/// Compares a secret without telling by its time how much of it was right.
pub fn is_same(secret: &SecretString, given: &str) -> bool {
    secret.expose_secret().as_bytes().ct_eq(given.as_bytes()).into()
}

fn users_external() -> String {
    "users.external".to_owned()
}

fn all_parts() -> Vec<String> {
    Kind::ALL.map(|kind| kind.segment().to_owned()).into()
}
