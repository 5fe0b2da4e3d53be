//! Reads one account, alone or from the list where the vendor has no call for one. What follows from it is decided by whoever asks.

use super::converge::{Stop, deferral};
use super::directory::walk_shared;
use super::shared::Shared;
use super::work::Work;
use crate::mapping::bound::{CallName, Scope};
use crate::mapping::model::Meaning;
use crate::mapping::record::{Record, VendorAccount};
use crate::vendor::CallContext;

/// Reads the account; `None` when it is not there.
pub(super) async fn read(
    shared: &Shared,
    work: &Work,
    after: &str,
    context: &CallContext,
) -> Result<Option<VendorAccount>, Stop> {
    let Some(key) = work.key().map(str::to_owned) else { return Ok(None) };
    let bound = &shared.parts.bound;
    if !bound.has_call(&CallName::Read) {
        // The mapping has no call that reads one: it is looked for in the list.
        let listed = walk_shared(shared, context).await;
        let listed = listed.map_err(|failure| {
            Stop::Deferred(deferral(shared, work, &failure, &format!("{after}, listed afterwards")))
        })?;
        return Ok(listed.iter().find(|account| account.key == key).cloned());
    }
    let scope = Scope { key: Some(key), ..Scope::default() };
    match shared.parts.vendor.call(&CallName::Read, &scope, context).await {
        Ok(answered) => Ok(bound.account_in(&CallName::Read, &answered.answer)),
        Err(failure) if failure.verdict.meaning == Meaning::NotFound => Ok(None),
        Err(failure) => Err(Stop::Deferred(deferral(shared, work, &failure, &format!("{after}, read afterwards")))),
    }
}

/// Fields that the answer does not show hold what was sent.
pub(super) fn fill_in(account: &mut VendorAccount, sent: &Record) {
    for field in &account.unknown {
        if let Some(value) = sent.0.get(field).filter(|value| !value.is_null()) {
            account.record.0.insert(field.clone(), value.clone());
        }
    }
}
