use proptest::prelude::*;
use serde_json::json;

use super::Step::{Bare, Refuse, Rest, Whole};
use super::*;
use crate::inbound::bulk::request::{BULK_REQUEST, read};

fn plan(operations: &Value) -> Plan {
    let body = json!({"schemas": [BULK_REQUEST], "Operations": operations});
    let entries = read(body, "").unwrap().entries;
    Plan::of(&entries, |_, name| ["userName", "displayName"].contains(&name))
}

/// All waves, unbounded.
fn waves(operations: &Value) -> Vec<Vec<Step>> {
    let mut plan = plan(operations);
    std::iter::from_fn(|| Some(plan.next_wave(usize::MAX)).filter(|wave| !wave.is_empty())).collect()
}

fn user(bulk_id: &str, manager: Option<&str>) -> Value {
    let mut data = json!({"userName": bulk_id});
    if let Some(manager) = manager {
        data["urn:x:User"] = json!({"manager": {"value": manager}});
    }
    json!({"method": "POST", "path": "/Users", "bulkId": bulk_id, "data": data})
}

fn group(bulk_id: &str, members: &[&str]) -> Value {
    let members: Vec<Value> = members.iter().map(|id| json!({"value": id})).collect();
    json!({"method": "POST", "path": "/Groups", "bulkId": bulk_id, "data": {"displayName": bulk_id, "members": members}})
}

fn change(method: &str, path: &str) -> Value {
    json!({"method": method, "path": path, "data": {}})
}

#[test]
fn what_has_nothing_in_common_runs_side_by_side() {
    let operations =
        json!([user("a", None), change("PATCH", "/Users/1"), change("DELETE", "/Users/2"), group("g", &[])]);
    assert_eq!(waves(&operations), [[0, 1, 2, 3].map(Whole)]);
}

#[test]
fn a_reference_waits_for_its_create_also_when_that_comes_later() {
    // R76
    let operations = json!([
        group("g", &["bulkId:a", "bulkId:b"]),
        user("a", Some("bulkId:b")),
        user("b", None),
        change("PATCH", "/Groups/bulkId:g"),
    ]);
    assert_eq!(waves(&operations), [vec![Whole(2)], vec![Whole(1)], vec![Whole(0)], vec![Whole(3)]]);
}

#[test]
fn the_same_resource_is_changed_in_the_order_of_the_request() {
    let operations = json!([
        change("PATCH", "/Users/1"),
        change("PATCH", "/Users/2"),
        change("PUT", "/Users/1"),
        change("DELETE", "/Users/1"),
    ]);
    assert_eq!(waves(&operations), [vec![Whole(0), Whole(1)], vec![Whole(2)], vec![Whole(3)]]);
}

#[test]
fn what_mentions_a_resource_keeps_its_place_beside_changes_of_it() {
    let mut joins = change("PATCH", "/Groups/g");
    joins["data"] = json!({"Operations": [{"op": "add", "path": "members", "value": [{"value": "1"}]}]});
    let mut joins_too = joins.clone();
    joins_too["path"] = json!("/Groups/h");
    let operations = json!([joins, joins_too, change("DELETE", "/Users/1"), joins]);
    assert_eq!(waves(&operations), [vec![Whole(0), Whole(1)], vec![Whole(2)], vec![Whole(3)]]);
}

#[test]
fn two_creates_of_one_name_are_decided_by_their_order() {
    let mut again = user("b", None);
    again["data"]["userName"] = json!("A");
    assert_eq!(waves(&json!([user("a", None), again])), [[Whole(0)], [Whole(1)]]);
}

#[test]
fn a_name_that_is_given_up_can_be_taken_in_the_same_bulk() {
    let operations =
        json!([change("DELETE", "/Users/1"), change("DELETE", "/Users/2"), user("a", None), group("g", &[])]);
    assert_eq!(waves(&operations), [vec![Whole(0), Whole(1), Whole(3)], vec![Whole(2)]]);
}

#[test]
fn a_circle_is_opened_at_its_first_create_and_closed_when_the_ids_are_there() {
    // R76
    let operations =
        json!([user("c", None), user("a", Some("bulkId:b")), user("b", Some("bulkId:a")), group("g", &["bulkId:a"])]);
    assert_eq!(
        waves(&operations),
        [vec![Whole(0)], vec![Bare(1)], vec![Whole(2), Whole(3)], vec![Rest(1)]],
        "what stands outside the circle waits for ids alone"
    );
    assert_eq!(waves(&json!([user("a", Some("bulkId:a"))])), [[Bare(0)], [Rest(0)]], "a circle of one");
}

#[test]
fn a_change_of_what_stands_in_a_circle_comes_when_the_circle_is_closed() {
    let operations =
        json!([user("a", Some("bulkId:b")), user("b", Some("bulkId:a")), change("PATCH", "/Users/bulkId:a")]);
    assert_eq!(waves(&operations), [[Bare(0)], [Whole(1)], [Rest(0)], [Whole(2)]]);
}

#[test]
fn a_circle_through_an_attribute_that_is_required_is_refused_once() {
    let named_after = |bulk_id: &str, other: &str| {
        let mut user = user(bulk_id, None);
        user["data"]["userName"] = json!(format!("bulkId:{other}"));
        user
    };
    let operations = json!([named_after("a", "b"), named_after("b", "a")]);
    assert_eq!(waves(&operations), [[Refuse(0)], [Whole(1)]]);
    let operations = json!([named_after("a", "b"), user("b", Some("bulkId:a"))]);
    assert_eq!(waves(&operations), [[Bare(1)], [Whole(0)], [Rest(1)]]);
}

#[test]
fn references_win_over_the_order_of_the_request() {
    // The first change mentions what the create makes, and the create mentions the resource that is changed.
    let mut first = change("PUT", "/Users/7");
    first["data"] = json!({"manager": "bulkId:m"});
    let operations = json!([first, user("m", Some("7"))]);
    assert_eq!(waves(&operations), [[Whole(1)], [Whole(0)]]);
}

#[test]
fn operations_without_sense_and_references_to_nothing_hold_nobody_up() {
    let operations =
        json!([{"method": "BREW"}, user("a", Some("bulkId:nobody")), change("PATCH", "/Users/bulkId:nobody")]);
    assert_eq!(waves(&operations), [[0, 1, 2].map(Whole)]);
}

#[test]
fn a_narrow_wave_goes_through_the_request_in_its_order() {
    // R75: with `failOnErrors: 1` nothing behind a failure may have been begun.
    let mut plan = plan(&json!([user("a", None), change("PATCH", "/Users/bulkId:a"), user("b", None)]));
    let steps: Vec<Step> = std::iter::from_fn(|| plan.next_wave(1).pop()).collect();
    assert_eq!(steps, [0, 1, 2].map(Whole));
}

#[test]
fn a_thousand_changes_of_one_resource_are_a_thousand_waves() {
    let operations = vec![change("PATCH", "/Users/1"); 1000];
    let expected: Vec<Vec<Step>> = (0..1000).map(|number| vec![Whole(number)]).collect();
    assert_eq!(waves(&json!(operations)), expected);
}

/// An operation of a random bulk: what it is done to, and the creates to which it refers.
fn any_operation(number: usize, kind: u8, references: &[usize]) -> Value {
    let references: Vec<String> = references.iter().map(|number| format!("bulkId:{number}")).collect();
    let members: Vec<&str> = references.iter().map(String::as_str).collect();
    match kind {
        0 | 1 => group(&number.to_string(), &members),
        2 => user(&number.to_string(), members.first().copied()),
        3 => change("DELETE", "/Users/7"),
        _ => change("PATCH", &format!("/Groups/{}", kind % 3)),
    }
}

proptest! {
    #[test]
    fn every_operation_is_done_once_and_after_what_it_needs(
        operations in prop::collection::vec((0_u8..8, prop::collection::vec(0_usize..12, 0..3)), 1..12),
        width in 1_usize..5,
    ) {
        let list: Vec<Value> =
            operations.iter().enumerate().map(|(number, (kind, references))| any_operation(number, *kind, references)).collect();
        let mut plan = plan(&json!(list));
        let creates = |number: &usize| operations.get(*number).is_some_and(|(kind, _)| *kind < 3);
        // Waves in which an operation was begun and in which it was over.
        let mut begun = vec![None; list.len()];
        let mut over = vec![None; list.len()];
        for wave in 0.. {
            let steps = plan.next_wave(width);
            if steps.is_empty() {
                break;
            }
            prop_assert!(steps.len() <= width);
            for step in steps {
                let number = match step {
                    Whole(number) | Refuse(number) | Bare(number) => {
                        prop_assert_eq!(begun[number].replace(wave), None);
                        number
                    }
                    Rest(number) => {
                        prop_assert!(begun[number].is_some_and(|begun| begun < wave));
                        number
                    }
                };
                if matches!(step, Whole(_) | Rest(_)) {
                    let (kind, references) = &operations[number];
                    let used = match kind { 0 | 1 => references.as_slice(), 2 => &references[..references.len().min(1)], _ => &[] };
                    for needed in used.iter().filter(|needed| creates(needed)) {
                        prop_assert!(begun[*needed].is_some_and(|begun| begun < wave), "{number} needs {needed}");
                    }
                }
                if !matches!(step, Bare(_)) {
                    prop_assert_eq!(over[number].replace(wave), None);
                }
            }
        }
        prop_assert!(over.iter().all(Option::is_some));
        for (later, (kind, _)) in operations.iter().enumerate().filter(|(_, (kind, _))| *kind >= 3) {
            for (earlier, (other, _)) in operations[..later].iter().enumerate() {
                let is_same = list[earlier]["path"] == list[later]["path"];
                prop_assert!(!is_same || *other < 3 || over[earlier] < over[later], "{kind}: {earlier} before {later}");
            }
        }
    }
}
