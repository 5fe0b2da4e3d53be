//! The literal of a comparison, in the type of the attribute that it is compared with. Reads no stored values.

use serde_json::{Number, Value};

use super::Operator;
use super::cursor::Cursor;
use crate::scim::error::ScimError;
use crate::scim::schema::{Attribute, AttributeType};
use crate::scim::value::{boolean_in, timestamp_in};

/// Reads the literal that is next. `name` is the attribute as it is shown in a refusal.
pub(super) fn read(
    cursor: &mut Cursor<'_>,
    attribute: &Attribute,
    operator: Operator,
    name: &str,
) -> Result<Value, ScimError> {
    let start = cursor.offset();
    if cursor.peek() == Some(b'"') {
        let text = cursor.quoted()?;
        return typed(&text, attribute, operator, name).map_err(|expected| cursor.refuse_at(start, &expected));
    }
    let word = cursor.word();
    if word.is_empty() {
        return Err(cursor.refuse("a value, such as \"text\", true or 5"));
    }
    if word.starts_with('\'') {
        // Taken as it stands it would find nobody, and whoever finds nobody creates somebody.
        return Err(cursor.refuse_at(start, "a value in double quotes, such as \"text\""));
    }
    if word == "null" {
        if !matches!(operator, Operator::Eq | Operator::Ne) {
            return Err(cursor.refuse_at(start, "a value: only `eq` and `ne` compare with null"));
        }
        return Ok(Value::Null);
    }
    let joined = (attribute.kind == AttributeType::DateTime).then(|| offset_after(cursor)).flatten();
    let text = joined.map_or_else(|| word.to_owned(), |offset| format!("{word}+{offset}"));
    typed(&text, attribute, operator, name).map_err(|expected| cursor.refuse_at(start, &expected))
}

/// Is the operator possible for the type? RFC 7644 section 3.4.2.2: no order on booleans and binaries.
pub(super) fn check_operator(attribute: &Attribute, operator: Operator, name: &str) -> Result<(), String> {
    let is_order = matches!(operator, Operator::Gt | Operator::Ge | Operator::Lt | Operator::Le);
    let is_part = matches!(operator, Operator::Co | Operator::Sw | Operator::Ew);
    let (kind, refused, possible) = match attribute.kind {
        AttributeType::Boolean => ("boolean", is_order || is_part, "eq, ne or pr"),
        AttributeType::Binary => ("binary", is_order, "eq, ne, co, sw, ew or pr"),
        AttributeType::Integer | AttributeType::Decimal => ("a number", is_part, "eq, ne, gt, ge, lt, le or pr"),
        _ => return Ok(()),
    };
    if refused { Err(format!("{possible}, because `{name}` is {kind}")) } else { Ok(()) }
}

/// The text in the attribute's type; the error says what was expected.
fn typed(text: &str, attribute: &Attribute, operator: Operator, name: &str) -> Result<Value, String> {
    let is_part = matches!(operator, Operator::Co | Operator::Sw | Operator::Ew);
    match attribute.kind {
        AttributeType::Boolean => {
            boolean_in(text).map(Value::Bool).ok_or_else(|| format!("true or false, because `{name}` is boolean"))
        }
        AttributeType::Integer | AttributeType::Decimal => text
            .parse::<Number>()
            .map(Value::Number)
            .map_err(|_| format!("a number such as 5 or -2.5, because `{name}` is a number")),
        // `sw "2026-03"` is a comparison of texts, and so is one with a day.
        AttributeType::DateTime if !is_part && !begins_like_a_day(text) && timestamp_in(text).is_none() => {
            Err(format!("a time such as 2026-03-01T09:30:00Z, because `{name}` is one"))
        }
        _ => Ok(Value::String(text.to_owned())),
    }
}

/// `2026`, `2026-03`, `2026-03-01`: what can be compared with a time as texts are.
fn begins_like_a_day(text: &str) -> bool {
    let is_day = |byte: u8| byte.is_ascii_digit() || byte == b'-';
    text.starts_with(|first: char| first.is_ascii_digit()) && text.bytes().all(is_day)
}

/// The ` 02:00` that is left of `+02:00` when a client does not encode the plus sign of an unquoted time.
fn offset_after<'t>(cursor: &mut Cursor<'t>) -> Option<&'t str> {
    let bytes = cursor.rest().as_bytes();
    let [b' ', a, b, b':', c, d, rest @ ..] = bytes else { return None };
    let digits = [a, b, c, d].into_iter().all(u8::is_ascii_digit);
    let ends = rest.first().is_none_or(|byte| byte.is_ascii_whitespace() || *byte == b')');
    (digits && ends).then(|| &cursor.take(6)[1..])
}
