//! The request collection in Microsoft's SCIMReferenceCode, with its assertions. The numbers are the positions in the collection.

mod groups;

use serde_json::{Value, json};

use crate::support::idp::{ENTERPRISE, PATCH, USER};
use crate::support::{Answer, Idp, Leased, bridge};

async fn server() -> Leased {
    bridge().lease().await
}

/// Every request of the collection says `application/json`, and takes anything.
async fn send(idp: &Idp, method: &str, path: &str, body: &Value) -> Answer {
    let headers = [("content-type", "application/json"), ("accept", "*/*")];
    let request = idp.request_with(method, path, &headers).body(body.to_string());
    idp.send(format!("{method} {path} {body}"), request).await
}

fn person(name: &str, family: &str) -> Value {
    json!({
        "schemas": [USER], "userName": name, "active": true, "displayName": format!("{family} display"),
        "name": { "formatted": format!("Ryan {family}"), "familyName": family, "givenName": "Ryan" },
        "emails": [{ "Primary": true, "type": "work", "value": format!("{name}@testing.example") }]
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn steps_2_to_6_an_empty_server_says_what_it_is() {
    let world = server().await;
    let idp = world.idp();
    assert_eq!(idp.get("/Users").await.is(200).body["Resources"], json!([]));
    assert_eq!(idp.get("/Groups").await.is(200).body["Resources"], json!([]));
    let types = idp.get("/ResourceTypes").await.is(200);
    assert_eq!(types.body["Resources"][0]["endpoint"], "/Users", "User comes first");
    // Not a path of the RFC: the reference server's own name for /ServiceProviderConfig.
    assert_eq!(idp.get("/serviceConfiguration").await.is(200).body["patch"]["supported"], true);
    assert!(idp.get("/Schemas").await.is(200).text.contains("User Account"));
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn steps_7_to_18_people_are_created_found_changed_replaced_and_deleted() {
    let world = server().await;
    let idp = world.idp();
    // 7, 8: keys in capitals
    let first = send(&idp, "POST", "/Users", &person("UserName222", "Leenay")).await.is(201).id();
    let mut enterprise = person("UserName333", "Baker");
    enterprise["schemas"] = json!([USER, ENTERPRISE]);
    enterprise[ENTERPRISE] = json!({ "Department": "bob", "Manager": { "Value": "SuzzyQ" } });
    let second = send(&idp, "POST", "/Users", &enterprise).await.is(201);
    assert_eq!(second.body[ENTERPRISE], json!({ "department": "bob", "manager": { "value": "SuzzyQ" } }));
    let second = second.id();
    // 9, 10
    for id in [&first, &second] {
        assert_eq!(idp.get(&format!("/Users/{id}")).await.is(200).id(), *id);
    }
    // 11, 12
    assert!(idp.get("/Users?attributes=userName,emails").await.is(200).text.contains(&first));
    let found = idp.get("/Users/?filter=DisplayName+eq+%22Baker+display%22").await.is(200);
    assert!(found.text.contains(&second) && !found.text.contains(&first), "{}", found.text);
    // 13, 14
    let path = format!("/Users/{first}");
    let renamed =
        json!({ "schemas": [PATCH], "Operations": [{ "op": "replace", "path": "userName", "value": "ryan3" }] });
    send(&idp, "PATCH", &path, &renamed).await.is(200);
    assert_eq!(idp.get(&path).await.is(200).body["userName"], "ryan3");
    // 15, 16
    let mut whole = person("ryan3", "Leenay");
    whole["id"] = json!(first);
    whole["name"]["formatted"] = json!("NewName");
    send(&idp, "PUT", &path, &whole).await.is(200);
    assert_eq!(idp.get(&path).await.is(200).body["name"]["formatted"], "NewName");
    // 17, 18
    for id in [first, second] {
        idp.delete(&format!("/Users/{id}")).await.is(204);
    }
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn steps_38_to_43_addresses_are_asked_for_by_their_kind() {
    let world = server().await;
    let idp = world.idp();
    for (name, family) in [("one", "Jensen"), ("two", "Smith")] {
        let mut user = person(name, family);
        user["emails"] = json!([
            { "value": format!("{name}@work.example"), "type": "work", "primary": true },
            { "value": format!("{name}@home.example"), "type": "home" }
        ]);
        send(&idp, "POST", "/Users", &user).await.is(201);
    }
    let by_type = idp.get("/Users?attributes=emails%5Btype+eq+%22work%22%5D").await.is(200);
    assert!(by_type.text.contains("one@work.example"));
    let by_value = idp.get("/Users?attributes=emails%5Bvalue+eq+%22two@home.example%22%5D").await.is(200);
    assert!(by_value.text.contains("two@home.example"));
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn steps_44_to_79_five_people_with_all_that_is_wrong_with_them() {
    let world = server().await;
    let idp = world.idp();
    // 44: meta and nulls inside addresses
    let mut first = person("kmay", "May");
    first["meta"] = json!({ "resourceType": "User" });
    first["addresses"] = json!([{ "type": "work", "streetAddress": null, "locality": "Oslo", "primary": null }]);
    let created = send(&idp, "POST", "/Users", &first).await.is(201);
    assert_eq!((&created.body["userName"], &created.body["active"]), (&json!("kmay"), &json!(true)));
    // 45: active as text
    let mut second = person("bdavis", "Davis");
    second["active"] = json!("True");
    assert_eq!(send(&idp, "POST", "/Users", &second).await.is(201).body["active"], true);
    // 46
    assert_eq!(idp.get("/Users").await.is(200).body["totalResults"], 2);
    // 47, 48: two addresses of one kind
    let mut third = person("OMalley", "Malley");
    third["emails"] = json!([
        { "type": "work", "value": "omalley1@testing.example", "primary": true },
        { "type": "work", "value": "omalley2@testing.example" }
    ]);
    let third_made = send(&idp, "POST", "/Users", &third).await.is(201);
    assert_eq!(third_made.body["emails"].as_array().map(Vec::len), Some(2));
    send(&idp, "POST", "/Users", &person("jsmith", "Smith")).await.is(201);
    // 49, 50
    send(&idp, "POST", "/Users", &json!({ "schemas": [USER], "displayName": "nameless" }))
        .await
        .is_error(400, "invalidValue");
    let broken = idp.request("POST", "/Users").header("content-type", "application/json").body("{ \"userName\": ");
    idp.send("POST broken JSON".to_owned(), broken).await.is_error(400, "invalidSyntax");
    // 51, 52
    for _ in 0..2 {
        send(&idp, "POST", "/Users", &person("KMAY", "May")).await.is_error(409, "uniqueness");
    }
    // 53, 54
    let path = format!("/Users/{}", created.id());
    send(&idp, "PUT", &path, &json!({ "schemas": [USER], "userNaame": "kmay" })).await.is_error(400, "invalidValue");
    let mut unknown = first.clone();
    unknown["favouriteColour"] = json!("red");
    let replaced = send(&idp, "PUT", &path, &unknown).await.is(200);
    assert_eq!(replaced.body.get("favouriteColour"), None);
    // 55
    let mut fifth = person("enterprise", "Malley");
    fifth[ENTERPRISE] = json!({ "department": "d" });
    let fifth = send(&idp, "POST", "/Users", &fifth).await.is(201).id();
    // 56-58: the collection wants 204 here; 200 with the resource is as legal, and every client digests it (D29).
    let path = format!("/Users/{fifth}");
    for (attribute, value) in [("userName", json!("newName")), ("active", json!(false))] {
        let change =
            json!({ "schemas": [PATCH], "Operations": [{ "op": "Replace", "path": attribute, "value": value }] });
        send(&idp, "PATCH", &path, &change).await.is(200);
    }
    let read = idp.get(&path).await.is(200);
    assert_eq!((&read.body["userName"], &read.body["active"]), (&json!("newName"), &json!(false)));
    // 59
    let mut whole = person("newName", "Malley");
    whole["active"] = json!(true);
    whole["addresses"] = json!([{ "type": "work", "locality": "Redmond" }]);
    let replaced = send(&idp, "PUT", &path, &whole).await.is(200);
    assert_eq!((&replaced.body["userName"], &replaced.body["active"]), (&json!("newName"), &json!(true)));
    assert_eq!(replaced.body["addresses"][0]["locality"], "Redmond");
    // 60, 61
    let page = idp.get("/Users?startIndex=1&count=2").await.is(200);
    assert_eq!((&page.body["totalResults"], &page.body["itemsPerPage"]), (&json!(5), &json!(2)));
    assert_eq!(idp.get("/Users?attributes=userName,emails").await.is(200).body["totalResults"], 5);
    // 62
    send(&idp, "POST", "/Users", &person("jsmith", "Smith")).await.is_error(409, "uniqueness").says("jsmith");
    // 63-65: values without quotes
    for (filter, total) in [
        ("name.FamilyName+eq+Malley+and+(emails.Value+co+omalley+or+emails.Value+co+newName)", 2),
        ("userName+sw+O", 1),
        ("meta.Created+gt+2019-11-12T12:57:58.0000000-08:00", 5),
    ] {
        let found = idp.get(&format!("/Users?filter={filter}")).await.is(200);
        assert_eq!(found.body["totalResults"], total, "{filter}");
    }
    // 72-79
    for user in idp.get("/Users").await.is(200).resources() {
        idp.delete(&format!("/Users/{}", user["id"].as_str().unwrap())).await.is(204);
    }
    assert_eq!(idp.get("/Users?attributes=userName").await.is(200).body["Resources"], json!([]));
    world.give_back().await;
}
