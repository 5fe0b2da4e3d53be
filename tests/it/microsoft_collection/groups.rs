//! The steps about groups of Microsoft's request collection: 19 to 36 and 66 to 77.

use serde_json::{Value, json};

use super::{person, send, server};
use crate::support::idp::{GROUP, PATCH};

fn group(name: &str, members: &Value) -> Value {
    json!({ "schemas": [GROUP], "displayName": name, "members": members })
}

fn change(operation: &Value) -> Value {
    json!({ "schemas": [PATCH], "Operations": [operation] })
}

#[tokio::test(flavor = "multi_thread")]
async fn steps_19_to_37_groups_get_and_lose_members() {
    let world = server().await;
    let idp = world.idp();
    // 19
    let first = send(&idp, "POST", "/Groups", &group("Group1DisplayName", &json!([]))).await.is(201).id();
    // 20, 21
    let ryan = send(&idp, "POST", "/Users", &person("ryan3", "Leenay")).await.is(201).id();
    let bob = send(&idp, "POST", "/Users", &person("bob4", "Baker")).await.is(201).id();
    // 22
    let members = &json!([{ "value": ryan, "display": "VP" }]);
    let second = send(&idp, "POST", "/Groups", &group("Group2DisplayName", members)).await.is(201).id();
    // 23, 24
    assert!(idp.get("/Groups").await.is(200).text.contains(&second));
    let third = send(&idp, "POST", "/Groups", &group("Group3DisplayName", &json!([]))).await.is(201).id();
    // 25, 26
    let path = format!("/Groups/{third}");
    let mut whole =
        group("Group3NewName", &json!([{ "value": ryan, "display": "VP" }, { "value": bob, "display": "CEO" }]));
    whole["id"] = json!(third);
    send(&idp, "PUT", &path, &whole).await.is(200);
    let read = idp.get(&path).await.is(200);
    assert!(read.text.contains(&bob) && read.text.contains(&ryan), "{}", read.text);
    // 27: keys that nobody knows, in the operation and in the member
    let path = format!("/Groups/{first}");
    let add = json!({ "name": "addMember", "op": "add", "path": "members", "value": [{ "displayName": "new User", "value": ryan }] });
    send(&idp, "PATCH", &path, &change(&add)).await.is(200);
    assert_eq!(idp.group(&first).await.members(), [ryan.as_str()]);
    // 28
    let remove = json!({ "op": "remove", "path": format!("members[value eq \"{ryan}\"]") });
    send(&idp, "PATCH", &path, &change(&remove)).await.is(200);
    assert_eq!(idp.group(&first).await.members(), Vec::<&str>::new());
    // 29, 30: what is shown is the person's own name, not the unknown key
    send(&idp, "PATCH", &path, &change(&add)).await.is(200);
    let read = idp.get(&path).await.is(200);
    assert_eq!(read.body["members"][0]["display"], "Leenay display");
    assert!(!read.text.contains("new User"), "{}", read.text);
    // 31, 32
    send(&idp, "PATCH", &path, &change(&json!({ "op": "remove", "path": "members" }))).await.is(200);
    assert_eq!(idp.group(&first).await.members(), Vec::<&str>::new());
    // 33 to 37
    for id in [ryan, bob] {
        idp.delete(&format!("/Users/{id}")).await.is(204);
    }
    for id in [first, second, third] {
        idp.delete(&format!("/Groups/{id}")).await.is(204);
    }
    assert_eq!(idp.get("/Groups").await.is(200).body["Resources"], json!([]));
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn steps_66_to_77_a_group_without_members_and_members_as_bare_text() {
    let world = server().await;
    let idp = world.idp();
    // 66
    let body = json!({ "schemas": [GROUP], "displayName": "GroupDisplayName" });
    let id = send(&idp, "POST", "/Groups", &body).await.is(201).id();
    let path = format!("/Groups/{id}");
    // 67, 68: the collection adds ids that nobody has, which is refused; with ids that somebody has, the form is taken.
    let add = |member: &str| {
        let mut body = change(&json!({ "op": "add", "path": "members", "value": member }));
        body["id"] = json!(id);
        body
    };
    send(&idp, "PATCH", &path, &add("e0ef8f8c-a6ae-4d6b-86c7-8dfc0d21a3e7"))
        .await
        .is_error(400, "invalidValue")
        .says("e0ef8f8c-a6ae-4d6b-86c7-8dfc0d21a3e7");
    let ryan = send(&idp, "POST", "/Users", &person("ryan3", "Leenay")).await.is(201).id();
    let bob = send(&idp, "POST", "/Users", &person("bob4", "Baker")).await.is(201).id();
    for member in [&ryan, &bob] {
        send(&idp, "PATCH", &path, &add(member)).await.is(200);
    }
    // 69, 70
    assert_eq!(idp.group(&id).await.members().len(), 2);
    let without = idp.get(&format!("{path}?excludedAttributes=members")).await.is(200);
    assert_eq!(without.body.get("members"), None);
    // 71
    let body = json!({ "schemas": [GROUP], "id": id, "displayName": "putName" });
    let put = send(&idp, "PUT", &path, &body).await.is(200);
    assert_eq!(put.body["displayName"], "putName");
    assert_eq!(put.members().len(), 2, "what is not named stays");
    // 72 to 77
    for id in [ryan, bob] {
        idp.delete(&format!("/Users/{id}")).await.is(204);
    }
    assert_eq!(idp.group(&id).await.members(), Vec::<&str>::new());
    idp.delete(&path).await.is(204);
    assert_eq!(idp.get("/Groups").await.is(200).body["Resources"], json!([]));
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_switch_of_entra_every_change_of_a_group_is_answered_204() {
    // 67, 68 want 204; that is what the profile of Entra answers.
    let world = crate::support::bridge().connection("profile", "entra").lease().await;
    let idp = world.idp();
    let id = send(&idp, "POST", "/Groups", &group("GroupDisplayName", &json!([]))).await.is(201).id();
    let ryan = send(&idp, "POST", "/Users", &person("ryan3", "Leenay")).await.is(201).id();
    let add = change(&json!({ "op": "add", "path": "members", "value": ryan }));
    let answer = send(&idp, "PATCH", &format!("/Groups/{id}"), &add).await.is(204);
    assert_eq!(answer.text, "");
    assert_eq!(idp.group(&id).await.members(), [ryan.as_str()]);
    world.give_back().await;
}
