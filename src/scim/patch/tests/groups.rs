//! Groups: members come and go.

use super::*;

fn group() -> Value {
    json!({"displayName": "Care EU", "externalId": "3c0f", "members": [{"value": "7a3f", "display": "Mara"}, {"value": "91bc"}, {"value": "55"}]})
}

fn members(operations: &Value) -> Vec<String> {
    let result = apply_to(&group(), operations, &group_type()).unwrap_or_else(|error| panic!("{operations}: {error}"));
    let members = result.attributes.get("members").and_then(Value::as_array).cloned().unwrap_or_default();
    members.iter().map(|member| member["value"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn oktas_group_patch_is_understood() {
    // Section 3.7, B47, D12
    let operations = json!([
        {"op": "replace", "value": {"id": "7a3f", "displayName": "Support EMEA"}},
        {"op": "remove", "path": "members[value eq \"7a3f\"]"},
        {"op": "add", "path": "members", "value": [{"value": "new", "display": "ola.berg@example.com"}]}
    ]);
    let result = apply_to(&group(), &operations, &group_type()).unwrap();
    let expected = json!({
        "displayName": "Support EMEA", "externalId": "3c0f",
        "members": [{"value": "91bc"}, {"value": "55"}, {"value": "new", "display": "ola.berg@example.com"}]
    });
    assert_eq!(Value::Object(result.attributes), expected);
}

#[rstest]
// D7, B3, B4, B5, B6, B7, B8
#[case(json!({"op": "Remove", "path": "members", "value": [{"$ref": null, "value": "91bc"}]}), &["7a3f", "55"])]
#[case(json!({"op": "remove", "path": "members", "value": {"value": "91bc"}}), &["7a3f", "55"])]
#[case(json!({"op": "remove", "path": "members", "value": "91bc"}), &["7a3f", "55"])]
#[case(json!({"op": "remove", "path": "members", "value": [{"value": "91bc", "type": "User"}, {"value": "55"}]}), &["7a3f"])]
#[case(json!({"op": "remove", "path": "members[value eq \"91bc\"]"}), &["7a3f", "55"])]
#[case(json!({"op": "Remove", "path": "members", "value": []}), &["7a3f", "91bc", "55"])]
#[case(json!({"op": "Remove", "path": "members", "value": [{"$ref": null, "value": null}]}), &["7a3f", "91bc", "55"])]
// D8, R62, B37
#[case(json!({"op": "remove", "path": "members", "value": [{"value": "nobody"}]}), &["7a3f", "91bc", "55"])]
#[case(json!({"op": "remove", "path": "members[value eq \"nobody\"]"}), &["7a3f", "91bc", "55"])]
#[case(json!({"op": "remove", "path": "members"}), &[])]
#[case(json!({"op": "remove", "path": "members", "value": null}), &[])]
// D9, B35, B36; 12.3 (27, 68)
#[case(json!({"op": "Add", "path": "members", "value": [{"$ref": null, "value": "new"}]}), &["7a3f", "91bc", "55", "new"])]
#[case(json!({"op": "add", "path": "members", "value": "new"}), &["7a3f", "91bc", "55", "new"])]
#[case(json!({"op": "add", "path": "members", "value": ["new", "55", "new"]}), &["7a3f", "91bc", "55", "new"])]
#[case(json!({"op": "add", "name": "x", "path": "members", "value": [{"value": "new", "displayName": "x"}]}), &["7a3f", "91bc", "55", "new"])]
#[case(json!({"op": "add", "value": {"members": [{"value": "new"}]}}), &["7a3f", "91bc", "55", "new"])]
// R66, D41 off, B45, B48, B54
#[case(json!({"op": "replace", "path": "members", "value": [{"value": "new"}]}), &["new"])]
#[case(json!({"op": "replace", "value": {"members": [{"value": "new"}, {"value": "55"}]}}), &["new", "55"])]
#[case(json!({"op": "replace", "value": {"members": []}}), &[])]
#[case(json!({"op": "replace", "path": "members", "value": []}), &[])]
// B49
#[case(json!({"op": "replace", "value": {"externalId": "new"}}), &["7a3f", "91bc", "55"])]
#[case(json!({"op": "add", "path": "members", "value": []}), &["7a3f", "91bc", "55"])]
#[case(json!({"op": "replace", "path": "members[value eq \"55\"]", "value": {"value": "66"}}), &["7a3f", "91bc", "66"])]
fn members_come_and_go(#[case] operation: Value, #[case] expected: &[&str]) {
    assert_eq!(members(&json!([operation])), expected);
}

#[test]
fn several_removals_do_not_shift() {
    // B58, R50
    let operations = json!([
        {"op": "remove", "path": "members[value eq \"7a3f\"]"},
        {"op": "remove", "path": "members[value eq \"91bc\"]"},
        {"op": "add", "path": "members", "value": [{"value": "66"}]},
        {"op": "remove", "path": "members[value eq \"66\"]"}
    ]);
    assert_eq!(members(&operations), ["55"]);
}

#[test]
fn a_member_that_is_there_is_not_changed_by_adding_it() {
    // D9, R59
    let add = json!([{"op": "add", "path": "members", "value": [{"value": "91bc", "display": "Ola", "type": "User"}]}]);
    assert!(!apply_to(&group(), &add, &group_type()).unwrap().changed);
    let again = json!([{"op": "remove", "path": "members[value eq \"7a3f\"]"}, {"op": "add", "path": "members", "value": [{"value": "7a3f", "display": "Mara"}]}]);
    assert!(!apply_to(&group(), &again, &group_type()).unwrap().changed, "only the order is new");
    let other_order = json!([{"op": "replace", "path": "members", "value": [{"value": "55"}, {"value": "91bc"}, {"value": "7a3f", "display": "Mara"}]}]);
    assert!(!apply_to(&group(), &other_order, &group_type()).unwrap().changed);
}

#[test]
fn a_member_is_never_made_of_a_filter() {
    // D5
    let operation = json!([{"op": "replace", "path": "members[value eq \"nobody\"]", "value": {"value": "x"}}]);
    assert!(matches!(apply_to(&group(), &operation, &group_type()), Err(ScimError::NoTarget(_))));
    let operation = json!([{"op": "add", "path": "members[value eq \"nobody\"].display", "value": "x"}]);
    assert!(matches!(apply_to(&group(), &operation, &group_type()), Err(ScimError::NoTarget(_))));
}

#[test]
fn the_parts_of_a_member_are_immutable() {
    // R85, R56
    for operation in [
        json!({"op": "replace", "path": "members[value eq \"55\"].value", "value": "66"}),
        json!({"op": "replace", "path": "members[value eq \"7a3f\"].display", "value": "other"}),
        json!({"op": "remove", "path": "members[value eq \"7a3f\"].display"}),
    ] {
        assert!(
            matches!(apply_to(&group(), &json!([operation]), &group_type()), Err(ScimError::Mutability(_))),
            "{operation}"
        );
    }
    let unset = json!([{"op": "add", "path": "members[value eq \"55\"].display", "value": "Ola"}]);
    assert_eq!(apply_to(&group(), &unset, &group_type()).unwrap().attributes["members"][2]["display"], "Ola");
}

#[test]
fn a_group_keeps_its_name() {
    // R63, R85
    let remove = json!([{"op": "remove", "path": "displayName"}]);
    assert!(matches!(apply_to(&group(), &remove, &group_type()), Err(ScimError::Mutability(_))));
    let empty = json!([{"op": "replace", "value": {"displayName": ""}}]);
    assert!(matches!(apply_to(&group(), &empty, &group_type()), Err(ScimError::InvalidValue(_))));
}

#[test]
fn ten_thousand_members_are_no_trouble() {
    let many: Vec<Value> = (0..10_000).map(|number| json!({"value": format!("id-{number}")})).collect();
    let stored = json!({"displayName": "G", "members": many});
    let operations = json!([
        {"op": "add", "path": "members", "value": many},
        {"op": "remove", "path": "members", "value": many[..9_999]},
        {"op": "remove", "path": "members[value co \"nothing\"]"}
    ]);
    let result = apply_to(&stored, &operations, &group_type()).unwrap();
    assert_eq!(result.attributes["members"], json!([{"value": "id-9999"}]));
}
