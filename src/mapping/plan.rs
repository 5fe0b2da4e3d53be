//! The plan: which calls make what the vendor has into what it should have. A pure difference; it knows nothing of time or network.

mod elements;
mod updates;

use std::collections::BTreeSet;

use super::bound::fields::BoundObject;
use super::bound::{Bound, CallName, Scope};
use super::convert::is_empty;
use super::model::{Clear, NotCleared};
use super::record::{Desired, Record};
pub use elements::{apart, one_by_one};
use updates::Change;

/// One call of a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Which call.
    pub call: CallName,
    /// What it carries. Steps behind a `create` have no key: it comes from the answer to the create.
    pub scope: Scope,
}

/// Why a change cannot be made at this vendor (`mutability`, or `invalidValue` when a value is missing).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{attribute}: {problem}; trying again cannot help")]
pub struct PlanError {
    /// SCIM attribute (or several, as text).
    pub attribute: String,
    /// The vendor's field.
    pub field: String,
    /// What cannot be done.
    pub problem: String,
    /// A value is missing that a new account needs (`invalidValue`).
    pub is_missing: bool,
}

/// Makes the plan.
///
/// `key` is the vendor's key of the account, `None` when there is none. `applied` is what the vendor last confirmed; `None` when an account
/// exists of which nothing is known, so that everything is written. `transient` holds write-only values, which are written whenever given.
///
/// While a person is inactive ([`Desired::Parked`]) values are set but none is cleared.
///
/// # Errors
/// When a field that cannot be cleared lost its value, an immutable one changed, or the vendor offers no call for it.
pub fn plan(
    bound: &Bound,
    key: Option<&str>,
    applied: Option<&Record>,
    desired: &Desired,
    transient: &Record,
) -> Result<Vec<Step>, PlanError> {
    match (key, desired) {
        (None, Desired::Absent | Desired::Parked(_)) => Ok(Vec::new()),
        (Some(key), Desired::Absent) => delete(bound, key),
        (None, Desired::Present(record)) => create(bound, record, transient),
        (Some(key), Desired::Present(record)) => {
            let changed = changes(bound, applied, record, record, true)?;
            let change = Change { key: Some(key), applied, desired: record, changed, transient };
            Ok(keeping(bound, applied, change.steps(bound)))
        }
        (Some(key), Desired::Parked(record)) => {
            // what is not said of somebody inactive stays: calls that carry whole records or objects must not take it away
            let mut whole = applied.cloned().unwrap_or_default();
            whole.0.extend(record.0.clone());
            let changed = changes(bound, applied, record, &whole, false)?;
            let change = Change { key: Some(key), applied, desired: &whole, changed, transient: &Record::default() };
            Ok(keeping(bound, applied, change.steps(bound)))
        }
    }
}

/// The fields in which two records differ for this vendor, in the order of the mapping: for drift and for people.
pub fn difference(bound: &Bound, a: &Record, b: &Record) -> Vec<String> {
    let differs = |name: &&String| !bound.same(name, a.0.get(*name), b.0.get(*name));
    bound.fields().map(|field| &field.name).filter(differs).cloned().collect()
}

/// The fields in which an account stays as it is, because no call can change them: only told, where the mapping or the caller says so, else refused
/// by [`plan`].
pub fn left_behind(bound: &Bound, applied: &Record, desired: &Desired) -> Vec<String> {
    let (record, clears) = match desired {
        Desired::Present(record) => (record, true),
        Desired::Parked(record) => (record, false),
        Desired::Absent => return Vec::new(),
    };
    let is_written = |name: &str| {
        !bound.is_immutable(name)
            && (elements::has_elements(bound, name) || updates::writer(bound, record, name).is_some())
    };
    let is_left = |name: &str| {
        let is_gone = record.0.get(name).is_none_or(is_empty);
        let is_kept = is_gone && (!clears || clear_rule(bound, name, record) == Clear::Keep);
        !is_kept && !bound.is_write_only(name)
    };
    let mut fields = difference(bound, applied, record);
    fields.retain(|name| is_left(name) && !is_written(name));
    fields
}

fn delete(bound: &Bound, key: &str) -> Result<Vec<Step>, PlanError> {
    if !bound.has_call(&CallName::Delete) {
        return Err(PlanError {
            attribute: bound.attribute_of_existence(),
            field: bound.place_of(&CallName::Delete),
            problem: format!("the mapping has no call that deletes the {} at {}", bound.noun(), bound.vendor_title()),
            is_missing: false,
        });
    }
    Ok(vec![Step { call: CallName::Delete, scope: Scope { key: Some(key.to_owned()), ..Scope::default() } }])
}

fn create(bound: &Bound, record: &Record, transient: &Record) -> Result<Vec<Step>, PlanError> {
    if !bound.has_call(&CallName::Create) {
        return Err(PlanError {
            attribute: bound.attribute_of_existence(),
            field: bound.place_of(&CallName::Create),
            problem: format!("the mapping has no call that creates the {} at {}", bound.noun(), bound.vendor_title()),
            is_missing: false,
        });
    }
    let record = &bound.with_first_values(record);
    if let Some((field, problem)) = bound.missing_at_first(record) {
        return Err(PlanError {
            attribute: bound.attribute_of(field),
            field: field.to_owned(),
            problem,
            is_missing: true,
        });
    }
    let mut written = Record::default();
    for (name, value) in record.0.iter().chain(&transient.0) {
        if bound.create_writes(name) {
            written.0.insert(name.clone(), value.clone());
        }
    }
    let left = |name: &&String| !written.0.contains_key(*name);
    let changed: BTreeSet<String> = record.0.keys().filter(left).cloned().collect();
    for name in changed.iter().filter(|name| bound.is_switched_off(name) && !bound.reports_unchangeable(name)) {
        // refused before the account is made: without this value it would have to be taken away again
        if record.0.get(name).is_some_and(|value| !is_empty(value)) {
            let problem = bound.why_unchangeable(name);
            return Err(PlanError {
                attribute: bound.attribute_of(name),
                field: name.clone(),
                problem,
                is_missing: false,
            });
        }
    }
    let rest = Record(
        transient.0.iter().filter(|(name, _)| left(name)).map(|(name, value)| (name.clone(), value.clone())).collect(),
    );
    let mut steps = vec![Step { call: CallName::Create, scope: Scope { record: written.clone(), ..Scope::default() } }];
    let change = Change { key: None, applied: None, desired: record, changed, transient: &rest };
    steps.extend(change.steps(bound));
    Ok(steps)
}

/// The fields that must be written. `clears`: values that are gone count, too. `whole`: what the account is when that is done.
fn changes(
    bound: &Bound,
    applied: Option<&Record>,
    desired: &Record,
    whole: &Record,
    clears: bool,
) -> Result<BTreeSet<String>, PlanError> {
    let mut changed = BTreeSet::new();
    for field in bound.fields().filter(|field| !field.spec.write_only) {
        let name = &field.name;
        let new = desired.0.get(name);
        let old = applied.and_then(|record| record.0.get(name));
        if bound.same(name, old, new) {
            continue;
        }
        let is_gone = new.is_none_or(is_empty);
        if new.is_none() && !clears {
            continue;
        }
        let error = |problem: String| PlanError {
            attribute: bound.attribute_of(name),
            field: name.clone(),
            problem,
            is_missing: false,
        };
        let clear = if is_gone && clears { Some(clear_rule(bound, name, desired)) } else { None };
        if clear == Some(Clear::Keep) {
            continue;
        }
        if bound.is_immutable(name) {
            // of an account that nobody has read yet nothing is known; what cannot change is not sent. Who is to lose access is not held up by it
            if !clears || applied.is_none() || old.is_none() || bound.reports_unchangeable(name) {
                continue;
            }
            return Err(error(bound.why_kept(name)));
        }
        if clear == Some(Clear::Refuse) {
            return Err(error(format!("{} cannot take the value of {name} away", bound.vendor_title())));
        }
        let is_possible = if elements::has_elements(bound, name) {
            elements::way(bound, name, old, new).is_some()
        } else {
            updates::writer(bound, whole, name).is_some()
        };
        // who is to lose access is not held up by what cannot change; nor is a request that leaves a value out, when the settings switch the call off
        let stays = is_gone && bound.is_switched_off(name) && bound.not_cleared(name) == NotCleared::Report;
        if !is_possible && (!clears || stays || bound.reports_unchangeable(name)) {
            continue;
        }
        if !is_possible {
            return Err(error(bound.why_unchangeable(name)));
        }
        changed.insert(name.clone());
    }
    Ok(changed)
}

/// How the loss of a value is told: by the object's rule when the whole object is gone, else by the field's.
fn clear_rule(bound: &Bound, name: &str, desired: &Record) -> Clear {
    match bound.object_of(name) {
        Some(object) if is_gone(object, desired) => object.clear,
        _ => bound.clear_rule(name),
    }
}

fn is_gone(object: &BoundObject, record: &Record) -> bool {
    !object.members.iter().any(|member| record.0.get(member).is_some_and(|value| !is_empty(value)))
}

/// Calls before which the account is read know what the bridge last wrote.
fn keeping(bound: &Bound, applied: Option<&Record>, mut steps: Vec<Step>) -> Vec<Step> {
    let is_read =
        |step: &&mut Step| bound.is_whole(&step.call) || bound.looks_for_others(&step.call, &step.scope.record);
    for step in steps.iter_mut().filter(is_read) {
        step.scope.kept = applied.cloned().unwrap_or_default();
    }
    steps
}

#[cfg(test)]
mod tests;
