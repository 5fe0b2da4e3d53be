//! What resources are sorted by (RFC 7644 section 3.4.2.3): the value of one attribute, in a form that compares as its type does. Sorts nothing.

use std::cmp::Ordering;

use jiff::Timestamp;
use serde_json::{Map, Number, Value};

use super::filter::AttrPath;
use super::schema::{AttributeType, ResourceType};
use super::text::fold;
use super::value::{is_empty, timestamp_in};

/// The value by which one resource is sorted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SortKey {
    /// `false` before `true`.
    Flag(bool),
    /// By size.
    Number(SortNumber),
    /// By time, whatever the time zone in which it is written.
    Time(Timestamp),
    /// By code points, folded unless the attribute is `caseExact`.
    Text(String),
}

/// A number that can be compared with every other.
#[derive(Debug, Clone, Copy)]
pub struct SortNumber {
    /// Whole numbers exactly, beyond what a floating-point number tells apart.
    whole: Option<i128>,
    float: f64,
}

/// The value of the attribute in the resource (schema case, with `id` and `meta`); `None` when it has none.
///
/// Of several values the primary one counts, else the first; of a complex value without a named part its `value`.
pub fn sort_key(by: &AttrPath, resource_type: &ResourceType, resource: &Map<String, Value>) -> Option<SortKey> {
    let stored = match &by.urn {
        None => resource.get(&by.name)?,
        Some(urn) => resource.get(urn)?.get(&by.name)?,
    };
    let single = match stored {
        Value::Array(values) => values.iter().find(|value| is_primary(value)).or_else(|| values.first())?,
        single => single,
    };
    let part = by.sub.as_deref().unwrap_or("value");
    let value = match single {
        Value::Object(parts) => parts.get(part)?,
        simple => simple,
    };
    if is_empty(value) {
        return None;
    }
    let found = resource_type.find(by.urn.as_deref(), &by.name);
    let leaf = found.and_then(|found| match found.attribute.kind {
        AttributeType::Complex => found.sub(part).map(|sub| sub.attribute),
        _ => Some(found.attribute),
    });
    match value {
        Value::Bool(flag) => Some(SortKey::Flag(*flag)),
        Value::Number(number) => SortNumber::of(number).map(SortKey::Number),
        Value::String(text) => {
            let kind = leaf.map(|leaf| leaf.kind);
            let time = timestamp_in(text).filter(|_| kind == Some(AttributeType::DateTime));
            let exact = kind == Some(AttributeType::Binary) || leaf.is_some_and(|leaf| leaf.case_exact);
            Some(time.map_or_else(|| SortKey::Text(if exact { text.clone() } else { fold(text) }), SortKey::Time))
        }
        _ => None,
    }
}

/// The order of two resources by their values: without a value last, and first when it is the other way round.
pub fn compare(left: Option<&SortKey>, right: Option<&SortKey>, descending: bool) -> Ordering {
    let ascending = match (left, right) {
        (Some(left), Some(right)) => left.cmp(right),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    };
    if descending { ascending.reverse() } else { ascending }
}

fn is_primary(value: &Value) -> bool {
    value.get("primary").and_then(Value::as_bool).unwrap_or(false)
}

impl SortNumber {
    fn of(number: &Number) -> Option<Self> {
        let whole = number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from));
        Some(Self { whole, float: number.as_f64()? })
    }
}

impl Ord for SortNumber {
    fn cmp(&self, other: &Self) -> Ordering {
        // Zero has a sign for floating-point numbers only.
        let floats = (self.float + 0.0).total_cmp(&(other.float + 0.0));
        match (self.whole, other.whole) {
            (Some(left), Some(right)) => floats.then_with(|| left.cmp(&right)),
            _ => floats,
        }
    }
}

impl PartialOrd for SortNumber {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for SortNumber {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for SortNumber {}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::schema::{Attribute, ENTERPRISE_USER, user_type};
    use super::*;

    fn key(by: &str, resource: &Value) -> Option<SortKey> {
        let (urn, rest) = match by.rsplit_once(':') {
            Some((urn, rest)) => (Some(urn.to_owned()), rest),
            None => (None, by),
        };
        let (name, sub) = match rest.split_once('.') {
            Some((name, sub)) => (name.to_owned(), Some(sub.to_owned())),
            None => (rest.to_owned(), None),
        };
        let mut resource_type = user_type();
        for (name, kind) in [("level", AttributeType::Decimal), ("badge", AttributeType::Binary)] {
            resource_type.core.attributes.push(Attribute::new(name, kind, ""));
        }
        sort_key(&AttrPath { urn, name, sub }, &resource_type, resource.as_object().unwrap())
    }

    fn text(text: &str) -> SortKey {
        SortKey::Text(text.to_owned())
    }

    #[test]
    fn the_value_is_that_of_the_attribute_the_part_or_the_extension() {
        let resource = json!({
            "userName": "Ada", "name": { "familyName": "Lovelace" }, "externalId": "Ext", "badge": "QQ==",
            ENTERPRISE_USER: { "department": "Sales", "manager": { "value": "M1" } },
        });
        assert_eq!(key("userName", &resource), Some(text("ada")));
        assert_eq!(key("externalId", &resource), Some(text("Ext")), "caseExact");
        assert_eq!(key("badge", &resource), Some(text("QQ==")));
        assert_eq!(key("name.familyName", &resource), Some(text("lovelace")));
        assert_eq!(key("name.givenName", &resource), None);
        assert_eq!(key("name", &resource), None);
        assert_eq!(key(&format!("{ENTERPRISE_USER}:department"), &resource), Some(text("sales")));
        assert_eq!(key(&format!("{ENTERPRISE_USER}:manager"), &resource), Some(text("M1")), "caseExact");
        assert_eq!(key("urn:other:department", &resource), None);
    }

    #[test]
    fn of_several_values_the_primary_or_the_first_counts() {
        let emails = |primary: bool| {
            json!({ "emails": [
            { "value": "B", "type": "work" }, { "value": "A", "type": "home", "primary": primary },
        ] })
        };
        assert_eq!(key("emails", &emails(false)), Some(text("b")));
        assert_eq!(key("emails", &emails(true)), Some(text("a")));
        assert_eq!(key("emails.type", &emails(true)), Some(text("home")));
        assert_eq!(key("emails", &json!({ "emails": [] })), None);
        assert_eq!(key("userName", &json!({ "userName": "" })), None);
    }

    #[test]
    fn values_compare_by_their_type() {
        let of = |by: &str, values: &[Value]| {
            values.iter().map(|value| key(by, &json!({ by: value })).unwrap()).collect::<Vec<_>>()
        };
        let levels = of(
            "level",
            &[json!(-1), json!(2), json!(10.5), json!(9_007_199_254_740_992_u64), json!(9_007_199_254_740_993_u64)],
        );
        assert!(levels.is_sorted_by(|left, right| left < right), "{levels:?}");
        assert_eq!(of("level", &[json!(0), json!(1)]), of("level", &[json!(-0.0), json!(1.0)]));
        assert!(of("active", &[json!(false), json!(true)]).is_sorted_by(|left, right| left < right));
        let meta = |time: &str| key("meta.created", &json!({ "meta": { "created": time } })).unwrap();
        assert!(meta("2026-01-01T12:00:00+02:00") < meta("2026-01-01T11:00:00Z"));
    }

    #[test]
    fn what_has_no_value_comes_last_and_first_the_other_way_round() {
        let (a, b) = (Some(text("a")), Some(text("b")));
        for (left, right, expected) in [
            (&a, &b, Ordering::Less),
            (&b, &a, Ordering::Greater),
            (&a, &None, Ordering::Less),
            (&None, &a, Ordering::Greater),
            (&None, &None, Ordering::Equal),
        ] {
            assert_eq!(compare(left.as_ref(), right.as_ref(), false), expected);
            assert_eq!(compare(left.as_ref(), right.as_ref(), true), expected.reverse());
        }
    }
}
