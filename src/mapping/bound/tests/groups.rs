//! What groups make of people at the shipped mapping: behind its tables, in every attribute that feeds a field.

use serde_json::{Value, json};

use super::{bound, person};
use crate::mapping::bound::{Beside, Membership};

fn member(target: &str, value: Value, is_over: bool) -> Membership {
    Membership { target: target.to_owned(), value, level: None, is_over }
}

#[test]
fn what_is_over_is_found_behind_tables_and_in_every_attribute_that_feeds_the_field() {
    let bound = bound(json!({}));
    let iadvize = "urn:scim-bridge:iadvize:2.0:User";
    let resource = person(json!({
        "roles": [{ "value": "Manager" }, { "value": "812" }],
        "entitlements": [{ "value": "901", "type": "Skill" }, { "value": "901", "type": "Project" }, { "value": "x" }],
        iadvize: { "roleId": "manager", "skillIds": [901, 902], "groupId": 55 },
    }));
    let gone =
        [("role", 3), ("skill", 901), ("user_group", 55)].map(|(target, value)| member(target, json!(value), true));
    let without = bound.without_values(&resource, &gone, &crate::mapping::bound::Lists::default()).expect("changed");
    assert_eq!(without["roles"], json!([{ "value": "812" }]));
    assert_eq!(without["entitlements"], json!([{ "value": "901", "type": "Project" }, { "value": "x" }]));
    assert_eq!(without[iadvize], json!({ "skillIds": [902] }));
    assert_eq!(without["userName"], resource["userName"]);
}

#[test]
fn a_value_that_does_not_fit_the_field_is_refused_by_name() {
    let bound = bound(json!({}));
    let resource = person(json!({}));
    let memberships = [member("skill", json!("Billing"), false)];
    let error =
        bound.desired(&resource, Beside { memberships: &memberships, ..Beside::default() }).expect_err("no number");
    assert_eq!(error.field, "skillIds");
    assert!(error.problem.contains("Billing"), "{error}");
}
