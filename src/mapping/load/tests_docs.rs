//! The guide and the reference of the language keep what they say: blocks pass the check, and no key is missing.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::*;

const REFERENCE: &str = include_str!("../../../docs/MAPPING.md");
const GUIDE: &str = include_str!("../../../mappings/README.md");
const DESK: &str = include_str!("../../../docs/guide/desk/mapping.yaml");
const SCHEMA: &str = include_str!("../../../mappings/mapping.schema.json");

/// Where a recipe is put beside what is there; everywhere else it takes the place of it.
const OPEN: [&str; 12] = [
    "",
    "api",
    "settings",
    "secrets",
    "users",
    "users.fields",
    "users.calls",
    "users.calls.update",
    "catalogs",
    "groups",
    "groups.team",
    "groups.team.calls",
];

/// The YAML blocks of a text, each with the heading above it.
fn blocks(text: &str) -> Vec<(String, String)> {
    let (mut found, mut heading, mut block) = (Vec::new(), String::new(), None::<String>);
    for line in text.lines() {
        match (&mut block, line.trim_start()) {
            (None, start) if start.starts_with('#') => start.trim_start_matches('#').trim().clone_into(&mut heading),
            (None, "```yaml") => block = Some(String::new()),
            (Some(text), "```") => {
                found.push((heading.clone(), std::mem::take(text)));
                block = None;
            }
            (Some(text), _) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, _) => {}
        }
    }
    found
}

fn load(heading: &str, text: String) {
    let bundle = Bundle { path: format!("docs/{heading}"), text, others: BTreeMap::new() };
    let mapping = Mapping::load(bundle).unwrap_or_else(|problems| panic!("{heading}: {problems}"));
    for outcome in crate::mapping::examples::run(&mapping) {
        assert_eq!(outcome.problem, None, "{heading}: {}", outcome.name);
    }
}

fn lay_over(base: &mut Map<String, Value>, over: Map<String, Value>, place: &str) {
    for (key, value) in over {
        let inner = if place.is_empty() { key.clone() } else { format!("{place}.{key}") };
        match (base.get_mut(&key), value) {
            (_, Value::Null) => {
                base.shift_remove(&key);
            }
            (Some(Value::Object(base)), Value::Object(over)) if OPEN.contains(&inner.as_str()) => {
                lay_over(base, over, &inner);
            }
            (_, value) => {
                base.insert(key, value);
            }
        }
    }
}

#[test]
fn every_block_that_is_a_whole_mapping_passes_the_check() {
    for (heading, text) in
        blocks(REFERENCE).into_iter().chain(blocks(GUIDE)).filter(|(_, text)| text.starts_with("version:"))
    {
        if text.contains("\nusers:") {
            load(&heading, text);
        }
    }
    load("guide/desk/mapping.yaml", DESK.to_owned());
}

#[test]
fn the_blocks_of_the_guide_are_the_file_that_can_be_run() {
    let squeeze = |text: &str| -> Vec<String> {
        let lines = text.lines().map(|line| line.split(" #").next().unwrap_or_default().trim_end().to_owned());
        lines.filter(|line| !line.is_empty()).collect()
    };
    let desk = squeeze(DESK);
    let (_, walk) = GUIDE.split_once("## From the vendor's API page").expect("the walk");
    let steps = blocks(walk)
        .into_iter()
        .filter(|(heading, _)| ["3.", "4.", "5.", "6."].iter().any(|step| heading.starts_with(step)));
    let mut seen = 0;
    for (heading, text) in steps {
        for line in squeeze(&text) {
            assert!(desk.contains(&line), "{heading}: `{line}` is not in docs/guide/desk/mapping.yaml");
            seen += 1;
        }
    }
    assert!(seen > 50, "{seen}");
}

#[test]
fn every_recipe_passes_the_check_when_it_is_laid_over_the_example() {
    let (_, recipes) = REFERENCE.split_once("## Recipes").expect("the recipes");
    let recipes = recipes.split("\n## ").next().expect("their end");
    let found = blocks(recipes);
    assert!(found.len() >= 20, "{}", found.len());
    for (heading, text) in found {
        let mut whole: Map<String, Value> = serde_saphyr::from_str(DESK).expect("the example");
        whole.shift_remove("examples");
        let over: Map<String, Value> =
            serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{heading}: {error}"));
        lay_over(&mut whole, over, "");
        load(&heading, serde_json::to_string_pretty(&whole).expect("writable"));
    }
}

#[test]
fn every_key_of_the_language_stands_in_its_reference() {
    let mut documented: BTreeSet<&str> = BTreeSet::new();
    let mut is_block = false;
    for line in REFERENCE.lines() {
        if line.trim_start().starts_with("```") {
            is_block = !is_block;
        } else if !is_block {
            for span in line.split('`').skip(1).step_by(2) {
                documented.extend(span.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$')));
            }
        }
    }
    let schema: Value = serde_json::from_str(SCHEMA).expect("the schema");
    let mut keys = BTreeSet::new();
    gather_keys(&schema, &mut keys);
    assert!(keys.len() > 150, "{}", keys.len());
    let missing: Vec<&String> = keys.iter().filter(|key| !documented.contains(key.as_str())).collect();
    assert!(missing.is_empty(), "docs/MAPPING.md says nothing about {missing:?}: add type, default, example and error");
}

fn gather_keys(schema: &Value, keys: &mut BTreeSet<String>) {
    match schema {
        Value::Object(members) => {
            if let Some(Value::Object(properties)) = members.get("properties") {
                keys.extend(properties.keys().cloned());
            }
            members.values().for_each(|inner| gather_keys(inner, keys));
        }
        Value::Array(elements) => elements.iter().for_each(|inner| gather_keys(inner, keys)),
        _ => {}
    }
}
