//! How a value is rewritten on its way to the vendor: transformations and value tables. Nothing here rewrites one.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A value table: the word on the SCIM side, the value on the vendor's side. Words are compared without letter case.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// The entries. When reading back, the first word with the vendor's value is taken.
    pub values: IndexMap<String, Value>,
    /// Further vendor values and the word that each becomes when it is read; they are never written. Two vendor values that read as the same
    /// word are the same (`archived` and `suspended`, when both read as `false`).
    #[serde(default)]
    pub read: IndexMap<String, String>,
    /// What happens to a word that is not listed. Default `refuse`.
    #[serde(default)]
    pub unknown: Unknown,
}

/// What happens to a value that a table does not list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unknown {
    /// `invalidValue`, naming the words that are known.
    #[default]
    Refuse,
    /// The value is passed on as it is, if its type fits.
    Keep,
    /// The word counts as no value: the next source or the default is taken.
    Skip,
    /// `{ use: VALUE }`: every other word means this value.
    Use(Value),
}

/// A transformation of a value, named after Entra's expression functions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Transform {
    /// White space at both ends goes.
    Trim,
    /// Lower case.
    Lower,
    /// Upper case.
    Upper,
    /// First element of a list.
    First,
    /// The part before `@`.
    LocalPart,
    /// Language part of a locale: `fr` of `fr-FR`.
    Language,
    /// Text becomes a list, cut at this separator.
    Split(String),
    /// List becomes a text with this separator.
    Join(String),
    /// Every occurrence of one text becomes another.
    Replace {
        /// Text to find.
        find: String,
        /// Text to put in its place.
        with: String,
    },
    /// The first so many characters.
    Left(usize),
}

/// Names on the SCIM side (and in `default` and settings), the vendor's identifiers on the other: a catalog tells which is which.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Lookup {
    /// Name of the catalog.
    Catalog(String),
    /// The same, with more to say.
    Rule(LookupRule),
}

/// A look-up of identifiers by their names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LookupRule {
    /// Name of the catalog.
    pub catalog: String,
    /// `true`: what is no name may be an identifier: any whole number where the catalog's keys are numbers, else a key that is listed.
    /// Default false.
    #[serde(default)]
    pub ids: bool,
    /// With `ids`: once the list is known, only an identifier that is in it. Default false.
    #[serde(default)]
    pub listed: bool,
}

impl Lookup {
    /// Name of the catalog.
    pub fn catalog(&self) -> &str {
        match self {
            Self::Catalog(catalog) | Self::Rule(LookupRule { catalog, .. }) => catalog,
        }
    }

    /// Must an identifier be in the list, where that is known?
    pub fn takes_listed_ids_only(&self) -> bool {
        matches!(self, Self::Rule(LookupRule { listed: true, .. }))
    }

    /// May an identifier stand in place of a name?
    pub fn takes_ids(&self) -> bool {
        matches!(self, Self::Rule(LookupRule { ids: true, .. }))
    }
}
