//! `.search` (RFC 7644 section 3.4.3): the same lists as by GET, asked for in a body.

use serde_json::{Value, json};

use crate::support::idp::{GROUP, PATCH};
use crate::support::{Idp, Leased, bridge};

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
    for root in ["", "/", "?filter=meta.resourceType%20eq%20User"] {
        assert_eq!(idp.get(root).await.is(200).body, all.body, "{root}");
    }
    idp.post("", message(&json!({}))).await.is_error(405, "");
    world.idp_with(None).get("").await.is_error(401, "");
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

/// Every name behind the cursors of a list, and how many pages that took.
async fn walk(idp: &Idp, path: &str, name: &str) -> (Vec<String>, usize) {
    let (mut names, mut pages, mut cursor) = (Vec::new(), 0, String::new());
    loop {
        let page = idp.get(&format!("{path}&cursor={cursor}")).await.is(200).body;
        assert!(page.get("startIndex").is_none(), "{page}");
        let resources = page["Resources"].as_array().expect("a list");
        names.extend(resources.iter().filter_map(|one| one[name].as_str().map(str::to_lowercase)));
        pages += 1;
        assert!(pages < 20, "the list ends");
        match page["nextCursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => return (names, pages),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cursors_lead_through_a_list_whatever_its_order() {
    let world = bridge().start().await;
    let idp = world.idp();
    for name in ["d@example.com", "a@example.com", "c@example.com", "b@example.com", "e@example.com"] {
        idp.okta_creates(name).await;
    }
    let all = |letters: &str| letters.chars().map(|letter| format!("{letter}@example.com")).collect::<Vec<_>>();
    assert_eq!(walk(&idp, "/Users?count=2", "userName").await, (all("dacbe"), 3));
    assert_eq!(walk(&idp, "/Users?count=2&sortBy=userName", "userName").await, (all("abcde"), 3));
    assert_eq!(walk(&idp, "/Users?count=5&filter=active+eq+true", "userName").await, (all("dacbe"), 1));
    idp.post("/Groups", json!({ "schemas": [GROUP], "displayName": "Walked" })).await.is(201);
    let search = |cursor: &str, count: u64| json!({ "schemas": [SEARCH], "cursor": cursor, "count": count });
    let first = idp.post("/.search", search("", 5)).await.is(200).body;
    assert_eq!((first["totalResults"].clone(), first["itemsPerPage"].clone()), (json!(6), json!(5)));
    let next = first["nextCursor"].as_str().expect("the group is still to come");
    let last = idp.post("/.search", search(next, 5)).await.is(200).body;
    assert_eq!(last["Resources"][0]["displayName"], "Walked", "{last}");
    assert!(last.get("nextCursor").is_none(), "{last}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_that_belongs_elsewhere_is_refused_by_its_own_word() {
    let world = bridge().start().await;
    let idp = world.idp();
    for name in ["a@example.com", "b@example.com"] {
        idp.okta_creates(name).await;
    }
    let page = idp.get("/Users?count=1&cursor=").await.is(200).body;
    let cursor = page["nextCursor"].as_str().expect("another page");
    for fine in [format!("?count=1&cursor={cursor}"), format!("?cursor={cursor}&startIndex=1&attributes=userName")] {
        let second = idp.get(&format!("/Users{fine}")).await.is(200);
        assert_eq!(second.resources()[0]["userName"], "b@example.com", "{fine}");
    }
    assert_eq!(idp.get("/Users?cursor&count=1").await.is(200).body, page, "an empty cursor needs no equals sign");
    for wrong in [
        "/Users?cursor=nonsense".to_owned(),
        format!("/Users?sortBy=userName&cursor={cursor}"),
        format!("/Groups?cursor={cursor}"),
    ] {
        let refused = idp.get(&wrong).await.is(400);
        assert_eq!(refused.body["scimType"], "invalidCursor", "{wrong}");
    }
    let refused = idp.get("/Users?count=many&cursor=").await.is(400);
    assert_eq!(refused.body["scimType"], "invalidCount");
}
