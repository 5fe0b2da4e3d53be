//! `api.sign_in`: the schemes by which the bridge signs in. Getting and renewing tokens is the vendor side's work.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::mapping::tree::Tree;

/// How the bridge signs in at the vendor.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "scheme", rename_all = "snake_case", deny_unknown_fields)]
pub enum SignIn {
    /// No credentials at all.
    None,
    /// HTTP Basic authentication on every call.
    Basic {
        /// User name.
        username: Tree,
        /// Password.
        password: Tree,
    },
    /// A constant header, such as an API key.
    Header {
        /// Name of the header.
        header: String,
        /// Value of the header.
        value: Tree,
    },
    /// OAuth 2.0 resource owner password credentials grant (RFC 6749 section 4.3).
    Oauth2Password {
        /// Path segments of the token endpoint.
        token_path: Vec<Tree>,
        /// User name of the service account.
        username: Tree,
        /// Password of the service account.
        password: Tree,
        /// How long before its end a token is renewed. Default 300 seconds.
        #[serde(default = "default_renew_before_seconds")]
        renew_before_seconds: u64,
        /// How many sign-ins the vendor allows, so that the bridge never locks its own account.
        #[serde(default)]
        limit: Option<SignInLimit>,
    },
    /// OAuth 2.0 client credentials grant (RFC 6749 section 4.4), credentials in the form body.
    Oauth2ClientCredentials {
        /// Path segments of the token endpoint.
        token_path: Vec<Tree>,
        /// Client identifier.
        client_id: Tree,
        /// Client secret.
        client_secret: Tree,
        /// Requested scope.
        #[serde(default)]
        scope: Option<Tree>,
        /// How long before its end a token is renewed. Default 300 seconds.
        #[serde(default = "default_renew_before_seconds")]
        renew_before_seconds: u64,
        /// How many sign-ins the vendor allows.
        #[serde(default)]
        limit: Option<SignInLimit>,
    },
}

/// A limit on sign-ins.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignInLimit {
    /// Sign-ins allowed.
    pub calls: u32,
    /// Within this many seconds.
    pub per_seconds: u64,
}

fn default_renew_before_seconds() -> u64 {
    300
}
