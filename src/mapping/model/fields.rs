//! `users.fields`: a managed field, where its value comes from and how it is compared and cleared. Tables and transformations are in [`super::values`].

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::answers::BodyCondition;
use super::generate::Generate;
use super::one_or_many::OneOrMany;
use super::values::{Lookup, Table, Transform};
use crate::mapping::tree::Tree;

/// One managed field of the vendor's account.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Field {
    /// What it is at the vendor; becomes the description of the extension attribute.
    pub description: Option<String>,
    /// Type at the vendor.
    #[serde(rename = "type")]
    pub kind: FieldType,
    /// SCIM path or paths in RFC 7644 notation; the first that has a value wins.
    pub from: Option<OneOrMany<Source>>,
    /// MiniJinja expression instead of `from`; knows `user` and `settings`.
    pub expr: Option<String>,
    /// SCIM path or paths that the vendor's value becomes on import. Needed unless `from` is a single path.
    pub to: Option<OneOrMany<String>>,
    /// Value when nothing else gives one: a constant or `$settings.NAME`.
    pub default: Option<Tree>,
    /// The default is for new accounts, and for who has left the last group that gave the field a value: an account that has a value of which
    /// nobody says anything keeps it. Default false.
    pub default_once: bool,
    /// Value table, SCIM side to vendor side.
    pub table: Option<Table>,
    /// Name of a catalog, or `{ catalog: NAME, ids: true }`: SCIM, `default` and settings hold names of its objects, the vendor is sent their
    /// identifiers.
    pub lookup: Option<Lookup>,
    /// Transformations, in this order, before the table.
    pub transforms: Vec<Transform>,
    /// A record without this field is refused with `invalidValue`.
    pub required: bool,
    /// Sent but never read back or compared: passwords.
    pub write_only: bool,
    /// Made for each new account when the IdP sends none (`password: { length: 24, classes: 4 }`): for `write_only` fields on which the vendor
    /// insists. Sent with `create` and forgotten.
    pub generate: Option<Generate>,
    /// The vendor takes the value but does not show it: what was sent last counts as what is there, and drift is not seen. Default false.
    pub unread: bool,
    /// The vendor may show it empty although it has a value: an empty value in an answer says nothing, and a call with `record: whole` sends what
    /// the bridge last wrote instead. Default false.
    pub blanked: bool,
    /// `$settings.NAME` of a boolean setting without which the field is not managed at all.
    pub only_if: Option<Tree>,
    /// Name of another field: while that one has a value, this one is left out, because the vendor takes only one of the two.
    pub unless: Option<String>,
    /// Path to the value in the vendor's user object. Default: the field's own name.
    pub read: Option<String>,
    /// For a boolean that the vendor shows as something else, such as the time at which an account was blocked: it is true when all of these hold in
    /// the user object, else false. Instead of `read`.
    pub true_when: Vec<BodyCondition>,
    /// For a `level_map` that the vendor shows as a list of objects: where an object has the name and where the level. `read` is then the path to
    /// that list. Default: `read` is the path to one object that gives each name its level.
    pub read_each: Option<LevelPaths>,
    /// How two values are compared. Default `exact`; lists are compared as sets.
    pub compare: Compare,
    /// How an absent value is told to the vendor. Default `send_null`.
    pub clear: Clear,
    /// What becomes of elements of a list, or of names of a `level_map`, that the vendor has and the bridge never gave. Default `remove`.
    pub others: Others,
    /// For a `level_map`: the level that takes a name out at a vendor that adds what it is sent to what it has. It is sent once the account, read after
    /// a change, still has a name that was left out; a name that has it counts as not there.
    pub removed_level: Option<i64>,
    /// What the administrator is told when the vendor keeps the old value although it was cleared. Default `report`.
    pub not_cleared: NotCleared,
    /// Cannot change after creation: a change is refused with `mutability`.
    pub immutable: bool,
    /// What happens to a change that no call can make, or of a field that is `immutable`: `refuse` (default) or `report`, or `$settings.NAME` of a
    /// setting with these values. With `report` the request succeeds, the account keeps its value, and its story says so.
    pub cannot_change: Option<Tree>,
    /// Login or e-mail of the person: not changed by the request that adopts an existing account.
    pub login: bool,
    /// Longest text, in characters; longer ones are refused with `invalidValue`.
    pub max_length: Option<usize>,
    /// Regular expression that the whole text must match; others are refused with `invalidValue`.
    pub pattern: Option<String>,
    /// Allowed values (they become `canonicalValues` of an extension attribute). `$settings.NAME` among them stands for the value, or the values,
    /// of a setting.
    pub values: Vec<Value>,
}

/// Where a value comes from.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Source {
    /// A SCIM path.
    Path(String),
    /// A SCIM path whose value counts only when it matches.
    Conditional(ConditionalSource),
}

/// A SCIM path with a condition.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConditionalSource {
    /// The SCIM path.
    pub path: String,
    /// Regular expression that the whole value must match, otherwise the next source is tried. Default: every value.
    #[serde(default = "default_anything")]
    pub matches: String,
    /// Transformations of this source alone, before those of the field.
    #[serde(default)]
    pub transforms: Vec<Transform>,
}

/// Type of a field at the vendor.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FieldType {
    /// Text.
    #[default]
    String,
    /// Whole number.
    Integer,
    /// Number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// List of texts.
    StringList,
    /// List of whole numbers.
    IntegerList,
    /// Names, each with a level, a whole number: `{"901": 50}` at the vendor, `[{"value": "901", "level": 50}]` in SCIM. In a tree, `$for_each`
    /// yields `$item.name` and `$item.value`.
    LevelMap,
}

/// Where the elements of a list have the name and the level of a `level_map`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LevelPaths {
    /// Path inside an element to the name (`skill.id`).
    pub name: String,
    /// Path inside an element to the level.
    pub value: String,
}

/// How two values of a field are compared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Compare {
    /// The same value.
    #[default]
    Exact,
    /// The same text whatever the letter case.
    IgnoreCase,
    /// The same text but for white space at the ends and letter case.
    Loose,
}

/// How an absent value is told to the vendor.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Clear {
    /// By `null`.
    #[default]
    SendNull,
    /// By an empty text or an empty list.
    SendEmpty,
    /// By its absence from a record that replaces everything (`record: all` or `whole`).
    LeaveOut,
    /// Not at all: the vendor keeps its value, and that is no difference.
    Keep,
    /// Not possible: refused with `mutability`.
    Refuse,
}

/// What becomes of the parts of a list that the bridge never gave.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Others {
    /// The list is what the bridge says.
    #[default]
    Remove,
    /// They stay: the account is read before a change, and they are sent along.
    Keep,
}

/// What happens to a change that cannot be made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum CannotChange {
    /// The IdP's request is refused with `mutability`.
    #[default]
    Refuse,
    /// The account keeps its value, and its story says so.
    Report,
}

impl CannotChange {
    /// The words of the file.
    pub const WORDS: [&'static str; 2] = ["refuse", "report"];

    /// Reads a word.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "refuse" => Some(Self::Refuse),
            "report" => Some(Self::Report),
            _ => None,
        }
    }
}

/// What happens when the vendor keeps a value that was cleared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NotCleared {
    /// Told in the person's story; the IdP's request succeeds.
    #[default]
    Report,
    /// The IdP's request is refused: a value that decides about access must not stay unnoticed.
    Refuse,
}

fn default_anything() -> String {
    "(?s).*".to_owned()
}
