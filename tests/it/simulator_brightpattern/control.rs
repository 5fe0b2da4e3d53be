//! Seeds, faults by operation, the call log and the orders below `/_sim/`.

use super::*;

async fn order(sim: &Sim, path: &str, body: &Value) -> Answer {
    read(sim.request(Method::POST, &format!("/_sim/{path}")).json(body)).await
}

#[tokio::test]
async fn a_state_is_a_seed() {
    let sim = Sim::start().await;
    sim.post("user", &bo()).await.done();
    let state = sim.running.state();
    let again = Sim::start_with(Options { seed: Some(state.to_string()), ..Options::default() }).await;
    assert_eq!(again.running.state(), state);
    assert_eq!(again.user("bo.ek").await["lastName"], "Ek");
    order(&sim, "reset", &json!({})).await.is(204);
    sim.get("team").await.is(401);
    assert!(!sim.running.state().to_string().contains("bo.ek"));
}

#[tokio::test]
async fn a_seed_may_be_small_and_makes_thousands() {
    let seed = json!({ "host": "shop.example.com", "skills": [], "users": [], "generate": 2000, "teams": [{ "name": "Support" }],
        "roles": [{ "name": "Agent", "default": true }, { "name": "Provisioning", "privileges": ["manage_users", "manage_all_teams"] }] });
    let running =
        start(VendorKind::BrightPattern, "127.0.0.1:0", Options { seed: Some(seed.to_string()), ..Options::default() })
            .await;
    let state = running.expect("the simulator starts").state();
    assert_eq!((&state["scimDefaultTeam"], state["users"].as_array().map(Vec::len)), (&json!("Support"), Some(2001)));
}

#[tokio::test]
async fn malformed_seeds_are_refused_with_the_place() {
    let user = |more: Value| json!({ "users": [with(bo(), more)] });
    for (seed, word) in [
        (json!({ "colour": "red" }), "colour"),
        (user(json!({ "team": "Nope" })), "no team Nope"),
        (user(json!({ "roles": ["Nope"] })), "no role Nope"),
        (user(json!({ "skills": { "Nope": 1 } })), "no skill Nope"),
        (json!({ "users": [bo(), bo()] }), "two of them"),
        (
            json!({ "users": [with(bo(), json!({ "extension": "5" })), with(bo(), json!({ "loginId": "b", "extension": "5" }))] }),
            "extension 5",
        ),
        (json!({ "scimDefaultTeam": "Nope" }), "scimDefaultTeam"),
        (json!({ "teams": [] }), "teams"),
        (json!({ "generate": 100_001 }), "generate"),
    ] {
        let options = Options { seed: Some(seed.to_string()), ..Options::default() };
        let error = start(VendorKind::BrightPattern, "127.0.0.1:0", options).await.expect_err("a malformed seed");
        assert!(error.to_string().contains(word), "{seed}: {error}");
    }
}

#[tokio::test]
async fn faults_meet_operations_by_name_and_the_log_keeps_no_secret() {
    let sim = Sim::start().await;
    let rules = json!([
        { "match": { "operation": "createUser" }, "do": { "status": 502, "when": "after" } },
        { "match": { "operation": "updateUser" }, "do": { "status": 200, "body": "", "when": "after" } },
        { "match": { "operation": "exportUserPhoneNumbers" }, "do": { "limit": { "seconds": 3 } } },
        { "match": { "operation": "scimPatchUser" }, "do": { "status": 503 } },
    ]);
    order(&sim, "faults", &rules).await.is(204);
    sim.post("user", &with(bo(), json!({ "password": "Tr4nsient-Pw" }))).await.is(502);
    sim.put("user/bo.ek", &json!({ "disabled": true })).await.says(200, "");
    let limited = sim.get("phone/user").await.is(429);
    assert_eq!(limited.header("retry-after"), Some("3"));
    assert_eq!(sim.user("bo.ek").await["disabled"], true, "both happened");
    let secret = json!({ "Operations": [{ "op": "replace", "path": "password", "value": "Tr4nsient-Pw" }] });
    read(sim.to(Method::PATCH, "scim/users/X").json(&secret)).await.is(503);
    let calls = sim.running.calls();
    let names: Vec<&str> = calls.iter().map(|call| call.operation.as_str()).collect();
    assert_eq!(names, ["token", "createUser", "updateUser", "exportUserPhoneNumbers", "getUser", "scimPatchUser"]);
    let log = json!(calls).to_string();
    assert!(log.contains("bo.ek") && !log.contains("Tr4nsient") && !log.contains(API_SECRET), "{log}");
}

#[tokio::test]
async fn people_and_rules_do_what_the_api_cannot() {
    let sim = Sim::start().await;
    order(&sim, "lock", &json!({ "loginId": "maria.lind", "locked": true })).await.is(204);
    sim.get("user/lock/maria.lind").await.says(200, r#"{"lockedOut":true}"#);
    order(&sim, "deactivate", &json!({ "loginId": "maria.lind" })).await.is(204);
    assert_eq!(sim.user("maria.lind").await["disabled"], true);
    order(&sim, "jit", &json!({ "loginId": "new.one", "firstName": "New", "lastName": "One" })).await.is(204);
    let new = sim.user("new.one").await;
    assert_eq!((&new["team"], &new["roles"]), (&json!("Customer Service"), &json!(["Agent"])));
    order(&sim, "rename_team", &json!({ "from": "Customer Service", "to": "Care" })).await.is(204);
    assert_eq!(sim.user("maria.lind").await["team"], "Care");
    assert!(sim.get("team").await.text.contains("Care"));
    order(&sim, "delete_skill", &json!({ "name": "Swedish" })).await.is(204);
    assert_eq!(sim.user("maria.lind").await["skills"], json!({ "Customer Service": 100 }));
    order(
        &sim,
        "edit",
        &json!({ "loginId": "maria.lind", "set": { "roles": ["Supervisor"], "email": "m@acme.example" } }),
    )
    .await
    .is(204);
    assert_eq!(sim.user("maria.lind").await["roles"], json!(["Supervisor"]));
    for (name, wrong) in [
        ("lock", json!({ "loginId": "maria.lind" })),
        ("lock", json!({ "loginId": "nobody", "locked": true })),
        ("deactivate", json!({})),
        ("jit", json!({ "loginId": "new.one", "firstName": "New", "lastName": "One" })),
        ("edit", json!({ "loginId": "maria.lind", "set": { "colour": "red" } })),
        ("edit", json!({ "loginId": "maria.lind", "set": { "id": "X" } })),
        ("rename_team", json!({ "from": "Nope", "to": "X" })),
        ("rename_team", json!({ "from": "Sales", "to": "Care" })),
        ("delete_skill", json!({ "name": "Nope" })),
        ("tenant", json!({})),
    ] {
        let answer = order(&sim, name, &wrong).await.is(400);
        assert!(answer.json["error"].as_str().is_some_and(|text| text.starts_with(name)), "{name}: {answer:?}");
    }
}

#[tokio::test]
async fn knobs_are_checked() {
    let sim = Sim::start().await;
    for wrong in [
        json!({ "unknown_path": 400 }),
        json!({ "unsupervised_status": 401 }),
        json!({ "server": "4" }),
        json!({ "colour": "red" }),
    ] {
        order(&sim, "knobs", &wrong).await.is(400);
    }
    let knobs = read(sim.request(Method::GET, "/_sim/knobs")).await.is(200).json;
    assert_eq!((&knobs["server"], &knobs["unknown_path"], &knobs["latency_ms"]), (&json!("5"), &json!(404), &json!(0)));
}
