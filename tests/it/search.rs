//! `.search` (RFC 7644 section 3.4.3): the same lists as by GET, asked for in a body.

use serde_json::{Value, json};

use crate::support::idp::PATCH;
use crate::support::{Leased, bridge};

const SEARCH: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

fn message(parts: &Value) -> Value {
    let mut message = json!({ "schemas": [SEARCH] });
    message.as_object_mut().expect("an object").extend(parts.as_object().expect("an object").clone());
    message
}

async fn with_people(count: usize) -> Leased {
    let world = bridge().lease().await;
    for number in 0..count {
        world.idp().okta_creates(&format!("p{number}@example.com")).await;
    }
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_finds_what_the_same_query_string_finds() {
    let world = with_people(5).await;
    let idp = world.idp();
    for (query, parts) in [
        ("", json!({})),
        ("startIndex=2&count=2", json!({ "startIndex": 2, "count": 2 })),
        ("count=0", json!({ "count": 0 })),
        ("startIndex=99", json!({ "startIndex": 99 })),
        ("filter=userName+eq+%22P3%40example.com%22", json!({ "filter": "userName eq \"P3@example.com\"" })),
        ("attributes=userName,name.givenName", json!({ "attributes": ["userName", "name.givenName"] })),
        ("excludedAttributes=emails,meta", json!({ "excludedAttributes": ["emails", "meta"], "attributes": null })),
        ("filter=title+pr", json!({ "FILTER": "title pr", "noSuchThing": [1] })),
    ] {
        let got = idp.get(&format!("/Users?{query}")).await.is(200);
        let searched = idp.post("/Users/.search", message(&parts)).await.is(200);
        assert_eq!(searched.body, got.body, "{query}");
        assert_eq!(searched.header("content-type"), got.header("content-type"));
    }
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_that_makes_no_sense_is_refused_like_a_query() {
    let world = with_people(1).await;
    let idp = world.idp();
    for (parts, scim_type) in [
        (json!({ "filter": "shoeSize eq 39" }), "invalidFilter"),
        (json!({ "filter": "password eq \"q7T2randomlyMade\"" }), "invalidFilter"),
        (json!({ "filter": 7 }), "invalidFilter"),
        (json!({ "filter": "" }), "invalidFilter"),
        (json!({ "count": "many" }), "invalidValue"),
        (json!({ "startIndex": 1.5 }), "invalidValue"),
        (json!({ "attributes": [7] }), "invalidValue"),
        (json!({ "attributes": ["userName"], "excludedAttributes": ["name"] }), "invalidValue"),
    ] {
        for path in ["/Users/.search", "/.search"] {
            idp.post(path, message(&parts)).await.is_error(400, scim_type);
        }
    }
    for path in ["/Users/.search", "/Groups/.search", "/.search"] {
        idp.post(path, json!({ "schemas": [PATCH] })).await.is_error(400, "invalidSyntax");
        idp.post(path, json!({})).await.is_error(400, "invalidSyntax");
        idp.post(path, json!([])).await.is_error(400, "invalidSyntax");
        let refused = idp.get(path).await.is_error(405, "");
        assert_eq!(refused.header("allow"), Some("POST"));
        world.idp_with(None).post(path, message(&json!({}))).await.is_error(401, "");
    }
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_root_is_searched_through_all_kinds_of_resources() {
    let world = with_people(3).await;
    let idp = world.idp();
    let all = idp.post("/.search", message(&json!({}))).await.is(200);
    assert_eq!(all.body["totalResults"], 3);
    assert_eq!(all.body["Resources"], idp.get("/Users").await.is(200).body["Resources"]);
    for (kind, found) in [("User", 3), ("Group", 0)] {
        let filter = json!({ "filter": format!("meta.resourceType eq {kind}") });
        assert_eq!(idp.post("/.search", message(&filter)).await.is(200).body["totalResults"], found, "{kind}");
    }
    // RFC 7644 section 3.4.2.1: an attribute that a kind lacks has no value there.
    let found =
        idp.post("/.search", message(&json!({ "filter": "members.value eq \"x\" or userName sw \"p1\"" }))).await;
    assert_eq!(found.is(200).body["totalResults"], 1);
    let page = idp
        .post("/.search", message(&json!({ "startIndex": 3, "count": 5, "attributes": ["userName"] })))
        .await
        .is(200);
    assert_eq!(
        (&page.body["startIndex"], &page.body["itemsPerPage"], &page.body["totalResults"]),
        (&json!(3), &json!(1), &json!(3))
    );
    assert_eq!(page.resources()[0]["userName"], "p2@example.com");
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_comes_in_the_order_asked_for() {
    let world = bridge().start().await;
    let idp = world.idp();
    for name in ["Delta@example.com", "alpha@example.com", "Charlie@example.com"] {
        idp.okta_creates(name).await;
    }
    let names = |answer: &Value| -> Vec<String> {
        let people = answer["Resources"].as_array().expect("a list");
        people.iter().filter_map(|person| person["userName"].as_str().map(str::to_lowercase)).collect()
    };
    let up = idp.get("/Users?sortBy=userName").await.is(200);
    assert_eq!(names(&up.body), ["alpha@example.com", "charlie@example.com", "delta@example.com"]);
    let down = idp.get("/Users?sortBy=USERNAME&sortOrder=Descending&count=2").await.is(200);
    assert_eq!(names(&down.body), ["delta@example.com", "charlie@example.com"]);
    assert_eq!(down.body["totalResults"], 3);
    idp.get("/Users?sortBy=shoeSize").await.is(400);
}
