//! `/metrics`: valid, sane, and with labels that cannot grow.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use crate::support::prometheus::Metrics;
use crate::support::{World, bridge, idp};

const ALICE: &str = "alice@example.com";

/// Something of everything: successes, refusals, repeats, waits, strangers.
async fn happen(world: &World) -> String {
    let (okta, vendor) = (world.idp(), world.vendor());
    let id = okta.okta_creates(ALICE).await.id();
    let rename = |name: &str| json!([{ "op": "replace", "path": "name.givenName", "value": name }]);
    vendor.fault(json!({ "match": { "operation": "userUpdate" }, "do": { "status": 503 } })).await;
    okta.operations(&id, rename("One")).await.is(200);
    vendor.fault(json!({ "match": { "operation": "userUpdate" }, "do": { "limit": { "seconds": 1 } } })).await;
    okta.operations(&id, rename("Two")).await.is(200);
    vendor.act("/_sim/revoke_tokens", json!({})).await;
    okta.operations(&id, rename("Three")).await.is(200);
    let mut bob = idp::okta_user("bob@example.com");
    bob[idp::VENDOR] = json!({ "projectIds": [999_999] });
    okta.post("/Users", bob).await.is_error(400, "invalidValue");
    for path in ["/scim/v2/nobody/Users", "/scim/v2/support-2/Users/1", "/wp-login.php", "/scim/v9/x"] {
        world.root(path).await;
    }
    world.idp_with(Some("wrong")).get("/Users").await.is_error(401, "");
    let brew = okta.request("BREW", "/Users");
    okta.send("BREW".to_owned(), brew).await.is(405);
    okta.okta_sets_active(&id, false).await.is(200);
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn every_mechanism_counts_what_it_does() {
    let world = bridge().start().await;
    let id = happen(&world).await;
    let metrics = world.metrics().await;
    let support = ("connection", "support");
    let at_least = |name: &str, labels: &[(&str, &str)], least: f64| {
        let has = metrics.sum(name, labels);
        assert!(has >= least, "{name} {labels:?}: {has}, not {least}");
    };
    let exactly = |name: &str, labels: &[(&str, &str)], count: f64| {
        let has = metrics.sum(name, labels);
        assert!((has - count).abs() < 0.5, "{name} {labels:?}: {has}, not {count}");
    };
    let patches = [support, ("route", "/Users/{id}"), ("method", "PATCH"), ("status", "2xx")];
    exactly("scim_bridge_requests_total", &patches, 4.0);
    exactly("scim_bridge_request_seconds_count", &patches[..3], 4.0);
    exactly("scim_bridge_requests_total", &[support, ("route", "/Users"), ("method", "other"), ("status", "4xx")], 1.0);
    exactly("scim_bridge_requests_total", &[("connection", "-"), ("status", "4xx")], 4.0);
    exactly("scim_bridge_converged_total", &[support, ("outcome", "settled")], 5.0);
    exactly("scim_bridge_converged_total", &[support, ("outcome", "refused")], 1.0);
    exactly("scim_bridge_converge_seconds_count", &[support], 6.0);
    let update = ("call", "update.userUpdate");
    exactly("scim_bridge_vendor_calls_total", &[support, update, ("meaning", "done")], 3.0);
    exactly("scim_bridge_vendor_calls_total", &[support, update, ("meaning", "broken")], 1.0);
    exactly("scim_bridge_vendor_calls_total", &[support, update, ("meaning", "limited")], 1.0);
    exactly("scim_bridge_vendor_calls_total", &[support, ("meaning", "unauthenticated")], 1.0);
    exactly("scim_bridge_vendor_call_duration_seconds_count", &[support, update], 6.0);
    exactly("scim_bridge_vendor_retries_total", &[support, update, ("cause", "broken")], 1.0);
    exactly("scim_bridge_vendor_retries_total", &[support, update, ("cause", "limited")], 1.0);
    exactly("scim_bridge_vendor_retries_total", &[support, update, ("cause", "unauthenticated")], 1.0);
    at_least("scim_bridge_vendor_permit_wait_seconds_count", &[support, ("priority", "departure")], 1.0);
    at_least("scim_bridge_vendor_permit_wait_seconds_count", &[support, ("priority", "change")], 6.0);
    exactly("scim_bridge_vendor_pauses_total", &[support], 1.0);
    exactly("scim_bridge_vendor_breaker_state", &[support], 0.0);
    exactly("scim_bridge_vendor_sign_ins_total", &[support, ("outcome", "accepted")], 2.0);
    at_least("scim_bridge_store_commit_seconds_count", &[], 10.0);
    at_least("scim_bridge_store_group_commits_count", &[], 1.0);
    exactly("scim_bridge_store_queue_length", &[], 0.0);
    exactly("scim_bridge_accounts", &[support, ("state", "settled")], 1.0);
    exactly("scim_bridge_accounts", &[support, ("state", "pending")], 0.0);
    closed(&metrics, &[&id]);
    as_documented(&metrics);
}

/// No label holds what a stranger or a person decides.
#[track_caller]
fn closed(metrics: &Metrics, ids: &[&str]) {
    assert_eq!(metrics.values("connection"), BTreeSet::from(["-", "support"]));
    let routes = metrics.values("route");
    assert!(routes.contains("unknown") && routes.contains("/Users/{id}"), "{routes:?}");
    for sample in &metrics.samples {
        for value in sample.labels.values() {
            let is_private =
                value.contains('@') || value.contains("nobody") || value.contains("wp-") || value == "BREW";
            assert!(!is_private && !ids.contains(&value.as_str()), "{sample:?}");
        }
    }
}

/// What is exposed is in docs/OPERATIONS.md, with its type and its labels.
#[track_caller]
fn as_documented(metrics: &Metrics) {
    let page = include_str!("../../../docs/OPERATIONS.md");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `scim_bridge_"));
    let documented: BTreeMap<String, (String, BTreeSet<String>)> = rows
        .map(|row| {
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            let labels = cells[2].split(',').map(|label| label.trim().trim_matches('`').to_owned());
            let labels = labels.filter(|label| !label.is_empty()).collect();
            (format!("scim_bridge_{}", cells[0].trim_end_matches('`')), (cells[1].to_owned(), labels))
        })
        .collect();
    assert!(documented.len() > 10, "the table is there");
    for sample in &metrics.samples {
        let family = metrics.family(&sample.name).expect("a family");
        let (kind, labels) = documented.get(&family).unwrap_or_else(|| panic!("{family} is not documented"));
        assert_eq!(&metrics.types[&family], kind, "{family}");
        let has: BTreeSet<String> = sample.labels.keys().filter(|label| *label != "le").cloned().collect();
        assert_eq!(&has, labels, "{family}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn trouble_is_counted() {
    let world = bridge()
        .connection("answer_within", 1)
        .connection("limits", json!({ "rate_per_second": 0.2, "burst": 4, "concurrency": 1 }))
        .start()
        .await;
    world.vendor().fault(json!({ "match": { "operation": "token" }, "do": { "status": 503 } })).await;
    let okta = world.idp();
    let creates = (0..12).map(|number| okta.post("/Users", idp::okta_user(&format!("person{number}@example.com"))));
    for answer in futures_util::future::join_all(creates).await {
        assert!([201, 429, 503].contains(&answer.status), "{}", answer.text);
    }
    let metrics = world.metrics().await;
    let support = ("connection", "support");
    assert!(metrics.sum("scim_bridge_vendor_permits_missed_total", &[support, ("priority", "create")]) >= 1.0);
    assert!(metrics.sum("scim_bridge_converged_total", &[support, ("outcome", "deferred")]) >= 8.0);
    assert!((metrics.sum("scim_bridge_vendor_sign_ins_total", &[support, ("outcome", "broken")]) - 1.0).abs() < 0.5);
    assert!(metrics.sum("scim_bridge_accounts", &[support, ("state", "pending")]) >= 8.0);
    as_documented(&metrics);
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_sign_ins_have_a_counter_of_their_own() {
    let world = bridge()
        .connection("answer_within", 1)
        .connection("secrets", json!({ "username": "nobody@example.com", "password": "wrong" }))
        .start()
        .await;
    world.idp().post("/Users", idp::okta_user(ALICE)).await.is_error(503, "");
    let metrics = world.metrics().await;
    for name in ["scim_bridge_vendor_sign_in_refusals_total", "scim_bridge_vendor_sign_ins_total"] {
        assert!((metrics.sum(name, &[("connection", "support")]) - 1.0).abs() < 0.5, "{name}");
    }
    as_documented(&metrics);
}
