//! Elements come and go by the fewest calls, and what the vendor has after each of them is known.

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::mapping::bound::Bound;
use crate::mapping::bundle::Bundle;
use crate::mapping::made_up::object;
use crate::mapping::model::MappingFile;
use crate::mapping::plan::{PlanError, Step, apart, one_by_one, plan};
use crate::mapping::record::{Desired, Record};
use crate::mapping::wire::Body;

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
    teams: { type: integer_list, from: urn:test:depot:User:teams }
    tools: { type: string_list, from: urn:test:depot:User:tools }
    keys: { type: string_list, from: urn:test:depot:User:keys }
    grades: { type: level_map, from: urn:test:depot:User:grades }
    active: { type: boolean, from: active }
  calls:
    create: { method: POST, path: [users], body: $record, user: ., writes: [login, nick, active] }
    list: { call: { method: GET, path: [users] }, items: data }
    update:
      profile: { method: PATCH, path: [users, $key], body: $record }
      addTeam: { for_each: added, of: teams, method: POST, path: [users, $key, teams, $item] }
      removeTeam: { for_each: removed, of: teams, method: DELETE, path: [users, $key, teams, $item] }
      setTeams: { method: PUT, path: [users, $key, teams], body: $record.teams, writes: [teams] }
      lend: { for_each: added, of: tools, batch: 2, method: POST, path: [users, $key, tools], body: { lend: $items } }
      giveBack: { for_each: removed, of: tools, batch: 3, method: POST, path: [users, $key, tools], body: { back: $items } }
      addKey: { for_each: added, of: keys, method: POST, path: [users, $key, keys], body: { key: $item } }
      setKeys: { method: PUT, path: [users, $key, keys], body: { keys: $record.keys }, writes: [keys] }
      grade: { for_each: added, of: grades, method: PUT, path: [users, $key, grades, $item.name], body: { level: $item.value } }
      ungrade: { for_each: removed, of: grades, method: DELETE, path: [users, $key, grades, $item.name] }
    delete: { method: DELETE, path: [users, $key] }
";

fn bound() -> Bound {
    let file: MappingFile = serde_saphyr::from_str(TEXT).expect("readable");
    Bound::bind(Arc::new(file), Arc::new(Bundle::default()), &Map::new()).expect("binds")
}

fn record(value: Value) -> Record {
    Record(object(value))
}

fn steps(bound: &Bound, applied: Value, desired: Value) -> Result<Vec<Step>, PlanError> {
    plan(bound, Some("7"), Some(&record(applied)), &Desired::Present(record(desired)), &Record::default())
}

/// `METHOD path body` of each call.
fn calls(applied: Value, desired: Value) -> Vec<String> {
    let bound = bound();
    let shown = |step: &Step| {
        let request = bound.request(&step.call, &step.scope).expect("renders");
        let body = if let Body::Json(body) = &request.body { format!(" {body}") } else { String::new() };
        format!("{:?} {}{body}", request.method, request.url.trim_start_matches("http://127.0.0.1:9/users/7"))
    };
    steps(&bound, applied, desired).expect("a plan").iter().map(shown).collect()
}

/// What the vendor has when the steps are done.
fn after(applied: &Record, steps: &[Step]) -> Record {
    let mut after = applied.clone();
    for (name, value) in steps.iter().flat_map(|step| &step.scope.record.0) {
        if value.is_null() {
            after.0.shift_remove(name);
        } else {
            after.0.insert(name.clone(), value.clone());
        }
    }
    after
}

#[test]
fn one_element_is_one_call_and_several_are_set_at_once() {
    assert_eq!(calls(json!({ "teams": [1] }), json!({ "teams": [1, 2] })), ["Post /teams/2"]);
    assert_eq!(calls(json!({ "teams": [1, 2] }), json!({ "teams": [2] })), ["Delete /teams/1"]);
    assert_eq!(calls(json!({ "teams": [1] }), json!({ "teams": [2] })), ["Put /teams [2]"], "two calls, or one");
    assert_eq!(calls(json!({ "teams": [1] }), json!({})), ["Delete /teams/1"], "the last one goes");
    assert!(calls(json!({ "teams": [1, 2] }), json!({ "teams": [2, 1] })).is_empty());
}

#[test]
fn what_only_the_call_for_the_whole_can_do_it_does() {
    assert_eq!(calls(json!({ "keys": ["a"] }), json!({ "keys": ["a", "b"] })), [r#"Post /keys {"key":"b"}"#]);
    assert_eq!(calls(json!({ "keys": ["a", "b"] }), json!({ "keys": ["a"] })), [r#"Put /keys {"keys":["a"]}"#]);
}

#[test]
fn batches_hold_as_many_as_the_file_says() {
    assert_eq!(
        calls(json!({ "tools": ["a", "b"] }), json!({ "tools": ["c", "d", "e"] })),
        [r#"Post /tools {"lend":["c","d"]}"#, r#"Post /tools {"lend":["e"]}"#, r#"Post /tools {"back":["a","b"]}"#]
    );
}

#[test]
fn a_level_that_changes_counts_as_added_unless_it_has_a_call_of_its_own() {
    let (old, new) = (json!({ "grades": { "a": 1, "b": 2 } }), json!({ "grades": { "a": 3, "c": 4 } }));
    let expected = [r#"Put /grades/c {"level":4}"#, r#"Put /grades/a {"level":3}"#, "Delete /grades/b"];
    assert_eq!(calls(old, new), expected);
}

#[test]
fn the_rest_of_a_change_goes_its_own_way() {
    assert_eq!(
        calls(json!({ "teams": [1], "nick": "A" }), json!({ "teams": [1, 2], "nick": "B" })),
        [r#"Patch  {"nick":"B"}"#, "Post /teams/2"]
    );
}

#[test]
fn a_new_account_gets_its_elements_afterwards() {
    let desired = Desired::Present(record(json!({ "login": "ada", "teams": [4], "tools": ["a"] })));
    let steps = plan(&bound(), None, None, &desired, &Record::default()).expect("a plan");
    let names: Vec<String> = steps.iter().map(|step| step.call.to_string()).collect();
    assert_eq!(names, ["create", "update.addTeam", "update.lend"]);
}

#[test]
fn a_batch_taken_apart_leads_to_the_same_place_one_step_at_a_time() {
    let bound = bound();
    let applied = json!({ "tools": ["a", "b", "c"] });
    let back = steps(&bound, applied, json!({})).expect("a plan").remove(0);
    let left = |steps: &[Step]| steps.iter().map(|step| step.scope.record.0["tools"].clone()).collect::<Vec<_>>();
    assert_eq!(left(&one_by_one(&bound, &back)), [json!(["b", "c"]), json!(["c"]), Value::Null]);
    let lend = steps(&bound, json!({ "tools": ["x"] }), json!({ "tools": ["x", "a", "b"] })).expect("a plan").remove(0);
    let single = one_by_one(&bound, &lend);
    assert_eq!(left(&single), [json!(["x", "a"]), json!(["x", "a", "b"])]);
    assert_eq!(single[1].scope.items, [json!("b")]);
}

#[test]
fn an_element_that_no_call_can_take_away_is_refused() {
    let text = TEXT.lines().filter(|line| !line.contains("removeTeam") && !line.contains("setTeams"));
    let file: MappingFile = serde_saphyr::from_str(&text.collect::<Vec<_>>().join("\n")).expect("readable");
    let bound = Bound::bind(Arc::new(file), Arc::new(Bundle::default()), &Map::new()).expect("binds");
    let error = steps(&bound, json!({ "teams": [1] }), json!({ "teams": [2] })).expect_err("no call");
    assert_eq!(error.attribute, "urn:test:depot:User:teams");
}

fn lists() -> impl Strategy<Value = Value> {
    let names = || prop::sample::subsequence(vec!["a", "b", "c", "d", "e"], 0..=5);
    let numbers = prop::sample::subsequence(vec![1, 2, 3, 4], 0..=4);
    let levels = prop::collection::btree_map("[a-d]", 1..4i64, 0..4);
    (numbers, names(), names(), levels, prop::bool::ANY).prop_map(|(teams, tools, keys, grades, named)| {
        let all = json!({ "teams": teams, "tools": tools, "keys": keys, "grades": grades, "nick": if named { "N" } else { "" } });
        let given = object(all).into_iter().filter(|(_, value)| !crate::mapping::convert::is_empty(value));
        Value::Object(given.collect())
    })
}

#[test]
fn a_list_that_was_refused_whole_is_changed_by_single_calls() {
    let bound = bound();
    let applied = json!({ "teams": [1, 2] });
    let whole = steps(&bound, applied.clone(), json!({ "teams": [2, 3, 4] })).expect("a plan");
    assert_eq!(whole.iter().map(|step| step.call.to_string()).collect::<Vec<_>>(), ["update.setTeams"]);
    let single = apart(&bound, &whole[0], Some(&record(applied.clone())));
    let named: Vec<(String, Vec<Value>)> =
        single.iter().map(|step| (step.call.to_string(), step.scope.items.clone())).collect();
    let expected =
        [("update.addTeam", vec![json!(3)]), ("update.addTeam", vec![json!(4)]), ("update.removeTeam", vec![json!(1)])];
    assert_eq!(named, expected.map(|(name, items)| (name.to_owned(), items)));
    assert_eq!(after(&record(applied), &single).0["teams"], json!([2, 3, 4]));
}

#[test]
fn what_has_no_single_calls_both_ways_or_carries_more_stays_together() {
    let bound = bound();
    let keys = steps(&bound, json!({ "keys": ["a", "b"] }), json!({})).expect("a plan");
    assert_eq!(keys[0].call.to_string(), "update.setKeys");
    assert_eq!(apart(&bound, &keys[0], Some(&record(json!({ "keys": ["a", "b"] })))), []);
    let profile = steps(&bound, json!({ "nick": "a" }), json!({ "nick": "b" })).expect("a plan");
    assert_eq!(apart(&bound, &profile[0], Some(&record(json!({ "nick": "a" })))), []);
}

proptest! {
    #[test]
    fn what_is_applied_afterwards_is_what_was_wanted(applied in lists(), desired in lists()) {
        let bound = bound();
        let all = steps(&bound, applied.clone(), desired.clone()).expect("a plan");
        let mut reached = after(&record(applied.clone()), &all);
        let again = |reached: &Record| plan(&bound, Some("7"), Some(reached), &Desired::Present(record(desired.clone())), &Record::default());
        prop_assert_eq!(again(&reached).expect("a plan"), vec![]);
        // taken apart, and given up half-way, the rest of the way is found from there
        let single: Vec<Step> = all.iter().flat_map(|step| one_by_one(&bound, step)).collect();
        for done in 0..=single.len() {
            reached = after(&record(applied.clone()), &single[..done]);
            let rest = again(&reached).expect("a plan");
            prop_assert_eq!(again(&after(&reached, &rest)).expect("a plan"), vec![]);
        }
    }
}
