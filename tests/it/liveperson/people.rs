//! People: every field, and a whole life.

use serde_json::{Value, json};

use super::{
    ACCESS_TOKEN, ACCESS_TOKEN_SECRET, AGENT, APP_KEY, APP_SECRET, BILLING, ENTERPRISE, MANAGER, OWN, RETURNS, ROOT,
    SERVICE_LOGIN, SERVICE_PASSWORD, Scene, TIER_1, TIER_2, person, replace,
};
use crate::support::idp::{entra_user, okta_user};

const LI: &str = "li.wei@example.com";

#[tokio::test(flavor = "multi_thread")]
async fn a_person_gets_what_the_vendor_needs_and_nobody_says() {
    let scene = Scene::start().await;
    scene.idp().post("/Users", person(LI, json!({}))).await.is(201);
    let user = scene.user(LI);
    for (field, value) in [
        ("fullName", json!("Li Wei")),
        ("nickname", json!("Li")),
        ("email", json!(LI)),
        ("isEnabled", json!(true)),
        ("disabledManually", json!(false)),
        ("maxChats", json!(3)),
        ("profileIds", json!([AGENT])),
        ("skillIds", json!([])),
    ] {
        assert_eq!(user[field], value, "{field}");
    }
    assert_eq!(user["memberOf"]["agentGroupId"], ROOT);
    assert_eq!(scene.counted("baseURI", 200), (1, 1));
    assert_eq!(scene.counted("createUsers", 201), (1, 1));
    assert_eq!(scene.counted("getUsers", 200).0, 0, "nobody is looked for before");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_field_goes_to_the_vendor_and_comes_back() {
    let scene = Scene::start().await;
    let more = json!({
        "title": "Second level", "phoneNumbers": [{ "type": "mobile", "value": "+4512345678" }],
        "photos": [{ "type": "photo", "value": "https://pictures.example/li.png" }],
        ENTERPRISE: { "employeeNumber": "E-0" },
        OWN: {
            "maxChats": 5, "maxAsyncChats": 9, "profiles": ["agent", "Agent Manager"], "skills": ["Billing", "2359236912"],
            "agentGroup": "Tier 1", "managerOf": ["Tier 1", "Tier 2"], "lobs": ["Retail"], "employeeId": "E-7", "pictureId": "p1",
            "backgroundImage": "https://pictures.example/b.png", "pushCertificate": "app1", "changePasswordAtNextLogin": true,
            "permissionGroups": [4],
        },
    });
    let id = scene.idp().post("/Users", person(LI, more)).await.is(201).id();
    let user = scene.user(LI);
    for (field, value) in [
        ("maxChats", json!(5)),
        ("maxAsyncChats", json!(9)),
        ("profileIds", json!([AGENT, MANAGER])),
        ("skillIds", json!([BILLING, RETURNS])),
        ("lobIds", json!([2_359_236_412_i64])),
        ("employeeId", json!("E-7")),
        ("description", json!("Second level")),
        ("mobileNumber", json!("+4512345678")),
        ("pictureUrl", json!("https://pictures.example/li.png")),
        ("pictureId", json!("p1")),
        ("backgndImgUri", json!("https://pictures.example/b.png")),
        ("pnCertName", json!("app1")),
        ("changePwdNextLogin", json!(true)),
        ("permissionGroups", json!([4])),
    ] {
        assert_eq!(user[field], value, "{field}");
    }
    assert_eq!(user["memberOf"]["agentGroupId"], TIER_1);
    let managed: Vec<&Value> =
        user["managerOf"].as_array().expect("a list").iter().map(|group| &group["agentGroupId"]).collect();
    assert_eq!(managed, [&json!(TIER_1), &json!(TIER_2)]);
    // a change of something else leaves all of it as it is, times of assignment included
    scene.idp().operations(&id, replace("nickName", json!("Lee"))).await.is(200);
    let after = scene.user(LI);
    for field in ["managerOf", "memberOf", "skillIds", "lobIds", "employeeId", "pictureUrl", "permissionGroups", "pid"]
    {
        assert_eq!(after[field], user[field], "{field}");
    }
    assert_eq!(after["nickname"], "Lee");
    // and goes, where the IdP takes it away
    let gone = json!([
        { "op": "remove", "path": format!("{OWN}:managerOf") }, { "op": "remove", "path": format!("{OWN}:skills") },
        { "op": "remove", "path": format!("{OWN}:lobs") }, { "op": "remove", "path": "title" },
    ]);
    scene.idp().operations(&id, gone).await.is(200);
    let after = scene.user(LI);
    for field in ["managerOf", "skillIds", "lobIds"] {
        assert_eq!(after[field], json!([]), "{field}");
    }
    assert_eq!(after["description"].as_str().unwrap_or_default(), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_employee_number_is_published_only_when_the_customer_asks() {
    for (publishes, expected) in [(false, ""), (true, "E-1")] {
        let scene = Scene::start_with(json!({ "publish_employee_number": publishes }), json!({})).await;
        let more = json!({ ENTERPRISE: { "employeeNumber": "E-1" } });
        scene.idp().post("/Users", person(LI, more)).await.is(201);
        assert_eq!(scene.user(LI)["employeeId"].as_str().unwrap_or_default(), expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_life_as_okta_and_entra_drive_it() {
    let scene = Scene::start().await;
    let idp = scene.idp();
    for (login, body) in
        [("okta@example.com", okta_user("okta@example.com")), ("entra@example.com", entra_user("entra@example.com"))]
    {
        let is_okta = login.starts_with("okta");
        let id = idp.post("/Users", body).await.is(201).id();
        assert_eq!(idp.find(&format!("userName eq \"{login}\"")).await.is(200).resources().len(), 1);
        let off =
            if is_okta { idp.okta_sets_active(&id, false).await } else { idp.entra_sets_active(&id, false).await };
        assert!(off.status < 300, "{off:?}");
        let user = scene.user(login);
        assert_eq!((&user["isEnabled"], &user["disabledManually"]), (&json!(false), &json!(true)));
        let on = if is_okta { idp.okta_sets_active(&id, true).await } else { idp.entra_sets_active(&id, true).await };
        assert!(on.status < 300, "{on:?}");
        let user = scene.user(login);
        assert_eq!((&user["isEnabled"], &user["disabledManually"]), (&json!(true), &json!(false)));
        idp.delete(&format!("/Users/{id}")).await.is(204);
        let user = scene.user(login);
        assert_eq!((&user["isEnabled"], &user["deleted"]), (&json!(false), &json!(false)), "disabled, not deleted");
        idp.get(&format!("/Users/{id}")).await.is(404);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_comes_back_gets_the_old_account() {
    let scene = Scene::start().await;
    let id = scene.idp().post("/Users", person(LI, json!({}))).await.is(201).id();
    let key = scene.user(LI)["id"].clone();
    scene.idp().delete(&format!("/Users/{id}")).await.is(204);
    scene.idp().post("/Users", person(LI, json!({}))).await.is(201);
    let user = scene.user(LI);
    assert_eq!((&user["id"], &user["isEnabled"]), (&key, &json!(true)));
}

#[tokio::test(flavor = "multi_thread")]
async fn deletion_is_for_good_where_the_customer_wants_it_and_the_name_stays_taken() {
    let scene = Scene::start_with(json!({ "removal": "delete" }), json!({})).await;
    let id = scene.idp().post("/Users", person(LI, json!({}))).await.is(201).id();
    scene.idp().delete(&format!("/Users/{id}")).await.is(204);
    assert_eq!(scene.user(LI)["deleted"], true);
    for status in [400, 409] {
        scene.knobs(&json!({ "dup_status": status }));
        scene.idp().post("/Users", person(LI, json!({}))).await.is_error(409, "uniqueness").says("deleted");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_taken_leads_to_the_account_that_has_it_whatever_the_status() {
    for status in [400, 409] {
        let scene = Scene::start().await;
        scene.knobs(&json!({ "dup_status": status }));
        scene.idp().post("/Users", person("Ana.Ruiz@example.com", json!({ "displayName": "Ana Ruiz" }))).await.is(201);
        let ana = scene.user("ana.ruiz@example.com");
        assert_eq!(ana["nickname"], "Li");
        assert_eq!(
            (&ana["maxAsyncChats"], &ana["employeeId"]),
            (&json!(10), &json!("E-1001")),
            "what nobody says stays"
        );
        assert_eq!((&ana["skillIds"], &ana["memberOf"]["agentGroupId"]), (&json!([BILLING]), &json!(TIER_1)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_that_is_about_something_else_is_no_conflict() {
    let scene = Scene::start().await;
    let many = json!({ OWN: { "profiles": ["Agent", "2359236012", "Administrator"], "maxChats": 100_000 } });
    scene.idp().post("/Users", person(LI, many)).await.is_error(400, "invalidValue").says("maxChats");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_login_name_never_changes_but_for_its_letter_case() {
    let scene = Scene::start().await;
    let id = scene.idp().post("/Users", person(LI, json!({}))).await.is(201).id();
    scene.idp().operations(&id, replace("userName", json!("other@example.com"))).await.is_error(400, "mutability");
    let before = scene.counted("updateUser", 200).0;
    scene.idp().operations(&id, replace("userName", json!("Li.Wei@example.com"))).await.is(200);
    assert_eq!(scene.counted("updateUser", 200).0, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_goes_along_at_first_and_is_set_by_its_own_call_later() {
    let scene = Scene::start().await;
    let id = scene.idp().post("/Users", person(LI, json!({ "password": "Tr1cky-passw0rd" }))).await.is(201).id();
    scene.idp().operations(&id, replace("password", json!("An0ther-passw0rd"))).await.is(200);
    assert_eq!(scene.counted("resetPassword", 200), (1, 1));
    assert_eq!(scene.counted("updateUser", 200).0, 0);
    let refused = scene.idp().operations(&id, replace("password", json!("short"))).await.is_error(400, "invalidValue");
    assert!(refused.detail().contains("password") && !refused.detail().contains("short"), "{}", refused.detail());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_role_takes_away_is_written_again() {
    let scene = Scene::start().await;
    let own = json!({ OWN: { "skills": ["Billing"], "agentGroup": "Tier 1", "maxAsyncChats": 9, "maxChats": 7, "profiles": ["Agent"] } });
    let id = scene.idp().post("/Users", person(LI, own)).await.is(201).id();
    for role in ["Agent Manager", "Agent"] {
        scene.idp().operations(&id, replace(&format!("{OWN}:profiles"), json!([role]))).await.is(200);
        let user = scene.user(LI);
        assert_eq!(user["profileIds"], json!([if role == "Agent" { AGENT } else { MANAGER }]));
        assert_eq!(
            (&user["skillIds"], &user["memberOf"]["agentGroupId"]),
            (&json!([BILLING]), &json!(TIER_1)),
            "{role}"
        );
        assert_eq!((&user["maxChats"], &user["maxAsyncChats"]), (&json!(7), &json!(9)), "{role}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_role_takes_away_is_written_again_also_where_nobody_says_it() {
    let scene = Scene::start().await;
    let id = scene.idp().post("/Users", person(LI, json!({}))).await.is(201).id();
    for role in ["Agent Manager", "Agent"] {
        scene.idp().operations(&id, replace(&format!("{OWN}:profiles"), json!([role]))).await.is(200);
        let user = scene.user(LI);
        assert_eq!((&user["maxChats"], &user["memberOf"]["agentGroupId"]), (&json!(3), &json!(ROOT)), "{role}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn robots_and_other_accounts_that_are_no_people_are_left_alone() {
    let scene = Scene::start_with(json!({}), json!({})).await;
    let (is_done, printed) = scene.run(&["import", "--config", "bridge.yaml", "--connection", "it"]);
    assert!(is_done, "{printed}");
    let all = scene.idp().get("/Users?count=100").await.is(200);
    let names: Vec<&str> = all.resources().iter().filter_map(|user| user["userName"].as_str()).collect();
    for here in ["ana.ruiz@example.com", "marc.roy@example.com", "dora.off@example.com"] {
        assert!(names.contains(&here), "{names:?}");
    }
    for hidden in ["api.bridge", "concierge.bot", "system", "gone.agent@example.com", "lpa.support"] {
        assert!(!names.contains(&hidden), "{names:?}");
    }
    let marc = all.resources().iter().find(|user| user["userName"] == "marc.roy@example.com").expect("Marc");
    assert_eq!(marc[OWN]["profiles"], json!(["Agent Manager"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_vendors_own_staff_is_never_taken_over() {
    let scene = Scene::start().await;
    let own = scene.user("lpa.support");
    let refused = scene.idp().post("/Users", person("lpa.support", json!({}))).await;
    assert!(refused.status >= 400 && refused.status < 500, "{refused:?}");
    assert!(refused.detail().contains("protected"), "{}", refused.detail());
    assert_eq!(scene.user("lpa.support"), own);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_the_vendor_does_not_have_is_refused_with_the_nearest_one() {
    let scene = Scene::start().await;
    let wrong = json!({ OWN: { "profiles": ["Agnet"] } });
    scene.idp().post("/Users", person(LI, wrong)).await.is_error(400, "invalidValue").says("Agent");
    let staff = json!({ "roles": [{ "value": "2359236312" }] });
    scene.idp().post("/Users", person(LI, staff)).await.is_error(400, "invalidValue").says("2359236312");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_way_to_sign_in_needs_its_own_secrets_only() {
    let keys = json!({
        "app_key": APP_KEY, "app_secret": APP_SECRET, "access_token": ACCESS_TOKEN, "access_token_secret": ACCESS_TOKEN_SECRET,
    });
    let scene = Scene::start_with(json!({ "auth": "oauth1" }), json!({ "secrets": keys })).await;
    let id = scene.idp().post("/Users", person(LI, json!({}))).await.is(201).id();
    scene.idp().operations(&id, replace("nickName", json!("Lee"))).await.is(200);
    assert_eq!(scene.counted("token", 200).0, 0);
    assert_eq!(scene.user(LI)["nickname"], "Lee");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_of_the_bridge_as_a_user_is_kept_alive_and_that_user_is_never_touched() {
    let secrets = json!({ "username": SERVICE_LOGIN, "password": SERVICE_PASSWORD });
    let scene = Scene::start_with(json!({ "auth": "login" }), json!({ "secrets": secrets })).await;
    let id = scene.idp().post("/Users", person(LI, json!({}))).await.is(201).id();
    scene.vendor.control().revoke_tokens();
    scene.idp().operations(&id, replace("nickName", json!("Lee"))).await.is(200);
    assert_eq!(scene.user(LI)["nickname"], "Lee");
    assert_eq!((scene.counted("login", 200), scene.counted("token", 200).0), ((2, 2), 0));
    let own = scene.user(SERVICE_LOGIN);
    let taken = scene.idp().post("/Users", person(SERVICE_LOGIN, json!({}))).await;
    assert!(taken.status == 400 || taken.status == 409 || taken.status == 403, "{taken:?}");
    assert_eq!(scene.user(SERVICE_LOGIN), own);
}
