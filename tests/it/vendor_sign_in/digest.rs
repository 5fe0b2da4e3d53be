//! HTTP Digest at a server that is strict with nonces and counts.

use std::time::Duration;

use futures_util::future::join_all;
use scim_bridge::simulator::VendorKind;
use scim_bridge::simulator::brightpattern::{SERVICE_LOGIN, SERVICE_PASSWORD, TENANT};
use serde_json::json;

use super::*;

fn pattern(password: &str) -> Wish {
    Wish {
        mapping: "pattern",
        settings: json!({ "tenant": TENANT }),
        secrets: json!({ "login": SERVICE_LOGIN, "password": password }),
        instead: Vec::new(),
    }
}

async fn world(knobs: Value) -> World {
    let mut all = json!({ "server": "3" });
    all.as_object_mut().expect("an object").extend(knobs.as_object().cloned().unwrap_or_default());
    World::start(VendorKind::BrightPattern, all, pattern(SERVICE_PASSWORD)).await
}

fn refused(world: &World) -> usize {
    world.calls("").iter().filter(|call| call["status"] == 401).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_form_of_digest_makes_and_changes_a_person() {
    for knobs in [json!({}), json!({ "digest_algorithm": "SHA-256" }), json!({ "digest_qop": false })] {
        let world = world(knobs.clone()).await;
        let id = world.idp().post("/Users", person("ada.voss")).await.is(201).id();
        let change = json!([{ "op": "replace", "path": "active", "value": false }]);
        world.idp().operations(&id, change).await.is(200);
        assert_eq!(refused(&world), 1, "the server asks once, then the nonce serves: {knobs}: {:?}", world.calls(""));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_side_by_side_never_overtake_each_others_count() {
    let world = world(json!({ "latency_ms": 5 })).await;
    let idp = world.idp();
    let made = join_all((0..24).map(|n| {
        let idp = idp.clone();
        async move { idp.post("/Users", person(&format!("person{n}"))).await }
    }))
    .await;
    for answer in made {
        answer.is(201);
    }
    assert!(refused(&world) <= 4, "a nonce per call that is under way: {}", refused(&world));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_nonce_that_has_ended_costs_one_repeat() {
    let world = world(json!({})).await;
    let id = world.idp().post("/Users", person("ada.voss")).await.is(201).id();
    let before = refused(&world);
    world.vendor.control().advance(Duration::from_secs(301));
    let change = json!([{ "op": "replace", "path": "active", "value": false }]);
    world.idp().operations(&id, change).await.is(200);
    assert_eq!(refused(&world), before + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_told_with_the_names_of_the_secrets() {
    let world = World::start(VendorKind::BrightPattern, json!({ "server": "3" }), pattern("wrong-password")).await;
    world.idp().post("/Users", person("ada.voss")).await.is(503);
    let log = world.program.log().join("\n");
    assert!(
        log.contains("refused the user name or password of connection it: check the secrets login and password"),
        "{log}"
    );
    assert!(!log.contains("wrong-password"), "{log}");
}
