//! SCIM over HTTP as RFC 7643 and RFC 7644 want it, whoever the client is.

mod discovery;
mod errors;
mod groups;
mod paging;
mod versions;
mod wire;

use serde_json::{Value, json};

use crate::support::idp::{ENTERPRISE, VENDOR, okta_user};
use crate::support::{Leased, bridge};

const MARA: &str = "mara.voss@example.com";

/// A bridge with one person, and the person's id.
async fn with_mara() -> (Leased, String) {
    let world = bridge().lease().await;
    let mut mara = okta_user(MARA);
    mara["title"] = json!("Lead");
    mara[ENTERPRISE] = json!({ "department": "Care", "manager": { "value": "m", "displayName": "M" } });
    mara[VENDOR] = json!({ "skillIds": [901] });
    let id = world.idp().post("/Users", mara).await.is(201).id();
    (world, id)
}

fn names(body: &Value) -> Vec<&str> {
    let mut names: Vec<&str> = body.as_object().expect("an object").keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn attributes_and_excluded_attributes_hold_for_every_answer() {
    let (world, id) = with_mara().await;
    let idp = world.idp();
    let path = format!("/Users/{id}");
    let whole = idp.get(&path).await.is(200).body;
    let change = json!({ "schemas": [crate::support::idp::PATCH], "Operations": [] });
    for (parameters, expected) in [
        ("attributes=userName", vec!["id", "schemas", "userName"]),
        ("attributes=USERNAME,noSuchThing", vec!["id", "schemas", "userName"]),
        ("attributes=noSuchThing", vec!["id", "schemas"]),
        ("attributes=password,id", vec!["id", "schemas"]),
        ("attributes=name.givenName,meta.version", vec!["id", "meta", "name", "schemas"]),
        ("attributes=urn:ietf:params:scim:schemas:core:2.0:User:title", vec!["id", "schemas", "title"]),
        (
            "attributes=urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
            vec!["id", "schemas", ENTERPRISE],
        ),
        ("attributes=urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", vec!["id", "schemas", ENTERPRISE]),
        (
            "excludedAttributes=id,schemas,name,emails,displayName,locale,externalId,title,meta,active",
            vec!["id", "schemas", ENTERPRISE, VENDOR, "userName"],
        ),
    ] {
        let path = format!("{path}?{parameters}");
        for answer in
            [idp.get(&path).await, idp.put(&path, whole.clone()).await, idp.patch(&path, change.clone()).await]
        {
            let answer = answer.is(200);
            assert_eq!(names(&answer.body), expected, "{parameters}");
        }
        let list = idp.get(&format!("/Users?{parameters}")).await.is(200);
        assert_eq!(names(&list.resources()[0]), expected, "{parameters}");
    }
    let parts = idp.get(&format!("{path}?attributes=name.givenName,emails.value")).await.is(200).body;
    assert_eq!(parts["name"], json!({ "givenName": "Mara" }));
    assert_eq!(parts["emails"], json!([{ "value": MARA }]));
    let parts = idp.get(&format!("{path}?excludedAttributes=name.givenName,{ENTERPRISE}:manager")).await.is(200).body;
    assert_eq!(parts["name"], json!({ "familyName": "Voss" }));
    assert_eq!(parts[ENTERPRISE], json!({ "department": "Care" }));

    let created = idp.post("/Users?attributes=displayName", okta_user("b@example.com")).await.is(201);
    assert_eq!(names(&created.body), ["displayName", "id", "schemas"]);
    assert!(created.header("location").is_some_and(|location| location.ends_with(&created.id())));
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_with_wrong_parameters_has_not_happened() {
    let (world, id) = with_mara().await;
    let idp = world.idp();
    let both = "attributes=userName&excludedAttributes=name";
    idp.post(&format!("/Users?{both}"), okta_user("b@example.com")).await.is_error(400, "invalidValue");
    let change =
        json!({ "schemas": [crate::support::idp::PATCH], "Operations": [{ "op": "remove", "path": "title" }] });
    idp.patch(&format!("/Users/{id}?{both}"), change).await.is_error(400, "invalidValue");
    assert_eq!(idp.get("/Users").await.is(200).body["totalResults"], 1);
    assert_eq!(idp.get(&format!("/Users/{id}")).await.is(200).body["title"], "Lead");
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_connections_of_one_bridge_know_nothing_of_each_other() {
    const OTHER: &str = "other-token-0123456789abcdef";
    let world = bridge()
        .another(
            "second",
            &json!({
                "settings": { "platform": "sd", "project_ids": [] },
                "inbound": { "tokens": [{ "name": "other", "secret": OTHER }] }
            }),
        )
        .start()
        .await;
    let (first, second) = (world.idp(), world.idp_of("second", OTHER));
    let one = first.okta_creates(MARA).await;
    let two = second.okta_creates(MARA).await;
    assert_ne!(one.id(), two.id(), "the same name in both");
    assert!(two.header("location").unwrap().contains("/scim/v2/second/Users/"));
    for (idp, own, foreign) in [(&first, &one, &two), (&second, &two, &one)] {
        let list = idp.get("/Users").await.is(200);
        assert_eq!(list.body["totalResults"], 1);
        assert_eq!(list.resources()[0]["id"], json!(own.id()));
        let foreign = format!("/Users/{}", foreign.id());
        idp.get(&foreign).await.is_error(404, "");
        idp.put(&foreign, okta_user(MARA)).await.is_error(404, "");
        idp.delete(&foreign).await.is_error(404, "");
        idp.okta_sets_active(foreign.trim_start_matches("/Users/"), false).await.is_error(404, "");
    }
    // What happens to one does not happen to the other, also at the vendor.
    first.delete(&format!("/Users/{}", one.id())).await.is(204);
    second.get(&format!("/Users/{}", two.id())).await.is(200);
    assert_eq!(world.vendor().account(MARA).await, None);
    assert!(world.vendor().state().await["sd"].to_string().contains(MARA));
}
