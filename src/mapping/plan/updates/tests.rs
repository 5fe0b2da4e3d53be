//! Calls that are made for certain values only, and the order in which nothing is lost.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::mapping::bound::Bound;
use crate::mapping::bundle::Bundle;
use crate::mapping::made_up::object;
use crate::mapping::model::MappingFile;
use crate::mapping::plan::{PlanError, plan};
use crate::mapping::record::{Desired, Record};

const TEXT: &str = "
version: 1
vendor: { name: depot, title: Depot }
api: { base_url: http://127.0.0.1:9/, sign_in: { scheme: none } }
users:
  extension: urn:test:depot:User
  key: { read: id, type: integer }
  match: [{ field: login }]
  fields:
    login: { from: userName }
    nick: { from: nickName }
    kind: { from: userType }
    desk: { from: title }
    active: { type: boolean, from: active }
  calls:
    create: { method: POST, path: [users], body: $record, user: ., writes: [login, nick] }
    list: { call: { method: GET, path: [users] }, items: data }
    update:
      seat: { when: { kind: [clerk, head] }, method: PUT, path: [users, $key, desk], body: { desk: $record.desk }, writes: [desk] }
      profile: { method: PATCH, path: [users, $key], body: $record }
      enable: { when: { active: true }, method: POST, path: [users, $key, on] }
      disable: { when: { active: false }, method: POST, path: [users, $key, off] }
    delete: { method: DELETE, path: [users, $key] }
";

fn bound_of(text: &str) -> Bound {
    let file: MappingFile = serde_saphyr::from_str(text).expect("readable");
    Bound::bind(Arc::new(file), Arc::new(Bundle::default()), &Map::new()).expect("binds")
}

fn record(value: Value) -> Record {
    Record(object(value))
}

fn planned(text: &str, applied: Value, desired: &Desired) -> Result<Vec<(String, Value)>, PlanError> {
    let steps = plan(&bound_of(text), Some("7"), Some(&record(applied)), desired, &Record::default())?;
    Ok(steps.into_iter().map(|step| (step.call.to_string(), Value::Object(step.scope.record.0))).collect())
}

fn change(applied: Value, desired: Value) -> Result<Vec<(String, Value)>, PlanError> {
    planned(TEXT, applied, &Desired::Present(record(desired)))
}

fn step(call: &str, record: Value) -> (String, Value) {
    (call.to_owned(), record)
}

#[test]
fn the_value_chooses_the_call() {
    let on = change(json!({ "active": false, "nick": "A" }), json!({ "active": true, "nick": "B" }));
    let expected =
        vec![step("update.profile", json!({ "nick": "B" })), step("update.enable", json!({ "active": true }))];
    assert_eq!(on, Ok(expected));
    let off = planned(TEXT, json!({ "active": true }), &Desired::Parked(record(json!({ "active": false }))));
    assert_eq!(off, Ok(vec![step("update.disable", json!({ "active": false }))]));
    assert_eq!(change(json!({ "active": true }), json!({ "active": true })), Ok(vec![]));
}

#[test]
fn a_call_that_is_for_others_is_not_made() {
    let moved = |kind: &str| change(json!({ "kind": kind, "desk": "1" }), json!({ "kind": kind, "desk": "2" }));
    assert_eq!(moved("head"), Ok(vec![step("update.seat", json!({ "desk": "2" }))]));
    let error = moved("guard").expect_err("a guard has no desk");
    assert_eq!(error.attribute, "title");
    // what he becomes decides, and a change of that alone is none of the call's business
    let both = change(json!({ "kind": "guard" }), json!({ "kind": "clerk", "desk": "2" }));
    let expected =
        vec![step("update.seat", json!({ "desk": "2" })), step("update.profile", json!({ "kind": "clerk" }))];
    assert_eq!(both, Ok(expected));
    let only_kind = change(json!({ "kind": "clerk", "desk": "2" }), json!({ "kind": "head", "desk": "2" }));
    assert_eq!(only_kind, Ok(vec![step("update.profile", json!({ "kind": "head" }))]));
}

#[test]
fn a_new_account_is_enabled_right_after_it_was_created() {
    let desired = Desired::Present(record(json!({ "login": "ada", "active": true })));
    let steps = plan(&bound_of(TEXT), None, None, &desired, &Record::default()).expect("a plan");
    let names: Vec<String> = steps.iter().map(|step| step.call.to_string()).collect();
    assert_eq!(names, ["create", "update.enable"]);
}

/// With these rules about what is erased.
fn erasing(rules: &str, applied: Value, desired: Value) -> Vec<(String, Value)> {
    let text = TEXT.replace("  calls:\n", &format!("  erases: {rules}\n  calls:\n"));
    planned(&text, applied, &Desired::Present(record(desired))).expect("a plan")
}

#[test]
fn what_a_change_erases_is_written_after_it() {
    let rules = "[{ by: kind, fields: [desk, nick] }]";
    let (had, shall) =
        (json!({ "kind": "clerk", "desk": "2", "nick": "A" }), json!({ "kind": "head", "desk": "2", "nick": "B" }));
    // `seat` stands before `profile` in the file, and would be lost there
    assert_eq!(
        erasing(rules, had.clone(), shall.clone()),
        [
            step("update.profile", json!({ "kind": "head" })),
            step("update.seat", json!({ "desk": "2" })),
            step("update.profile", json!({ "nick": "B" })),
        ]
    );
    let same_kind = json!({ "kind": "clerk", "desk": "3", "nick": "A" });
    assert_eq!(
        erasing(rules, had.clone(), same_kind),
        [step("update.seat", json!({ "desk": "3" }))],
        "only by a change"
    );
    let gone = json!({ "kind": "head", "nick": "A" });
    let cleared = erasing(rules, had, gone);
    assert_eq!(
        cleared[1..],
        [step("update.seat", json!({ "desk": null })), step("update.profile", json!({ "nick": "A" }))]
    );
}

#[test]
fn what_is_written_again_may_erase_more_and_a_circle_ends() {
    let (had, shall) =
        (json!({ "kind": "clerk", "desk": "2", "nick": "A" }), json!({ "kind": "head", "desk": "3", "nick": "A" }));
    let chain = "[{ by: kind, fields: [desk] }, { by: desk, fields: [nick] }]";
    let names = |rules: &str| -> Vec<String> {
        erasing(rules, had.clone(), shall.clone()).into_iter().map(|(name, _)| name).collect()
    };
    assert_eq!(names(chain), ["update.profile", "update.seat", "update.profile"]);
    assert!(names("[{ by: kind, fields: [desk] }, { by: desk, fields: [kind] }]").len() < 10);
}
