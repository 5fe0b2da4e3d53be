//! Enums in a schema: words, objects told apart by a tag, objects told apart by their only key, and plain alternatives.

use serde_json::{Map, Value};

use super::super::diagnostic::Diagnostic;
use super::super::node::{Node, NodeValue};
use super::{Shape, closed_set, fits, in_words, kinds_of, shown};
use crate::nearest::did_you_mean;

/// Deepest chain of references between named types that is followed.
const MAX_REFERENCES: usize = 16;

impl<'a> Shape<'a> {
    /// Checks a value against alternatives: finds the one that was meant and checks against that alone.
    pub(super) fn check_variants(&mut self, node: &Node, variants: &'a [Value], key: &std::ops::Range<usize>) {
        let nullable = variants.iter().any(|variant| kinds_of(variant.get("type")) == ["null"]);
        if nullable && matches!(node.value, NodeValue::Null) {
            return;
        }
        let variants: Vec<&'a Value> =
            variants.iter().filter(|variant| kinds_of(variant.get("type")) != ["null"]).collect();
        if let [only] = variants[..] {
            self.check(node, only, key);
        } else if let Some(tag) = common_tag(&variants) {
            self.check_tagged(node, &variants, tag, key);
        } else {
            self.check_alternatives(node, &variants, key);
        }
    }

    fn check_tagged(&mut self, node: &Node, variants: &[&'a Value], tag: &str, key: &std::ops::Range<usize>) {
        let words = || variants.iter().filter_map(|variant| tag_word(variant, tag));
        if !matches!(node.value, NodeValue::Object(_)) {
            self.wrong_type(node, &["object"], key);
            return;
        }
        let Some(entry) = node.get(tag) else {
            let list = words().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
            self.problems.push(
                Diagnostic::new(self.source, key.clone(), format!("the key `{tag}` is missing here"))
                    .help(format!("it is one of {list}")),
            );
            return;
        };
        let NodeValue::Text(word) = &entry.value.value else {
            self.wrong_type(&entry.value, &["string"], &entry.key_span);
            return;
        };
        match variants.iter().find(|variant| tag_word(variant, tag) == Some(word)) {
            Some(variant) => self.check(node, variant, key),
            None => self.problems.push(
                Diagnostic::new(self.source, entry.value.span.clone(), format!("there is no {tag} `{word}`"))
                    .maybe_help(did_you_mean(word, words())),
            ),
        }
    }

    fn check_alternatives(&mut self, node: &Node, variants: &[&'a Value], key: &std::ops::Range<usize>) {
        let words: Vec<&str> =
            variants.iter().filter_map(|variant| variant.as_object().and_then(closed_set)).flatten().collect();
        let only_keys: Vec<(&str, &'a Value)> =
            variants.iter().filter_map(|variant| Some((only_key(variant)?, *variant))).collect();
        match &node.value {
            NodeValue::Text(text) if !words.is_empty() => {
                if let Some((name, _)) = only_keys.iter().find(|(name, _)| name == text) {
                    let problem = format!("`{name}` needs a value here");
                    self.problems.push(
                        Diagnostic::new(self.source, node.span.clone(), problem)
                            .help(format!("write it as `{name}: …`, in a list as `{{ {name}: … }}`")),
                    );
                } else if !words.contains(&text.as_str()) {
                    let all = words.iter().copied().chain(only_keys.iter().map(|(name, _)| *name));
                    let problem = format!("`{text}` is not one of the words allowed here");
                    self.problems.push(
                        Diagnostic::new(self.source, node.span.clone(), problem).maybe_help(did_you_mean(text, all)),
                    );
                }
            }
            NodeValue::Object(entries) if !only_keys.is_empty() => {
                let meant = entries.iter().find_map(|entry| only_keys.iter().find(|(name, _)| *name == entry.key));
                if let Some((_, variant)) = meant {
                    self.check(node, variant, key);
                } else {
                    let span = entries.first().map_or(key.clone(), |entry| entry.key_span.clone());
                    let name = entries.first().map_or("", |entry| entry.key.as_str());
                    let mut one = Diagnostic::new(self.source, span, format!("unknown key `{name}`"));
                    one = if words.contains(&name) {
                        one.help(format!("`{name}` takes no value: write the word alone"))
                    } else {
                        one.maybe_help(did_you_mean(name, only_keys.iter().map(|(name, _)| *name)))
                    };
                    self.problems.push(one);
                }
            }
            _ => self.check_by_type(node, variants, key),
        }
    }

    fn check_by_type(&mut self, node: &Node, variants: &[&'a Value], key: &std::ops::Range<usize>) {
        let meant = variants.iter().find(|variant| {
            let kinds = self.kinds(variant, MAX_REFERENCES);
            kinds.is_empty() || kinds.iter().any(|kind| fits(node, kind))
        });
        if let Some(variant) = meant {
            self.check(node, variant, key);
            return;
        }
        let mut kinds: Vec<&str> = Vec::new();
        for kind in variants.iter().flat_map(|variant| self.kinds(variant, MAX_REFERENCES)) {
            if !kinds.contains(&kind) && kind != "null" {
                kinds.push(kind);
            }
        }
        if kinds.contains(&"string") && matches!(node.value, NodeValue::Number(_) | NodeValue::Bool(_)) {
            self.wrong_type(node, &kinds, key);
            return;
        }
        let expected = kinds.iter().map(|kind| in_words(kind)).collect::<Vec<_>>().join(" or ");
        let problem = format!("expected {expected}, found {}", node.describe());
        self.problems.push(Diagnostic::new(self.source, shown(node, key), problem));
    }

    /// JSON types that a schema allows; empty: all.
    fn kinds(&self, schema: &'a Value, references: usize) -> Vec<&'a str> {
        if references == 0 {
            return Vec::new();
        }
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            return self.resolve(reference).map_or(Vec::new(), |inner| self.kinds(inner, references - 1));
        }
        if let Some(Value::Array(any)) = schema.get("anyOf").or_else(|| schema.get("oneOf")) {
            return any.iter().flat_map(|variant| self.kinds(variant, references - 1)).collect();
        }
        kinds_of(schema.get("type"))
    }
}

/// The property that tells all variants apart by a constant.
fn common_tag<'a>(variants: &[&'a Value]) -> Option<&'a str> {
    let first = properties(variants.first()?)?;
    first.iter().find_map(|(name, property)| {
        let everywhere = variants.iter().all(|variant| tag_word(variant, name).is_some());
        (property.get("const").is_some() && everywhere).then_some(name.as_str())
    })
}

fn tag_word<'a>(variant: &'a Value, tag: &str) -> Option<&'a str> {
    properties(variant)?.get(tag)?.get("const")?.as_str()
}

/// The only property of an externally tagged variant.
fn only_key(variant: &Value) -> Option<&str> {
    let properties = properties(variant)?;
    let closed = variant.get("additionalProperties") == Some(&Value::Bool(false));
    (closed && properties.len() == 1).then(|| properties.keys().next().map(String::as_str)).flatten()
}

fn properties(variant: &Value) -> Option<&Map<String, Value>> {
    variant.get("properties")?.as_object()
}
