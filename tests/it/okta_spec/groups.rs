//! Group Push as Okta does it and as its certification looks at it: push, rename, Push Now, link and unlink.

use serde_json::{Value, json};

use super::assert_list;
use crate::support::idp::{GROUP, PATCH};
use crate::support::{Answer, Idp, Leased, bridge};

/// A server on which a pushed group is a skill.
async fn server() -> Leased {
    let rules = json!([{ "when": "Support *", "target": "skill", "name": "Support {1}" }, { "otherwise": "keep" }]);
    bridge().connection("profile", "okta").connection("groups", rules).lease().await
}

/// Group Push, first time: look, then create.
async fn pushes(okta: &Idp, name: &str, members: &[&str]) -> String {
    let found = okta.find_groups(&format!("displayName eq \"{name}\"")).await.is(200);
    assert_list(&found, 0);
    let members: Vec<Value> =
        members.iter().map(|id| json!({ "value": id, "display": format!("{id}@example.com") })).collect();
    let body = json!({ "schemas": [GROUP], "displayName": name, "members": members });
    okta.post("/Groups", body).await.is(201).id()
}

/// The update of a catalogue app: the name always comes along, with the group's own id.
async fn updates(okta: &Idp, id: &str, name: &str, more: &[Value]) -> Answer {
    let mut operations = vec![json!({ "op": "replace", "value": { "id": id, "displayName": name } })];
    operations.extend_from_slice(more);
    okta.patch(&format!("/Groups/{id}"), json!({ "schemas": [PATCH], "Operations": operations })).await
}

fn sorted(answer: &Answer) -> Vec<String> {
    let mut ids: Vec<String> = answer.members().iter().map(|&id| id.to_owned()).collect();
    ids.sort_unstable();
    ids
}

async fn two_people(okta: &Idp) -> [String; 2] {
    let first = okta.okta_creates("ann@example.com").await.id();
    [first, okta.okta_creates("ben@example.com").await.id()]
}

#[tokio::test(flavor = "multi_thread")]
async fn spec_10_a_list_of_groups_is_a_list() {
    let world = server().await;
    let okta = world.idp();
    let [ann, _] = two_people(&okta).await;
    pushes(&okta, "Everyone", &[&ann]).await;
    let list = okta.get("/Groups").await.is(200);
    assert_list(&list, 1);
    assert!(list.body["Resources"].is_array());
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_is_pushed_changed_renamed_and_deleted() {
    let world = server().await;
    let okta = world.idp();
    let [ann, ben] = two_people(&okta).await;
    let id = pushes(&okta, "Support EU", &[&ann]).await;
    assert_eq!(world.vendor().skilled("Support EU").await, Some(vec!["ann@example.com".to_owned()]));
    // Membership change
    let more = [
        json!({ "op": "remove", "path": format!("members[value eq \"{ann}\"]") }),
        json!({ "op": "add", "path": "members", "value": [{ "value": ben, "display": "ben@example.com" }] }),
    ];
    let changed = updates(&okta, &id, "Support EU", &more).await.is(200);
    assert_eq!(changed.members(), [ben.as_str()]);
    assert_eq!(world.vendor().skilled("Support EU").await, Some(vec!["ben@example.com".to_owned()]));
    // Rename
    updates(&okta, &id, "Support EMEA", &[]).await.is(200);
    assert_eq!(okta.group(&id).await.body["displayName"], "Support EMEA");
    assert_eq!(world.vendor().skilled("Support EMEA").await, Some(vec!["ben@example.com".to_owned()]));
    assert_eq!(world.vendor().skilled("Support EU").await, None);
    // Unlink and delete: the people stay.
    okta.delete(&format!("/Groups/{id}")).await.is(204);
    assert_eq!(world.vendor().skilled("Support EMEA").await, None);
    for name in ["ann@example.com", "ben@example.com"] {
        assert_eq!(world.vendor().has(name).await["skillIds"], json!([]));
        assert_eq!(okta.find(&format!("userName eq \"{name}\"")).await.is(200).resources()[0]["active"], true);
    }
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn push_now_overwrites_the_membership_also_with_an_empty_list() {
    let world = server().await;
    let okta = world.idp();
    let [ann, ben] = two_people(&okta).await;
    let id = pushes(&okta, "Support EU", &[&ann]).await;
    let push = |members: Value| json!({ "op": "replace", "path": "members", "value": members });
    let pushed = updates(&okta, &id, "Support EU", &[push(json!([{ "value": ben }]))]).await.is(200);
    assert_eq!(pushed.members(), [ben.as_str()]);
    assert_eq!(world.vendor().skilled("Support EU").await, Some(vec!["ben@example.com".to_owned()]));
    updates(&okta, &id, "Support EU", &[push(json!([]))]).await.is(200);
    assert_eq!(world.vendor().skilled("Support EU").await, Some(vec![]));
    assert_eq!(okta.group(&id).await.body.get("members"), None);
    // And once more on the empty group, which stays.
    updates(&okta, &id, "Support EU", &[push(json!([]))]).await.is(200);
    // Without a path, as it is on the real wire.
    let both = json!([{ "value": ann }, { "value": ben }]);
    let value = json!({ "op": "replace", "value": { "members": both } });
    okta.group_operations(&id, json!([value])).await.is(200);
    let mut expected = vec![ann, ben];
    expected.sort_unstable();
    assert_eq!(sorted(&okta.group(&id).await), expected);
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_of_before_is_linked_and_keeps_its_members_until_a_push() {
    for rename in [false, true] {
        let world = server().await;
        let okta = world.idp();
        let [ann, ben] = two_people(&okta).await;
        let id = pushes(&okta, "Support old", &[&ann]).await;
        // Linking: Okta finds the group by its name in the app.
        let found = okta.find_groups("displayName eq \"Support old\"").await.is(200);
        assert_eq!(found.resources()[0]["id"], json!(id));
        let name = if rename { "Support from Okta" } else { "Support old" };
        if rename {
            updates(&okta, &id, name, &[]).await.is(200);
        }
        assert_eq!(okta.group(&id).await.members(), [ann.as_str()], "old members stay until a push");
        assert_eq!(world.vendor().skilled(name).await, Some(vec!["ann@example.com".to_owned()]));
        let push = json!({ "op": "replace", "path": "members", "value": [{ "value": ben }] });
        updates(&okta, &id, name, &[push]).await.is(200);
        assert_eq!(okta.group(&id).await.members(), [ben.as_str()]);
        assert_eq!(world.vendor().skilled(name).await, Some(vec!["ben@example.com".to_owned()]));
        world.give_back().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn unlinking_without_deleting_sends_nothing_and_a_new_push_finds_the_group() {
    let world = server().await;
    let okta = world.idp();
    let [ann, ben] = two_people(&okta).await;
    let id = pushes(&okta, "Support EU", &[&ann]).await;
    // Unlink and leave: no request. Push again: look, link, update.
    let found = okta.find_groups("displayName eq \"Support EU\"").await.is(200);
    assert_list(&found, 1);
    assert_eq!(found.resources()[0]["id"], json!(id));
    let push = json!({ "op": "replace", "path": "members", "value": [{ "value": ann }, { "value": ben }] });
    updates(&okta, &id, "Support EU", &[push]).await.is(200);
    assert_eq!(okta.group(&id).await.members().len(), 2);
    // A create without looking is told that there is one.
    let body = json!({ "schemas": [GROUP], "displayName": "support eu", "members": [] });
    okta.post("/Groups", body).await.is_error(409, "uniqueness").says("support eu");
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_of_the_wizard_puts_whole_groups() {
    let world = server().await;
    let okta = world.idp();
    let [ann, ben] = two_people(&okta).await;
    let id = pushes(&okta, "Support EU", &[]).await;
    let path = format!("/Groups/{id}");
    for (name, members) in [("Support EU", vec![&ann, &ben]), ("Support EMEA", vec![&ben]), ("Support EMEA", vec![])] {
        let list: Vec<Value> =
            members.iter().map(|id| json!({ "value": id, "display": "somebody@example.com" })).collect();
        let body = json!({ "schemas": [GROUP], "id": id, "displayName": name, "members": list });
        let put = okta.put(&path, body).await.is(200);
        assert_eq!(put.body["displayName"], name);
        let mut expected: Vec<String> = members.into_iter().cloned().collect();
        expected.sort_unstable();
        assert_eq!(sorted(&put), expected);
        assert_eq!(world.vendor().skilled(name).await.map(|people| people.len()), Some(expected.len()));
        assert_eq!(okta.group(&id).await.body, put.body, "what was answered is what is read");
    }
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_of_groups_walks_all_pages_and_meets_each_once() {
    let world = bridge().connection("profile", "okta").start().await;
    let okta = world.idp();
    for number in 0..205 {
        okta.creates_group(&format!("Group {number:03}"), &[]).await.is(201);
    }
    let mut met = Vec::new();
    for (start, size) in [(1, 100), (101, 100), (201, 5)] {
        let page = okta.get(&format!("/Groups?startIndex={start}&count=100")).await.is(200);
        assert_list(&page, 205);
        assert_eq!((&page.body["startIndex"], &page.body["itemsPerPage"]), (&json!(start), &json!(size)));
        met.extend(page.resources().iter().map(|group| group["displayName"].to_string()));
    }
    met.sort_unstable();
    met.dedup();
    assert_eq!(met.len(), 205);
}
