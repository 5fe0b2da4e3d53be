//! A change by which the vendor erases other fields: they are written after it, and nothing is lost on the way.

use serde_json::json;

use super::server::Depot;
use super::{Bridge, OWN, ada};
use crate::support::eventually;

fn seated() -> serde_json::Value {
    let work = json!([{ "type": "work", "locality": "Hall 2" }]);
    ada(json!({ "addresses": work, OWN: { "tools": ["lamp", "rope"], "crews": ["Dock"] } }))
}

fn changes(vendor: &Depot) -> Vec<String> {
    vendor.calls().into_iter().filter(|call| !call.starts_with("GET")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_rank_loses_nothing() {
    let bridge = Bridge::usual();
    let (idp, vendor) = (bridge.idp(), &bridge.vendor);
    let id = idp.post("/Users", seated()).await.is(201).id();
    changes(vendor);
    let operations = json!([
        { "op": "replace", "path": "title", "value": "Head" },
        { "op": "replace", "path": "addresses[type eq \"work\"].locality", "value": "Hall 3" },
    ]);
    idp.operations(&id, operations).await.is(200);
    assert_eq!(changes(vendor), ["PATCH staff/101", "PATCH staff/101", "POST staff/101/tools"]);
    let there = vendor.person("ada").expect("Ada");
    assert_eq!((&there["rank"], &there["desk"]), (&json!(3), &json!("Hall 3")));
    assert_eq!((&there["tools"], &there["crews"]), (&json!(["lamp", "rope"]), &json!([31])));
    idp.operations(&id, json!([{ "op": "replace", "path": "title", "value": "Head" }])).await.is(200);
    assert!(changes(vendor).is_empty(), "what is there is known");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_stops_half_way_still_loses_nothing() {
    let bridge = Bridge::start(Depot::start(), &[], json!({ "answer_within": 2 }));
    let (idp, vendor) = (bridge.idp(), &bridge.vendor);
    let id = idp.post("/Users", seated()).await.is(201).id();
    vendor.with(|state| state.broken = vec!["tools"]);
    let head = json!([{ "op": "replace", "path": "title", "value": "Head" }]);
    idp.operations(&id, head.clone()).await.is_error(503, "");
    assert_eq!(vendor.person("ada").expect("Ada")["tools"], json!([]));
    vendor.with(|state| state.broken.clear());
    eventually("the tools are lent again", || async {
        (vendor.person("ada").expect("Ada")["tools"] == json!(["lamp", "rope"])).then_some(())
    })
    .await;
    idp.operations(&id, head).await.is(200);

    // Refused half-way: the old rank comes back, and with it what the way there and back has erased.
    vendor.with(|state| state.shelf.retain(|tool| *tool != "rope"));
    idp.operations(&id, json!([{ "op": "replace", "path": "title", "value": "Foreman" }]))
        .await
        .is_error(400, "invalidValue");
    vendor.with(|state| state.shelf.push("rope"));
    eventually("everything is as before", || async {
        let there = vendor.person("ada").expect("Ada");
        (there["rank"] == 3 && there["desk"] == "Hall 2" && there["tools"] == json!(["lamp", "rope"])).then_some(())
    })
    .await;
}
