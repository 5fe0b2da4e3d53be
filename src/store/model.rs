//! The words of the store: resources, accounts, events, and the changes made to them.
//!
//! Plain data. What a change means is said at [`super::Store`]; how it is kept is the business of the kind of store.

use std::sync::Arc;

use jiff::Timestamp;

use super::membership::{Members, NewMember};
use crate::ids::{ConnectionName, RequestId, ScimId, VendorId};
use crate::scim::filter::{AttrPath, Filter};
use crate::scim::schema::ResourceType;

/// Kind of a SCIM resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `/Users`.
    User,
    /// `/Groups`.
    Group,
}

impl Kind {
    /// Name of the resource type.
    pub fn type_name(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Group => "Group",
        }
    }

    /// The attribute whose value no two resources of a connection share.
    pub fn name_attribute(self) -> &'static str {
        match self {
            Self::User => "userName",
            Self::Group => "displayName",
        }
    }
}

/// A SCIM resource as stored.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredResource {
    /// `id`.
    pub id: ScimId,
    /// Counts up with each change; the ETag is made of it.
    pub version: i64,
    /// `meta.created`.
    pub created: Timestamp,
    /// `meta.lastModified`.
    pub modified: Timestamp,
    /// JSON object text: the resource in schema case without `id` and `meta`; its first member is `schemas`.
    pub body: String,
    /// `false`: a create that the vendor has not confirmed yet. Such a resource holds its name, but `get`, `look_up` and `query` do not
    /// show it, so that no IdP links a person who may never arrive.
    pub confirmed: bool,
}

/// Values of a resource that are indexed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Keys {
    /// `userName` or `displayName` as sent; unique within connection and kind after `scim::text::fold` (letter case and Unicode form ignored).
    pub name: String,
    /// `externalId`, letter case matters, not unique.
    pub external_id: Option<String>,
    /// `emails.value`, letter case ignored.
    pub emails: Vec<String>,
    /// `active`.
    pub active: bool,
}

/// The state of the work on one account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WorkState {
    /// The vendor has what it should have.
    Settled,
    /// Work is under way or waits for its time.
    Pending,
    /// The vendor refused for good and a person must look; a deactivation in this state is tried again slowly.
    Failed,
}

/// How much is known of what the vendor has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Doubt {
    /// Every call that was sent was answered.
    #[default]
    None,
    /// A call that may have taken effect was sent, and its answer is not known.
    Unanswered,
    /// A process ended while work was under way: what it had sent is not known.
    Interrupted,
}

/// Desired and applied record of one person, and the work between them.
#[derive(Debug, Clone, PartialEq)]
pub struct Account {
    /// The SCIM resource.
    pub id: ScimId,
    /// What kind of vendor object it is: empty for people's accounts, else the target of the group (`skill`). Vendor keys are unique within
    /// connection and realm.
    pub realm: String,
    /// Vendor key, once linked.
    pub vendor_id: Option<VendorId>,
    /// JSON text: keys by which other APIs of the vendor know the account, by the call that finds them (see `provision::other_keys`); `None`: none
    /// is known.
    pub other_keys: Option<String>,
    /// JSON text of `mapping::record::Desired`.
    pub desired: String,
    /// JSON text of `mapping::record::Record`, as the vendor last confirmed. Without a `vendor_id`: what was sent in a create that may or may
    /// not have taken effect; an account with these values may be this person's.
    pub applied: Option<String>,
    /// Memberships of the person have changed since `desired` was made: whoever works on the account makes it anew first.
    pub remap: bool,
    /// Counts up with each change of `desired`, and with each change of what it is made of.
    pub desired_revision: i64,
    /// Last revision that was settled (confirmed, or refused and restored).
    pub settled_revision: i64,
    /// Resource body of the last confirmed state, for restoring after a refusal; `None`: none yet (the create is not confirmed).
    pub settled_body: Option<String>,
    /// JSON text: the memberships that counted when the account was last settled (group, target, value, level), for restoring after a refusal and
    /// for knowing what is over; `None`: none.
    pub settled_groups: Option<String>,
    /// A SCIM DELETE waits for the vendor: the resource goes when it is confirmed.
    pub deleting: bool,
    /// State of the work.
    pub state: WorkState,
    /// What goes first: 0 departures, 1 changes, 2 creates.
    pub urgency: i64,
    /// What must be looked at before anything is sent.
    pub doubt: Doubt,
    /// JSON text of the record of an account that was there before, as it was when it was taken over; kept until the person is settled.
    pub taken_over: Option<String>,
    /// Attempts of the current work.
    pub attempts: i64,
    /// When the work is taken up again.
    pub next_attempt: Option<Timestamp>,
    /// Why it waits or failed, for people.
    pub reason: Option<String>,
    /// Request that caused the current work.
    pub request_id: Option<RequestId>,
}

/// Something that happened, for `story`.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// To whom; `None` for what concerns the whole connection.
    pub id: Option<ScimId>,
    /// userName (or displayName) at that time.
    pub name: String,
    /// Request that caused it.
    pub request_id: Option<RequestId>,
    /// What, from a closed set (`scim.create`, `vendor.call`, `vendor.refused`, `restored`, `settled` …).
    pub what: String,
    /// Sentence for people. Never contains secrets.
    pub detail: String,
}

/// One change of a commit.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Adds a resource; refused when the name is taken.
    InsertResource {
        /// Kind.
        kind: Kind,
        /// Resource.
        resource: StoredResource,
        /// Indexed values.
        keys: Keys,
    },
    /// Replaces a resource when its version is still `expected_version`.
    UpdateResource {
        /// Kind.
        kind: Kind,
        /// New state.
        resource: StoredResource,
        /// Indexed values.
        keys: Keys,
        /// Version that it must have now.
        expected_version: i64,
    },
    /// Removes a resource and its account.
    DeleteResource {
        /// Kind.
        kind: Kind,
        /// Which.
        id: ScimId,
    },
    /// Writes an account (insert or replace); refused when the vendor id is linked to another resource.
    PutAccount(Account),
    /// Changes nothing. Refuses the commit ([`super::StoreError::VersionMismatch`]) when the account is no longer at this revision, because
    /// another process wrote it meanwhile.
    ExpectRevision {
        /// Which account.
        id: ScimId,
        /// `desired_revision` that it must have now.
        desired_revision: i64,
    },
    /// Removes the account of a resource, which stays.
    DropAccount(ScimId),
    /// These people are members of the group; who is one already stays as he is, in his old place. Refused ([`super::StoreError::Missing`]) when
    /// group or person does not exist. Counts up the people's versions, not the group's.
    AddMembers {
        /// The group.
        group: ScimId,
        /// The people.
        members: Vec<NewMember>,
    },
    /// These people are members no longer; who is none is no error. Counts up the people's versions, not the group's.
    RemoveMembers {
        /// The group.
        group: ScimId,
        /// The people, or everybody.
        members: Members,
    },
    /// Values that name nobody yet wait in the group for a person who answers to them.
    ParkMembers {
        /// The group.
        group: ScimId,
        /// The values, as the IdP sent them.
        values: Vec<String>,
    },
    /// They wait no longer.
    UnparkMembers {
        /// The group.
        group: ScimId,
        /// The values; `None`: all.
        values: Option<Vec<String>>,
    },
    /// What these accounts' `desired` is made of has changed: `remap`, one revision more, pending, due at `next_attempt`. An account that is being
    /// removed, and a resource without an account, stay as they are. Urgency: what was settled becomes a change, unfinished work keeps its own.
    TouchAccounts {
        /// Whose.
        members: Members,
        /// The group on whose behalf: until the account is settled, the group *is owed* this person (see [`super::Store::owed`]).
        group: ScimId,
        /// When the schedule takes the work up.
        next_attempt: Timestamp,
        /// Request behind it.
        request_id: RequestId,
    },
    /// One version more of a resource of which something has changed that is not in its body (the members of a group).
    CountUp {
        /// Which.
        id: ScimId,
        /// `meta.lastModified`, if that is later than the one it has.
        at: Timestamp,
    },
    /// Appends to the event log.
    Event(Event),
}

/// An exact look-up by an indexed value.
#[derive(Debug, Clone, PartialEq)]
pub enum Lookup {
    /// `userName` / `displayName`, letter case ignored.
    Name(String),
    /// `externalId`, exact.
    ExternalId(String),
    /// `emails.value`, letter case ignored.
    Email(String),
}

/// One page of a query.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// Matches in all.
    pub total: u64,
    /// This page, in the order asked for.
    pub resources: Vec<StoredResource>,
    /// Where the next page begins, when this one was asked for by [`Start::After`] and is not the last.
    pub next: Option<i64>,
}

/// A list request.
#[derive(Debug, Clone)]
pub struct Query {
    /// Filter, already checked against the schema.
    pub filter: Option<Filter>,
    /// The type that the filter was checked against; says how values are compared when a condition has no index.
    pub resource_type: Arc<ResourceType>,
    /// Where the page begins.
    pub from: Start,
    /// Largest page; 0 asks for the total only.
    pub count: u64,
    /// The order; `None`: that of creation.
    pub sort: Option<Sort>,
}

/// Where a page begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// At this match, counted from 1.
    Index(u64),
    /// Behind the resource at this place ([`Page::next`] of the page before); 0: at the beginning.
    After(i64),
}

/// An order other than that of creation (RFC 7644 section 3.4.2.3). Resources with equal values stand in the order of creation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sort {
    /// By which attribute, resolved against the resource type.
    pub by: AttrPath,
    /// The other way round.
    pub descending: bool,
}

/// An inbound token made by `token new`.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredToken {
    /// Name within the connection.
    pub name: String,
    /// SHA-256 of the token.
    pub sha256: [u8; 32],
    /// Made.
    pub created: Timestamp,
    /// Valid until.
    pub expires: Option<Timestamp>,
    /// Last use, to the minute or so.
    pub last_used: Option<Timestamp>,
}

/// Account together with its resource.
#[derive(Debug, Clone, PartialEq)]
pub struct Person {
    /// The resource.
    pub resource: StoredResource,
    /// The account; `None` for resources without a vendor side.
    pub account: Option<Account>,
}

/// Work that waits or failed.
#[derive(Debug, Clone, PartialEq)]
pub struct PendingWork {
    /// Connection.
    pub connection: ConnectionName,
    /// userName.
    pub name: String,
    /// The account.
    pub account: Account,
}
