//! Groups over HTTP: what is shown of them, of whom they consist and of whom they are, and how little it costs not to ask. What a group does at the
//! vendor is tested elsewhere.

use serde_json::{Value, json};

use super::names;
use crate::support::idp::{PATCH, USER, okta_user};
use crate::support::{Answer, Idp, bridge};

const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const BULK: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";

fn group(name: &str, members: &[String]) -> Value {
    let members: Vec<Value> = members.iter().map(|id| json!({ "value": id })).collect();
    json!({ "schemas": [GROUP], "displayName": name, "members": members })
}

async fn people(idp: &Idp, names: &[&str]) -> Vec<String> {
    let mut ids = Vec::new();
    for name in names {
        let mut person = okta_user(&format!("{name}@example.com"));
        person["displayName"] = json!(format!("The {name}"));
        ids.push(idp.post("/Users", person).await.is(201).id());
    }
    ids
}

fn adds(id: &str) -> Value {
    json!({ "schemas": [PATCH], "Operations": [{ "op": "add", "path": "members", "value": [{ "value": id }] }] })
}

async fn bulk(idp: &Idp, operations: Value) -> Answer {
    idp.post("/Bulk", json!({ "schemas": [BULK], "Operations": operations })).await.is(200)
}

#[track_caller]
fn statuses(answer: &Answer) -> Vec<&str> {
    let operations = answer.body["Operations"].as_array().expect("a BulkResponse has Operations");
    operations.iter().map(|done| done["status"].as_str().unwrap_or_default()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn members_and_memberships_are_shown_from_both_sides() {
    // R85, D36
    let world = bridge().start().await;
    let idp = world.idp();
    let ids = people(&idp, &["a", "b", "c"]).await;
    let created = idp.post("/Groups", group("Care", &ids[..2])).await.is(201);
    let member = |number: usize, name: &str| json!({ "value": ids[number], "$ref": format!("{}/Users/{}", idp.base(), ids[number]), "type": "User", "display": name });
    assert_eq!(created.body["members"], json!([member(0, "The a"), member(1, "The b")]));
    assert_eq!(names(&created.body), ["displayName", "id", "members", "meta", "schemas"]);
    let path = format!("/Groups/{}", created.id());
    let location = format!("{}{path}", idp.base());
    assert_eq!(
        (&created.body["meta"]["location"], &created.body["meta"]["resourceType"]),
        (&json!(location), &json!("Group"))
    );
    assert_eq!(created.header("location"), Some(location.as_str()));
    assert_eq!(created.header("etag"), created.body["meta"]["version"].as_str());
    let read = idp.get(&path).await.is(200);
    assert_eq!(read.body, created.body);
    let same = idp.request_with("GET", &path, &[("if-none-match", read.header("etag").expect("a version"))]);
    idp.send("GET".to_owned(), same).await.is(304);

    let membership = json!([{ "value": created.id(), "$ref": location, "display": "Care", "type": "direct" }]);
    for (id, expected) in [(&ids[0], &membership), (&ids[2], &Value::Null)] {
        let person = idp.get(&format!("/Users/{id}")).await.is(200).body;
        assert_eq!(person["groups"], *expected);
        let found = idp.find(&format!("id eq \"{id}\"")).await.is(200);
        assert_eq!(found.resources(), [person]);
    }
    let list = idp.get("/Groups").await.is(200);
    assert_eq!(list.resources(), [read.body]);

    // What the vendor's side of a person answers, shows them, too; and what a client sends of them changes nothing.
    let mut person = okta_user("a@example.com");
    person["groups"] = json!([]);
    let replaced = idp.put(&format!("/Users/{}", ids[0]), person).await.is(200);
    assert_eq!(replaced.body["groups"], membership);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_asked_for_is_left_out_of_groups_and_people() {
    let world = bridge().start().await;
    let idp = world.idp();
    let ids = people(&idp, &["a"]).await;
    let id = idp.post("/Groups?attributes=displayName", group("Care", &ids)).await.is(201).id();
    for (query, expected) in [
        ("excludedAttributes=members", vec!["displayName", "id", "meta", "schemas"]),
        ("attributes=displayName", vec!["displayName", "id", "schemas"]),
        ("attributes=members", vec!["id", "members", "schemas"]),
        ("attributes=members.value,externalId", vec!["id", "members", "schemas"]),
        ("excludedAttributes=members.display,meta", vec!["displayName", "id", "members", "schemas"]),
    ] {
        let one = idp.get(&format!("/Groups/{id}?{query}")).await.is(200);
        assert_eq!(names(&one.body), expected, "{query}");
        assert_eq!(idp.get(&format!("/Groups?{query}")).await.is(200).resources(), std::slice::from_ref(&one.body));
        let patched = idp.patch(&format!("/Groups/{id}?{query}"), adds(&ids[0])).await.is(200);
        assert_eq!(patched.body, one.body, "{query}");
    }
    let parts = idp.get(&format!("/Groups/{id}?attributes=members.value,members.type")).await.is(200);
    assert_eq!(parts.body["members"], json!([{ "value": ids[0], "type": "User" }]));
    let person = format!("/Users/{}", ids[0]);
    assert_eq!(idp.get(&format!("{person}?excludedAttributes=groups")).await.is(200).body.get("groups"), None);
    let parts = idp.get(&format!("{person}?attributes=groups.display")).await.is(200);
    assert_eq!(parts.body["groups"], json!([{ "display": "Care" }]));
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_not_searched_by_their_groups() {
    let world = bridge().start().await;
    let idp = world.idp();
    for filter in [
        "groups pr",
        "groups.value eq \"x\"",
        "not (groups[display sw \"C\"])",
        "userName pr and groups.display eq \"C\"",
    ] {
        idp.find(filter).await.is_error(400, "invalidFilter").says("members");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_without_sense_or_end_is_refused() {
    let world = bridge().start().await;
    let idp = world.idp();
    let id = idp.post("/Groups", group("Care", &[])).await.is(201).id();
    let path = format!("/Groups/{id}");
    for body in [json!({}), json!({ "schemas": [GROUP], "members": [] }), json!({ "displayName": " " })] {
        idp.post("/Groups", body.clone()).await.is_error(400, "invalidValue");
        idp.put(&path, body).await.is_error(400, "invalidValue");
    }
    idp.post("/Groups", json!([])).await.is_error(400, "invalidSyntax");
    idp.patch(&path, json!({ "Operations": [] })).await.is_error(400, "invalidSyntax");
    for wrong in ["0", "bulkId:x", &id.to_uppercase()] {
        idp.get(&format!("/Groups/{wrong}")).await.is_error(404, "");
        idp.delete(&format!("/Groups/{wrong}")).await.is_error(404, "");
    }
    let send = |length: usize| {
        let mut body = group("Care", &[]).to_string();
        body.push_str(&" ".repeat(length - body.len()));
        idp.request("PUT", &path).header("content-type", "application/scim+json").body(body)
    };
    idp.send("PUT".to_owned(), send(16 << 20)).await.is(200);
    idp.send("PUT".to_owned(), send((16 << 20) + 1)).await.is_error(413, "").says("16777216");
    idp.delete(&path).await.is(204);
    idp.get(&path).await.is_error(404, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_a_large_group_is_not_answered_with_all_its_members() {
    // D29
    let world = bridge().connection("delivery", "accepted").start().await;
    let idp = world.idp();
    let create = |number: usize| {
        let data = json!({ "schemas": [USER], "userName": format!("p{number}@example.com"), "name": { "givenName": "P", "familyName": "Q" },
            "emails": [{ "value": format!("p{number}@example.com"), "type": "work", "primary": true }] });
        json!({ "method": "POST", "path": "/Users", "bulkId": format!("p{number}"), "data": data })
    };
    let mut ids = Vec::new();
    for range in [0..501, 501..1001] {
        let answer = bulk(&idp, range.map(create).collect()).await;
        for done in answer.body["Operations"].as_array().expect("a BulkResponse has Operations") {
            assert_eq!(done["status"], "201", "{done}");
            ids.push(done["location"].as_str().unwrap_or_default().rsplit('/').next().unwrap_or_default().to_owned());
        }
    }
    let created = idp.post("/Groups", group("Everybody", &ids[..1000])).await.is(201);
    assert_eq!(created.body["members"].as_array().map(Vec::len), Some(1000));
    let path = format!("/Groups/{}", created.id());
    assert_eq!(idp.patch(&path, adds(&ids[0])).await.is(200).body["members"].as_array().map(Vec::len), Some(1000));
    let quiet = idp.patch(&path, adds(&ids[1000])).await.is(204);
    assert!(quiet.text.is_empty() && quiet.header("etag").is_some(), "{}", quiet.text);
    let asked = idp.patch(&format!("{path}?excludedAttributes=members"), adds(&ids[1000])).await.is(200);
    assert_eq!(names(&asked.body), ["displayName", "id", "meta", "schemas"]);
    let asked = idp.patch(&format!("{path}?attributes=members"), adds(&ids[1000])).await.is(200);
    let members: Vec<&Value> =
        asked.body["members"].as_array().expect("members").iter().map(|one| &one["value"]).collect();
    assert_eq!(members, ids.iter().collect::<Vec<_>>(), "everybody once, in the order of joining");
}

#[tokio::test(flavor = "multi_thread")]
async fn entra_is_answered_without_a_body_when_it_changes_a_group() {
    let world = bridge().connection("profile", "entra").start().await;
    let idp = world.idp();
    let ids = people(&idp, &["a"]).await;
    let id = idp.post("/Groups", group("Care", &[])).await.is(201).id();
    idp.patch(&format!("/Groups/{id}"), adds(&ids[0])).await.is(204);
    let asked = idp.patch(&format!("/Groups/{id}?attributes=displayName"), adds(&ids[0])).await.is(200);
    assert_eq!(asked.body["displayName"], "Care");
    idp.okta_sets_active(&ids[0], true).await.is(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bulk_makes_people_and_their_groups_in_any_order() {
    // R76
    let world = bridge().start().await;
    let idp = world.idp();
    let person = |name: &str| json!({ "method": "POST", "path": "/Users", "bulkId": name, "data": okta_user(&format!("{name}@example.com")) });
    let refers = |names: &[&str]| group("Care", &names.iter().map(|name| format!("bulkId:{name}")).collect::<Vec<_>>());
    let leaves =
        json!({ "schemas": [PATCH], "Operations": [{ "op": "remove", "path": "members[value eq \"bulkId:b\"]" }] });
    let answer = bulk(
        &idp,
        json!([
            { "method": "POST", "path": "/Groups", "bulkId": "g", "data": refers(&["a", "b", "c"]) },
            person("a"), person("b"), person("c"),
            { "method": "PATCH", "path": "/Groups/bulkId:g", "data": leaves },
            { "method": "DELETE", "path": "/Users/bulkId:c" },
        ]),
    )
    .await;
    assert_eq!(statuses(&answer), ["201", "201", "201", "201", "200", "204"], "{}", answer.text);
    let groups = idp.get("/Groups").await.is(200);
    let [care] = groups.resources() else { panic!("one group: {}", groups.text) };
    let location = |number: usize| answer.body["Operations"][number]["location"].clone();
    assert_eq!(care["meta"]["location"], location(0));
    let members: Vec<&Value> = care["members"].as_array().expect("members").iter().map(|one| &one["$ref"]).collect();
    assert_eq!(members, [&location(1)]);

    // A name is unique among groups; who is refused takes nobody along.
    let again = bulk(
        &idp,
        json!([{ "method": "POST", "path": "/Groups", "bulkId": "x", "data": group("CARE", &[]) }, person("d")]),
    )
    .await;
    assert_eq!(statuses(&again), ["409", "201"]);
    let lost =
        bulk(&idp, json!([{ "method": "POST", "path": "/Groups", "bulkId": "y", "data": refers(&["e"]) }])).await;
    assert_eq!(statuses(&lost), ["400"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_root_search_lists_people_first_and_then_groups() {
    // R38
    let world = bridge().start().await;
    let idp = world.idp();
    let ids = people(&idp, &["a", "b"]).await;
    for name in ["The a", "Other"] {
        idp.post("/Groups", group(name, &ids)).await.is(201);
    }
    let search = |parts: Value| {
        let mut message = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"] });
        message.as_object_mut().expect("an object").extend(parts.as_object().expect("an object").clone());
        let idp = idp.clone();
        async move { idp.post("/.search", message).await.is(200) }
    };
    let found =
        |answer: &Answer| -> Vec<Value> { answer.resources().iter().map(|one| one["displayName"].clone()).collect() };
    let all = search(json!({})).await;
    assert_eq!(found(&all), ["The a", "The b", "The a", "Other"]);
    assert_eq!(all.resources()[3], idp.get("/Groups").await.is(200).resources()[1]);
    for (parts, expected, total) in [
        (json!({ "filter": "displayName eq \"the a\"" }), vec!["The a", "The a"], 2),
        (json!({ "filter": "displayName eq \"Other\" or userName sw \"b\"" }), vec!["The b", "Other"], 2),
        (json!({ "filter": "not (userName pr)" }), vec!["The a", "Other"], 2),
        (json!({ "filter": "meta.resourceType eq \"Group\"", "count": 1 }), vec!["The a"], 2),
        (json!({ "startIndex": 2, "count": 2 }), vec!["The b", "The a"], 4),
        (json!({ "startIndex": 4 }), vec!["Other"], 4),
        (json!({ "startIndex": 9 }), vec![], 4),
        (json!({ "count": 0 }), vec![], 4),
    ] {
        let answer = search(parts.clone()).await;
        assert_eq!(
            (found(&answer), &answer.body["totalResults"]),
            (expected.into_iter().map(Value::from).collect(), &json!(total)),
            "{parts}"
        );
    }
    let shown = search(json!({ "attributes": ["userName", "members.value"] })).await;
    assert_eq!(names(&shown.resources()[0]), ["id", "schemas", "userName"]);
    assert_eq!(names(&shown.resources()[2]), ["id", "members", "schemas"]);
}
