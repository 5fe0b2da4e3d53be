//! `api`: how the vendor is reached, how fast and how patiently. What its answers mean is in [`super::answers`].

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::answers::{AnswerRule, ErrorSource};
use super::hosts::Hosts;
use super::sign_in::SignIn;
use crate::mapping::tree::Tree;

/// How the vendor's API is reached, how fast, and what its answers mean.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Api {
    /// Scheme, host and port of every call that names no `host`, usually `$settings.base_url`. `http` only to a loopback host. Required without
    /// `hosts`.
    #[serde(default)]
    pub base_url: Option<Tree>,
    /// Where the vendor says which host serves which part of its API. Calls then name their `host`.
    #[serde(default)]
    pub hosts: Option<Hosts>,
    /// With `hosts`, instead of `base_url`: the service whose host serves every call that names no other.
    #[serde(default)]
    pub host: Option<String>,
    /// Headers of every call.
    #[serde(default)]
    pub headers: IndexMap<String, Tree>,
    /// Query parameters of every call (not of the sign-in).
    #[serde(default)]
    pub query: IndexMap<String, Tree>,
    /// Header in which the id of the IdP's request is sent along. Default: none is sent.
    #[serde(default)]
    pub request_id_header: Option<String>,
    /// Longest time for one call from connection to last byte. Default 20 seconds.
    #[serde(default = "default_timeout_seconds")]
    pub timeout_seconds: u64,
    /// How the bridge signs in.
    pub sign_in: SignIn,
    /// Pace: how many calls the vendor can bear.
    #[serde(default)]
    pub limits: Limits,
    /// How often and after which pause a failed call is repeated.
    #[serde(default)]
    pub retry: Retry,
    /// Where named errors stand in the vendor's answers, also inside a 200.
    #[serde(default)]
    pub errors: Vec<ErrorSource>,
    /// What answers mean; the rules of a call come before these. First match wins.
    #[serde(default)]
    pub answers: Vec<AnswerRule>,
    /// The vendor's GraphQL endpoint, when it has one.
    #[serde(default)]
    pub graphql: Option<GraphqlApi>,
}

/// A GraphQL endpoint. Documents are checked against the schema when the mapping loads.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GraphqlApi {
    /// Path segments of the endpoint.
    pub path: Vec<Tree>,
    /// Query parameters of the endpoint.
    #[serde(default)]
    pub query: IndexMap<String, Tree>,
    /// File beside the mapping with the part of the vendor's schema that is used (SDL).
    pub schema: String,
    /// File beside the mapping with the named operations.
    pub documents: String,
}

/// The pace at which a connection calls the vendor. Too high: the vendor answers 429. Too low: first syncs take long.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Calls per second in the long run, may be fractional. Default 10.
    pub rate_per_second: f64,
    /// Calls that may go out at once after a quiet time. Default 10.
    pub burst: u32,
    /// Calls under way at the same time. Default 4.
    pub concurrency: u32,
}

/// How failed calls are repeated.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Retry {
    /// Attempts of one call in a row, the first included. Default 4. Afterwards the work waits and is taken up again.
    pub attempts: u32,
    /// Pause before the first repeat, in seconds; doubles each time, with jitter. Default 0.5.
    pub first_pause_seconds: f64,
    /// The pauses one by one, in seconds, instead of doubling ones: for vendors that recommend them. The last one stands for all further ones.
    pub pauses_seconds: Vec<f64>,
    /// Longest pause, in seconds. Default 30.
    pub longest_pause_seconds: f64,
    /// Pause after `limited` when the vendor names none, in seconds. Default 1.
    pub limited_pause_seconds: f64,
    /// The pause after `limited` is never shorter than this, whatever the vendor names, in seconds. Default 0.
    pub limited_at_least_seconds: f64,
    /// Pause after `busy`, in seconds. Default 5.
    pub busy_pause_seconds: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { rate_per_second: 10.0, burst: 10, concurrency: 4 }
    }
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            attempts: 4,
            first_pause_seconds: 0.5,
            pauses_seconds: Vec::new(),
            longest_pause_seconds: 30.0,
            limited_pause_seconds: 1.0,
            limited_at_least_seconds: 0.0,
            busy_pause_seconds: 5.0,
        }
    }
}

fn default_timeout_seconds() -> u64 {
    20
}
