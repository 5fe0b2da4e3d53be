//! The examples of the shipped mapping hold, and an example that should fail does.

use std::sync::Arc;

use serde_json::{Value, json};

use super::*;
use crate::mapping::bound::tests::bundle;

fn run(examples: Option<Value>) -> Vec<ExampleOutcome> {
    let bundle = bundle();
    let mut file: MappingFile = serde_saphyr::from_str(&bundle.text).expect("the shipped mapping is readable");
    if let Some(examples) = examples {
        file.examples = serde_json::from_value(examples).expect("examples");
    }
    run_examples(&Arc::new(file), &Arc::new(bundle))
}

#[test]
fn every_example_of_the_shipped_mapping_holds() {
    let outcomes = run(None);
    assert!(outcomes.len() >= 15, "{}", outcomes.len());
    let failed: Vec<&ExampleOutcome> = outcomes.iter().filter(|outcome| outcome.problem.is_some()).collect();
    assert!(failed.is_empty(), "{failed:#?}");
}

#[test]
fn an_example_that_does_not_hold_says_where() {
    let body = json!({ "userName": "ada@example.com", "name": { "givenName": "Ada", "familyName": "Lovelace" } });
    let variables = json!({ "input": { "email": "ada@example.org", "firstName": "Ada", "lastName": "Lovelace", "userName": "Ada", "roleId": 2 } });
    let outcomes = run(Some(json!([
        { "name": "a value", "request": { "method": "POST", "body": body }, "calls": [{ "call": "create", "variables": variables }] },
        { "name": "calls", "request": { "method": "POST", "body": body }, "calls": [{ "call": "delete" }] },
        { "name": "no error", "request": { "method": "POST", "body": body }, "error": { "scim_type": "invalidValue" } },
        { "name": "meaning", "answer": { "status": 500, "text": "oops" }, "to_call": "create", "means": "done" },
        { "name": "left alone", "account": { "id": 1, "__typename": "Bot" }, "resource": { "userName": "x" } },
    ])));
    let problems: Vec<String> = outcomes.into_iter().map(|outcome| outcome.problem.expect("fails")).collect();
    for (problem, part) in problems.iter().zip([
        "calls[0].variables.input.email: expected \"ada@example.org\", found \"ada@example.com\"\ncalls[0].variables.input.projectIds: not expected, found []",
        "expected the calls [delete], found [create]",
        "expected an error, found the calls [create]",
        "means: expected Done, found Broken by api.answers",
        "the account is left alone",
    ]) {
        assert!(problem.contains(part), "{part}\n in {problem}");
    }
}

#[test]
fn an_example_with_names_says_what_the_vendor_lists() {
    let text = include_str!("../../../tests/corpus/mapping-errors/good/lookups.yaml");
    let mut file: MappingFile = serde_saphyr::from_str(text).expect("readable");
    let held = run_examples(&Arc::new(file.clone()), &Arc::new(Bundle::default()));
    assert!(held.len() >= 5 && held.iter().all(|outcome| outcome.problem.is_none()), "{held:#?}");
    file.examples.iter_mut().for_each(|example| example.catalogs.clear());
    let first = run_examples(&Arc::new(file), &Arc::new(Bundle::default())).remove(0).problem.expect("no list");
    assert!(
        first.contains("\"Billing\" is looked up in skills") && first.contains("add catalogs: { skills:"),
        "{first}"
    );
}
