//! Names at the IdP, numbers at the vendor: looked up in lists that are kept, and read once more when a name is not in them.

use serde_json::{Value, json};

use super::server::Depot;
use super::{Bridge, OWN, ada};

#[tokio::test(flavor = "multi_thread")]
async fn names_become_numbers_and_the_lists_are_read_once() {
    let bridge = Bridge::usual();
    let (idp, vendor) = (bridge.idp(), &bridge.vendor);
    let created = idp.post("/Users", ada(json!({}))).await.is(201);
    assert_eq!(created.body["title"], "Clerk", "the IdP reads its own word");
    let there = vendor.person("ada").expect("Ada is there");
    assert_eq!((&there["rank"], &there["team"]), (&json!(1), &json!(20)), "the default is a name as well");
    assert_eq!(vendor.calls(), ["GET ranks", "GET teams", "POST staff", "POST staff/101/enable"]);

    let operations = json!([
        { "op": "replace", "path": "title", "value": "foreman" },
        { "op": "add", "path": format!("{OWN}:team"), "value": "Night" },
    ]);
    idp.operations(&created.id(), operations).await.is(200);
    let there = vendor.person("ada").expect("Ada is there");
    assert_eq!((&there["rank"], &there["team"]), (&json!(2), &json!(21)));
    assert_eq!(vendor.calls(), ["PATCH staff/101"], "what is listed was known");

    let by_number = json!([{ "op": "replace", "path": format!("{OWN}:team"), "value": "22" }]);
    idp.operations(&created.id(), by_number).await.is(200);
    assert_eq!(vendor.person("ada").expect("Ada")["team"], 22, "the mapping lets a number stand for itself");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_not_listed_makes_the_list_be_read_again() {
    let bridge = Bridge::usual();
    let (idp, vendor) = (bridge.idp(), &bridge.vendor);
    let id = idp.post("/Users", ada(json!({}))).await.is(201).id();
    vendor.calls();
    vendor.with(|state| state.ranks.push((4, "Deputy")));
    idp.operations(&id, json!([{ "op": "replace", "path": "title", "value": "Deputy" }])).await.is(200);
    assert_eq!(vendor.person("ada").expect("Ada")["rank"], 4);
    assert_eq!(vendor.calls(), ["GET ranks", "PATCH staff/101"]);

    let refused = idp.operations(&id, json!([{ "op": "replace", "path": "title", "value": "Formann" }])).await;
    let refused = refused.is_error(400, "invalidValue").says("title");
    assert!(refused.detail().contains("ranks has no \"Formann\"; did you mean \"Foreman\"?"), "{}", refused.detail());
    assert_eq!(vendor.calls(), ["GET ranks"], "asked once more, and nothing was changed");

    vendor.with(|state| state.ranks.push((5, "head")));
    vendor.with(|state| state.ranks.push((6, "Fresh")));
    idp.operations(&id, json!([{ "op": "replace", "path": "title", "value": "Fresh" }])).await.is(200);
    let refused = idp.operations(&id, json!([{ "op": "replace", "path": "title", "value": "Head" }])).await;
    let refused = refused.is_error(400, "invalidValue");
    assert!(refused.detail().contains("2 objects that are called \"Head\" (3, 5)"), "{}", refused.detail());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_is_not_held_up_by_a_list_that_cannot_be_read() {
    let bridge =
        Bridge::start(Depot::start(), &[("keep_seconds: 3600", "keep_seconds: 0")], json!({ "answer_within": 3 }));
    let (idp, vendor) = (bridge.idp(), &bridge.vendor);
    let id = idp.post("/Users", ada(json!({}))).await.is(201).id();
    vendor.with(|state| state.broken = vec!["ranks", "teams"]);
    idp.okta_sets_active(&id, false).await.is(200);
    assert_eq!(vendor.person("ada").expect("Ada")["active"], false);
    idp.okta_sets_active(&id, true).await.is(200);
    assert_eq!(vendor.person("ada").expect("Ada")["active"], true, "what was known of the lists is still known");
    let unknown = json!([{ "op": "replace", "path": "title", "value": "Deputy" }]);
    let refused = idp.operations(&id, unknown).await.is_error(503, "");
    assert!(refused.detail().contains("looking names up"), "{}", refused.detail());
    assert_eq!(idp.get(&format!("/Users/{id}")).await.is(200).body["title"], "Clerk");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_shows_names() {
    let bridge = Bridge::usual();
    bridge.vendor.with(|state| {
        for (number, rank, team) in [(7, 2, 21), (8, 77, 22)] {
            let person =
                json!({ "number": number, "login": format!("p{number}"), "active": true, "rank": rank, "team": team });
            let Value::Object(person) = person else { panic!("an object") };
            state.staff.insert(number, person);
        }
    });
    let run = bridge.run(&["import", "--connection", "it", "--config", "bridge.yaml"]);
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let idp = bridge.idp();
    let found = async |name: &str| idp.find(&format!("userName eq \"{name}\"")).await.is(200).resources()[0].clone();
    let (seventh, eighth) = (found("p7").await, found("p8").await);
    assert_eq!((&seventh["title"], &seventh[OWN]["team"]), (&json!("Foreman"), &json!("Night")));
    assert_eq!((&eighth["title"], &eighth[OWN]["team"]), (&json!("77"), &json!("Cranes")), "a number without a name");
    bridge.vendor.calls();
    let id = seventh["id"].as_str().expect("an id");
    idp.operations(
        id,
        json!([{ "op": "add", "path": "emails", "value": [{ "type": "work", "value": "p@example.com" }] }]),
    )
    .await
    .is(200);
    let changed = bridge.vendor.calls();
    assert_eq!(changed.last().map(String::as_str), Some("PATCH staff/7"));
    let there = bridge.vendor.person("p7").expect("there");
    assert_eq!((&there["rank"], &there["team"]), (&json!(2), &json!(21)), "what was found stays");
}

#[tokio::test(flavor = "multi_thread")]
async fn explain_asks_nobody_and_says_so() {
    let bridge = Bridge::usual();
    let path = bridge.folder.path().join("ada.json");
    std::fs::write(&path, ada(json!({})).to_string()).expect("written");
    let run = bridge.run(&["explain", "--connection", "it", "--config", "bridge.yaml", "ada.json"]);
    let printed = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success(), "{printed}{}", String::from_utf8_lossy(&run.stderr));
    assert!(printed.contains("\"Clerk\" will be looked up in ranks; 1 stands in for its id"), "{printed}");
    assert!(bridge.vendor.calls().is_empty());
}
