//! The answer tells the truth: success means that the vendor confirmed, and every failure says what holds now.

use serde_json::json;

use crate::support::{bridge, eventually, idp};

const ALICE: &str = "alice@example.com";
const BOB: &str = "bob@example.com";

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_change_restores_what_was() {
    let world = bridge().start().await;
    let idp = world.idp();
    let mut bob = idp::okta_user(BOB);
    bob[idp::VENDOR] = json!({ "samlId": "taken" });
    idp.post("/Users", bob).await.is(201);
    let alice = idp.okta_creates(ALICE).await;

    let operations = json!([
        { "op": "replace", "path": "name.familyName", "value": "Changed" },
        { "op": "add", "path": format!("{}:samlId", idp::VENDOR), "value": "taken" },
    ]);
    let refused = idp.operations(&alice.id(), operations).await.is_error(409, "uniqueness");
    refused.says(ALICE).says("SAML");
    let now = idp.get(&format!("/Users/{}", alice.id())).await.is(200);
    assert_eq!(now.body["name"]["familyName"], "Voss");
    assert_eq!(now.body.get(idp::VENDOR), None);
    assert_eq!(world.vendor().has(ALICE).await["lastName"], "Voss");
    // And the next change works.
    idp.operations(&alice.id(), json!([{ "op": "replace", "path": "name.familyName", "value": "Changed" }]))
        .await
        .is(200);
    assert_eq!(world.vendor().has(ALICE).await["lastName"], "Changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_create_leaves_nothing() {
    let world = bridge().start().await;
    let mut alice = idp::okta_user(ALICE);
    alice[idp::VENDOR] = json!({ "projectIds": [999_999] });
    world.idp().post("/Users", alice).await.is_error(400, "invalidValue").says(ALICE);
    assert_eq!(world.idp().get("/Users").await.body["totalResults"], 0);
    assert_eq!(world.vendor().account(ALICE).await, None);
    world.idp().okta_creates(ALICE).await;
}

/// Expert, developer and bot are other kinds of accounts, which the bridge never finds again.
#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_makes_another_kind_of_account_leaves_nothing() {
    let world = bridge().start().await;
    for role in ["5", "6", "7"] {
        let mut alice = idp::okta_user(ALICE);
        alice["roles"] = json!([{ "value": role }]);
        world.idp().post("/Users", alice).await.is_error(400, "invalidValue").says(ALICE).says("such as a role");
        world.vendor().loses(ALICE).await;
    }
    let alice = world.idp().okta_creates(ALICE).await;
    let operations = json!([{ "op": "add", "path": "roles", "value": [{ "value": "6" }] }]);
    world.idp().operations(&alice.id(), operations).await.is_error(400, "invalidValue");
    eventually("the role of before", async || (world.vendor().has(ALICE).await["roleId"] == 2).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_cannot_be_mapped_is_refused_before_any_call() {
    let world = bridge().start().await;
    world.vendor().forget_calls().await;
    let nameless = json!({ "schemas": [idp::USER], "userName": "no-address", "active": true });
    world.idp().post("/Users", nameless).await.is_error(400, "invalidValue").says("emails");
    assert!(world.vendor().calls("").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delete_during_a_conversation_waits_and_is_repeated() {
    let world = bridge().connection("answer_within", 1).start().await;
    let id = world.idp().okta_creates(ALICE).await.id();
    let account = world.vendor().has(ALICE).await;
    world.vendor().act("/_sim/busy", json!({ "userId": account["id"], "busy": true })).await;
    let late = world.idp().delete(&format!("/Users/{id}")).await.is_error(503, "");
    assert!(
        late.header("retry-after").is_some_and(|seconds| seconds.parse::<u64>().is_ok_and(|seconds| seconds >= 1)),
        "{late:?}"
    );
    late.says("conversation");
    world.vendor().act("/_sim/busy", json!({ "userId": account["id"], "busy": false })).await;
    world.vendor().loses(ALICE).await;
    eventually("the resource goes too", || async {
        (world.idp().get(&format!("/Users/{id}")).await.status == 404).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_create_is_joined_by_its_repeat_and_not_shown_before() {
    let world = bridge().connection("answer_within", 1).start().await;
    let idp = world.idp();
    idp.get("/Users").await.is(200);
    world
        .vendor()
        .fault(json!({ "match": { "operation": "userCreate", "times": 1 }, "do": { "delay_ms": 2500 } }))
        .await;
    idp.post("/Users", idp::okta_user(ALICE)).await.is_error(503, "");
    assert_eq!(idp.find(&format!("userName eq \"{ALICE}\"")).await.body["totalResults"], 0);
    let joined = eventually("the repeat joins the work", || async {
        let answer = idp.post("/Users", idp::okta_user(ALICE)).await;
        (answer.status == 201).then_some(answer)
    })
    .await;
    assert_eq!(world.vendor().accounts(ALICE).await.len(), 1);
    idp.post("/Users", idp::okta_user(ALICE)).await.is_error(409, "uniqueness");
    idp.get(&format!("/Users/{}", joined.id())).await.is(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_vendors_limit_becomes_429_with_whole_seconds() {
    let world = bridge().connection("answer_within", 1).start().await;
    let id = world.idp().okta_creates(ALICE).await.id();
    world.vendor().fault(json!({ "match": { "operation": "userUpdate", "times": "always" }, "do": { "status": 429, "headers": { "Retry-After": "7" } } })).await;
    let limited = world
        .idp()
        .operations(&id, json!([{ "op": "replace", "path": "name.givenName", "value": "X" }]))
        .await
        .is_error(429, "");
    assert_eq!(limited.header("retry-after"), Some("7"));
    world.vendor().heal().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_creates_of_one_name_at_once_give_one_201_and_one_409() {
    let world = bridge().start().await;
    let idp = world.idp();
    let creates = (0..8).map(|_| idp.post("/Users", idp::okta_user(ALICE)));
    let answers = futures_util::future::join_all(creates).await;
    let mut statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409, 409, 409, 409, 409]);
    assert_eq!(world.vendor().accounts(ALICE).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_changes_while_the_vendor_is_slow_cost_few_calls_and_lose_nothing() {
    let world = bridge().start().await;
    let idp = world.idp();
    let id = idp.okta_creates(ALICE).await.id();
    world.vendor().forget_calls().await;
    world
        .vendor()
        .fault(json!({ "match": { "operation": "userUpdate", "times": 1 }, "do": { "delay_ms": 800 } }))
        .await;
    let attributes = [
        "name.givenName",
        "name.familyName",
        "nickName",
        "title",
        "userType",
        "displayName",
        "profileUrl",
        "name.middleName",
        "timezone",
        "name.honorificPrefix",
    ];
    let changes = attributes.iter().map(|path| {
        let value = if *path == "profileUrl" { "https://example.com/x" } else { "Changed" };
        idp.operations(&id, json!([{ "op": "replace", "path": path, "value": value }]))
    });
    for answer in futures_util::future::join_all(changes).await {
        answer.is(200);
    }
    let now = idp.get(&format!("/Users/{id}")).await.is(200).body;
    assert_eq!(
        (&now["name"]["givenName"], &now["name"]["familyName"], &now["title"]),
        (&json!("Changed"), &json!("Changed"), &json!("Changed"))
    );
    let account = world.vendor().has(ALICE).await;
    assert_eq!((&account["firstName"], &account["lastName"]), (&json!("Changed"), &json!("Changed")));
    assert!(world.vendor().calls("userUpdate").await.len() <= 2, "{:?}", world.vendor().calls("userUpdate").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn accepted_delivery_answers_at_once_and_the_vendor_follows() {
    let world = bridge().connection("delivery", "accepted").start().await;
    world
        .vendor()
        .fault(json!({ "match": { "operation": "userCreate", "times": 1 }, "do": { "delay_ms": 1500 } }))
        .await;
    let id = world.idp().okta_creates(ALICE).await.id();
    assert_eq!(world.vendor().account(ALICE).await, None);
    world.idp().get(&format!("/Users/{id}")).await.is(200);
    world.vendor().gets(ALICE).await;
}
