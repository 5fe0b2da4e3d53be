//! `examples`: what goes in and exactly what must come out. [`crate::mapping::examples`] runs them.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::answers::Meaning;
use super::calls::Method;
use super::one_or_many::OneOrMany;

/// An example: what goes in, and exactly what must come out.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// What it shows.
    pub name: String,
    /// Settings of this example, over the defaults.
    #[serde(default)]
    pub settings: IndexMap<String, Value>,
    /// The vendor's key of the account, for PUT, PATCH and DELETE. Default `1001`.
    #[serde(default)]
    pub key: Option<String>,
    /// What the vendor lists in a catalog, for fields with `lookup`.
    #[serde(default)]
    pub catalogs: IndexMap<String, Vec<ExampleEntry>>,
    /// SCIM resource before the request, for PUT, PATCH and DELETE. The vendor is taken to hold what it maps to.
    #[serde(default)]
    pub before: Option<Value>,
    /// What the person's groups mean, before and after. Without `request`, that change alone is what happens.
    #[serde(default)]
    pub groups: Option<ExampleGroups>,
    /// A group whose object at the vendor is created, renamed or deleted.
    #[serde(default)]
    pub group: Option<ExampleGroup>,
    /// The key by which another API knows the account, for calls with `key_from`. Default: the same as `key`.
    #[serde(default)]
    pub other_key: Option<String>,
    /// The vendor's object (of the account, or of the group) as it is read before a call with `record: whole`.
    #[serde(default)]
    pub found: Option<Value>,
    /// The SCIM request.
    #[serde(default)]
    pub request: Option<ExampleRequest>,
    /// The vendor calls that it must cause, in order.
    #[serde(default)]
    pub calls: Option<Vec<ExampleCall>>,
    /// The error that it must cause instead.
    #[serde(default)]
    pub error: Option<ExampleError>,
    /// A vendor's user object…
    #[serde(default)]
    pub account: Option<Value>,
    /// …and the SCIM resource that it must become on import.
    #[serde(default)]
    pub resource: Option<Value>,
    /// A vendor answer…
    #[serde(default)]
    pub answer: Option<ExampleAnswer>,
    /// …to this call (`create`, `update.userUpdate`, `groups.skill.rename`, `catalogs.skills.list`, `sign_in`, `sign_in.refresh` …)…
    #[serde(default)]
    pub to_call: Option<String>,
    /// …and what it must mean…
    #[serde(default)]
    pub means: Option<Meaning>,
    /// …or, of a catalog's list, the objects that it must hold.
    #[serde(default)]
    pub entries: Option<Vec<ExampleEntry>>,
    /// …or, of a sign-in by a call, what must be kept of it.
    #[serde(default)]
    pub kept: Option<IndexMap<String, Value>>,
}

/// What a person's groups mean in an example.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ExampleGroups {
    /// Before: the vendor has these.
    pub before: Vec<ExampleMembership>,
    /// After, in the order in which he joined.
    pub after: Vec<ExampleMembership>,
}

/// What one group means for a person in an example.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExampleMembership {
    /// Name of the target in `groups`.
    pub target: String,
    /// The vendor's identifier of the group's object.
    pub value: Value,
    /// Level, for a `level_map`. Default: that of the target.
    #[serde(default)]
    pub level: Option<i64>,
}

/// A group whose object at the vendor changes in an example.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExampleGroup {
    /// Name of the target in `groups`.
    pub target: String,
    /// Name of the object before; without it there is none yet.
    #[serde(default)]
    pub before: Option<String>,
    /// Name that the object gets; without it the object is deleted.
    #[serde(default)]
    pub after: Option<String>,
}

/// An object of a catalog in an example.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExampleEntry {
    /// The vendor's identifier.
    pub key: Value,
    /// Its name.
    pub name: String,
    /// What it is.
    #[serde(default)]
    pub description: Option<String>,
}

/// SCIM request of an example.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExampleRequest {
    /// HTTP method.
    pub method: Method,
    /// SCIM body.
    #[serde(default)]
    pub body: Option<Value>,
}

/// A vendor call that an example expects.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExampleCall {
    /// `create`, `update.NAME`, `delete`, `read`; `groups.TARGET.create`, `groups.TARGET.rename`, `groups.TARGET.delete`.
    pub call: String,
    /// Exact URL path with query, for REST.
    #[serde(default)]
    pub url: Option<String>,
    /// Exact JSON body, for REST.
    #[serde(default)]
    pub body: Option<Value>,
    /// Exact variables, for GraphQL.
    #[serde(default)]
    pub variables: Option<Value>,
}

/// Error that an example expects.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExampleError {
    /// `scimType` of the error.
    #[serde(default)]
    pub scim_type: Option<String>,
    /// Text that the detail contains.
    #[serde(default)]
    pub contains: Option<String>,
}

/// A vendor's answer in an example.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExampleAnswer {
    /// HTTP status.
    pub status: u16,
    /// Headers; one that comes several times has a list.
    #[serde(default)]
    pub headers: IndexMap<String, OneOrMany<String>>,
    /// JSON body.
    #[serde(default)]
    pub body: Option<Value>,
    /// Body that is not JSON.
    #[serde(default)]
    pub text: Option<String>,
}
