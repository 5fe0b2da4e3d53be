use rstest::rstest;
use serde_json::json;

use super::*;
use crate::scim::schema::{ENTERPRISE_USER, group_type, user_type};

fn resource() -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE_USER],
        "id": "7a3f",
        "userName": "mara",
        "name": {"givenName": "Mara", "familyName": "Voss"},
        "emails": [{"value": "a@b.c", "type": "work"}, {"value": "d@e.f", "type": "home"}],
        "meta": {"resourceType": "User", "created": "2026-03-01T09:30:00Z"},
        ENTERPRISE_USER: {"department": "Care", "manager": {"value": "91bc", "$ref": "x"}}
    })
}

fn shown(attributes: Option<&str>, excluded: Option<&str>) -> Value {
    let types = user_type();
    let projection = Projection::parse(attributes, excluded, &types).unwrap();
    Value::Object(projection.apply(resource().as_object().unwrap().clone(), &types))
}

#[rstest]
// R40, R41: `schemas` and `id` are always returned.
#[case("userName", &["schemas", "id", "userName"])]
#[case("USERNAME, Emails", &["schemas", "id", "userName", "emails"])]
#[case("id", &["schemas", "id"])]
#[case("shoeSize", &["schemas", "id"])]
#[case("meta", &["schemas", "id", "meta"])]
#[case("manager", &["schemas", "id", ENTERPRISE_USER])]
#[case("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", &["schemas", "id", ENTERPRISE_USER])]
#[case("urn:ietf:params:scim:schemas:core:2.0:User:userName", &["schemas", "id", "userName"])]
#[case("urn:ietf:params:scim:schemas:core:2.0:User", &["schemas", "id", "userName", "name", "emails", "meta"])]
// D18
#[case(r#"emails[type eq "work"]"#, &["schemas", "id", "emails"])]
#[case(r#"emails[value eq "a,b]"],userName"#, &["schemas", "id", "userName", "emails"])]
fn only_what_is_asked_for(#[case] attributes: &str, #[case] expected: &[&str]) {
    let shown = shown(Some(attributes), None);
    let keys: Vec<&String> = shown.as_object().unwrap().keys().collect();
    assert_eq!(keys, expected);
}

#[test]
fn parts_can_be_asked_for() {
    let shown = shown(Some(r#"name.givenName,emails[type eq "work"].value,manager.value"#), None);
    assert_eq!(shown["name"], json!({"givenName": "Mara"}));
    assert_eq!(shown["emails"], json!([{"value": "a@b.c"}, {"value": "d@e.f"}]));
    assert_eq!(shown[ENTERPRISE_USER], json!({"manager": {"value": "91bc"}}));
}

#[test]
fn parts_and_attributes_can_be_left_out() {
    let shown = shown(None, Some("name.familyName, emails, id, department,schemas"));
    assert_eq!(shown["name"], json!({"givenName": "Mara"}));
    assert!(shown.get("emails").is_none());
    assert_eq!(shown["id"], "7a3f"); // R41: returned always
    assert!(shown.get("schemas").is_some() && shown.get("meta").is_some());
    assert_eq!(shown[ENTERPRISE_USER], json!({"manager": {"value": "91bc", "$ref": "x"}}));
    let types = user_type();
    let projection = Projection::parse(None, Some(ENTERPRISE_USER), &types).unwrap();
    let without = projection.apply(resource().as_object().unwrap().clone(), &types);
    assert!(without.get(ENTERPRISE_USER).is_none() && without.get("userName").is_some());
}

#[test]
fn members_can_be_left_out() {
    // Sections 4.5 and 4.13
    let types = group_type();
    let group = json!({"id": "g", "displayName": "Care", "members": [{"value": "7a3f"}]});
    let projection = Projection::parse(None, Some("members"), &types).unwrap();
    let shown = projection.apply(group.as_object().unwrap().clone(), &types);
    assert_eq!(Value::Object(shown), json!({"id": "g", "displayName": "Care"}));
    assert!(!projection.shows("members") && projection.shows("displayName"));
    assert!(!Projection::parse(Some("id"), None, &types).unwrap().shows("members"));
    assert!(Projection::parse(Some("members.value"), None, &types).unwrap().shows("members"));
    assert!(Projection::parse(None, Some("members.display"), &types).unwrap().shows("members"));
}

#[test]
fn both_parameters_together_are_refused() {
    // R40
    let parse = |attributes, excluded| Projection::parse(attributes, excluded, &user_type());
    assert!(matches!(parse(Some("id"), Some("emails")), Err(ScimError::InvalidValue(_))));
    assert!(parse(Some(" "), Some("emails")).is_ok());
}

#[test]
fn nothing_asked_for_is_everything() {
    let projection = Projection::parse(None, Some(""), &user_type()).unwrap();
    assert!(projection.is_everything());
    assert_eq!(shown(None, None), resource());
    assert!(Projection::default().is_everything());
}

#[test]
fn what_is_never_returned_is_not_even_on_request() {
    // R41
    let mut types = user_type();
    let attributes = &mut types.extensions[0].attributes;
    attributes[0].returned = Returned::Never;
    attributes[1].returned = Returned::Request;
    attributes[2].returned = Returned::Always;
    let extension = json!({"employeeNumber": "1", "costCenter": "2", "organization": "3", "division": "4"});
    let resource = json!({"id": "1", ENTERPRISE_USER: extension});
    let shown = |attributes: Option<&str>, excluded: Option<&str>| {
        let projection = Projection::parse(attributes, excluded, &types).unwrap();
        assert!(!projection.is_everything());
        projection.apply(resource.as_object().unwrap().clone(), &types)[ENTERPRISE_USER].clone()
    };
    assert_eq!(shown(None, None), json!({"organization": "3", "division": "4"}));
    assert_eq!(shown(Some("employeeNumber,costCenter"), None), json!({"costCenter": "2", "organization": "3"}));
    assert_eq!(shown(None, Some("organization,division")), json!({"organization": "3"}));
}
