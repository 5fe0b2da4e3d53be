//! What is refused, and how it is said.

use super::*;

#[rstest]
// R49, D30, D31
#[case(json!([]))]
#[case(json!({}))]
#[case(json!({"Operations": []}))]
#[case(json!({"schemas": [], "Operations": []}))]
#[case(json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "Operations": []}))]
#[case(json!({"schemas": [PATCH_OP]}))]
#[case(json!({"schemas": [PATCH_OP], "Operations": null}))]
#[case(json!({"schemas": [PATCH_OP], "Operations": {"op": "add"}}))]
#[case(json!({"schemas": [PATCH_OP], "Operations": ["add"]}))]
#[case(json!({"schemas": [PATCH_OP], "Operations": [{"path": "title", "value": "x"}]}))]
#[case(json!({"schemas": [PATCH_OP], "Operations": [{"op": "move", "path": "title", "value": "x"}]}))]
#[case(json!({"schemas": [PATCH_OP], "Operations": [{"op": 5, "path": "title", "value": "x"}]}))]
#[case(json!({"schemas": [PATCH_OP], "Operations": [{"op": "add", "path": "title"}]}))]
#[case(json!({"schemas": [PATCH_OP], "Operations": [{"op": "replace"}]}))]
fn what_is_no_patch_message_is_a_syntax_error(#[case] body: Value) {
    let result = PatchRequest::parse(&body, &user_type());
    assert!(matches!(result, Err(ScimError::InvalidSyntax(_))), "{result:?}");
}

#[test]
fn the_message_is_found_whatever_the_letter_case() {
    // R49, D1, D31, 12.3 (67)
    let body = json!({"Schemas": ["urn:extra", PATCH_OP.to_uppercase()], "id": "x", "operations": [{"Op": "Add", "Path": "title", "Value": "T"}]});
    let request = PatchRequest::parse(&body, &user_type()).unwrap();
    assert!(!request.is_empty() && !request.deactivates());
}

#[test]
fn the_number_of_operations_has_an_end() {
    let many = vec![json!({"op": "add", "path": "title", "value": "T"}); MAX_OPERATIONS + 1];
    let result = PatchRequest::parse(&message(&json!(many)), &user_type());
    assert!(matches!(result, Err(ScimError::InvalidSyntax(problem)) if problem.contains("several requests")));
}

#[rstest]
// R61
#[case(json!({"op": "remove"}), ScimError::NoTarget(String::new()))]
#[case(json!({"op": "remove", "value": {"title": "x"}}), ScimError::NoTarget(String::new()))]
// R68, D5
#[case(json!({"op": "replace", "path": "phoneNumbers[value co \"4\"].type", "value": "x"}), ScimError::NoTarget(String::new()))]
#[case(json!({"op": "replace", "path": "phoneNumbers[type eq \"a\" or type eq \"b\"].value", "value": "x"}), ScimError::NoTarget(String::new()))]
#[case(json!({"op": "add", "path": "phoneNumbers[not (type eq \"a\")].value", "value": "x"}), ScimError::NoTarget(String::new()))]
#[case(json!({"op": "add", "path": "phoneNumbers[type eq \"a\" and type eq \"b\"].value", "value": "x"}), ScimError::NoTarget(String::new()))]
#[case(json!({"op": "add", "path": "phoneNumbers[type eq null].value", "value": "x"}), ScimError::NoTarget(String::new()))]
// R56, D12
#[case(json!({"op": "replace", "path": "id", "value": "7a3f"}), ScimError::Mutability(String::new()))]
#[case(json!({"op": "replace", "path": "meta.created", "value": "x"}), ScimError::Mutability(String::new()))]
#[case(json!({"op": "remove", "path": "meta"}), ScimError::Mutability(String::new()))]
#[case(json!({"op": "add", "path": "groups", "value": [{"value": "g"}]}), ScimError::Mutability(String::new()))]
#[case(json!({"op": "remove", "path": "groups[value eq \"g\"]"}), ScimError::Mutability(String::new()))]
#[case(json!({"op": "add", "path": "manager.displayName", "value": "x"}), ScimError::Mutability(String::new()))]
#[case(json!({"op": "replace", "value": {"id": "other"}}), ScimError::Mutability(String::new()))]
// R63, D10
#[case(json!({"op": "remove", "path": "userName"}), ScimError::Mutability(String::new()))]
#[case(json!({"op": "replace", "path": "userName", "value": ""}), ScimError::InvalidValue(String::new()))]
#[case(json!({"op": "replace", "path": "userName", "value": "  "}), ScimError::InvalidValue(String::new()))]
#[case(json!({"op": "replace", "value": {"userName": null}}), ScimError::InvalidValue(String::new()))]
// D11, R69, B66
#[case(json!({"op": "replace", "path": "shoeSize", "value": 5}), ScimError::InvalidPath(String::new()))]
#[case(json!({"op": "remove", "path": "name.pet"}), ScimError::InvalidPath(String::new()))]
#[case(json!({"op": "add", "path": "title[value eq \"x\"]", "value": "x"}), ScimError::InvalidPath(String::new()))]
#[case(json!({"op": "add", "path": ["title"], "value": "x"}), ScimError::InvalidPath(String::new()))]
#[case(json!({"op": "remove", "path": "urn:ietf:params:scim:schemas:core:2.0:User"}), ScimError::InvalidPath(String::new()))]
#[case(json!({"op": "replace", "value": {"title[value eq \"x\"]": "y"}}), ScimError::InvalidPath(String::new()))]
#[case(json!({"op": "add", "path": "emails[type is \"work\"].value", "value": "x"}), ScimError::InvalidFilter(String::new()))]
// R69
#[case(json!({"op": "replace", "path": "active", "value": "perhaps"}), ScimError::InvalidValue(String::new()))]
#[case(json!({"op": "replace", "path": "title", "value": {"a": 1}}), ScimError::InvalidValue(String::new()))]
#[case(json!({"op": "replace", "path": "name", "value": "Mara"}), ScimError::InvalidValue(String::new()))]
#[case(json!({"op": "add", "path": "emails", "value": [5]}), ScimError::InvalidValue(String::new()))]
#[case(json!({"op": "replace", "value": "text"}), ScimError::InvalidValue(String::new()))]
#[case(json!({"op": "replace", "value": [{"title": "x"}]}), ScimError::InvalidValue(String::new()))]
#[case(json!({"op": "replace", "path": "password", "value": 5}), ScimError::InvalidValue(String::new()))]
#[case(json!({"op": "replace", "path": "manager", "value": [{"value": "1"}, {"value": "2"}]}), ScimError::InvalidValue(String::new()))]
fn each_fault_has_its_kind_and_place(#[case] operation: Value, #[case] kind: ScimError) {
    let found = error(&json!([{"op": "replace", "path": "nickName", "value": "N"}, operation]));
    assert_eq!(std::mem::discriminant(&found), std::mem::discriminant(&kind), "{found:?}");
    assert!(found.to_string().starts_with("operation 2 ("), "{found}");
}

#[test]
fn messages_say_what_to_do() {
    let text = |operation: Value| error(&json!([operation])).to_string();
    assert_eq!(
        text(json!({"op": "Replace", "path": "titel", "value": "x"})),
        "operation 1 (replace titel): User has no attribute `titel`; did you mean `title`?"
    );
    assert_eq!(text(json!({"op": "remove"})), "operation 1 (remove) needs a `path`: name the attribute to remove");
    assert_eq!(
        text(json!({"op": "replace", "value": {"active": "perhaps"}})),
        "operation 1 (replace active): `active` must be true or false, found a text"
    );
    assert_eq!(
        text(json!({"op": "add", "path": "groups", "value": "g"})),
        "operation 1 (add groups): `groups` is read-only; change the members of the group instead"
    );
    let secret = text(json!({"op": "replace", "path": "password", "value": {"p": "s3cret"}}));
    assert!(!secret.contains("s3cret"));
}

#[test]
fn an_error_leaves_everything_as_it_was() {
    // R51
    let stored = user();
    let operations = json!([
        {"op": "replace", "path": "title", "value": "new"},
        {"op": "remove", "path": "emails"},
        {"op": "replace", "path": "phoneNumbers[value co \"4\"].type", "value": "x"}
    ]);
    assert!(apply_to(&stored, &operations, &user_type()).is_err());
    assert_eq!(stored, user());
}

#[test]
fn a_deactivation_is_carried_out_although_other_paths_lead_nowhere() {
    // D11, B66
    let operations = json!([
        {"op": "replace", "path": "shoeSize", "value": 5},
        {"op": "replace", "path": "title[value eq \"x\"]", "value": "x"},
        {"op": "replace", "path": "emails[kind eq \"x\"].value", "value": "x"},
        {"op": "replace", "path": "phoneNumbers[value co \"4\"].type", "value": "x"},
        {"op": "remove", "path": "userName"},
        {"op": "replace", "path": "active", "value": "False"},
        {"op": "replace", "path": "nickName", "value": "N"}
    ]);
    let result = apply(&operations);
    assert_eq!(result.attributes["active"], false);
    assert_eq!(result.attributes["nickName"], "N");
    assert_eq!(result.attributes["userName"], "mara");
    assert_eq!(result.skipped.len(), 5, "{:?}", result.skipped);
    assert!(result.skipped.iter().any(|text| text.starts_with("operation 1 (replace shoeSize): ")));
    assert!(result.skipped.iter().any(|text| text.starts_with("operation 4 (")));
}

#[test]
fn a_deactivation_is_carried_out_although_other_values_do_not_fit() {
    // D11
    let off = json!({"op": "replace", "path": "active", "value": false});
    for wrong in [
        json!({"op": "replace", "path": "title", "value": 5}),
        json!({"op": "replace", "path": "name", "value": "Mara"}),
        json!({"op": "add", "path": "emails", "value": [5]}),
        json!({"op": "replace", "path": "userName", "value": " "}),
        json!({"op": "replace", "path": "password", "value": 5}),
        json!({"op": "replace", "path": "active", "value": "perhaps"}),
        json!({"op": "replace", "value": "text"}),
        json!({"op": "replace", "path": ENTERPRISE_USER, "value": "text"}),
    ] {
        let operations = json!([wrong, off]);
        let result = apply(&operations);
        assert_eq!(result.attributes["active"], false, "{wrong}");
        assert_eq!(result.skipped.len(), 1, "{wrong}: {:?}", result.skipped);
        let mut expected = user();
        expected["active"] = false.into();
        assert_eq!(Value::Object(result.attributes), expected, "{wrong}");
    }
    let together = patched(&json!([{"op": "replace", "value": {"title": 5, "active": "False", "nickName": "N"}}]));
    assert_eq!(
        (&together["active"], &together["nickName"], &together["title"]),
        (&json!(false), &json!("N"), &json!("Agent"))
    );
}

#[test]
fn a_deactivation_excuses_neither_another_id_nor_a_broken_message() {
    // D12, R51
    let off = json!({"op": "replace", "path": "active", "value": false});
    assert!(matches!(error(&json!([off, {"op": "replace", "value": {"id": "other"}}])), ScimError::Mutability(_)));
    assert!(matches!(error(&json!([off, {"op": "move", "path": "title"}])), ScimError::InvalidSyntax(_)));
    // What is switched on again in the end was no deactivation.
    let on = json!({"op": "replace", "path": "active", "value": true});
    assert!(matches!(error(&json!([off, {"op": "remove", "path": "shoeSize"}, on])), ScimError::InvalidPath(_)));
    assert!(matches!(
        error(&json!([off, {"op": "replace", "path": "title", "value": 5}, on])),
        ScimError::InvalidValue(_)
    ));
}

#[test]
fn what_nobody_defines_is_left_out_where_that_is_wanted() {
    // D11, the switch
    let read = |operation: Value| {
        let body = message(&json!([operation, {"op": "replace", "path": "nickName", "value": "N"}]));
        PatchRequest::parse_with(&body, &user_type(), UnknownPaths::LeaveOut)
    };
    for unknown in [
        json!({"op": "replace", "path": "shoeSize", "value": 5}),
        json!({"op": "remove", "path": "name.pet"}),
        json!({"op": "add", "path": "emails[type eq \"work\"].colour", "value": "red"}),
        json!({"op": "add", "path": "badges[type eq \"work\"].value", "value": "7"}),
        json!({"op": "replace", "path": "urn:example:2.0:User:badge", "value": "7"}),
    ] {
        let patched = read(unknown.clone()).unwrap().apply("7a3f", user().as_object().unwrap(), &user_type()).unwrap();
        assert_eq!(patched.attributes["nickName"], "N");
        assert_eq!(patched.skipped.len(), 1, "{unknown}");
    }
    for wrong in [
        json!({"op": "add", "path": "title[value eq \"x\"]", "value": "x"}),
        json!({"op": "add", "path": "emails[type eq \"work\"", "value": "x"}),
        json!({"op": "replace", "path": "", "value": 5}),
        json!({"op": "replace", "path": "title", "value": 5}),
        json!({"op": "replace", "path": "groups", "value": []}),
    ] {
        assert!(read(wrong.clone()).is_err(), "{wrong}");
    }
}
