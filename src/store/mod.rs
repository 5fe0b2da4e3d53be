//! What we remember: resources as the IdP wrote them, what the vendor should have and last confirmed, and the event log.
//!
//! The trait is in the words of `provision`; [`sqlite`] keeps its promises on one machine. Nothing here decides what is to be done.

pub mod error;
pub mod membership;
pub mod metrics;
pub mod model;
pub mod sqlite;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::ids::{ConnectionName, ScimId, VendorId};

pub use error::StoreError;
pub use membership::{GroupRef, Member, Members, Membership, NewMember};
pub use model::{
    Account, Change, Doubt, Event, Keys, Kind, Lookup, Page, PendingWork, Person, Query, Sort, Start, StoredResource,
    StoredToken, WorkState,
};

/// The store. Every write is durable when it returns, and every read that begins later sees it. Times are kept to the microsecond.
#[async_trait]
pub trait Store: Send + Sync + std::fmt::Debug + 'static {
    /// One resource.
    async fn get(
        &self,
        connection: &ConnectionName,
        kind: Kind,
        id: &ScimId,
    ) -> Result<Option<StoredResource>, StoreError>;
    /// The person who holds a userName (folded), also when not confirmed.
    async fn person_by_name(&self, connection: &ConnectionName, name: &str) -> Result<Option<Person>, StoreError>;
    /// A resource with its account, also when not confirmed.
    async fn person(&self, connection: &ConnectionName, id: &ScimId) -> Result<Option<Person>, StoreError>;
    /// The person (or group, in its realm) linked to a vendor account.
    async fn person_by_vendor_id(
        &self,
        connection: &ConnectionName,
        realm: &str,
        vendor_id: &VendorId,
    ) -> Result<Option<Person>, StoreError>;
    /// Which of these resources exist (confirmed), in the order given.
    async fn which_exist(
        &self,
        connection: &ConnectionName,
        kind: Kind,
        ids: &[ScimId],
    ) -> Result<Vec<bool>, StoreError>;
    /// A page of a group's members, in the order of their places, behind `after` (0: from the beginning).
    async fn members(
        &self,
        connection: &ConnectionName,
        group: &ScimId,
        after: i64,
        limit: usize,
    ) -> Result<Vec<Member>, StoreError>;
    /// Which of these people are members of the group. Costs the same in a large group and in a small one.
    async fn which_are_members(
        &self,
        connection: &ConnectionName,
        group: &ScimId,
        people: &[ScimId],
    ) -> Result<Vec<bool>, StoreError>;
    /// The number of a group's members, but no more is counted than `limit`.
    async fn count_members(&self, connection: &ConnectionName, group: &ScimId, limit: u64) -> Result<u64, StoreError>;
    /// The groups of each of these people, in the order in which they joined.
    async fn groups_of(&self, connection: &ConnectionName, people: &[ScimId])
    -> Result<Vec<Vec<GroupRef>>, StoreError>;
    /// Everything that ties a person to groups, in the order in which he joined.
    async fn memberships(&self, connection: &ConnectionName, person: &ScimId) -> Result<Vec<Membership>, StoreError>;
    /// Work that a group is owed: people whose accounts were touched on its behalf and are not settled, with the revision that settles them.
    /// Of all people, or of these.
    async fn owed(
        &self,
        connection: &ConnectionName,
        group: &ScimId,
        of: &Members,
    ) -> Result<Vec<(ScimId, i64)>, StoreError>;
    /// Groups in which one of these values is parked, with the value as it was parked (letter case ignored in the search, because a value may be
    /// a userName); `None`: all that are parked.
    async fn parked(
        &self,
        connection: &ConnectionName,
        values: Option<&[String]>,
    ) -> Result<Vec<(ScimId, String)>, StoreError>;
    /// Resources by an indexed value.
    async fn look_up(
        &self,
        connection: &ConnectionName,
        kind: Kind,
        lookup: &Lookup,
    ) -> Result<Vec<StoredResource>, StoreError>;
    /// A page of resources. Indexed parts of the filter are used; the rest is evaluated by `scim::evaluate`.
    async fn query(&self, connection: &ConnectionName, kind: Kind, query: &Query) -> Result<Page, StoreError>;
    /// All changes or none, durably.
    async fn commit(&self, connection: &ConnectionName, changes: Vec<Change>) -> Result<(), StoreError>;
    /// Accounts whose work is due (pending or failed with `next_attempt` not after `now`), most urgent first, then oldest. Work without
    /// `next_attempt` is never due by itself.
    async fn due(
        &self,
        connection: &ConnectionName,
        realm: &str,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<ScimId>, StoreError>;
    /// Makes all pending work of a connection due at `now`, and marks all unfinished work as interrupted ([`Doubt::Interrupted`]): called once
    /// at start, when nobody in this process works on it. Returns how many are pending.
    async fn wake_all(&self, connection: &ConnectionName, now: Timestamp) -> Result<u64, StoreError>;
    /// Pending and failed work of one or all connections.
    async fn pending(&self, connection: Option<&ConnectionName>) -> Result<Vec<PendingWork>, StoreError>;
    /// Number of accounts per state, for metrics.
    async fn work_counts(&self, connection: &ConnectionName) -> Result<Vec<(WorkState, u64)>, StoreError>;
    /// Events of one person by userName (present or former), externalId, SCIM id or vendor id; oldest first.
    async fn story(
        &self,
        connection: Option<&ConnectionName>,
        who: &str,
    ) -> Result<Vec<(ConnectionName, Event)>, StoreError>;
    /// Removes events older than `before`; returns how many.
    async fn prune_events(&self, before: Timestamp) -> Result<u64, StoreError>;
    /// Inbound tokens of a connection.
    async fn tokens(&self, connection: &ConnectionName) -> Result<Vec<StoredToken>, StoreError>;
    /// Adds or replaces an inbound token.
    async fn put_token(&self, connection: &ConnectionName, token: StoredToken) -> Result<(), StoreError>;
    /// Notes that a token was used. A token that was removed meanwhile stays removed, which [`Store::put_token`] could not promise; an earlier time
    /// than the one known changes nothing.
    async fn note_token_use(&self, connection: &ConnectionName, name: &str, at: Timestamp) -> Result<(), StoreError>;
    /// Removes an inbound token; `false` when there is none of that name.
    async fn delete_token(&self, connection: &ConnectionName, name: &str) -> Result<bool, StoreError>;
    /// Is the store there and writable?
    async fn check(&self) -> Result<(), StoreError>;
}
