//! Tokens: client credentials with the tenant as scope, a life that is said in text, and the bridge's own user.

use std::time::Duration;

use serde_json::json;

use super::{Bridge, Wish};

#[tokio::test(flavor = "multi_thread")]
async fn one_token_serves_until_it_ends_whatever_the_form_of_its_life() {
    for form in ["string", "number"] {
        let bridge = Bridge::with_knobs(json!({ "expires_in_type": form })).await;
        let id = bridge.creates(json!({})).await.is(201).id();
        bridge.idp().okta_sets_active(&id, false).await.is(200);
        let tokens = bridge.calls(|call| call.operation == "token");
        assert_eq!(tokens.len(), 1);
        assert_eq!(tokens[0].variables.as_ref().expect("a form")["scope"], "acme.brightpattern.com");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_no_longer_known_is_replaced_once() {
    let bridge = Bridge::usual().await;
    let id = bridge.creates(json!({})).await.is(201).id();
    bridge.vendor.control().revoke_tokens();
    bridge.idp().okta_sets_active(&id, false).await.is(200);
    assert_eq!(bridge.count("token"), 2);
    bridge.vendor.control().advance(Duration::from_hours(1));
    bridge.idp().okta_sets_active(&id, true).await.is(200);
    assert_eq!(bridge.count("token"), 3);
    assert_eq!(bridge.has("mara.voss")["disabled"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bridges_own_user_is_never_touched() {
    let bridge = Bridge::usual().await;
    let own = bridge.has("scim.bridge");
    let refused = bridge.creates(json!({ "userName": "SCIM.Bridge" })).await;
    assert!(matches!(refused.status, 400 | 403 | 409), "{}", refused.text);
    bridge.creates(json!({ "userName": "scim.bridge", "active": false })).await;
    assert_eq!(bridge.has("scim.bridge"), own);
    assert_eq!(bridge.count("updateUser"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_secret_is_told_and_not_tried_again_and_again() {
    let secrets = json!({ "client_id": "scim.bridge", "client_secret": "wrong-wrong-wrong" });
    let connection = json!({ "secrets": secrets, "answer_within": 2 });
    let bridge = Bridge::start(Wish { connection, ..Wish::default() }).await;
    let refused = bridge.creates(json!({})).await;
    assert_eq!(refused.status, 503, "{}", refused.text);
    assert_eq!(bridge.count("token"), 1);
    assert_eq!(bridge.account("mara.voss"), None);
}
