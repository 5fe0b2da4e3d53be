//! A group is a team: everybody is in exactly one.

use serde_json::json;

use super::{Bridge, OWN};

fn add(who: &str) -> serde_json::Value {
    json!([{ "op": "add", "path": "members", "value": [{ "value": who }] }])
}

fn remove(who: &str) -> serde_json::Value {
    json!([{ "op": "remove", "path": format!("members[value eq \"{who}\"]") }])
}

#[tokio::test(flavor = "multi_thread")]
async fn who_joins_a_team_leaves_the_one_before_in_one_call() {
    let bridge = Bridge::usual().await;
    let id = bridge.creates(json!({})).await.is(201).id();
    let sales = bridge.idp().creates_group("Team Sales", &[&id]).await.is(201).id();
    assert_eq!(bridge.has("mara.voss")["team"], "Sales");
    let support = bridge.idp().creates_group("Team CSIM Support", &[]).await.is(201).id();
    bridge.vendor.control().clear_calls();
    bridge.idp().group_operations(&support, add(&id)).await.is(200);
    bridge.idp().group_operations(&sales, remove(&id)).await.is(200);
    assert_eq!(bridge.has("mara.voss")["team"], "CSIM Support");
    assert_eq!(bridge.writes(), [("updateUser".to_owned(), json!({ "team": "CSIM Support" }))]);
    assert_eq!(bridge.idp().group(&sales).await.members(), Vec::<&str>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_a_team_and_joins_another_afterwards_is_never_in_the_usual_one() {
    let bridge = Bridge::usual().await;
    let id = bridge.creates(json!({})).await.is(201).id();
    let sales = bridge.idp().creates_group("Team Sales", &[&id]).await.is(201).id();
    let support = bridge.idp().creates_group("Team CSIM Support", &[]).await.is(201).id();
    bridge.vendor.control().clear_calls();
    bridge.idp().group_operations(&sales, remove(&id)).await.is(200);
    assert_eq!(bridge.idp().group(&sales).await.members(), Vec::<&str>::new(), "for the IdP it has happened");
    // Something else about the person in between is carried out at once, and does not end the waiting.
    bridge.idp().okta_sets_active(&id, false).await.is(200);
    bridge.idp().okta_sets_active(&id, true).await.is(200);
    bridge.idp().group_operations(&support, add(&id)).await.is(200);
    assert_eq!(bridge.has("mara.voss")["team"], "CSIM Support");
    let bodies: Vec<_> = bridge.writes().into_iter().map(|(_, body)| body).collect();
    assert_eq!(bodies, [json!({ "disabled": true }), json!({ "disabled": false }), json!({ "team": "CSIM Support" })]);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_usual_team_who_leaves_stays_where_he_is() {
    let bridge = Bridge::with_settings(json!({ "default_team": null })).await;
    bridge.creates(json!({})).await.is_error(400, "invalidValue").says("team");
    let id = bridge.creates(json!({ OWN: { "team": "Sales" } })).await.is(201).id();
    let support = bridge.idp().creates_group("Team CSIM Support", &[&id]).await.is(201).id();
    bridge.idp().group_operations(&support, remove(&id)).await.is(200);
    // until the time is over, and after a change that makes all of it anew
    bridge.is_in("Sales").await;
    bridge.idp().okta_sets_active(&id, false).await.is(200);
    assert_eq!(bridge.has("mara.voss")["disabled"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_a_team_is_in_his_own_or_the_usual_one() {
    let bridge = Bridge::usual().await;
    let id = bridge.creates(json!({})).await.is(201).id();
    let sales = bridge.idp().creates_group("Team Sales", &[&id]).await.is(201).id();
    bridge.idp().group_operations(&sales, remove(&id)).await.is(200);
    assert_eq!(bridge.has("mara.voss")["team"], "Sales", "perhaps another group follows");
    bridge.is_in("Customer Service").await;
    let own = json!([{ "op": "replace", "path": format!("{OWN}:team"), "value": "Administrators" }]);
    bridge.idp().operations(&id, own).await.is(200);
    bridge.idp().group_operations(&sales, add(&id)).await.is(200);
    assert_eq!(bridge.has("mara.voss")["team"], "Sales");
    bridge.idp().delete(&format!("/Groups/{sales}")).await.is(204);
    bridge.is_in("Administrators").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_team_that_is_not_there_is_named() {
    let bridge = Bridge::usual().await;
    bridge.creates(json!({ OWN: { "team": "Nope" } })).await.is_error(400, "invalidValue").says("no team of this name");
    assert_eq!(bridge.account("mara.voss"), None);
    let id = bridge.creates(json!({})).await.is(201).id();
    let team = json!([{ "op": "replace", "path": format!("{OWN}:team"), "value": "Nope" }]);
    let refused = bridge.idp().operations(&id, team).await.is_error(400, "invalidValue");
    assert!(refused.detail().contains(&format!("{OWN}:team")), "{}", refused.detail());
    bridge.idp().creates_group("Team Nope", &[&id]).await.is_error(400, "invalidValue");
    assert_eq!(bridge.has("mara.voss")["team"], "Customer Service");
}

#[tokio::test(flavor = "multi_thread")]
async fn teams_can_be_picked_from_a_list() {
    let bridge = Bridge::usual().await;
    let teams = bridge.idp().get("/Teams").await.is(200);
    let names: Vec<_> = teams.resources().iter().map(|team| team["displayName"].clone()).collect();
    assert_eq!(names, ["Administrators", "Contact Center Support", "CSIM Support", "Customer Service", "Sales"]);
    bridge.creates(json!({ "entitlements": [{ "value": "Sales", "type": "Team" }] })).await.is(201);
    assert_eq!(bridge.has("mara.voss")["team"], "Sales");
}
