//! Values as clients send them, brought into the type that the schema gives. Decides what a value is, not where it goes.

mod elements;

use jiff::Timestamp;
use jiff::fmt::temporal::DateTimePrinter;
use serde_json::{Map, Number, Value};

use super::error::ScimError;
use super::schema::{Attribute, AttributeType, Mutability};

pub(super) use elements::{
    Elements, collapse, has_content, keep_one_primary, read_element, read_elements, unfold_role,
};

/// `true` or `false` in any letter case: Entra sends booleans as texts.
pub fn boolean_in(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        return Some(true);
    }
    text.eq_ignore_ascii_case("false").then_some(false)
}

/// A time in the form of xsd:dateTime (RFC 7643 section 2.3.5). Without an offset it is UTC; a space stands for a plus sign that a URL lost.
pub fn timestamp_in(text: &str) -> Option<Timestamp> {
    if let Ok(timestamp) = text.parse::<Timestamp>() {
        return Some(timestamp);
    }
    if let Some((time, offset)) = text.split_once(' ') {
        let restored = time.contains('T').then(|| format!("{time}+{offset}"))?;
        return restored.parse().ok();
    }
    let civil: jiff::civil::DateTime = text.contains('T').then(|| text.parse().ok())??;
    civil.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

/// A time as resources show it: xsd:dateTime in UTC with milliseconds, because more digits break clients that keep dates in a double. Filters compare
/// with the same text, so that they find what a client has seen.
pub fn date_time(at: Timestamp) -> String {
    static SHOWN: DateTimePrinter = DateTimePrinter::new().precision(Some(3));
    SHOWN.timestamp_to_string(&at)
}

/// Whether a value is none: `null`, `""`, `[]` and `{}` are the same state (RFC 7643 section 2.5; `""` because clients send it to clear).
pub fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(values) => values.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// A single complex value as it was sent.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Object {
    /// Parts with a value, and names of parts that were sent empty.
    Parts(Map<String, Value>, Vec<String>),
    /// Sent as no value at all.
    Empty,
    /// Nothing that a client may write.
    Nothing,
}

/// Reads the value of a simple attribute; `None` when it was sent empty. `place` names the attribute in the refusal.
pub(super) fn read_simple(attribute: &Attribute, place: &str, value: &Value) -> Result<Option<Value>, ScimError> {
    if is_empty(value) {
        return Ok(None);
    }
    let read = match (attribute.kind, value) {
        (AttributeType::Boolean, Value::Bool(_)) | (AttributeType::Decimal, Value::Number(_)) => Some(value.clone()),
        (AttributeType::Boolean, Value::String(text)) => boolean_in(text).map(Value::Bool),
        (AttributeType::Integer, Value::Number(number)) => whole(number).map(Value::Number),
        (AttributeType::Integer, Value::String(text)) => {
            text.parse().ok().and_then(|number| whole(&number)).map(Value::Number)
        }
        (AttributeType::Decimal, Value::String(text)) => text.parse().ok().map(Value::Number),
        (AttributeType::DateTime, Value::String(text)) => timestamp_in(text).map(|_| value.clone()),
        (AttributeType::String | AttributeType::Reference | AttributeType::Binary, Value::String(_)) => {
            Some(value.clone())
        }
        _ => None,
    };
    read.map(Some).ok_or_else(|| wrong_type(attribute, place, value))
}

/// Reads the value of a single complex attribute: an object, an array of one object, or a bare text for its `value` (Entra sends `manager`
/// in all three forms).
pub(super) fn read_object(attribute: &Attribute, place: &str, value: &Value) -> Result<Object, ScimError> {
    let value = match value {
        Value::Array(values) if values.len() > 1 => {
            let problem = format!("`{place}` has a single value, found a list of {}", values.len());
            return Err(ScimError::InvalidValue(problem));
        }
        Value::Array(values) => values.first().unwrap_or(&Value::Null),
        other => other,
    };
    read_parts(attribute, place, value)
}

/// Reads one complex value: an object, or a bare text for its `value`. Undefined and read-only parts are left out.
fn read_parts(attribute: &Attribute, place: &str, value: &Value) -> Result<Object, ScimError> {
    if is_empty(value) {
        return Ok(Object::Empty);
    }
    let given = match value {
        Value::Object(given) => given,
        Value::String(_) => {
            let sub = attribute.sub("value").ok_or_else(|| wrong_type(attribute, place, value))?;
            return Ok(Object::Parts([(sub.name.clone(), value.clone())].into_iter().collect(), Vec::new()));
        }
        _ => return Err(wrong_type(attribute, place, value)),
    };
    let mut parts = Map::new();
    let mut cleared = Vec::new();
    for (key, value) in given {
        let Some(sub) = attribute.sub(key).filter(|sub| sub.mutability != Mutability::ReadOnly) else { continue };
        match read_simple(sub, &format!("{place}.{}", sub.name), value)? {
            Some(value) => {
                parts.insert(sub.name.clone(), value);
            }
            None => cleared.push(sub.name.clone()),
        }
    }
    // `{"value": ""}` is how Entra removes a manager: what is left is no value.
    if cleared.iter().any(|name| name == "value") {
        return Ok(Object::Empty);
    }
    if parts.is_empty() && cleared.is_empty() {
        return Ok(Object::Nothing);
    }
    Ok(Object::Parts(parts, cleared))
}

/// The refusal of a value that does not have the attribute's type. Never quotes the value.
pub(super) fn wrong_type(attribute: &Attribute, place: &str, value: &Value) -> ScimError {
    let wanted = match attribute.kind {
        AttributeType::String | AttributeType::Reference | AttributeType::Binary => "a text",
        AttributeType::Boolean => "true or false",
        AttributeType::Decimal => "a number",
        AttributeType::Integer => "a whole number",
        AttributeType::DateTime => "a time such as 2026-03-01T09:30:00Z",
        AttributeType::Complex => "an object",
    };
    let found = match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) if wanted == "a text" => "another text",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    ScimError::InvalidValue(format!("`{place}` must be {wanted}, found {found}"))
}

/// The number without fraction, when it has none.
fn whole(number: &Number) -> Option<Number> {
    /// 2^53: beyond it a floating-point number does not say which whole number is meant.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.is_i64() || number.is_u64() {
        return Some(number.clone());
    }
    let float = number.as_f64().filter(|float| float.fract() == 0.0 && float.abs() <= EXACT)?;
    format!("{float:.0}").parse().ok()
}

#[cfg(test)]
mod tests;
