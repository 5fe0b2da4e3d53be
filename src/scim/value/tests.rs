use serde_json::json;

use super::*;
use crate::scim::schema::{ENTERPRISE_USER, Found, group_type, user_type};

fn with<T>(name: &str, test: impl FnOnce(Found<'_>) -> T) -> T {
    test(user_type().find(None, name).unwrap())
}

fn elements(name: &str, value: &Value) -> Value {
    Value::Array(with(name, |found| read_elements(found.attribute, name, value)).unwrap())
}

#[test]
fn booleans_may_come_as_texts_and_nothing_else() {
    // D2
    let read = |value: Value| with("active", |found| read_simple(found.attribute, "active", &value));
    for text in ["True", "true", "TRUE"] {
        assert_eq!(read(json!(text)).unwrap(), Some(json!(true)));
    }
    assert_eq!(read(json!("False")).unwrap(), Some(json!(false)));
    assert_eq!(read(json!("")).unwrap(), None);
    for wrong in [json!("yes"), json!(1), json!({"a": 1}), json!(["true"])] {
        let error = read(wrong.clone()).unwrap_err();
        assert!(matches!(&error, ScimError::InvalidValue(text) if text.contains("`active`")), "{wrong} {error}");
    }
}

#[test]
fn texts_are_never_made_of_other_types() {
    // D2
    let read = |value: Value| with("title", |found| read_simple(found.attribute, "title", &value));
    assert_eq!(read(json!("True")).unwrap(), Some(json!("True")));
    assert!(read(json!(true)).is_err());
    assert!(read(json!(5)).is_err());
}

#[test]
fn a_refusal_never_quotes_the_value() {
    let error = with("active", |found| read_simple(found.attribute, "active", &json!("geheim"))).unwrap_err();
    assert!(!error.to_string().contains("geheim"));
}

#[test]
fn numbers_may_come_as_texts() {
    let integer = Attribute::new("level", AttributeType::Integer, "");
    let read = |value: Value| read_simple(&integer, "level", &value);
    assert_eq!(read(json!(5)).unwrap(), Some(json!(5)));
    assert_eq!(read(json!(5.0)).unwrap(), Some(json!(5)));
    assert_eq!(read(json!("5")).unwrap(), Some(json!(5)));
    for wrong in [json!(5.5), json!("5.5"), json!("five"), json!(true), json!(1e300)] {
        assert!(read(wrong.clone()).is_err(), "{wrong}");
    }
    let decimal = Attribute::new("rate", AttributeType::Decimal, "");
    assert_eq!(read_simple(&decimal, "rate", &json!("2.5")).unwrap(), Some(json!(2.5)));
}

#[test]
fn times_have_a_date_and_a_time() {
    // R82
    let time = timestamp_in("2026-03-01T09:30:00Z").unwrap();
    assert_eq!(timestamp_in("2026-03-01T10:30:00+01:00"), Some(time));
    assert_eq!(timestamp_in("2026-03-01T10:30:00 01:00"), Some(time));
    assert_eq!(timestamp_in("2026-03-01T09:30:00"), Some(time));
    assert_eq!(timestamp_in("2026-03-01T09:30:00.0000000Z"), Some(time));
    for wrong in ["2026-03-01", "09:30:00", "yesterday", "", "T", "2026-13-01T09:30:00Z"] {
        assert_eq!(timestamp_in(wrong), None, "{wrong}");
    }
}

#[test]
fn a_manager_comes_in_three_forms_and_goes_in_five() {
    // D13, B14
    let resource_type = user_type();
    let found = resource_type.find(Some(ENTERPRISE_USER), "manager").unwrap();
    let read = |value: Value| read_object(found.attribute, "manager", &value).unwrap();
    let wanted = Object::Parts(json!({"value": "91bc"}).as_object().unwrap().clone(), vec![]);
    assert_eq!(read(json!("91bc")), wanted);
    assert_eq!(read(json!({"Value": "91bc"})), wanted);
    assert_eq!(read(json!([{"value": "91bc", "displayName": "read only"}])), wanted);
    for empty in
        [json!(""), json!(null), json!([]), json!({"value": ""}), json!({"value": null}), json!([{"value": ""}])]
    {
        assert_eq!(read(empty.clone()), Object::Empty, "{empty}");
    }
    assert_eq!(read(json!({"displayName": "read only"})), Object::Nothing);
    assert!(read_object(found.attribute, "manager", &json!([{"value": "1"}, {"value": "2"}])).is_err());
    assert!(read_object(found.attribute, "manager", &json!(5)).is_err());
}

#[test]
fn one_value_may_come_without_its_list_and_as_a_bare_text() {
    // D9
    assert_eq!(elements("roles", &json!("Agent")), json!([{"value": "Agent"}]));
    assert_eq!(elements("roles", &json!({"value": "Agent"})), json!([{"value": "Agent"}]));
    assert_eq!(elements("roles", &json!(["Agent", {"value": "Lead"}])), json!([{"value": "Agent"}, {"value": "Lead"}]));
    assert_eq!(elements("roles", &json!([])), json!([]));
    let wrong = with("emails", |found| read_elements(found.attribute, "emails", &json!([5])));
    assert!(matches!(wrong, Err(ScimError::InvalidValue(_))));
    // An address has no `value` that a bare text could be.
    assert!(with("addresses", |found| read_elements(found.attribute, "addresses", &json!(["Oslo"]))).is_err());
}

#[test]
fn a_role_may_be_a_document_in_a_text() {
    // D38, B15
    let text = r#"{"id":"1","value":"Agent","displayName":"The agent"}"#;
    let wanted = json!([{"value": "Agent", "display": "The agent"}]);
    assert_eq!(elements("roles", &json!([{"value": text}])), wanted);
    assert_eq!(elements("roles", &json!(text)), wanted);
    assert_eq!(
        elements("roles", &json!([{"value": r#"{"value":null,"displayName":"User"}"#}])),
        json!([{"value": "User", "display": "User"}])
    );
    for kept in ["{not json", r#"{"id": 5}"#, "[1]"] {
        assert_eq!(elements("roles", &json!([{"value": kept}])), json!([{"value": kept}]));
    }
    // Only in roles.
    assert_eq!(elements("entitlements", &json!([{"value": text}])), json!([{"value": text}]));
}

#[test]
fn empty_elements_are_no_elements() {
    let given =
        json!([null, "", {}, {"type": "work"}, {"type": "work", "value": ""}, {"value": "a@b.c", "display": null}]);
    assert_eq!(elements("emails", &given), json!([{"value": "a@b.c"}]));
}

#[test]
fn equal_type_and_value_collapse_into_one() {
    // D46
    let given = json!([
        {"type": "work", "value": "a@b.c"}, {"type": "Work", "value": "A@b.c", "primary": true}, {"type": "home", "value": "a@b.c"}
    ]);
    let wanted = json!([{"type": "work", "value": "a@b.c", "primary": true}, {"type": "home", "value": "a@b.c"}]);
    assert_eq!(elements("emails", &given), wanted);
    let addresses =
        json!([{"locality": "Oslo", "type": "work"}, {"type": "work", "locality": "Oslo"}, {"locality": "Bergen"}]);
    assert_eq!(elements("addresses", &addresses).as_array().unwrap().len(), 2);
}

#[test]
fn of_several_primaries_the_first_stays() {
    // D33
    let given =
        json!([{"value": "1", "primary": false}, {"value": "2", "primary": "True"}, {"value": "3", "primary": true}]);
    let wanted =
        json!([{"value": "1", "primary": false}, {"value": "2", "primary": true}, {"value": "3", "primary": false}]);
    assert_eq!(elements("emails", &given), wanted);
}

#[test]
fn members_are_known_by_their_value_alone() {
    // D36
    let resource_type = group_type();
    let found = resource_type.find(None, "members").unwrap();
    let given = json!([{"value": "7a3f", "$ref": null}, {"value": "7a3f", "type": "User", "display": null}, "91bc"]);
    let read = read_elements(found.attribute, "members", &given).unwrap();
    assert_eq!(read.len(), 2);
    assert_eq!(read[1], json!({"value": "91bc"}));
}
