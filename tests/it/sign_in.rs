//! The bridge's own sign-in at the vendor: one token for everybody, renewed in time, and never so many sign-ins that the account is locked.

use std::future::Future;

use futures_util::future::join_all;
use scim_bridge::simulator::iadvize::{SERVICE_EMAIL, SERVICE_PASSWORD};
use serde_json::{Value, json};

use crate::support::{Answer, World, bridge, eventually, idp};

const ALICE: &str = "alice@example.com";

/// The secrets with the password in a file.
fn password_in_file() -> Value {
    json!({ "username": SERVICE_EMAIL, "password": "file:password" })
}

/// Creates so many people at once.
fn creates(world: &World, count: usize) -> impl Future<Output = Vec<Answer>> {
    let idp = world.idp();
    join_all((0..count).map(move |number| {
        let idp = idp.clone();
        async move { idp.post("/Users", idp::okta_user(&format!("person{number}@example.com"))).await }
    }))
}

async fn sign_ins(world: &World) -> usize {
    world.vendor().calls("token").await.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn thirty_requests_at_once_share_one_sign_in() {
    let world = bridge().start().await;
    for answer in creates(&world, 30).await {
        answer.is(201);
    }
    assert_eq!(sign_ins(&world).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_renewed_before_it_ends() {
    let world = bridge().start().await;
    world.vendor().knobs(json!({ "token_lifetime_seconds": 12 })).await;
    let id = world.idp().okta_creates(ALICE).await.id();
    for number in 0.. {
        let change = json!([{ "op": "replace", "path": "name.givenName", "value": format!("Name{number}") }]);
        world.idp().operations(&id, change).await.is(200);
        if sign_ins(&world).await > 1 {
            break;
        }
    }
    let calls = world.vendor().calls("").await;
    assert!(calls.iter().all(|call| call["status"] != 401), "a call went out with a token that had ended");
    let second = calls.iter().filter(|call| call["operation"] == "token").nth(1).expect("a second sign-in");
    let after = second["at_ms"].as_u64().expect("a time");
    assert!((5_000..11_900).contains(&after), "renewed after {after} ms of 12 s");
}

#[tokio::test(flavor = "multi_thread")]
async fn revoked_tokens_cost_one_sign_in_and_no_request() {
    let world = bridge().start().await;
    let mut people = Vec::new();
    for answer in creates(&world, 20).await {
        people.push(answer.is(201).id());
    }
    for round in 1..=2 {
        if round == 1 {
            world.vendor().act("/_sim/revoke_tokens", json!({})).await;
        } else {
            // The vendor's clock is ahead, or it shortened the life of its tokens.
            world.vendor().act("/_sim/advance", json!({ "seconds": 200_000 })).await;
        }
        let idp = world.idp();
        let change = json!([{ "op": "replace", "path": "name.givenName", "value": format!("Round{round}") }]);
        for answer in join_all(people.iter().map(|id| idp.operations(id, change.clone()))).await {
            answer.is(200);
        }
        assert_eq!(sign_ins(&world).await, 1 + round);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_told_by_name_and_tried_once() {
    let world = bridge()
        .connection("answer_within", 1)
        .connection("secrets", json!({ "username": SERVICE_EMAIL, "password": "not-the-password" }))
        .start()
        .await;
    for answer in creates(&world, 40).await {
        let answer = answer.is_error(503, "").says("the secrets username and password").says("iAdvize refused");
        assert!(!answer.text.contains("not-the-password"), "{}", answer.text);
        let seconds: u64 = answer.header("retry-after").expect("Retry-After").parse().expect("whole seconds");
        assert!(seconds >= 20, "{seconds} s: trying at once would lock the account");
    }
    assert_eq!(sign_ins(&world).await, 1);
    let ready = world.root("/health/ready").await.is(200);
    assert_eq!(ready.body["connections"]["support"]["vendor"], "failing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_that_forgets_every_token_is_not_asked_for_more_than_ten_a_minute() {
    let world = bridge().connection("answer_within", 1).start().await;
    let id = world.idp().okta_creates(ALICE).await.id();
    let mut limited = 0;
    for number in 0..14 {
        world.vendor().act("/_sim/revoke_tokens", json!({})).await;
        let change = json!([{ "op": "replace", "path": "name.givenName", "value": format!("Name{number}") }]);
        let answer = world.idp().operations(&id, change).await;
        assert!([200, 429].contains(&answer.status), "{}", answer.text);
        limited += usize::from(answer.status == 429);
    }
    assert!(limited > 0);
    assert!(sign_ins(&world).await <= 10, "{} sign-ins", sign_ins(&world).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_corrected_password_file_is_used_at_once() {
    let world = bridge()
        .connection("answer_within", 2)
        .connection("secrets", password_in_file())
        .file("password", "not-the-password\n")
        .start()
        .await;
    world.idp().post("/Users", idp::okta_user(ALICE)).await.is_error(503, "").says("the secrets username and password");
    std::fs::write(world.folder().join("password"), format!("{SERVICE_PASSWORD}\n")).expect("the file is written");
    world.idp().post("/Users", idp::okta_user(ALICE)).await.is(201);
    assert_eq!(sign_ins(&world).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_changes_while_the_bridge_runs_is_followed() {
    let world = bridge()
        .connection("answer_within", 2)
        .connection("secrets", password_in_file())
        .file("password", SERVICE_PASSWORD)
        .start()
        .await;
    let id = world.idp().okta_creates(ALICE).await.id();
    let rename = |name: &str| json!([{ "op": "replace", "path": "name.givenName", "value": name }]);
    world.vendor().changes_password("Another-Secret-2027!").await;
    world.idp().operations(&id, rename("Between")).await.is_error(503, "").says("the secrets username and password");
    std::fs::write(world.folder().join("password"), "Another-Secret-2027!\n").expect("the file is written");
    world.idp().operations(&id, rename("After")).await.is(200);
    assert_eq!(world.vendor().has(ALICE).await["firstName"], "After");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_on_sign_ins_is_waited_for_as_long_as_the_vendor_says() {
    for form in ["seconds", "date"] {
        let world = bridge().start().await;
        world
            .vendor()
            .fault(json!({ "match": { "operation": "token" }, "do": { "limit": { "seconds": 2, "form": form } } }))
            .await;
        for answer in creates(&world, 10).await {
            answer.is(201);
        }
        let calls = world.vendor().calls("token").await;
        assert_eq!(calls.len(), 2, "{form}");
        let waited = calls[1]["at_ms"].as_u64().unwrap_or_default() - calls[0]["at_ms"].as_u64().unwrap_or_default();
        // A date has whole seconds only, so that up to one is lost in it.
        let least = if form == "date" { 900 } else { 2_000 };
        assert!(waited >= least, "{form}: {waited} ms");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_on_sign_ins_without_a_time_lasts_a_minute() {
    let world = bridge().connection("answer_within", 1).start().await;
    world.vendor().knobs(json!({ "login_limit_per_account": 0 })).await;
    for answer in creates(&world, 10).await {
        let seconds: u64 =
            answer.is_error(429, "").header("retry-after").expect("Retry-After").parse().expect("whole seconds");
        assert!((30..=60).contains(&seconds), "{seconds} s");
    }
    assert_eq!(sign_ins(&world).await, 1, "the limit was not tried again and again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_endpoint_that_comes_back_costs_only_time() {
    let world = bridge().start().await;
    world
        .vendor()
        .fault(json!({ "match": { "operation": "token", "times": 2 }, "do": { "status": 503, "body": "<html>bad gateway</html>" } }))
        .await;
    for answer in creates(&world, 10).await {
        answer.is(201);
    }
    assert_eq!(sign_ins(&world).await, 3, "who waits for a sign-in shares its failure, too");
    let breaker = world.bridge.log().into_iter().find(|line| line.contains("the breaker of"));
    assert_eq!(breaker, None, "two failures are two, however many calls waited for them");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_endpoint_that_is_down_is_told_and_the_work_goes_on_when_it_is_back() {
    let world = bridge().connection("answer_within", 1).start().await;
    world
        .vendor()
        .fault(json!({ "match": { "operation": "token", "times": "always" }, "do": { "cut": "before" } }))
        .await;
    world.idp().post("/Users", idp::okta_user(ALICE)).await.is_error(503, "").says("sign-in");
    world.vendor().heal().await;
    world.vendor().gets(ALICE).await;
    eventually("the person is there for the IdP, too", || async {
        (world.idp().find(&format!("userName eq \"{ALICE}\"")).await.body["totalResults"] == 1).then_some(())
    })
    .await;
}
