//! Accounts that are sent whole, and changes that say which state they were made from.

use scim_bridge::simulator::VendorKind;
use serde_json::{Value, json};

use super::{Scene, person};

const OWN: &str = "urn:test:whole:2.0:User";

async fn scene(connection: Value) -> Scene {
    let secrets = json!({
        "client_id": scim_bridge::simulator::liveperson::CLIENT_ID,
        "client_secret": scim_bridge::simulator::liveperson::CLIENT_SECRET,
    });
    Scene::start(VendorKind::Liveperson, "revisions", secrets, connection).await
}

impl Scene {
    /// The vendor's user with this login.
    #[track_caller]
    fn user(&self, login: &str) -> Value {
        let state = self.state();
        let users = state["users"].as_array().expect("users");
        users.iter().find(|user| user["loginName"] == login).cloned().unwrap_or_else(|| panic!("no {login}"))
    }

    fn edit(&self, login: &str, set: &Value) {
        let edit = json!({ "type": "users", "id": self.user(login)["id"], "set": set });
        self.vendor.control().act("edit", &edit).expect("an edit");
    }
}

fn nick(value: &str) -> Value {
    json!([{ "op": "replace", "path": "nickName", "value": value }])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_keeps_what_the_bridge_does_not_manage() {
    let scene = scene(json!({})).await;
    let id = scene.idp().post("/Users", person("li", &json!({}))).await.is(201).id();
    scene.edit("li", &json!({ "description": "by hand", "skillIds": [2_359_236_812_i64], "nickname": "by hand" }));
    scene.idp().operations(&id, json!([{ "op": "replace", "path": "displayName", "value": "Li Wei" }])).await.is(200);
    let user = scene.user("li");
    assert_eq!((&user["fullName"], &user["description"]), (&json!("Li Wei"), &json!("by hand")));
    assert_eq!(user["skillIds"], json!([2_359_236_812_i64]));
    assert_eq!(user["nickname"], "by hand", "a managed field that does not change is not put in");
    assert_eq!(scene.counted("updateUser", 200), (1, 1));
    scene.idp().operations(&id, json!([{ "op": "replace", "path": "active", "value": false }])).await.is(200);
    assert_eq!(scene.user("li")["isEnabled"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_the_vendor_shows_empty_is_never_erased() {
    let scene = scene(json!({})).await;
    let own = json!({ OWN: { "employeeId": "E-7" } });
    let id = scene.idp().post("/Users", person("li", &own)).await.is(201).id();
    scene.vendor.control().set_knobs(&json!({ "blank_pii": true })).expect("a knob");
    for value in ["one", "two"] {
        scene.idp().operations(&id, nick(value)).await.is(200);
        let user = scene.user("li");
        assert_eq!(
            (&user["nickname"], &user["fullName"], &user["employeeId"]),
            (&json!(value), &json!("li full"), &json!("E-7"))
        );
    }
    let kept = scene.idp().get(&format!("/Users/{id}")).await.is(200);
    assert_eq!(kept.body["displayName"], "li full");
    let clear = json!([{ "op": "remove", "path": format!("{OWN}:employeeId") }]);
    scene.idp().operations(&id, clear).await.is(200);
    assert!(scene.user("li")["employeeId"].as_str().unwrap_or_default().is_empty(), "what the IdP takes away goes");
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_of_many_people_at_once_do_not_make_each_other_stale() {
    let scene = scene(json!({})).await;
    let idp = scene.idp();
    let names: Vec<String> = (0..8).map(|n| format!("p{n}")).collect();
    let created = names.iter().map(|name| async { idp.post("/Users", person(name, &json!({}))).await.is(201).id() });
    let ids = futures_util::future::join_all(created).await;
    let changed = ids.iter().map(|id| async { idp.operations(id, nick("n")).await.is(200) });
    futures_util::future::join_all(changed).await;
    assert_eq!(scene.counted("updateUser", 409), (8, 0));
    assert!(names.iter().all(|name| scene.user(name)["nickname"] == "n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_somebody_else_overtakes_is_made_again_from_what_is_there_then() {
    for status in [409, 412] {
        let scene = scene(json!({})).await;
        let id = scene.idp().post("/Users", person("li", &json!({}))).await.is(201).id();
        let stale = json!({ "match": { "operation": "updateUser", "times": 2 }, "do": { "status": status, "body": "revision mismatch" } });
        scene.vendor.control().add_faults(&stale).expect("a fault");
        scene.idp().operations(&id, nick("n")).await.is(200);
        assert_eq!(scene.counted("updateUser", status), (3, 2));
        assert_eq!(scene.counted("getUser", 200), (3, 3), "each round begins with a fresh look");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_is_always_overtaken_is_put_aside_after_three_rounds() {
    let scene = scene(json!({ "answer_within": 1 })).await;
    let id = scene.idp().post("/Users", person("li", &json!({}))).await.is(201).id();
    let stale = json!({ "match": { "operation": "updateUser", "times": "always" }, "do": { "status": 409, "body": "revision mismatch" } });
    scene.vendor.control().add_faults(&stale).expect("a fault");
    let late = scene.idp().operations(&id, nick("n")).await.is(503);
    assert!(late.header("retry-after").is_some());
    assert_eq!(scene.counted("updateUser", 409), (3, 3), "it is taken up again a second later");
    scene.vendor.control().clear_faults();
    crate::support::eventually("the change", async || (scene.user("li")["nickname"] == "n").then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delete_says_which_state_it_was_made_from_and_who_is_gone_is_gone() {
    let scene = scene(json!({})).await;
    let idp = scene.idp();
    let id = idp.post("/Users", person("li", &json!({}))).await.is(201).id();
    scene.edit("li", &json!({ "description": "newer" }));
    idp.delete(&format!("/Users/{id}")).await.is(204);
    assert_eq!(scene.user("li")["deleted"], true);

    let id = idp.post("/Users", person("bo", &json!({}))).await.is(201).id();
    scene.edit("bo", &json!({ "deleted": true }));
    idp.delete(&format!("/Users/{id}")).await.is(204);
    assert_eq!(scene.counted("deleteUser", 200), (1, 1), "nothing is deleted twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn explain_says_that_the_account_is_read_first() {
    let scene = scene(json!({})).await;
    let (stored, request) = (person("li", &json!({})), person("li", &json!({ "nickName": "n" })));
    std::fs::write(scene.folder.path().join("stored.json"), stored.to_string()).expect("written");
    std::fs::write(scene.folder.path().join("request.json"), request.to_string()).expect("written");
    let run = scene.run(&[
        "explain",
        "--config",
        "bridge.yaml",
        "--connection",
        "it",
        "--method",
        "PUT",
        "--stored",
        "stored.json",
        "request.json",
    ]);
    let printed = String::from_utf8_lossy(&run.stdout);
    assert!(printed.contains("put into the account as it is read right before"), "{printed}");
}
