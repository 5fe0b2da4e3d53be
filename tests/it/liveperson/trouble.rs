//! What goes wrong at the vendor, and what becomes of it.

use serde_json::json;

use super::{OWN, Scene, person, replace};
use crate::support::eventually;

const LI: &str = "li.wei@example.com";

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_who_writes_in_between_loses_nothing_and_nobody_notices() {
    for status in [409, 412] {
        let scene = Scene::start().await;
        scene.knobs(&json!({ "stale_status": status, "latency_ms": 20 }));
        let idp = scene.idp();
        let id = idp.post("/Users", person(LI, json!({}))).await.is(201).id();
        let storm = async {
            for number in 0..12 {
                scene.edit(LI, &json!({ "pictureId": format!("p{number}"), "employeeId": "by hand" }));
                tokio::time::sleep(std::time::Duration::from_millis(35)).await;
            }
        };
        let change = eventually("the change", async || {
            (idp.operations(&id, replace("displayName", json!("Li Wei the second"))).await.status == 200).then_some(())
        });
        tokio::join!(storm, change);
        let user = scene.user(LI);
        assert_eq!((&user["fullName"], &user["pictureId"]), (&json!("Li Wei the second"), &json!("p11")));
        assert_eq!(user["employeeId"], "by hand");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_read_before_a_change_while_nobody_else_changes_anything() {
    let scene = Scene::start().await;
    let idp = scene.idp();
    let mut people = Vec::new();
    for number in 0..6 {
        people.push(idp.post("/Users", person(&format!("p{number}@example.com"), json!({}))).await.is(201).id());
    }
    let all: Vec<&str> = people.iter().map(String::as_str).collect();
    for group in ["Skill One", "Skill Two", "Team Night"] {
        idp.creates_group(group, &all).await.is(201);
    }
    assert_eq!(scene.counted("getUser", 200).0, 0, "our own changes explain every revision");
    assert_eq!(scene.counted("updateUser", 200), (18, 18), "one call for each membership");
    // somebody else changes one of them: what he wrote stays, and everybody is read again
    scene.edit("p1@example.com", &json!({ "pictureId": "by hand" }));
    for id in &people {
        idp.operations(id, replace("nickName", json!("N"))).await.is(200);
    }
    let one = scene.user("p1@example.com");
    assert_eq!((&one["pictureId"], &one["nickname"]), (&json!("by hand"), &json!("N")));
    assert_eq!(scene.counted("getUser", 200).0, 6);
    assert_eq!(scene.counted("updateUser", 409).1, 1, "the first one was told");
    // a change of another kind by somebody else is no proof that he changed no user
    let skill = json!({ "type": "skills", "set": {} });
    scene.vendor.control().act("edit", &skill).expect("an edit");
    idp.operations(&people[0], replace("nickName", json!("M"))).await.is(200);
    assert_eq!(scene.counted("getUser", 200).0, 6, "its own state was proved by the revision that it carried");
    idp.operations(&people[1], replace("nickName", json!("M"))).await.is(200);
    assert_eq!(scene.counted("getUser", 200).0, 7, "the gap is nobody's that we know");
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_are_shown_empty_are_not_erased() {
    let scene = Scene::start().await;
    let own = json!({ OWN: { "employeeId": "E-7" } });
    let id = scene.idp().post("/Users", person(LI, own)).await.is(201).id();
    scene.knobs(&json!({ "blank_pii": true }));
    scene.idp().operations(&id, replace("nickName", json!("Lee"))).await.is(200);
    scene.idp().okta_sets_active(&id, false).await;
    let user = scene.user(LI);
    assert_eq!((&user["fullName"], &user["employeeId"]), (&json!("Li Wei"), &json!("E-7")));
    assert_eq!((&user["nickname"], &user["isEnabled"]), (&json!("Lee"), &json!(false)));
}

#[tokio::test(flavor = "multi_thread")]
async fn values_in_quotes_and_answers_in_other_forms_change_nothing() {
    let scene = Scene::start().await;
    scene.knobs(&json!({
        "quoted_values": true, "extra_fields": true, "group_member_lists": true, "expires_in_type": "absent", "default_select": "all",
        "delete_body": "empty",
    }));
    let idp = scene.idp();
    let id = idp.post("/Users", person(LI, json!({}))).await.is(201).id();
    let group = idp.creates_group("Skill Invoices", &[&id]).await.is(201).id();
    let team = idp.creates_group("Team Night", &[&id]).await.is(201).id();
    let renamed = json!([{ "op": "replace", "path": "displayName", "value": "Team Day" }]);
    assert!(idp.group_operations(&team, renamed).await.status < 300);
    idp.operations(&id, replace("nickName", json!("Lee"))).await.is(200);
    let user = scene.user(LI);
    assert_eq!((&user["nickname"], &user["isEnabled"]), (&json!("Lee"), &json!(true)));
    assert_eq!(user["skillIds"].as_array().map(Vec::len), Some(1));
    assert!(scene.find("agentGroups", "name", "Day").is_some());
    idp.delete(&format!("/Groups/{group}")).await.is(204);
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_that_end_in_the_middle_are_replaced_once() {
    let scene = Scene::start().await;
    let id = scene.idp().post("/Users", person(LI, json!({}))).await.is(201).id();
    scene.vendor.control().revoke_tokens();
    scene.idp().operations(&id, replace("nickName", json!("Lee"))).await.is(200);
    assert_eq!(scene.user(LI)["nickname"], "Lee");
    assert_eq!(scene.counted("token", 200), (2, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_to_a_create_makes_no_second_person() {
    let scene = Scene::start().await;
    scene.fault(&json!({ "match": { "operation": "createUsers" }, "do": { "cut": "after" } }));
    let answer = scene.idp().post("/Users", person(LI, json!({}))).await;
    assert!(answer.status == 201 || answer.status == 503, "{answer:?}");
    eventually("the account is found", async || {
        let found = scene.idp().find(&format!("userName eq \"{LI}\"")).await;
        (found.resources().len() == 1 && scene.counted("getUsers", 200).0 > 0).then_some(())
    })
    .await;
    let users = scene.vendor.state()["users"].as_array().expect("users").clone();
    assert_eq!(users.iter().filter(|user| user["loginName"] == LI).count(), 1);
    assert_eq!(scene.counted("createUsers", 201).0, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn repeats_wait_as_the_vendor_recommends() {
    let scene = Scene::start().await;
    let id = scene.idp().post("/Users", person(LI, json!({}))).await.is(201).id();
    scene.fault(&json!({ "match": { "operation": "updateUser" }, "do": { "status": 503 } }));
    let begun = tokio::time::Instant::now();
    scene.idp().operations(&id, replace("nickName", json!("Lee"))).await.is(200);
    let took = begun.elapsed().as_secs_f64();
    assert!((5.0..9.0).contains(&took), "five seconds after a 5xx, not {took}");
    scene.fault(
        &json!({ "match": { "operation": "updateUser" }, "do": { "limit": { "seconds": 0, "form": "seconds" } } }),
    );
    let begun = tokio::time::Instant::now();
    scene.idp().operations(&id, replace("nickName", json!("Li"))).await.is(200);
    let took = begun.elapsed().as_secs_f64();
    assert!((1.0..4.0).contains(&took), "a second at least after a limit, not {took}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_that_is_missing_is_told_with_the_way_out() {
    let scene = Scene::start().await;
    scene.knobs(&json!({ "oauth2_only_users": true }));
    let answer = scene.idp().post("/Users", person(LI, json!({}))).await.is(503);
    assert!(answer.detail().contains("oauth1"), "{}", answer.detail());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_and_a_group_by_their_ids_need_no_list() {
    let settings = json!({ "default_profile": "2359236012", "default_agent_group": "-1" });
    let scene = Scene::start_with(settings, json!({})).await;
    scene.knobs(&json!({ "oauth2_only_users": true }));
    scene.idp().post("/Users", person(LI, json!({}))).await.is(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_is_disabled_although_the_vendor_fails_at_first() {
    let scene = Scene::start_with(json!({}), json!({ "answer_within": 2 })).await;
    let id = scene.idp().post("/Users", person(LI, json!({}))).await.is(201).id();
    scene.fault(&json!({ "match": { "operation": "updateUser", "times": 1 }, "do": { "cut": "before" } }));
    let answer = scene.idp().okta_sets_active(&id, false).await;
    assert!(answer.status < 300 || answer.status == 503, "{answer:?}");
    eventually("access is gone", async || (scene.user(LI)["isEnabled"] == false).then_some(())).await;
}
