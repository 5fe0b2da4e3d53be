//! What identity providers really send: a file of `tests/corpus/idp` per case, a test per file. Whoever meets a new quirk adds a file.
//!
//! | member | meaning |
//! | --- | --- |
//! | `client`, `why` | who sends it, and which rule of `docs/LENIENCY.md` or of the RFCs decides |
//! | `connection`, `settings` | keys of `bridge.yaml` and of the mapping's settings, where the usual ones do not do |
//! | `before` | requests that bring the situation about; all must succeed |
//! | `request` | `method`, `path` below the base URL, `headers`, and `body` (JSON) or `text` (sent as it is) |
//! | `expect` | `status`, `scimType`, `headers`, `body` (what it must contain), `not` (JSON pointers to what it must not) |
//! | `vendor` | by e-mail address: what the account must contain, or `null` for "there is none" |
//! | `calls` | the vendor's operations that the request causes, in order; sign-ins are left out |
//!
//! In texts `{id}` (or `{id1}`), `{id2}` … stand for the id in the answer to the first, second … request of `before`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use rstest::rstest;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::support::{Answer, Idp, bridge};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    client: String,
    why: String,
    #[serde(default)]
    connection: Map<String, Value>,
    #[serde(default)]
    settings: Map<String, Value>,
    #[serde(default)]
    before: Vec<Sent>,
    request: Sent,
    expect: Expected,
    #[serde(default)]
    vendor: BTreeMap<String, Value>,
    calls: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sent {
    method: String,
    path: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: Option<Value>,
    text: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    status: u16,
    #[serde(rename = "scimType")]
    scim_type: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: Value,
    #[serde(default)]
    not: Vec<String>,
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_a_client_sends_has_the_effect_that_it_means(#[files("tests/corpus/idp/*.json")] path: PathBuf) {
    let text = std::fs::read_to_string(&path).unwrap();
    let case: Case = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let name = path.file_stem().unwrap().to_string_lossy();
    assert!(name.starts_with(&format!("{}-", case.client)), "the name of the file begins with the client");
    assert!(!case.why.is_empty(), "a case says which rule decides");

    let mut setup = bridge();
    for (key, value) in case.connection {
        setup = setup.connection(&key, value);
    }
    for (key, value) in case.settings {
        setup = setup.setting(&key, value);
    }
    let world = setup.lease().await;
    let idp = world.idp();
    let mut ids = Vec::new();
    for sent in &case.before {
        let answer = send(&idp, sent, &ids).await;
        assert!(
            (200..300).contains(&answer.status),
            "a request of `before` was answered {}: {}",
            answer.status,
            answer.text
        );
        ids.push(answer.body["id"].as_str().unwrap_or_default().to_owned());
    }
    world.vendor().forget_calls().await;

    let answer = send(&idp, &case.request, &ids).await;
    check(&answer, &case.expect, &ids);
    let mut operations: Vec<String> = Vec::new();
    for call in world.vendor().calls("").await {
        let operation = call["operation"].as_str().unwrap_or_default();
        if operation != "token" {
            operations.push(operation.to_owned());
        }
    }
    assert_eq!(operations, case.calls, "calls to the vendor");
    for (email, expected) in &case.vendor {
        let account = world.vendor().account(email).await;
        match account {
            None => assert!(expected.is_null(), "the vendor has no account {email}"),
            Some(account) => {
                assert!(!expected.is_null(), "the vendor has an account {email}: {account}");
                assert_contains(&account, expected, &format!("account {email}"));
            }
        }
    }
    if case.request.method != "GET" && answer.body["meta"]["resourceType"] == "User" && !case.request.path.contains('?')
    {
        let read = idp.get(&format!("/Users/{}", answer.id())).await.is(200);
        assert_eq!(read.body, answer.body, "what was answered is what is read afterwards");
    }
    world.give_back().await;
}

async fn send(idp: &Idp, sent: &Sent, ids: &[String]) -> Answer {
    let path = filled(&sent.path, ids);
    let body = sent.body.as_ref().map(Value::to_string).or_else(|| sent.text.clone()).map(|text| filled(&text, ids));
    let mut headers = BTreeMap::new();
    if body.is_some() {
        headers.insert("content-type", "application/scim+json");
    }
    headers.extend(sent.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let headers: Vec<(&str, &str)> = headers.into_iter().collect();
    let mut request = idp.request_with(&sent.method, &path, &headers);
    if let Some(body) = &body {
        request = request.body(body.clone());
    }
    idp.send(format!("{} {path} {}", sent.method, body.unwrap_or_default()), request).await
}

/// The text with the ids of `before` in it.
fn filled(text: &str, ids: &[String]) -> String {
    let mut text = text.to_owned();
    for (index, id) in ids.iter().enumerate() {
        if index == 0 {
            text = text.replace("{id}", id);
        }
        text = text.replace(&format!("{{id{}}}", index + 1), id);
    }
    text
}

fn check(answer: &Answer, expected: &Expected, ids: &[String]) {
    let answer = match expected.status {
        200..400 => {
            assert_eq!(expected.scim_type, None, "only errors have a `scimType`");
            answer.clone().is(expected.status)
        }
        _ => answer.clone().is_error(expected.status, expected.scim_type.as_deref().unwrap_or_default()),
    };
    if !expected.headers.contains_key("content-type") && !answer.text.is_empty() {
        assert_eq!(answer.header("content-type"), Some("application/scim+json"));
    }
    for (name, value) in &expected.headers {
        assert_eq!(answer.header(name), Some(filled(value, ids).as_str()), "header {name}");
    }
    let body = serde_json::from_str(&filled(&expected.body.to_string(), ids)).expect("JSON");
    assert_contains(&answer.body, &body, "body");
    for pointer in &expected.not {
        assert_eq!(answer.body.pointer(pointer), None, "{pointer} must be absent: {}", answer.text);
    }
    assert_no_empty_values(&answer.body, "body");
}

/// Everything that `expected` says is so in `found`; lists have the same length. `null` says nothing.
fn assert_contains(found: &Value, expected: &Value, place: &str) {
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => {
            for (name, expected) in expected {
                let place = format!("{place}/{name}");
                let value =
                    found.get(name).unwrap_or_else(|| panic!("{place} is missing in {}", Value::from(found.clone())));
                if expected.is_null() {
                    assert!(value.is_null(), "{place} is {value}");
                }
                assert_contains(value, expected, &place);
            }
        }
        (Value::Array(expected), Value::Array(found)) => {
            assert_eq!(expected.len(), found.len(), "{place}: {found:?}");
            for (index, (expected, found)) in expected.iter().zip(found).enumerate() {
                assert_contains(found, expected, &format!("{place}/{index}"));
            }
        }
        (Value::Null, _) => {}
        _ => assert_eq!(found, expected, "{place}"),
    }
}

/// Attributes without a value are left out of answers (D42); only the lists of messages may be empty.
fn assert_no_empty_values(value: &Value, place: &str) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let place = format!("{place}/{name}");
                let empty = value.is_null()
                    || value == ""
                    || *value == Value::from(Map::new())
                    || value.as_array().is_some_and(Vec::is_empty);
                assert!(
                    !empty || matches!(name.as_str(), "Resources" | "Operations" | "schemaExtensions"),
                    "{place} has no value"
                );
                assert_no_empty_values(value, &place);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| assert_no_empty_values(value, place)),
        _ => {}
    }
}
