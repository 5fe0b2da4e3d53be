//! Vendors that add what they are sent to what they have: seen by a look at the account, and answered by a call that takes names out by their level.

use super::shared::Shared;
use super::work::Work;
use crate::mapping::bound::Bound;
use crate::mapping::plan::Step;
use crate::mapping::record::{Record, VendorAccount};

/// The next call for these fields names what was left out, with the level that takes it out. Says whether there is one.
pub(super) fn take_out_by_level(
    shared: &Shared,
    work: &mut Work,
    fields: Vec<String>,
    account: &VendorAccount,
) -> bool {
    let is_any = !fields.is_empty();
    let title = shared.parts.bound.vendor_title();
    for field in fields {
        work.note(shared, "vendor.differs", format!("{title} keeps names of {field} that were left out"));
        if let (Some(applied), Some(has)) = (&mut work.applied, account.record.0.get(&field)) {
            applied.0.insert(field.clone(), has.clone());
        }
        work.stubborn.insert(field);
    }
    is_any
}

/// Fields of which the account still has names that this call has left out, and for which nothing else was tried yet.
pub(super) fn fields(bound: &Bound, work: &Work, step: &Step, before: &Record, account: &VendorAccount) -> Vec<String> {
    let record = step.scope.record.0.iter();
    let kept = record.filter(|(field, sent)| {
        !work.stubborn.contains(*field) && bound.only_adds(field, before, sent, account.record.0.get(*field))
    });
    kept.map(|(field, _)| field.clone()).collect()
}
