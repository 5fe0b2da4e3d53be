//! Lists whose elements have calls of their own: which elements come and go, and whether single calls or one for the whole list are fewer.

use std::collections::HashSet;

use serde_json::Value;

use super::Step;
use crate::mapping::bound::policy::UpdateCall;
use crate::mapping::bound::{Bound, CallName, Scope};
use crate::mapping::model::ForEach;
use crate::mapping::record::Record;

/// How a list gets its new elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// By calls for single elements.
    Elements,
    /// By the call that writes the list whole.
    Whole,
}

/// Has the list calls for its elements?
pub(super) fn has_elements(bound: &Bound, field: &str) -> bool {
    bound.update_calls().iter().any(|call| call.each.as_ref().is_some_and(|each| each.field == field))
}

/// The way from the one value to the other that takes fewer calls; `None` when there is none.
pub(super) fn way(bound: &Bound, field: &str, old: Option<&Value>, new: Option<&Value>) -> Option<Way> {
    let is_whole = bound.update_calls().iter().any(|call| call.writes.iter().any(|name| name == field));
    let moves = Moves::between(bound, field, old, new);
    let mut calls = 0;
    let mut is_possible = true;
    for (kind, elements) in moves.by_kind().into_iter().filter(|(_, elements)| !elements.is_empty()) {
        match call_for(bound, field, kind) {
            Some(call) => calls += elements.len().div_ceil(batch_of(call)),
            None => is_possible = false,
        }
    }
    match (is_possible, is_whole) {
        (true, true) if calls > 1 => Some(Way::Whole),
        (true, _) => Some(Way::Elements),
        (false, true) => Some(Way::Whole),
        (false, false) => None,
    }
}

/// The steps of one call for elements. `held` are the elements as the steps before have left them, and then as these leave them.
pub(super) fn steps(
    bound: &Bound,
    call: &UpdateCall,
    key: Option<&str>,
    moves: &Moves,
    held: &mut Vec<Value>,
) -> Vec<Step> {
    let Some(each) = &call.each else { return Vec::new() };
    let mut steps = Vec::new();
    for items in moves.of(each.kind).chunks(each.batch) {
        let forms: HashSet<String> = items.iter().map(|item| bound.form_of_element(&each.field, item)).collect();
        held.retain(|element| !forms.contains(&bound.form_of_element(&each.field, element)));
        if each.kind != ForEach::Removed {
            held.extend(items.iter().cloned());
        }
        steps.push(step(bound, call, key, items.to_vec(), held));
    }
    steps
}

fn step(bound: &Bound, call: &UpdateCall, key: Option<&str>, items: Vec<Value>, held: &[Value]) -> Step {
    let mut record = Record::default();
    if let Some(each) = &call.each {
        record.0.insert(each.field.clone(), bound.value_of_elements(&each.field, held));
    }
    let scope = Scope { key: key.map(str::to_owned), record, items, ..Scope::default() };
    Step { call: CallName::Update(call.name.clone()), scope }
}

/// The same change with a call for each element, when the vendor has refused them together.
pub fn one_by_one(bound: &Bound, step: &Step) -> Vec<Step> {
    let Some(each) = bound.each(&step.call) else { return vec![step.clone()] };
    let form = |element: &Value| bound.form_of_element(&each.field, element);
    let after = bound.elements_of(&each.field, step.scope.record.0.get(&each.field));
    let items = &step.scope.items;
    let one = |n: usize| {
        let later: Vec<&Value> = items.iter().skip(n + 1).collect();
        let mut held = after.clone();
        if each.kind == ForEach::Removed {
            held.extend(later.into_iter().cloned());
        } else {
            let later: HashSet<String> = later.into_iter().map(form).collect();
            held.retain(|element| !later.contains(&form(element)));
        }
        let record = Record([(each.field.clone(), bound.value_of_elements(&each.field, &held))].into_iter().collect());
        Step { call: step.call.clone(), scope: Scope { record, items: vec![items[n].clone()], ..step.scope.clone() } }
    };
    (0..items.len()).map(one).collect()
}

/// The calls for single elements that do the same as a call that writes the list whole, when the vendor has refused that. Empty when the step carries
/// more than the list, or there are no such calls.
pub fn apart(bound: &Bound, step: &Step, applied: Option<&Record>) -> Vec<Step> {
    let mut carried = step.scope.record.0.iter();
    let (Some((field, new)), None) = (carried.next(), carried.next()) else { return Vec::new() };
    if bound.each(&step.call).is_some() || !has_elements(bound, field) {
        return Vec::new();
    }
    let old = applied.and_then(|applied| applied.0.get(field));
    let moves = Moves::between(bound, field, old, Some(new));
    let is_possible =
        |(kind, elements): &(ForEach, &[Value])| elements.is_empty() || call_for(bound, field, *kind).is_some();
    if !moves.by_kind().iter().all(is_possible) {
        return Vec::new();
    }
    let mut held = bound.elements_of(field, old);
    let calls = bound.update_calls().iter().filter(|call| call.each.as_ref().is_some_and(|each| each.field == *field));
    calls.flat_map(|call| steps(bound, call, step.scope.key.as_deref(), &moves, &mut held)).collect()
}

/// What changes between two values of a list.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Moves {
    added: Vec<Value>,
    removed: Vec<Value>,
    changed: Vec<Value>,
}

impl Moves {
    pub(super) fn between(bound: &Bound, field: &str, old: Option<&Value>, new: Option<&Value>) -> Self {
        let (old, new) = (bound.elements_of(field, old), bound.elements_of(field, new));
        let form = |element: &Value| bound.form_of_element(field, element);
        let held = |elements: &[Value]| -> HashSet<String> { elements.iter().map(form).collect() };
        let (had, has) = (held(&old), held(&new));
        let level = |element: &Value| {
            old.iter().find(|other| form(other) == form(element)).and_then(|other| other.get("value").cloned())
        };
        let is_other =
            |element: &&Value| had.contains(&form(element)) && element.get("value").cloned() != level(element);
        let mut moves = Self {
            added: new.iter().filter(|element| !had.contains(&form(element))).cloned().collect(),
            removed: old.iter().filter(|element| !has.contains(&form(element))).cloned().collect(),
            changed: new.iter().filter(|element| element.is_object()).filter(is_other).cloned().collect(),
        };
        if call_for(bound, field, ForEach::Changed).is_none() {
            moves.added.append(&mut moves.changed);
        }
        moves
    }

    fn of(&self, kind: ForEach) -> &[Value] {
        match kind {
            ForEach::Added => &self.added,
            ForEach::Removed => &self.removed,
            ForEach::Changed => &self.changed,
        }
    }

    fn by_kind(&self) -> [(ForEach, &[Value]); 3] {
        [ForEach::Added, ForEach::Removed, ForEach::Changed].map(|kind| (kind, self.of(kind)))
    }
}

fn call_for<'a>(bound: &'a Bound, field: &str, kind: ForEach) -> Option<&'a UpdateCall> {
    let is_it = |call: &&UpdateCall| call.each.as_ref().is_some_and(|each| each.field == field && each.kind == kind);
    bound.update_calls().iter().find(is_it)
}

fn batch_of(call: &UpdateCall) -> usize {
    call.each.as_ref().map_or(1, |each| each.batch)
}

#[cfg(test)]
mod tests;
