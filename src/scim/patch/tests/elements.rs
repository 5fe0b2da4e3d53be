//! Users: the elements of multi-valued attributes.

use super::*;

#[test]
fn adding_appends_and_replacing_replaces() {
    // R58, R66, D4
    let new = json!([{"value": "w@x.y", "type": "work"}, {"value": "o@x.y", "type": "other"}]);
    let added = patched(&json!([{"op": "add", "path": "emails", "value": new}]));
    assert_eq!(added["emails"].as_array().unwrap().len(), 3);
    let added = patched(&json!([{"op": "add", "value": {"emails": new}}]));
    assert_eq!(added["emails"].as_array().unwrap().len(), 3);
    for replaced in [
        json!([{"op": "replace", "path": "emails", "value": new}]),
        json!([{"op": "replace", "value": {"emails": new}}]),
    ] {
        assert_eq!(patched(&replaced)["emails"], new);
    }
    assert!(patched(&json!([{"op": "replace", "path": "emails", "value": []}])).get("emails").is_none());
}

#[test]
fn a_new_primary_takes_it_from_the_old_one() {
    // R53, D33
    let added = patched(
        &json!([{"op": "add", "path": "emails", "value": {"value": "w@x.y", "type": "work", "primary": true}}]),
    );
    assert_eq!(added["emails"][0]["primary"], false);
    assert_eq!(added["emails"][1]["primary"], true);
    let moved = patched(&json!([
        {"op": "add", "path": "emails", "value": [{"value": "w@x.y", "type": "work"}]},
        {"op": "replace", "path": "emails[type eq \"work\"].primary", "value": "true"}
    ]));
    assert_eq!((&moved["emails"][0]["primary"], &moved["emails"][1]["primary"]), (&json!(false), &json!(true)));
    let last = patched(&json!([
        {"op": "add", "path": "emails", "value": [{"value": "w@x.y", "type": "work", "primary": true}]},
        {"op": "add", "path": "emails[type eq \"home\"]", "value": {"primary": true}}
    ]));
    assert_eq!((&last["emails"][0]["primary"], &last["emails"][1]["primary"]), (&json!(true), &json!(false)));
    let two = json!([{"value": "1", "primary": true}, {"value": "2", "primary": true}]);
    let first = patched(&json!([{"op": "replace", "path": "emails", "value": two}]));
    assert_eq!((&first["emails"][0]["primary"], &first["emails"][1]["primary"]), (&json!(true), &json!(false)));
}

#[test]
fn a_filter_changes_all_matches_in_place() {
    // R67
    let stored = json!({"userName": "x", "phoneNumbers": [
        {"value": "1", "type": "work"}, {"value": "2", "type": "home"}, {"value": "3", "type": "work", "display": "D"}
    ]});
    let phones = |operation: Value| {
        let result = apply_to(&stored, &json!([operation]), &user_type()).unwrap();
        result.attributes.get("phoneNumbers").cloned().unwrap_or_default()
    };
    let part = phones(json!({"op": "replace", "path": "phoneNumbers[type eq \"work\"].display", "value": "W"}));
    assert_eq!(
        part,
        json!([{"value": "1", "type": "work", "display": "W"}, {"value": "2", "type": "home"}, {"value": "3", "type": "work", "display": "W"}])
    );
    let whole = phones(json!({"op": "replace", "path": "phoneNumbers[type eq \"work\"]", "value": {"value": "9"}}));
    assert_eq!(whole, json!([{"type": "work", "value": "9"}, {"value": "2", "type": "home"}]), "equal ones collapse");
    let gone = phones(json!({"op": "remove", "path": "phoneNumbers[type eq \"work\"]"}));
    assert_eq!(gone, json!([{"value": "2", "type": "home"}]));
    let parts_gone = phones(json!({"op": "remove", "path": "phoneNumbers[value eq \"3\"].display"}));
    assert_eq!(parts_gone[2], json!({"value": "3", "type": "work"}));
    let co = phones(
        json!({"op": "replace", "path": "phoneNumbers[value co \"2\" or value eq \"1\"].type", "value": "other"}),
    );
    assert_eq!((&co[0]["type"], &co[1]["type"], &co[2]["type"]), (&json!("other"), &json!("other"), &json!("work")));
    let all = phones(json!({"op": "replace", "path": "phoneNumbers.type", "value": "fax"}));
    assert!(all.as_array().unwrap().iter().all(|phone| phone["type"] == "fax"));
    let listed = phones(json!({"op": "remove", "path": "phoneNumbers", "value": [{"value": "1"}, {"type": "home"}]}));
    assert_eq!(listed, json!([{"value": "3", "type": "work", "display": "D"}]));
}

#[test]
fn a_missing_element_is_made_of_the_filter() {
    // D5, B1, B22, B25
    for op in ["add", "replace"] {
        let path = "emails[type eq \"work\"].value";
        let result = patched(&json!([{"op": op, "path": path, "value": "new@x.y"}]));
        assert_eq!(
            result["emails"],
            json!([{"value": "mara@home.example", "type": "home", "primary": true}, {"type": "work", "value": "new@x.y"}])
        );
    }
    let result = patched(&json!([
        {"op": "replace", "path": "addresses[type eq \"work\" and country eq \"NO\"].locality", "value": "Oslo"},
        {"op": "replace", "path": "addresses[type eq \"work\"].postalCode", "value": "0150"},
        {"op": "add", "path": "addresses[type eq \"work\"]", "value": {"region": "Østlandet"}}
    ]));
    let address =
        json!({"type": "work", "country": "NO", "locality": "Oslo", "postalCode": "0150", "region": "Østlandet"});
    assert_eq!(result["addresses"], json!([address]));
}

#[test]
fn an_element_may_come_into_being_part_by_part() {
    // D5: later operations of the same request find the element.
    let result = patched(&json!([
        {"op": "add", "path": "emails[type eq \"work\"].primary", "value": "True"},
        {"op": "add", "path": "emails[type eq \"work\"].display", "value": "Work"},
        {"op": "add", "path": "emails[type eq \"work\"].value", "value": "w@x.y"}
    ]));
    let expected = json!([
        {"value": "mara@home.example", "type": "home", "primary": false},
        {"type": "work", "primary": true, "display": "Work", "value": "w@x.y"}
    ]);
    assert_eq!(result["emails"], expected);
}

#[test]
fn app_roles_are_stored_with_a_real_boolean() {
    // Section 4.8
    let result = patched(&json!([
        {"op": "Add", "path": "roles[primary eq \"True\"].value", "value": "Agent"},
        {"op": "Add", "path": "roles[primary eq \"True\"].display", "value": "The agent"},
        {"op": "Add", "path": "roles[primary eq \"True\"].type", "value": "T"}
    ]));
    assert_eq!(result["roles"], json!([{"primary": true, "value": "Agent", "display": "The agent", "type": "T"}]));
    // D38, B15
    let text = r#"{"id":"1","value":"Lead","displayName":"Team lead"}"#;
    let result = patched(&json!([{"op": "Add", "path": "roles", "value": [{"value": text}]}]));
    assert_eq!(result["roles"], json!([{"value": "Lead", "display": "Team lead"}]));
    let result = patched(&json!([{"op": "Add", "path": "roles[primary eq \"True\"].value", "value": text}]));
    assert_eq!(result["roles"], json!([{"primary": true, "value": "Lead", "display": "Team lead"}]));
}

#[test]
fn an_emptied_part_of_an_element_takes_a_valueless_element_along() {
    // Section 4.14
    for value in [json!(""), json!(null)] {
        let result = patched(&json!([{"op": "replace", "path": "emails[type eq \"home\"].value", "value": value}]));
        assert!(result.get("emails").is_none());
    }
    let nothing = apply(&json!([
        {"op": "replace", "path": "emails[type eq \"work\"].value", "value": ""},
        {"op": "replace", "path": "phoneNumbers[type eq \"work\"].value", "value": null},
        {"op": "replace", "path": "roles[primary eq \"True\"]", "value": null}
    ]));
    assert!(!nothing.changed);
}

#[test]
fn keys_without_path_may_have_filters() {
    // D4: the same forms as paths.
    let result = patched(&json!([{"op": "replace", "value": {"emails[type eq \"work\"].value": "w@x.y"}}]));
    assert_eq!(result["emails"][1], json!({"type": "work", "value": "w@x.y"}));
}
