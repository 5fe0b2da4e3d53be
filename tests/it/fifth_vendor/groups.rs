//! Groups of a vendor that cannot rename them, and whose members stand in the user.

use serde_json::json;

use super::server::Ledger;
use super::{ada, bridge_to};

#[tokio::test]
async fn a_group_is_made_filled_in_one_request_per_person_emptied_and_deleted() {
    let vendor = Ledger::start();
    let bridge = bridge_to(&vendor);
    let idp = bridge.idp();
    let id = idp.post("/Users", ada(json!({}))).await.is(201).id();
    vendor.asked();
    let group = idp.creates_group("Ledger Night", &[]).await.is(201).id();
    idp.entra_adds(&group, &id).await.is(200);
    assert_eq!(vendor.with(|ledger| ledger.groups_of("ada")), ["Night"]);
    idp.entra_removes(&group, &id).await.is(200);
    assert_eq!(vendor.with(|ledger| ledger.groups_of("ada")).len(), 0);
    idp.delete(&format!("/Groups/{group}")).await.is(204);
    assert!(vendor.with(|ledger| ledger.groups.is_empty()));
    let (put, groups) = ("PUT /admin/users/2.json", "/admin/groups");
    assert_eq!(
        vendor.changes(),
        [format!("POST {groups}.json"), put.into(), put.into(), format!("DELETE {groups}/3.json")]
    );
}

#[tokio::test]
async fn a_group_that_cannot_be_renamed_is_refused_its_new_name_and_keeps_the_old() {
    let vendor = Ledger::start();
    let bridge = bridge_to(&vendor);
    let idp = bridge.idp();
    let id = idp.post("/Users", ada(json!({}))).await.is(201).id();
    let group = idp.creates_group("Ledger Night", &[&id]).await.is(201).id();
    let name = json!([{ "op": "Replace", "path": "displayName", "value": "Ledger Dawn" }]);
    let answer = idp.group_operations(&group, name).await.is_error(400, "mutability");
    assert!(answer.text.contains("Ledger"), "{}", answer.text);
    assert_eq!(idp.group(&group).await.body["displayName"], "Ledger Night");
    assert_eq!(vendor.with(|ledger| ledger.groups_of("ada")), ["Night"]);
}

#[tokio::test]
async fn a_group_that_somebody_deletes_by_hand_takes_no_other_change_along() {
    let vendor = Ledger::start();
    let bridge = bridge_to(&vendor);
    let idp = bridge.idp();
    let id = idp.post("/Users", ada(json!({}))).await.is(201).id();
    for name in ["Ledger Night", "Ledger Day"] {
        idp.creates_group(name, &[&id]).await.is(201);
    }
    let night = vendor.with(|ledger| {
        let (night, _) = ledger.groups.pop_first().expect("two groups");
        ledger.users.values_mut().for_each(|user| {
            user.groups.remove(&night);
        });
        night
    });
    let operations = json!([{ "op": "replace", "path": "name.familyName", "value": "King" }]);
    idp.operations(&id, operations).await.is(200);
    let ada = vendor.with(|ledger| ledger.user("ada")).expect("she is there");
    assert_eq!((&ada["last_name"], &ada["groups"][0]["title"]), (&json!("King"), &json!("Day")));
    assert!(!vendor.with(|ledger| ledger.groups.contains_key(&night)), "nobody has asked for it to come back");
}
