//! Keys that change: the new one is taken after a change, also when its answer was lost. Which call can change one, the mapping says.

use super::converge::Stop;
use super::reading;
use super::shared::Shared;
use super::steps::name_of;
use super::work::Work;
use crate::ids::VendorId;
use crate::mapping::plan::Step;
use crate::mapping::record::{Desired, VendorAccount};
use crate::mapping::wire::HttpAnswer;
use crate::store::Doubt;
use crate::vendor::CallContext;

/// The account has another key after a change. Says whether it has.
pub(super) fn take_new(shared: &Shared, work: &mut Work, step: &Step, answer: &HttpAnswer) -> bool {
    let key = shared.parts.bound.key_after(&step.call, &step.scope.record, answer);
    let Some(key) = key.and_then(|key| VendorId::parse(&key)) else { return false };
    if work.account.vendor_id.as_ref() == Some(&key) {
        return false;
    }
    let title = shared.parts.bound.vendor_title();
    work.note(shared, "vendor.renamed", format!("{}: the account at {title} has another key now", name_of(&step.call)));
    work.account.vendor_id = Some(key);
    true
}

/// The account by the key that a change gave it of which the answer was lost.
pub(super) async fn read_renamed(
    shared: &Shared,
    work: &mut Work,
    context: &CallContext,
) -> Result<Option<VendorAccount>, Stop> {
    let (Desired::Present(record) | Desired::Parked(record)) = &work.desired else { return Ok(None) };
    let renamed = shared.parts.bound.key_of(record).and_then(|key| VendorId::parse(&key));
    if work.account.doubt == Doubt::None || renamed.is_none() || renamed == work.account.vendor_id {
        return Ok(None);
    }
    let old = std::mem::replace(&mut work.account.vendor_id, renamed);
    match reading::read(shared, work, "by the key after the change", context).await {
        Ok(Some(account)) => Ok(Some(account)),
        other => {
            work.account.vendor_id = old;
            other
        }
    }
}
