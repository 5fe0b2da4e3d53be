//! `scheme: call`: a sign-in that is a call like any other, and what is kept of its answer. Making the call is the vendor side's work.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::answers::{AnswerRule, WaitIn};
use super::calls::Method;
use super::sign_in::SignInLimit;
use crate::mapping::tree::Tree;

/// A sign-in by a call of the vendor's API.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CallSignIn {
    /// The call that signs in.
    pub call: SignInCall,
    /// What is kept of its answer, by name: `$kept.NAME` in `send` and in `refresh`. Never logged or shown.
    #[serde(default)]
    pub kept: IndexMap<String, KeptValue>,
    /// Headers of every other call, made of what is kept.
    #[serde(default)]
    pub send: IndexMap<String, Tree>,
    /// Where the cookies that the sign-in sets are sent back. Default: nowhere.
    #[serde(default)]
    pub cookies: Option<CookiesTo>,
    /// How long the sign-in holds. Default: until the vendor no longer accepts it.
    #[serde(default)]
    pub lives: Option<Lives>,
    /// Renews a sign-in without signing in again.
    #[serde(default)]
    pub refresh: Option<Refresh>,
    /// How long before its end a sign-in is renewed. Default 300 seconds.
    #[serde(default = "super::sign_in::default_renew_before_seconds")]
    pub renew_before_seconds: u64,
    /// How many sign-ins the vendor allows.
    #[serde(default)]
    pub limit: Option<SignInLimit>,
}

/// A call of a sign-in. Secrets may stand in all of its trees.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignInCall {
    /// HTTP method. Default `POST`.
    #[serde(default)]
    pub method: Option<Method>,
    /// The service of `api.hosts` that serves this call. Default: `api.base_url`, else `api.host`.
    #[serde(default)]
    pub host: Option<String>,
    /// Scheme, host and port, where the sign-in is not at the API: constant or setting.
    #[serde(default)]
    pub base_url: Option<Tree>,
    /// Path segments, each encoded for its place.
    pub path: Vec<Tree>,
    /// Query parameters; one without a value is left out. Those of `api.query` are not sent.
    #[serde(default)]
    pub query: IndexMap<String, Tree>,
    /// Headers, over those of `api.headers`.
    #[serde(default)]
    pub headers: IndexMap<String, Tree>,
    /// Signs this call with HTTP Basic authentication.
    #[serde(default)]
    pub basic: Option<BasicPair>,
    /// JSON body.
    #[serde(default)]
    pub body: Option<Tree>,
    /// Form body.
    #[serde(default)]
    pub form: Option<IndexMap<String, Tree>>,
    /// What answers to this call mean; these rules come before those of `api`.
    #[serde(default)]
    pub answers: Vec<AnswerRule>,
}

/// A user name and a password.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BasicPair {
    /// User name.
    pub username: Tree,
    /// Password.
    pub password: Tree,
}

/// Where a value stands in the answer to a sign-in: exactly one of `path`, `header` and `cookie`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeptValue {
    /// Path in the JSON body.
    #[serde(default)]
    pub path: Option<String>,
    /// A header.
    #[serde(default)]
    pub header: Option<String>,
    /// A cookie that the answer sets.
    #[serde(default)]
    pub cookie: Option<String>,
    /// Whether the sign-in is one without this value, too.
    #[serde(default)]
    pub optional: bool,
}

/// Which calls carry the cookies of the sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CookiesTo {
    /// Every call.
    AllCalls,
    /// The refresh alone.
    Refresh,
}

/// How long a sign-in holds.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Lives {
    /// Path in the JSON body of the answer.
    pub path: Option<String>,
    /// Or a header of the answer.
    pub header: Option<String>,
    /// How it is told there. Default `seconds`.
    pub r#in: Option<WaitIn>,
    /// So many seconds, where the answer does not say it; constant or setting.
    pub seconds: Option<Tree>,
}

/// How a sign-in is renewed without signing in again. When the vendor refuses that, the bridge signs in again.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Refresh {
    /// The call; it knows `$kept.NAME`.
    pub call: SignInCall,
    /// What its answer replaces. Default: what it has at the places where the sign-in's answer has it; the rest stays as it was.
    #[serde(default)]
    pub kept: IndexMap<String, KeptValue>,
    /// The refresh is made so often, so that a session does not end; constant or setting. Default: when the sign-in nears its end.
    #[serde(default)]
    pub every_seconds: Option<Tree>,
}
