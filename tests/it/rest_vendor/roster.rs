//! People at the roster: a flag instead of deletion, several calls per change, searches that match parts of words.

use std::time::Duration;

use serde_json::{Value, json};

use super::server::Scripted;
use super::{Bridge, OWN, Wish};
use crate::support::eventually;
use crate::support::idp::USER;

const ADA: &str = "ada@example.com";

fn ada() -> Value {
    json!({
        "schemas": [USER, OWN], "userName": "Ada", "active": true, "displayName": "Ada V.", "title": "Lead",
        "name": { "givenName": "Ada", "familyName": "Voss" }, "emails": [{ "type": "work", "value": ADA }],
        "addresses": [{ "type": "work", "streetAddress": "Main 1", "locality": "Lyon" }],
        OWN: { "skills": ["billing"], "grade": "senior", "notes": "left-handed" },
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_without_a_line_of_code_goes_through_a_whole_life() {
    let bridge = Bridge::start("roster", Wish::default());
    let (idp, vendor) = (bridge.idp(), &bridge.vendor);
    let mut user = ada();
    user["password"] = json!("first-secret");
    let created = idp.post("/Users", user).await.is(201);
    let id = created.id();
    let there = vendor.person("ada").expect("Ada is there");
    let number = there["id"].as_i64().expect("a number");
    assert_eq!(
        there,
        json!({
            "id": number, "kind": "human", "login": "ada", "mail": ADA, "person": { "given": "Ada", "family": "Voss" },
            "enabled": true, "grade": 2, "label": "Ada V./t-1", "skills": [{ "name": "billing" }],
            "address": { "city": "Lyon", "street": "Main 1" },
        })
    );
    vendor.with(|state| {
        assert_eq!(state.passwords[&number], "first-secret");
        assert_eq!(state.notes[&number], "left-handed");
    });
    assert_eq!(created.body["title"], "Lead", "kept by the bridge alone");
    assert_eq!(created.body[OWN]["notes"], "left-handed");

    let operations = json!([
        { "op": "replace", "path": format!("{OWN}:skills"), "value": ["billing", "returns"] },
        { "op": "replace", "path": "name.familyName", "value": "Lind" },
        { "op": "add", "path": "nickName", "value": "Addie" },
        { "op": "remove", "path": "addresses[type eq \"work\"]" },
    ]);
    idp.operations(&id, operations).await.is(200);
    let there = vendor.person("ada").expect("Ada is there");
    assert_eq!(there["skills"], json!([{ "name": "billing" }, { "name": "returns" }]));
    assert_eq!((&there["person"]["family"], &there["nick"]), (&json!("Lind"), &json!("Addie")));
    assert_eq!(there["address"], Value::Null);
    let changes = vendor.calls("PATCH", &number.to_string());
    let last = changes.last().expect("a change").json();
    assert_eq!(last, json!({ "family": "Lind", "nick": "Addie", "address": null }), "only what differs is sent");

    idp.operations(&id, json!([{ "op": "remove", "path": "nickName" }])).await.is(200);
    assert_eq!(vendor.person("ada").expect("Ada is there")["nick"], "", "cleared as the mapping says");

    let gone = idp.okta_sets_active(&id, false).await.is(200);
    assert_eq!(gone.body["active"], false);
    assert_eq!(vendor.person("ada").expect("a flag deletes nobody")["enabled"], false);
    idp.okta_sets_active(&id, true).await.is(200);
    assert_eq!(vendor.person("ada").expect("Ada is there")["enabled"], true);

    idp.delete(&format!("/Users/{id}")).await.is(204);
    assert_eq!(vendor.person("ada").expect("remove: deactivate")["enabled"], false);
    idp.get(&format!("/Users/{id}")).await.is_error(404, "");

    // Who comes back finds the account of old.
    let again = idp.post("/Users", ada()).await.is(201);
    assert_ne!(again.id(), id);
    let back = vendor.person("ada").expect("Ada is back");
    assert_eq!((&back["id"], &back["enabled"]), (&json!(number), &json!(true)));
    assert_eq!(vendor.calls("POST", "people").len(), 1, "nobody was created twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_constant_header_signs_in() {
    let wish = Wish {
        instead: Some((
            "{ scheme: basic, username: $secrets.username, password: $secrets.password }",
            "{ scheme: header, header: X-Key, value: $secrets.password }",
        )),
        ..Wish::default()
    };
    let bridge = Bridge::start("roster", wish);
    bridge.idp().post("/Users", ada()).await.is(201);
    let call = bridge.vendor.calls("POST", "people").remove(0);
    assert_eq!((call.header("x-key"), call.header("authorization")), ("s3cret-pass", ""));
    assert!(!call.header("x-trace").is_empty(), "the id of the IdP's request travels along");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_existing_account_is_found_among_hits_that_only_look_alike() {
    let bridge = Bridge::start("roster", Wish::default());
    let vendor = &bridge.vendor;
    vendor.hires(json!({ "login": "nada", "kind": "robot", "mail": ADA }));
    vendor.hires(json!({ "login": "ada.l", "mail": "other@example.com" }));
    vendor.hires(json!({ "login": "ada", "mail": ADA, "deleted_at": "2024-01-01" }));
    let own = vendor.hires(json!({ "login": "Ada", "mail": ADA.to_uppercase(), "grade": 3 }));
    bridge.idp().post("/Users", ada()).await.is(201);
    assert!(vendor.calls("POST", "people").is_empty(), "no second account");
    let there = vendor.with(|state| state.people[&own].clone());
    assert_eq!(there["mail"], ADA.to_uppercase(), "the same but for letter case is no difference");
    assert_eq!(there["grade"], 3, "another of the vendor's words for the same grade is none either");
    assert_eq!(there["enabled"], true);
    let searched = vendor.calls("GET", "people");
    assert_eq!(searched[0].query("search"), Some("ada"));
    assert!(searched.len() >= 2, "a page that was cut is no end of the hits");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_whose_answer_is_no_list_creates_nobody() {
    let bridge = Bridge::start("roster", Wish { connection: json!({ "answer_within": 2 }), ..Wish::default() });
    for _ in 0..20 {
        bridge.vendor.with(|state| {
            let answer = Scripted { method: "GET", path: "people", status: 200, headers: &[], body: r#"{"hits":[]}"# };
            state.scripted.push_back(answer);
        });
    }
    let refused = bridge.idp().post("/Users", ada()).await.is_error(503, "");
    assert!(refused.detail().contains("no list"), "{}", refused.detail());
    assert!(bridge.vendor.calls("POST", "people").is_empty(), "who cannot be looked for may be there");
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_in_a_list_become_the_attribute_behind_them() {
    let bridge = Bridge::start("roster", Wish::default());
    let (idp, vendor) = (bridge.idp(), &bridge.vendor);
    let mut user = ada();
    user[OWN]["skills"] = json!(["juggling"]);
    let refused = idp.post("/Users", user).await.is_error(400, "invalidValue");
    let detail = refused.detail().to_owned();
    assert!(detail.contains("Roster does not have it") && detail.contains(&format!("{OWN}:skills")), "{detail}");
    // Nothing can be deleted here: what was made before the refusal loses its access again.
    eventually("the half-made account is taken back", || async {
        vendor.person("ada").is_some_and(|ada| ada["enabled"] == false).then_some(())
    })
    .await;
    assert_eq!(idp.find("userName eq \"ada\"").await.body["totalResults"], 0);

    vendor.hires(json!({ "login": "eve", "mail": "eve@example.com" }));
    let mut user = ada();
    user["userName"] = json!("bob");
    user["emails"][0]["value"] = json!("eve@example.com");
    let taken = idp.post("/Users", user).await.is_error(400, "invalidValue").says("emails");
    assert!(taken.detail().contains("mail \"***\" is taken"), "what was sent is masked: {}", taken.detail());

    let mut long = ada();
    long["userName"] = json!("carl");
    long["emails"][0]["value"] = json!(format!("{}@example.com", "c".repeat(40)));
    idp.post("/Users", long).await.is_error(400, "invalidValue").says("emails");
    let mut marked = ada();
    marked["userName"] = json!("dora");
    marked[OWN]["notes"] = json!("<b>");
    idp.post("/Users", marked).await.is_error(400, "invalidValue").says("notes");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_weak_password_is_refused_without_being_repeated_to_anybody() {
    let bridge = Bridge::start("roster", Wish::default());
    let id = bridge.idp().post("/Users", ada()).await.is(201).id();
    let operations = json!([{ "op": "replace", "path": "password", "value": "weak7" }]);
    let refused = bridge.idp().operations(&id, operations).await.is_error(400, "invalidValue");
    assert!(refused.detail().contains("password") && !refused.text.contains("weak7"), "{}", refused.text);
    assert!(!bridge.program.log().join("\n").contains("weak7"));
}

#[tokio::test(flavor = "multi_thread")]
async fn retry_after_is_waited_for_and_the_change_succeeds() {
    let bridge = Bridge::start("roster", Wish::default());
    let id = bridge.idp().post("/Users", ada()).await.is(201).id();
    let headers = &[("Retry-After", "1")];
    let slow = Scripted { method: "PATCH", path: "people", status: 429, headers, body: "slow down" };
    bridge.vendor.with(|state| state.scripted.push_back(slow));
    let operations = json!([{ "op": "replace", "path": "nickName", "value": "Addie" }]);
    bridge.idp().operations(&id, operations).await.is(200);
    let calls = bridge.vendor.calls("PATCH", "");
    let [.., refused, repeated] = calls.as_slice() else { panic!("two calls: {calls:?}") };
    assert_eq!(refused.body, repeated.body);
    assert!(repeated.at - refused.at >= Duration::from_millis(990), "{:?}", repeated.at - refused.at);
}

#[tokio::test(flavor = "multi_thread")]
async fn busy_accounts_and_foreign_writers_are_waited_for() {
    let bridge = Bridge::start("roster", Wish::default());
    let (idp, vendor) = (bridge.idp(), &bridge.vendor);
    let id = idp.post("/Users", ada()).await.is(201).id();
    vendor.with(|state| state.locked = 2);
    let operations = json!([{ "op": "replace", "path": format!("{OWN}:skills"), "value": ["returns"] }]);
    idp.operations(&id, operations).await.is(200);
    assert_eq!(vendor.person("ada").expect("Ada")["skills"], json!([{ "name": "returns" }]));

    // The call's own rule comes first: here a conflict is a foreign writer, and what he wrote is looked at.
    let conflict =
        Scripted { method: "PATCH", path: "people", status: 409, headers: &[], body: r#"{"state":"locked"}"# };
    vendor.with(|state| {
        state.scripted.push_back(conflict);
        let ada = state.people.values_mut().next().expect("Ada");
        ada["person"]["given"] = json!("Changed");
    });
    let before = vendor.calls("GET", ".json").len();
    let operations = json!([{ "op": "replace", "path": "nickName", "value": "Addie" }]);
    idp.operations(&id, operations).await.is(200);
    let there = vendor.person("ada").expect("Ada");
    assert_eq!((&there["nick"], &there["person"]["given"]), (&json!("Addie"), &json!("Ada")));
    assert!(vendor.calls("GET", ".json").len() > before);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_is_gone_is_made_again() {
    let bridge = Bridge::start("roster", Wish::default());
    let (idp, vendor) = (bridge.idp(), &bridge.vendor);
    let id = idp.post("/Users", ada()).await.is(201).id();
    vendor.with(|state| state.people.clear());
    let operations = json!([{ "op": "replace", "path": "nickName", "value": "Addie" }]);
    idp.operations(&id, operations).await.is(200);
    let there = vendor.person("ada").expect("made again");
    assert_eq!((&there["nick"], &there["skills"]), (&json!("Addie"), &json!([{ "name": "billing" }])));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_reads_every_page_and_leaves_alone_who_is_nobody() {
    let bridge = Bridge::start("roster", Wish::default());
    let vendor = &bridge.vendor;
    for n in 1..=5 {
        vendor.hires(json!({
            "login": format!("p{n}"), "mail": format!("p{n}@example.com"), "person": { "given": "P", "family": n.to_string() },
            "enabled": n != 3, "grade": 2, "skills": [{ "name": "billing" }],
        }));
    }
    vendor.hires(json!({ "login": "r2", "kind": "robot" }));
    vendor.hires(json!({ "login": "old", "deleted_at": "2024-01-01" }));
    vendor.hires(json!({ "login": "roster", "mail": "bridge@example.com" }));
    let run = bridge.run(&["import", "--connection", "it", "--json", "--config", "bridge.yaml"]);
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let report: Value = serde_json::from_slice(&run.stdout).expect("a report");
    assert_eq!((&report["imported"], &report["listed"]), (&json!(5), &json!(6)), "{report}");
    assert!(report["skipped"][0].as_str().is_some_and(|reason| reason.contains("protected")), "{report}");
    let froms: Vec<_> =
        vendor.calls("GET", "people").iter().map(|call| call.query("from").map(str::to_owned)).collect();
    assert_eq!(froms, ["1", "3", "5", "7"].map(|from| Some(from.to_owned())), "the step is what came back");

    let found = bridge.idp().find("userName eq \"p3\"").await.is(200);
    let third = &found.resources()[0];
    assert_eq!((&third["active"], &third["name"]["familyName"]), (&json!(false), &json!("3")));
    assert_eq!(third[OWN], json!({ "skills": ["billing"], "grade": "senior" }));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bridges_own_account_is_nobodys() {
    let bridge = Bridge::start("roster", Wish::default());
    let own = bridge.vendor.hires(json!({ "login": "roster", "mail": "bridge@example.com" }));
    let mut user = ada();
    user["userName"] = json!("Roster");
    let refused = bridge.idp().post("/Users", user).await;
    assert!((400..500).contains(&refused.status), "{}", refused.text);
    let there = bridge.vendor.with(|state| state.people[&own].clone());
    assert_eq!(there.get("enabled"), None, "untouched: {there:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_setting_can_switch_a_field_off_and_fill_an_object() {
    let settings = json!({ "with_notes": false, "default_city": "Paris" });
    let bridge = Bridge::start("roster", Wish { settings, ..Wish::default() });
    let mut user = ada();
    user["addresses"] = json!([{ "type": "work", "streetAddress": "Main 1" }]);
    let created = bridge.idp().post("/Users", user.clone()).await.is(201);
    let there = bridge.vendor.person("ada").expect("Ada");
    assert_eq!(there["address"], json!({ "city": "Paris", "street": "Main 1" }));
    bridge.vendor.with(|state| assert!(state.notes.is_empty()));
    assert_eq!(created.body[OWN].get("notes"), None, "what is not managed is not kept either");

    let bridge = Bridge::start("roster", Wish::default());
    bridge.idp().post("/Users", user).await.is(201);
    assert_eq!(bridge.vendor.person("ada").expect("Ada").get("address"), None, "an incomplete object is left out");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_change_or_go_is_refused_before_any_call() {
    let bridge = Bridge::start("roster", Wish::default());
    let id = bridge.idp().post("/Users", ada()).await.is(201).id();
    let before = bridge.vendor.with(|state| state.calls.len());
    let rename = json!([{ "op": "replace", "path": "userName", "value": "eve" }]);
    bridge.idp().operations(&id, rename).await.is_error(400, "mutability").says("userName");
    let clear = json!([{ "op": "remove", "path": "emails" }]);
    bridge.idp().operations(&id, clear).await.is_error(400, "mutability").says("emails");
    assert_eq!(bridge.vendor.with(|state| state.calls.len()), before);
    let unchanged = bridge.idp().get(&format!("/Users/{id}")).await.is(200);
    assert_eq!(unchanged.body["userName"], ada()["userName"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_schema_shows_the_fields_of_this_vendor() {
    let bridge = Bridge::start("roster", Wish::default());
    let schema = bridge.idp().get(&format!("/Schemas/{OWN}")).await.is(200).body;
    let grade = schema["attributes"].as_array().and_then(|all| all.iter().find(|one| one["name"] == "grade"));
    let grade = grade.unwrap_or_else(|| panic!("{schema}"));
    assert_eq!(grade["description"], "Grade of the person");
    assert_eq!(grade["canonicalValues"], json!(["junior", "senior"]));
}
