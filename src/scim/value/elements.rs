//! The values of a multi-valued attribute: reading them, telling when two are the same, and keeping at most one primary.
//! Looks for no element by filter: that is [`crate::scim::patch`]'s.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::{Object, read_parts, read_simple};
use crate::scim::error::ScimError;
use crate::scim::schema::{Attribute, AttributeType, Mutability};
use crate::scim::text::fold;

/// How the elements of one attribute are compared.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Elements<'a> {
    attribute: &'a Attribute,
    value: Option<&'a Attribute>,
}

impl<'a> Elements<'a> {
    /// Of this multi-valued attribute.
    pub(crate) fn of(attribute: &'a Attribute) -> Self {
        Self { attribute, value: attribute.sub("value") }
    }

    /// Whether elements are references to resources, as `members` are: known by their `value` alone and only replaced as a whole.
    pub(crate) fn are_references(&self) -> bool {
        self.value.is_some_and(|value| value.mutability == Mutability::Immutable)
    }

    /// A text that two elements share exactly when they are the same: same `value` and `type` where there is a `value`, else all parts.
    pub(crate) fn identity(&self, element: &Value) -> String {
        let Some(parts) = element.as_object() else { return simple_identity(self.attribute, element) };
        let Some((value, sub)) = parts.get("value").zip(self.value) else { return whole_identity(parts) };
        let value = simple_identity(sub, value);
        match parts.get("type").and_then(Value::as_str) {
            Some(kind) if !self.are_references() => format!("{}\u{0}{value}", fold(kind)),
            _ => format!("\u{0}{value}"),
        }
    }
}

/// Reads the values of a multi-valued attribute; one value may come without its list. Empty ones are left out, equal ones collapse, at most
/// one stays primary.
pub(crate) fn read_elements(attribute: &Attribute, place: &str, value: &Value) -> Result<Vec<Value>, ScimError> {
    let given = match value {
        Value::Array(values) => values.as_slice(),
        single => std::slice::from_ref(single),
    };
    let mut elements = Vec::with_capacity(given.len());
    for value in given {
        if attribute.kind != AttributeType::Complex {
            elements.extend(read_simple(attribute, place, value)?);
            continue;
        }
        let Object::Parts(parts, _) = read_element(attribute, place, value)? else { continue };
        if !has_content(&parts) {
            continue;
        }
        if let Some(missing) =
            attribute.sub_attributes.iter().find(|sub| sub.required && !parts.contains_key(&sub.name))
        {
            return Err(ScimError::InvalidValue(format!("`{place}.{}` is required", missing.name)));
        }
        elements.push(Value::Object(parts));
    }
    let mut elements = collapse(attribute, elements);
    keep_one_primary(&mut elements, |_| true);
    Ok(elements)
}

/// Reads one complex element; in `roles` also Entra's form, where the `value` is a JSON document in a text.
pub(crate) fn read_element(attribute: &Attribute, place: &str, value: &Value) -> Result<Object, ScimError> {
    let mut read = read_parts(attribute, place, value)?;
    if let (Object::Parts(parts, _), "roles") = (&mut read, attribute.name.as_str()) {
        unfold_role(parts);
    }
    Ok(read)
}

/// Whether an element says anything: `type` and `primary` alone only label a value that is not there.
pub(crate) fn has_content(parts: &Map<String, Value>) -> bool {
    parts.keys().any(|name| name != "type" && name != "primary")
}

/// Elements that are the same become one: the first, with the parts that only a later one has.
pub(crate) fn collapse(attribute: &Attribute, elements: Vec<Value>) -> Vec<Value> {
    if elements.len() < 2 {
        return elements;
    }
    let rule = Elements::of(attribute);
    let mut seen: HashMap<String, usize> = HashMap::with_capacity(elements.len());
    let mut kept: Vec<Value> = Vec::with_capacity(elements.len());
    for element in elements {
        match seen.get(&rule.identity(&element)) {
            None => {
                seen.insert(rule.identity(&element), kept.len());
                kept.push(element);
            }
            Some(&first) => fill_in(&mut kept[first], element),
        }
    }
    kept
}

/// Leaves `primary: true` to the first element that `may` keep it; on all others it becomes false. Without such an element nothing changes.
pub(crate) fn keep_one_primary(elements: &mut [Value], may: impl Fn(usize) -> bool) {
    let is_primary = |element: &Value| element.get("primary") == Some(&Value::Bool(true));
    let Some(chosen) = (0..elements.len()).find(|&index| is_primary(&elements[index]) && may(index)) else { return };
    for (index, element) in elements.iter_mut().enumerate() {
        if index != chosen && is_primary(element) {
            element["primary"] = Value::Bool(false);
        }
    }
}

/// Entra's app roles: `{"value": "{\"id\":…,\"value\":\"Agent\",\"displayName\":\"Agent\"}"}`.
pub(crate) fn unfold_role(parts: &mut Map<String, Value>) {
    let Some(text) = parts.get("value").and_then(Value::as_str).filter(|text| text.starts_with('{')) else { return };
    let Ok(role) = serde_json::from_str::<Map<String, Value>>(text) else { return };
    let member =
        |name: &str| role.get(name).filter(|value| value.as_str().is_some_and(|text| !text.is_empty())).cloned();
    let display = member("displayName");
    // A role without a value of its own is known by its name alone.
    let Some(value) = member("value").or_else(|| display.clone()) else { return };
    parts.insert("value".to_owned(), value);
    if let Some(display) = display {
        parts.entry("display").or_insert(display);
    }
}

fn fill_in(first: &mut Value, later: Value) {
    let (Some(parts), Value::Object(later)) = (first.as_object_mut(), later) else { return };
    for (name, value) in later {
        if name == "primary" && value == Value::Bool(true) {
            parts.insert(name, value);
        } else {
            parts.entry(name).or_insert(value);
        }
    }
}

fn simple_identity(attribute: &Attribute, value: &Value) -> String {
    match value.as_str() {
        Some(text) if attribute.case_exact || attribute.kind == AttributeType::Binary => text.to_owned(),
        Some(text) => fold(text),
        None => value.to_string(),
    }
}

fn whole_identity(parts: &Map<String, Value>) -> String {
    let mut parts: Vec<(&String, &Value)> = parts.iter().collect();
    parts.sort_by_key(|(name, _)| name.as_str());
    // The first character keeps it apart from the identity of an element with a value.
    parts.into_iter().fold("\u{1}".to_owned(), |text, (name, value)| format!("{text}{name}={value}\u{0}"))
}
