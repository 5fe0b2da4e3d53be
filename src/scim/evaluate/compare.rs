//! One stored value against one literal, in the attribute's type. Knows nothing of paths.

use std::cmp::Ordering;

use serde_json::{Number, Value};

use crate::scim::filter::Operator;
use crate::scim::schema::{Attribute, AttributeType};
use crate::scim::text::fold;
use crate::scim::value::{is_empty, timestamp_in};

/// Does `value operator literal` hold? No value is null.
pub(super) fn holds(attribute: Option<&Attribute>, operator: Operator, value: Option<&Value>, literal: &Value) -> bool {
    let Some(value) = value.filter(|value| !is_empty(value)) else {
        return match operator {
            Operator::Eq => literal.is_null(),
            Operator::Ne => !literal.is_null(),
            _ => false,
        };
    };
    match (value, literal) {
        (Value::String(value), Value::String(literal)) => {
            let is_time = attribute.is_some_and(|attribute| attribute.kind == AttributeType::DateTime);
            if is_time
                && let Some((value, literal)) = timestamp_in(value).zip(timestamp_in(literal))
                && let Some(holds) = ordered(operator, value.cmp(&literal))
            {
                return holds;
            }
            let exact =
                attribute.is_some_and(|attribute| attribute.case_exact || attribute.kind == AttributeType::Binary);
            texts(operator, value, literal, exact)
        }
        (Value::Number(value), Value::Number(literal)) => {
            numbers(value, literal).and_then(|order| ordered(operator, order)).unwrap_or(false)
        }
        (Value::Bool(value), Value::Bool(literal)) => ordered(operator, value.cmp(literal)).unwrap_or(false),
        // Different types (null among them) are never equal.
        _ => operator == Operator::Ne,
    }
}

/// `None` for the operators on parts of texts.
fn ordered(operator: Operator, order: Ordering) -> Option<bool> {
    match operator {
        Operator::Eq => Some(order.is_eq()),
        Operator::Ne => Some(order.is_ne()),
        Operator::Gt => Some(order.is_gt()),
        Operator::Ge => Some(order.is_ge()),
        Operator::Lt => Some(order.is_lt()),
        Operator::Le => Some(order.is_le()),
        Operator::Co | Operator::Sw | Operator::Ew => None,
    }
}

fn texts(operator: Operator, value: &str, literal: &str, exact: bool) -> bool {
    if exact {
        return exact_texts(operator, value, literal);
    }
    // The common case without allocation.
    if value.is_ascii() && literal.is_ascii() && matches!(operator, Operator::Eq | Operator::Ne) {
        return value.eq_ignore_ascii_case(literal) == (operator == Operator::Eq);
    }
    exact_texts(operator, &fold(value), &fold(literal))
}

fn exact_texts(operator: Operator, value: &str, literal: &str) -> bool {
    match operator {
        Operator::Co => value.contains(literal),
        Operator::Sw => value.starts_with(literal),
        Operator::Ew => value.ends_with(literal),
        _ => ordered(operator, value.cmp(literal)).unwrap_or(false),
    }
}

fn numbers(a: &Number, b: &Number) -> Option<Ordering> {
    if let Some((a, b)) = a.as_i64().zip(b.as_i64()) {
        return Some(a.cmp(&b));
    }
    if let Some((a, b)) = a.as_u64().zip(b.as_u64()) {
        return Some(a.cmp(&b));
    }
    a.as_f64()?.partial_cmp(&b.as_f64()?)
}
