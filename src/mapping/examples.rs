//! Runs the examples inside a mapping: what goes in, and exactly what must come out. Pure; nothing is sent.

mod answer;
mod group;
mod request;

use std::sync::Arc;

use serde_json::{Map, Value};

use super::bound::{Bound, Entry, Lists, Names};
use super::bundle::Bundle;
use super::convert::canonical;
use super::load::Mapping;
use super::model::{Example, ExampleEntry, MappingFile};
use super::tree::resolve::kind_of;
use crate::nearest::hint;

/// What came of one example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExampleOutcome {
    /// Its name.
    pub name: String,
    /// What differs from what the file expects; `None` when nothing does. Several lines.
    pub problem: Option<String>,
}

/// Runs the examples of a loaded mapping.
pub fn run(mapping: &Mapping) -> Vec<ExampleOutcome> {
    run_examples(&mapping.file, &mapping.bundle)
}

/// Runs the examples of a mapping file, each bound to its own settings.
pub fn run_examples(file: &Arc<MappingFile>, bundle: &Arc<Bundle>) -> Vec<ExampleOutcome> {
    let outcome = |example: &Example| ExampleOutcome {
        name: example.name.clone(),
        problem: run_one(example, file, bundle).err(),
    };
    file.examples.iter().map(outcome).collect()
}

fn run_one(example: &Example, file: &Arc<MappingFile>, bundle: &Arc<Bundle>) -> Result<(), String> {
    let settings: Map<String, Value> =
        example.settings.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    let bound = Bound::bind(Arc::clone(file), Arc::clone(bundle), &settings)
        .map_err(|problems| problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))?;
    let lists = lists_of(example, &bound)?;
    if example.request.is_some() || example.groups.is_some() {
        request::run(example, &bound, &lists)?;
    }
    if let Some(group) = &example.group {
        group::run(group, example, &bound)?;
    }
    if let Some(account) = &example.account {
        answer::run_account(account, example.resource.as_ref(), &bound, &lists)?;
    }
    if let Some(answer) = &example.answer {
        answer::run_answer(answer, example, &bound)?;
    }
    Ok(())
}

/// What the catalogs list in an example.
fn lists_of(example: &Example, bound: &Bound) -> Result<Lists, String> {
    let mut lists = Lists::default();
    for (name, entries) in &example.catalogs {
        let catalog = bound.catalog(name).ok_or_else(|| {
            let known: Vec<&str> = bound.catalogs().map(|catalog| catalog.name.as_str()).collect();
            let near = hint(name, known);
            format!("catalogs: the mapping has no catalog {name}{near}")
        })?;
        let entry = |entry: &ExampleEntry| Entry {
            key: canonical(&entry.key),
            name: entry.name.clone(),
            description: entry.description.clone(),
        };
        let entries: Vec<Entry> = entries.iter().map(entry).collect();
        lists = lists.with(name, Names::new(catalog.compare, &entries));
    }
    Ok(lists)
}

/// An object of an example.
fn object_of(value: &Value, what: &str) -> Result<Map<String, Value>, String> {
    value.as_object().cloned().ok_or_else(|| format!("{what} must be an object, not {}", kind_of(value)))
}

/// The difference between two values, a line per place: what the file expects, and what there is.
fn differences(place: &str, expected: &Value, found: &Value) -> Vec<String> {
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => {
            let mut lines = Vec::new();
            for (name, value) in expected {
                let place = format!("{place}.{name}");
                match found.get(name) {
                    Some(other) => lines.extend(differences(&place, value, other)),
                    None => lines.push(format!("{place}: expected {value}, found nothing")),
                }
            }
            let extra = found.iter().filter(|(name, _)| !expected.contains_key(*name));
            lines.extend(extra.map(|(name, value)| format!("{place}.{name}: not expected, found {value}")));
            lines
        }
        (Value::Array(expected), Value::Array(found)) if expected.len() == found.len() => {
            let pairs = expected.iter().zip(found).enumerate();
            pairs.flat_map(|(at, (expected, found))| differences(&format!("{place}[{at}]"), expected, found)).collect()
        }
        (expected, found) if expected == found => Vec::new(),
        (expected, found) => vec![format!("{place}: expected {expected}, found {found}")],
    }
}

/// An error with all lines, when there are any.
fn all_equal(lines: &[String]) -> Result<(), String> {
    if lines.is_empty() { Ok(()) } else { Err(lines.join("\n")) }
}

#[cfg(test)]
mod tests;
