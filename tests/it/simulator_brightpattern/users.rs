//! The Configuration API: users, lock state, directory, teams.

use super::*;

#[tokio::test]
async fn a_user_is_made_and_read_back_in_the_vendors_order() {
    let sim = Sim::start().await;
    let body = json!({ "loginId": "eva.ro@acme.example", "password": "Tr4nsient-Pw", "firstName": "Eva", "lastName": "Ro", "team": "Customer Service",
        "workPhone": "4155550101", "email": "eva.ro@acme.example", "disabled": "false", "changePassword": true,
        "skills": { "Swedish": 70, "Customer Service": "100" }, "roles": ["Agent", "Supervisor"], "favouriteColour": "red" });
    sim.post("user", &body).await.done();
    let user = sim.get("user/eva.ro%40acme.example").await.is(200);
    assert_eq!(
        user.text,
        r#"{"disabled":false,"changePassword":true,"skills":{"Swedish":70,"Customer Service":100},"loginId":"eva.ro@acme.example","firstName":"Eva","lastName":"Ro","team":"Customer Service","extension":"1002","workPhone":"4155550101","email":"eva.ro@acme.example","roles":["Agent","Supervisor"]}"#
    );
    assert!(!sim.running.state().to_string().contains("Tr4nsient"));
    assert_eq!(sim.user("EVA.RO%40acme.example").await["loginId"], "eva.ro@acme.example");
}

#[tokio::test]
async fn the_fewest_fields_are_four_and_the_rest_has_defaults() {
    let sim = Sim::start().await;
    sim.post("user", &bo()).await.done();
    assert_eq!(
        sim.user("bo.ek").await,
        json!({ "disabled": false, "changePassword": false, "skills": {}, "loginId": "bo.ek", "firstName": "Bo", "lastName": "Ek",
            "team": "Customer Service", "extension": "1002", "roles": ["Agent"] })
    );
    for field in ["loginId", "firstName", "lastName", "team"] {
        let text = format!("missing required field: {field}");
        sim.post("user", &with(bo(), json!({ field: null }))).await.says(400, &text);
        sim.post("user", &with(bo(), json!({ field: "" }))).await.says(400, &text);
    }
    sim.post("user", &with(bo(), json!({ "loginId": "no.role", "roles": [] }))).await.done();
    assert_eq!(sim.user("no.role").await["roles"], json!([]));
}

#[tokio::test]
async fn refusals_of_a_new_user_have_their_status_and_text() {
    let sim = Sim::start().await;
    for (change, status, text) in [
        (json!({ "team": "Nope" }), 404, "user team not found"),
        (json!({ "team": "customer service" }), 404, "user team not found"),
        (json!({ "roles": ["Nope"] }), 404, "Role not found"),
        (json!({ "skills": { "Nope": 5 } }), 404, "skill not found"),
        (json!({ "loginId": "Maria.Lind" }), 409, "user with this username already exists"),
        (json!({ "extension": "2051" }), 409, "extension is already in use"),
        (json!({ "extension": 2051 }), 409, "extension is already in use"),
        (json!({ "password": "short" }), 400, "password does not meet the complexity requirements"),
    ] {
        sim.post("user", &with(bo(), change)).await.says(status, text);
    }
    for change in [
        json!({ "loginId": "a/b" }),
        json!({ "loginId": "x".repeat(129) }),
        json!({ "firstName": 5 }),
        json!({ "disabled": "yes" }),
        json!({ "extension": "12a" }),
        json!({ "skills": ["Swedish"] }),
        json!({ "skills": { "Swedish": 101 } }),
        json!({ "skills": { "Swedish": -1 } }),
        json!({ "skills": { "Swedish": 1.5 } }),
        json!({ "roles": "Agent" }),
    ] {
        let answer = sim.post("user", &with(bo(), change.clone())).await;
        assert_eq!(answer.status, 400, "{change}: {answer:?}");
    }
    sim.get("user/bo.ek").await.is(404);
    sim.knobs(&json!({ "require_email": true, "password_min_chars": 12 }));
    sim.post("user", &bo()).await.says(400, "missing required field: email");
    sim.post("user", &with(bo(), json!({ "email": "b@acme.example", "password": "Eleven-char" }))).await.is(400);
    sim.knobs(&json!({ "login_case": "sensitive", "require_email": false }));
    sim.post("user", &with(bo(), json!({ "loginId": "Maria.Lind" }))).await.done();
    assert_eq!(sim.user("maria.lind").await["lastName"], "Lind");
    sim.get("user/MARIA.LIND").await.is(404);
}

#[tokio::test]
async fn bodies_are_refused_in_the_words_of_the_vendors_parser() {
    let sim = Sim::start().await;
    let post =
        |body: &'static str| read(sim.to(Method::POST, "user").header("content-type", "application/json").body(body));
    post(r#""text""#).await.says(400, "Expected BEGIN_OBJECT but was STRING at line 1 column 1 path $");
    post(r#"{"loginId":"a","loginId":"b"}"#).await.says(400, "duplicate key: loginId");
    post(r#"{"loginId" "a"}"#).await.says(400, "Expected ':' at line 1 column 12 path $");
    read(sim.to(Method::POST, "user").body("{}")).await.says(415, "Unsupported Media Type");
    read(sim.to(Method::PUT, "user/maria.lind").header("content-type", "text/json").body("{}")).await.is(415);
}

#[tokio::test]
async fn a_put_changes_five_fields_and_leaves_the_rest() {
    let sim = Sim::start().await;
    let before = sim.user("maria.lind").await;
    sim.put("user/maria.lind", &json!({ "disabled": "true", "changePassword": false, "team": "Sales" })).await.done();
    let changed = json!({ "disabled": true, "changePassword": false, "team": "Sales" });
    assert_eq!(sim.user("maria.lind").await, with(before.clone(), changed));
    let unsupported = json!({ "firstName": "M", "lastName": "L", "email": "m@acme.example", "extension": "9", "workPhone": "1", "mobilePhone": "2",
        "roles": ["Supervisor"], "loginId": "m", "disabled": false });
    sim.put("user/maria.lind", &unsupported).await.done();
    let after = sim.user("maria.lind").await;
    assert_eq!(after, with(before, json!({ "disabled": false, "changePassword": false, "team": "Sales" })));
    sim.put("user/maria.lind", &json!({})).await.done();

    sim.knobs(&json!({ "unsupported_put_field": "refuse" }));
    for field in ["firstName", "email", "roles", "loginId"] {
        let answer = sim.put("user/maria.lind", &json!({ field: "x", "disabled": true })).await.is(400);
        assert!(answer.text.contains(field), "{answer:?}");
    }
    assert_eq!(sim.user("maria.lind").await, after);
    sim.put("user/nobody", &json!({ "disabled": true })).await.says(404, "user not found");
    sim.put("user/maria.lind", &json!({ "team": "Nope" })).await.says(404, "user team not found");
    sim.put("user/maria.lind", &json!({ "skills": { "Nope": 1 } })).await.says(404, "skill not found");
    sim.put("user/maria.lind", &json!({ "disabled": 1 })).await.is(400);

    sim.knobs(&json!({ "unsupported_put_field": "ignore", "put_team": false }));
    sim.put("user/maria.lind", &json!({ "team": "Administrators" })).await.done();
    assert_eq!(sim.user("maria.lind").await["team"], "Sales");
}

#[tokio::test]
async fn skills_are_replaced_or_merged() {
    let sim = Sim::start().await;
    sim.put("user/maria.lind", &json!({ "skills": { "German": 33, "Swedish": 0 } })).await.done();
    assert_eq!(sim.user("maria.lind").await["skills"], json!({ "German": 33, "Swedish": 0 }));
    sim.knobs(&json!({ "skills_put": "merge" }));
    sim.put("user/maria.lind", &json!({ "skills": { "English": 5 } })).await.done();
    assert_eq!(sim.user("maria.lind").await["skills"], json!({ "German": 33, "English": 5 }));
    sim.put("user/maria.lind", &json!({ "skills": { "German": 0 } })).await.done();
    assert_eq!(sim.user("maria.lind").await["skills"], json!({ "English": 5 }));
}

#[tokio::test]
async fn a_team_may_bring_its_skills() {
    let sim = Sim::with_knobs(json!({ "team_service_skills": true })).await;
    sim.put("user/maria.lind", &json!({ "team": "Sales" })).await.done();
    assert_eq!(sim.user("maria.lind").await["skills"], json!({ "Swedish": 70, "Sales": 100 }));
    sim.post("user", &with(bo(), json!({ "skills": { "German": 20 } }))).await.done();
    assert_eq!(sim.user("bo.ek").await["skills"], json!({ "German": 20, "Customer Service": 100 }));
}

#[tokio::test]
async fn passwords_keep_the_rules_and_may_have_a_history() {
    let sim = Sim::with_knobs(json!({ "password_history": 1 })).await;
    let put = async |password: &str| sim.put("user/maria.lind", &json!({ "password": password })).await;
    put("short").await.is(400);
    put("First-Password-1").await.done();
    put("First-Password-1").await.says(400, "password was used before");
    put("Second-Password-2").await.done();
    put("First-Password-1").await.done();
    assert_eq!(sim.user("maria.lind").await["changePassword"], true, "a password clears nothing else");
}

#[tokio::test]
async fn a_deleted_user_is_gone_and_the_name_is_free() {
    let sim = Sim::start().await;
    sim.delete("user/maria.lind").await.done();
    sim.get("user/maria.lind").await.is(404);
    sim.delete("user/maria.lind").await.says(404, "user not found");
    let again = with(bo(), json!({ "loginId": "maria.lind", "extension": "2051" }));
    sim.post("user", &again).await.done();
    sim.delete("user/olle.off").await.done();
}

#[tokio::test]
async fn a_lock_is_seen_and_cleared_and_is_not_the_same_as_disabled() {
    let sim = Sim::start().await;
    sim.get("user/lock/lock.out").await.says(200, r#"{"lockedOut":true}"#);
    assert_eq!(sim.user("lock.out").await["disabled"], false);
    read(sim.to(Method::PUT, "user/lock/lock.out")).await.says(200, r#"{"lockedOut":false}"#);
    sim.get("user/lock/lock.out").await.says(200, r#"{"lockedOut":false}"#);
    sim.put("user/lock/maria.lind", &json!({ "ignored": true })).await.says(200, r#"{"lockedOut":false}"#);
    sim.get("user/lock/nobody").await.is(404);
    sim.post("user", &with(bo(), json!({ "loginId": "lock" }))).await.done();
    assert_eq!(sim.user("lock").await["loginId"], "lock");
}

#[tokio::test]
async fn the_directory_lists_users_by_extension_and_says_little_about_them() {
    let sim = Sim::start().await;
    sim.post("user", &with(bo(), json!({ "extension": "300" }))).await.done();
    let list = sim.get("phone/user").await.is(200).json;
    let extensions: Vec<_> =
        list.as_array().expect("a list").iter().map(|one| one["extension"].as_str().expect("a text")).collect();
    assert_eq!(extensions, ["300", "1000", "1001", "2051", "2052", "2053", "2054"]);
    assert_eq!(
        list[1],
        json!({ "extension": "1000", "loginId": "admin", "firstName": "Admin", "lastName": "User", "external": "16505550100",
            "voiceMail": true, "greeting": false })
    );
    assert_eq!(
        list[0],
        json!({ "extension": "300", "loginId": "bo.ek", "firstName": "Bo", "lastName": "Ek", "voiceMail": false, "greeting": false })
    );
    sim.knobs(&json!({ "directory_includes_disabled": false, "directory_key": "login_id" }));
    let list = sim.get("phone/user").await.is(200).json;
    let names: Vec<_> =
        list.as_array().expect("a list").iter().map(|one| one["login_id"].as_str().expect("a text")).collect();
    assert_eq!(names, ["bo.ek", "admin", "scim.bridge", "maria.lind", "lars.berg", "lock.out"]);
    let numbers = sim.get("phone/ext").await.is(200).json;
    assert_eq!(
        (&numbers[0]["number"], &numbers[0]["type"], numbers.as_array().map(Vec::len)),
        (&json!("16505550100"), &json!("softphone"), Some(1))
    );
}

#[tokio::test]
async fn teams_are_names_in_order() {
    let sim = Sim::start().await;
    sim.get("team").await.says(
        200,
        r#"[{"name":"Administrators"},{"name":"Contact Center Support"},{"name":"CSIM Support"},{"name":"Customer Service"},{"name":"Sales"}]"#,
    );
}

#[tokio::test]
async fn newer_releases_say_more_about_the_last_login() {
    let sim = Sim::with_knobs(json!({ "login_info": true })).await;
    let user = sim.user("maria.lind").await;
    assert_eq!(user["loginInfo"]["isLoggedIn"], false);
    assert_eq!(user.as_object().and_then(|user| user.keys().next_back().cloned()).as_deref(), Some("loginInfo"));
}
