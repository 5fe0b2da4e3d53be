//! `groups`: what a pushed group can mean at the vendor. Which group means what is the customer's, in `bridge.yaml`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::calls::Call;
use super::revision::Revision;

/// A target: something that a pushed group can mean.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// What a group of this target gives its members, in a sentence for the administrator.
    pub description: String,
    /// The managed field of the user that carries the membership. A list (`string_list`, `integer_list`) takes any number of groups; a
    /// `level_map` takes any number, each with a level; any other type takes one: who joins another group leaves the one before, and who is in
    /// none has the field's `default`.
    pub field: String,
    /// The catalog in which the group's object at the vendor is found by its name. Without it a group names the vendor's id in `bridge.yaml`.
    #[serde(default)]
    pub catalog: Option<String>,
    /// For a `level_map`: which level a member has.
    #[serde(default)]
    pub level: Option<LevelRule>,
    /// For a field that takes one group: so many seconds after somebody has left a group without joining another, he still has its value. IdPs move a
    /// person by two requests in either order, and between them he is in no group. Default 0.
    #[serde(default)]
    pub leaves_after_seconds: u64,
    /// How the calls that change the group's object say which state they were made from. Default: they do not.
    #[serde(default)]
    pub revision: Option<Revision>,
    /// The calls that change the group's object. Without `create`, a group can only stand for an object that is there already.
    #[serde(default)]
    pub calls: TargetCalls,
}

/// Levels of a `level_map`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LevelRule {
    /// Level of a member when the rule in `bridge.yaml` names none.
    pub default: i64,
    /// Lowest level that the vendor takes.
    #[serde(default)]
    pub min: Option<i64>,
    /// Highest level that the vendor takes.
    #[serde(default)]
    pub max: Option<i64>,
}

/// The calls on a group's object: `$key` is its identifier, `$record.name` its name.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TargetCalls {
    /// Creates it. `object` is the path to it in the answer.
    pub create: Option<Call>,
    /// Reads it by `$key`. Default: it is looked for in the catalog's list.
    pub read: Option<Call>,
    /// Renames it.
    pub rename: Option<Call>,
    /// Deletes it.
    pub delete: Option<Call>,
}
