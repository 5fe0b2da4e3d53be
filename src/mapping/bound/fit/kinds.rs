//! Whether a value that the vendor shows has the type that its field declares. What the bridge makes of it anyway is no problem; it is told.

use serde_json::Value;

use crate::mapping::bound::fields::BoundField;
use crate::mapping::convert::coerce;
use crate::mapping::model::FieldType;
use crate::mapping::tree::resolve::{kind_of, scalar_text};

/// How well a value fits a declared type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    /// It has the type.
    Fits,
    /// The bridge reads it as that type; the words say what it is.
    Read(&'static str),
    /// It is something else, in these words.
    Wrong(&'static str),
}

/// The declared type as the file says it.
pub(super) fn word(kind: FieldType) -> &'static str {
    match kind {
        FieldType::String => "string",
        FieldType::Integer => "integer",
        FieldType::Number => "number",
        FieldType::Boolean => "boolean",
        FieldType::StringList => "string_list",
        FieldType::IntegerList => "integer_list",
        FieldType::LevelMap => "level_map",
    }
}

/// How well the value of a field fits. `value` is what stands where the field is read.
pub(super) fn fit_of(field: &BoundField, value: &Value) -> Fit {
    match (field.spec.kind, value) {
        (FieldType::LevelMap, value) => levels(field, value),
        (FieldType::StringList, value) => list(FieldType::String, value),
        (FieldType::IntegerList, value) => list(FieldType::Integer, value),
        // a path through all elements, of which the first is taken
        (kind, Value::Array(elements)) if field.read.finds_many() => {
            elements.first().map_or(Fit::Fits, |first| single(kind, first))
        }
        (kind, value) => single(kind, value),
    }
}

fn single(kind: FieldType, value: &Value) -> Fit {
    let is_scalar = scalar_text(value).is_some();
    match (kind, value) {
        (FieldType::String, Value::String(_) | Value::Number(_))
        | (FieldType::Integer | FieldType::Number, Value::Number(_))
        | (FieldType::Boolean, Value::Bool(_)) => match coerce(kind, value.clone()) {
            Ok(_) => Fit::Fits,
            Err(_) => Fit::Wrong("a number with a fraction"),
        },
        (_, value) if is_scalar && coerce(kind, value.clone()).is_ok() => Fit::Read(match value {
            Value::String(_) => "a text",
            _ => kind_of(value),
        }),
        (_, value) => Fit::Wrong(kind_of(value)),
    }
}

fn list(kind: FieldType, value: &Value) -> Fit {
    match value {
        Value::Array(elements) => {
            let worst = elements.iter().map(|element| single(kind, element));
            worst.fold(Fit::Fits, |worst, next| match (worst, next) {
                (Fit::Wrong(_), _) | (_, Fit::Fits) => worst,
                (_, Fit::Read(_)) => Fit::Read("a list of texts"),
                (_, Fit::Wrong("an object")) => Fit::Wrong("a list of objects"),
                (_, Fit::Wrong("a list")) => Fit::Wrong("a list of lists"),
                (_, Fit::Wrong(_)) => Fit::Wrong("a list of other values"),
            })
        }
        one => match single(kind, one) {
            Fit::Wrong(what) => Fit::Wrong(what),
            Fit::Fits | Fit::Read(_) => Fit::Read("a single value"),
        },
    }
}

fn levels(field: &BoundField, value: &Value) -> Fit {
    let Some((name, level)) = &field.read_each else {
        return match (value, coerce(FieldType::LevelMap, value.clone())) {
            (_, Ok(_)) => Fit::Fits,
            (Value::Array(_), Err(_)) => Fit::Wrong("a list without `value` and `level`"),
            (value, Err(_)) => Fit::Wrong(kind_of(value)),
        };
    };
    let Value::Array(elements) = value else { return Fit::Wrong(kind_of(value)) };
    let has = |path: &crate::mapping::vendor_path::VendorPath, element: &Value| {
        path.first(element).and_then(scalar_text).is_some_and(|text| !text.is_empty())
    };
    if elements.iter().any(|element| !has(name, element)) {
        return Fit::Wrong("a list in which an element has nothing at `read_each.name`");
    }
    let is_whole =
        |element: &Value| level.first(element).is_some_and(|level| coerce(FieldType::Integer, level.clone()).is_ok());
    if elements.iter().all(is_whole) {
        Fit::Fits
    } else {
        Fit::Wrong("a list in which an element has no whole number at `read_each.value`")
    }
}
