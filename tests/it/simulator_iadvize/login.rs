//! Tokens, limits on logins, rights.

use std::time::Duration;

use super::*;

#[tokio::test]
async fn a_login_gives_an_opaque_token_that_opens_both_routes() {
    let sim = Sim::start().await;
    let answer = read(sim.log_in(SERVICE_EMAIL, SERVICE_PASSWORD).await).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json["expires_in"], 86_400);
    assert_eq!(answer.json["token_type"], "Bearer");
    assert_eq!(answer.json["refresh_token"], "none");
    assert_eq!(answer.json["access_token"].as_str().map(|token| token.split('.').count()), Some(3));

    let check = read(send(sim.request(Method::GET, "/_authenticated").bearer_auth(&sim.token)).await).await;
    assert_eq!((check.status, check.json), (200, json!({ "authenticated": true })));
    assert!(
        sim.data("{ projects { edges { node { id name } } } }", json!({})).await["projects"]["edges"][0]["node"]["id"]
            .is_i64()
    );
}

#[tokio::test]
async fn bad_logins_are_told_apart() {
    let sim = Sim::start().await;
    let form = |fields: &[(&str, &str)]| sim.request(Method::POST, "/oauth2/token").form(fields);
    let user = ("username", SERVICE_EMAIL);
    let cases = [
        (form(&[user, ("password", "wrong"), ("grant_type", "password")]), "invalid_grant"),
        (form(&[("username", "nobody@example.com"), ("password", "x"), ("grant_type", "password")]), "invalid_grant"),
        (
            form(&[("username", "olivia.operator@example.com"), ("password", ""), ("grant_type", "password")]),
            "invalid_grant",
        ),
        (form(&[user, ("password", SERVICE_PASSWORD), ("grant_type", "client_credentials")]), "unsupported_grant_type"),
        (form(&[user, ("password", SERVICE_PASSWORD)]), "unsupported_grant_type"),
        (form(&[user, ("grant_type", "password")]), "invalid_request"),
        (form(&[user, user, ("password", SERVICE_PASSWORD), ("grant_type", "password")]), "invalid_request"),
        (sim.request(Method::POST, "/oauth2/token").json(&json!({ "username": SERVICE_EMAIL })), "invalid_request"),
    ];
    for (request, error) in cases {
        let answer = read(send(request).await).await;
        assert_eq!((answer.status, &answer.json["error"]), (400, &json!(error)), "{answer:?}");
        assert!(answer.json["error_description"].is_string());
    }
    let answer = read(send(sim.request(Method::GET, "/oauth2/token")).await).await;
    assert_eq!(answer.status, 405);
}

#[tokio::test]
async fn the_eleventh_login_in_a_minute_is_refused_even_after_failures_and_the_next_minute_is_free() {
    let sim = Sim::start().await;
    for _ in 0..9 {
        assert_eq!(sim.log_in(&SERVICE_EMAIL.to_uppercase(), "wrong").await.status(), 400);
    }
    let refused = sim.log_in(SERVICE_EMAIL, SERVICE_PASSWORD).await;
    assert_eq!(refused.status(), 429);
    assert!(!refused.headers().contains_key("retry-after"));
    assert_eq!(refused.text().await.expect("a body"), "Too Many Requests");
    assert_eq!(sim.log_in("somebody.else@example.com", "x").await.status(), 400, "the limit is the account's");

    sim.running.control().advance(Duration::from_secs(61));
    assert_eq!(sim.log_in(SERVICE_EMAIL, SERVICE_PASSWORD).await.status(), 200);
}

#[tokio::test]
async fn an_address_may_log_in_a_hundred_times_a_minute() {
    let sim = Sim::with_knobs(json!({ "login_retry_after": "seconds" })).await;
    for number in 0..99 {
        assert_eq!(sim.log_in(&format!("user{number}@example.com"), "x").await.status(), 400);
    }
    let refused = sim.log_in("one.more@example.com", "x").await;
    assert_eq!(refused.status(), 429);
    let wait: u64 = refused.headers()["retry-after"].to_str().expect("plain text").parse().expect("a number");
    assert!((1..=60).contains(&wait), "{wait}");
}

#[tokio::test]
async fn a_block_lasts_as_long_as_the_knob_says() {
    let sim = Sim::with_knobs(
        json!({ "login_limit_per_account": 1, "login_block_seconds": 300, "login_retry_after": "seconds" }),
    )
    .await;
    let refused = sim.log_in(SERVICE_EMAIL, SERVICE_PASSWORD).await;
    assert_eq!(
        (refused.status().as_u16(), refused.headers()["retry-after"].to_str().expect("plain text")),
        (429, "300")
    );
    sim.running.control().advance(Duration::from_mins(2));
    assert_eq!(sim.log_in(SERVICE_EMAIL, SERVICE_PASSWORD).await.status(), 429);
    sim.running.control().advance(Duration::from_secs(181));
    assert_eq!(sim.log_in(SERVICE_EMAIL, SERVICE_PASSWORD).await.status(), 200);
}

#[tokio::test]
async fn a_token_ends_by_time_by_revocation_and_never_existed_when_made_up() {
    let sim = Sim::start().await;
    let bad = json!({ "error_description": "access token not valid", "error": "invalid_token" });
    let ask = async |token: &str| {
        let check = read(send(sim.request(Method::GET, "/_authenticated").bearer_auth(token)).await).await;
        let body = json!({ "query": "{ clients { edges { node { id } } } }" });
        let call = read(send(sim.request(Method::POST, "/graphql").bearer_auth(token).json(&body)).await).await;
        assert_eq!(check.status, call.status);
        if call.status == 401 {
            assert_eq!((&check.json, &call.json), (&bad, &bad));
        }
        call.status
    };
    assert_eq!(ask("a.b.c").await, 401);
    assert_eq!(ask(&sim.token).await, 200);
    sim.running.control().advance(Duration::from_secs(86_399));
    assert_eq!(ask(&sim.token).await, 200);
    sim.running.control().advance(Duration::from_secs(2));
    assert_eq!(ask(&sim.token).await, 401);
    let second = sim.token_of(SERVICE_EMAIL, SERVICE_PASSWORD).await;
    assert_eq!(ask(&second).await, 200);
    sim.running.control().revoke_tokens();
    assert_eq!(ask(&second).await, 401);
}

#[tokio::test]
async fn a_token_ends_with_the_account_and_with_its_password() {
    let sim = Sim::start().await;
    let admin = json!({ "roleId": 4, "password": "Sixteen-Letters-1" });
    let id = sim.created(with(ada(), admin)).await;
    let token = sim.token_of("Ada.Lovelace@example.com", "Sixteen-Letters-1").await;
    let check = async |token: &str| {
        let answer = send(sim.request(Method::GET, "/_authenticated").bearer_auth(token)).await;
        answer.status().as_u16()
    };
    assert_eq!(check(&token).await, 200);
    sim.update(json!({ "userId": id, "password": "Another-Secret-22" })).await;
    assert_eq!(check(&token).await, 401);
    assert_eq!(sim.log_in("ada.lovelace@example.com", "Sixteen-Letters-1").await.status(), 400);
    let token = sim.token_of("ada.lovelace@example.com", "Another-Secret-22").await;
    sim.delete(id).await;
    assert_eq!(check(&token).await, 401);
    assert_eq!(sim.log_in("ada.lovelace@example.com", "Another-Secret-22").await.status(), 400);
}

#[tokio::test]
async fn knobs_change_the_shape_of_logins_and_of_refused_tokens() {
    let sim = Sim::with_knobs(json!({
        "lower_case_token_type": true, "token_lifetime_seconds": 60, "bad_login_status": 401, "graphql_bad_token": "errors",
    }))
    .await;
    let answer = read(sim.log_in(SERVICE_EMAIL, SERVICE_PASSWORD).await).await;
    assert_eq!((&answer.json["token_type"], &answer.json["expires_in"]), (&json!("bearer"), &json!(60)));
    assert_eq!(sim.log_in(SERVICE_EMAIL, "wrong").await.status(), 401);
    sim.running.control().revoke_tokens();
    let refused = sim.ask("{ clients { edges { node { id } } } }", json!({})).await;
    assert_eq!((refused.status, &refused.json["errors"][0]["message"]), (200, &json!("access token not valid")));
}

#[tokio::test]
async fn an_operator_and_a_developer_may_do_nothing() {
    let mut sim = Sim::start().await;
    for (email, role) in [("op@example.com", 2), ("dev@example.com", 6)] {
        let input = json!({ "email": email, "roleId": role, "password": "Sixteen-Letters-1" });
        sim.created(with(ada(), input)).await;
        let admin = std::mem::take(&mut sim.token);
        sim.token = sim.token_of(email, "Sixteen-Letters-1").await;
        for document in [
            "{ users { edges { node { id } } } }",
            "{ projects { edges { node { id } } } }",
            "{ user(id: 400002) { id } }",
            "mutation { userDelete(input: { userId: 400002 }) { userId } }",
            "mutation { skillCreate(input: { name: \"x\" }) { skill { id } } }",
        ] {
            let answer = sim.ask(document, json!({})).await;
            assert_eq!(answer.status, 200);
            assert_eq!(answer.json["errors"].as_array().map(Vec::len), Some(1), "{document}: {answer:?}");
            assert!(answer.json["data"].as_object().expect("an object").values().all(Value::is_null), "{answer:?}");
        }
        sim.token = admin;
    }
}

#[tokio::test]
async fn a_manager_works_with_the_operators_and_experts_of_the_own_group_only() {
    let mut sim = Sim::start().await;
    let manager = json!({ "email": "m@example.com", "roleId": 1001, "groupId": 55, "password": "Sixteen-Letters-1" });
    let own = sim.created(with(ada(), manager)).await;
    let outside = sim.created(with(ada(), json!({ "email": "outside@example.com", "groupId": 56 }))).await;
    sim.token = sim.token_of("m@example.com", "Sixteen-Letters-1").await;

    let listed = sim.data("{ users { edges { node { id } } } }", json!({})).await;
    let ids: Vec<i64> = listed["users"]["edges"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|edge| edge["node"]["id"].as_i64())
        .collect();
    assert_eq!(ids, [400_002, own]);
    assert_eq!(
        sim.data("query($id: LegacyId!) { user(id: $id) { id } }", json!({ "id": outside })).await["user"],
        Value::Null
    );

    assert_eq!(sim.update(json!({ "userId": 400_002, "lastName": "Changed" })).await["user"]["lastName"], "Changed");
    assert_eq!(mistakes(&sim.update(json!({ "userId": outside, "lastName": "Changed" })).await), ["UnknownUserError"]);
    sim.created(with(ada(), json!({ "email": "new@example.com", "groupId": 55 }))).await;
    let refused = [
        (CREATE, with(ada(), json!({ "email": "a1@example.com" }))),
        (CREATE, with(ada(), json!({ "email": "a2@example.com", "groupId": 56 }))),
        (CREATE, with(ada(), json!({ "email": "a3@example.com", "groupId": 55, "roleId": 3 }))),
        (UPDATE, json!({ "userId": 400_002, "roleId": 4 })),
        (UPDATE, json!({ "userId": 400_002, "groupId": 56 })),
        (UPDATE, json!({ "userId": own, "lastName": "Me" })),
    ];
    let before = sim.running.state();
    for (document, input) in refused {
        let answer = sim.ask(document, json!({ "input": input })).await;
        assert_eq!((answer.status, answer.json["errors"].as_array().map(Vec::len)), (200, Some(1)), "{answer:?}");
    }
    assert_eq!(sim.running.state(), before, "a refused mutation changes nothing");
}
