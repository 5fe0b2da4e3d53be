//! The heart: what should be, what the vendor has, and the way from one to the other.
//!
//! [`Provisioner`] is what `inbound` and `cli` talk to: one per connection.

pub mod error;

use std::sync::Arc;

use serde_json::{Map, Value};
use tokio::time::Instant;

use crate::clock::SharedClock;
use crate::config::model::Delivery;
use crate::ids::{ConnectionName, RequestId, ScimId};
use crate::mapping::bound::Bound;
use crate::scim::filter::Filter;
use crate::scim::patch::PatchRequest;
use crate::scim::resource::Incoming;
use crate::scim::schema::ResourceType;
use crate::store::{Lookup, Page, Store, StoredResource};
use crate::vendor::Vendor;
use error::ProvisionError;

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
}

/// What an import did.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct ImportReport {
    /// Accounts that the vendor listed and the bridge may manage.
    pub listed: u64,
    /// New SCIM resources.
    pub imported: u64,
    /// Linked to a person whom the IdP had created already.
    pub linked: u64,
    /// Known before.
    pub known: u64,
    /// Left alone, with the reason.
    pub skipped: Vec<String>,
}

/// One connection: everything that can be asked of it. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Provisioner {}

#[expect(unused_variables, clippy::unimplemented, clippy::unused_async, reason = "skeleton")]
impl Provisioner {
    /// Starts the connection: recovery of everything that waits begins at once, in the background.
    pub fn start(parts: Parts) -> Self {
        unimplemented!()
    }
    /// Takes no more work and waits for what is under way, at most until `deadline`.
    pub async fn drain(&self, deadline: Instant) {
        unimplemented!()
    }
    /// Brings the accounts in that the vendor already has. `progress` is called with the number of accounts seen so far.
    pub async fn import(&self, progress: &(dyn Fn(u64) + Sync)) -> Result<ImportReport, ProvisionError> {
        unimplemented!()
    }
    /// The User resource type of this connection's mapping.
    pub fn user_type(&self) -> &ResourceType {
        unimplemented!()
    }
    /// POST: a new person.
    pub async fn create(&self, incoming: Incoming, context: &RequestContext) -> Result<StoredResource, ProvisionError> {
        unimplemented!()
    }
    /// PUT.
    pub async fn replace(
        &self,
        id: &ScimId,
        precondition: &Precondition,
        incoming: Incoming,
        context: &RequestContext,
    ) -> Result<StoredResource, ProvisionError> {
        unimplemented!()
    }
    /// PATCH.
    pub async fn patch(
        &self,
        id: &ScimId,
        precondition: &Precondition,
        patch: &PatchRequest,
        context: &RequestContext,
    ) -> Result<StoredResource, ProvisionError> {
        unimplemented!()
    }
    /// DELETE.
    pub async fn delete(
        &self,
        id: &ScimId,
        precondition: &Precondition,
        context: &RequestContext,
    ) -> Result<(), ProvisionError> {
        unimplemented!()
    }
    /// GET by id.
    pub async fn get(&self, id: &ScimId) -> Result<StoredResource, ProvisionError> {
        unimplemented!()
    }
    /// GET with a filter and a page (`count` 0 asks for the total only).
    pub async fn query(&self, filter: Option<Filter>, start_index: u64, count: u64) -> Result<Page, ProvisionError> {
        unimplemented!()
    }
    /// Exact look-up by an indexed value.
    pub async fn look_up(&self, lookup: &Lookup) -> Result<Vec<StoredResource>, ProvisionError> {
        unimplemented!()
    }
    /// Is the vendor usable, and the store?
    pub async fn check(&self) -> Result<(), ProvisionError> {
        unimplemented!()
    }
    /// The vendor calls that a request would cause, without sending or storing anything; secrets masked.
    pub async fn explain(
        &self,
        method: &str,
        body: &Value,
        stored: Option<&Map<String, Value>>,
    ) -> Result<Vec<Value>, ProvisionError> {
        unimplemented!()
    }
}
