//! `catalogs` and `resources`: the vendor's own objects (roles, skills, projects) as lists, and how they are shown to the IdP. Nothing here asks for one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::answers::BodyCondition;
use super::fields::Compare;
use super::paging::ListCall;
use super::users::Key;

/// A list of the vendor's own objects. Exactly one of `list` and `values` is given.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Catalog {
    /// What the objects are.
    pub description: String,
    /// The call that lists them.
    #[serde(default)]
    pub list: Option<ListCall>,
    /// The objects themselves, where the vendor has no call that lists them.
    #[serde(default)]
    pub values: Vec<CatalogValue>,
    /// The vendor's own identifier of an object.
    pub key: Key,
    /// Path to the name in an object. Default `name`.
    #[serde(default = "default_name")]
    pub name: String,
    /// Path to a description in an object.
    #[serde(default)]
    pub about: Option<String>,
    /// Conditions on an object that make it one of the catalog; others are left out.
    #[serde(default)]
    pub only: Vec<BodyCondition>,
    /// How names are compared. Default `ignore_case`.
    #[serde(default = "default_compare")]
    pub compare: Compare,
    /// How long the list may be old when it is shown or a name is looked up in it, in seconds. A name that is not found makes it be read again
    /// at once. Default 300.
    #[serde(default = "default_keep_seconds")]
    pub keep_seconds: u64,
}

/// An object that the file itself names.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CatalogValue {
    /// The vendor's identifier.
    pub key: Value,
    /// Its name.
    pub name: String,
    /// What it is.
    #[serde(default)]
    pub description: Option<String>,
}

/// A read-only SCIM resource type that shows a catalog to the IdP, so that an administrator picks from it instead of typing ids.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExtraResource {
    /// What the resources are.
    pub description: String,
    /// Address below the SCIM base URL (`/Roles`).
    pub endpoint: String,
    /// URN of the schema (`urn:okta:scim:schemas:core:1.0:Role`). Its attributes are `displayName`, `type` and `description`.
    pub schema: String,
    /// Which catalog.
    pub catalog: String,
    /// Value of the attribute `type`. Default: the name of the catalog.
    #[serde(default)]
    pub kind: Option<String>,
}

fn default_name() -> String {
    "name".to_owned()
}

fn default_compare() -> Compare {
    Compare::IgnoreCase
}

fn default_keep_seconds() -> u64 {
    300
}
