//! People whom Entra ID has deleted softly: it puts the 32 hexadecimal digits of the object's id before their user principal name. The bridge shows the
//! name as it came, and the vendor's account keeps the former one; a restored person is renamed back.

use serde_json::{Map, Value};

/// Length of an object id without its hyphens.
const DIGITS: usize = 32;

/// The attributes under the former name, when this is a name that a soft deletion gave.
pub(super) fn under_former_name(attributes: &Map<String, Value>) -> Option<Map<String, Value>> {
    let (digits, _) = split(attributes.get("userName")?.as_str()?)?;
    let digits = digits.to_owned();
    let mut former = attributes.clone();
    for value in former.values_mut() {
        restore(value, &digits);
    }
    Some(former)
}

/// The digits and the former name. A name that is nothing but digits before its domain is somebody's own.
fn split(name: &str) -> Option<(&str, &str)> {
    let (digits, former) = name.split_at_checked(DIGITS)?;
    let is_prefix = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    (is_prefix && !former.is_empty() && !former.starts_with('@')).then_some((digits, former))
}

/// Mail addresses that are made from the name carry the same digits.
fn restore(value: &mut Value, digits: &str) {
    match value {
        Value::String(text) => {
            if let Some((found, former)) = split(text)
                && found.eq_ignore_ascii_case(digits)
            {
                *text = former.to_owned();
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| restore(value, digits)),
        Value::Object(members) => members.values_mut().for_each(|value| restore(value, digits)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const DELETED: &str = "7a3f09c1d2e84b5fa6071829304a5b6cada@example.com";

    fn former(attributes: Value) -> Option<Value> {
        under_former_name(&serde_json::from_value(attributes).unwrap()).map(Value::Object)
    }

    #[test]
    fn a_soft_deleted_person_is_mapped_under_the_former_name() {
        let attributes = json!({
            "userName": DELETED, "externalId": "7a3f09c1d2e84b5fa6071829304a5b6c", "title": "Agent",
            "emails": [{ "value": DELETED, "type": "work" }, { "value": "private@example.com" }],
        });
        let expected = json!({
            "userName": "ada@example.com", "externalId": "7a3f09c1d2e84b5fa6071829304a5b6c", "title": "Agent",
            "emails": [{ "value": "ada@example.com", "type": "work" }, { "value": "private@example.com" }],
        });
        assert_eq!(former(attributes), Some(expected));
    }

    #[test]
    fn other_names_are_peoples_own() {
        for name in [
            "ada@example.com",
            "7a3f09c1d2e84b5fa6071829304a5b6c",
            "7a3f09c1d2e84b5fa6071829304a5b6c@example.com",
            "7a3f09c1-d2e8-4b5f-a607-1829304a5b6cada@example.com",
            "äää",
        ] {
            assert_eq!(former(json!({ "userName": name })), None, "{name}");
        }
    }
}
