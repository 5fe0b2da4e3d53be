//! Checks a document against the JSON Schema of a Rust type and reports *every* deviation with its place: unknown and
//! missing keys, wrong types, words outside a closed set. It knows the schemas that `schemars` makes, no others, and
//! nothing of what a value means.

mod variants;

use std::sync::Arc;

use serde_json::{Map, Value};

use super::diagnostic::{Diagnostic, Source};
use super::node::{Entry, Node, NodeValue};
use crate::nearest::{did_you_mean, nearest};

/// A check on values of one named schema type (`Tree`) whose form JSON Schema cannot say. The error says what is wrong.
pub type LeafCheck = (&'static str, fn(&Node) -> Result<(), String>);

/// Every deviation of a document from a schema.
pub fn check_shape(source: &Arc<Source>, node: &Node, schema: &Value, leaves: &[LeafCheck]) -> Vec<Diagnostic> {
    let mut shape = Shape { source, root: schema, leaves, problems: Vec::new() };
    shape.check(node, schema, &node.span);
    shape.problems
}

/// One run of the check.
struct Shape<'a> {
    source: &'a Arc<Source>,
    root: &'a Value,
    leaves: &'a [LeafCheck],
    problems: Vec<Diagnostic>,
}

impl<'a> Shape<'a> {
    /// `key` is where the value's key stands: empty values are shown there.
    fn check(&mut self, node: &Node, schema: &'a Value, key: &std::ops::Range<usize>) {
        let Some(schema) = schema.as_object() else { return };
        if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
            self.check_named(node, name, key);
        } else if let Some(Value::Array(any)) = schema.get("anyOf").or_else(|| schema.get("oneOf")) {
            self.check_variants(node, any, key);
        } else {
            self.check_plain(node, schema, key);
        }
    }

    fn check_named(&mut self, node: &Node, reference: &str, key: &std::ops::Range<usize>) {
        let name = reference.trim_start_matches("#/$defs/");
        if let Some((_, leaf)) = self.leaves.iter().find(|(known, _)| *known == name) {
            self.check_leaf(node, *leaf, key);
        } else if let Some(schema) = self.resolve(reference) {
            self.check(node, schema, key);
        }
    }

    /// Reports a leaf's mistake at the innermost value that has it.
    fn check_leaf(&mut self, node: &Node, leaf: fn(&Node) -> Result<(), String>, key: &std::ops::Range<usize>) {
        let Err(problem) = leaf(node) else { return };
        let before = self.problems.len();
        match &node.value {
            NodeValue::List(items) => {
                for item in items {
                    self.check_leaf(item, leaf, &item.span);
                }
            }
            NodeValue::Object(entries) => {
                for entry in entries {
                    self.check_leaf(&entry.value, leaf, &entry.key_span);
                }
            }
            _ => {}
        }
        if self.problems.len() == before {
            let span = match &node.value {
                NodeValue::Object(entries) => entries.first().map_or(key.clone(), |entry| entry.key_span.clone()),
                _ => shown(node, key),
            };
            self.problems.push(Diagnostic::new(self.source, span, problem));
        }
    }

    fn check_plain(&mut self, node: &Node, schema: &'a Map<String, Value>, key: &std::ops::Range<usize>) {
        let allowed = kinds_of(schema.get("type"));
        if !allowed.is_empty() && !allowed.iter().any(|kind| fits(node, kind)) {
            self.wrong_type(node, &allowed, key);
            if let Some(last) = self.problems.pop() {
                let help = if last.has_help() { None } else { description(schema) };
                self.problems.push(last.maybe_help(help));
            }
            return;
        }
        if let Some(words) = closed_set(schema) {
            self.check_word(node, &words, key);
        }
        match &node.value {
            NodeValue::Number(_) => self.check_range(node, schema),
            NodeValue::List(items) => {
                if let Some(inner) = schema.get("items") {
                    for item in items {
                        self.check(item, inner, &item.span);
                    }
                }
            }
            NodeValue::Object(entries) => self.check_object(entries, schema, key),
            _ => {}
        }
    }

    fn check_object(&mut self, entries: &[Entry], schema: &'a Map<String, Value>, key: &std::ops::Range<usize>) {
        let none = Map::new();
        let properties = schema.get("properties").and_then(Value::as_object);
        let known = |name: &str| properties.and_then(|all| all.get(name));
        let names = || properties.unwrap_or(&none).keys().map(String::as_str);
        for entry in entries {
            match (known(&entry.key), schema.get("additionalProperties")) {
                (Some(inner), _) | (None, Some(inner @ Value::Object(_))) => {
                    self.check(&entry.value, inner, &entry.key_span);
                }
                (None, Some(Value::Bool(false))) => {
                    // what is there already was not meant, and is known all the same
                    let open = names().filter(|name| !entries.iter().any(|other| other.key == *name));
                    let help = match nearest(&entry.key, open) {
                        Some(name) => did_you_mean(name, [name]),
                        None => did_you_mean("", names()),
                    };
                    self.problems.push(
                        Diagnostic::new(self.source, entry.key_span.clone(), format!("unknown key `{}`", entry.key))
                            .maybe_help(help),
                    );
                }
                _ => {}
            }
        }
        let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
        for name in required.filter_map(Value::as_str) {
            if !entries.iter().any(|entry| entry.key == name) {
                let mut one = Diagnostic::new(self.source, key.clone(), format!("the key `{name}` is missing here"));
                if let Some(text) = known(name).and_then(Value::as_object).and_then(description) {
                    one = one.help(format!("`{name}`: {text}"));
                }
                self.problems.push(one);
            }
        }
    }

    fn check_word(&mut self, node: &Node, words: &[&str], key: &std::ops::Range<usize>) {
        let NodeValue::Text(text) = &node.value else { return };
        if !words.contains(&text.as_str()) {
            self.problems.push(
                Diagnostic::new(
                    self.source,
                    shown(node, key),
                    format!("`{text}` is not one of the words allowed here"),
                )
                .maybe_help(did_you_mean(text, words.iter().copied())),
            );
        }
    }

    fn check_range(&mut self, node: &Node, schema: &Map<String, Value>) {
        let NodeValue::Number(number) = &node.value else { return };
        let value = number.as_f64().unwrap_or(f64::MAX);
        let limit = |name: &str| schema.get(name).and_then(Value::as_f64);
        let widest = match schema.get("format").and_then(Value::as_str) {
            Some("uint32") => Some(f64::from(u32::MAX)),
            _ => None,
        };
        let problem = match (limit("minimum"), limit("maximum").or(widest)) {
            (Some(low), _) if value < low => format!("{number} is too small, at least {low} is allowed"),
            (_, Some(high)) if value > high => format!("{number} is too large, at most {high} is allowed"),
            _ => return,
        };
        let one = Diagnostic::new(self.source, node.span.clone(), problem);
        self.problems.push(one.maybe_help(description(schema)));
    }

    fn wrong_type(&mut self, node: &Node, allowed: &[&str], key: &std::ops::Range<usize>) {
        let expected = allowed.iter().filter(|kind| **kind != "null").map(|kind| in_words(kind));
        let expected = expected.collect::<Vec<_>>().join(" or ");
        let mut one =
            Diagnostic::new(self.source, shown(node, key), format!("expected {expected}, found {}", node.describe()));
        let only_text = allowed.contains(&"string");
        match &node.value {
            NodeValue::Number(_) | NodeValue::Bool(_) if only_text => {
                let written = self.source.text.get(node.span.clone()).unwrap_or_default().trim();
                one = one.help(format!("put it in quotes: \"{written}\""));
            }
            NodeValue::Text(_) if allowed.contains(&"array") => one = one.help("a list is written `[a, b]`"),
            NodeValue::Text(text) if allowed.iter().any(|kind| fits_text(text, kind)) => {
                one = one.help(format!("write it without quotes: {text}"));
            }
            _ => {}
        }
        self.problems.push(one);
    }

    fn resolve(&self, reference: &str) -> Option<&'a Value> {
        self.root.pointer(reference.strip_prefix('#')?)
    }
}

/// Where a value is shown: blocks and empty values by their key.
fn shown(node: &Node, key: &std::ops::Range<usize>) -> std::ops::Range<usize> {
    match node.value {
        NodeValue::Null | NodeValue::Object(_) | NodeValue::List(_) => key.clone(),
        _ => node.span.clone(),
    }
}

fn kinds_of(kind: Option<&Value>) -> Vec<&str> {
    match kind {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn fits(node: &Node, kind: &str) -> bool {
    match &node.value {
        NodeValue::Null => kind == "null",
        NodeValue::Bool(_) => kind == "boolean",
        NodeValue::Number(number) => kind == "number" || (kind == "integer" && !number.is_f64()),
        NodeValue::Text(_) => kind == "string",
        NodeValue::List(_) => kind == "array",
        NodeValue::Object(_) => kind == "object",
    }
}

fn fits_text(text: &str, kind: &str) -> bool {
    match kind {
        "boolean" => text == "true" || text == "false",
        "integer" => text.parse::<i64>().is_ok(),
        "number" => text.parse::<f64>().is_ok_and(f64::is_finite),
        _ => false,
    }
}

fn in_words(kind: &str) -> &'static str {
    match kind {
        "boolean" => "`true` or `false`",
        "integer" => "a whole number",
        "number" => "a number",
        "string" => "a text",
        "array" => "a list",
        "object" => "an object (`key: value`)",
        _ => "a value",
    }
}

fn closed_set(schema: &Map<String, Value>) -> Option<Vec<&str>> {
    match (schema.get("const"), schema.get("enum")) {
        (Some(word), _) => Some(word.as_str().into_iter().collect()),
        (None, Some(Value::Array(words))) => Some(words.iter().filter_map(Value::as_str).collect()),
        _ => None,
    }
}

/// First sentence of what the type says about itself: it holds the unit of a number.
fn description(schema: &Map<String, Value>) -> Option<String> {
    let text = schema.get("description")?.as_str()?;
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    Some(flat.split_once(". ").map_or(flat.trim_end_matches('.').to_owned(), |(first, _)| first.to_owned()))
}

#[cfg(test)]
mod tests;
