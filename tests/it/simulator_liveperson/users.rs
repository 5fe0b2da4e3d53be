//! Users: what is required, what a PUT takes away, roles, names, passwords, deletion.

use super::*;

#[tokio::test]
async fn one_user_is_created_with_its_address_and_a_list_without() {
    let sim = Sim::start().await;
    let answer = sim.post("users?v=6.0&select=$all", &li()).await.is(201);
    let id = answer.json["id"].as_i64().expect("an id");
    assert_eq!(
        answer.header("location"),
        Some(format!("{}{}", sim.running.url(), configuration(&format!("users/{id}"))).as_str())
    );
    let user = &answer.json;
    assert_eq!(user["pid"].as_str().map(str::len), Some(36));
    assert_eq!(
        (&user["disabledManually"], &user["maxAsyncChats"], &user["userTypeId"]),
        (&json!(false), &Value::Null, &json!(1))
    );
    assert_eq!(user["memberOf"]["assignmentDate"].as_str().map(str::len), Some("2025-02-03 10:11:12".len()));
    assert!(!user.to_string().contains("kR7!"), "{user}");
    assert!(user.get("description").is_none() && user.get("dateCreated").is_none(), "{user}");
    assert!(!sim.running.state().to_string().contains("kR7!"));

    let second = |name: &str| with(li(), json!({ "loginName": name }));
    let before = answer.revision();
    let list = sim.post("users", &json!([second("a@example.com"), second("b@example.com")])).await.is(201);
    assert_eq!(
        (list.json.as_array().map(Vec::len), list.header("location"), list.revision()),
        (Some(2), None, before + 1)
    );
    let half = sim.post("users", &json!([second("c@example.com"), second("a@example.com")])).await.is(400);
    assert!(half.message().contains("a@example.com"), "{half:?}");
    let names = sim.get("users").await;
    assert_eq!(names.revision(), before + 1);
    assert!(!names.json.to_string().contains("c@example.com"), "all or none");
    sim.post("users", &json!([])).await.is(400);
}

#[tokio::test]
async fn what_is_required_is_named() {
    let sim = Sim::start().await;
    for field in
        ["loginName", "fullName", "nickname", "email", "isEnabled", "maxChats", "profileIds", "passwordSh", "memberOf"]
    {
        let answer = sim.post("users", &with(li(), json!({ field: null }))).await.is(400);
        assert!(answer.message().contains(field), "{field}: {answer:?}");
    }
    let admin = with(li(), json!({ "profileIds": [ADMIN], "memberOf": null }));
    let id = sim.created("users", &admin).await;
    assert_eq!(sim.entity("users", id).await["memberOf"], Value::Null);
}

#[tokio::test]
async fn values_are_judged() {
    let sim = Sim::start().await;
    let long = "x".repeat(101);
    let cases = [
        (json!({ "profileIds": [1] }), "profileIds"),
        (json!({ "profileIds": [null] }), "profileIds"),
        (json!({ "profileIds": [AGENT, AGENT] }), "profileIds"),
        (json!({ "skillIds": [BILLING, null] }), "skillIds"),
        (json!({ "skillIds": [7] }), "skillIds"),
        (json!({ "lobIds": [7] }), "lobIds"),
        (json!({ "memberOf": { "agentGroupId": 7 } }), "memberOf"),
        (json!({ "memberOf": [{ "agentGroupId": TIER_1 }] }), "memberOf"),
        (json!({ "managerOf": [{ "agentGroupId": 7 }] }), "managerOf"),
        (json!({ "maxChats": 101 }), "maxChats"),
        (json!({ "maxChats": -1 }), "maxChats"),
        (json!({ "maxAsyncChats": 1001 }), "maxAsyncChats"),
        (json!({ "userTypeId": 3 }), "userTypeId"),
        (json!({ "isEnabled": "yes" }), "isEnabled"),
        (json!({ "nickname": long }), "nickname"),
        (json!({ "description": "x".repeat(257) }), "description"),
        (json!({ "passwordSh": "short" }), "password"),
        (json!({ "isApiUser": true }), "allowedAppKeys"),
    ];
    for (change, word) in cases {
        let answer = sim.post("users", &with(li(), change.clone())).await;
        assert!(answer.status == 400 && answer.message().contains(word), "{change}: {answer:?}");
    }
    sim.knobs(&json!({ "limits": { "name_chars": 3, "users": 8 } }));
    assert!(sim.post("users", &li()).await.is(400).message().contains("characters"));
    sim.knobs(&json!({ "limits": { "users": 8 } }));
    assert!(sim.post("users", &li()).await.is(400).message().contains("at most 8 users"));
}

#[tokio::test]
async fn quoted_values_unknown_names_and_an_id_are_taken_as_they_come() {
    let sim = Sim::start().await;
    let quoted = json!({ "isEnabled": "true", "maxChats": "4", "skillIds": [BILLING.to_string()], "memberOf": { "agentGroupId": "-1" },
        "id": 5, "favouriteColour": "red", "isActive": true });
    let id = sim.created("users", &with(li(), quoted)).await;
    let user = sim.entity("users", id).await;
    assert_eq!(
        (&user["isEnabled"], &user["maxChats"], &user["skillIds"]),
        (&json!(true), &json!(4), &json!([BILLING]))
    );
    assert_eq!(user["memberOf"]["agentGroupId"], -1);
    assert!(id > 2_359_235_912 && user.get("favouriteColour").is_none());
}

#[tokio::test]
async fn answers_may_quote_what_a_careful_client_can_send_back() {
    let sim = Sim::with_knobs(json!({ "quoted_values": true })).await;
    let ana = sim.entity("users", ANA).await;
    assert_eq!(
        (&ana["id"], &ana["isEnabled"], &ana["maxChats"]),
        (&json!(ANA.to_string()), &json!("true"), &json!("3"))
    );
    assert_eq!(
        (&ana["skillIds"], &ana["memberOf"]["agentGroupId"]),
        (&json!([BILLING.to_string()]), &json!(TIER_1.to_string()))
    );
    sim.change("users", ANA, json!({ "nickname": "A" })).await.is(200);
    sim.knobs(&json!({ "quoted_values": false }));
    assert_eq!(sim.entity("users", ANA).await["maxChats"], 3);
}

#[tokio::test]
async fn a_put_takes_away_what_it_leaves_out() {
    let sim = Sim::start().await;
    let id = sim
        .created(
            "users",
            &with(li(), json!({ "description": "d", "employeeId": "E-7", "skillIds": [BILLING], "maxAsyncChats": 5 })),
        )
        .await;
    let lean = with(li(), json!({ "id": id, "passwordSh": null }));
    let revision = sim.get("users").await.revision();
    let user = sim.put(&format!("users/{id}"), revision, &lean).await.is(200).json;
    assert!(user.get("description").is_none() && user.get("employeeId").is_none(), "{user}");
    assert_eq!((&user["skillIds"], &user["maxAsyncChats"]), (&json!([]), &Value::Null));
    let pid = user["pid"].clone();
    assert!(pid.is_string());
    for field in ["email", "fullName", "isEnabled", "memberOf"] {
        sim.put(&format!("users/{id}"), -1, &with(lean.clone(), json!({ field: null }))).await.is(400);
    }
    assert_eq!(
        sim.put(&format!("users/{id}"), -1, &with(lean.clone(), json!({ "fullName": "" }))).await.is(200).json["fullName"],
        ""
    );
    sim.put(&format!("users/{id}"), -1, &with(lean.clone(), json!({ "id": null }))).await.is(400);
    sim.put(&format!("users/{id}"), -1, &with(lean.clone(), json!({ "id": ANA }))).await.is(400);
    sim.put("users/1", -1, &with(lean.clone(), json!({ "id": 1 }))).await.is(404);
    let other = with(lean, json!({ "pid": "another", "id": id.to_string() }));
    assert_eq!(sim.put(&format!("users/{id}"), -1, &other).await.is(200).json["pid"], pid);
}

#[tokio::test]
async fn login_names_are_unique_for_ever_and_never_change() {
    let sim = Sim::start().await;
    let named = |name: &str| with(li(), json!({ "loginName": name }));
    sim.post("users", &named("ANA.RUIZ@example.com")).await.is(400);
    sim.post("users", &named("gone.agent@example.com")).await.is(400);
    sim.change("users", ANA, json!({ "loginName": "ana.maria@example.com" })).await.is(400);
    sim.knobs(&json!({ "dup_status": 409, "reuse_deleted": true, "login_rename": "ignore" }));
    sim.post("users", &named("ana.ruiz@example.com")).await.is(409);
    sim.post("users", &named("gone.agent@example.com")).await.is(201);
    let kept =
        sim.change("users", ANA, json!({ "loginName": "ana.maria@example.com", "nickname": "AM" })).await.is(200);
    assert_eq!((&kept.json["loginName"], &kept.json["nickname"]), (&json!("ana.ruiz@example.com"), &json!("AM")));
    let pid = sim.entity("users", ANA).await["pid"].clone();
    sim.post("users", &with(named("x@example.com"), json!({ "pid": pid }))).await.is(409);
    sim.post(
        "users",
        &with(named("y@example.com"), json!({ "email": "ana.ruiz@example.com", "fullName": "Ana Ruiz" })),
    )
    .await
    .is(201);
}

#[tokio::test]
async fn disabled_manually_follows_unless_it_is_said() {
    let sim = Sim::start().await;
    let off = json!({ "isEnabled": false, "disabledManually": null });
    let user = sim.change("users", ANA, off.clone()).await.is(200).json;
    assert_eq!((&user["isEnabled"], &user["disabledManually"]), (&json!(false), &json!(true)));
    let user = sim.change("users", ANA, with(off, json!({ "nickname": "A" }))).await.is(200).json;
    assert_eq!(user["disabledManually"], true);
    let user = sim.change("users", ANA, json!({ "isEnabled": true, "disabledManually": null })).await.is(200).json;
    assert_eq!(user["disabledManually"], false);
    let user = sim.change("users", ANA, json!({ "isEnabled": false, "disabledManually": false })).await.is(200).json;
    assert_eq!(user["disabledManually"], false);
}

#[tokio::test]
async fn who_leaves_the_agents_loses_what_agents_have_and_coming_back_restores_nothing() {
    let sim = Sim::start().await;
    let user = sim
        .change("users", ANA, json!({ "profileIds": [MANAGER], "managerOf": [{ "agentGroupId": TIER_2 }] }))
        .await
        .is(200)
        .json;
    assert_eq!(
        (&user["maxChats"], &user["maxAsyncChats"], &user["memberOf"], &user["skillIds"]),
        (&json!(0), &Value::Null, &Value::Null, &json!([]))
    );
    assert_eq!(user["managerOf"][0]["agentGroupId"], TIER_2);
    let user = sim
        .change("users", ANA, json!({ "profileIds": [AGENT], "memberOf": { "agentGroupId": -1 } }))
        .await
        .is(200)
        .json;
    assert_eq!((&user["managerOf"], &user["maxChats"], &user["skillIds"]), (&json!([]), &json!(0), &json!([])));
    let user = sim.change("users", MARC, json!({ "profileIds": [ADMIN] })).await.is(200).json;
    assert_eq!(user["managerOf"], json!([]));
    let all = json!([ADMIN, AGENT, MANAGER, 2_359_236_212_i64]);
    sim.change("users", MARC, json!({ "profileIds": all, "memberOf": { "agentGroupId": -1 } })).await.is(200);
    let five = json!([ADMIN, AGENT, MANAGER, 2_359_236_212_i64, 2_359_236_312_i64]);
    sim.change("users", MARC, json!({ "profileIds": five })).await.is(400);
}

#[tokio::test]
async fn a_group_keeps_the_time_of_its_assignment_and_a_new_one_gets_one() {
    let seed = json!({ "users": [{ "id": 500, "loginName": "a", "fullName": "A", "nickname": "A", "email": "a@example.com", "isEnabled": true, "maxChats": 1,
        "profileIds": [AGENT], "memberOf": { "agentGroupId": TIER_1, "assignmentDate": "2020-01-01 00:00:00" } }] });
    let sim = Sim::start_with(Options { seed: Some(seed.to_string()), ..Options::default() }).await;
    let member = json!({ "agentGroupId": TIER_1, "assignmentDate": "1999-01-01 00:00:00" });
    let kept = sim.change("users", 500, json!({ "memberOf": member })).await.is(200).json;
    assert_eq!(kept["memberOf"]["assignmentDate"], "2020-01-01 00:00:00");
    let moved = sim.change("users", 500, json!({ "memberOf": { "agentGroupId": TIER_2 } })).await.is(200).json;
    assert!(moved["memberOf"]["assignmentDate"].as_str().is_some_and(|date| date > "2020-01-01 00:00:00"), "{moved}");
}

#[tokio::test]
async fn personal_fields_can_be_blank_and_then_a_careless_put_wipes_them() {
    let sim = Sim::with_knobs(json!({ "blank_pii": true, "extra_fields": true })).await;
    let shown = sim.entity("users", ANA).await;
    assert_eq!((&shown["fullName"], &shown["employeeId"]), (&json!(""), &json!("")));
    assert_eq!((&shown["profiles"][0]["roleTypeId"], &shown["lpaCreatedUser"]), (&json!(2), &json!(false)));
    assert!(shown["dateCreated"].is_string());
    sim.change("users", ANA, json!({ "nickname": "A" })).await.is(200);
    sim.knobs(&json!({ "blank_pii": false, "extra_fields": false }));
    let user = sim.entity("users", ANA).await;
    assert_eq!((&user["fullName"], &user["employeeId"], user.get("profiles")), (&json!(""), &json!(""), None));
}

#[tokio::test]
async fn passwords_keep_the_accounts_rules_and_change_on_demand() {
    let sim = Sim::start().await;
    let date = |user: &Value| user["lastPwdChangeDate"].as_str().map(str::to_owned);
    assert!(date(&sim.entity("users", MARC).await).is_none());
    let reset = |id: i64, password: &'static str| {
        read(sim.to(Method::PUT, &format!("users/{id}/resetPassword?v=6.0")).json(&json!({ "newPassword": password })))
    };
    reset(MARC, "short").await.is(400);
    let answer = reset(MARC, "long-enough-1").await.is(200);
    assert_eq!(answer.json["id"], MARC);
    assert!(date(&answer.json).is_some());
    reset(1, "long-enough-1").await.is(404);
    read(sim.to(Method::PUT, &format!("users/{MARC}/resetPassword")).json(&json!({ "password": "x" }))).await.is(400);
    sim.change("users", MARC, json!({ "passwordSh": "short" })).await.is(400);
    sim.change("users", MARC, json!({ "passwordSh": "long-enough-2" })).await.is(200);

    sim.knobs(&json!({ "password_policy": { "classes": 4 } }));
    reset(MARC, "long-enough-1").await.is(400);
    reset(MARC, "Long-enough-1").await.is(200);
    sim.knobs(&json!({ "local_login": false }));
    reset(MARC, "x").await.is(200);
    let api = with(li(), json!({ "isApiUser": true, "allowedAppKeys": "k", "passwordSh": null }));
    sim.post("users", &api).await.is(201);
}

#[tokio::test]
async fn a_deleted_user_stays_as_a_record_and_keeps_the_name() {
    let sim = Sim::start().await;
    let revision = sim.get("users").await.revision();
    let answer = sim.delete(&format!("users/{ANA}?v=6.0"), revision).await.is(200);
    assert_eq!((&answer.json["deleted"], answer.revision()), (&json!(true), revision + 1));
    sim.get(&format!("users/{ANA}")).await.is(404);
    sim.delete(&format!("users/{ANA}"), revision + 1).await.is(404);
    sim.put(&format!("users/{ANA}"), revision + 1, &with(li(), json!({ "id": ANA }))).await.is(404);
    sim.post("users", &with(li(), json!({ "loginName": "ana.ruiz@example.com" }))).await.is(400);

    sim.knobs(&json!({ "delete_body": "empty" }));
    let id = sim.created("users", &li()).await;
    let both = |ids: Value| read(sim.to(Method::DELETE, "users").header("if-match", "-1").json(&ids));
    both(json!([id.to_string(), "1"])).await.is(404);
    both(json!("all")).await.is(400);
    let gone = both(json!([id.to_string(), MARC])).await.is(200);
    assert_eq!(gone.json, json!(""));
    sim.get(&format!("users/{MARC}")).await.is(404);
}

#[tokio::test]
async fn several_users_change_together_or_not_at_all() {
    let sim = Sim::start().await;
    let (ana, marc) = (sim.entity("users", ANA).await, sim.entity("users", MARC).await);
    let revision = sim.get("users").await.revision();
    let changed = |user: &Value, name: &str| with(user.clone(), json!({ "nickname": name }));
    let answer =
        sim.put("users?select=id,nickname", revision, &json!([changed(&ana, "A"), changed(&marc, "M")])).await.is(200);
    assert_eq!(answer.json, json!([{ "id": ANA, "nickname": "A" }, { "id": MARC, "nickname": "M" }]));
    assert_eq!(answer.revision(), revision + 1);
    let bad = with(marc.clone(), json!({ "email": null }));
    sim.put("users", revision + 1, &json!([changed(&ana, "Z"), bad])).await.is(400);
    assert_eq!(sim.entity("users", ANA).await["nickname"], "A");
    sim.put("users", revision, &json!([changed(&ana, "Z")])).await.is(409);
    sim.put("users", revision + 1, &json!([changed(&ana, "Z"), { "id": 1 }])).await.is(404);
}

#[tokio::test]
async fn a_user_is_found_by_pid_and_shows_a_public_profile_to_everybody() {
    let sim = Sim::start().await;
    let pid = sim.entity("users", ANA).await["pid"].as_str().expect("a pid").to_owned();
    assert_eq!(sim.get(&format!("users/pid/{pid}?v=4.0")).await.is(200).json["id"], ANA);
    sim.get(&format!("users/pid/{ANA}")).await.is(400);
    sim.get("users/pid/nobody").await.is(404);
    let public = read(sim.request(Method::GET, &configuration(&format!("users/{pid}")))).await.is(200);
    assert_eq!(public.json, json!({ "employeeId": "E-1001", "nickname": "Ana", "fullName": "Ana Ruiz" }));
    read(sim.request(Method::GET, &configuration("users/nobody"))).await.is(404);
}
