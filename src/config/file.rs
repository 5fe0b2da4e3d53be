//! `bridge.yaml` as it is written: the types behind the file, and nothing else. Their doc comments are the reference that
//! an administrator sees while he types (`schema config`).

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::groups::{GroupRuleFile, MembersFirst};
use super::model::{Delivery, Profile};
use super::profile::SwitchesFile;

/// The whole configuration of the bridge.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfigFile {
    /// Address and port where the program listens. Default `127.0.0.1:8080`; port 0 takes any free one.
    #[serde(default)]
    pub listen: Option<String>,
    /// Address and port of a listener of its own for `/metrics`. Default: they are on `listen`.
    #[serde(default)]
    pub admin_listen: Option<String>,
    /// Address under which the IdP reaches the bridge, the base of `meta.location`. Default: taken from each request.
    #[serde(default)]
    pub public_url: Option<String>,
    /// Where the bridge keeps its state: `sqlite:PATH`. A relative path is relative to this file.
    pub store: String,
    /// The connections, by the name that stands in their SCIM address.
    pub connections: IndexMap<String, ConnectionFile>,
}

/// One connection: one app at the IdP on one side, one account at the vendor on the other.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConnectionFile {
    /// Folder with `mapping.yaml`, or such a file, or the name of a built-in mapping.
    pub mapping: String,
    /// What the mapping declares under `settings`. A text `env:NAME` or `file:PATH` is read from there.
    #[serde(default)]
    pub settings: Map<String, Value>,
    /// What the mapping declares under `secrets`: `env:NAME` or `file:PATH`.
    #[serde(default)]
    pub secrets: IndexMap<String, String>,
    /// Which identity provider calls: sets `switches`, and `inbound.raw_token` for `okta`. Default `generic`.
    #[serde(default)]
    pub profile: Profile,
    /// Who may call, besides the tokens made by `token new`.
    #[serde(default)]
    pub inbound: InboundFile,
    /// When the IdP is answered. Default `confirmed`.
    #[serde(default)]
    pub delivery: Delivery,
    /// Seconds that a request of the IdP may wait for the vendor, 1 to 55. Default 25. Too low: the IdP repeats requests
    /// that would have worked. Too high: the IdP gives up first (Okta after 60).
    #[serde(default)]
    #[schemars(range(min = 1, max = 55))]
    pub answer_within: Option<u64>,
    /// Whether an account that the person already has at the vendor is taken over. Default true; else a create is answered 409.
    #[serde(default)]
    pub adopt: Option<bool>,
    /// Accounts at the vendor that the bridge never changes, by the value of a field in the mapping's `match` (such as an e-mail address).
    #[serde(default)]
    pub protected: Vec<String>,
    /// Pace other than the mapping's.
    #[serde(default)]
    pub limits: LimitsFile,
    /// What a pushed group means at the vendor: the first rule that fits its name decides. Default: the bridge keeps all groups to itself.
    #[serde(default)]
    pub groups: Vec<GroupRuleFile>,
    /// What becomes of members of a group whose user is not there yet. Default `refuse`.
    #[serde(default)]
    pub members_first: MembersFirst,
    /// Differences between identity providers, where they are other than the profile says.
    #[serde(default)]
    pub switches: SwitchesFile,
}

/// Who may call a connection.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InboundFile {
    /// Bearer tokens; several may be valid at once, so that one can be replaced without a gap.
    #[serde(default)]
    pub tokens: Vec<TokenFile>,
    /// Whether a token without the word `Bearer` before it is accepted. Default: true in profile `okta`, else false.
    #[serde(default)]
    pub raw_token: Option<bool>,
    /// How many requests each credential may make. Default: no limit.
    #[serde(default)]
    pub rate: Option<RateFile>,
    /// Not supported by this version: clients of the token endpoint.
    #[serde(default)]
    pub oauth_clients: Option<Value>,
}

/// One inbound token. Exactly one of `secret` and `sha256` is given.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenFile {
    /// Name of the token, for logs and `token list`.
    pub name: String,
    /// Where the token is: `env:NAME` or `file:PATH`.
    #[serde(default)]
    pub secret: Option<String>,
    /// SHA-256 of the token, 64 hexadecimal digits.
    #[serde(default)]
    pub sha256: Option<String>,
    /// Last day of validity (`2027-01-31`, through the end of that day in UTC), or a moment (`2027-01-31T12:00:00Z`). Default: never expires.
    #[serde(default)]
    pub expires: Option<String>,
    /// userName of the person on whose behalf this token acts, for the address `/Me`. Default: nobody, and `/Me` is answered 501.
    #[serde(default)]
    pub me: Option<String>,
}

/// A limit on the requests of one inbound credential.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RateFile {
    /// Requests per second in the long run, 1 to 100000. Too low: the IdP is answered 429 and syncs take long.
    #[schemars(range(min = 1, max = 100_000))]
    pub per_second: u32,
    /// Requests at once after a quiet time, 1 to 100000. Default: as many as `per_second`.
    #[serde(default)]
    #[schemars(range(min = 1, max = 100_000))]
    pub burst: Option<u32>,
}

/// Pace other than the mapping's `api.limits`; what is absent stays.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LimitsFile {
    /// Calls to the vendor per second in the long run, 0.01 to 10000, may be fractional.
    #[serde(default)]
    #[schemars(range(min = 0.01, max = 10_000.0))]
    pub rate_per_second: Option<f64>,
    /// Calls that may go out at once after a quiet time, 1 to 10000.
    #[serde(default)]
    #[schemars(range(min = 1, max = 10_000))]
    pub burst: Option<u32>,
    /// Calls under way at the same time, 1 to 256.
    #[serde(default)]
    #[schemars(range(min = 1, max = 256))]
    pub concurrency: Option<u32>,
}

/// The JSON Schema of `bridge.yaml` (draft 2020-12).
pub fn config_schema() -> Value {
    schemars::schema_for!(ConfigFile).to_value()
}
