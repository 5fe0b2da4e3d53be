//! What identity providers really send: a file of `tests/corpus/idp` per case, a test per file. Whoever meets a new quirk adds a file.
//!
//! | member | meaning |
//! | --- | --- |
//! | `client`, `why` | who sends it, and which rule of `docs/LENIENCY.md` or of the RFCs decides |
//! | `connection`, `settings` | keys of `bridge.yaml` and of the mapping's settings, where the usual ones do not do |
//! | `people` | short names of people who are there: `mara` has the userName and the address `mara@example.com` |
//! | `before` | requests that bring the situation about; all must succeed |
//! | `request` | `method`, `path` below the base URL, `headers`, and `body` (JSON) or `text` (sent as it is) |
//! | `expect` | what is answered: see below |
//! | `after` | further requests, each with what is expected of it |
//! | `unchanged` | paths whose answer is the same before and after the request, version and time of change included |
//! | `vendor` | by e-mail address: what the account must contain, or `null` for "there is none" |
//! | `skills` | by name: who has the skill at the vendor (short names or addresses), or `null` for "there is none" |
//! | `calls` | the vendor's operations that the request causes, in order; sign-ins are left out |
//!
//! Of an answer are expected: `status`, `scimType`, `headers`, `body` (what it must contain), `not` (JSON pointers to what it must not), `members`
//! (ids of a group's members in any order, `[]` for an answer without them), `detail` and `detailNot` (what the sentence of an error says, and not).
//!
//! In texts `{id}` (or `{id1}`), `{id2}` … stand for the id in the answer to the first, second … request of `before`, `{name}` for the id of a person of
//! `people` and of an answer of `before` with `"as": "name"`, `{name.version}` for its `meta.version`, and `{new}` for the id in the answer to `request`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use rstest::rstest;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::support::idp::USER;
use crate::support::{Answer, Idp, Vendor, bridge};

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
    people: Vec<String>,
    #[serde(default)]
    before: Vec<Sent>,
    request: Sent,
    expect: Expected,
    #[serde(default)]
    after: Vec<Step>,
    #[serde(default)]
    unchanged: Vec<String>,
    #[serde(default)]
    vendor: BTreeMap<String, Value>,
    #[serde(default)]
    skills: BTreeMap<String, Option<Vec<String>>>,
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
    #[serde(rename = "as")]
    name: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    request: Sent,
    expect: Expected,
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
    members: Option<Vec<String>>,
    #[serde(default)]
    detail: Vec<String>,
    #[serde(default, rename = "detailNot")]
    detail_not: Vec<String>,
}

/// What stands for the placeholders.
#[derive(Default)]
struct Known(Vec<(String, String)>);

impl Known {
    fn learn(&mut self, name: &str, answer: &Answer) {
        let id = answer.body["id"].as_str().unwrap_or_default();
        self.0.push((format!("{{{name}}}"), id.to_owned()));
        if let Some(version) = answer.body["meta"]["version"].as_str() {
            self.0.push((format!("{{{name}.version}}"), version.to_owned()));
        }
    }

    /// The text with what is known in it.
    fn fill(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value))
    }
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
    let mut known = Known::default();
    for name in &case.people {
        known.learn(name, &idp.post("/Users", person(name)).await.is(201));
    }
    for (index, sent) in case.before.iter().enumerate() {
        let answer = send(&idp, sent, &known).await;
        assert!(
            (200..300).contains(&answer.status),
            "a request of `before` was answered {}: {}",
            answer.status,
            answer.text
        );
        if index == 0 {
            known.learn("id", &answer);
        }
        known.learn(&format!("id{}", index + 1), &answer);
        if let Some(name) = &sent.name {
            known.learn(name, &answer);
        }
    }
    let mut kept = Vec::new();
    for path in &case.unchanged {
        kept.push(idp.get(&known.fill(path)).await.is(200).body);
    }
    world.vendor().forget_calls().await;

    let answer = send(&idp, &case.request, &known).await;
    known.learn("new", &answer);
    check(&answer, &case.expect, &known);
    let mut operations: Vec<String> = Vec::new();
    for call in world.vendor().calls("").await {
        let operation = call["operation"].as_str().unwrap_or_default();
        if operation != "token" {
            operations.push(operation.to_owned());
        }
    }
    assert_eq!(operations, case.calls, "calls to the vendor");
    for (path, kept) in case.unchanged.iter().zip(kept) {
        assert_eq!(idp.get(&known.fill(path)).await.is(200).body, kept, "{path} is as before");
    }
    check_vendor(world.vendor(), &case.vendor, &case.skills).await;
    let kind = answer.body["meta"]["resourceType"].as_str().unwrap_or_default();
    if case.request.method != "GET" && ["User", "Group"].contains(&kind) && !case.request.path.contains('?') {
        let read = idp.get(&format!("/{kind}s/{}", answer.id())).await.is(200);
        assert_eq!(read.body, answer.body, "what was answered is what is read afterwards");
    }
    for step in &case.after {
        check(&send(&idp, &step.request, &known).await, &step.expect, &known);
    }
    world.give_back().await;
}

/// A person of `people`.
fn person(name: &str) -> Value {
    let address = address(name);
    let given = format!("{}{}", name[..1].to_uppercase(), &name[1..]);
    json!({
        "schemas": [USER], "userName": address, "externalId": format!("ext-{name}"), "displayName": given, "active": true,
        "name": { "givenName": given, "familyName": "Voss" }, "emails": [{ "value": address, "type": "work", "primary": true }],
    })
}

fn address(name: &str) -> String {
    if name.contains('@') { name.to_owned() } else { format!("{name}@example.com") }
}

async fn send(idp: &Idp, sent: &Sent, known: &Known) -> Answer {
    let path = known.fill(&sent.path);
    let body = sent.body.as_ref().map(Value::to_string).or_else(|| sent.text.clone()).map(|text| known.fill(&text));
    let mut headers = BTreeMap::new();
    if body.is_some() {
        headers.insert("content-type", "application/scim+json".to_owned());
    }
    headers.extend(sent.headers.iter().map(|(name, value)| (name.as_str(), known.fill(value))));
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let mut request = idp.request_with(&sent.method, &path, &headers);
    if let Some(body) = &body {
        request = request.body(body.clone());
    }
    idp.send(format!("{} {path} {}", sent.method, body.unwrap_or_default()), request).await
}

async fn check_vendor(
    vendor: &Vendor,
    accounts: &BTreeMap<String, Value>,
    skills: &BTreeMap<String, Option<Vec<String>>>,
) {
    for (email, expected) in accounts {
        match vendor.account(email).await {
            None => assert!(expected.is_null(), "the vendor has no account {email}"),
            Some(account) => {
                assert!(!expected.is_null(), "the vendor has an account {email}: {account}");
                assert_contains(&account, expected, &format!("account {email}"));
            }
        }
    }
    for (name, people) in skills {
        let mut people = people.clone();
        if let Some(people) = &mut people {
            for person in people.iter_mut() {
                *person = address(person);
            }
            people.sort_unstable();
        }
        assert_eq!(vendor.skilled(name).await, people, "who has the skill {name}");
    }
}

fn check(answer: &Answer, expected: &Expected, known: &Known) {
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
        assert_eq!(answer.header(name), Some(known.fill(value).as_str()), "header {name}");
    }
    let body = serde_json::from_str(&known.fill(&expected.body.to_string())).expect("JSON");
    assert_contains(&answer.body, &body, "body");
    for pointer in &expected.not {
        assert_eq!(answer.body.pointer(pointer), None, "{pointer} must be absent: {}", answer.text);
    }
    if let Some(members) = &expected.members {
        let mut members: Vec<String> = members.iter().map(|member| known.fill(member)).collect();
        let mut found = answer.members();
        members.sort_unstable();
        found.sort_unstable();
        assert_eq!(found, members, "members in {}", answer.text);
    }
    for part in &expected.detail {
        assert!(answer.detail().contains(&known.fill(part)), "{part:?} is not in {:?}", answer.detail());
    }
    for part in &expected.detail_not {
        assert!(!answer.detail().contains(&known.fill(part)), "{part:?} is in {:?}", answer.detail());
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
