//! `users`: which accounts are managed, how they are recognised and how access is taken away. The fields are in [`super::fields`].

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::answers::BodyCondition;
use super::calls::UserCalls;
use super::fields::{Clear, Field};
use super::one_or_many::OneOrMany;
use super::revision::Revision;
use crate::mapping::tree::Tree;

/// How people are mapped.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Users {
    /// The vendor's own identifier of an account.
    pub key: Key,
    /// URN of the extension schema for attributes that only this vendor has.
    #[serde(default)]
    pub extension: Option<String>,
    /// SCIM attributes that the bridge keeps itself although the vendor has no field for them
    /// (`title`, `addresses`, `urn:…:enterprise:2.0:User`). A whole schema URN keeps all its attributes.
    #[serde(default)]
    pub keep: Vec<String>,
    /// Fields by which an existing account of the same person is recognised, in this order.
    #[serde(default)]
    pub r#match: Vec<MatchRule>,
    /// Whether an existing account is looked for before each create (needed where the vendor allows duplicates)
    /// or only after the vendor says `already_exists`. Default false.
    #[serde(default)]
    pub find_before_create: bool,
    /// Conditions on the vendor's user object that make it a person whom the bridge may manage; others are left alone.
    #[serde(default)]
    pub only: Vec<BodyCondition>,
    /// Conditions under which a returned user object counts as gone.
    #[serde(default)]
    pub gone: Vec<BodyCondition>,
    /// Accounts that are never disabled, deleted, renamed or re-roled: the bridge's own above all.
    #[serde(default)]
    pub protected: Vec<ProtectedRule>,
    /// The managed fields, by the vendor's name; a dot leads into an object (`channels.chatConfiguration.isEnabled`).
    pub fields: IndexMap<String, Field>,
    /// Objects whose members are sent together.
    #[serde(default)]
    pub objects: IndexMap<String, ObjectRule>,
    /// Changes by which the vendor erases other fields: those are written again afterwards.
    #[serde(default)]
    pub erases: Vec<EraseRule>,
    /// What happens when `active` becomes false. Left out when a field is mapped from `active`.
    #[serde(default)]
    pub deactivate: Option<Deactivate>,
    /// How changes and deletions say which state they were made from. Default: they do not.
    #[serde(default)]
    pub revision: Option<Revision>,
    /// What happens on SCIM DELETE: `delete` (default), `deactivate`, or `$settings.NAME` of a setting with these values.
    #[serde(default)]
    pub remove: Option<Tree>,
    /// The vendor calls.
    pub calls: UserCalls,
}

/// The vendor's own identifier of an account.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// Path to it in a user object, or several: the first that leads to a value.
    pub read: OneOrMany<String>,
    /// Its type when it is sent: `$key` is a number or a text.
    #[serde(rename = "type")]
    pub kind: KeyType,
    /// The managed field that is the key, where a change of it gives the account another key.
    #[serde(default)]
    pub field: Option<String>,
}

/// Type of the vendor's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeyType {
    /// Whole number in bodies, digits in paths.
    Integer,
    /// Text.
    String,
}

/// A field by which an existing account is recognised.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MatchRule {
    /// Name of the managed field; compared by its `compare` rule.
    pub field: String,
}

/// An account that the bridge never takes away from anybody.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProtectedRule {
    /// Managed field that names it.
    pub field: String,
    /// The value, usually `$secrets.username`.
    #[serde(default)]
    pub equals: Option<Tree>,
    /// Or: a catalog. Who has one of its objects is never changed, nor imported (people with a role of the vendor's own staff).
    #[serde(default, rename = "in")]
    pub within: Option<String>,
}

/// A change by which the vendor erases other fields.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EraseRule {
    /// The field whose change does it.
    pub by: String,
    /// The fields that are lost with it.
    pub fields: Vec<String>,
}

/// What happens when `active` becomes false.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Deactivate {
    /// Which policy holds: the name of one, or `$settings.NAME`.
    pub policy: Tree,
    /// The policies.
    pub policies: IndexMap<String, DeactivatePolicy>,
}

/// One way of taking access away.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeactivatePolicy {
    /// What the person loses, and what comes back on reactivation; told when the bridge starts.
    pub loses: String,
    /// `true`: the account is deleted, and created again on reactivation; the SCIM resource and its id live on.
    #[serde(default)]
    pub delete: bool,
    /// Field values that hold while the person is inactive, instead of the mapped ones.
    #[serde(default)]
    pub set: IndexMap<String, Tree>,
}

/// What happens at the vendor on SCIM DELETE.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Removal {
    /// The account is deleted.
    #[default]
    Delete,
    /// The account is deactivated and forgotten.
    Deactivate,
}

impl Removal {
    /// The words of the file.
    pub const WORDS: [&'static str; 2] = ["delete", "deactivate"];

    /// Reads a word.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "delete" => Some(Self::Delete),
            "deactivate" => Some(Self::Deactivate),
            _ => None,
        }
    }
}

/// An object whose members are sent together.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ObjectRule {
    /// Members without which the vendor refuses the object.
    #[serde(default)]
    pub needs: Vec<String>,
    /// Values of members that have none themselves, once any member has a value: constants or `$settings.NAME`.
    #[serde(default)]
    pub fill: IndexMap<String, Tree>,
    /// What happens when some members have a value and one of `needs` has none, `fill` applied. Default `refuse`.
    #[serde(default)]
    pub incomplete: Incomplete,
    /// How the vendor is told that no member has a value any more. Default `send_null`: the whole object becomes `null`
    /// (`send_empty`: `{}`).
    #[serde(default)]
    pub clear: Clear,
}

/// What happens to an object that lacks a needed member.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Incomplete {
    /// `invalidValue`, naming the missing attribute.
    #[default]
    Refuse,
    /// The whole object is left out.
    Omit,
}
