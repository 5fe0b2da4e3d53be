//! Members at the desk: tokens, numbered pages, whole records, keys that follow the login, and no disabled state.

use serde_json::json;

use super::server::Scripted;
use super::{Bridge, Wish};
use crate::support::idp::{GROUP, PATCH, USER};

fn member(login: &str) -> serde_json::Value {
    json!({ "schemas": [USER], "userName": login, "active": true, "name": { "givenName": "Mara", "familyName": "Voss" } })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_with_tokens_and_whole_records_goes_through_a_whole_life() {
    let bridge = Bridge::start("desk", Wish::default());
    let (idp, vendor) = (bridge.idp(), &bridge.vendor);
    for name in ["a", "b", "x", "y", "z"] {
        vendor.with(|state| {
            state.members.insert(name.into(), json!({ "slug": name, "login": name }).as_object().unwrap().clone());
        });
    }
    // The vendor says `OK` and no more: the key is found on the third page of its list.
    let id = idp.post("/Users", member("mara@example.com")).await.is(201).id();
    let members = |name: &str| vendor.with(|state| state.members.get(name).cloned());
    assert_eq!(members("mara@example.com").expect("created")["team"], "front");
    let pages: Vec<_> =
        vendor.calls("GET", "members").iter().map(|call| call.query("page").map(str::to_owned)).collect();
    assert_eq!(pages, ["1", "2", "3"].map(|page| Some(page.to_owned())));

    // The key is the login; a rename gives another one, and the next change follows it.
    let rename = json!([{ "op": "replace", "path": "userName", "value": "mara.lind@example.com" }]);
    idp.operations(&id, rename).await.is(200);
    assert_eq!(members("mara@example.com"), None);
    idp.operations(&id, json!([{ "op": "remove", "path": "name.givenName" }])).await.is(200);
    let put = vendor.calls("PUT", "mara.lind@example.com").remove(0);
    assert_eq!(
        put.json(),
        json!({ "login": "mara.lind@example.com", "given": null, "family": "Voss", "team": "front" })
    );
    assert_eq!(members("mara.lind@example.com").expect("renamed").get("given"), None);

    idp.entra_sets_active(&id, false).await.is(200);
    assert_eq!(members("mara.lind@example.com"), None);
    idp.entra_sets_active(&id, true).await.is(200);
    assert_eq!(members("mara.lind@example.com").expect("made again")["family"], "Voss");
    idp.delete(&format!("/Users/{id}")).await.is(204);
    assert_eq!(members("mara.lind@example.com"), None);
    vendor.with(|state| assert_eq!(state.sign_ins, 1, "one token serves all calls"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_the_answer_does_not_show_is_the_field_that_was_sent() {
    // The answer to the change is not read, so that nothing but the login says which key the account has.
    let bridge = Bridge::start(
        "desk",
        Wish { instead: Some(("record: all, user: member }", "record: all }")), ..Wish::default() },
    );
    let (idp, vendor) = (bridge.idp(), &bridge.vendor);
    let id = idp.post("/Users", member("mara")).await.is(201).id();
    let both = json!([
        { "op": "replace", "path": "userName", "value": "mara.lind" }, { "op": "replace", "path": "name.familyName", "value": "Lind" },
    ]);
    idp.operations(&id, both).await.is(200);
    idp.operations(&id, json!([{ "op": "replace", "path": "name.givenName", "value": "M" }])).await.is(200);
    assert_eq!(vendor.calls("PUT", "mara.lind").len(), 1, "the second change goes to the new key");
    vendor.with(|state| assert_eq!(state.members.keys().collect::<Vec<_>>(), ["mara.lind"]));

    // The rename is carried out, and its answer is a failure: nobody is made twice.
    vendor.with(|state| {
        let mut mara = state.members.remove("mara.lind").expect("there");
        mara.insert("slug".into(), "mara.voss".into());
        mara.insert("login".into(), "mara.voss".into());
        state.members.insert("mara.voss".into(), mara);
        state.scripted.push_back(Scripted { method: "PUT", path: "desk", status: 500, headers: &[], body: "" });
    });
    let posts = vendor.calls("POST", "members").len();
    idp.operations(&id, json!([{ "op": "replace", "path": "userName", "value": "mara.voss" }])).await.is(200);
    assert_eq!(vendor.calls("POST", "members").len(), posts);
    vendor.with(|state| assert_eq!(state.members.keys().collect::<Vec<_>>(), ["mara.voss"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_taken_away_is_replaced_once_without_anybody_noticing() {
    let bridge = Bridge::start("desk", Wish::default());
    let id = bridge.idp().post("/Users", member("mara")).await.is(201).id();
    bridge.vendor.with(|state| state.tokens.clear());
    bridge
        .idp()
        .operations(&id, json!([{ "op": "replace", "path": "name.familyName", "value": "Lind" }]))
        .await
        .is(200);
    bridge.vendor.with(|state| assert_eq!(state.sign_ins, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_may_set_a_field_instead() {
    let bridge = Bridge::start("desk", Wish { settings: json!({ "leaving": "bench" }), ..Wish::default() });
    let id = bridge.idp().post("/Users", member("mara")).await.is(201).id();
    let log = bridge.program.log().join("\n");
    assert!(log.contains("who is deactivated loses: the place in the team"), "{log}");
    let team = || bridge.vendor.with(|state| state.members["mara"]["team"].clone());
    bridge.idp().okta_sets_active(&id, false).await.is(200);
    assert_eq!(team(), "bench");
    bridge.idp().okta_sets_active(&id, true).await.is(200);
    assert_eq!(team(), "front");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_existing_account_is_taken_over_after_the_conflict() {
    let bridge = Bridge::start("desk", Wish::default());
    let mara = json!({ "slug": "mara", "login": "mara", "family": "Old" });
    bridge.vendor.with(|state| {
        state.members.insert("mara".into(), mara.as_object().unwrap().clone());
    });
    bridge.idp().post("/Users", member("Mara")).await.is(201);
    bridge.vendor.with(|state| assert_eq!(state.members["mara"]["family"], "Voss"));

    let bridge = Bridge::start("desk", Wish { connection: json!({ "adopt": false }), ..Wish::default() });
    bridge.vendor.with(|state| {
        state.members.insert("mara".into(), mara.as_object().unwrap().clone());
    });
    bridge.idp().post("/Users", member("Mara")).await.is_error(409, "uniqueness").says("belongs to another account");
    bridge.vendor.with(|state| assert_eq!(state.members["mara"]["family"], "Old"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_the_vendor_does_not_give_up_is_told() {
    let bridge = Bridge::start("desk", Wish::default());
    let id = bridge.idp().post("/Users", member("mara")).await.is(201).id();
    bridge.vendor.with(|state| state.keeps_family = true);
    let clear = json!([{ "op": "remove", "path": "name.familyName" }]);
    bridge.idp().operations(&id, clear).await.is_error(400, "invalidValue").says("does not clear family");
    let kept = bridge.idp().get(&format!("/Users/{id}")).await.is(200);
    assert_eq!(kept.body["name"]["familyName"], "Voss", "the resource tells the truth");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_the_vendor_refuses_is_an_answer_and_no_flood() {
    let secrets = json!({ "client_id": "roster", "client_secret": "wrong-secret" });
    let connection = json!({ "answer_within": 1 });
    let bridge = Bridge::start("desk", Wish { secrets: Some(secrets), connection, ..Wish::default() });
    let refused = bridge.idp().post("/Users", member("mara")).await.is_error(503, "");
    assert!(!refused.text.contains("wrong-secret"), "{}", refused.text);
    assert_eq!(bridge.vendor.calls("POST", "token").len(), 1, "the bridge does not lock its own client");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_can_be_a_skill_at_a_level() {
    let groups = json!([
        { "when": "Skill * at *", "target": "skill", "name": "{1}", "level": "{2}" },
        { "when": "Skill *", "target": "skill", "name": "{1}" },
    ]);
    let bridge = Bridge::start("desk", Wish { connection: json!({ "groups": groups }), ..Wish::default() });
    let idp = bridge.idp();
    let mara = idp.post("/Users", member("mara")).await.is(201).id();
    let skills = || bridge.vendor.with(|state| state.members["mara"].get("skills").cloned().unwrap_or_default());
    let group = async |name: &str| {
        let body = json!({ "schemas": [GROUP], "displayName": name, "members": [{ "value": mara }] });
        idp.post("/Groups", body).await
    };
    let chat = group("Skill Chat at 80").await.is(201).id();
    let mail = group("Skill Mail").await.is(201).id();
    assert_eq!(skills(), json!({ "chat": 80, "mail": 50 }));
    let rename = json!({ "schemas": [PATCH], "Operations": [{ "op": "replace", "value": { "displayName": "Skill Chat at 20" } }] });
    idp.patch(&format!("/Groups/{chat}"), rename).await.is(200);
    assert_eq!(skills(), json!({ "chat": 20, "mail": 50 }), "another name, another level");
    idp.delete(&format!("/Groups/{mail}")).await.is(204);
    assert_eq!(skills(), json!({ "chat": 20 }));
    let leave = json!({ "schemas": [PATCH], "Operations": [{ "op": "remove", "path": "members" }] });
    idp.patch(&format!("/Groups/{chat}"), leave).await.is(200);
    assert_eq!(skills(), json!({}));
    group("Skill Chat at 101").await.is_error(400, "invalidValue").says("100");
    group("Skill Singing").await.is_error(400, "invalidValue").says("Singing");
}
