//! `api.errors` and `answers`: where errors stand and what an answer means. Nothing here judges an answer.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::one_or_many::OneOrMany;

/// Where named errors stand in an answer.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ErrorSource {
    /// Path to a list of error objects, or to one such object; `*` stands for any member (`data.*.userErrors`).
    pub at: String,
    /// Path inside the error object to its name or code.
    #[serde(default)]
    pub name: Option<String>,
    /// Path inside the error object to its message.
    #[serde(default)]
    pub message: Option<String>,
    /// Path inside the error object to the name of the field that it is about.
    #[serde(default)]
    pub about: Option<String>,
    /// Statuses with which something here is an error: a number, a class such as `4xx`, or a list of them. Default: with any, a success as well.
    #[serde(default)]
    pub status: Option<StatusCondition>,
    /// What makes an object here an error, where one is there in a success as well (`{ path: succeeded, equals: false }`). Default: that it has a
    /// name or a message.
    #[serde(default)]
    pub only: Vec<BodyCondition>,
}

/// A rule on what an answer means. All conditions that are given must hold.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerRule {
    /// The conditions.
    pub when: AnswerCondition,
    /// What it means. Retry, SCIM status and `scimType` follow from this word alone.
    pub means: Meaning,
    /// A call that tells which of two meanings holds: `read`, or `named.NAME`. `means` holds when it finds what it asks for. On `create`: `match`, which
    /// looks for an account with the same `match` fields.
    #[serde(default)]
    pub ask: Option<String>,
    /// With `ask`: what holds when the call that is asked finds nothing.
    #[serde(default)]
    pub otherwise: Option<Meaning>,
    /// Path in the JSON body to the time to wait before the call is repeated. Default: the header `Retry-After`.
    #[serde(default)]
    pub wait: Option<String>,
    /// How that time is told. Default `seconds`.
    #[serde(default)]
    pub wait_in: Option<WaitIn>,
    /// So many seconds to wait, where the answer does not say it.
    #[serde(default)]
    pub wait_seconds: Option<u64>,
    /// Sentence for the administrator: lower case, no final stop, says what is wrong and what to change.
    #[serde(default)]
    pub say: Option<String>,
    /// The managed field that is at fault; the administrator is told the SCIM attribute behind it.
    #[serde(default)]
    pub field: Option<String>,
}

/// Conditions on an answer.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AnswerCondition {
    /// HTTP status: a number, a class such as `5xx`, or a list of them.
    pub status: Option<StatusCondition>,
    /// Pattern (`*` stands for anything) on the name of any error found by `errors`.
    pub error: Option<OneOrMany<String>>,
    /// Pattern (`*` stands for anything) on the field that an error is about; holds for the same error as `error`.
    pub about: Option<OneOrMany<String>>,
    /// Text that the body or an error message contains, letter case ignored.
    pub text: Option<OneOrMany<String>>,
    /// Conditions on values inside the JSON body.
    pub body: Vec<BodyCondition>,
}

/// A status or several.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum StatusCondition {
    /// One status.
    Code(u16),
    /// A class, `4xx` or `5xx`.
    Class(String),
    /// Any of these.
    Any(Vec<StatusCondition>),
}

/// A condition on a value in a JSON body or in a user object. Exactly one of the tests is given.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BodyCondition {
    /// Path to the value.
    pub path: String,
    /// Equals this value.
    #[serde(default)]
    pub equals: Option<Value>,
    /// Is none of these values.
    #[serde(default)]
    pub not: Option<Value>,
    /// `true`: is there and not null. `false`: is absent or null.
    #[serde(default)]
    pub present: Option<bool>,
}

/// How a time to wait is told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WaitIn {
    /// Seconds from now.
    #[default]
    Seconds,
    /// Milliseconds from now.
    Milliseconds,
    /// The moment itself: RFC 3339, a date as in HTTP headers, or seconds (or milliseconds) since 1970.
    Time,
}

/// What an answer means for the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Meaning {
    /// It happened.
    Done,
    /// The account (or object) does not exist at the vendor.
    NotFound,
    /// A unique value belongs to another account.
    AlreadyExists,
    /// The vendor refuses this input for good.
    Refused,
    /// Something that the input refers to (role, project, skill) does not exist.
    BadReference,
    /// Not now: the account is in use; the same call can work later.
    Busy,
    /// Too many calls.
    Limited,
    /// The token is not accepted: sign in again, once.
    Unauthenticated,
    /// The bridge's own account lacks the right.
    Forbidden,
    /// Somebody else wrote in between: read again and repeat.
    Stale,
    /// The vendor failed or its answer makes no sense; whether the call took effect is unknown.
    Broken,
}

impl Meaning {
    /// Is the same call repeated after such an answer, after a while?
    pub fn is_repeated(self) -> bool {
        matches!(self, Self::Limited | Self::Busy | Self::Broken)
    }
}
