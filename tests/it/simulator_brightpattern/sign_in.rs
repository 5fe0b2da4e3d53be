//! Tokens, privileges, and refusals of both.

use std::time::Duration;

use super::*;

#[tokio::test]
async fn a_token_is_opaque_lives_an_hour_as_a_text_and_is_given_again() {
    let sim = Sim::start().await;
    let first = sim.ask_token(SERVICE_LOGIN, API_SECRET).await.is(200);
    let token = first.json["access_token"].as_str().expect("a token");
    assert!(
        token.len() == 64 && token.bytes().all(|byte| byte.is_ascii_digit() || (b'A'..=b'F').contains(&byte)),
        "{token}"
    );
    assert_eq!((&first.json["token_type"], &first.json["scope"]), (&json!("Bearer"), &json!(TENANT)));
    let names: Vec<_> = first.json.as_object().expect("an object").keys().cloned().collect();
    assert_eq!(names, ["access_token", "token_type", "expires_in", "scope"]);
    sim.running.control().advance(Duration::from_mins(2));
    let again = sim.ask_token(SERVICE_LOGIN, API_SECRET).await.is(200);
    assert_eq!(again.json["access_token"], token);
    let rest: u64 = again.json["expires_in"].as_str().expect("a text").parse().expect("a number");
    assert!((3_400..=3_480).contains(&rest), "{rest}");
    sim.get("team").await.is(200);
    sim.running.control().advance(Duration::from_secs(3_481));
    sim.get("team").await.says(401, "Session is not authenticated");

    sim.knobs(&json!({ "token_reuse": false, "expires_in_type": "number", "token_lifetime_seconds": 60 }));
    let (one, two) = (sim.ask_token(SERVICE_LOGIN, API_SECRET).await, sim.ask_token(SERVICE_LOGIN, API_SECRET).await);
    assert_eq!((&one.json["expires_in"], &two.json["expires_in"]), (&json!(60), &json!(60)));
    assert_ne!(one.json["access_token"], two.json["access_token"]);
}

#[tokio::test]
async fn bad_token_requests_are_told_apart() {
    let sim = Sim::start().await;
    let right = [
        ("grant_type", "client_credentials"),
        ("client_id", SERVICE_LOGIN),
        ("client_secret", API_SECRET),
        ("scope", TENANT),
    ];
    for (name, value, status) in [
        ("client_secret", "wrong", 401),
        ("client_id", "nobody", 401),
        ("client_id", "maria.lind", 401),
        ("grant_type", "password", 401),
        ("scope", "other.example.com", 401),
        ("client_secret", "", 400),
        ("client_id", "", 400),
        ("grant_type", "", 400),
        ("scope", "", 400),
    ] {
        let form: Vec<_> =
            right.iter().map(|(given, old)| (*given, if *given == name { value } else { *old })).collect();
        let answer = sim.ask_token_with(&form).await;
        assert_eq!(answer.status, status, "{name}={value}: {answer:?}");
        assert!(status == 401 || answer.text == format!("missing required field: {name}"), "{answer:?}");
    }
    read(sim.request(Method::POST, "/configapi/v2/oauth/token").json(&json!({}))).await.is(415);
    read(sim.request(Method::GET, "/configapi/v2/oauth/token")).await.is(405);
    let basic = sim.request(Method::POST, "/configapi/v2/oauth/token").basic_auth(SERVICE_LOGIN, Some(API_SECRET));
    read(basic.form(&[("grant_type", "client_credentials"), ("scope", TENANT)])).await.is(400);

    for (order, on, off) in [
        (
            "lock",
            json!({ "loginId": SERVICE_LOGIN, "locked": true }),
            json!({ "loginId": SERVICE_LOGIN, "locked": false }),
        ),
        ("tenant", json!({ "active": false }), json!({ "active": true })),
    ] {
        sim.act(order, &on);
        sim.ask_token(SERVICE_LOGIN, API_SECRET).await.is(401);
        sim.act(order, &off);
        sim.ask_token(SERVICE_LOGIN, API_SECRET).await.is(200);
    }
    sim.act("deactivate", &json!({ "loginId": SERVICE_LOGIN }));
    sim.ask_token(SERVICE_LOGIN, API_SECRET).await.is(401);
}

#[tokio::test]
async fn a_token_without_scope_is_the_providers_when_the_knob_says_so() {
    let mut sim = Sim::with_knobs(json!({ "scope_optional": true })).await;
    let form = [("grant_type", "client_credentials"), ("client_id", SERVICE_LOGIN), ("client_secret", API_SECRET)];
    let answer = sim.ask_token_with(&form).await.is(200);
    assert!(answer.json.get("scope").is_none(), "{answer:?}");
    sim.token = answer.json["access_token"].as_str().expect("a token").to_owned();
    sim.get("team").await.is(403);
}

#[tokio::test]
async fn a_token_ends_with_its_user_and_by_revocation() {
    let mut sim = Sim::start().await;
    read(sim.request(Method::GET, "/configapi/v2/team")).await.says(401, "Session is not authenticated");
    read(sim.request(Method::GET, "/configapi/v2/team").bearer_auth("MADEUP")).await.is(401);
    sim.put(&format!("user/{SERVICE_LOGIN}"), &json!({ "disabled": true })).await.done();
    sim.get("team").await.is(401);

    sim.act("edit", &json!({ "loginId": SERVICE_LOGIN, "set": { "disabled": false } }));
    let token = async |sim: &Sim| {
        sim.ask_token(SERVICE_LOGIN, API_SECRET).await.json["access_token"].as_str().expect("a token").to_owned()
    };
    sim.token = token(&sim).await;
    sim.running.control().revoke_tokens();
    sim.get("team").await.is(401);
    sim.token = token(&sim).await;
    sim.delete(&format!("user/{SERVICE_LOGIN}")).await.done();
    sim.get("team").await.is(401);
}

#[tokio::test]
async fn a_supervisor_sees_the_own_team_only_and_sets_no_skills() {
    let mut sim = Sim::start().await;
    let lead = sim.ask_token("lars.berg", "simulated-team-lead-secret").await.is(200);
    let admin = std::mem::replace(&mut sim.token, lead.json["access_token"].as_str().expect("a token").to_owned());
    sim.get("user/maria.lind").await.is(200);
    sim.get("team").await.is(200);
    sim.get("user/olle.off").await.says(403, "User authenticated but does not have sufficient privileges");
    sim.put("user/maria.lind", &json!({ "disabled": true })).await.done();
    sim.put("user/maria.lind", &json!({ "skills": {} })).await.is(403);
    sim.put("user/maria.lind", &json!({ "team": "Sales" })).await.is(403);
    sim.post("user", &with(bo(), json!({ "team": "Sales" }))).await.is(403);
    sim.post("user", &with(bo(), json!({ "skills": { "Swedish": 50 } }))).await.is(403);
    sim.post("user", &bo()).await.done();
    sim.get("scim/users?filter=userName%20eq%20%22bo.ek%22").await.is(403);
    sim.knobs(&json!({ "unsupervised_status": 404 }));
    sim.get("user/olle.off").await.is(404);

    sim.act("edit", &json!({ "loginId": "lars.berg", "set": { "roles": ["Agent"] } }));
    for path in ["team", "user/maria.lind", "phone/user", "user/lock/maria.lind"] {
        sim.get(path).await.is(403);
    }
    sim.token = admin;
    sim.get("user/olle.off").await.is(200);
}

#[tokio::test]
async fn refusals_have_the_shape_that_the_knob_says() {
    let sim = Sim::start().await;
    let bare = sim.get("user/nobody").await.says(404, "user not found");
    assert_eq!(bare.header("content-type"), Some("application/json"));
    sim.knobs(&json!({ "error_shape": "text_plain" }));
    let plain = sim.get("user/nobody").await.says(404, "user not found");
    assert!(plain.header("content-type").is_some_and(|media_type| media_type.starts_with("text/plain")), "{plain:?}");
    sim.knobs(&json!({ "error_shape": "json" }));
    let object = sim.get("user/nobody").await.is(404);
    assert_eq!(object.json, json!({ "error": "not_found", "error_description": "user not found" }));
}

#[tokio::test]
async fn addresses_and_methods_that_do_not_exist_are_told_apart() {
    let sim = Sim::start().await;
    for (method, path, status) in [
        (Method::GET, "user", 405),
        (Method::PATCH, "user/maria.lind", 405),
        (Method::POST, "user/maria.lind", 405),
        (Method::DELETE, "user/lock/maria.lind", 405),
        (Method::POST, "team", 405),
        (Method::POST, "phone/user", 405),
        (Method::GET, "skill", 404),
        (Method::GET, "scim/groups", 404),
        (Method::GET, "user/a/b", 404),
    ] {
        let answer = read(sim.to(method.clone(), path)).await;
        assert_eq!(answer.status, status, "{method} {path}: {answer:?}");
        assert_eq!(answer.text, if status == 405 { "Method Not Allowed" } else { "HTTP 404 Not Found" });
    }
    // an address is looked for before anybody is asked for a token
    read(sim.request(Method::GET, "/configapi/v3/user")).await.is(404);
    sim.knobs(&json!({ "unknown_path": 500, "get_team": false }));
    read(sim.request(Method::GET, "/configapi/v3/user")).await.is(500);
    sim.get("team").await.is(500);
}
