//! `bridge.yaml` after reading and checking: what the rest of the program is built from.

use std::path::PathBuf;
use std::time::Duration;

use indexmap::IndexMap;
use jiff::Timestamp;
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::groups::{GroupRules, MembersFirst};
use crate::ids::ConnectionName;

/// The whole configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the program listens. Default `127.0.0.1:8080`.
    pub listen: String,
    /// Listener of its own for `/metrics` (and later `/console`); then the main listener does not answer them.
    pub admin_listen: Option<String>,
    /// Base of `meta.location`; default: taken from each request.
    pub public_url: Option<String>,
    /// File of the embedded store (`sqlite:PATH`); relative paths are relative to the configuration file.
    pub store: StoreConfig,
    /// Connections by name.
    pub connections: IndexMap<ConnectionName, ConnectionConfig>,
}

/// Where the store is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreConfig {
    /// `sqlite:PATH`.
    Sqlite(PathBuf),
}

/// One connection: one IdP app on one side, one vendor account on the other.
#[derive(Debug, Clone)]
pub struct ConnectionConfig {
    /// Folder with `mapping.yaml`, or such a file.
    pub mapping: PathBuf,
    /// What the mapping declares under `settings`.
    pub settings: Map<String, Value>,
    /// What the mapping declares under `secrets`: where each value comes from. Re-read when it changes.
    pub secrets: IndexMap<String, SecretSource>,
    /// `generic` (default), `okta`, `entra`, …
    pub profile: Profile,
    /// Who may call.
    pub inbound: InboundConfig,
    /// When the IdP is answered.
    pub delivery: Delivery,
    /// How long an IdP's request may wait for the vendor. Default 25 s, at most 55 s (Okta gives up after 60 s).
    pub answer_within: Duration,
    /// Take over an existing vendor account of the same person instead of answering 409. Default true.
    pub adopt: bool,
    /// Vendor accounts (values of a `match` field, such as an e-mail address) that are never changed by the bridge.
    pub protected: Vec<String>,
    /// Pace other than the mapping's.
    pub limits: LimitsOverride,
    /// Requests per second that one inbound credential may make, and burst. `None`: no limit.
    pub inbound_rate: Option<(u32, u32)>,
    /// What pushed groups mean at the vendor.
    pub groups: GroupRules,
    /// What becomes of members who arrive before their user.
    pub members_first: MembersFirst,
    /// Differences between IdPs that can be switched; the profile says which are on.
    pub switches: Switches,
}

/// Differences between IdPs that can be switched per connection.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Switches {
    /// PATCH on a group is answered 204 whatever its size. On in profile `entra`.
    pub group_patch_204: bool,
    /// PATCH on a user is answered 204.
    pub user_patch_204: bool,
    /// Answers have the media type `application/json`. On in profile `onelogin`.
    pub plain_json: bool,
    /// A PATCH that replaces the members of a group by a single one adds that one.
    pub single_member_replace_adds: bool,
    /// A POST for the userName of an inactive person reactivates that person instead of being answered 409.
    pub reactivate_on_create: bool,
    /// PATCH operations on attributes that nothing defines are left out instead of being refused.
    pub ignore_unknown_paths: bool,
    /// A userName of 32 hexadecimal digits before the former one, as Entra ID gives to people whom it soft-deletes, does not reach the vendor.
    /// On in profile `entra`.
    pub soft_deleted_names: bool,
}

/// Pace other than the mapping's `api.limits`; what is absent stays.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct LimitsOverride {
    /// Calls per second.
    pub rate_per_second: Option<f64>,
    /// Calls at once after a quiet time.
    pub burst: Option<u32>,
    /// Calls under way at the same time.
    pub concurrency: Option<u32>,
}

/// When the IdP is answered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// When the vendor has confirmed.
    #[default]
    Confirmed,
    /// As soon as the change is durable; failures are shown by `pending`.
    Accepted,
}

/// Which IdP's per-tenant differences hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the products'")]
pub enum Profile {
    #[default]
    Generic,
    Okta,
    Entra,
    Onelogin,
    Ping,
    Jumpcloud,
}

/// Inbound credentials of a connection.
#[derive(Debug, Clone, Default)]
pub struct InboundConfig {
    /// Bearer tokens.
    pub tokens: Vec<InboundToken>,
    /// Accept the raw token without the word `Bearer` (D27). Default false; true in profile `okta`.
    pub raw_token: bool,
}

/// An inbound bearer token.
#[derive(Debug, Clone)]
pub struct InboundToken {
    /// Name, for logs and `token list`.
    pub name: String,
    /// Its value or its hash.
    pub secret: TokenSecret,
    /// Valid until the end of this instant.
    pub expires: Option<Timestamp>,
    /// userName of the person who is at `/Me` for this token.
    pub me: Option<String>,
}

/// What is known of an inbound token.
#[derive(Debug, Clone)]
pub enum TokenSecret {
    /// From `env:`, `file:` (or literal, when listening on loopback only).
    Source(SecretSource),
    /// `sha256:` of the token.
    Sha256([u8; 32]),
}

/// Where a secret comes from. Shows itself, never its value, in `Debug`.
#[derive(Debug, Clone)]
pub enum SecretSource {
    /// `env:NAME`.
    Env(String),
    /// `file:PATH`: read again when the file changes; a final line break is cut.
    File(PathBuf),
    /// Written in plain: only where the vendor is on loopback (simulators, tests).
    Literal(SecretString),
}
