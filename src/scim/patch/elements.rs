//! Changes to the elements of a multi-valued attribute. Each either succeeds or leaves the list as it was.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::step::{ElementChange, Listed};
use crate::scim::error::ScimError;
use crate::scim::evaluate::matches_element;
use crate::scim::filter::{Filter, Operator};
use crate::scim::schema::{Attribute, AttributeType, Found, Mutability};
use crate::scim::value::{Elements, keep_one_primary};

/// Adds elements. One that is there already is not added again: its further parts are taken over, except where elements are references
/// (a member that is there is there, RFC 7644 section 3.5.2.1).
pub(super) fn append(found: Found<'_>, list: &mut Vec<Value>, new: &[Value]) {
    let rule = Elements::of(found.attribute);
    let mut positions: HashMap<String, usize> =
        list.iter().enumerate().map(|(index, element)| (rule.identity(element), index)).collect();
    let mut written = HashSet::new();
    for element in new {
        let identity = rule.identity(element);
        let index = match positions.get(&identity) {
            None => {
                positions.insert(identity, list.len());
                list.push(element.clone());
                list.len() - 1
            }
            Some(_) if rule.are_references() => continue,
            Some(&index) => {
                if let (Some(old), Some(new)) = (list[index].as_object_mut(), element.as_object()) {
                    // Letter case of what is equal stays as it was.
                    let news = new
                        .iter()
                        .filter(|(name, _)| !["value", "type"].contains(&name.as_str()) || !old.contains_key(*name));
                    let news: Map<String, Value> = news.map(|(name, value)| (name.clone(), value.clone())).collect();
                    old.extend(news);
                }
                index
            }
        };
        if element.get("primary") == Some(&Value::Bool(true)) {
            written.insert(index);
        }
    }
    keep_one_primary(list, |index| written.contains(&index));
}

/// Removes the listed elements; those that are not there are gone already.
pub(super) fn remove_listed(found: Found<'_>, list: &mut Vec<Value>, listed: &[Listed]) {
    let rule = Elements::of(found.attribute);
    // The value alone decides, so `type` is left out of the comparison.
    let key = |value: &Value| match found.attribute.kind {
        AttributeType::Complex => {
            rule.identity(&Value::Object([("value".to_owned(), value.clone())].into_iter().collect()))
        }
        _ => rule.identity(value),
    };
    let values: HashSet<String> =
        listed.iter().filter_map(|one| if let Listed::Value(value) = one { Some(key(value)) } else { None }).collect();
    list.retain(|element| {
        let value = if found.attribute.kind == AttributeType::Complex { element.get("value") } else { Some(element) };
        let by_value = value.is_some_and(|value| values.contains(&key(value)));
        let by_parts = listed.iter().any(|one| match one {
            Listed::Value(_) => false,
            Listed::Like(parts) => parts.iter().all(|(name, value)| element.get(name) == Some(value)),
        });
        !by_value && !by_parts
    });
}

/// Changes the elements that match the filter (all, without one). Where nothing matches, a value makes an element of its own if the
/// filter says how it would look; clients count on that, although RFC 7644 section 3.5.2.3 wants `noTarget`.
pub(super) fn change(
    found: Found<'_>,
    list: &mut Vec<Value>,
    filter: Option<&Filter>,
    change: &ElementChange,
) -> Result<(), ScimError> {
    let matches = |element: &Value| filter.is_none_or(|filter| matches_element(filter, found, element));
    if let ElementChange::Remove = change {
        list.retain(|element| !matches(element));
        return Ok(());
    }
    let matching: Vec<usize> = (0..list.len()).filter(|&index| matches(&list[index])).collect();
    if matching.is_empty() {
        return create(found, list, filter, change);
    }
    let mut changed = Vec::with_capacity(matching.len());
    for &index in &matching {
        changed.push(changed_element(found, &list[index], filter, change)?);
    }
    for (&index, element) in matching.iter().zip(changed) {
        list[index] = element;
    }
    let is_written = |index: usize| matching.contains(&index);
    if sets_primary(change) {
        keep_one_primary(list, is_written);
    }
    Ok(())
}

/// The parts that a step may write: an immutable one only when it has no value yet or the same.
pub(super) fn check_parts(
    attribute: &Attribute,
    old: &Map<String, Value>,
    new: &Map<String, Value>,
) -> Result<(), ScimError> {
    let refused = new.iter().find(|(name, value)| {
        let fixed = attribute.sub(name).is_some_and(|sub| sub.mutability == Mutability::Immutable);
        fixed && old.get(*name).is_some_and(|old| old != *value)
    });
    match refused {
        None => Ok(()),
        Some((name, _)) => {
            let whole = &attribute.name;
            Err(ScimError::Mutability(format!(
                "`{whole}.{name}` cannot be changed; replace the whole element of `{whole}`"
            )))
        }
    }
}

/// A reference that gets another `value` loses the `$ref` and names of the old one.
pub(super) fn forget_stale_reference(attribute: &Attribute, old: &mut Map<String, Value>, new: &Map<String, Value>) {
    let is_reference = attribute.sub("$ref").is_some();
    if is_reference && new.get("value").is_some_and(|value| old.get("value") != Some(value)) {
        old.retain(|name, _| !["$ref", "display", "displayName"].contains(&name.as_str()));
    }
}

/// A reference without `value` refers to nothing.
pub(super) fn lost_its_value(attribute: &Attribute, parts: &Map<String, Value>) -> bool {
    attribute.sub("$ref").is_some() && attribute.sub("value").is_some() && !parts.contains_key("value")
}

/// The same values, whatever their order.
pub(super) fn same_values(a: &[Value], b: &[Value]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    if a == b {
        return true;
    }
    let sorted = |list: &[Value]| {
        let mut texts: Vec<String> = list.iter().map(canonical).collect();
        texts.sort_unstable();
        texts
    };
    sorted(a) == sorted(b)
}

fn changed_element(
    found: Found<'_>,
    element: &Value,
    filter: Option<&Filter>,
    change: &ElementChange,
) -> Result<Value, ScimError> {
    let parts = match change {
        ElementChange::Remove => return Ok(Value::Null),
        ElementChange::Replace(Value::Object(new)) => {
            // What the filter says of the element stays true unless the value says otherwise.
            let mut parts = filter.and_then(|filter| described_by(filter, found)).unwrap_or_default();
            parts.extend(new.clone());
            return Ok(Value::Object(parts));
        }
        ElementChange::Replace(new) => return Ok(new.clone()),
        ElementChange::Merge(parts, _) => parts.clone(),
        ElementChange::SetSub(name, value) => [(name.clone(), value.clone())].into_iter().collect(),
        ElementChange::RemoveSub(_) => Map::new(),
    };
    let Value::Object(old) = element else { return Ok(element.clone()) };
    check_parts(found.attribute, old, &parts)?;
    let mut new = old.clone();
    forget_stale_reference(found.attribute, &mut new, &parts);
    match change {
        ElementChange::Merge(_, cleared) => new.retain(|name, _| !cleared.contains(name)),
        ElementChange::RemoveSub(name) => {
            new.shift_remove(name);
        }
        _ => {}
    }
    new.extend(parts);
    Ok(Value::Object(new))
}

fn create(
    found: Found<'_>,
    list: &mut Vec<Value>,
    filter: Option<&Filter>,
    change: &ElementChange,
) -> Result<(), ScimError> {
    let news = match change {
        // Nothing to take away from.
        ElementChange::Remove | ElementChange::RemoveSub(_) => return Ok(()),
        ElementChange::Replace(Value::Object(parts)) | ElementChange::Merge(parts, _) => parts.clone(),
        ElementChange::SetSub(name, value) => [(name.clone(), value.clone())].into_iter().collect(),
        ElementChange::Replace(_) => Map::new(),
    };
    if news.is_empty() && matches!(change, ElementChange::Merge(..)) {
        return Ok(());
    }
    let described = match filter {
        _ if Elements::of(found.attribute).are_references() => None,
        None => Some(Map::new()),
        Some(filter) => described_by(filter, found),
    };
    let Some(mut parts) = described.filter(|_| !news.is_empty()) else {
        let name = &found.attribute.name;
        return Err(ScimError::NoTarget(format!("no element of `{name}` matches the filter; add the element first")));
    };
    parts.extend(news);
    list.push(Value::Object(parts));
    let added = list.len() - 1;
    keep_one_primary(list, |index| index == added);
    Ok(())
}

/// The parts of an element that a filter of `eq` comparisons describes; `None` for any other filter.
fn described_by(filter: &Filter, found: Found<'_>) -> Option<Map<String, Value>> {
    match filter {
        Filter::And(left, right) => {
            let mut parts = described_by(left, found)?;
            for (name, value) in described_by(right, found)? {
                // `type eq "a" and type eq "b"` describes nothing.
                if parts.insert(name, value.clone()).is_some_and(|other| other != value) {
                    return None;
                }
            }
            Some(parts)
        }
        Filter::Compare(path, Operator::Eq, literal)
            if !literal.is_null() && found.attribute.kind == AttributeType::Complex =>
        {
            let sub = found.sub(&path.name)?;
            let mut parts = Map::new();
            if sub.kept && sub.attribute.mutability != Mutability::ReadOnly {
                parts.insert(path.name.clone(), literal.clone());
            }
            Some(parts)
        }
        _ => None,
    }
}

fn sets_primary(change: &ElementChange) -> bool {
    let is_primary = |parts: &Map<String, Value>| parts.get("primary") == Some(&Value::Bool(true));
    match change {
        ElementChange::Merge(parts, _) | ElementChange::Replace(Value::Object(parts)) => is_primary(parts),
        ElementChange::SetSub(name, value) => name == "primary" && *value == Value::Bool(true),
        _ => false,
    }
}

/// A text that equal values share whatever the order of their members.
fn canonical(value: &Value) -> String {
    let Value::Object(parts) = value else { return value.to_string() };
    let mut parts: Vec<(&String, &Value)> = parts.iter().collect();
    parts.sort_by_key(|(name, _)| name.as_str());
    parts.into_iter().fold(String::new(), |text, (name, value)| format!("{text}{name}={value}\u{0}"))
}
