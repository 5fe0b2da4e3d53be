//! A mapping bound to the settings of one connection: what the rest of the program talks to.

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::model::{Compare, Limits, Meaning, Retry, SignIn};
use super::record::{Desired, Record, VendorAccount};
use super::wire::{HttpAnswer, HttpRequest, Verdict};
use crate::scim::schema::ResourceType;

/// Which call of the mapping.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum CallName {
    /// `users.calls.create`.
    Create,
    /// `users.calls.read`.
    Read,
    /// `users.calls.list`.
    List,
    /// `users.calls.update.NAME`.
    Update(String),
    /// `users.calls.delete`.
    Delete,
    /// `users.calls.find`: a search by match field; every hit is compared again.
    Find,
    /// `users.calls.named.NAME`.
    Named(String),
}

/// What the references of a call's tree refer to.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// `$key`.
    pub key: Option<String>,
    /// `$record`: field name to value; `null` means cleared (told to the vendor by the field's `clear`).
    pub record: Record,
    /// `$page`.
    pub page: PageState,
    /// `$arg`.
    pub args: Map<String, Value>,
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
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct ListPage {
    /// User objects that pass `only` and are not `gone`.
    pub accounts: Vec<VendorAccount>,
    /// How many elements the page had before that.
    pub elements: usize,
    /// Where the next page begins; `None` after the last.
    pub next: Option<PageState>,
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

/// A mapping bound to settings. Cheap to share behind an `Arc`.
#[derive(Debug)]
pub struct Bound {}

#[expect(unused_variables, clippy::unimplemented, reason = "skeleton")]
impl Bound {
    /// The vendor's name as people write it.
    pub fn vendor_title(&self) -> &str {
        unimplemented!()
    }
    /// The SCIM resource type `User` that this mapping offers.
    pub fn user_type(&self) -> &ResourceType {
        unimplemented!()
    }
    /// Maps a SCIM resource (schema case, without `id` and `meta`; `password` may be in `secrets`).
    ///
    /// # Errors
    /// When a required value is missing or a value does not fit.
    pub fn desired(&self, resource: &Map<String, Value>, secrets: &Map<String, Value>) -> Result<Mapped, MapError> {
        unimplemented!()
    }
    /// The record that holds while the person is inactive; `None` when `active` has no policy (it is a field).
    pub fn resource_from(&self, account: &VendorAccount) -> Map<String, Value> {
        unimplemented!()
    }
    /// Reads a vendor's user object. `None` when it has no key, is no person (`only`), or is `gone`.
    pub fn read_account(&self, object: &Value) -> Option<VendorAccount> {
        unimplemented!()
    }
    /// The account in the answer to a call (by the call's `user` path).
    pub fn account_in(&self, call: &CallName, answer: &HttpAnswer) -> Option<VendorAccount> {
        unimplemented!()
    }
    /// One page in the answer to `list`.
    pub fn list_page(&self, answer: &HttpAnswer, at: &PageState) -> ListPage {
        unimplemented!()
    }
    /// Are the two values of a field the same for this vendor?
    pub fn same(&self, field: &str, a: Option<&Value>, b: Option<&Value>) -> bool {
        unimplemented!()
    }
    /// Builds a call. Secrets are not among the references of a call.
    ///
    /// # Errors
    /// When a value does not fit its place (an id with a slash, a missing key).
    pub fn request(&self, call: &CallName, scope: &Scope) -> Result<HttpRequest, RenderError> {
        unimplemented!()
    }
    /// What an answer means. Vendor texts come back with every sent value masked.
    pub fn judge(&self, call: &CallName, request: &HttpRequest, answer: &HttpAnswer) -> Verdict {
        unimplemented!()
    }
    /// Pace of the connection.
    pub fn limits(&self) -> Limits {
        unimplemented!()
    }
    /// Retry of the connection.
    pub fn retry(&self) -> Retry {
        unimplemented!()
    }
    /// Sign-in with settings filled in; secrets still as references.
    pub fn sign_in(&self) -> &SignIn {
        unimplemented!()
    }
    /// How a field is compared.
    pub fn compare(&self, field: &str) -> Compare {
        unimplemented!()
    }
    /// Examples for tests: meaning words that are final.
    pub fn is_final(meaning: Meaning) -> bool {
        matches!(meaning, Meaning::Refused | Meaning::BadReference | Meaning::AlreadyExists)
    }
    /// Settings as bound, for `explain`.
    pub fn settings(&self) -> &IndexMap<String, Value> {
        unimplemented!()
    }
}

#[expect(clippy::unimplemented, reason = "skeleton")]
impl Bound {
    /// Scheme, host and port of the API.
    pub fn base_url(&self) -> &str {
        unimplemented!()
    }
    /// Longest time for one call.
    pub fn timeout(&self) -> std::time::Duration {
        unimplemented!()
    }
    /// Header in which the id of the IdP's request is sent along.
    pub fn request_id_header(&self) -> Option<&str> {
        unimplemented!()
    }
}
