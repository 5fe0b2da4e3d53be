//! Evaluates a filter on a resource in memory. Parses nothing and changes nothing.

mod compare;

use serde_json::{Map, Value};

use super::filter::{AttrPath, Filter, Operator};
use super::path::AttributePath;
use super::schema::{Attribute, AttributeType, Found, ResourceType};

/// Does the resource (schema case, with `id` and `meta`) match? The filter has been checked by [`Filter::parse`].
///
/// An attribute without value matches nothing but `ne` and `eq null` (RFC 7643 section 2.5: unassigned and null are the same state). A
/// multi-valued attribute matches when any of its values does (RFC 7644 section 3.4.2.2).
pub fn matches(filter: &Filter, resource_type: &ResourceType, resource: &Map<String, Value>) -> bool {
    match filter {
        Filter::And(left, right) => matches(left, resource_type, resource) && matches(right, resource_type, resource),
        Filter::Or(left, right) => matches(left, resource_type, resource) || matches(right, resource_type, resource),
        Filter::Not(filter) => !matches(filter, resource_type, resource),
        Filter::Present(path) => {
            let value = stored(path.urn.as_deref(), &path.name, resource);
            value.is_some_and(|value| match &path.sub {
                None => is_present(value),
                Some(sub) => values_of(value).iter().any(|element| element.get(sub).is_some_and(is_present)),
            })
        }
        Filter::Compare(path, operator, literal) => {
            let found = resource_type.find(path.urn.as_deref(), &path.name);
            compare_path(path, found, *operator, literal, resource)
        }
        Filter::Values { path, filter, then } => {
            let Some(value) = stored(path.urn.as_deref(), &path.name, resource) else { return false };
            let Some(found) = resource_type.find(path.urn.as_deref(), &path.name) else { return false };
            values_of(value).iter().any(|element| {
                matches_element(filter, found, element)
                    && then
                        .as_deref()
                        .is_none_or(|(sub, operator, literal)| compare_part(found, sub, *operator, literal, element))
            })
        }
    }
}

/// Does one element of a multi-valued attribute match the filter between the brackets? All conditions are on this element.
pub fn matches_element(filter: &Filter, attribute: Found<'_>, element: &Value) -> bool {
    match filter {
        Filter::And(left, right) => {
            matches_element(left, attribute, element) && matches_element(right, attribute, element)
        }
        Filter::Or(left, right) => {
            matches_element(left, attribute, element) || matches_element(right, attribute, element)
        }
        Filter::Not(filter) => !matches_element(filter, attribute, element),
        Filter::Present(path) => part(attribute.attribute, &path.name, element).is_some_and(is_present),
        Filter::Compare(path, operator, literal) => compare_part(attribute, &path.name, *operator, literal, element),
        // Sub-attributes are never complex (RFC 7643 section 2.3.8).
        Filter::Values { .. } => false,
    }
}

/// The values in a resource to which a path leads; empty ones are left out.
pub fn select<'r>(
    path: &AttributePath,
    resource_type: &ResourceType,
    resource: &'r Map<String, Value>,
) -> Vec<&'r Value> {
    let urn = path.at.urn.as_deref();
    let Some(value) = stored(urn, &path.at.name, resource) else { return Vec::new() };
    let Some(found) = resource_type.find(urn, &path.at.name) else { return Vec::new() };
    let elements = values_of(value).iter();
    let chosen =
        elements.filter(|element| path.filter.as_ref().is_none_or(|filter| matches_element(filter, found, element)));
    let parts = chosen.filter_map(|element| match &path.at.sub {
        None => Some(element),
        Some(sub) => element.get(sub),
    });
    parts.filter(|value| is_present(value)).collect()
}

fn compare_path(
    path: &AttrPath,
    found: Option<Found<'_>>,
    operator: Operator,
    literal: &Value,
    resource: &Map<String, Value>,
) -> bool {
    let leaf = found.and_then(|found| match &path.sub {
        None => Some(found.attribute),
        Some(sub) => found.sub(sub).map(|sub| sub.attribute),
    });
    let values = stored(path.urn.as_deref(), &path.name, resource).map(values_of).unwrap_or_default();
    if values.is_empty() {
        return compare::holds(leaf, operator, None, literal);
    }
    values.iter().any(|element| {
        let value = match &path.sub {
            None => Some(element),
            Some(sub) => element.get(sub),
        };
        compare::holds(leaf, operator, value, literal)
    })
}

fn compare_part(found: Found<'_>, name: &str, operator: Operator, literal: &Value, element: &Value) -> bool {
    let leaf = match found.attribute.kind {
        AttributeType::Complex => found.sub(name).map(|sub| sub.attribute),
        _ => Some(found.attribute),
    };
    compare::holds(leaf, operator, part(found.attribute, name, element), literal)
}

/// A part of an element; an element of a simple attribute is its own `value`.
fn part<'v>(attribute: &Attribute, name: &str, element: &'v Value) -> Option<&'v Value> {
    match attribute.kind {
        AttributeType::Complex => element.get(name),
        _ => Some(element),
    }
}

fn stored<'r>(urn: Option<&str>, name: &str, resource: &'r Map<String, Value>) -> Option<&'r Value> {
    match urn {
        None => resource.get(name),
        Some(urn) => resource.get(urn)?.get(name),
    }
}

fn values_of(value: &Value) -> &[Value] {
    match value {
        Value::Array(values) => values,
        single => std::slice::from_ref(single),
    }
}

/// RFC 7644 section 3.4.2.2, `pr`: a non-empty value, or a complex one with a non-empty part.
fn is_present(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(_) | Value::Number(_) => true,
        Value::String(text) => !text.is_empty(),
        Value::Array(values) => values.iter().any(is_present),
        Value::Object(parts) => parts.values().any(is_present),
    }
}

#[cfg(test)]
mod tests;
