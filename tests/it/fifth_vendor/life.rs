//! The life of a person, request by request.

use serde_json::{Value, json};

use super::server::Ledger;
use super::{ada, bridge_to};

#[tokio::test]
async fn a_person_is_created_and_read_back_because_the_answer_shows_no_more_than_the_id() {
    let vendor = Ledger::start();
    let bridge = bridge_to(&vendor);
    let more =
        json!({ "locale": "fr-FR", "name": { "givenName": "Augusta Ada Josephine Maria", "familyName": "Byron" } });
    bridge.idp().post("/Users", ada(more)).await.is(201);
    let ada = vendor.with(|ledger| ledger.user("ada")).expect("she is there");
    assert_eq!((&ada["first_name"], &ada["language"]), (&json!("Augusta Ada Josephin"), &json!("fr")));
    let calls: Vec<String> = vendor.asked().iter().map(crate::support::Asked::call).collect();
    assert_eq!(calls, ["POST /admin/users.json", "GET /admin/users/2.json"]);
}

#[tokio::test]
async fn a_change_sends_everything_back_and_what_the_bridge_does_not_manage_stays() {
    let vendor = Ledger::start();
    let night = vendor.with(|ledger| ledger.makes_group("Night"));
    let bridge = bridge_to(&vendor);
    let more = json!({ "phoneNumbers": [{ "type": "work", "value": "+44 20" }] });
    let id = bridge.idp().post("/Users", ada(more)).await.is(201).id();
    bridge.idp().creates_group("Ledger Night", &[&id]).await.is(201);
    vendor.with(|ledger| {
        ledger.users.get_mut(&3).expect("she is there").texts.insert("notes".into(), json!("likes tea"))
    });
    vendor.asked();
    let operations = json!([{ "op": "replace", "path": "name.familyName", "value": "King" }]);
    bridge.idp().operations(&id, operations).await.is(200);
    let sent = vendor.asked();
    let put = sent.iter().find(|asked| asked.method == "PUT").expect("a change");
    let expected = json!({ "user": {
        "user_name": "ada", "email": "ada@example.com", "first_name": "Ada", "last_name": "King", "phone": "+44 20", "language": "en",
        "notes": "likes tea", "group_ids": [night],
    } });
    assert_eq!(put.body, expected);
    let operations = json!([{ "op": "remove", "path": "phoneNumbers" }]);
    bridge.idp().operations(&id, operations).await.is(200);
    let ada = vendor.with(|ledger| ledger.user("ada")).expect("she is there");
    assert_eq!(
        (&ada["phone"], &ada["notes"], &ada["groups"][0]["id"]),
        (&json!(""), &json!("likes tea"), &json!(night))
    );
}

#[tokio::test]
async fn deactivation_deletes_and_reactivation_makes_the_person_again_with_everything() {
    let vendor = Ledger::start();
    let night = vendor.with(|ledger| ledger.makes_group("Night"));
    let bridge = bridge_to(&vendor);
    let idp = bridge.idp();
    let id = idp.post("/Users", ada(json!({}))).await.is(201).id();
    let group = idp.creates_group("Ledger Night", &[&id]).await.is(201).id();
    assert_eq!(vendor.with(|ledger| ledger.groups_of("ada")), ["Night"]);

    idp.entra_sets_active(&id, false).await.is(200);
    assert!(vendor.with(|ledger| ledger.user("ada")).is_none(), "there is no other way to lock her out");
    let meanwhile = idp.get(&format!("/Users/{id}")).await.is(200);
    assert_eq!(
        (&meanwhile.body["active"], &meanwhile.body["groups"][0]["display"]),
        (&json!(false), &json!("Ledger Night"))
    );
    assert_eq!(idp.group(&group).await.members(), [id.as_str()]);
    let operations = json!([{ "op": "replace", "path": "name.familyName", "value": "King" }]);
    idp.operations(&id, operations).await.is(200);
    assert!(vendor.with(|ledger| ledger.user("ada")).is_none(), "a change makes nobody active");

    idp.okta_sets_active(&id, true).await.is(200);
    let ada = vendor.with(|ledger| ledger.user("ada")).expect("she is back");
    assert_eq!((&ada["last_name"], &ada["groups"][0]["id"]), (&json!("King"), &json!(night)));
    assert_ne!(ada["id"], json!(3), "another account");
    assert_eq!(idp.find("userName eq \"ada\"").await.is(200).resources()[0]["id"], json!(id), "and the same resource");
    idp.delete(&format!("/Users/{id}")).await.is(204);
    assert!(vendor.with(|ledger| ledger.user("ada")).is_none());
}

#[tokio::test]
async fn whoever_joins_or_leaves_a_group_while_deleted_comes_back_with_the_groups_of_then() {
    let vendor = Ledger::start();
    vendor.with(|ledger| ["Night", "Day"].map(|title| ledger.makes_group(title)));
    let bridge = bridge_to(&vendor);
    let idp = bridge.idp();
    let id = idp.post("/Users", ada(json!({}))).await.is(201).id();
    let night = idp.creates_group("Ledger Night", &[&id]).await.is(201).id();
    let day = idp.creates_group("Ledger Day", &[]).await.is(201).id();
    idp.okta_sets_active(&id, false).await.is(200);
    idp.entra_removes(&night, &id).await.is(200);
    idp.entra_adds(&day, &id).await.is(200);
    assert!(vendor.with(|ledger| ledger.user("ada")).is_none());
    idp.okta_sets_active(&id, true).await.is(200);
    assert_eq!(vendor.with(|ledger| ledger.groups_of("ada")), ["Day"]);
}

#[tokio::test]
async fn somebody_on_the_last_page_is_found_and_taken_over() {
    let vendor = Ledger::start();
    vendor.with(|ledger| {
        for number in 0..70 {
            ledger.makes(&format!("p{number}"), &format!("p{number}@example.com"));
        }
        ledger.makes("ADA", "ada@example.com");
    });
    let bridge = bridge_to(&vendor);
    let id = bridge.idp().post("/Users", ada(json!({}))).await.is(201).id();
    assert_eq!(vendor.with(|ledger| ledger.users.len()), 72, "nobody is made beside whom the vendor has");
    let ada = vendor.with(|ledger| ledger.user("ADA")).expect("her name stays, letter case does not matter");
    assert_eq!((&ada["last_name"], &ada["notes"]), (&json!("Byron"), &json!("made by hand")));
    bridge.idp().delete(&format!("/Users/{id}")).await.is(204);
    assert_eq!(vendor.with(|ledger| ledger.users.len()), 71);
}

#[tokio::test]
async fn everybody_is_imported_but_the_bridge_itself_is_never_changed() {
    let vendor = Ledger::start();
    vendor.with(|ledger| {
        for number in 0..60 {
            ledger.makes(&format!("p{number}"), &format!("p{number}@example.com"));
        }
    });
    let bridge = bridge_to(&vendor);
    let output = bridge.run(&["import", "--config", "bridge.yaml", "--connection", "it"]).await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let page = bridge.idp().get("/Users?count=100").await.is(200);
    let others: Vec<&Value> = page.resources().iter().filter(|user| user["userName"] != super::USER).collect();
    assert_eq!(others.len(), 60);
    let own = ada(json!({ "userName": super::USER, "emails": [{ "type": "work", "value": "scim@ledger.example" }] }));
    assert!(bridge.idp().post("/Users", own).await.status >= 400);
    assert_eq!(vendor.changes().iter().filter(|call| call.contains("/users/1.json")).count(), 0);
    assert_eq!(vendor.with(|ledger| ledger.users.len()), 61);
}
