//! The vendor's own objects by name: lists that are kept for a while and read again when a name is not found.

use std::sync::Arc;

use super::error::ProvisionError;
use super::shared::Shared;
use crate::mapping::bound::Entry;

/// The objects of a catalog.
#[expect(clippy::unused_async, reason = "skeleton")]
pub(super) async fn entries(_shared: &Shared, _name: &str) -> Result<Arc<Vec<Entry>>, ProvisionError> {
    Err(ProvisionError::ShuttingDown)
}
