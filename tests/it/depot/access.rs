//! Access that is given and taken by calls of their own, by constants, or by deleting the account.

use serde_json::json;

use super::server::Depot;
use super::{Bridge, OWN, ada};
use crate::support::eventually;

const ACTIVE: &str = "    active: { type: boolean, from: active }\n";
const CALLS: &str = "\n      enable: { when: { active: true }, method: POST, path: [staff, $key, enable] }
      disable: { when: { active: false }, method: POST, path: [staff, $key, disable] }\n";

fn changes(vendor: &Depot) -> Vec<String> {
    vendor.calls().into_iter().filter(|call| !call.starts_with("GET")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn enable_and_disable_are_calls_of_their_own() {
    let bridge = Bridge::usual();
    let (idp, vendor) = (bridge.idp(), &bridge.vendor);
    let id = idp.post("/Users", ada(json!({}))).await.is(201).id();
    assert_eq!(changes(vendor), ["POST staff", "POST staff/101/enable"]);
    idp.okta_sets_active(&id, false).await.is(200);
    idp.okta_sets_active(&id, false).await.is(200);
    assert_eq!(changes(vendor), ["POST staff/101/disable"], "once");
    let back = json!([
        { "op": "replace", "path": "active", "value": true },
        { "op": "replace", "path": "title", "value": "Head" },
    ]);
    idp.operations(&id, back).await.is(200);
    assert_eq!(changes(vendor), ["PATCH staff/101", "POST staff/101/enable"], "in the order of the file");
    let there = vendor.person("ada").expect("Ada");
    assert_eq!((&there["active"], &there["rank"]), (&json!(true), &json!(3)));

    vendor.with(|state| state.lost = vec!["POST staff/101/disable"]);
    idp.okta_sets_active(&id, false).await.is(200);
    assert_eq!(vendor.person("ada").expect("Ada")["active"], false, "a lost answer is looked into");

    let arrives = idp.post("/Users", ada(json!({ "userName": "eve", "active": false }))).await.is(201);
    assert_eq!(arrives.body["active"], false);
    assert_eq!(vendor.person("eve"), None, "who arrives disabled gets no account");
}

#[tokio::test(flavor = "multi_thread")]
async fn constants_hold_while_a_person_is_inactive() {
    let policy = "    active: { type: boolean, default: true }\n";
    let set = "  deactivate: { policy: park, policies: { park: { loses: the rank, set: { active: false, rank: Clerk, team: Yard } } } }\n  calls:\n";
    let instead = [(ACTIVE, policy), ("  calls:\n    create", &format!("{set}    create"))];
    let bridge = Bridge::start(Depot::start(), &instead, json!({}));
    let (idp, vendor) = (bridge.idp(), &bridge.vendor);
    let own = json!({ "team": "Cranes", "crews": ["Dock"] });
    let id = idp.post("/Users", ada(json!({ "title": "Head", OWN: own }))).await.is(201).id();
    changes(vendor);
    idp.okta_sets_active(&id, false).await.is(200);
    assert_eq!(changes(vendor), ["PATCH staff/101", "POST staff/101/disable"]);
    let there = vendor.person("ada").expect("Ada");
    assert_eq!((&there["rank"], &there["team"], &there["crews"]), (&json!(1), &json!(20), &json!([31])));
    idp.okta_sets_active(&id, true).await.is(200);
    let there = vendor.person("ada").expect("Ada");
    assert_eq!((&there["rank"], &there["team"], &there["active"]), (&json!(3), &json!(22), &json!(true)));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_disabled_state_the_account_goes_and_comes_back_whole() {
    let gone = "  deactivate: { policy: gone, policies: { gone: { loses: the account, delete: true } } }\n  calls:\n    create";
    let instead = [(ACTIVE, ""), (CALLS, "\n"), ("  calls:\n    create", gone)];
    let bridge = Bridge::start(Depot::start(), &instead, json!({}));
    let (idp, vendor) = (bridge.idp(), &bridge.vendor);
    let own = json!({ "crews": ["Dock", "Gate"], "tools": ["lamp"], "badges": ["crane"] });
    let created = idp.post("/Users", ada(json!({ OWN: own }))).await.is(201);
    let id = created.id();
    let before = vendor.person("ada").expect("Ada");
    changes(vendor);
    let inactive = idp.okta_sets_active(&id, false).await.is(200);
    assert_eq!(inactive.body["active"], false);
    assert_eq!(changes(vendor), ["DELETE staff/101"]);
    assert_eq!(vendor.person("ada"), None);
    let kept = idp.get(&format!("/Users/{id}")).await.is(200);
    assert_eq!(kept.body[OWN], created.body[OWN], "the person and what he shall have live on in the bridge");
    vendor.with(|state| {
        state.memberships.clear();
        state.tools.clear();
        state.badges.clear();
    });
    idp.okta_sets_active(&id, true).await.is(200);
    let mut after = vendor.person("ada").expect("Ada is back");
    after["number"] = before["number"].clone();
    assert_eq!(after, before);
    assert_eq!(idp.get(&format!("/Users/{id}")).await.is(200).body[OWN], created.body[OWN]);

    idp.okta_sets_active(&id, false).await.is(200);
    let changed = json!([{ "op": "replace", "path": "title", "value": "Foreman" }]);
    idp.operations(&id, changed).await.is(200);
    assert_eq!(vendor.person("ada"), None, "a change of somebody inactive brings no account back");
    idp.delete(&format!("/Users/{id}")).await.is(204);
    let calls: Vec<String> = changes(vendor);
    assert_eq!(calls.iter().filter(|call| call.starts_with("DELETE staff")).count(), 1, "{calls:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_half_done_create_is_finished_and_not_repeated() {
    let bridge = Bridge::start(Depot::start(), &[], json!({ "answer_within": 2 }));
    let (idp, vendor) = (bridge.idp(), &bridge.vendor);
    vendor.with(|state| state.broken = vec!["enable"]);
    let user = ada(json!({ OWN: { "crews": ["Dock"] } }));
    idp.post("/Users", user.clone()).await.is_error(503, "");
    assert_eq!(vendor.person("ada").map(|ada| ada["active"].clone()), Some(json!(false)), "created, and no more");
    vendor.with(|state| state.broken.clear());
    let created = eventually("the create that the IdP repeats", async || {
        Some(idp.post("/Users", user.clone()).await).filter(|answer| answer.status == 201)
    });
    assert_eq!(created.await.body["active"], true);
    let there = vendor.person("ada").expect("Ada");
    assert_eq!((&there["active"], &there["crews"]), (&json!(true), &json!([31])));
    let posts = changes(vendor).into_iter().filter(|call| call == "POST staff").count();
    assert_eq!(posts, 1, "nobody was created twice");
}
