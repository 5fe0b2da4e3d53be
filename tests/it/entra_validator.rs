//! The tests of people that Microsoft runs: the SCIM Validator (scimvalidator.microsoft.com) and the validation of gallery apps.
//!
//! The requests with many operations are files of the corpus (`tests/corpus/idp/validator-…`); here are the tests of several steps. Groups are
//! not offered by this version, so the tests of groups are left out.

use serde_json::{Value, json};

use crate::support::idp::{ENTERPRISE, VENDOR, entra_user};
use crate::support::{Leased, bridge};

const MANAGER: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager";

async fn server() -> Leased {
    bridge().connection("profile", "entra").lease().await
}

#[tokio::test(flavor = "multi_thread")]
async fn create_a_new_user_and_find_every_attribute() {
    let world = server().await;
    let entra = world.idp();
    let mut user = entra_user("derek@example.com");
    user["phoneNumbers"] = json!([{ "primary": true, "type": "work", "value": "85-615-7160" }]);
    user["addresses"] = json!([{ "primary": true, "type": "work", "formatted": "ODESSA", "country": "Iraq" }]);
    user["roles"] = json!([{ "primary": "True", "display": "M", "value": "manager", "type": "T" }]);
    user[ENTERPRISE] = json!({ "department": "UOLHKELG", "employeeNumber": "TAJTQYWR" });
    entra.post("/Users", user.clone()).await.is(201);
    let found = entra.find("userName eq \"derek@example.com\"").await.is(200);
    assert_eq!(found.body["totalResults"], 1);
    let found = &found.resources()[0];
    for attribute in
        ["userName", "displayName", "name", "emails", "phoneNumbers", "addresses", "externalId", ENTERPRISE]
    {
        assert_eq!(found[attribute], user[attribute], "{attribute}");
    }
    // A text where a boolean belongs is the only thing that differs: the validator's own parser wants a boolean back.
    assert_eq!(found["roles"], json!([{ "primary": true, "display": "M", "value": "manager", "type": "T" }]));
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn create_a_duplicate_user() {
    let world = server().await;
    world.idp().entra_creates("derek@example.com").await;
    world.idp().post("/Users", entra_user("derek@example.com")).await.is_error(409, "uniqueness");
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn filter_existing_different_case_and_non_existing_users() {
    let world = server().await;
    let entra = world.idp();
    entra.entra_creates("derek@example.com").await;
    for (filter, total) in [
        ("userName eq \"derek@example.com\"", 1),
        ("userName eq \"DEREK@EXAMPLE.COM\"", 1),
        ("userName eq \"nobody@example.com\"", 0),
        ("externalId eq \"derek\"", 1),
        ("externalId eq \"nobody\"", 0),
    ] {
        assert_eq!(entra.find(filter).await.is(200).body["totalResults"], total, "{filter}");
    }
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn update_the_user_name_and_see_it() {
    let world = server().await;
    let entra = world.idp();
    let id = entra.entra_creates("derek@example.com").await.id();
    entra.operations(&id, json!([{ "op": "replace", "value": { "userName": "hui@example.com" } }])).await.is(200);
    let read = entra.get(&format!("/Users/{id}")).await.is(200);
    assert_eq!(read.body["userName"], "hui@example.com");
    assert_eq!(entra.find("userName eq \"derek@example.com\"").await.is(200).body["totalResults"], 0);
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn disable_a_user_and_see_him_by_id_and_by_filter() {
    let world = server().await;
    let entra = world.idp();
    let id = entra.entra_creates("derek@example.com").await.id();
    entra.operations(&id, json!([{ "op": "replace", "path": "active", "value": false }])).await.is(200);
    assert_eq!(entra.get(&format!("/Users/{id}")).await.is(200).body["active"], false);
    let found = entra.find("userName eq \"derek@example.com\"").await.is(200);
    assert_eq!((&found.resources()[0]["id"], &found.resources()[0]["active"]), (&json!(id), &json!(false)));
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn add_replace_and_remove_a_manager() {
    let world = server().await;
    let entra = world.idp();
    let id = entra.entra_creates("derek@example.com").await.id();
    let first = entra.entra_creates("first@example.com").await.id();
    let second = entra.entra_creates("second@example.com").await.id();
    let path = format!("/Users/{id}");
    for (op, manager) in [("add", &first), ("replace", &second)] {
        entra.operations(&id, json!([{ "op": op, "path": MANAGER, "value": { "value": manager } }])).await.is(200);
        assert_eq!(entra.get(&path).await.is(200).body[ENTERPRISE]["manager"]["value"], json!(manager));
        let check = format!("id eq \"{id}\" and manager eq \"{manager}\"");
        assert_eq!(entra.find(&check).await.is(200).body["totalResults"], 1);
    }
    entra.operations(&id, json!([{ "op": "replace", "path": MANAGER, "value": { "value": "" } }])).await.is(200);
    let read = entra.get(&path).await.is(200);
    assert_eq!(read.body.get(ENTERPRISE), None, "neither an empty object nor its URN: {}", read.text);
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn delete_a_user_once_twice_and_one_who_never_was() {
    let world = server().await;
    let entra = world.idp();
    let path = format!("/Users/{}", entra.entra_creates("derek@example.com").await.id());
    let gone = entra.delete(&path).await.is(204);
    assert_eq!(gone.text, "");
    entra.get(&path).await.is_error(404, "");
    entra.delete(&path).await.is_error(404, "");
    entra.patch(&path, json!({ "schemas": [crate::support::idp::PATCH], "Operations": [] })).await.is_error(404, "");
    entra.put(&path, entra_user("derek@example.com")).await.is_error(404, "");
    entra.delete("/Users/5171a35d82074e068ce2").await.is_error(404, "");
    assert_eq!(entra.get("/Users").await.is(200).body["totalResults"], 0);
    world.give_back().await;
}

/// Every optional attribute in the names that the gallery's schema test makes of `/Schemas`, with a value that the vendor takes.
async fn flattened(world: &Leased) -> Vec<(String, Value)> {
    let schemas = world.idp().get("/Schemas").await.is(200);
    let mut names = Vec::new();
    for schema in schemas.resources() {
        let urn = schema["id"].as_str().unwrap();
        let prefix = if urn.ends_with("core:2.0:User") { String::new() } else { format!("{urn}:") };
        for attribute in schema["attributes"].as_array().unwrap() {
            let name = format!("{prefix}{}", attribute["name"].as_str().unwrap());
            if attribute["mutability"] == "readOnly" || attribute["required"] == true || name == "active" {
                continue;
            }
            let value = |definition: &Value, name: &str| value_of(definition, name);
            let subs = attribute["subAttributes"].as_array().cloned().unwrap_or_default();
            if subs.is_empty() {
                names.push((name.clone(), value(attribute, &name)));
                continue;
            }
            let places = if attribute["multiValued"] == true {
                let kind = subs.iter().find(|sub| sub["name"] == "type");
                let kinds = kind.and_then(|kind| kind["canonicalValues"].as_array()).cloned().unwrap_or_default();
                let filters: Vec<String> = match kinds.is_empty() {
                    true => vec![format!("{name}[primary eq \"True\"]")],
                    false => kinds.iter().map(|kind| format!("{name}[type eq {kind}]")).collect(),
                };
                filters
            } else {
                vec![name.clone()]
            };
            for place in places {
                for sub in &subs {
                    let sub_name = sub["name"].as_str().unwrap();
                    if sub["mutability"] != "readOnly" && !["type", "primary", "$ref"].contains(&sub_name) {
                        let path = format!("{place}.{sub_name}");
                        names.push((path.clone(), value(sub, &path)));
                    }
                }
            }
        }
    }
    names
}

/// Attributes that the vendor can change but not take away. It says so, and the bridge does not pretend.
const ONLY_REPLACED: [&str; 2] = [":groupId", ":samlId"];

fn value_of(definition: &Value, path: &str) -> Value {
    // What the vendor checks needs a value that it has; all else is random text.
    match path.rsplit(':').next().unwrap_or_default() {
        "roleId" => return json!("manager"),
        "projectIds" => return json!([6662]),
        "skillIds" => return json!([901]),
        "groupId" => return json!(55),
        "callRespondFrom" => return json!("CLICK_TO_CALL_NUMBER"),
        "dateFormat" => return json!("DMY"),
        "timeFormat" => return json!("CLASSIC"),
        "languages" => return json!(["de"]),
        "timezone" => return json!("Europe/Oslo"),
        _ => {}
    }
    if path.starts_with("emails[") && path.ends_with(".value") {
        return json!("upd@example.com");
    }
    if path.starts_with("photos[") && path.ends_with(".value") {
        return json!("https://example.com/upd.png");
    }
    if path.starts_with("roles[") && path.ends_with(".value") {
        return json!("manager");
    }
    match definition["type"].as_str() {
        Some("boolean") => json!(true),
        Some("integer") => json!(2),
        Some("binary") => json!("dXBk"),
        _ => json!("upd-KXAVOIEF"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_attribute_of_the_schema_can_be_set_and_emptied_by_text_and_by_null() {
    let world = server().await;
    let entra = world.idp();
    let id = entra.entra_creates("derek@example.com").await.id();
    let path = format!("/Users/{id}");
    let attributes = flattened(&world).await;
    assert!(attributes.len() > 60, "{}", attributes.len());
    let names: Vec<&str> = attributes.iter().map(|(name, _)| name.as_str()).collect();
    for expected in ["emails[type eq \"work\"].value", "name.givenName", "roles[primary eq \"True\"].value", "title"] {
        assert!(names.contains(&expected), "{expected} is discoverable: {names:?}");
    }
    for empty in [json!(""), Value::Null] {
        let fill: Vec<Value> =
            attributes.iter().map(|(path, value)| json!({ "op": "replace", "path": path, "value": value })).collect();
        let filled = entra.operations(&id, json!(fill)).await.is(200);
        assert_eq!(filled.body["emails"].as_array().map(Vec::len), Some(3), "{}", filled.text);
        assert_eq!(filled.body[ENTERPRISE]["department"], "upd-KXAVOIEF");
        assert_eq!(filled.body[VENDOR]["skillIds"], json!([901]));

        let clear: Vec<Value> = attributes
            .iter()
            .filter(|(path, _)| !ONLY_REPLACED.iter().any(|name| path.ends_with(name)))
            .map(|(path, _)| json!({ "op": "replace", "path": path, "value": empty }))
            .collect();
        entra.operations(&id, json!(clear)).await.is(200);
        let read = entra.get(&path).await.is(200);
        let mut members: Vec<&str> = read.body.as_object().unwrap().keys().map(String::as_str).collect();
        members.sort_unstable();
        assert_eq!(members, ["active", "externalId", "id", "meta", "schemas", VENDOR, "userName"], "{}", read.text);
        assert_eq!(read.body[VENDOR], json!({ "groupId": 55, "samlId": "upd-KXAVOIEF" }));
        for name in ONLY_REPLACED {
            let alone = json!([{ "op": "replace", "path": format!("{VENDOR}{name}"), "value": empty }]);
            entra.operations(&id, alone).await.is_error(400, "invalidValue").says("keeps the old value");
        }
    }
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn eleven_users_are_paged_by_five_and_each_page_begins_where_it_was_asked_to() {
    let world = server().await;
    let entra = world.idp();
    for number in 0..11 {
        entra.entra_creates(&format!("page{number}@example.com")).await;
    }
    let mut met = Vec::new();
    for (start, size) in [(1, 5), (6, 5), (11, 1)] {
        let page = entra.get(&format!("/Users?startIndex={start}&count=5")).await.is(200);
        assert_eq!(page.body["startIndex"], start);
        assert_eq!(page.body["totalResults"], 11);
        assert_eq!(page.body["itemsPerPage"], size);
        met.extend(page.resources().iter().map(|user| user["id"].to_string()));
    }
    met.sort_unstable();
    met.dedup();
    assert_eq!(met.len(), 11, "everybody once");
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_disabled_and_restored_keeps_what_entra_does_not_send_again() {
    let world = server().await;
    let entra = world.idp();
    let mut user = entra_user("derek@example.com");
    user[ENTERPRISE] = json!({ "department": "Care" });
    user["roles"] = json!([{ "value": "manager" }]);
    let before = entra.post("/Users", user).await.is(201);
    entra.entra_sets_active(&before.id(), false).await.is(200);
    let after = entra.entra_sets_active(&before.id(), true).await.is(200);
    for attribute in ["id", "externalId", "roles", ENTERPRISE, "emails"] {
        assert_eq!(after.body[attribute], before.body[attribute], "{attribute}");
    }
    assert_eq!(world.vendor().has("derek@example.com").await["roleId"], 3);
    world.give_back().await;
}
