//! A vendor whose list shows no more than names, whose answers are `OK`, and whose key is the login.

use scim_bridge::simulator::VendorKind;
use scim_bridge::simulator::brightpattern::{API_SECRET, SERVICE_LOGIN};
use serde_json::{Value, json};

use super::{Scene, person};

async fn scene(connection: Value) -> Scene {
    let secrets = json!({ "login": SERVICE_LOGIN, "secret": API_SECRET });
    Scene::start(VendorKind::BrightPattern, "directory", secrets, connection).await
}

fn named(login: &str, more: &Value) -> Value {
    let mut person = person(login, &json!({ "name": { "givenName": "Mara", "familyName": "Voss" } }));
    person.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
    person
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_names_is_read_one_by_one() {
    let scene = scene(json!({})).await;
    let there = scene.state()["users"].as_array().expect("users").len();
    let gone = json!({ "match": { "path": "/configapi/v2/user/maria.lind" }, "do": { "status": 404, "body": "user not found" } });
    scene.vendor.control().add_faults(&gone).expect("a fault");
    let run = scene.run(&["import", "--config", "bridge.yaml", "--connection", "it"]);
    let printed = format!("{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert!(run.status.success(), "{printed}");
    let (listed, read) = (scene.counted("exportUserPhoneNumbers", 200), scene.counted("getUser", 200));
    assert_eq!((listed, read), ((1, 1), (there, there - 1)), "{printed}");
    let people = scene.idp().get("/Users?count=200").await.is(200);
    // One could not be read, one is the bridge's own.
    assert_eq!(people.body["totalResults"], there - 2, "{printed}");
    assert!(
        people.resources().iter().all(|person| person["name"]["familyName"].is_string()),
        "what the list does not show"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_may_be_a_read_by_the_login() {
    let scene = scene(json!({})).await;
    let id = scene.idp().post("/Users", named("mara.voss", &json!({}))).await.is(201).id();
    let scene_user = |scene: &Scene| {
        let state = scene.state();
        state["users"].as_array().expect("users").iter().find(|user| user["loginId"] == "mara.voss").cloned()
    };
    assert_eq!(scene_user(&scene).expect("created")["disabled"], false);
    assert_eq!(scene.counted("exportUserPhoneNumbers", 200).0, 0, "nobody lists everybody for one person");
    scene.idp().entra_sets_active(&id, false).await.is(200);
    assert_eq!(scene_user(&scene).expect("still there")["disabled"], true);

    // The answer to a create is lost: who has it is seen by a read, and nobody is made twice.
    let cut = json!({ "match": { "operation": "createUser" }, "do": { "cut": "before" } });
    scene.vendor.control().add_faults(&cut).expect("a fault");
    scene.idp().post("/Users", named("bo.lind", &json!({}))).await.is(201);
    assert_eq!(scene.counted("createUser", 200).1, 2);
    assert_eq!(scene.counted("exportUserPhoneNumbers", 200).0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_answer_with_two_meanings_is_resolved_by_asking() {
    let scene = scene(json!({})).await;
    let idp = scene.idp();
    let id = idp.post("/Users", named("mara.voss", &json!({}))).await.is(201).id();
    let team = |name: &str| json!([{ "op": "replace", "path": "urn:test:directory:2.0:User:team", "value": name }]);
    // The account is there, so it is the team that is not.
    let refused = idp.operations(&id, team("Nobody")).await.is_error(400, "invalidValue");
    refused.says("the team or a skill does not exist");
    assert_eq!(scene.counted("createUser", 200).0, 1);

    // The account is not there: it is looked for, and what is found is changed.
    let gone = json!({
        "match": { "path": "/configapi/v2/user/mara.voss", "times": 2 }, "do": { "status": 404, "body": "user not found" }
    });
    scene.vendor.control().add_faults(&gone).expect("a fault");
    idp.operations(&id, team("Sales")).await.is(200);
    let updates: Vec<_> = scene.vendor.calls().into_iter().filter(|call| call.operation == "updateUser").collect();
    assert_eq!(updates.iter().filter_map(|call| call.status).collect::<Vec<_>>(), [404, 404, 200]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_that_is_not_answered_puts_the_work_aside() {
    let scene = scene(json!({ "answer_within": 1 })).await;
    let id = scene.idp().post("/Users", named("mara.voss", &json!({}))).await.is(201).id();
    let team = json!([{ "op": "replace", "path": "urn:test:directory:2.0:User:team", "value": "Nobody" }]);
    let down = json!({ "match": { "operation": "getUser", "times": "always" }, "do": { "status": 503 } });
    scene.vendor.control().add_faults(&down).expect("a fault");
    scene.idp().operations(&id, team).await.is(503);
    assert_eq!(scene.counted("createUser", 200).0, 1, "nobody is made twice");
}
