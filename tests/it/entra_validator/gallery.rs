//! The validation of gallery apps: what it makes of `/Schemas`, the null update, pages, and the engine's own runs.

use serde_json::{Value, json};

use super::server;
use crate::support::Leased;
use crate::support::idp::{ENTERPRISE, VENDOR, entra_user};

/// Attributes that the vendor can change but not take away. It says so, and the bridge does not pretend.
const ONLY_REPLACED: [&str; 2] = [":groupId", ":samlId"];

/// Every optional attribute of a user in the names that the validation makes of `/Schemas`, each with a value that the vendor takes.
async fn flattened(world: &Leased) -> Vec<(String, Value)> {
    let schemas = world.idp().get("/Schemas").await.is(200);
    let mut found = Vec::new();
    for schema in schemas.resources() {
        let urn = text(&schema["id"]);
        if urn == "urn:ietf:params:scim:schemas:core:2.0:Group" {
            continue;
        }
        let prefix =
            if urn.starts_with("urn:ietf:params:scim:schemas:core:") { String::new() } else { format!("{urn}:") };
        for attribute in list(&schema["attributes"]) {
            let name = format!("{prefix}{}", text(&attribute["name"]));
            if attribute["mutability"] != "readOnly" && attribute["required"] != true && name != "active" {
                found.extend(places(&name, attribute).into_iter().map(|(place, kind)| {
                    let value = value_for(&place, &kind);
                    (place, value)
                }));
            }
        }
    }
    found
}

/// `title`, `name.givenName`, `emails[type eq "work"].value`, `roles[primary eq "True"].value`: paths, and the type of what is there.
fn places(name: &str, attribute: &Value) -> Vec<(String, String)> {
    let parts = list(&attribute["subAttributes"]);
    if parts.is_empty() {
        return vec![(name.to_owned(), text(&attribute["type"]).to_owned())];
    }
    let kinds = parts.iter().find(|part| part["name"] == "type").map(|kind| list(&kind["canonicalValues"]));
    let owners = match kinds {
        _ if attribute["multiValued"] == false => vec![name.to_owned()],
        Some(kinds) if !kinds.is_empty() => kinds.iter().map(|kind| format!("{name}[type eq {kind}]")).collect(),
        _ => vec![format!("{name}[primary eq \"True\"]")],
    };
    let written =
        |part: &&Value| part["mutability"] != "readOnly" && !["type", "primary", "$ref"].contains(&text(&part["name"]));
    let paths = owners.iter().flat_map(|owner| {
        let written = parts.iter().filter(written);
        written.map(move |part| (format!("{owner}.{}", text(&part["name"])), text(&part["type"]).to_owned()))
    });
    paths.collect()
}

/// Random text, except where the vendor wants something that it has.
fn value_for(path: &str, kind: &str) -> Value {
    let is_value_of = |attribute: &str| path.starts_with(attribute) && path.rsplit('.').next() == Some("value");
    match path.rsplit(':').next().unwrap_or_default() {
        "projectIds" => json!([6662]),
        "skillIds" => json!([901]),
        "groupId" => json!(55),
        "callRespondFrom" => json!("CLICK_TO_CALL_NUMBER"),
        "dateFormat" => json!("DMY"),
        "timeFormat" => json!("CLASSIC"),
        "languages" => json!(["de"]),
        "timezone" => json!("Europe/Oslo"),
        "roleId" => json!("manager"),
        _ if is_value_of("roles[") => json!("manager"),
        _ if is_value_of("emails[") => json!("upd@example.com"),
        _ if is_value_of("photos[") => json!("https://example.com/upd.png"),
        _ => match kind {
            "boolean" => json!(true),
            "integer" => json!(2),
            "binary" => json!("dXBk"),
            _ => json!("upd-KXAVOIEF"),
        },
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
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

#[tokio::test(flavor = "multi_thread")]
async fn an_account_of_before_is_matched_by_its_work_address() {
    let world = crate::support::bridge().connection("profile", "entra").start().await;
    let before = world.vendor().makes("derek@example.com").await;
    let import = world.run(&["import", "--config", "bridge.yaml", "--connection", "support"]);
    assert!(import.status.success(), "{import:?}");
    let entra = world.idp();
    // The vendor knows one address, without a kind. Entra asks for the one for work.
    let found = entra.find("emails[type eq \"work\"].value eq \"derek@example.com\"").await.is(200);
    assert_eq!(found.body["totalResults"], 1);
    let id = text(&found.resources()[0]["id"]).to_owned();
    let change = json!([{ "op": "Replace", "path": "emails[type eq \"work\"].value", "value": "hui@example.com" }]);
    entra.operations(&id, change).await.is(200);
    assert_eq!(world.vendor().has("hui@example.com").await["id"], before["id"]);
}
