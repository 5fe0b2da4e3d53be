//! Whether values fit types. Converts nothing.

use serde_json::Value;

use crate::mapping::model::FieldType;

/// A type in words, with its article.
pub(super) fn in_words(kind: FieldType) -> &'static str {
    match kind {
        FieldType::String => "a text",
        FieldType::Integer => "a whole number",
        FieldType::Number => "a number",
        FieldType::Boolean => "`true` or `false`",
        FieldType::StringList => "a list of texts",
        FieldType::IntegerList => "a list of whole numbers",
        FieldType::LevelMap => "names with levels",
    }
}

/// The type of one element of a list type; other types are their own.
pub(super) fn element(kind: FieldType) -> FieldType {
    match kind {
        FieldType::StringList => FieldType::String,
        FieldType::IntegerList => FieldType::Integer,
        other => other,
    }
}

/// Whether values of one type can become values of the other.
pub(super) fn meets(from: FieldType, to: FieldType) -> bool {
    from == to
        || matches!((from, to), (FieldType::Integer, FieldType::Number | FieldType::IntegerList))
        || matches!((from, to), (FieldType::String, FieldType::StringList))
}

/// Whether a constant is of a type.
pub(super) fn fits(value: &Value, kind: FieldType) -> bool {
    match kind {
        FieldType::String => value.is_string(),
        FieldType::Integer => value.is_i64() || value.is_u64(),
        FieldType::Number => value.is_number(),
        FieldType::Boolean => value.is_boolean(),
        FieldType::LevelMap => {
            value.as_object().is_some_and(|members| members.values().all(|level| fits(level, FieldType::Integer)))
        }
        FieldType::StringList | FieldType::IntegerList => {
            value.as_array().is_some_and(|items| items.iter().all(|item| fits(item, element(kind))))
        }
    }
}

/// What to write instead of a constant that is not of a type, where that is plain.
pub(super) fn instead(value: &Value, kind: FieldType) -> Option<String> {
    match (value, kind) {
        (Value::String(text), FieldType::Boolean) if matches!(text.as_str(), "yes" | "on" | "Yes" | "On") => {
            Some("write true".to_owned())
        }
        (Value::String(text), FieldType::Boolean) if matches!(text.as_str(), "no" | "off" | "No" | "Off") => {
            Some("write false".to_owned())
        }
        (Value::String(text), _) if serde_json::from_str(text).is_ok_and(|value| fits(&value, kind)) => {
            Some(format!("write it without quotes: {text}"))
        }
        (Value::Number(_) | Value::Bool(_), FieldType::String) => Some(format!("put it in quotes: \"{value}\"")),
        (_, FieldType::StringList | FieldType::IntegerList) if fits(value, element(kind)) => {
            Some(format!("a list is written [{value}]"))
        }
        _ => None,
    }
}

/// A constant in words.
pub(super) fn describe(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(yes) => format!("`{yes}`"),
        Value::Number(number) => format!("the number {number}"),
        Value::String(text) => format!("the text `{text}`"),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}
