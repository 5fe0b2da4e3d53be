//! Versions: `ETag`, `If-Match`, `If-None-Match` (RFC 7644 section 3.14).

use serde_json::{Value, json};

use super::{MARA, with_mara};
use crate::support::idp::okta_user;
use crate::support::{Answer, Idp};

async fn conditional(idp: &Idp, method: &str, path: &str, condition: (&str, &str), body: Option<&Value>) -> Answer {
    let mut request = idp.request(method, path).header(condition.0, condition.1);
    if let Some(body) = body {
        request = request.header("content-type", "application/scim+json").body(body.to_string());
    }
    idp.send(format!("{method} {path} {condition:?}"), request).await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_names_its_version_in_body_and_header() {
    let (world, id) = with_mara().await;
    let idp = world.idp();
    let path = format!("/Users/{id}");
    let created = idp.post("/Users", okta_user("b@example.com")).await.is(201);
    let read = idp.get(&path).await.is(200);
    let replaced = idp.put(&path, okta_user(MARA)).await.is(200);
    let patched = idp.operations(&id, json!([{ "op": "replace", "path": "title", "value": "x" }])).await.is(200);
    for (answer, version) in [(&created, "W/\"1\""), (&read, "W/\"1\""), (&replaced, "W/\"2\""), (&patched, "W/\"3\"")]
    {
        assert_eq!(answer.header("etag"), Some(version));
        assert_eq!(answer.body["meta"]["version"], version);
        assert_eq!(answer.header("location"), answer.body["meta"]["location"].as_str());
        assert_eq!(answer.header("content-location"), answer.header("location"));
    }
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unchanged_resource_is_not_sent_again() {
    let (world, id) = with_mara().await;
    let idp = world.idp();
    let path = format!("/Users/{id}");
    for same in ["W/\"1\"", "\"1\"", "*", "W/\"7\", W/\"1\""] {
        let answer = conditional(&idp, "GET", &path, ("if-none-match", same), None).await.is(304);
        assert_eq!(answer.text, "");
        assert_eq!(answer.header("etag"), Some("W/\"1\""));
    }
    for other in ["W/\"2\"", "\"abc\"", ""] {
        conditional(&idp, "GET", &path, ("if-none-match", other), None).await.is(200);
    }
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_on_condition_of_another_version_is_not_made() {
    let (world, id) = with_mara().await;
    let idp = world.idp();
    let path = format!("/Users/{id}");
    let before = idp.get(&path).await.is(200).body;
    let change = json!({ "schemas": [crate::support::idp::PATCH], "Operations": [{ "op": "replace", "path": "title", "value": "x" }] });
    let mut whole = before.clone();
    whole["title"] = json!("y");
    world.vendor().forget_calls().await;
    for wrong in ["W/\"2\"", "\"abc\"", ""] {
        conditional(&idp, "PATCH", &path, ("if-match", wrong), Some(&change)).await.is_error(412, "").says("W/\"1\"");
        conditional(&idp, "PUT", &path, ("if-match", wrong), Some(&whole)).await.is_error(412, "");
        conditional(&idp, "DELETE", &path, ("if-match", wrong), None).await.is_error(412, "");
    }
    assert_eq!(idp.get(&path).await.is(200).body, before);
    assert!(world.vendor().calls("").await.is_empty());

    let patched = conditional(&idp, "PATCH", &path, ("if-match", "W/\"1\""), Some(&change)).await.is(200);
    assert_eq!(patched.header("etag"), Some("W/\"2\""));
    let replaced = conditional(&idp, "PUT", &path, ("if-match", "W/\"1\", W/\"2\""), Some(&whole)).await.is(200);
    assert_eq!(replaced.header("etag"), Some("W/\"3\""));
    conditional(&idp, "PATCH", &path, ("if-match", "W/\"2\""), Some(&change)).await.is_error(412, "");
    conditional(&idp, "PATCH", &path, ("if-match", "*"), Some(&change)).await.is(200);
    conditional(&idp, "PATCH", "/Users/nobody", ("if-match", "*"), Some(&change)).await.is_error(404, "");
    conditional(&idp, "DELETE", &path, ("if-match", "W/\"4\""), None).await.is(204);
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changes_nothing_makes_no_version() {
    let (world, id) = with_mara().await;
    let idp = world.idp();
    let path = format!("/Users/{id}");
    let before = idp.get(&path).await.is(200).body;
    world.vendor().forget_calls().await;
    let members: Vec<(String, Value)> = before.as_object().unwrap().clone().into_iter().collect();
    let reversed = Value::Object(members.into_iter().rev().collect());
    for same in [before.clone(), reversed] {
        assert_eq!(idp.put(&path, same).await.is(200).body, before, "a PUT of what is there, in any order");
    }
    for operation in [
        json!({ "op": "add", "path": "title", "value": "Lead" }),
        json!({ "op": "replace", "value": { "title": "Lead", "active": true } }),
        json!({ "op": "add", "path": "emails", "value": [{ "value": MARA, "type": "work" }] }),
        json!({ "op": "remove", "path": "nickName" }),
    ] {
        assert_eq!(idp.operations(&id, json!([operation])).await.is(200).body, before, "{operation}");
    }
    assert!(world.vendor().calls("").await.is_empty());
    world.give_back().await;
}
