//! A sign-in that is a call: a session with cookie and csrf, kept alive, lost, refused.

use std::time::Duration;

use scim_bridge::simulator::VendorKind;
use scim_bridge::simulator::liveperson::{SERVICE_LOGIN, SERVICE_PASSWORD};
use serde_json::json;

use super::*;
use crate::support::eventually;

async fn world(knobs: Value, refresh_seconds: u64) -> World {
    let mut wish = engage("login");
    wish.settings["refresh_seconds"] = json!(refresh_seconds);
    World::start(VendorKind::Liveperson, knobs, wish).await
}

async fn renames(world: &World, id: &str, name: &str) {
    let change = json!([{ "op": "replace", "path": "nickName", "value": name }]);
    world.idp().operations(id, change).await.is(200);
}

fn statuses(world: &World, operation: &str) -> Vec<Value> {
    world.calls(operation).iter().map(|call| call["status"].clone()).collect()
}

async fn refreshed(world: &World, times: usize) {
    eventually("the session is refreshed", || async { (world.count("refresh") >= times).then_some(()) }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_session_serves_all_calls_and_is_kept_alive_without_any() {
    for cookie in ["Session_id", "session_id"] {
        let world = world(json!({ "session_cookie": cookie }), 1).await;
        let id = world.idp().post("/Users", person("ada.voss")).await.is(201).id();
        refreshed(&world, 2).await;
        renames(&world, &id, "Addie").await;
        assert_eq!((world.count("login"), world.count("createUsers")), (1, 1));
        assert!(world.calls("").iter().all(|call| call["status"] != 401), "{cookie}: {:?}", world.calls(""));
        let log = world.program.log().join("\n");
        assert!(!log.contains(SERVICE_PASSWORD), "{log}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_the_vendor_lost_costs_one_sign_in_and_the_call_succeeds() {
    let world = world(json!({}), 300).await;
    let id = world.idp().post("/Users", person("ada.voss")).await.is(201).id();
    world.vendor.control().advance(Duration::from_hours(9));
    renames(&world, &id, "Addie").await;
    assert_eq!(statuses(&world, "login"), [200, 200]);
    let refused: Vec<_> = world.calls("").into_iter().filter(|call| call["status"] == 401).collect();
    assert_eq!(refused.len(), 1, "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_refresh_makes_the_next_call_sign_in_before_it_is_refused_itself() {
    let world = world(json!({}), 1).await;
    let id = world.idp().post("/Users", person("ada.voss")).await.is(201).id();
    world.vendor.control().advance(Duration::from_hours(9));
    eventually("a refresh is refused", || async { statuses(&world, "refresh").contains(&json!(401)).then_some(()) })
        .await;
    renames(&world, &id, "Addie").await;
    assert_eq!(world.count("login"), 2);
    assert!(!statuses(&world, "updateUser").contains(&json!(401)), "{:?}", world.calls(""));
    let refused = statuses(&world, "refresh").iter().filter(|status| **status == 401).count();
    assert_eq!(refused, 1, "what was refused once is not asked again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_told_with_the_secrets_and_not_tried_with_every_call() {
    let mut wish = engage("login");
    wish.secrets["password"] = json!("not-the-password");
    let world = World::start(VendorKind::Liveperson, json!({}), wish).await;
    for login in ["ada", "bo", "cy"] {
        world.idp().post("/Users", person(login)).await.is(503);
    }
    assert_eq!(statuses(&world, "login"), [401]);
    let log = world.program.log().join("\n");
    assert!(log.contains("check the secrets username and password"), "{log}");
    assert!(!log.contains("not-the-password"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blocked_account_is_left_alone_and_a_limit_is_waited_for() {
    let world = world(json!({ "login_blacklist": [SERVICE_LOGIN] }), 300).await;
    for login in ["ada", "bo"] {
        world.idp().post("/Users", person(login)).await.is(503);
    }
    assert_eq!(statuses(&world, "login"), [451]);
    let log = world.program.log().join("\n");
    assert!(log.contains("the account of the bridge is blocked by the vendor"), "{log}");

    let world = self::world(json!({ "login_limit_per_minute": 0 }), 300).await;
    world.vendor.control().set_knobs(&json!({ "login_limit_per_minute": 0 })).expect("knobs");
    let idp = world.idp();
    let created = idp.post("/Users", person("ada"));
    let lifted = async {
        eventually("a sign-in over the limit", || async { (world.count("login") > 0).then_some(()) }).await;
        world.vendor.control().set_knobs(&json!({ "login_limit_per_minute": null })).expect("knobs");
    };
    let (created, ()) = tokio::join!(created, lifted);
    created.is(201);
    assert_eq!(statuses(&world, "login"), [429, 200]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_goes_to_the_host_that_the_vendor_names_for_it() {
    let mut wish = engage("login");
    wish.instead = vec![
        (
            "  query: { v: \"6.0\" }",
            "  host: accountConfigReadWrite
  hosts:
    call: { base_url: $settings.base_url, path: [api, account, $settings.account, service, baseURI.json], query: { version: \"1.0\" } }
    items: baseURIs
    name: service
    host: baseURI
    scheme: http
  query: { v: \"6.0\" }",
        ),
        ("  base_url: $settings.base_url\n  sign_in", "  sign_in"),
        ("          path: [api, account, $settings.account, login]", "          host: agentVep\n          path: [api, account, $settings.account, login]"),
        ("            path: [api, account, $settings.account, refresh]", "            host: agentVep\n            path: [api, account, $settings.account, refresh]"),
    ];
    wish.settings["refresh_seconds"] = json!(1);
    let world = World::start(VendorKind::Liveperson, json!({}), wish).await;
    world.idp().post("/Users", person("ada.voss")).await.is(201);
    refreshed(&world, 1).await;
    assert_eq!((statuses(&world, "login"), world.count("createUsers")), (vec![json!(200)], 1));
}
