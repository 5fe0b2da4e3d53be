//! The vendor's own SCIM API.

use super::*;

fn eva() -> Value {
    json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "eva.ro", "name": { "givenName": "Eva", "familyName": "Ro" },
        "emails": [{ "value": "second@acme.example" }, { "value": "eva.ro@acme.example", "primary": true }] })
}

async fn find(sim: &Sim, name: &str) -> Value {
    let list = read(sim.to(Method::GET, "scim/users").query(&[("filter", format!("userName eq \"{name}\""))]))
        .await
        .is(200)
        .json;
    assert!(list["totalResults"].as_u64() <= Some(1), "{list}");
    list["Resources"][0].clone()
}

async fn patch(sim: &Sim, id: &str, operations: Value) -> Answer {
    let body = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations });
    read(sim.to(Method::PATCH, &format!("scim/users/{id}")).json(&body)).await
}

/// Replaces one attribute of Maria.
async fn replace(sim: &Sim, path: &str, value: Value) -> Answer {
    let id = find(sim, "maria.lind").await["id"].as_str().expect("an id").to_owned();
    patch(sim, &id, json!([{ "op": "replace", "path": path, "value": value }])).await
}

#[tokio::test]
async fn a_user_is_found_by_name_and_shown_as_in_the_samples() {
    let sim = Sim::start().await;
    let maria = find(&sim, "maria.lind").await;
    let id = maria["id"].as_str().expect("an id");
    assert!(id.len() == 36 && id == id.to_uppercase(), "{id}");
    let names: Vec<_> = maria.as_object().expect("an object").keys().map(String::as_str).collect();
    let wanted = [
        "schemas",
        "id",
        "meta",
        "userName",
        "name",
        "timezone",
        "active",
        "emails",
        "phoneNumbers",
        "addresses",
        "roles",
        "groups",
    ];
    assert_eq!(names, wanted);
    assert_eq!(maria["meta"]["location"], format!("{}/configapi/v2/scim/users/{id}", sim.running.url()));
    assert_eq!((&maria["meta"]["resourceType"], &maria["addresses"]), (&json!("USER"), &json!([{}])));
    assert_eq!(
        maria["phoneNumbers"],
        json!([{ "type": "work", "value": "4155550101" }, { "type": "extension", "value": "2051" }])
    );
    assert_eq!(
        (&maria["roles"], &maria["groups"][0]["display"]),
        (&json!([{ "value": "Agent" }]), &json!("Customer Service"))
    );
    let one = sim.get(&format!("scim/users/{}", id.to_lowercase())).await.is(200);
    assert_eq!((&one.json, one.header("content-type")), (&maria, Some("application/scim+json")));
    let none = sim.get("scim/users?filter=userName%20eq%20%22nobody%22").await.is(200).json;
    assert_eq!(
        none,
        json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": 0, "Resources": [] })
    );
    sim.get("scim/users").await.is(400);
    sim.get("scim/users?filter=userName%20co%20%22a%22").await.is(400);
    sim.get("scim/users/NOBODY").await.says(404, "user not found");

    sim.knobs(&json!({ "scim_samples": "2020", "scim_roles_shape": "strings", "scim_error_shape": "scim" }));
    let old = sim.get(&format!("scim/users/{id}")).await.is(200);
    assert_eq!(
        (&old.json["roles"], old.json.get("groups"), old.header("content-type")),
        (&json!(["Agent"]), None, Some("application/json"))
    );
    assert_eq!(old.json["meta"]["lastModified"].as_str().and_then(|date| date.find('T')), Some("06-03-2020".len()));
    replace(&sim, "roles", json!([{ "value": "Agent" }])).await.is(400);
    assert_eq!(replace(&sim, "roles", json!(["Manager"])).await.is(200).json["roles"], json!(["Manager"]));
    let error = sim.get("scim/users/NOBODY").await.is(404);
    assert_eq!((&error.json["status"], &error.json["detail"]), (&json!("404"), &json!("user not found")));
}

#[tokio::test]
async fn a_new_user_is_in_the_default_team_and_needs_the_integration_account() {
    let sim = Sim::start().await;
    let made = read(
        sim.to(Method::POST, "scim/users").header("content-type", "application/scim+json").body(eva().to_string()),
    )
    .await
    .is(201);
    assert_eq!(made.header("location"), made.json["meta"]["location"].as_str());
    assert_eq!(made.json["emails"], json!([{ "value": "eva.ro@acme.example", "primary": true }]));
    let user = sim.user("eva.ro").await;
    assert_eq!(
        (&user["team"], &user["skills"], &user["roles"]),
        (&json!("Customer Service"), &json!({}), &json!(["Agent"]))
    );
    assert_eq!((&user["extension"], &user["email"]), (&json!("1002"), &json!("eva.ro@acme.example")));
    sim.post("scim/users", &eva()).await.says(409, "user with this username already exists");
    for (field, text) in [("userName", "userName"), ("name", "name"), ("emails", "emails")] {
        let lean = with(eva(), json!({ "userName": "x", field: null }));
        sim.post("scim/users", &lean).await.says(400, &format!("missing required field: {text}"));
    }
    let second = with(eva(), json!({ "userName": "second" }));
    for (change, status) in [
        (json!({ "name": { "givenName": "Eva" } }), 400),
        (json!({ "roles": [{ "value": "Nope" }] }), 404),
        (json!({ "roles": ["Agent"] }), 400),
        (json!({ "password": "short" }), 400),
        (json!({ "phoneNumbers": [{ "type": "extension", "value": "2051" }] }), 409),
        (json!({ "photos": [{ "value": "not an address" }] }), 400),
        (json!({ "emails": [] }), 400),
    ] {
        let answer = sim.post("scim/users", &with(second.clone(), change.clone())).await;
        assert_eq!(answer.status, status, "{change}: {answer:?}");
    }
    let whole = json!({ "externalId": "x-1", "title": "Lead", "nickName": "E", "timezone": "Europe/Stockholm", "active": false, "roles": [],
        "phoneNumbers": [{ "type": "mobile", "value": "1" }, { "type": "default", "value": "2" }, { "type": "fax", "value": "3" }, { "type": "extension", "value": "777" }],
        "addresses": [{ "country": "SE", "locality": "Lund", "streetAddress": "A 1" }], "photos": [{ "type": "photo", "value": "https://p.example/1.png" }] });
    let made = sim.post("scim/users", &with(second.clone(), whole)).await.is(201).json;
    assert_eq!(
        (&made["title"], &made["nickName"], &made["timezone"], &made["active"]),
        (&json!("Lead"), &json!("E"), &json!("Europe/Stockholm"), &json!(false))
    );
    assert_eq!(
        (made.get("externalId"), made.get("photos"), &made["addresses"]),
        (None, None, &json!([{ "country": "SE", "locality": "Lund" }]))
    );
    let phones = json!([{ "type": "mobile", "value": "1" }, { "type": "extension", "value": "777" }, { "type": "default", "value": "2" }]);
    assert_eq!((&made["phoneNumbers"], &made["roles"]), (&phones, &json!([])));

    sim.knobs(&json!({ "vendor_scim": "no_account" }));
    sim.post("scim/users", &with(second, json!({ "userName": "third" }))).await.is(400);
    assert_eq!(find(&sim, "eva.ro").await["userName"], "eva.ro");
    sim.knobs(&json!({ "vendor_scim": "off" }));
    sim.get("scim/users?filter=userName%20eq%20%22eva.ro%22").await.says(404, "HTTP 404 Not Found");
}

#[tokio::test]
async fn a_put_replaces_everything_but_team_skills_and_extension() {
    let sim = Sim::start().await;
    let maria = find(&sim, "maria.lind").await;
    let path = format!("scim/users/{}", maria["id"].as_str().expect("an id"));
    replace(&sim, "title", json!("Expert")).await.is(200);
    let lean = json!({ "userName": "maria.lind", "name": { "givenName": "Mia", "familyName": "Lind" }, "emails": [{ "value": "mia@acme.example" }] });
    let after = sim.put(&path, &lean).await.is(200).json;
    assert_eq!((&after["roles"], after.get("title"), &after["name"]["givenName"]), (&json!([]), None, &json!("Mia")));
    assert_eq!(after["phoneNumbers"], json!([{ "type": "extension", "value": "2051" }]));
    let user = sim.user("maria.lind").await;
    assert_eq!((&user["team"], &user["skills"]["Swedish"]), (&json!("Customer Service"), &json!(70)));
    sim.put(&path, &with(lean.clone(), json!({ "emails": null }))).await.is(400);
    sim.put(&path, &with(lean, json!({ "userName": "mia.lind" }))).await.is(400);
}

#[tokio::test]
async fn a_patch_changes_what_the_configuration_api_cannot() {
    let sim = Sim::start().await;
    for (path, value) in [
        ("name.familyName", json!("Berg")),
        ("emails", json!([{ "value": "maria.berg@acme.example" }])),
        ("phoneNumbers", json!([{ "type": "mobile", "value": "070" }])),
        ("roles", json!([{ "value": "Supervisor" }])),
        ("active", json!(false)),
    ] {
        replace(&sim, path, value).await.is(200);
    }
    let user = sim.user("maria.lind").await;
    let wanted = json!({ "lastName": "Berg", "email": "maria.berg@acme.example", "mobilePhone": "070", "roles": ["Supervisor"], "disabled": true,
        "extension": "2051", "firstName": "Maria" });
    for (name, value) in wanted.as_object().expect("an object") {
        assert_eq!(&user[name], value, "{user}");
    }
    assert!(user.get("workPhone").is_none());
    replace(&sim, "roles", json!([{ "value": "Nope" }])).await.says(404, "Role not found");
    replace(&sim, "skills", json!({})).await.is(400);
    replace(&sim, "userName", json!("maria.berg")).await.is(400);

    sim.knobs(&json!({ "username_changes": true }));
    replace(&sim, "userName", json!("lars.berg")).await.is(409);
    let renamed = replace(&sim, "userName", json!("maria.berg")).await.is(200).json;
    sim.get("user/maria.lind").await.is(404);
    assert_eq!(sim.user("maria.berg").await["lastName"], "Berg");
    assert_eq!(find(&sim, "maria.berg").await["id"], renamed["id"]);
}

#[tokio::test]
async fn other_dialects_of_patch_are_behind_a_knob() {
    let sim = Sim::start().await;
    let id = find(&sim, "maria.lind").await["id"].as_str().expect("an id").to_owned();
    let dialects = [
        json!([{ "op": "Replace", "path": "title", "value": "T" }]),
        json!([{ "op": "add", "path": "title", "value": "T" }]),
        json!([{ "op": "replace", "value": { "title": "T", "active": "True" } }]),
        json!([{ "op": "replace", "path": "phoneNumbers[type eq \"mobile\"].value", "value": "070" }]),
        json!([{ "op": "remove", "path": "phoneNumbers[type eq \"work\"]" }]),
    ];
    for dialect in &dialects {
        assert_eq!(patch(&sim, &id, dialect.clone()).await.status, 400, "{dialect}");
    }
    sim.knobs(&json!({ "scim_patch": "wide" }));
    for dialect in &dialects {
        patch(&sim, &id, dialect.clone()).await.is(200);
    }
    let user = find(&sim, "maria.lind").await;
    assert_eq!(
        (&user["title"], &user["phoneNumbers"]),
        (&json!("T"), &json!([{ "type": "mobile", "value": "070" }, { "type": "extension", "value": "2051" }]))
    );
    patch(&sim, &id, json!([{ "op": "remove", "path": "title" }])).await.is(200);
    for wrong in [
        json!([]),
        json!([{ "op": "move", "path": "title" }]),
        json!([{ "op": "remove", "path": "userName" }]),
        json!([{ "op": "replace", "path": "title" }]),
    ] {
        assert_eq!(patch(&sim, &id, wrong.clone()).await.status, 400, "{wrong}");
    }
    read(sim.to(Method::PATCH, &format!("scim/users/{id}")).json(&json!({ "Operations": [] }))).await.is(400);
}

#[tokio::test]
async fn a_deleted_user_is_gone_from_both_apis() {
    let sim = Sim::start().await;
    let id = find(&sim, "maria.lind").await["id"].as_str().expect("an id").to_owned();
    let gone = sim.delete(&format!("scim/users/{id}")).await.is(204);
    assert_eq!(gone.text, "");
    sim.delete(&format!("scim/users/{id}")).await.is(404);
    sim.get("user/maria.lind").await.is(404);
}
