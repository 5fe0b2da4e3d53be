//! The updates of a plan: which call carries which of the fields that differ. Which fields differ is decided before.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Step;
use super::elements::{self, Moves, Way};
use crate::mapping::bound::policy::UpdateCall;
use crate::mapping::bound::{Bound, CallName, Scope};
use crate::mapping::convert::is_empty;
use crate::mapping::model::RecordMode;
use crate::mapping::record::Record;

/// What shall be changed.
pub(super) struct Change<'a> {
    /// The vendor's key; `None` behind a create.
    pub key: Option<&'a str>,
    /// What the vendor has, as far as confirmed.
    pub applied: Option<&'a Record>,
    /// What it shall have.
    pub desired: &'a Record,
    /// The fields that must be written.
    pub changed: BTreeSet<String>,
    /// Write-only values.
    pub transient: &'a Record,
}

impl Change<'_> {
    /// The calls that make it, in the order of the mapping; but what the vendor erases by one of them is written after it.
    pub(super) fn steps(&self, bound: &Bound) -> Vec<Step> {
        self.steps_in_stages(bound, bound.erase_rules())
    }

    /// `stages`: so often what is written again may erase more.
    fn steps_in_stages(&self, bound: &Bound, stages: usize) -> Vec<Step> {
        let erased: BTreeSet<String> = bound.erased_by(&|by| self.changed.contains(by)).map(str::to_owned).collect();
        if erased.is_empty() || stages == 0 {
            return self.steps_at_once(bound);
        }
        let changed = self.changed.difference(&erased).cloned().collect();
        let mut steps = Change { changed, ..*self }.steps_at_once(bound);
        let mut left = self.applied.cloned().unwrap_or_default();
        left.0.retain(|name, _| !erased.contains(name));
        let has_value = |name: &String| self.desired.0.get(name).is_some_and(|value| !is_empty(value));
        let again = erased.into_iter().filter(|name| has_value(name) || self.changed.contains(name)).collect();
        let nothing = Record::default();
        let rest = Change { applied: Some(&left), changed: again, transient: &nothing, ..*self };
        steps.extend(rest.steps_in_stages(bound, stages - 1));
        steps
    }

    fn steps_at_once(&self, bound: &Bound) -> Vec<Step> {
        let mut by_elements = self.by_elements(bound);
        let mut changed = self.changed.clone();
        changed.retain(|name| by_elements.iter().all(|(field, ..)| field != name));
        let mut steps = Vec::new();
        for call in bound.update_calls() {
            if let Some(each) = &call.each {
                let moves = by_elements.iter_mut().filter(|(field, ..)| *field == each.field);
                steps.extend(moves.flat_map(|(_, moves, held)| elements::steps(bound, call, self.key, moves, held)));
                continue;
            }
            let record = carried(bound, call, self.desired, &changed, self.transient);
            if !record.0.is_empty() {
                let scope = Scope { key: self.key.map(str::to_owned), record, ..Scope::default() };
                steps.push(Step { call: CallName::Update(call.name.clone()), scope });
            }
        }
        steps
    }

    /// The lists that are changed element by element, each with what comes and goes and with what is there.
    fn by_elements(&self, bound: &Bound) -> Vec<(String, Moves, Vec<Value>)> {
        let lists: Vec<&String> = self.changed.iter().filter(|name| elements::has_elements(bound, name)).collect();
        let is_other = |name: &String| {
            self.changed.contains(name) && !lists.contains(&name) || self.transient.0.contains_key(name)
        };
        // a call that carries all its fields, and is made anyway, takes the list along
        let is_taken_along = |list: &String| {
            let calls =
                bound.update_calls().iter().filter(|call| call.record == RecordMode::All && call.writes.contains(list));
            calls.into_iter().any(|call| call.writes.iter().any(is_other))
        };
        let one = |list: &&String| {
            let (old, new) = (self.applied.and_then(|applied| applied.0.get(*list)), self.desired.0.get(*list));
            let is_by_elements = elements::way(bound, list, old, new) == Some(Way::Elements) && !is_taken_along(list);
            is_by_elements
                .then(|| ((*list).clone(), Moves::between(bound, list, old, new), bound.elements_of(list, old)))
        };
        lists.iter().filter_map(one).collect()
    }
}

/// The call that writes a field of an account that shall be like this: the first that names it and is made for such an account.
pub(super) fn writer<'a>(bound: &'a Bound, desired: &Record, field: &str) -> Option<&'a UpdateCall> {
    let writes = |call: &&UpdateCall| call.writes.iter().any(|name| name == field) && bound.is_made_for(call, desired);
    bound.update_calls().iter().find(writes)
}

/// What an update carries: nothing when nothing of it changed; else the changed fields with their whole objects, or all that it writes.
fn carried(
    bound: &Bound,
    call: &UpdateCall,
    desired: &Record,
    changed: &BTreeSet<String>,
    transient: &Record,
) -> Record {
    let mut record = Record::default();
    let is_own = |name: &String| writer(bound, desired, name).is_some_and(|writer| writer.name == call.name);
    let is_touched = |name: &String| (changed.contains(name) || transient.0.contains_key(name)) && is_own(name);
    if !bound.is_made_for(call, desired) || !call.writes.iter().any(is_touched) {
        return record;
    }
    for name in call.writes.iter().filter(|name| call.record == RecordMode::All || is_own(name)) {
        let sibling_changed =
            || bound.object_of(name).is_some_and(|object| object.members.iter().any(|member| changed.contains(member)));
        let is_changed = changed.contains(name) || sibling_changed();
        let value = transient.0.get(name).or_else(|| desired.0.get(name));
        match (value, is_changed, call.record) {
            (Some(value), true, _) | (Some(value), _, RecordMode::All) => {
                record.0.insert(name.clone(), value.clone());
            }
            (Some(value), false, RecordMode::Changed) if transient.0.contains_key(name) => {
                record.0.insert(name.clone(), value.clone());
            }
            (None, true, _) if changed.contains(name) => {
                record.0.insert(name.clone(), Value::Null);
            }
            _ => {}
        }
    }
    record
}

#[cfg(test)]
mod tests;
