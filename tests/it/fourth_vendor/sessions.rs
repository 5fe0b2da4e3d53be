//! Sessions: one for all calls, renewed when the vendor ends it, in whatever way it says so.

use serde_json::json;

use super::server::{APP, Quay, error};
use super::{ada, bridge_to, bridge_with};
use crate::support::{Told, Trouble};

#[tokio::test]
async fn one_session_from_a_header_serves_all_calls_and_is_asked_for_without_another() {
    let vendor = Quay::start();
    let bridge = bridge_to(&vendor);
    for name in ["ada", "eve", "bob"] {
        let mail = json!([{ "type": "work", "value": format!("{name}@example.com") }]);
        bridge.idp().post("/Users", ada(json!({ "userName": name, "emails": mail }))).await.is(201);
    }
    let sent = vendor.asked();
    assert_eq!(vendor.with(|quay| quay.sign_ins), 1);
    let (sign_in, others): (Vec<_>, Vec<_>) = sent.iter().partition(|asked| asked.call() == "POST /v7/sessions");
    assert_eq!(
        (sign_in.len(), sign_in[0].header("quay-session"), sign_in[0].header("quay-version")),
        (1, None, Some("7"))
    );
    assert!(others.iter().all(|asked| asked.header("quay-session") == Some("qs-1")));
}

#[tokio::test]
async fn a_session_that_is_over_in_the_middle_costs_a_sign_in_and_no_request() {
    let vendor = Quay::start();
    let bridge = bridge_to(&vendor);
    let id = bridge.idp().post("/Users", ada(json!({}))).await.is(201).id();
    // inside a 200
    vendor.fault("POST /v7/people/*/disable", Trouble::Instead(error("session_over", json!({}))));
    bridge.idp().okta_sets_active(&id, false).await.is(200);
    assert_eq!(vendor.with(|quay| quay.sign_ins), 2);
    // at the gateway
    vendor.with(|quay| quay.sessions.clear());
    bridge.idp().okta_sets_active(&id, true).await.is(200);
    assert_eq!(vendor.with(|quay| quay.sign_ins), 3);
    let ada = vendor.with(|quay| quay.person("ada")).expect("she is there");
    assert_eq!(ada["state"], "enabled");
    assert_eq!(vendor.faults_left(), Vec::<String>::new());
}

#[tokio::test]
async fn a_secret_that_is_refused_inside_a_200_is_told_and_not_tried_with_every_request() {
    let vendor = Quay::start();
    let bridge = bridge_with(&vendor, json!({ "secrets": { "app": APP, "secret": "wrong" }, "answer_within": 2 }));
    for _ in 0..3 {
        bridge.idp().post("/Users", ada(json!({}))).await.is(503);
    }
    let sent = vendor.asked();
    assert_eq!(sent.iter().map(crate::support::Asked::call).collect::<Vec<_>>(), ["POST /v7/sessions"]);
}

#[tokio::test]
async fn a_sign_in_that_is_limited_or_not_answered_costs_only_time() {
    let vendor = Quay::start();
    vendor.fault("POST /v7/sessions", Trouble::Instead(Told::text(500, "<html>sorry</html>")));
    vendor.fault("POST /v7/sessions", Trouble::Instead(error("slow_down", json!({ "retry_in_ms": 30 }))));
    vendor.fault("POST /v7/sessions", Trouble::Lost);
    let bridge = bridge_to(&vendor);
    bridge.idp().post("/Users", ada(json!({}))).await.is(201);
    assert_eq!(vendor.with(|quay| quay.sign_ins), 2, "one whose answer was lost, and the one that serves");
    assert_eq!(vendor.faults_left(), Vec::<String>::new());
}
