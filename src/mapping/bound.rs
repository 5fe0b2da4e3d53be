//! A mapping bound to the settings of one connection: what the rest of the program talks to. Everything that costs time (patterns, paths,
//! expressions, GraphQL texts) is prepared by [`Bound::bind`]; the methods only use it. What a mapping *does* is in the modules below.

pub mod account;
mod asking;
pub mod bind;
pub mod calls;
mod derived;
pub mod desired;
pub mod elements;
pub mod fields;
pub mod fit;
pub mod hosts;
pub mod judge;
pub mod kept;
mod listed;
pub mod memberships;
pub mod names;
mod other_keys;
pub mod others;
pub mod pages;
mod part;
pub mod policy;
pub mod renamed;
pub mod request;
pub mod resources;
pub mod revision;
pub mod same;
pub mod settings;
pub mod sign_in;
mod switched;
pub mod targets;
pub mod user_type;
pub mod whole;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

use indexmap::IndexMap;
use serde_json::{Map, Value};

use self::calls::BoundCall;
use self::fields::{BoundField, BoundObject};
use self::judge::{Condition, ErrorPaths, Rule};
use self::part::Part;
use self::sign_in::BoundSignIn;
use super::model::{Compare, Limits, MappingFile, Removal, Retry, Users};
use super::record::{Desired, Record, VendorAccount};
use super::vendor_path::VendorPath;
use crate::scim::schema::ResourceType;

pub use self::bind::BindProblem;
pub use self::memberships::{Beside, Membership};
pub use self::names::{Lists, Names, UsedName};
pub use self::resources::BoundResource;
pub use self::targets::{BoundCatalog, BoundTarget, Entry, Shape};

/// Which call of the mapping.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum CallName {
    /// `users.calls.create`.
    Create,
    /// `users.calls.read`.
    Read,
    /// `users.calls.list`.
    List,
    /// `users.calls.lists[N]`.
    Lists(usize),
    /// `users.calls.update.NAME`.
    Update(String),
    /// `users.calls.delete`.
    Delete,
    /// `users.calls.find`: a search by match field; every hit is compared again.
    Find,
    /// `users.calls.update.NAME.find`: the memberships that the update is about.
    Membership(String),
    /// `users.calls.named.NAME`.
    Named(String),
}

impl CallName {
    /// Reads the form that mapping files use: `create`, `update.NAME`, `named.NAME`.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text.split_once('.') {
            None => match text {
                "create" => Self::Create,
                "read" => Self::Read,
                "list" => Self::List,
                "delete" => Self::Delete,
                "find" => Self::Find,
                _ => return None,
            },
            Some(("lists", number)) => Self::Lists(number.parse().ok()?),
            Some(("update", name)) => match name.strip_suffix(".find") {
                Some(update) => Self::Membership(update.to_owned()),
                None => Self::Update(name.to_owned()),
            },
            Some(("named", name)) => Self::Named(name.to_owned()),
            Some(_) => return None,
        })
    }
}

impl fmt::Display for CallName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Create => f.write_str("create"),
            Self::Read => f.write_str("read"),
            Self::List => f.write_str("list"),
            Self::Lists(number) => write!(f, "lists.{number}"),
            Self::Delete => f.write_str("delete"),
            Self::Find => f.write_str("find"),
            Self::Update(name) => write!(f, "update.{name}"),
            Self::Membership(name) => write!(f, "update.{name}.find"),
            Self::Named(name) => write!(f, "named.{name}"),
        }
    }
}

/// What the references of a call's tree refer to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Scope {
    /// `$key`.
    pub key: Option<String>,
    /// `$key` of a call at another API that knows the account by another key.
    pub other_key: Option<String>,
    /// `$record`: field name to value; `null` means cleared (told to the vendor by the field's `clear`).
    pub record: Record,
    /// `$page`.
    pub page: PageState,
    /// `$arg`.
    pub args: Map<String, Value>,
    /// The elements that the call is about: `$items`, and `$item` for the first.
    pub items: Vec<Value>,
    /// `$membership`: the identifier of the membership that was found.
    pub membership: Option<Value>,
    /// The object as it was read right before, for a call with `record: whole`.
    pub found: Option<Value>,
    /// What the bridge last wrote: it takes the place of what the vendor shows empty (`blanked`).
    pub kept: Record,
    /// The state that a change is made from.
    pub revision: Option<String>,
}

/// Where a list call stands.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PageState {
    /// `$page.cursor`.
    pub cursor: Option<String>,
    /// `$page.offset`; elements seen so far.
    pub offset: u64,
    /// `$page.number`; pages seen so far.
    pub number: u64,
    /// The address of this page, where the page before named it.
    pub link: Option<String>,
}

/// One page of a list.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ListPage {
    /// User objects that pass `only` and are not `gone`.
    pub accounts: Vec<VendorAccount>,
    /// Of a list whose accounts are read one by one: the keys of its elements, instead of `accounts`.
    pub keys: Vec<String>,
    /// How many elements the page had before that.
    pub elements: usize,
    /// Where the next page begins; `None` after the last.
    pub next: Option<PageState>,
    /// Why the list cannot be trusted to be complete (no list in the answer, a cursor that comes twice): nobody may be taken for gone.
    pub problem: Option<String>,
}

/// What a SCIM resource becomes.
#[derive(Debug, Clone, PartialEq)]
pub struct Mapped {
    /// What the vendor should have; this is stored.
    pub desired: Desired,
    /// Write-only values (passwords): live for one convergence, never stored.
    pub transient: Record,
    /// Values of the `match` fields of this person, whatever `desired` is: an existing account is recognised by them.
    pub identity: Record,
}

/// Why a SCIM resource cannot be mapped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{attribute}: {problem}")]
pub struct MapError {
    /// SCIM attribute (or several, as text) to look at.
    pub attribute: String,
    /// The vendor's field.
    pub field: String,
    /// What is wrong and what to change.
    pub problem: String,
    /// `true`: `mutability`; `false`: `invalidValue`.
    pub mutability: bool,
}

/// Why a call cannot be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct RenderError {
    /// Place in the mapping file.
    pub place: String,
    /// What is wrong.
    pub problem: String,
}

impl RenderError {
    /// An error at a place of the mapping file.
    pub fn new(place: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { place: place.into(), problem: problem.into() }
    }

    /// The same error seen from further outside.
    #[must_use]
    pub fn at(self, outer: &str) -> Self {
        let place = if self.place.is_empty() { outer.to_owned() } else { format!("{outer}: {}", self.place) };
        Self { place, ..self }
    }
}

/// A mapping bound to settings. Cheap to share behind an `Arc`.
#[derive(Debug)]
pub struct Bound {
    file: Arc<MappingFile>,
    /// What takes the place of the file's `users` in the [`Bound`] of a catalog or of a group's object.
    own: Option<Box<Users>>,
    part: Part,
    settings: Arc<IndexMap<String, Value>>,
    fields: IndexMap<String, BoundField>,
    objects: Vec<BoundObject>,
    matches: Vec<String>,
    only: Vec<Condition>,
    gone: Vec<Condition>,
    deactivation: Deactivation,
    base_url: Option<String>,
    hosts: Option<Arc<hosts::BoundHosts>>,
    sign_in: Arc<BoundSignIn>,
    key: VendorPath,
    /// Where else it may stand.
    further_keys: Vec<VendorPath>,
    removal: Removal,
    revision: Option<revision::BoundRevision>,
    calls: HashMap<CallName, BoundCall>,
    updates: Vec<policy::UpdateCall>,
    switched_off: Vec<switched::SwitchedOff>,
    error_paths: Arc<[ErrorPaths]>,
    rules: Arc<[Rule]>,
    user_type: OnceLock<ResourceType>,
    catalogs: IndexMap<String, BoundCatalog>,
    targets: IndexMap<String, BoundTarget>,
    resources: Vec<BoundResource>,
}

/// What `active: false` does, settings filled in.
#[derive(Debug, Clone, PartialEq)]
enum Deactivation {
    /// A field is mapped from `active`, or the mapping takes no notice of it.
    Field,
    /// The account is deleted.
    Delete,
    /// The account stays, with these values.
    Set(Vec<(String, Value)>),
}

impl Bound {
    /// The vendor's name as people write it.
    pub fn vendor_title(&self) -> &str {
        &self.file.vendor.title
    }

    /// The file behind it.
    pub fn file(&self) -> &MappingFile {
        &self.file
    }

    /// What is mapped: the file's `users`, or what is derived for a catalog or a group's object.
    pub(super) fn users(&self) -> &Users {
        self.own.as_deref().unwrap_or(&self.file.users)
    }

    /// The SCIM resource type `User` that this mapping offers.
    pub fn user_type(&self) -> &ResourceType {
        self.user_type.get_or_init(|| user_type::generate(self))
    }

    /// Pace of the connection.
    pub fn limits(&self) -> Limits {
        self.file.api.limits
    }

    /// Retry of the connection.
    pub fn retry(&self) -> Retry {
        self.file.api.retry.clone()
    }

    /// The sign-in that the settings choose, filled in with them; secrets still as references.
    pub fn sign_in(&self) -> &BoundSignIn {
        &self.sign_in
    }

    /// Scheme, host and port of the calls whose host the vendor does not name at run time, without a slash at the end.
    pub fn base_url(&self) -> Option<&str> {
        self.base_url.as_deref()
    }

    /// Longest time for one call, from connection to last byte.
    pub fn timeout(&self) -> std::time::Duration {
        std::time::Duration::from_secs(self.file.api.timeout_seconds)
    }

    /// Header in which the id of the IdP's request is sent along.
    pub fn request_id_header(&self) -> Option<&str> {
        self.file.api.request_id_header.as_deref()
    }

    /// How a field is compared.
    pub fn compare(&self, field: &str) -> Compare {
        self.fields.get(field).map_or_else(Compare::default, |field| field.spec.compare)
    }

    /// Settings as bound, for `explain`.
    pub fn settings(&self) -> &IndexMap<String, Value> {
        &self.settings
    }
}

#[cfg(test)]
pub(crate) mod tests;
#[cfg(test)]
mod tests_groups;
#[cfg(test)]
mod tests_memberships;
#[cfg(test)]
mod tests_rest;
