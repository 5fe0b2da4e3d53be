//! What goes wrong on the way: lost answers, sessions that end, limits, faults, somebody else's changes, and a bridge that dies.

use serde_json::{Value, json};

use super::server::{Quay, error};
use super::{ada, bridge_to};
use crate::support::idp::ENTERPRISE;
use crate::support::{Told, Trouble, eventually};

#[tokio::test]
async fn a_create_whose_answer_was_lost_makes_one_account() {
    let vendor = Quay::start();
    let bridge = bridge_to(&vendor);
    vendor.fault("POST /v7/people", Trouble::Lost);
    let id = bridge.idp().post("/Users", ada(json!({}))).await.is(201).id();
    assert_eq!(vendor.changes(), ["POST /v7/people"], "the account is found, not made again");
    bridge.idp().okta_sets_active(&id, false).await.is(200);
    assert_eq!(vendor.with(|quay| quay.person("ada")).expect("she is there")["state"], "disabled");
}

#[tokio::test]
async fn a_membership_whose_answer_was_lost_is_there_once_and_can_be_taken_away() {
    let vendor = Quay::start();
    vendor.with(|quay| quay.makes_team("Night"));
    let bridge = bridge_to(&vendor);
    let idp = bridge.idp();
    let person = idp.post("/Users", ada(json!({}))).await.is(201).id();
    let group = idp.creates_group("Team Night", &[]).await.is(201).id();
    vendor.fault("POST /v7/teams/*/members", Trouble::Lost);
    idp.entra_adds(&group, &person).await.is(200);
    assert_eq!(vendor.with(|quay| quay.teams_of("ada")), ["Night"]);
    vendor.fault("DELETE /v7/teams/*/members/*", Trouble::Lost);
    idp.entra_removes(&group, &person).await.is(200);
    assert_eq!(vendor.with(|quay| quay.teams_of("ada")), Vec::<String>::new());
    assert_eq!(vendor.faults_left(), Vec::<String>::new());
}

#[tokio::test]
async fn a_team_whose_creation_was_not_answered_is_made_once() {
    let vendor = Quay::start();
    let bridge = bridge_to(&vendor);
    vendor.fault("POST /v7/teams", Trouble::Lost);
    bridge.idp().creates_group("Team Night", &[]).await.is(201);
    assert_eq!(vendor.with(|quay| quay.teams.len()), 1);
}

#[tokio::test]
async fn limits_faults_and_pages_of_the_gateway_are_waited_out() {
    let vendor = Quay::start();
    let bridge = bridge_to(&vendor);
    let page = || Told::text(500, "<html>sorry</html>");
    vendor.fault("POST /v7/people", Trouble::Instead(Told::text(429, "<html>slow down</html>").with("Retry-After", 0)));
    vendor.fault("POST /v7/people", Trouble::Instead(error("slow_down", json!({ "retry_in_ms": 30 }))));
    let id = bridge.idp().post("/Users", ada(json!({}))).await.is(201).id();
    vendor.fault("POST /v7/people/*/disable", Trouble::Instead(page()));
    vendor.fault("POST /v7/people/*/disable", Trouble::Instead(error("maintenance", json!({}))));
    vendor.fault("GET /v7/people/*", Trouble::Instead(page()));
    bridge.idp().okta_sets_active(&id, false).await.is(200);
    assert_eq!(vendor.with(|quay| quay.person("ada")).expect("she is there")["state"], "disabled");
    assert_eq!(vendor.with(|quay| quay.people.len()), 2);
    assert_eq!(vendor.faults_left(), Vec::<String>::new());
}

#[tokio::test]
async fn a_change_made_from_an_old_state_is_made_again_from_the_newest() {
    let vendor = Quay::start();
    let bridge = bridge_to(&vendor);
    let id = bridge.idp().post("/Users", ada(json!({}))).await.is(201).id();
    let stale = || Trouble::Instead(Told::text(412, "<html>changed in the meantime</html>"));
    vendor.fault("PATCH /v7/people/*", stale());
    vendor.fault("PATCH /v7/people/*", stale());
    vendor.asked();
    let operations = json!([{ "op": "replace", "path": "name.familyName", "value": "King" }]);
    bridge.idp().operations(&id, operations).await.is(200);
    let calls: Vec<String> = vendor.asked().iter().map(crate::support::Asked::call).collect();
    let (read, change) = ("GET /v7/people/401", "PATCH /v7/people/401");
    assert_eq!(calls, [read, change, read, change, read, change]);
    assert_eq!(vendor.with(|quay| quay.person("ada")).expect("she is there")["family"], "King");
}

#[tokio::test]
async fn of_several_errors_in_one_answer_the_first_rule_that_fits_decides() {
    let vendor = Quay::start();
    vendor.with(|quay| {
        quay.makes("ada", "somebody@example.com", "enabled");
        quay.makes("somebody", "ada@example.com", "enabled");
    });
    let bridge = bridge_to(&vendor);
    let answer = bridge.idp().post("/Users", ada(json!({ ENTERPRISE: { "department": "Front office" } }))).await;
    let answer = answer.is_error(409, "uniqueness");
    assert_eq!(vendor.with(|quay| quay.people.len()), 3, "{}", answer.text);
}

#[tokio::test]
async fn a_department_that_nobody_has_or_that_is_closed_is_refused_with_its_attribute() {
    let vendor = Quay::start();
    let bridge = bridge_to(&vendor);
    for (name, expected) in [("Cara", "Care"), ("Closed since May", "departments has no")] {
        let more = json!({ ENTERPRISE: { "department": name } });
        let answer = bridge.idp().post("/Users", ada(more)).await.is_error(400, "invalidValue");
        assert!(answer.text.contains(expected) && answer.text.contains("department"), "{}", answer.text);
    }
    assert_eq!(vendor.changes(), Vec::<String>::new());
}

#[tokio::test]
async fn a_name_that_two_departments_have_is_refused_and_never_the_first_of_them() {
    let vendor = Quay::start();
    vendor.with(|quay| quay.departments.push((9, "care", false)));
    let bridge = bridge_to(&vendor);
    let more = json!({ ENTERPRISE: { "department": "Care" } });
    let answer = bridge.idp().post("/Users", ada(more)).await.is_error(400, "invalidValue");
    assert!(answer.text.contains("department"), "{}", answer.text);
    assert_eq!(vendor.changes(), Vec::<String>::new());
}

#[tokio::test]
async fn the_account_of_the_bridge_itself_is_never_touched() {
    let vendor = Quay::start();
    // an application that looks like a person
    vendor.with(|quay| quay.people.get_mut(&400).expect("it is there").kind = "human");
    let bridge = bridge_to(&vendor);
    let more = json!({ "userName": super::APP, "emails": [{ "type": "work", "value": "bridge@quay.example" }] });
    let answer = bridge.idp().post("/Users", ada(more)).await;
    assert!(answer.status >= 400, "{}", answer.text);
    assert_eq!(vendor.with(|quay| quay.people[&400].revision), 1);
    assert_eq!(vendor.changes().iter().filter(|call| call.contains("/400")).count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bridge_that_dies_between_call_and_answer_makes_no_second_account_and_loses_nothing() {
    let vendor = Quay::start();
    vendor.with(|quay| quay.makes_team("Night"));
    let mut bridge = bridge_to(&vendor);
    let kill_at = |pattern: &'static str| {
        vendor.asked();
        vendor.fault(pattern, Trouble::Silent);
        pattern
    };
    let came = |pattern: &'static str, vendor: &crate::support::Stand<Quay>| vendor.was_asked(pattern).then_some(());

    let pattern = kill_at("POST /v7/people");
    let idp = bridge.idp();
    let create = tokio::spawn(async move { idp.attempt("POST", "/Users", Some(&ada(json!({})))).await.is_none() });
    eventually("the create is sent", || async { came(pattern, &vendor) }).await;
    bridge.crash_and_restart();
    assert!(create.await.expect("no panic"), "the IdP got no answer");
    bridge.settles().await;
    let found = bridge.idp().find("userName eq \"ada\"").await.is(200);
    let person = found.resources()[0]["id"].as_str().expect("an id").to_owned();
    assert_eq!(vendor.with(|quay| quay.people.len()), 2, "the bridge's own, and hers");

    let group = bridge.idp().creates_group("Team Night", &[]).await.is(201).id();
    let pattern = kill_at("POST /v7/teams/*/members");
    let idp = bridge.idp();
    let (of, who) = (group.clone(), person.clone());
    let join = tokio::spawn(async move {
        let body = json!({ "schemas": [crate::support::idp::PATCH], "Operations": [{ "op": "Add", "path": "members", "value": [{ "value": who }] }] });
        idp.attempt("PATCH", &format!("/Groups/{of}"), Some(&body)).await.is_none()
    });
    eventually("the membership is sent", || async { came(pattern, &vendor) }).await;
    bridge.crash_and_restart();
    assert!(join.await.expect("no panic"), "the IdP got no answer");
    bridge.settles().await;
    assert_eq!(vendor.with(|quay| quay.teams_of("ada")), ["Night"]);
    assert_eq!(bridge.idp().group(&group).await.members(), [person.as_str()]);

    let pattern = kill_at("DELETE /v7/people/*");
    let idp = bridge.idp();
    let path = format!("/Users/{person}");
    let remove = tokio::spawn(async move { idp.attempt("DELETE", &path, None::<&Value>).await.is_none() });
    eventually("the deletion is sent", || async { came(pattern, &vendor) }).await;
    bridge.crash_and_restart();
    assert!(remove.await.expect("no panic"), "the IdP got no answer");
    bridge.settles().await;
    assert!(vendor.with(|quay| quay.person("ada")).is_none());
}
