//! `users.calls`: the vendor's calls as trees. How a list goes on is in [`super::paging`].

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::answers::AnswerRule;
use super::elements::{FindMembership, ForEach};
use super::fields::FieldType;
use super::paging::ListCall;
use super::users::KeyType;
use crate::mapping::tree::Tree;

/// The calls on users.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UserCalls {
    /// Creates an account.
    #[serde(default)]
    pub create: Option<Call>,
    /// Reads one account by `$key`. Without it, the account is looked for in `list`.
    #[serde(default)]
    pub read: Option<Call>,
    /// Lists all accounts, or those that are not in `lists`.
    pub list: ListCall,
    /// Further lists, where the plain one hides people (inactive, locked). All of them together are everybody.
    #[serde(default)]
    pub lists: Vec<ListCall>,
    /// Searches accounts by the values of `match` fields (`$record.FIELD`). Every hit is compared again, because searches match
    /// substrings, ignore unknown filters and differ in letter case. Without it, an existing account is looked for in `list`.
    #[serde(default)]
    pub find: Option<ListCall>,
    /// Changes an account: an ordered list, each saying which fields it writes.
    #[serde(default)]
    pub update: IndexMap<String, Call>,
    /// Deletes an account.
    #[serde(default)]
    pub delete: Option<Call>,
    /// Calls that are made by name (`$arg.NAME` are their arguments).
    #[serde(default)]
    pub named: IndexMap<String, NamedCall>,
}

/// One vendor call: a tree, never a text.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// HTTP method. Not given for GraphQL.
    #[serde(default)]
    pub method: Option<Method>,
    /// The service of `api.hosts` whose host serves this call. Default: `api.host`, else `api.base_url`.
    #[serde(default)]
    pub host: Option<String>,
    /// Path segments, each encoded for its place.
    #[serde(default)]
    pub path: Vec<Tree>,
    /// Query parameters; one without a value is left out.
    #[serde(default)]
    pub query: IndexMap<String, Tree>,
    /// Headers; constants and settings only.
    #[serde(default)]
    pub headers: IndexMap<String, Tree>,
    /// JSON body.
    #[serde(default)]
    pub body: Option<Tree>,
    /// Form body.
    #[serde(default)]
    pub form: Option<IndexMap<String, Tree>>,
    /// GraphQL operation instead of method, path and body.
    #[serde(default)]
    pub graphql: Option<GraphqlCall>,
    /// What `$record` holds: `all` managed fields, the `changed` ones, or the `whole` account as it was read right before, with the changed fields
    /// put in. Default: all for create, changed for update.
    #[serde(default)]
    pub record: Option<RecordMode>,
    /// With `record: whole`: which managed fields are put in. Default `changed`.
    #[serde(default)]
    pub overlay: Option<Overlay>,
    /// With `record: whole`: paths in the account that was read that are not sent back (what the vendor computes, what only a change may name).
    #[serde(default)]
    pub leave_out: Vec<String>,
    /// Fields that this call writes. Default: all of them; for an update, all that no other update names.
    #[serde(default)]
    pub writes: Option<Vec<String>>,
    /// The call is made only when the account shall have these values: field and value, or a list of values of which any will do; `null` stands for
    /// none. Without `writes`, it is these fields that the call brings about.
    #[serde(default)]
    pub when: IndexMap<String, Value>,
    /// The call is made for each element that the list `of` has gained or lost; `$item` is the element. Instead of `writes`.
    #[serde(default)]
    pub for_each: Option<ForEach>,
    /// With `for_each`: the field, a list or a `level_map`.
    #[serde(default)]
    pub of: Option<String>,
    /// With `for_each`: so many elements travel in one call, as `$items`. When the vendor refuses them together, they are sent one by one.
    #[serde(default)]
    pub batch: Option<usize>,
    /// With `for_each`: the membership has an identifier of its own and is looked for first. What is removed is every hit; what is there already is
    /// not added.
    #[serde(default)]
    pub find: Option<Box<FindMembership>>,
    /// With a `revision` of users or of the target: whether this change says which state it was made from. Default `true`; `false` where its address
    /// is not the account's own (a membership below a team), or the vendor does not ask for it. Nothing is read before it then.
    #[serde(default)]
    pub revision: Option<bool>,
    /// What a successful answer holds. Default: JSON where the mapping reads something from it (`user`, `items`, GraphQL), else anything.
    #[serde(default)]
    pub expects: Option<Expects>,
    /// Whether the same call may be sent again when its answer was lost. Default: everything but `create` and named calls that change
    /// something (a `POST`, a mutation).
    #[serde(default)]
    pub repeatable: Option<bool>,
    /// Path to the user object in the answer.
    #[serde(default)]
    pub user: Option<String>,
    /// For an update at another API of the vendor, which knows the account by another key: the call that finds it. `$key` is then that key.
    #[serde(default)]
    pub key_from: Option<KeyFrom>,
    /// For an update: `$settings.NAME` of a boolean setting without which the call does not exist, as with an API that not every customer has.
    #[serde(default)]
    pub only_if: Option<Tree>,
    /// For an update that can give the account another key: path to it in the answer. Default: where `user` shows it, else the value of the field
    /// that is the key.
    #[serde(default)]
    pub new_key: Option<String>,
    /// Path to the group's object in the answer, in the calls of `groups`.
    #[serde(default)]
    pub object: Option<String>,
    /// What proves that the call took effect. Default: the user object of the answer when `user` is given, else nothing.
    #[serde(default)]
    pub confirm: Option<Confirm>,
    /// What answers to this call mean; these rules come before those of `api`.
    #[serde(default)]
    pub answers: Vec<AnswerRule>,
}

/// Where the key is by which another API knows an account.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyFrom {
    /// The call that finds it by `$key`: `named.NAME`.
    pub call: String,
    /// Path to the elements of its answer. Default: the whole answer is the one element.
    #[serde(default = "default_items")]
    pub items: String,
    /// Path to the other key, inside an element.
    pub path: String,
    /// Path to the account's own key, inside an element: others are left alone (searches ignore filters that they do not know). Letter case does
    /// not matter.
    #[serde(default)]
    pub matches: Option<String>,
    /// Type of the other key. Default `string`.
    #[serde(rename = "type", default = "default_kind")]
    pub kind: KeyType,
    /// The call that finds the account by the other key, when it is no longer there under its own: somebody renamed it.
    #[serde(default)]
    pub back: Option<KeyBack>,
}

/// The way back from the other key to the account's own.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyBack {
    /// The call that reads the account at the other API, whose key is `$key` in it: `named.NAME`.
    pub call: String,
    /// Path to the account's own key in the answer.
    pub path: String,
}

fn default_items() -> String {
    ".".to_owned()
}

fn default_kind() -> KeyType {
    KeyType::String
}

/// A call made by name.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NamedCall {
    /// What it does.
    pub description: String,
    /// Its arguments and their types; `$arg.NAME` refers to one.
    #[serde(default)]
    pub args: IndexMap<String, FieldType>,
    /// The call itself.
    pub call: Call,
}

/// A GraphQL operation.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GraphqlCall {
    /// Name of the operation in the documents file.
    pub operation: String,
    /// Its variables.
    #[serde(default)]
    pub variables: IndexMap<String, Tree>,
}

/// HTTP method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[expect(missing_docs, reason = "the names are the methods")]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

/// Which part of the record `$record` holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RecordMode {
    /// All managed fields that have a value.
    All,
    /// The fields that differ (objects of `objects` whole).
    Changed,
    /// The account as it is read right before the change, with managed fields put in: for vendors whose change replaces everything.
    Whole,
}

/// Which managed fields are put into an account that is sent whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Overlay {
    /// The fields that differ. What somebody changed at the vendor in other managed fields stays.
    Changed,
    /// All that the call writes.
    All,
}

/// What a successful answer holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Expects {
    /// JSON; a success that is something else counts as `broken` (a proxy's page, a login form).
    Json,
    /// Anything, also nothing (`OK`, an empty 204).
    Anything,
}

/// What proves that a call took effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Confirm {
    /// Nothing but the status.
    Nothing,
    /// The user object of the answer holds what was sent.
    Answer,
    /// A `read` afterwards holds what was sent.
    Read,
}
