//! What goes wrong on the way: lost answers, a password that is not accepted for a while, limits, faults, and a bridge that dies.

use serde_json::json;

use super::server::Ledger;
use super::{ada, bridge_to};
use crate::support::{Told, Trouble, eventually};

#[tokio::test]
async fn a_create_whose_answer_was_lost_makes_one_account() {
    let vendor = Ledger::start();
    let bridge = bridge_to(&vendor);
    vendor.fault("POST /admin/users.json", Trouble::Lost);
    bridge.idp().post("/Users", ada(json!({}))).await.is(201);
    assert_eq!(vendor.changes(), ["POST /admin/users.json"]);
}

#[tokio::test]
async fn a_membership_whose_answer_was_lost_stays_one_membership() {
    let vendor = Ledger::start();
    vendor.with(|ledger| ledger.makes_group("Night"));
    let bridge = bridge_to(&vendor);
    let id = bridge.idp().post("/Users", ada(json!({}))).await.is(201).id();
    vendor.fault("PUT /admin/users/*", Trouble::Lost);
    bridge.idp().creates_group("Ledger Night", &[&id]).await.is(201);
    assert_eq!(vendor.with(|ledger| ledger.groups_of("ada")), ["Night"]);
}

#[tokio::test]
async fn what_passes_is_waited_out_and_what_stays_is_told() {
    let vendor = Ledger::start();
    let bridge = bridge_to(&vendor);
    vendor.fault("POST /admin/users.json", Trouble::Instead(Told::text(429, "slow").with("Retry-After", 0)));
    vendor.fault("POST /admin/users.json", Trouble::Instead(Told::text(503, "<html>later</html>")));
    let id = bridge.idp().post("/Users", ada(json!({}))).await.is(201).id();
    vendor.fault("PUT /admin/users/*", Trouble::Instead(Told::text(500, "<html>sorry</html>")));
    vendor.fault("PUT /admin/users/*", Trouble::Instead(Told::text(401, "HTTP Basic: Access denied.\n")));
    let operations = json!([{ "op": "replace", "path": "name.familyName", "value": "King" }]);
    bridge.idp().operations(&id, operations).await.is(200);
    assert_eq!(vendor.with(|ledger| ledger.user("ada")).expect("she is there")["last_name"], "King");
    assert_eq!(vendor.faults_left(), Vec::<String>::new());

    let phone =
        json!([{ "op": "add", "path": "phoneNumbers[type eq \"work\"].value", "value": "+44 20 7946 0123 4567" }]);
    vendor.asked();
    let answer = bridge.idp().operations(&id, phone).await.is_error(400, "invalidValue");
    assert!(
        answer.text.contains("longer than Ledger can hold") && answer.text.contains("phoneNumbers"),
        "{}",
        answer.text
    );
    assert_eq!(vendor.changes(), ["PUT /admin/users/2.json"], "a 5xx that is final is not repeated");
}

#[tokio::test]
async fn a_name_or_an_address_that_somebody_else_has_is_a_conflict() {
    let vendor = Ledger::start();
    let bridge = bridge_to(&vendor);
    let idp = bridge.idp();
    let eve = json!({ "userName": "eve", "emails": [{ "type": "work", "value": "eve@example.com" }] });
    let eve = idp.post("/Users", ada(eve)).await.is(201).id();
    idp.post("/Users", ada(json!({}))).await.is(201);
    let operations = json!([{ "op": "replace", "path": "emails[type eq \"work\"].value", "value": "Ada@example.com" }]);
    let answer = idp.operations(&eve, operations).await.is_error(409, "uniqueness");
    assert!(answer.text.contains("another user has this address"), "{}", answer.text);
    assert_eq!(vendor.with(|ledger| ledger.user("eve")).expect("she is there")["email"], "eve@example.com");
}

#[tokio::test]
async fn what_the_vendor_writes_in_its_own_way_is_no_difference() {
    let vendor = Ledger::start();
    let bridge = bridge_to(&vendor);
    let more = json!({ "emails": [{ "type": "work", "value": " Ada@Example.com " }] });
    let id = bridge.idp().post("/Users", ada(more.clone())).await.is(201).id();
    vendor.asked();
    bridge.idp().put(&format!("/Users/{id}"), ada(more)).await.is(200);
    assert_eq!(vendor.changes(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bridge_that_dies_while_it_makes_a_person_again_makes_her_once_and_with_her_groups() {
    let vendor = Ledger::start();
    vendor.with(|ledger| ledger.makes_group("Night"));
    let mut bridge = bridge_to(&vendor);
    let id = bridge.idp().post("/Users", ada(json!({}))).await.is(201).id();
    bridge.idp().creates_group("Ledger Night", &[&id]).await.is(201);
    for (active, pattern) in [(false, "DELETE /admin/users/*"), (true, "POST /admin/users.json")] {
        vendor.asked();
        vendor.fault(pattern, Trouble::Silent);
        let (idp, path) = (bridge.idp(), format!("/Users/{id}"));
        let change = tokio::spawn(async move {
            let body = json!({ "schemas": [crate::support::idp::PATCH], "Operations": [{ "op": "replace", "value": { "active": active } }] });
            idp.attempt("PATCH", &path, Some(&body)).await.is_none()
        });
        eventually("the request is sent", || async { vendor.was_asked(pattern).then_some(()) }).await;
        bridge.crash_and_restart();
        assert!(change.await.expect("no panic"), "the IdP got no answer");
        bridge.settles().await;
        let there = vendor.with(|ledger| ledger.users.len());
        assert_eq!(there, if active { 2 } else { 1 }, "the bridge's own, and hers while she is active");
    }
    assert_eq!(vendor.with(|ledger| ledger.groups_of("ada")), ["Night"]);
}
