//! The mapping file as it is written: the types behind `mapping.yaml`, and nothing else.
//!
//! Reading and checking is in [`super::load`] and its neighbours; what a mapping *does* is in the modules
//! beside it. The JSON Schema for editors is generated from these types, so their doc comments are the
//! reference that an administrator sees while he types.

mod answers;
mod api;
mod calls;
mod catalogs;
mod elements;
mod examples;
mod fields;
mod generate;
mod groups;
mod hosts;
mod one_or_many;
mod paging;
mod revision;
mod sign_in;
mod sign_in_call;
mod users;
mod values;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use answers::{AnswerCondition, AnswerRule, BodyCondition, ErrorSource, Meaning, StatusCondition, WaitIn};
pub use api::{Api, GraphqlApi, Limits, Retry};
pub use calls::{
    Call, Confirm, Expects, GraphqlCall, KeyBack, KeyFrom, Method, NamedCall, Overlay, RecordMode, UserCalls,
};
pub use catalogs::{Catalog, CatalogValue, ExtraResource};
pub use elements::{FindMembership, ForEach};
pub use examples::{
    Example, ExampleAnswer, ExampleCall, ExampleEntry, ExampleError, ExampleGroup, ExampleGroups, ExampleMembership,
    ExampleRequest,
};
pub use fields::{
    CannotChange, Clear, Compare, ConditionalSource, Field, FieldType, LevelPaths, NotCleared, Others, Source,
};
pub use generate::{Generate, PasswordRule};
pub use groups::{LevelRule, Target, TargetCalls};
pub use hosts::{Hosts, HostsCall};
pub use one_or_many::OneOrMany;
pub use paging::{End, ListCall, Paging, Unchanged};
pub use revision::{CountedIn, Revision, RevisionOf};
pub use sign_in::{Reach, SignIn, SignInAddress, SignInLimit, SignInTree};
pub use sign_in_call::{BasicPair, CallSignIn, CookiesTo, KeptValue, Lives, Refresh, SignInCall};
pub use users::{
    Deactivate, DeactivatePolicy, EraseRule, Incomplete, Key, KeyType, MatchRule, ObjectRule, ProtectedRule, Removal,
    Users,
};
pub use values::{Lookup, LookupRule, Table, Transform, Unknown};

/// A whole mapping file: everything about a vendor that is not code.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MappingFile {
    /// Version of the mapping language. This program reads version 1.
    pub version: u32,
    /// Who the vendor is.
    pub vendor: VendorInfo,
    /// What an administrator sets per connection in `bridge.yaml` under `settings`.
    #[serde(default)]
    pub settings: IndexMap<String, Setting>,
    /// What an administrator must provide per connection in `bridge.yaml` under `secrets`.
    #[serde(default)]
    pub secrets: IndexMap<String, Secret>,
    /// How the vendor's API is reached and what its answers mean.
    pub api: Api,
    /// How people are mapped and which calls change them.
    pub users: Users,
    /// Lists of the vendor's own objects: roles, skills, projects.
    #[serde(default)]
    pub catalogs: IndexMap<String, Catalog>,
    /// What a pushed group can mean at the vendor.
    #[serde(default)]
    pub groups: IndexMap<String, Target>,
    /// Read-only SCIM resource types besides User and Group, by name (`Role`).
    #[serde(default)]
    pub resources: IndexMap<String, ExtraResource>,
    /// SCIM requests with the exact vendor calls that they must cause; `check` runs them.
    #[serde(default)]
    pub examples: Vec<Example>,
}

/// Who the vendor is.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VendorInfo {
    /// Short name in lower case, for logs.
    pub name: String,
    /// Name as people write it; every error sentence begins with it.
    pub title: String,
    /// Page of the vendor's own API documentation, for whoever reads the mapping; the program does not use it.
    #[serde(default)]
    pub reference: Option<String>,
}

/// A declared setting of the connection.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// Type of the value.
    #[serde(rename = "type")]
    pub kind: SettingType,
    /// What the setting does, in a sentence for the administrator.
    pub description: String,
    /// Value when `bridge.yaml` does not give one. A setting without a default that is not `optional` must be given.
    #[serde(default)]
    pub default: Option<Value>,
    /// May be absent without a default: references to it then yield no value.
    #[serde(default)]
    pub optional: bool,
    /// The only values allowed.
    #[serde(default)]
    pub values: Vec<Value>,
}

/// Type of a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SettingType {
    /// Text.
    String,
    /// Whole number.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// An `http` or `https` address without path; `http` only to a loopback host.
    Url,
    /// List of texts.
    StringList,
    /// List of whole numbers.
    IntegerList,
}

impl SettingType {
    /// The type of a field that takes its values.
    pub fn of_values(self) -> FieldType {
        match self {
            Self::String | Self::Url => FieldType::String,
            Self::Integer => FieldType::Integer,
            Self::Boolean => FieldType::Boolean,
            Self::StringList => FieldType::StringList,
            Self::IntegerList => FieldType::IntegerList,
        }
    }
}

/// A declared secret of the connection. Its value comes from the environment or a file, never from here.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Secret {
    /// Where the administrator finds it at the vendor.
    pub description: String,
    /// May be absent.
    #[serde(default)]
    pub optional: bool,
}
