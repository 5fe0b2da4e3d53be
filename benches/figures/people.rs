//! The people that are measured with, and the requests about them.

use std::path::Path;
use std::sync::Arc;

use scim_bridge::ids::{ConnectionName, ScimId, VendorId};
use scim_bridge::store::sqlite::{Role, SqliteStore};
use scim_bridge::store::{Account, Change, Doubt, Keys, Kind, Store as _, StoredResource, WorkState};
use serde_json::{Value, json};

use super::processes::{Servers, TOKEN};

/// A person whom the vendor has.
pub struct Person {
    id: String,
    vendor_id: u64,
}

/// Fills the store with people, in the form in which the engine leaves them.
pub async fn fill(folder: &Path, count: usize) -> Vec<String> {
    let store = Arc::new(SqliteStore::open(&folder.join("bridge.db"), Role::Server).expect("the store opens"));
    let connection = ConnectionName::parse("support").expect("a name");
    let mut ids = Vec::with_capacity(count);
    for chunk in (0..count).collect::<Vec<_>>().chunks(500) {
        let mut changes = Vec::new();
        for &number in chunk {
            let id = ScimId::generate();
            ids.push(id.as_str().to_owned());
            changes.extend(person(id, number));
        }
        store.commit(&connection, changes).await.expect("the store takes them");
    }
    ids
}

fn person(id: ScimId, number: usize) -> [Change; 2] {
    let name = user_name(number);
    let body = body(&name, number);
    let now = jiff::Timestamp::UNIX_EPOCH;
    let record = json!({"email": name, "firstName": "Given", "lastName": format!("Family {number}"), "userName": "Given", "roleId": 2, "projectIds": [6661]});
    let keys = Keys { name: name.clone(), external_id: Some(format!("00u{number}")), emails: vec![name], active: true };
    let resource =
        StoredResource { id: id.clone(), version: 1, created: now, modified: now, body: body.clone(), confirmed: true };
    let account = Account {
        id,
        realm: String::new(),
        remap: false,
        settled_groups: None,
        vendor_id: VendorId::parse(&(1_000_000 + number).to_string()),
        other_keys: None,
        desired: json!({"present": record}).to_string(),
        applied: Some(record.to_string()),
        desired_revision: 1,
        settled_revision: 1,
        settled_body: Some(body),
        deleting: false,
        state: WorkState::Settled,
        urgency: 1,
        doubt: Doubt::None,
        taken_over: None,
        attempts: 0,
        next_attempt: None,
        reason: None,
        request_id: None,
    };
    [Change::InsertResource { kind: Kind::User, resource, keys }, Change::PutAccount(account)]
}

fn user_name(number: usize) -> String {
    format!("person{number}@example.com")
}

fn body(name: &str, number: usize) -> String {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": name, "externalId": format!("00u{number}"),
        "name": {"givenName": "Given", "familyName": format!("Family {number}")},
        "displayName": format!("Given Family {number}"), "locale": "en-US", "active": true,
        "emails": [{"value": name, "type": "work", "primary": true}]
    })
    .to_string()
}

/// What the bare handler answers: a person of the same size.
pub fn sample_answer() -> String {
    let mut body = body("person50000@example.com", 50000);
    body.truncate(body.len() - 1);
    body.push_str(
        r#","id":"01933333-3333-7333-8333-333333333333","meta":{"resourceType":"User","created":"2026-01-01T00:00:00Z","lastModified":"2026-01-01T00:00:00Z","location":"http://127.0.0.1:8080/scim/v2/support/Users/01933333-3333-7333-8333-333333333333","version":"W/\"1\""}}"#,
    );
    body
}

/// Creates people through the bridge, so that the vendor has them.
pub async fn create_at_vendor(servers: &Servers, count: usize) -> Vec<Person> {
    #[expect(clippy::disallowed_methods, reason = "the benchmark is a client")]
    let client = reqwest::Client::new();
    let mut persons = Vec::new();
    for number in 0..count {
        let body = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": format!("measured{number}@example.com"),
            "name": {"givenName": "Mara", "familyName": "Voss"}, "active": true,
            "emails": [{"value": format!("measured{number}@example.com"), "type": "work", "primary": true}]
        });
        let request =
            client.post(format!("http://{}/scim/v2/support/Users", servers.bridge)).bearer_auth(TOKEN).json(&body);
        #[expect(clippy::disallowed_methods, reason = "the benchmark is a client")]
        let answer = request.send().await.expect("the bridge answers");
        assert_eq!(answer.status(), 201, "{:?}", answer.text().await);
        let created: Value = answer.json().await.expect("a resource");
        // The simulator numbers its accounts; the pass-through needs the vendor's own key of an existing one.
        persons.push(Person { id: created["id"].as_str().expect("an id").to_owned(), vendor_id: 0 });
    }
    let state = vendor_keys(servers).await;
    for (number, person) in persons.iter_mut().enumerate() {
        person.vendor_id =
            state.iter().find(|(email, _)| *email == format!("measured{number}@example.com")).map_or(0, |(_, id)| *id);
        assert_ne!(person.vendor_id, 0, "the vendor has the account");
    }
    persons
}

/// `PATCH active`, false and true in turn, on people of this connection only.
pub fn patch_active(persons: &[Person], connection: usize, turn: u64, connections: usize) -> Vec<u8> {
    let (person, active) = pick(persons, connection, turn, connections);
    let body = format!(
        r#"{{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{{"op":"replace","value":{{"active":{active}}}}}]}}"#
    );
    request("PATCH", &format!("/scim/v2/support/Users/{}", person.id), "application/scim+json", &body)
}

/// The same change as the vendor call that it causes, through the pass-through.
pub fn patch_through(persons: &[Person], connection: usize, turn: u64, connections: usize) -> Vec<u8> {
    let (person, active) = pick(persons, connection, turn, connections);
    let slots = u8::from(active);
    let body = json!({"operationName": "UpdateUser", "query": UPDATE, "variables": {"input": {
        "userId": person.vendor_id, "projectIds": if active { json!([6661]) } else { json!([]) },
        "channels": {
            "chatConfiguration": {"hasPriorityOnChat": false, "isAllowChatToVideo": false, "isEnabled": active, "numberOfSlots": slots},
            "videoConfiguration": {"hasPriorityOnVideo": false, "isEnabled": active}
        }
    }}});
    request("PATCH", &format!("/{}", person.vendor_id), "application/json", &body.to_string())
}

/// `GET /Users/{id}` of anybody.
pub fn get_by_id(ids: &[String], connection: usize, turn: u64) -> Vec<u8> {
    request("GET", &format!("/scim/v2/support/Users/{}", ids[scatter(ids.len(), connection, turn)]), "", "")
}

/// `GET /Users?filter=userName eq "…"` of anybody.
pub fn get_by_name(count: usize, connection: usize, turn: u64) -> Vec<u8> {
    let name = user_name(scatter(count, connection, turn)).replace('@', "%40");
    request(
        "GET",
        &format!("/scim/v2/support/Users?filter=userName%20eq%20%22{name}%22&startIndex=1&count=100"),
        "",
        "",
    )
}

/// The bare handler.
pub fn get_bare() -> Vec<u8> {
    request("GET", "/", "", "")
}

const UPDATE: &str = "mutation UpdateUser($input: UserUpdateInput!) { userUpdate(input: $input) { user { __typename id email firstName lastName userName avatar isDeleted skills { id } projects(first: 100) { edges { node { id } } } ... on Professional { externalId samlId group { id } role { id } channels { callConfiguration { clickToCallPhoneNumber hasPriorityOnCall isAlwaysAskForNumber isEnabled respondFrom } chatConfiguration { hasPriorityOnChat isAllowChatToVideo isEnabled isSimultaneousCallAllowed numberOfSlots } thirdPartyConfiguration { isEnabled numberOfSlots } videoConfiguration { hasPriorityOnVideo isEnabled } } } } userErrors { __typename ... on UserError { message } } } }";

fn pick(persons: &[Person], connection: usize, turn: u64, connections: usize) -> (&Person, bool) {
    let own = persons.len() / connections;
    #[expect(clippy::cast_possible_truncation, reason = "turns are few")]
    let turn = turn as usize;
    // Each pass through the own people switches all of them.
    (&persons[connection * own + turn % own], (turn / own) % 2 == 1)
}

fn scatter(count: usize, connection: usize, turn: u64) -> usize {
    #[expect(clippy::cast_possible_truncation, reason = "turns are few")]
    let turn = turn as usize;
    (connection * 7919 + turn * 104_729) % count
}

/// The bytes of one request.
pub fn request(method: &str, path: &str, content_type: &str, body: &str) -> Vec<u8> {
    let typed = if content_type.is_empty() {
        String::new()
    } else {
        format!("content-type: {content_type}\r\ncontent-length: {}\r\n", body.len())
    };
    format!("{method} {path} HTTP/1.1\r\nhost: bridge\r\nauthorization: Bearer {TOKEN}\r\naccept: application/scim+json\r\n{typed}\r\n{body}").into_bytes()
}

async fn vendor_keys(servers: &Servers) -> Vec<(String, u64)> {
    #[expect(clippy::disallowed_methods, reason = "the benchmark is a client")]
    let answer = reqwest::Client::new()
        .get(format!("{}/_sim/state", servers.vendor))
        .send()
        .await
        .expect("the simulator answers");
    let state: Value = answer.json().await.expect("the state is JSON");
    let mut found = Vec::new();
    collect(&state, &mut found);
    found
}

/// Every object with an `email` and a numeric `id`, wherever the state keeps them.
fn collect(value: &Value, found: &mut Vec<(String, u64)>) {
    match value {
        Value::Object(object) => {
            if let (Some(email), Some(id)) =
                (object.get("email").and_then(Value::as_str), object.get("id").and_then(Value::as_u64))
            {
                found.push((email.to_owned(), id));
            }
            object.values().for_each(|inner| collect(inner, found));
        }
        Value::Array(array) => array.iter().for_each(|inner| collect(inner, found)),
        _ => {}
    }
}
