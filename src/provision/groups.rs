//! What an IdP's request on a group does: the group's own object at the vendor follows its name, and its members' accounts follow their memberships.

use std::sync::Arc;

use super::error::ProvisionError;
use super::shared::Shared;
use super::{Precondition, RequestContext};
use crate::ids::ScimId;
use crate::scim::patch::PatchRequest;
use crate::scim::resource::Incoming;
use crate::store::StoredResource;

/// POST.
#[expect(clippy::unused_async, reason = "skeleton")]
pub(super) async fn create(
    _shared: &Arc<Shared>,
    _incoming: Incoming,
    _context: &RequestContext,
) -> Result<StoredResource, ProvisionError> {
    Err(ProvisionError::ShuttingDown)
}

/// PUT.
#[expect(clippy::unused_async, reason = "skeleton")]
pub(super) async fn replace(
    _shared: &Arc<Shared>,
    _id: &ScimId,
    _precondition: &Precondition,
    _incoming: Incoming,
    _context: &RequestContext,
) -> Result<StoredResource, ProvisionError> {
    Err(ProvisionError::ShuttingDown)
}

/// PATCH.
#[expect(clippy::unused_async, reason = "skeleton")]
pub(super) async fn patch(
    _shared: &Arc<Shared>,
    _id: &ScimId,
    _precondition: &Precondition,
    _patch: &PatchRequest,
    _context: &RequestContext,
) -> Result<StoredResource, ProvisionError> {
    Err(ProvisionError::ShuttingDown)
}

/// DELETE.
#[expect(clippy::unused_async, reason = "skeleton")]
pub(super) async fn delete(
    _shared: &Arc<Shared>,
    _id: &ScimId,
    _precondition: &Precondition,
    _context: &RequestContext,
) -> Result<(), ProvisionError> {
    Err(ProvisionError::ShuttingDown)
}
