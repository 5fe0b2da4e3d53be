//! What the vendor erases beside a change (`erases`): after the call it is as the answer shows it, or unknown, so that it is written again.

use super::work::Work;
use crate::mapping::bound::Bound;
use crate::mapping::convert::is_empty;
use crate::mapping::model::Clear;
use crate::mapping::plan::Step;
use crate::mapping::record::{Desired, Record, VendorAccount};

/// The fields that a call has erased, given what the vendor had before.
pub(super) fn by(bound: &Bound, step: &Step, before: &Record) -> Vec<String> {
    let is_changed = |field: &str| {
        let sent = step.scope.record.0.get(field);
        sent.is_some_and(|sent| !bound.same(field, before.0.get(field), Some(sent)))
    };
    bound.erased_by(&is_changed).map(str::to_owned).collect()
}

/// Remembers erased values of which nobody says anything and that would not be cleared: they were the account's, and stay so.
pub(super) fn remember_unsaid(bound: &Bound, work: &mut Work, erased: &[String], before: &Record) {
    let (Desired::Present(desired) | Desired::Parked(desired)) = &work.desired else { return };
    for field in erased.iter().filter(|field| bound.clear_rule(field) == Clear::Keep) {
        let is_said = desired.0.get(field).is_some_and(|value| !is_empty(value));
        if let Some(had) = before.0.get(field).filter(|value| !is_said && !is_empty(value)) {
            work.erased.0.insert(field.clone(), had.clone());
        }
    }
}

/// Takes what was erased out of what the vendor has. `true`: the answer shows what is left of it, so that only what is really gone need be written
/// again.
pub(super) fn take_out(applied: &mut Record, erased: &[String], shown: Option<&VendorAccount>) -> bool {
    for field in erased {
        match shown.and_then(|account| account.record.0.get(field)) {
            Some(left) => applied.0.insert(field.clone(), left.clone()),
            None => applied.0.shift_remove(field),
        };
    }
    let is_known = |account: &VendorAccount| erased.iter().all(|field| !account.unknown.contains(field));
    !erased.is_empty() && shown.is_some_and(is_known)
}
