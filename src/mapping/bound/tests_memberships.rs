//! What groups make of a person's fields: order does not matter, what came goes again, and what is over stays over.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::mapping::made_up::bound;
use crate::mapping::plan::plan;

const OWN: &str = "urn:test:made-up:User";

fn person(own: Value) -> Map<String, Value> {
    Map::from_iter([("userName".to_owned(), "ada".into()), (OWN.to_owned(), own)])
}

fn member(target: &str, value: Value) -> Membership {
    Membership { target: target.to_owned(), value, level: None, is_over: false }
}

fn at_level(value: &str, level: i64) -> Membership {
    Membership { level: Some(level), ..member("language", json!(value)) }
}

fn over(membership: &Membership) -> Membership {
    Membership { is_over: true, ..membership.clone() }
}

fn mapped(bound: &Bound, resource: &Map<String, Value>, memberships: &[Membership]) -> Record {
    let mapped = bound.desired(resource, Beside { memberships, ..Beside::default() }).expect("maps");
    match mapped.desired {
        Desired::Present(record) | Desired::Parked(record) => record,
        Desired::Absent => panic!("an account"),
    }
}

fn field(own: Value, memberships: &[Membership], field: &str) -> Option<Value> {
    mapped(&bound(), &person(own), memberships).0.get(field).cloned()
}

#[test]
fn a_list_has_the_persons_own_values_and_those_of_the_groups() {
    let groups = [member("skill", json!("b")), member("skill", json!("c")), member("skill", json!("c"))];
    assert_eq!(field(json!({ "skills": ["a", "b"] }), &groups, "skills"), Some(json!(["a", "b", "c"])));
    assert_eq!(field(json!({}), &groups, "skills"), Some(json!(["b", "c"])));
}

#[test]
fn what_is_over_goes_although_the_person_names_it_unless_another_group_still_says_it() {
    let own = json!({ "skills": ["a", "b"] });
    let gone = over(&member("skill", json!("b")));
    assert_eq!(field(own.clone(), std::slice::from_ref(&gone), "skills"), Some(json!(["a"])));
    assert_eq!(field(own, &[gone, member("skill", json!("b"))], "skills"), Some(json!(["a", "b"])));
    let gone = over(&member("skill", json!("a")));
    assert_eq!(field(json!({ "skills": ["a"] }), &[gone], "skills"), None);
}

#[test]
fn where_only_one_counts_it_is_the_last_one_joined_then_the_persons_own() {
    let (red, blue) = (member("team", json!("red")), member("team", json!("blue")));
    assert_eq!(field(json!({ "team": "own" }), &[red.clone(), blue.clone()], "team"), Some(json!("blue")));
    assert_eq!(field(json!({ "team": "own" }), &[red.clone(), over(&blue)], "team"), Some(json!("red")));
    assert_eq!(field(json!({ "team": "own" }), &[over(&red)], "team"), Some(json!("own")));
    assert_eq!(field(json!({ "team": "red" }), &[over(&red)], "team"), None);
}

#[test]
fn levels_of_groups_overrule_the_persons_own_and_the_higher_one_holds() {
    let own = json!({ "languages": [{ "value": "fr", "level": 1 }, { "value": "de", "level": 2 }] });
    let groups = [at_level("fr", 4), at_level("fr", 2), member("language", json!("en")), over(&at_level("de", 9))];
    assert_eq!(field(own, &groups, "languages"), Some(json!({ "fr": 4, "en": 3 })));
}

#[test]
fn a_group_whose_target_the_mapping_does_not_have_changes_nothing() {
    assert_eq!(field(json!({ "skills": ["a"] }), &[member("no such", json!("b"))], "skills"), Some(json!(["a"])));
}

#[test]
fn an_inactive_person_keeps_the_values_of_the_groups() {
    let mut resource = person(json!({ "skills": ["a"] }));
    resource.insert("active".to_owned(), false.into());
    let record = mapped(&bound(), &resource, &[member("skill", json!("b"))]);
    assert_eq!(record.0["skills"], json!(["a", "b"]));
    assert_eq!(record.0["enabled"], false);
}

#[test]
fn what_is_over_is_taken_out_of_the_persons_own_attributes() {
    let bound = bound();
    let resource = person(
        json!({ "skills": ["a", "b"], "team": "red", "languages": [{ "value": "fr", "level": 1 }, { "value": "de", "level": 2 }] }),
    );
    let gone = [over(&member("skill", json!("b"))), over(&member("team", json!("red"))), over(&at_level("de", 1))];
    let without = bound.without_values(&resource, &gone, &Lists::default()).expect("changed");
    assert_eq!(without[OWN], json!({ "skills": ["a"], "languages": [{ "value": "fr", "level": 1 }] }));
    assert_eq!(bound.without_values(&without, &gone, &Lists::default()), None);
    assert_eq!(bound.without_values(&resource, &[over(&member("skill", json!("x")))], &Lists::default()), None);
}

fn some_groups() -> impl Strategy<Value = Vec<Membership>> {
    let one = prop_oneof![
        "[a-d]".prop_map(|value| member("skill", json!(value))),
        ("[a-d]", 1..5_i64).prop_map(|(value, level)| at_level(&value, level)),
    ];
    let one = (one, any::<bool>()).prop_map(|(one, is_over)| Membership { is_over, ..one });
    proptest::collection::vec(one, 0..6)
}

fn somebody() -> impl Strategy<Value = Map<String, Value>> {
    let levels = proptest::collection::vec(("[a-d]", 1..5_i64), 0..3);
    (proptest::collection::vec("[a-d]", 0..4), levels, proptest::option::of("[a-b]")).prop_map(
        |(skills, levels, team)| {
            let levels: Vec<Value> =
                levels.iter().map(|(value, level)| json!({ "value": value, "level": level })).collect();
            person(json!({ "skills": skills, "languages": levels, "team": team }))
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn the_order_of_groups_does_not_matter_where_any_number_counts(
        resource in somebody(), (groups, shuffled) in some_groups().prop_flat_map(|groups| (Just(groups.clone()), Just(groups).prop_shuffle()))
    ) {
        let bound = bound();
        let (one, other) = (mapped(&bound, &resource, &groups), mapped(&bound, &resource, &shuffled));
        for name in ["skills", "languages"] {
            prop_assert!(bound.same(name, one.0.get(name), other.0.get(name)), "{name}: {one:?} {other:?}");
        }
    }

    #[test]
    fn what_groups_make_of_a_person_leaves_nothing_to_do(resource in somebody(), groups in some_groups()) {
        let bound = bound();
        let record = mapped(&bound, &resource, &groups);
        let again = bound.desired(&resource, Beside { memberships: &groups, ..Beside::default() }).expect("maps").desired;
        prop_assert_eq!(plan(&bound, Some("7"), Some(&record), &again, &Record::default()), Ok(Vec::new()));
    }

    #[test]
    fn who_joins_and_leaves_is_as_before(resource in somebody(), value in "[x-z]", level in 1..5_i64) {
        let bound = bound();
        let before = mapped(&bound, &resource, &[]);
        for group in [member("skill", json!(value)), member("team", json!(value)), at_level(&value, level)] {
            prop_assert_ne!(&mapped(&bound, &resource, std::slice::from_ref(&group)), &before);
            prop_assert_eq!(&mapped(&bound, &resource, &[over(&group)]), &before);
        }
    }

    #[test]
    fn once_taken_out_it_need_not_be_remembered(resource in somebody(), groups in some_groups()) {
        let bound = bound();
        let gone: Vec<Membership> = groups.iter().map(over).collect();
        let cleaned = bound.without_values(&resource, &gone, &Lists::default()).unwrap_or_else(|| resource.clone());
        let (remembered, forgotten) = (mapped(&bound, &resource, &gone), mapped(&bound, &cleaned, &[]));
        for field in bound.fields() {
            prop_assert!(bound.same(&field.name, remembered.0.get(&field.name), forgotten.0.get(&field.name)), "{}", field.name);
        }
    }
}
