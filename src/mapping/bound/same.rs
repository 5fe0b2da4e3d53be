//! When two values of a field are the same for the vendor. Lists are sets, levels go by their names; numbers equal their digits; no value, `null`, an empty text
//! and an empty list are all nothing.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::Bound;
use super::fields::BoundField;
use crate::mapping::convert::{canonical, is_empty};
use crate::mapping::model::Compare;
use crate::scim::text::fold;

impl Bound {
    /// Are the two values of a field the same for this vendor?
    pub fn same(&self, field: &str, a: Option<&Value>, b: Option<&Value>) -> bool {
        let (a, b) = (a.filter(|value| !is_empty(value)), b.filter(|value| !is_empty(value)));
        let (a, b) = match (a, b) {
            (None, None) => return true,
            (Some(a), Some(b)) => (a, b),
            _ => return false,
        };
        if a == b {
            return true;
        }
        let field = self.fields.get(field);
        let form = |value: &Value| comparable(field, value);
        match (a, b) {
            (Value::Object(a), Value::Object(b)) => {
                let forms = |levels: &Map<String, Value>| -> BTreeMap<String, String> {
                    let one = |(name, level): (&String, &Value)| (form(&Value::from(name.as_str())), canonical(level));
                    levels.iter().map(one).collect()
                };
                forms(a) == forms(b)
            }
            (Value::Array(_), _) | (_, Value::Array(_)) => set_of(a, &form) == set_of(b, &form),
            _ => form(a) == form(b),
        }
    }
}

fn set_of(value: &Value, form: &dyn Fn(&Value) -> String) -> Vec<String> {
    let values = value.as_array().map_or_else(|| std::slice::from_ref(value), Vec::as_slice);
    let mut forms: Vec<String> = values.iter().map(form).collect();
    forms.sort_unstable();
    forms.dedup();
    forms
}

/// A text that is the same for values that are the same in this field.
pub(super) fn comparable(field: Option<&BoundField>, value: &Value) -> String {
    let read_as = field.and_then(|field| field.table.as_ref()).filter(|table| table.compares_words());
    let text = match read_as {
        Some(table) => canonical(&table.look_back(value)),
        None => canonical(value),
    };
    match field.map_or(Compare::Exact, |field| field.spec.compare) {
        Compare::Exact => text,
        Compare::IgnoreCase => fold(&text),
        Compare::Loose => fold(text.trim()),
    }
}
