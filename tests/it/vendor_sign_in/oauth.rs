//! Tokens and signatures: one setting decides, each with its own secrets.

use std::process::Output;
use std::time::Duration;

use scim_bridge::simulator::VendorKind;
use scim_bridge::simulator::brightpattern::{API_SECRET, SERVICE_LOGIN, TENANT};
use scim_bridge::simulator::liveperson::{ACCESS_TOKEN, ACCESS_TOKEN_SECRET, APP_KEY, APP_SECRET};
use serde_json::json;

use super::*;

fn check(wish: Wish) -> Output {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut settings = wish.settings;
    settings["base_url"] = json!("http://127.0.0.1:9");
    let config = config(&folder, wish.mapping, &wish.instead, &settings, &wish.secrets);
    program(&["check", "--config", &config]).output().expect("the program starts")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_call_needs_no_sign_in_and_its_query_is_signed() {
    let world = World::start(VendorKind::Liveperson, json!({}), engage("oauth1")).await;
    let created = world.idp().post("/Users", person("ada.voss")).await.is(201);
    let change = json!([{ "op": "replace", "path": "nickName", "value": "Addie" }]);
    world.idp().operations(&created.id(), change).await.is(200);
    assert_eq!((world.count("createUsers"), world.count("updateUser"), world.count("token")), (1, 1, 0));
    assert!(world.calls("").iter().all(|call| call["status"] != 401), "{:?}", world.calls(""));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_key_is_told_and_not_tried_again_within_the_call() {
    let mut wish = engage("oauth1");
    wish.secrets["app_secret"] = json!("wrong");
    let world = World::start(VendorKind::Liveperson, json!({}), wish).await;
    world.idp().post("/Users", person("ada.voss")).await.is(503);
    let log = world.program.log().join("\n");
    assert!(log.contains("check the secrets app_key and app_secret and access_token and access_token_secret"), "{log}");
    assert!(!log.contains(APP_KEY) && !log.contains(ACCESS_TOKEN), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn client_credentials_work_with_a_lifetime_that_is_a_text_and_are_renewed_early() {
    for kind in ["string", "number"] {
        let knobs = json!({ "expires_in_type": kind, "token_lifetime_seconds": 12 });
        let world = World::start(VendorKind::Liveperson, knobs, engage("oauth2")).await;
        let id = world.idp().post("/Users", person("ada.voss")).await.is(201).id();
        assert_eq!(world.count("token"), 1);
        for number in 0.. {
            let change = json!([{ "op": "replace", "path": "nickName", "value": format!("Name{number}") }]);
            world.idp().operations(&id, change).await.is(200);
            if world.count("token") > 1 {
                break;
            }
        }
        assert!(
            world.calls("").iter().all(|call| call["status"] != 401),
            "{kind}: a token had ended before it was renewed"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_token_costs_one_fresh_token_and_one_repeat() {
    let world = World::start(VendorKind::Liveperson, json!({}), engage("oauth2")).await;
    let id = world.idp().post("/Users", person("ada.voss")).await.is(201).id();
    world.vendor.control().advance(Duration::from_secs(3_601));
    let change = json!([{ "op": "replace", "path": "nickName", "value": "Addie" }]);
    world.idp().operations(&id, change).await.is(200);
    assert_eq!(world.count("token"), 2);
    let refused: Vec<_> = world.calls("").into_iter().filter(|call| call["status"] == 401).collect();
    assert_eq!(refused.len(), 1, "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_the_vendor_does_not_know_is_not_tried_with_every_call() {
    for status in [400, 401, 403] {
        let mut wish = engage("oauth2");
        wish.secrets["client_secret"] = json!("wrong");
        let world = World::start(VendorKind::Liveperson, json!({ "bad_client_status": status }), wish).await;
        for login in ["ada", "bo", "cy"] {
            world.idp().post("/Users", person(login)).await.is(503);
        }
        assert_eq!(world.count("token"), 1, "{status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scope_that_names_the_tenant_and_a_text_as_lifetime_are_what_the_other_vendor_wants() {
    let wish = Wish {
        mapping: "pattern",
        settings: json!({ "tenant": TENANT }),
        secrets: json!({ "login": SERVICE_LOGIN, "password": API_SECRET }),
        instead: vec![
            ("[admin, ws, t, $settings.tenant,", "[configapi, v2,"),
            (
                "{ scheme: digest, username: $secrets.login, password: $secrets.password }",
                "{ scheme: oauth2_client_credentials, token_path: [configapi, v2, oauth, token], client_id: $secrets.login, \
                 client_secret: $secrets.password, scope: $settings.tenant, renew_before_seconds: 60 }",
            ),
        ],
    };
    let world = World::start(VendorKind::BrightPattern, json!({ "directory_key": "login_id" }), wish).await;
    let id = world.idp().post("/Users", person("ada.voss")).await.is(201).id();
    world.vendor.control().advance(Duration::from_secs(3_601));
    let change = json!([{ "op": "replace", "path": "active", "value": false }]);
    world.idp().operations(&id, change).await.is(200);
    assert_eq!((world.count("token"), world.count("createUser")), (2, 1), "{:?}", world.calls(""));
    let statuses: Vec<_> = world.calls("updateUser").iter().map(|call| call["status"].clone()).collect();
    assert_eq!(statuses, [200, 401, 200], "{:?}", world.calls(""));
}

#[test]
fn only_the_secrets_of_the_chosen_sign_in_are_needed() {
    for auth in ["oauth1", "oauth2"] {
        let run = check(engage(auth));
        assert!(run.status.success(), "{auth}: {}", String::from_utf8_lossy(&run.stderr));
    }
    let mut wish = engage("oauth1");
    wish.secrets = json!({ "client_id": "a", "client_secret": "b", "app_key": APP_KEY, "app_secret": APP_SECRET, "access_token": ACCESS_TOKEN });
    let run = check(wish);
    let printed = String::from_utf8_lossy(&run.stderr);
    assert!(printed.contains("the secret `access_token_secret` must be given"), "{printed}");
    assert_eq!(printed.matches("must be given").count(), 1, "what is given for the other one does no harm: {printed}");
    assert!(!printed.contains(ACCESS_TOKEN_SECRET));
    let mut wish = engage("oauth2");
    wish.settings["auth"] = json!("oauth3");
    let run = check(wish);
    let printed = String::from_utf8_lossy(&run.stderr);
    assert!(printed.contains("`auth`") && printed.contains("oauth2"), "{printed}");
}
