//! `/health/live` and `/health/ready`: what an orchestrator is told, in good times, while draining and without a store.

use serde_json::json;

use crate::support::{Answer, Idp, World, bridge, eventually, idp, world};

/// Asks the listener of `admin_listen`.
async fn admin(world: &World, path: &str) -> Answer {
    let log = world.bridge.log();
    let address = log.iter().find_map(|line| line.strip_prefix("metrics on ")).expect("the admin listener's address");
    Idp::new(world::http_client(), address.to_owned(), None).get(path).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bridge_is_alive_and_ready_also_while_its_vendor_is_down() {
    let mut world = bridge().start().await;
    world.vendor_mut().stop();
    assert_eq!(world.root("/health/live").await.is(200).body["status"], "live");
    let ready = world.root("/health/ready").await.is(200);
    assert_eq!((&ready.body["status"], &ready.body["store"]), (&json!("ready"), &json!("ok")));
    assert_eq!(ready.body["draining"], false);
    assert_eq!(ready.body["connections"]["support"]["vendor"], "not asked yet");
    assert!(world.run(&["health", "--url", &format!("{}/health/ready", world.bridge.url)]).status.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_is_called_reachable_only_after_it_has_answered() {
    let mut world = bridge().connection("answer_within", 2).start().await;
    let vendor = async |world: &World| world.root("/health/ready").await.is(200).body["connections"]["support"].clone();
    assert_eq!(vendor(&world).await, json!({ "vendor": "not asked yet" }));
    world.idp().okta_creates("alice@example.com").await.is(201);
    assert_eq!(vendor(&world).await, json!({ "vendor": "reachable" }));
    world.vendor_mut().stop();
    eventually("it is noticed that the vendor is down", || async {
        world.idp().post("/Users", idp::okta_user("bob@example.com")).await;
        (vendor(&world).await == json!({ "vendor": "failing" })).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_store_file_a_bridge_is_not_ready_but_alive() {
    let world = bridge().start().await;
    world.idp().okta_creates("alice@example.com").await;
    std::fs::remove_file(world.folder().join("bridge.db")).expect("the store is there");
    let not_ready = world.root("/health/ready").await.is(503);
    assert_eq!((&not_ready.body["status"], &not_ready.body["store"]), (&json!("not ready"), &json!("failing")));
    world.root("/health/live").await.is(200);
    let told = world.run(&["health", "--url", &format!("{}/health/ready", world.bridge.url)]);
    assert_eq!(told.status.code(), Some(1));
    // And nothing is promised that nobody would ever find again.
    world.idp().post("/Users", idp::okta_user("bob@example.com")).await.is_error(503, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draining_bridge_is_not_ready_and_finishes_what_it_has() {
    let mut world = bridge().top("admin_listen", "127.0.0.1:0").start().await;
    world.vendor().fault(json!({ "match": { "operation": "userCreate" }, "do": { "delay_ms": 1500 } })).await;
    admin(&world, "/health/ready").await.is(200);
    let okta = world.idp();
    let request = tokio::spawn(async move { okta.post("/Users", idp::okta_user("alice@example.com")).await });
    eventually("the vendor is being asked", || async {
        (!world.vendor().calls("userCreate").await.is_empty()).then_some(())
    })
    .await;
    world.bridge.ask_to_end();
    let draining = eventually("it says that it drains", || async {
        let ready = admin(&world, "/health/ready").await;
        (ready.status == 503).then_some(ready)
    })
    .await;
    assert_eq!((&draining.body["status"], &draining.body["draining"]), (&json!("not ready"), &json!(true)));
    admin(&world, "/health/live").await.is(200);
    request.await.expect("the request ends").is(201);
    assert_eq!(world.bridge.wait(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_admin_listener_alone_has_the_metrics() {
    let world = bridge().top("admin_listen", "127.0.0.1:0").start().await;
    world.root("/metrics").await.is_error(404, "");
    let metrics = admin(&world, "/metrics").await.is(200);
    assert!(metrics.header("content-type").is_some_and(|kind| kind.starts_with("text/plain; version=0.0.4")));
    admin(&world, "/scim/v2/support/Users").await.is_error(404, "");
    world.root("/health/ready").await.is(200);
}
