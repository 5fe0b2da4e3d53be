//! Lists whose elements have calls of their own: one by one, together, in batches, and memberships that have an identifier.

use serde_json::{Value, json};

use super::server::Depot;
use super::{Bridge, OWN, ada};
use crate::support::eventually;

/// Ada, with these lists; the calls so far are forgotten.
async fn ada_with(bridge: &Bridge, own: Value) -> String {
    let id = bridge.idp().post("/Users", ada(json!({ OWN: own }))).await.is(201).id();
    bridge.vendor.calls();
    id
}

fn sets(attribute: &str, value: &Value) -> Value {
    json!([{ "op": "replace", "path": format!("{OWN}:{attribute}"), "value": value }])
}

#[tokio::test(flavor = "multi_thread")]
async fn one_membership_is_one_call_and_several_are_set_at_once() {
    let bridge = Bridge::usual();
    let (idp, vendor) = (bridge.idp(), &bridge.vendor);
    let created = idp.post("/Users", ada(json!({ OWN: { "crews": ["Dock"] } }))).await.is(201);
    let calls = vendor.calls();
    let expected = ["POST staff", "POST staff/101/enable", "POST crews/31/staff"];
    assert_eq!(calls[calls.len() - 3..], expected, "create takes no crews");
    assert_eq!(created.body[OWN]["crews"], json!(["Dock"]));
    let id = created.id();
    idp.operations(&id, sets("crews", &json!(["Dock", "Gate"]))).await.is(200);
    assert_eq!(vendor.calls(), ["POST crews/32/staff"]);
    idp.operations(&id, sets("crews", &json!(["Gate"]))).await.is(200);
    assert_eq!(vendor.calls(), ["DELETE crews/31/staff/101"]);
    idp.operations(&id, sets("crews", &json!(["Dock", "Rail"]))).await.is(200);
    assert_eq!(vendor.calls(), ["PUT staff/101/crews"], "three calls, or one");
    assert_eq!(vendor.person("ada").expect("Ada")["crews"], json!([31, 33]));
    idp.operations(&id, json!([{ "op": "remove", "path": format!("{OWN}:crews") }])).await.is(200);
    assert_eq!(vendor.person("ada").expect("Ada")["crews"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_a_member_already_or_no_longer_is_no_fault() {
    let bridge = Bridge::usual();
    let (idp, vendor) = (bridge.idp(), &bridge.vendor);
    let id = ada_with(&bridge, json!({ "crews": ["Dock"] })).await;
    vendor.with(|state| state.memberships = [(32, 101)].into());
    idp.operations(&id, sets("crews", &json!([]))).await.is(200);
    assert_eq!(vendor.calls(), ["DELETE crews/31/staff/101"], "404 on taking away: it is away");

    vendor.with(|state| state.lost = vec!["POST crews/33/staff"]);
    idp.operations(&id, sets("crews", &json!(["Rail"]))).await.is(200);
    let calls = vendor.calls();
    assert_eq!(calls[..2], ["POST crews/33/staff", "POST crews/33/staff"], "{calls:?}");
    assert!(calls.contains(&"GET staff/101".to_owned()), "a conflict is looked at: {calls:?}");
    assert!(vendor.with(|state| state.memberships.contains(&(33, 101))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crew_that_is_gone_at_the_vendor_is_the_fault_of_the_value() {
    let bridge = Bridge::usual();
    let (idp, vendor) = (bridge.idp(), &bridge.vendor);
    let id = ada_with(&bridge, json!({})).await;
    idp.operations(&id, sets("crews", &json!(["Rail"]))).await.is(200);
    idp.operations(&id, sets("crews", &json!([]))).await.is(200);
    vendor.with(|state| state.crews.retain(|(id, _)| *id != 33));
    let refused = idp.operations(&id, sets("crews", &json!(["Rail"]))).await.is_error(400, "invalidValue");
    assert!(refused.detail().contains(&format!("{OWN}:crews")), "{}", refused.detail());
    assert!(vendor.person("ada").is_some(), "the person is there, and is not created again");
    assert_eq!(vendor.with(|state| state.staff.len()), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_is_refused_is_sent_one_by_one() {
    let bridge = Bridge::usual();
    let (idp, vendor) = (bridge.idp(), &bridge.vendor);
    let id = ada_with(&bridge, json!({ "tools": ["lamp"] })).await;
    idp.operations(&id, sets("tools", &json!(["lamp", "radio", "hook"]))).await.is(200);
    assert_eq!(vendor.calls(), ["POST staff/101/tools"], "two tools in one call");
    let refused = idp.operations(&id, sets("tools", &json!(["lamp", "rope", "saw", "glove"]))).await;
    refused.is_error(400, "invalidValue").says("tools");
    // What went through is taken back: a PATCH is whole or not at all.
    eventually("the rope goes back", || async {
        (vendor.person("ada").expect("Ada")["tools"] == json!(["hook", "lamp", "radio"])).then_some(())
    })
    .await;
    let shown = idp.get(&format!("/Users/{id}")).await.is(200).body[OWN]["tools"].clone();
    assert_eq!(shown, json!(["lamp", "radio", "hook"]));
    let singly = vendor.calls();
    assert_eq!(singly.len(), 4, "together, the rope, the saw, and back: {singly:?}");
    vendor.with(|state| state.shelf.push("saw"));
    idp.operations(&id, sets("tools", &json!(["rope", "saw", "glove"]))).await.is(200);
    assert_eq!(vendor.calls().len(), 2, "one batch comes, one goes");
    assert_eq!(vendor.person("ada").expect("Ada")["tools"], json!(["glove", "rope", "saw"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_membership_with_an_identifier_is_looked_for_and_every_hit_goes() {
    let bridge = Bridge::usual();
    let (idp, vendor) = (bridge.idp(), &bridge.vendor);
    vendor.with(|state| {
        for (id, holder, kind) in
            [(1, 101, "truck"), (2, 7, "crane"), (3, 101, "gate"), (4, 101, "crane"), (5, 101, "crane")]
        {
            state.badges.insert(id, (holder, kind.to_owned()));
        }
    });
    let id = ada_with(&bridge, json!({ "badges": ["truck", "gate", "crane"] })).await;
    assert_eq!(vendor.with(|state| state.badges.len()), 5, "what is there is not issued again");
    idp.operations(&id, sets("badges", &json!(["truck", "gate"]))).await.is(200);
    let gone = vendor.calls().into_iter().filter(|call| call.starts_with("DELETE")).collect::<Vec<_>>();
    assert_eq!(gone, ["DELETE badges/4", "DELETE badges/5"], "both of hers, on the second page, and nobody else's");
    idp.operations(&id, sets("badges", &json!(["truck", "gate", "crane", "boat"]))).await.is(200);
    let badges = vendor.with(|state| state.badges.clone());
    assert_eq!(badges.values().filter(|(holder, kind)| *holder == 101 && kind == "boat").count(), 1);

    vendor.with(|state| state.lost = vec!["POST badges"]);
    idp.operations(&id, sets("badges", &json!(["truck", "gate", "crane", "boat", "rail"]))).await;
    eventually("the lost answer is looked into", || async {
        (bridge.idp().get(&format!("/Users/{id}")).await.body[OWN]["badges"].as_array().map(Vec::len) == Some(5))
            .then_some(())
    })
    .await;
    let rails = vendor.with(|state| state.badges.values().filter(|(_, kind)| kind == "rail").count());
    assert_eq!(rails, 1, "no second badge after a lost answer");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_is_a_membership_like_any_other() {
    let groups = json!({ "groups": [{ "when": "Crew *", "target": "crew", "name": "{1}" }, { "otherwise": "keep" }] });
    let bridge = Bridge::start(Depot::start(), &[("keep_seconds: 3600", "keep_seconds: 0")], groups);
    let (idp, vendor) = (bridge.idp(), &bridge.vendor);
    let changes = || vendor.calls().into_iter().filter(|call| !call.starts_with("GET")).collect::<Vec<_>>();
    let id = ada_with(&bridge, json!({ "crews": ["Dock"] })).await;
    let group = idp.creates_group("Crew Gate", &[&id]).await.is(201).id();
    assert_eq!(changes(), ["POST crews/32/staff"]);
    idp.entra_removes(&group, &id).await;
    assert_eq!(changes(), ["DELETE crews/32/staff/101"]);
    assert_eq!(vendor.person("ada").expect("Ada")["crews"], json!([31]), "her own stays");

    vendor.with(|state| state.crews.push((34, "gate")));
    let refused = idp.creates_group("Crew GATE", &[]).await.is_error(400, "invalidValue");
    assert!(refused.detail().contains("2 of crew") && refused.detail().contains("(32, 34)"), "{}", refused.detail());
}
