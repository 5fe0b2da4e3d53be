//! A plan leads from the one record to the other, and then there is nothing left to do.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::mapping::made_up::{bound, object};

fn record(value: Value) -> Record {
    Record(object(value))
}

fn steps(key: Option<&str>, applied: Option<Value>, desired: &Desired) -> Result<Vec<(String, Value)>, PlanError> {
    let applied = applied.map(record);
    let steps = plan(&bound(), key, applied.as_ref(), desired, &Record::default())?;
    Ok(steps.into_iter().map(|step| (step.call.to_string(), Value::Object(step.scope.record.0))).collect())
}

fn change(applied: Value, desired: Value) -> Result<Vec<(String, Value)>, PlanError> {
    steps(Some("7"), Some(applied), &Desired::Present(record(desired)))
}

fn step(call: &str, record: Value) -> (String, Value) {
    (call.to_owned(), record)
}

#[test]
fn a_new_account_is_created_and_finished_by_updates() {
    let desired = record(json!({ "login": "ada", "mail": "a@b", "skills": ["x"], "nick": "A" }));
    let transient = record(json!({ "secret": "pw" }));
    let steps = plan(&bound(), None, None, &Desired::Present(desired), &transient).expect("a plan");
    let seen: Vec<_> = steps.iter().map(|step| (step.call.to_string(), json!(step.scope.record.0))).collect();
    assert_eq!(
        seen,
        [
            step("create", json!({ "login": "ada", "mail": "a@b", "secret": "pw" })),
            step("update.skills", json!({ "skills": ["x"] })),
            step("update.profile", json!({ "nick": "A" })),
        ]
    );
    assert!(steps.iter().all(|step| step.scope.key.is_none()));
}

#[test]
fn each_change_goes_to_the_call_that_writes_it_and_no_further() {
    assert_eq!(
        change(
            json!({ "skills": ["x"], "nick": "A", "mail": "a@b" }),
            json!({ "skills": ["y"], "nick": "A", "mail": "a@c" })
        ),
        Ok(vec![step("update.skills", json!({ "skills": ["y"] })), step("update.profile", json!({ "mail": "a@c" }))])
    );
    assert_eq!(change(json!({ "skills": ["x", "y"] }), json!({ "skills": ["y", "x"] })), Ok(vec![]));
}

#[test]
fn a_lost_value_follows_the_rule_of_its_field() {
    assert_eq!(change(json!({ "team": "T" }), json!({})), Ok(vec![step("update.profile", json!({ "team": null }))]));
    assert_eq!(change(json!({ "nick": "A" }), json!({})), Ok(vec![]));
    let error = change(json!({ "mail": "a@b" }), json!({})).expect_err("cannot be cleared");
    assert_eq!((error.attribute.as_str(), error.field.as_str()), ("emails.value", "mail"));
}

#[test]
fn what_cannot_change_is_refused_before_any_call() {
    let error = change(json!({ "login": "ada" }), json!({ "login": "grace" })).expect_err("immutable");
    assert!(error.to_string().contains("userName: Made Up cannot change login"), "{error}");
    assert_eq!(steps(Some("7"), None, &Desired::Present(record(json!({ "login": "ada" })))), Ok(vec![]));
}

#[test]
fn an_object_travels_whole() {
    let applied = json!({ "address.city": "Paris", "address.street": "Rue 1" });
    assert_eq!(
        change(applied.clone(), json!({ "address.city": "Paris", "address.street": "Rue 2" })),
        Ok(vec![step("update.profile", json!({ "address.city": "Paris", "address.street": "Rue 2" }))])
    );
    assert_eq!(
        change(applied, json!({})),
        Ok(vec![step("update.profile", json!({ "address.city": null, "address.street": null }))])
    );
}

#[test]
fn vendor_words_that_read_the_same_are_no_difference() {
    assert_eq!(change(json!({ "state": "ARCHIVED" }), json!({ "state": "SUSPENDED" })), Ok(vec![]));
    assert_eq!(
        change(json!({ "state": "ARCHIVED" }), json!({ "state": "ACTIVE" })),
        Ok(vec![step("update.profile", json!({ "state": "ACTIVE" }))])
    );
}

#[test]
fn an_inactive_person_loses_nothing_but_what_is_set() {
    let parked = Desired::Parked(record(json!({ "enabled": false, "skills": [] })));
    assert_eq!(
        steps(Some("7"), Some(json!({ "enabled": true, "team": "T", "skills": ["x"] })), &parked),
        Ok(vec![step("update.skills", json!({ "skills": [] })), step("update.profile", json!({ "enabled": false }))])
    );
    assert_eq!(steps(None, None, &parked), Ok(vec![]));
    assert_eq!(steps(None, None, &Desired::Absent), Ok(vec![]));
}

#[test]
fn objects_of_somebody_inactive_are_sent_whole() {
    let parked = Desired::Parked(record(json!({ "address.city": "Lyon" })));
    assert_eq!(
        steps(Some("7"), Some(json!({ "address.city": "Paris", "address.street": "Rue 2" })), &parked),
        Ok(vec![step("update.profile", json!({ "address.city": "Lyon", "address.street": "Rue 2" }))])
    );
}

#[test]
fn deletion_without_a_call_for_it_is_refused() {
    assert!(
        steps(Some("7"), None, &Desired::Absent)
            .expect_err("no delete")
            .problem
            .contains("no call that deletes the account")
    );
}

fn some_record() -> impl Strategy<Value = Record> {
    let text = || proptest::option::of("[a-c]{1,2}");
    let list = proptest::option::of(proptest::collection::vec("[a-c]", 1..4));
    (text(), text(), proptest::option::of(any::<bool>()), list, text(), text()).prop_map(
        |(nick, team, enabled, skills, city, street)| {
            let mut record = record(json!({ "login": "ada", "mail": "a@b" }));
            let fields = [
                ("nick", nick.map(Value::from)),
                ("team", team.map(Value::from)),
                ("enabled", enabled.map(Value::from)),
                ("skills", skills.map(Value::from)),
                ("address.city", city.map(Value::from)),
                ("address.street", street.map(Value::from)),
            ];
            for (name, value) in fields {
                if let Some(value) = value {
                    record.0.insert(name.to_owned(), value);
                }
            }
            record
        },
    )
}

/// What a vendor holds after a plan.
fn carry_out(mut held: Record, steps: &[Step]) -> Record {
    for step in steps {
        for (name, value) in &step.scope.record.0 {
            if is_empty(value) {
                held.0.remove(name);
            } else {
                held.0.insert(name.clone(), value.clone());
            }
        }
    }
    held
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_plan_carried_out_leaves_nothing_to_do(applied in some_record(), wanted in some_record()) {
        let bound = bound();
        let desired = Desired::Present(wanted.clone());
        let steps = plan(&bound, Some("7"), Some(&applied), &desired, &Record::default()).expect("a plan");
        let held = carry_out(applied, &steps);
        for field in bound.fields().filter(|field| field.name != "nick" || wanted.0.contains_key("nick")) {
            prop_assert!(bound.same(&field.name, held.0.get(&field.name), wanted.0.get(&field.name)), "{}", field.name);
        }
        prop_assert_eq!(plan(&bound, Some("7"), Some(&held), &desired, &Record::default()), Ok(Vec::new()));
    }

    #[test]
    fn a_created_account_leaves_nothing_to_do(wanted in some_record()) {
        let bound = bound();
        let desired = Desired::Present(wanted);
        let steps = plan(&bound, None, None, &desired, &Record::default()).expect("a plan");
        let held = carry_out(Record::default(), &steps);
        prop_assert_eq!(plan(&bound, Some("7"), Some(&held), &desired, &Record::default()), Ok(Vec::new()));
    }

    #[test]
    fn the_way_does_not_matter(applied in some_record(), between in some_record(), wanted in some_record()) {
        let bound = bound();
        let to = |from: &Record, to: &Record| {
            let steps = plan(&bound, Some("7"), Some(from), &Desired::Present(to.clone()), &Record::default()).expect("a plan");
            carry_out(from.clone(), &steps)
        };
        let direct = to(&applied, &wanted);
        let around = to(&to(&applied, &between), &wanted);
        prop_assert!(!difference(&bound, &direct, &around).iter().any(|name| name != "nick"));
    }
}
