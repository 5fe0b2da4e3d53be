//! Okta's own tests of SCIM servers, step by step: the SPEC test (12 requests) and the CRUD test. They are
//! published with Okta's developer documentation and drive a server like this one before an app is accepted.

mod groups;

use serde_json::{Value, json};

use crate::support::idp::USER;
use crate::support::{Answer, Idp, Leased, bridge};

const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// A server with somebody on it, as the SPEC test demands.
async fn server() -> Leased {
    let world = bridge().connection("profile", "okta").lease().await;
    world.idp().okta_creates("somebody@example.com").await;
    world
}

/// The body of the SPEC test's create, and its headers.
async fn spec_creates(okta: &Idp, name: &str) -> Answer {
    let body = json!({
        "schemas": [USER], "userName": name, "name": { "givenName": "Runscope", "familyName": "Tester" },
        "emails": [{ "primary": true, "value": name, "type": "work" }], "displayName": "Runscope Tester", "active": true
    });
    let headers = [
        ("content-type", "application/json"),
        ("accept", "application/scim+json; charset=utf-8"),
        ("user-agent", "OKTA SCIM Integration"),
    ];
    let request = okta.request_with("POST", "/Users", &headers).body(body.to_string());
    okta.send("POST /Users".to_owned(), request).await
}

/// What the test wants of every user.
fn assert_user(user: &Value) {
    for pointer in ["/id", "/name/familyName", "/name/givenName", "/userName", "/emails/0/value"] {
        assert!(user.pointer(pointer).is_some_and(Value::is_string), "{pointer} in {user}");
    }
    assert!(user["active"].is_boolean(), "{user}");
}

fn assert_list(answer: &Answer, total: u64) {
    assert_eq!(answer.body["schemas"], json!([LIST]));
    assert_eq!(answer.body["totalResults"], total);
    assert!(answer.body["itemsPerPage"].is_u64() && answer.body["startIndex"].is_u64(), "{}", answer.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn spec_1_and_2_the_first_user_is_listed_and_read() {
    let world = server().await;
    let okta = world.idp();
    let list = okta.get("/Users?count=1&startIndex=1").await.is(200);
    assert_list(&list, 1);
    assert_user(&list.resources()[0]);
    let id = list.resources()[0]["id"].as_str().unwrap();
    let one = okta.get(&format!("/Users/{id}")).await.is(200);
    assert_user(&one.body);
    assert_eq!(one.id(), id);
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn spec_3_to_5_nobody_is_an_empty_list_and_an_unknown_id_a_scim_error() {
    let world = server().await;
    let okta = world.idp();
    assert_list(&okta.find("userName eq \"no-such-user-7Xq\"").await.is(200), 0);
    let missing = okta.get("/Users/no-such-id").await.is_error(404, "");
    assert_eq!(missing.body["schemas"], json!([ERROR]));
    assert_list(&okta.find("userName eq \"runscope.random@atko.example\"").await.is(200), 0);
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn spec_6_to_9_a_user_is_created_once_and_found_in_any_letter_case() {
    let world = server().await;
    let okta = world.idp();
    let name = "Runscope300Abc@atko.example";
    let created = spec_creates(&okta, name).await.is(201);
    assert_user(&created.body);
    assert_eq!(created.body["active"], true);
    assert_eq!(created.body["name"]["givenName"], "Runscope");
    assert_eq!(created.body["name"]["familyName"], "Tester");
    assert_eq!(created.body["userName"], name, "its letter case is kept");
    assert!(created.body["schemas"].as_array().unwrap().contains(&json!(USER)));
    assert_eq!(created.header("content-type"), Some("application/scim+json"));

    let read = okta.get(&format!("/Users/{}", created.id())).await.is(200);
    assert_eq!(read.body, created.body);
    spec_creates(&okta, name).await.is_error(409, "uniqueness");
    let found = okta.find(&format!("userName eq \"{}\"", name.to_uppercase())).await.is(200);
    assert_list(&found, 1);
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn spec_10_groups_are_a_list_and_come_quickly() {
    let world = server().await;
    let mut fastest = u128::MAX;
    let mut groups = world.idp().get("/Groups").await.is(200);
    // Several tries: the machine that runs the tests may be busy with something else.
    for _ in 0..5 {
        #[expect(clippy::disallowed_methods, reason = "the promise is about real time")]
        let begun = std::time::Instant::now();
        groups = world.idp().get("/Groups").await.is(200);
        fastest = fastest.min(begun.elapsed().as_millis());
    }
    assert!(fastest < 600, "{fastest} ms");
    assert_list(&groups, 0);
    assert!(groups.resources().is_empty());
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn spec_11_and_12_a_wrong_token_and_a_wrong_id_are_scim_errors() {
    let world = server().await;
    let okta = world.idp_with(None);
    let path = "/Users?filter=userName%20eq%20%22somebody%40example.com%22";
    let request = okta.request("GET", path).header("authorization", "non-token");
    let refused = okta.send("GET with non-token".to_owned(), request).await.is_error(401, "");
    assert_eq!(refused.body["status"], "401");
    let missing = world.idp().get("/Users/00919288221112222").await.is_error(404, "");
    assert_eq!(missing.body["status"], "404");
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn crud_a_person_is_assigned_changed_deactivated_activated_and_unassigned() {
    let world = bridge().connection("profile", "okta").lease().await;
    let okta = world.idp();
    let name = "crud.test@example.com";
    let filter = format!("userName eq \"{name}\"");

    // assign
    let id = okta.okta_creates(name).await.id();
    let found = okta.find(&filter).await.is(200);
    let user = &found.resources()[0];
    assert_eq!(user["userName"], name);
    assert_eq!(user["emails"][0]["value"], name);
    assert_eq!((&user["name"]["familyName"], &user["name"]["givenName"]), (&json!("Voss"), &json!("Mara")));
    // profile change
    let path = format!("/Users/{id}");
    let mut whole = okta.get(&path).await.is(200).body;
    whole["name"]["givenName"] = json!("Marlene");
    okta.put(&path, whole).await.is(200);
    assert_eq!(okta.get(&path).await.is(200).body["name"]["givenName"], "Marlene");
    // deactivate
    let mut whole = okta.get(&path).await.is(200).body;
    whole["active"] = json!(false);
    okta.put(&path, whole).await.is(200);
    assert_eq!(okta.get(&path).await.is(200).body["active"], false);
    // activate and assign again: found, linked and pushed
    let found = okta.find(&filter).await.is(200);
    assert_eq!(found.resources()[0]["id"], json!(id), "the same id");
    let mut whole = found.resources()[0].clone();
    whole["active"] = json!(true);
    okta.put(&path, whole).await.is(200);
    assert_eq!(okta.get(&path).await.is(200).body["active"], true);
    // unassign
    okta.okta_sets_active(&id, false).await.is(200);
    assert_eq!(okta.get(&path).await.is(200).body["active"], false);
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_walks_all_pages_and_meets_everybody_once() {
    let world = bridge().connection("profile", "okta").connection("delivery", "accepted").start().await;
    let okta = world.idp();
    for number in 0..205 {
        okta.post("/Users", crate::support::idp::okta_user(&format!("p{number:03}@example.com"))).await.is(201);
    }
    let mut met = Vec::new();
    let mut start = 1;
    loop {
        let page = okta.get(&format!("/Users?startIndex={start}&count=100")).await.is(200);
        assert_list(&page, 205);
        assert_eq!(page.body["startIndex"], start);
        met.extend(page.resources().iter().map(|user| user["userName"].as_str().unwrap().to_owned()));
        start += 100;
        if start > 205 {
            break;
        }
    }
    let count = met.len();
    met.sort_unstable();
    met.dedup();
    assert_eq!((count, met.len()), (205, 205));
}
