//! What a filter between brackets needs of an element. Makes no SQL of it.

use serde_json::Value;

use crate::scim::filter::{Filter, Operator};

/// The value that an element must have so that the filter inside the bracket can hold.
pub(super) fn needed_value(filter: &Filter) -> Option<&Value> {
    match filter {
        Filter::And(left, right) => needed_value(left).or_else(|| needed_value(right)),
        Filter::Compare(path, Operator::Eq, value) => {
            let sub = path.sub.as_deref().unwrap_or(&path.name);
            (sub == "value").then_some(value)
        }
        _ => None,
    }
}
