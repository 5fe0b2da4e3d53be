//! Users: the dialects of the IdPs, single-valued attributes and extensions.

use super::*;

/// The user with one top-level attribute set, or removed by null.
fn with(name: &str, value: Value) -> Value {
    let mut user = user();
    let members = user.as_object_mut().unwrap();
    if value.is_null() {
        members.shift_remove(name);
    } else {
        members.insert(name.to_owned(), value);
    }
    user
}

#[rstest]
// Section 3.5, B20
#[case(json!([{"op": "replace", "value": {"active": false}}]))]
#[case(json!([{"op": "replace", "path": "active", "value": false}]))]
// Section 4.4, D1, D2, B2, B6, B19
#[case(json!([{"op": "Replace", "path": "active", "value": "False"}]))]
#[case(json!([{"OP": "ADD", "PATH": "ACTIVE", "VALUE": "false"}]))]
#[case(json!([{"op": "replace", "path": "urn:ietf:params:scim:schemas:core:2.0:User:active", "value": false}]))]
#[case(json!([{"op": "replace", "value": {"urn:ietf:params:scim:schemas:core:2.0:User": {"active": false}}}]))]
#[case(json!([{"op": "replace", "path": "urn:ietf:params:scim:schemas:core:2.0:User", "value": {"active": false}}]))]
#[case(json!([{"op": "replace", "path": "", "value": {"Active": "FALSE"}}]))]
fn every_dialect_deactivates(#[case] operations: Value) {
    let result = apply(&operations);
    assert_eq!(Value::Object(result.attributes), with("active", json!(false)));
    assert!(result.changed && result.skipped.is_empty());
    assert!(PatchRequest::parse(&message(&operations), &user_type()).unwrap().deactivates());
}

#[test]
fn entras_default_dialect_is_understood() {
    // Section 4.4
    let result = patched(&json!([
        {"op": "Replace", "path": "active", "value": "False"},
        {"op": "Add", "path": "name.givenName", "value": "Maria"},
        {"op": "Add", "path": "emails[type eq \"work\"].value", "value": "mara@example.com"},
        {"op": "Add", "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", "value": "Sales"}
    ]));
    assert_eq!(result["active"], false);
    assert_eq!(result["name"], json!({"givenName": "Maria", "familyName": "Voss"}));
    assert_eq!(result["emails"][1], json!({"type": "work", "value": "mara@example.com"}));
    assert_eq!(result[ENTERPRISE_USER]["department"], "Sales");
}

#[test]
fn entras_flag_dialect_is_understood() {
    // Section 4.4, D4, B9, B10, B11
    let result = patched(&json!([
        {"op": "replace", "value": {
            "displayName": "Mara V.",
            "name.familyName": "Lind",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:costCenter": "C-9",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"division": "D", "manager": {"value": "55"}}
        }},
        {"op": "add", "path": "phoneNumbers[type eq \"mobile\"].value", "value": "+47 400 00 000"}
    ]));
    assert_eq!(result["displayName"], "Mara V.");
    assert_eq!(result["name"], json!({"givenName": "Mara", "familyName": "Lind"}));
    assert_eq!(
        result[ENTERPRISE_USER],
        json!({"department": "Care", "manager": {"value": "55"}, "costCenter": "C-9", "division": "D"})
    );
    assert_eq!(result["phoneNumbers"], json!([{"type": "mobile", "value": "+47 400 00 000"}]));
}

#[rstest]
// D13, B14, section 4.7
#[case(json!({"op": "Add", "path": "manager", "value": "55"}))]
#[case(json!({"op": "Replace", "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager", "value": {"value": "55"}}))]
#[case(json!({"op": "Add", "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager", "value": [{"$ref": null, "value": "55"}]}))]
#[case(json!({"op": "Replace", "path": "manager.value", "value": "55"}))]
fn another_manager_takes_nothing_over_from_the_old_one(#[case] operation: Value) {
    assert_eq!(patched(&json!([operation]))[ENTERPRISE_USER]["manager"], json!({"value": "55"}));
}

#[rstest]
#[case(json!({"op": "Remove", "path": "manager"}))]
#[case(json!({"op": "remove", "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager", "value": "91bc"}))]
#[case(json!({"op": "Replace", "path": "manager", "value": ""}))]
#[case(json!({"op": "Replace", "path": "manager", "value": {"value": ""}}))]
#[case(json!({"op": "Replace", "path": "manager", "value": null}))]
#[case(json!({"op": "Replace", "path": "manager.value", "value": ""}))]
#[case(json!({"op": "remove", "path": "manager.value"}))]
#[case(json!({"op": "replace", "value": {"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager": ""}}))]
fn a_removed_manager_is_absent(#[case] operation: Value) {
    assert_eq!(patched(&json!([operation]))[ENTERPRISE_USER], json!({"department": "Care"}));
}

#[test]
fn replacing_a_complex_attribute_merges() {
    // R60, R66, B16
    for op in ["add", "replace"] {
        let result = patched(&json!([{"op": op, "path": "name", "value": {"familyName": "Lind", "formatted": null}}]));
        assert_eq!(result["name"], json!({"givenName": "Mara", "familyName": "Lind"}));
    }
    assert_eq!(
        patched(&json!([{"op": "replace", "path": "name", "value": {"givenName": ""}}]))["name"],
        json!({"familyName": "Voss"})
    );
    assert_eq!(patched(&json!([{"op": "replace", "path": "name", "value": null}])), with("name", Value::Null));
    assert_eq!(patched(&json!([{"op": "remove", "path": "name"}])), with("name", Value::Null));
}

#[rstest]
// R70, D10, B17, section 4.14
#[case(json!({"op": "replace", "path": "title", "value": ""}))]
#[case(json!({"op": "replace", "path": "title", "value": null}))]
#[case(json!({"op": "add", "path": "title", "value": ""}))]
#[case(json!({"op": "Remove", "path": "title", "value": "Agent"}))]
#[case(json!({"op": "replace", "value": {"title": null}}))]
fn an_empty_value_unassigns(#[case] operation: Value) {
    assert_eq!(patched(&json!([operation])), with("title", Value::Null));
}

#[test]
fn active_without_a_value_says_nothing() {
    // D10
    for operation in [
        json!({"op": "remove", "path": "active"}),
        json!({"op": "replace", "path": "active", "value": ""}),
        json!({"op": "replace", "value": {"active": null}}),
    ] {
        assert!(!apply(&json!([operation])).changed);
    }
}

#[rstest]
// R59, D8, D9, D30, D46, B18, B21
#[case(json!([]))]
#[case(json!([{"op": "replace", "path": "active", "value": "True"}]))]
#[case(json!([{"op": "add", "path": "title", "value": "Agent"}]))]
#[case(json!([{"op": "add", "path": "emails", "value": [{"value": "mara@home.example", "type": "home", "primary": true}]}]))]
#[case(json!([{"op": "add", "path": "emails", "value": {"value": "MARA@home.example", "type": "Home"}}]))]
#[case(json!([{"op": "replace", "path": "emails", "value": [{"primary": true, "type": "home", "value": "mara@home.example"}]}]))]
#[case(json!([{"op": "remove", "path": "nickName"}]))]
#[case(json!([{"op": "remove", "path": "phoneNumbers[type eq \"work\"]"}]))]
#[case(json!([{"op": "remove", "path": "emails", "value": []}]))]
#[case(json!([{"op": "remove", "path": "emails", "value": [{"value": "else@x.y"}]}]))]
#[case(json!([{"op": "replace", "path": "title", "value": "Lead"}, {"op": "replace", "path": "title", "value": "Agent"}]))]
#[case(json!([{"op": "remove", "path": "name.givenName"}, {"op": "add", "path": "name.givenName", "value": "Mara"}]))]
#[case(json!([{"op": "replace", "value": {"id": "7a3f", "schemas": ["x"], "meta": {"created": "x"}, "groups": [{"value": "g"}]}}]))]
#[case(json!([{"op": "add", "path": "schemas", "value": ["urn:x"]}]))]
#[case(json!([{"op": "replace", "path": "manager", "value": {"displayName": "read only"}}]))]
#[case(json!([{"op": "add", "path": "emails", "value": []}, {"op": "add", "path": "emails", "value": [{"type": "work"}]}]))]
fn the_same_state_is_no_change(#[case] operations: Value) {
    let result = apply(&operations);
    assert!(!result.changed, "{:?}", result.attributes);
    assert_eq!(Value::Object(result.attributes), user());
}

#[test]
fn the_last_operation_wins() {
    // R50, section 4.13
    let result = patched(&json!([
        {"op": "remove", "path": "displayName"},
        {"op": "add", "path": "displayName", "value": "one"},
        {"op": "replace", "path": "displayName", "value": "two"},
        {"op": "remove", "path": "title"}
    ]));
    assert_eq!(result["displayName"], "two");
    assert!(result.get("title").is_none());
}

#[test]
fn the_extension_comes_and_goes_as_a_whole() {
    // R54, D3
    let bare = json!({"userName": "x"});
    let urn = ENTERPRISE_USER;
    let added =
        apply_to(&bare, &json!([{"op": "add", "path": urn, "value": {"department": "Care"}}]), &user_type()).unwrap();
    assert_eq!(added.attributes[urn], json!({"department": "Care"}));
    for operations in [
        json!([{"op": "remove", "path": urn}]),
        json!([{"op": "replace", "path": urn, "value": null}]),
        json!([{"op": "remove", "path": "department"}, {"op": "remove", "path": "manager"}]),
        json!([{"op": "replace", "value": {urn: {"department": "", "manager": null}}}]),
    ] {
        assert!(patched(&operations).get(urn).is_none(), "{operations}");
    }
    assert!(!apply(&json!([{"op": "add", "value": {urn: {}}}])).changed);
}

#[test]
fn removing_an_extension_leaves_what_a_client_may_not_take_away() {
    // R56, R63
    let stored = json!({"userName": "x", ENTERPRISE_USER: {"department": "Care", "division": "D"}});
    let remove = json!([{"op": "remove", "path": ENTERPRISE_USER}]);
    let mut types = user_type();
    let department =
        types.extensions[0].attributes.iter().position(|attribute| attribute.name == "department").unwrap();
    types.extensions[0].attributes[department].mutability = Mutability::ReadOnly;
    let left = apply_to(&stored, &remove, &types).unwrap();
    assert_eq!(left.attributes[ENTERPRISE_USER], json!({"department": "Care"}));
    types.extensions[0].attributes[department].mutability = Mutability::ReadWrite;
    types.extensions[0].attributes[department].required = true;
    assert!(matches!(apply_to(&stored, &remove, &types), Err(ScimError::Mutability(_))));
}

#[test]
fn external_id_is_patchable() {
    // B50
    for operation in [
        json!({"op": "add", "path": "externalId", "value": "E"}),
        json!({"op": "replace", "path": "externalid", "value": "E"}),
        json!({"op": "replace", "value": {"externalId": "E"}}),
        json!({"op": "replace", "path": "urn:ietf:params:scim:schemas:core:2.0:User:externalId", "value": "E"}),
    ] {
        assert_eq!(patched(&json!([operation]))["externalId"], "E");
    }
}

#[test]
fn a_password_is_handed_over_and_never_kept() {
    // R84, D28
    for operation in [
        json!({"op": "replace", "value": {"password": "s3cret"}}),
        json!({"op": "replace", "path": "password", "value": "s3cret"}),
    ] {
        let result = apply(&json!([operation]));
        assert_eq!(result.password.as_deref(), Some("s3cret"));
        assert!(result.changed);
        assert_eq!(Value::Object(result.attributes), user());
    }
    let nothing =
        apply(&json!([{"op": "replace", "path": "password", "value": ""}, {"op": "remove", "path": "password"}]));
    assert!(nothing.password.is_none() && !nothing.changed);
}

#[test]
fn what_is_defined_but_not_kept_is_dropped() {
    // D11, B42
    let mut narrow = user_type();
    narrow.core.attributes.retain(|attribute| ["userName", "active"].contains(&attribute.name.as_str()));
    narrow.extensions.clear();
    let operations = json!([
        {"op": "replace", "path": "title", "value": "T"},
        {"op": "add", "path": "emails[type eq \"work\"].value", "value": "x"},
        {"op": "add", "path": ENTERPRISE_USER, "value": {"department": "Care"}},
        {"op": "add", "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager", "value": "5"},
        {"op": "remove", "path": "name.givenName"},
        {"op": "replace", "value": {"locale": "de", "name.givenName": "A", "userName": "new"}}
    ]);
    let result = apply_to(&json!({"userName": "x"}), &operations, &narrow).unwrap();
    assert_eq!(Value::Object(result.attributes), json!({"userName": "new"}));
}

#[test]
fn what_nobody_defines_is_ignored_without_path() {
    // D4, D11
    let result = patched(
        &json!([{"op": "replace", "value": {"shoeSize": 5, "title": "T", "urn:other:attr": "x", "name.pet": "y"}}]),
    );
    assert_eq!(result, with("title", json!("T")));
}

#[test]
fn stored_bookkeeping_is_left_out() {
    let mut stored = user();
    stored["schemas"] = json!([USER]);
    stored["id"] = json!("7a3f");
    stored["meta"] = json!({"resourceType": "User"});
    let result = apply_to(&stored, &json!([]), &user_type()).unwrap();
    assert_eq!(Value::Object(result.attributes), user());
    assert!(!result.changed);
}

#[test]
fn an_immutable_attribute_gets_its_first_value_only() {
    // R56
    let mut types = user_type();
    types.core.attributes.push(Attribute::string("badge", "").mutability(Mutability::Immutable));
    let set = |stored: Value| apply_to(&stored, &json!([{"op": "add", "path": "badge", "value": "1"}]), &types);
    assert_eq!(set(json!({"userName": "x"})).unwrap().attributes["badge"], "1");
    assert!(!set(json!({"userName": "x", "badge": "1"})).unwrap().changed);
    assert!(matches!(set(json!({"userName": "x", "badge": "2"})), Err(ScimError::Mutability(_))));
}
