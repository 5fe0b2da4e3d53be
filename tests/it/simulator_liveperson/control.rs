//! Seeds, faults by operation, the call log and the orders below `/_sim/`.

use std::time::Duration;

use super::*;

async fn order(sim: &Sim, path: &str, body: &Value) -> Answer {
    read(sim.request(Method::POST, &format!("/_sim/{path}")).json(body)).await
}

#[tokio::test]
async fn a_state_is_a_seed() {
    let sim = Sim::start().await;
    sim.created("users", &li()).await;
    let state = sim.running.state();
    let again = Sim::start_with(Options { seed: Some(state.to_string()), ..Options::default() }).await;
    assert_eq!(again.running.state(), state);
    order(&sim, "reset", &json!({})).await.is(204);
    sim.get("users").await.is(401);
    assert!(!sim.running.state().to_string().contains("li.wei"));
}

#[tokio::test]
async fn a_seed_of_thousands_is_listed_whole() {
    let seed = json!({ "generate": 2000 }).to_string();
    let sim = Sim::start_with(Options { seed: Some(seed), ..Options::default() }).await;
    let users = sim.get("users?select=$all").await.is(200).json;
    assert_eq!(users.as_array().map(Vec::len), Some(2008));
}

#[tokio::test]
async fn an_account_has_the_number_that_its_seed_says() {
    let seed = json!({ "accountId": "le_1" }).to_string();
    let sim = Sim::start_with(Options { seed: Some(seed), ..Options::default() }).await;
    let host = |account: &str| format!("/api/account/{account}/service/sentinel/baseURI.json?version=1.0");
    read(sim.request(Method::GET, &host("le_1"))).await.is(200);
    read(sim.request(Method::GET, &host(ACCOUNT_ID))).await.is(401);
}

#[tokio::test]
async fn malformed_seeds_are_refused_with_the_place() {
    let lack = json!({ "loginName": "a" });
    let lob = |id: i64, name: &str| json!({ "id": id, "name": name });
    for (seed, word) in [
        (json!({ "skils": [] }), "skils"),
        (json!({ "users": [lack] }), "fullName"),
        (json!({ "lobs": [{ "name": "a", "colour": "red" }] }), "colour"),
        (json!({ "lobs": [lob(1, "a"), lob(1, "b")] }), "two have the id 1"),
        (json!({ "lobs": [lob(1, "a"), lob(2, "A")] }), "two have the name A"),
        (json!({ "agentGroups": [] }), "root"),
        (json!({ "generate": 100_001 }), "generate"),
    ] {
        let options = Options { seed: Some(seed.to_string()), ..Options::default() };
        let error = start(VendorKind::Liveperson, "127.0.0.1:0", options).await.expect_err("a malformed seed");
        assert!(error.to_string().contains(word), "{seed}: {error}");
    }
}

#[tokio::test]
async fn faults_meet_operations_by_name_and_the_log_keeps_no_secret() {
    let sim = Sim::start().await;
    let rules = json!([
        { "match": { "operation": "createUsers" }, "do": { "status": 500, "when": "after" } },
        { "match": { "operation": "getUsers" }, "do": { "limit": { "form": "none" } } },
        { "match": { "operation": "token" }, "do": { "status": 503 } },
    ]);
    order(&sim, "faults", &rules).await.is(204);
    sim.post("users", &li()).await.is(500);
    let limited = sim.get("users").await.is(429);
    assert_eq!(limited.header("retry-after"), None);
    assert!(sim.get("users").await.is(200).json.to_string().contains("li.wei"), "it happened all the same");
    sim.ask_token(CLIENT_ID, CLIENT_SECRET).await.is(503);
    let calls = sim.running.calls();
    let names: Vec<&str> = calls.iter().map(|call| call.operation.as_str()).collect();
    assert_eq!(names, ["token", "createUsers", "getUsers", "getUsers", "token"]);
    let log = json!(calls).to_string();
    assert!(log.contains("li.wei") && !log.contains("kR7!") && !log.contains(CLIENT_SECRET), "{log}");
}

#[tokio::test]
async fn somebody_edits_by_hand() {
    let sim = Sim::start().await;
    let revision = sim.get("users").await.revision();
    order(&sim, "edit", &json!({ "type": "users" })).await.is(204);
    assert_eq!(sim.get("users").await.revision(), revision + 1);
    order(&sim, "edit", &json!({ "type": "users", "id": ANA, "set": { "skillIds": [RETURNS], "isEnabled": false } }))
        .await
        .is(204);
    let ana = sim.entity("users", ANA).await;
    assert_eq!((&ana["skillIds"], &ana["isEnabled"]), (&json!([RETURNS]), &json!(false)));
    for wrong in [
        json!({ "type": "people" }),
        json!({ "type": "users", "id": 1, "set": {} }),
        json!({ "type": "users", "id": ANA }),
        json!({ "type": "users", "id": ANA, "set": { "colour": "red" } }),
        json!({ "type": "users", "id": ANA, "set": { "skillIds": "none" } }),
    ] {
        let answer = order(&sim, "edit", &wrong).await.is(400);
        assert!(answer.json["error"].as_str().is_some_and(|text| text.starts_with("edit:")), "{answer:?}");
    }
    read(sim.request(Method::GET, "/_sim/edit")).await.is(405);
    order(&sim, "busy", &json!({})).await.is(404);
}

#[tokio::test]
async fn knobs_are_checked() {
    let sim = Sim::start().await;
    for (wrong, word) in [
        (json!({ "stale_status": 400 }), "stale_status"),
        (json!({ "dup_status": 500 }), "dup_status"),
        (json!({ "bad_client_status": 200 }), "bad_client_status"),
        (json!({ "password_policy": { "min_chars": 4 } }), "min_chars"),
        (json!({ "password_policy": { "classes": 5 } }), "classes"),
        (json!({ "colour": "red" }), "colour"),
    ] {
        let answer = order(&sim, "knobs", &wrong).await.is(400);
        assert!(answer.json["error"].as_str().is_some_and(|text| text.contains(word)), "{answer:?}");
    }
    sim.running.control().advance(Duration::from_secs(1));
    let knobs = read(sim.request(Method::GET, "/_sim/knobs")).await.is(200).json;
    assert_eq!((&knobs["stale_status"], &knobs["latency_ms"]), (&json!(409), &json!(0)));
}
