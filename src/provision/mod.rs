//! The heart: what should be, what the vendor has, and the way from one to the other.
//!
//! [`Provisioner`] is what `inbound` and `cli` talk to: one per connection.

pub mod error;
pub mod metrics;

mod adopt;
mod catalogs;
mod converge;
mod directory;
mod elements;
mod erased;
mod generated;
mod groups;
mod import;
mod keys;
mod known;
mod locks;
mod lookups;
mod memberships;
mod other_keys;
mod outcome;
mod queue;
mod reading;
mod record;
mod recover;
mod report;
mod sending;
mod shared;
mod soft_deleted;
mod steps;
mod stubborn;
mod subject;
mod work;
mod write;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use tokio::time::Instant;

use crate::clock::SharedClock;
use crate::config::groups::{GroupRules, MembersFirst};
use crate::config::model::{ConnectionConfig, Delivery, Switches};
use crate::ids::{ConnectionName, RequestId, ScimId};
use crate::mapping::bound::{Bound, Entry};
use crate::scim::filter::Filter;
use crate::scim::patch::PatchRequest;
use crate::scim::resource::Incoming;
use crate::scim::schema::ResourceType;
use crate::store::{GroupRef, Kind, Member, Page, Query, Sort, Start, Store, StoreError, StoredResource};
pub use crate::vendor::Health as VendorHealth;
use crate::vendor::Vendor;
use error::ProvisionError;
use groups::Groups;
pub use report::{ImportReport, ImportedGroups};
use shared::Shared;

/// Who asks, and until when he waits.
#[derive(Debug, Clone)]
pub struct RequestContext {
    /// Id of the IdP's request; sent along to the vendor.
    pub request_id: RequestId,
    /// Name of the inbound credential.
    pub credential: String,
    /// When the IdP must have an answer.
    pub deadline: Instant,
}

/// `If-Match` of a request, parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Precondition {
    /// No condition.
    None,
    /// `*`: it exists.
    Exists,
    /// Any of these versions.
    Versions(Vec<i64>),
}

/// What a provisioner is built from.
#[derive(Debug, Clone)]
pub struct Parts {
    /// Name of the connection.
    pub connection: ConnectionName,
    /// Its mapping, bound to its settings.
    pub bound: Arc<Bound>,
    /// Its vendor.
    pub vendor: Arc<dyn Vendor>,
    /// The store.
    pub store: Arc<dyn Store>,
    /// The wall clock.
    pub clock: SharedClock,
    /// What the administrator chose.
    pub options: Options,
    /// Runtime on which the work goes on when the IdP's request has ended.
    pub runtime: tokio::runtime::Handle,
}

/// What the administrator chose for a connection (`bridge.yaml`).
#[derive(Debug, Clone)]
pub struct Options {
    /// When the IdP is answered.
    pub delivery: Delivery,
    /// Take over existing vendor accounts.
    pub adopt: bool,
    /// Accounts that are never changed (values of `match` fields).
    pub protected: Vec<String>,
    /// What pushed groups mean at the vendor.
    pub groups: GroupRules,
    /// What becomes of members who arrive before their user.
    pub members_first: MembersFirst,
    /// Differences between IdPs.
    pub switches: Switches,
}

impl Options {
    /// What the configuration of a connection says.
    pub fn of(config: &ConnectionConfig) -> Self {
        Self {
            delivery: config.delivery,
            adopt: config.adopt,
            protected: config.protected.clone(),
            groups: config.groups.clone(),
            members_first: config.members_first,
            switches: config.switches,
        }
    }
}

/// One connection: everything that can be asked of it. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Provisioner {
    /// The engine of people's accounts.
    shared: Arc<Shared>,
    groups: Arc<Groups>,
}

impl Provisioner {
    /// Starts the connection: recovery of everything that waits begins at once, in the background.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn start(parts: Parts) -> Result<Self, StoreError> {
        let provisioner = Self::idle(parts);
        recover::begin(&provisioner.shared).await?;
        let runtime = &provisioner.shared.parts.runtime;
        for engine in provisioner.groups.engines() {
            runtime.spawn(recover::run(engine.clone()));
        }
        runtime.spawn(groups::begin(provisioner.groups.clone()));
        Ok(provisioner)
    }

    /// A connection that takes up nothing by itself: for commands such as `import` beside a running server.
    pub fn idle(parts: Parts) -> Self {
        let shared = Shared::of_people(parts);
        Self { groups: Groups::new(&shared), shared }
    }

    /// Takes no more work and waits for what is under way, at most until `deadline`. What is left is in the store.
    pub async fn drain(&self, deadline: Instant) {
        for engine in self.groups.engines() {
            engine.start_draining();
        }
        for engine in self.groups.engines() {
            // When the time is over, the others are only looked at.
            let _ = tokio::time::timeout_at(deadline, engine.queue.empty()).await;
        }
        let left: usize = self.groups.engines().map(|engine| engine.queue.len()).sum();
        if left > 0 {
            tracing::warn!(connection = %self.shared.parts.connection, left, "{left} accounts are still being worked on; they are taken up at the next start");
        }
    }

    /// Brings the accounts in that the vendor already has. `progress` is called with the number of accounts listed so far.
    ///
    /// # Errors
    /// When the vendor cannot be listed or the store fails. What was imported until then stays, and a repeat goes on from there.
    pub async fn import(&self, progress: &(dyn Fn(u64) + Sync)) -> Result<ImportReport, ProvisionError> {
        import::import(&self.groups, progress).await
    }

    /// The User resource type of this connection's mapping.
    pub fn user_type(&self) -> &ResourceType {
        self.shared.parts.bound.user_type()
    }

    /// POST: a new person. The answer comes when the vendor has the account.
    pub async fn create(&self, incoming: Incoming, context: &RequestContext) -> Result<StoredResource, ProvisionError> {
        write::create(&self.shared, incoming, context).await
    }

    /// PUT.
    pub async fn replace(
        &self,
        id: &ScimId,
        precondition: &Precondition,
        incoming: Incoming,
        context: &RequestContext,
    ) -> Result<StoredResource, ProvisionError> {
        write::put(&self.shared, id, precondition, &incoming, context).await
    }

    /// PATCH.
    pub async fn patch(
        &self,
        id: &ScimId,
        precondition: &Precondition,
        patch: &PatchRequest,
        context: &RequestContext,
    ) -> Result<StoredResource, ProvisionError> {
        write::patch(&self.shared, id, precondition, patch, context).await
    }

    /// DELETE.
    pub async fn delete(
        &self,
        id: &ScimId,
        precondition: &Precondition,
        context: &RequestContext,
    ) -> Result<(), ProvisionError> {
        write::delete(&self.shared, id, precondition, context).await
    }

    /// GET by id.
    pub async fn get(&self, id: &ScimId) -> Result<StoredResource, ProvisionError> {
        let parts = &self.shared.parts;
        parts.store.get(&parts.connection, Kind::User, id).await?.ok_or_else(|| write::not_found(Kind::User, id))
    }

    /// GET with a filter and a page (`count` 0 asks for the total only).
    pub async fn query(
        &self,
        filter: Option<Filter>,
        sort: Option<Sort>,
        from: Start,
        count: u64,
    ) -> Result<Page, ProvisionError> {
        let parts = &self.shared.parts;
        let resource_type = self.shared.subject.resource_type.clone();
        let query = Query { filter, resource_type, from, count, sort };
        Ok(parts.store.query(&parts.connection, Kind::User, &query).await?)
    }

    /// The Group resource type of this connection.
    pub fn group_type(&self) -> &ResourceType {
        &self.groups.resource_type
    }

    /// POST of a group. The answer comes when the vendor has the group's object and the members.
    pub async fn create_group(
        &self,
        incoming: Incoming,
        context: &RequestContext,
    ) -> Result<StoredResource, ProvisionError> {
        groups::create(&self.groups, incoming, context).await
    }

    /// PUT of a group.
    pub async fn replace_group(
        &self,
        id: &ScimId,
        precondition: &Precondition,
        incoming: Incoming,
        context: &RequestContext,
    ) -> Result<StoredResource, ProvisionError> {
        groups::replace(&self.groups, id, precondition, incoming, context).await
    }

    /// PATCH of a group.
    pub async fn patch_group(
        &self,
        id: &ScimId,
        precondition: &Precondition,
        patch: &PatchRequest,
        context: &RequestContext,
    ) -> Result<StoredResource, ProvisionError> {
        groups::patch(&self.groups, id, precondition, patch, context).await
    }

    /// DELETE of a group.
    pub async fn delete_group(
        &self,
        id: &ScimId,
        precondition: &Precondition,
        context: &RequestContext,
    ) -> Result<(), ProvisionError> {
        groups::delete(&self.groups, id, precondition, context).await
    }

    /// GET of a group by id. Its body has no members: see [`Self::members`].
    pub async fn get_group(&self, id: &ScimId) -> Result<StoredResource, ProvisionError> {
        let parts = &self.shared.parts;
        let found = parts.store.get(&parts.connection, Kind::Group, id).await?;
        found.ok_or_else(|| write::not_found(Kind::Group, id))
    }

    /// Groups by a filter. Their bodies have no members.
    pub async fn query_groups(
        &self,
        filter: Option<Filter>,
        sort: Option<Sort>,
        from: Start,
        count: u64,
    ) -> Result<Page, ProvisionError> {
        let parts = &self.shared.parts;
        let query = Query { filter, resource_type: self.groups.resource_type.clone(), from, count, sort };
        Ok(parts.store.query(&parts.connection, Kind::Group, &query).await?)
    }

    /// A page of a group's members, behind the place `after` (0: from the beginning).
    pub async fn members(&self, group: &ScimId, after: i64, limit: usize) -> Result<Vec<Member>, ProvisionError> {
        let parts = &self.shared.parts;
        Ok(parts.store.members(&parts.connection, group, after, limit).await?)
    }

    /// The number of a group's members, but no more is counted than `limit`.
    pub async fn count_members(&self, group: &ScimId, limit: u64) -> Result<u64, ProvisionError> {
        let parts = &self.shared.parts;
        Ok(parts.store.count_members(&parts.connection, group, limit).await?)
    }

    /// The groups of each of these people.
    pub async fn groups_of(&self, people: &[ScimId]) -> Result<Vec<Vec<GroupRef>>, ProvisionError> {
        let parts = &self.shared.parts;
        Ok(parts.store.groups_of(&parts.connection, people).await?)
    }

    /// The objects of a catalog of the mapping, from the vendor or from memory (`keep_seconds`).
    ///
    /// # Errors
    /// When the mapping has no such catalog, or the vendor cannot list it until the deadline.
    pub async fn catalog(&self, name: &str, deadline: Instant) -> Result<Arc<Vec<Entry>>, ProvisionError> {
        catalogs::show(&self.shared, name, deadline).await
    }

    /// The mapping of this connection.
    pub fn bound(&self) -> &Bound {
        &self.shared.parts.bound
    }

    /// What is known of the vendor without asking it.
    pub fn vendor_health(&self) -> VendorHealth {
        self.shared.parts.vendor.health()
    }
}
