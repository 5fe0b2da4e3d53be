//! The tests of groups of the SCIM Validator, and of the gallery's validation, whose engine works like the provisioning service itself.

use serde_json::{Value, json};

use super::server;
use crate::support::idp::{GROUP, encoded};
use crate::support::{Idp, Leased};

/// The group that the engine makes: empty, with a foreign schema.
fn entra_group(name: &str, external: &str) -> Value {
    json!({
        "schemas": [GROUP, "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
        "externalId": external, "displayName": name, "meta": { "resourceType": "Group" }
    })
}

async fn with_group(name: &str) -> (Leased, Idp, String) {
    let world = server().await;
    let entra = world.idp();
    let id = entra.post("/Groups", entra_group(name, "0e4c9f2f")).await.is(201).id();
    (world, entra, id)
}

#[tokio::test(flavor = "multi_thread")]
async fn create_a_new_group_and_a_duplicate() {
    let (world, entra, id) = with_group("HKGVYRYSYIXL").await;
    let found = entra.find_groups("displayName eq \"HKGVYRYSYIXL\"").await.is(200);
    assert_eq!(found.body["totalResults"], 1);
    let group = &found.resources()[0];
    assert_eq!((&group["id"], &group["externalId"]), (&json!(id), &json!("0e4c9f2f")));
    entra.post("/Groups", entra_group("HKGVYRYSYIXL", "another")).await.is_error(409, "uniqueness");
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn get_a_group_excluding_members_and_filter_for_it() {
    let (world, entra, id) = with_group("HKGVYRYSYIXL").await;
    let member = entra.entra_creates("derek@example.com").await.id();
    entra.entra_adds(&id, &member).await.is(204);
    let without = entra.get(&format!("/Groups/{id}?excludedAttributes=members")).await.is(200);
    assert_eq!(without.body.get("members"), None);
    for (filter, total) in [
        ("displayName eq \"HKGVYRYSYIXL\"", 1),
        ("displayName eq \"hkgvyrysyixl\"", 1),
        ("displayName eq \"somethingElse\"", 0),
    ] {
        for excluded in ["", "&excludedAttributes=members"] {
            let found = entra.get(&format!("/Groups?filter={}{excluded}", encoded(filter))).await.is(200);
            assert_eq!(found.body["totalResults"], total, "{filter}");
            let shown = found.resources().first().and_then(|group| group.get("members"));
            assert_eq!(shown.is_some(), total == 1 && excluded.is_empty(), "{}", found.text);
        }
    }
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn patch_a_group_replace_attributes_and_no_operations_at_all() {
    let (world, entra, id) = with_group("HKGVYRYSYIXL").await;
    let replace = json!([{ "op": "replace", "value": { "externalId": "9b1deb4d" } }]);
    entra.group_operations(&id, replace).await.is(204);
    assert_eq!(entra.group(&id).await.body["externalId"], "9b1deb4d");
    // What the validator sends when only displayName is mapped.
    entra.group_operations(&id, json!([])).await.is(204);
    // Update displayName
    entra.group_operations(&id, json!([{ "op": "replace", "value": { "displayName": "QWTTGKKC" } }])).await.is(204);
    let read = entra.group(&id).await;
    assert_eq!((&read.body["displayName"], &read.body["externalId"]), (&json!("QWTTGKKC"), &json!("9b1deb4d")));
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn add_and_remove_a_member() {
    let (world, entra, id) = with_group("HKGVYRYSYIXL").await;
    let member = entra.entra_creates("derek@example.com").await.id();
    let add = json!([{ "op": "replace", "path": "members", "value": [{ "value": member }] }]);
    entra.group_operations(&id, add).await.is(204);
    assert_eq!(entra.group(&id).await.members(), [member.as_str()]);
    let remove = json!([{ "op": "remove", "path": format!("members[value eq \"{member}\"]") }]);
    entra.group_operations(&id, remove.clone()).await.is(204);
    assert_eq!(entra.group(&id).await.members(), Vec::<&str>::new());
    // Both in one request: no member is left.
    let mut both = json!([{ "op": "add", "path": "members", "value": [{ "value": member }] }]);
    both.as_array_mut().unwrap().extend(remove.as_array().unwrap().clone());
    entra.group_operations(&id, both).await.is(204);
    assert_eq!(entra.group(&id).await.members(), Vec::<&str>::new());
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_schemas_have_the_group_schema_whose_attributes_are_settable() {
    // Without it all group tests of the gallery fail.
    let (world, entra, _) = with_group("HKGVYRYSYIXL").await;
    let schemas = entra.get("/Schemas").await.is(200);
    let group = schemas.resources().iter().find(|schema| schema["id"] == GROUP).expect("the Group schema");
    let names: Vec<&str> =
        group["attributes"].as_array().unwrap().iter().filter_map(|attribute| attribute["name"].as_str()).collect();
    assert!(names.contains(&"displayName") && names.contains(&"members"), "{names:?}");
    let types = entra.get("/ResourceTypes").await.is(200);
    let endpoints: Vec<&Value> = types.resources().iter().map(|kind| &kind["endpoint"]).collect();
    assert_eq!(endpoints[..2], [&json!("/Users"), &json!("/Groups")], "User comes first");
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gallery_creates_updates_and_deletes_a_group_and_its_members() {
    let (world, entra, id) = with_group("Care EU").await;
    let derek = entra.entra_creates("derek@example.com").await.id();
    let hui = entra.entra_creates("hui@example.com").await.id();
    // Group update, each attribute by `upd-…`
    let update = json!([{ "op": "Replace", "path": "displayName", "value": "upd-Care EU" }, { "op": "Replace", "path": "externalId", "value": "upd-1" }]);
    entra.group_operations(&id, update).await.is(204);
    // Add member, check, add another, check
    for member in [&derek, &hui] {
        let check = format!("/Groups?attributes=id&filter=id+eq+\"{id}\"+and+members+eq+\"{member}\"");
        assert_eq!(entra.get(&check).await.is(200).body["totalResults"], 0);
        entra.entra_adds(&id, member).await.is(204);
        let found = entra.get(&check).await.is(200);
        assert_eq!(found.body["totalResults"], 1);
        assert_eq!(found.resources()[0]["id"], json!(id));
    }
    // On demand: the group is read without its members, and looked for by its name
    let found = entra.get("/Groups?excludedAttributes=members&filter=displayName+eq+\"upd-Care+EU\"").await.is(200);
    assert_eq!(found.resources()[0]["externalId"], "upd-1");
    // Disable and restore a member: the membership is not sent again, and is still there
    entra.entra_sets_active(&derek, false).await.is(200);
    entra.entra_sets_active(&derek, true).await.is(200);
    assert_eq!(entra.group(&id).await.members().len(), 2);
    // Remove member, twice
    for _ in 0..2 {
        entra.entra_removes(&id, &derek).await.is(204);
    }
    assert_eq!(entra.group(&id).await.members(), [hui.as_str()]);
    // Delete
    entra.delete(&format!("/Groups/{id}")).await.is(204);
    entra.delete(&format!("/Groups/{id}")).await.is_error(404, "");
    assert_eq!(entra.get(&format!("/Users/{hui}")).await.is(200).body.get("groups"), None);
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn empty_values_clear_what_is_optional_and_leave_the_members() {
    let (world, entra, id) = with_group("Care EU").await;
    let member = entra.entra_creates("derek@example.com").await.id();
    entra.entra_adds(&id, &member).await.is(204);
    for empty in [json!(""), Value::Null] {
        entra.group_operations(&id, json!([{ "op": "replace", "path": "externalId", "value": "x" }])).await.is(204);
        let clear = json!([{ "op": "replace", "path": "externalId", "value": empty }]);
        entra.group_operations(&id, clear).await.is(204);
        let read = entra.group(&id).await;
        assert_eq!(read.body.get("externalId"), None, "{}", read.text);
        assert_eq!(read.members(), [member.as_str()]);
    }
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn eleven_groups_are_paged_by_five() {
    let world = server().await;
    let entra = world.idp();
    for number in 0..11 {
        entra.post("/Groups", entra_group(&format!("Page {number}"), &format!("page-{number}"))).await.is(201);
    }
    let mut met = Vec::new();
    for (start, size) in [(1, 5), (6, 5), (11, 1)] {
        let page = entra.get(&format!("/Groups?startIndex={start}&count=5")).await.is(200);
        assert_eq!(page.body["startIndex"], start);
        assert_eq!((&page.body["totalResults"], &page.body["itemsPerPage"]), (&json!(11), &json!(size)));
        met.extend(page.resources().iter().map(|group| group["id"].to_string()));
    }
    met.sort_unstable();
    met.dedup();
    assert_eq!(met.len(), 11, "each once");
    world.give_back().await;
}
