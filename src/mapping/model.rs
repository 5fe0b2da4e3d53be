//! The mapping file as it is written: the types behind `mapping.yaml`, and nothing else.
//!
//! Reading and checking is in [`super::load`] and its neighbours; what a mapping *does* is in the modules
//! beside it. The JSON Schema for editors is generated from these types, so their doc comments are the
//! reference that an administrator sees while he types.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::tree::Tree;

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
    /// SCIM requests with the exact vendor calls that they must cause; `check` runs them.
    #[serde(default)]
    pub examples: Vec<Example>,
}

/// Who the vendor is.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VendorInfo {
    /// Short name in lower case, used in metrics and in the extension URN.
    pub name: String,
    /// Name as people write it; every error sentence begins with it.
    pub title: String,
    /// Page of the vendor's own API documentation.
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

/// How the vendor's API is reached, how fast, and what its answers mean.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Api {
    /// Scheme, host and port of every call, usually `$settings.base_url`. `http` only to a loopback host.
    pub base_url: Tree,
    /// Headers of every call.
    #[serde(default)]
    pub headers: IndexMap<String, Tree>,
    /// Query parameters of every call (not of the sign-in).
    #[serde(default)]
    pub query: IndexMap<String, Tree>,
    /// Header in which the id of the IdP's request is sent along. Default: none is sent.
    #[serde(default)]
    pub request_id_header: Option<String>,
    /// Longest time for one call from connection to last byte. Default 20 seconds.
    #[serde(default = "defaults::timeout_seconds")]
    pub timeout_seconds: u64,
    /// How the bridge signs in.
    pub sign_in: SignIn,
    /// Pace: how many calls the vendor can bear.
    #[serde(default)]
    pub limits: Limits,
    /// How often and after which pause a failed call is repeated.
    #[serde(default)]
    pub retry: Retry,
    /// Where named errors stand in the vendor's answers, also inside a 200.
    #[serde(default)]
    pub errors: Vec<ErrorSource>,
    /// What answers mean; the rules of a call come before these. First match wins.
    #[serde(default)]
    pub answers: Vec<AnswerRule>,
    /// The vendor's GraphQL endpoint, when it has one.
    #[serde(default)]
    pub graphql: Option<GraphqlApi>,
}

/// A GraphQL endpoint. Documents are checked against the schema when the mapping loads.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GraphqlApi {
    /// Path segments of the endpoint.
    pub path: Vec<Tree>,
    /// Query parameters of the endpoint.
    #[serde(default)]
    pub query: IndexMap<String, Tree>,
    /// File beside the mapping with the part of the vendor's schema that is used (SDL).
    pub schema: String,
    /// File beside the mapping with the named operations.
    pub documents: String,
}

/// How the bridge signs in at the vendor.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "scheme", rename_all = "snake_case", deny_unknown_fields)]
pub enum SignIn {
    /// No credentials at all.
    None,
    /// HTTP Basic authentication on every call.
    Basic {
        /// User name.
        username: Tree,
        /// Password.
        password: Tree,
    },
    /// A constant header, such as an API key.
    Header {
        /// Name of the header.
        header: String,
        /// Value of the header.
        value: Tree,
    },
    /// OAuth 2.0 resource owner password credentials grant (RFC 6749 section 4.3).
    Oauth2Password {
        /// Path segments of the token endpoint.
        token_path: Vec<Tree>,
        /// User name of the service account.
        username: Tree,
        /// Password of the service account.
        password: Tree,
        /// How long before its end a token is renewed. Default 300 seconds.
        #[serde(default = "defaults::renew_before_seconds")]
        renew_before_seconds: u64,
        /// How many sign-ins the vendor allows, so that the bridge never locks its own account.
        #[serde(default)]
        limit: Option<SignInLimit>,
    },
    /// OAuth 2.0 client credentials grant (RFC 6749 section 4.4), credentials in the form body.
    Oauth2ClientCredentials {
        /// Path segments of the token endpoint.
        token_path: Vec<Tree>,
        /// Client identifier.
        client_id: Tree,
        /// Client secret.
        client_secret: Tree,
        /// Requested scope.
        #[serde(default)]
        scope: Option<Tree>,
        /// How long before its end a token is renewed. Default 300 seconds.
        #[serde(default = "defaults::renew_before_seconds")]
        renew_before_seconds: u64,
        /// How many sign-ins the vendor allows.
        #[serde(default)]
        limit: Option<SignInLimit>,
    },
}

/// A limit on sign-ins.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignInLimit {
    /// Sign-ins allowed.
    pub calls: u32,
    /// Within this many seconds.
    pub per_seconds: u64,
}

/// The pace at which a connection calls the vendor. Too high: the vendor answers 429. Too low: first syncs take long.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Calls per second in the long run, may be fractional. Default 10.
    pub rate_per_second: f64,
    /// Calls that may go out at once after a quiet time. Default 10.
    pub burst: u32,
    /// Calls under way at the same time. Default 4.
    pub concurrency: u32,
}

/// How failed calls are repeated.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Retry {
    /// Attempts of one call in a row, the first included. Default 4. Afterwards the work waits and is taken up again.
    pub attempts: u32,
    /// Pause before the first repeat, in seconds; doubles each time, with jitter. Default 0.5.
    pub first_pause_seconds: f64,
    /// Longest pause, in seconds. Default 30.
    pub longest_pause_seconds: f64,
    /// Pause after `limited` when the vendor names none, in seconds. Default 1.
    pub limited_pause_seconds: f64,
    /// Pause after `busy`, in seconds. Default 5.
    pub busy_pause_seconds: f64,
}

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
}

/// A rule on what an answer means. All conditions that are given must hold.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerRule {
    /// The conditions.
    pub when: AnswerCondition,
    /// What it means. Retry, SCIM status and `scimType` follow from this word alone.
    pub means: Meaning,
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
    /// What happens when `active` becomes false. Left out when a field is mapped from `active`.
    #[serde(default)]
    pub deactivate: Option<Deactivate>,
    /// What happens on SCIM DELETE. Default `delete`.
    #[serde(default)]
    pub remove: Removal,
    /// The vendor calls.
    pub calls: UserCalls,
}

/// The vendor's own identifier of an account.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// Path to it in a user object.
    pub read: String,
    /// Its type when it is sent: `$key` is a number or a text.
    #[serde(rename = "type")]
    pub kind: KeyType,
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
    pub equals: Tree,
}

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
    /// Value table, SCIM side to vendor side.
    pub table: Option<Table>,
    /// Transformations, in this order, before the table.
    pub transforms: Vec<Transform>,
    /// A record without this field is refused with `invalidValue`.
    pub required: bool,
    /// Sent but never read back or compared: passwords.
    pub write_only: bool,
    /// The vendor takes the value but does not show it: what was sent last counts as what is there, and drift is not seen. Default false.
    pub unread: bool,
    /// `$settings.NAME` of a boolean setting without which the field is not managed at all.
    pub only_if: Option<Tree>,
    /// Path to the value in the vendor's user object. Default: the field's own name.
    pub read: Option<String>,
    /// How two values are compared. Default `exact`; lists are compared as sets.
    pub compare: Compare,
    /// How an absent value is told to the vendor. Default `send_null`.
    pub clear: Clear,
    /// What the administrator is told when the vendor keeps the old value although it was cleared. Default `report`.
    pub not_cleared: NotCleared,
    /// Cannot change after creation: a change is refused with `mutability`.
    pub immutable: bool,
    /// Login or e-mail of the person: not changed by the request that adopts an existing account.
    pub login: bool,
    /// Longest text, in characters; longer ones are refused with `invalidValue`.
    pub max_length: Option<usize>,
    /// Regular expression that the whole text must match; others are refused with `invalidValue`.
    pub pattern: Option<String>,
    /// Allowed values (they become `canonicalValues` of an extension attribute).
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
    #[serde(default = "defaults::anything")]
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
}

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
    /// Not at all: the vendor keeps its value, and that is no difference.
    Keep,
    /// Not possible: refused with `mutability`.
    Refuse,
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
    /// What the person loses, and what comes back on reactivation; shown by `check` and in the documentation.
    pub loses: String,
    /// `true`: the account is deleted, and created again on reactivation; the SCIM resource and its id live on.
    #[serde(default)]
    pub delete: bool,
    /// Field values that hold while the person is inactive, instead of the mapped ones.
    #[serde(default)]
    pub set: IndexMap<String, Tree>,
}

/// What happens at the vendor on SCIM DELETE.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Removal {
    /// The account is deleted.
    #[default]
    Delete,
    /// The account is deactivated and forgotten.
    Deactivate,
}

/// The calls on users.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UserCalls {
    /// Creates an account.
    pub create: Call,
    /// Reads one account by `$key`.
    pub read: Call,
    /// Lists all accounts.
    pub list: ListCall,
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
    /// What `$record` holds: `all` managed fields or the `changed` ones. Default: all for create, changed for update.
    #[serde(default)]
    pub record: Option<RecordMode>,
    /// Fields that this call writes. Default: all of them; for an update, all that no other update names.
    #[serde(default)]
    pub writes: Option<Vec<String>>,
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
    /// What proves that the call took effect. Default: the user object of the answer when `user` is given, else nothing.
    #[serde(default)]
    pub confirm: Option<Confirm>,
    /// What answers to this call mean; these rules come before those of `api`.
    #[serde(default)]
    pub answers: Vec<AnswerRule>,
}

/// A call that answers a list.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListCall {
    /// The call itself.
    pub call: Call,
    /// Path to the elements, `[*]` for every element (`data.users.edges[*].node`).
    pub items: String,
    /// How further pages are asked for.
    #[serde(default)]
    pub paging: Paging,
}

/// How further pages of a list are asked for.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "style", rename_all = "snake_case", deny_unknown_fields)]
pub enum Paging {
    /// Everything comes in one answer.
    #[default]
    None,
    /// The answer names the next page; `$page.cursor` carries it (absent on the first page).
    Cursor {
        /// Path to the cursor of the next page.
        next: String,
        /// Path to a boolean that says whether there is a next page. Default: there is while `next` has a value.
        #[serde(default)]
        more: Option<String>,
        /// Elements per page, `$page.size`. Default 100.
        #[serde(default = "defaults::page_size")]
        size: u32,
    },
    /// `$page.offset` counts elements from `first`, `$page.size` are asked for.
    Offset {
        /// Offset of the first page. Default 0.
        #[serde(default)]
        first: u64,
        /// Elements per page. Default 100.
        #[serde(default = "defaults::page_size")]
        size: u32,
        /// Path to the total. Default: the end is an empty page.
        #[serde(default)]
        total: Option<String>,
    },
    /// `$page.number` counts pages from `first`.
    Page {
        /// Number of the first page. Default 1.
        #[serde(default = "defaults::first_page")]
        first: u64,
        /// Elements per page. Default 100.
        #[serde(default = "defaults::page_size")]
        size: u32,
        /// Path to the number of pages. Default: the end is an empty page.
        #[serde(default)]
        pages: Option<String>,
    },
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

/// One value, or a list of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum OneOrMany<T> {
    /// Several. Tried first: a list of texts would also pass for the members of a structure.
    Many(Vec<T>),
    /// A single value.
    One(T),
}

impl<T> OneOrMany<T> {
    /// The values, one or several.
    pub fn as_slice(&self) -> &[T] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}

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
    /// SCIM resource before the request, for PUT, PATCH and DELETE. The vendor is taken to hold what it maps to.
    #[serde(default)]
    pub before: Option<Value>,
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
    /// …to this call (`create`, `update.userUpdate`, `delete` …)…
    #[serde(default)]
    pub to_call: Option<String>,
    /// …and what it must mean.
    #[serde(default)]
    pub means: Option<Meaning>,
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
    /// `create`, `update.NAME`, `delete`, `read`.
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
    /// JSON body.
    #[serde(default)]
    pub body: Option<Value>,
    /// Body that is not JSON.
    #[serde(default)]
    pub text: Option<String>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { rate_per_second: 10.0, burst: 10, concurrency: 4 }
    }
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            attempts: 4,
            first_pause_seconds: 0.5,
            longest_pause_seconds: 30.0,
            limited_pause_seconds: 1.0,
            busy_pause_seconds: 5.0,
        }
    }
}

mod defaults {
    pub(super) fn timeout_seconds() -> u64 {
        20
    }
    pub(super) fn renew_before_seconds() -> u64 {
        300
    }
    pub(super) fn anything() -> String {
        "(?s).*".to_owned()
    }
    pub(super) fn page_size() -> u32 {
        100
    }
    pub(super) fn first_page() -> u64 {
        1
    }
}
