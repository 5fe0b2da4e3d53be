//! Groups: skills, agent groups and profiles.

use serde_json::{Value, json};

use super::{AGENT, BILLING, MANAGER, ROOT, Scene, TIER_1, TIER_2, person};

async fn somebody(scene: &Scene, login: &str) -> String {
    scene.idp().post("/Users", person(login, json!({}))).await.is(201).id()
}

fn skills(scene: &Scene, login: &str) -> Value {
    scene.user(login)["skillIds"].clone()
}

fn team(scene: &Scene, login: &str) -> i64 {
    scene.user(login)["memberOf"]["agentGroupId"].as_i64().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_skill_lives_and_dies_with_its_group() {
    let scene = Scene::start().await;
    let ada = somebody(&scene, "ada@example.com").await;
    let group = scene.idp().creates_group("Skill Invoices", &[&ada]).await.is(201).id();
    let skill = scene.find("skills", "name", "Invoices").expect("the skill");
    assert_eq!(skills(&scene, "ada@example.com"), json!([skill["id"]]));
    let rename = json!([{ "op": "replace", "path": "displayName", "value": "Skill Bills" }]);
    assert!(scene.idp().group_operations(&group, rename).await.status < 300);
    let renamed = scene.find("skills", "name", "Bills").expect("the skill under its new name");
    assert_eq!((&renamed["id"], &renamed["maxWaitTime"]), (&skill["id"], &json!(120)));
    scene.idp().delete(&format!("/Groups/{group}")).await.is(204);
    assert_eq!(scene.find("skills", "name", "Bills").expect("kept as deleted")["deleted"], true);
    assert_eq!(skills(&scene, "ada@example.com"), json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_skill_that_others_still_have_stays_and_the_sentence_says_why() {
    let scene = Scene::start().await;
    let ada = somebody(&scene, "ada@example.com").await;
    let group = scene.idp().creates_group("Skill Billing", &[&ada]).await.is(201).id();
    assert_eq!(skills(&scene, "ada@example.com"), json!([BILLING]), "the skill that was there");
    let refused = scene.idp().delete(&format!("/Groups/{group}")).await;
    assert_eq!(refused.status, 400, "{refused:?}");
    assert!(refused.detail().contains("still in use"), "{}", refused.detail());
    assert_eq!(scene.find("skills", "name", "Billing").expect("it")["deleted"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_group_takes_its_members_and_gives_them_back_to_the_root() {
    let scene = Scene::start().await;
    let idp = scene.idp();
    let ada = somebody(&scene, "ada@example.com").await;
    let one = idp.creates_group("Team Tier 1", &[&ada]).await.is(201).id();
    assert_eq!(team(&scene, "ada@example.com"), TIER_1);
    let two = idp.creates_group("Team Tier 2", &[&ada]).await.is(201).id();
    assert_eq!(team(&scene, "ada@example.com"), TIER_2);
    assert!(idp.group(&one).await.is(200).members().is_empty(), "she is in one only");
    assert!(idp.entra_removes(&two, &ada).await.status < 300);
    assert_eq!(team(&scene, "ada@example.com"), ROOT);
    let new = idp.creates_group("Team Night", &[&ada]).await.is(201).id();
    let night = scene.find("agentGroups", "name", "Night").expect("the new group");
    assert_eq!((&night["parentGroupId"], &night["isEnabled"]), (&json!(ROOT), &json!(true)));
    assert_eq!(json!(team(&scene, "ada@example.com")), night["id"]);
    idp.delete(&format!("/Groups/{new}")).await.is(204);
    assert_eq!(team(&scene, "ada@example.com"), ROOT);
    assert_eq!(scene.find("agentGroups", "name", "Night").expect("kept as deleted")["deleted"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_works_in_either_order() {
    for joins_first in [true, false] {
        let scene = Scene::start().await;
        let idp = scene.idp();
        let ada = somebody(&scene, "ada@example.com").await;
        let one = idp.creates_group("Team Tier 1", &[&ada]).await.is(201).id();
        let two = idp.creates_group("Team Tier 2", &[]).await.is(201).id();
        if joins_first {
            assert!(idp.entra_adds(&two, &ada).await.status < 300);
            assert!(idp.entra_removes(&one, &ada).await.status < 300);
        } else {
            assert!(idp.entra_removes(&one, &ada).await.status < 300);
            assert!(idp.entra_adds(&two, &ada).await.status < 300);
        }
        assert_eq!(team(&scene, "ada@example.com"), TIER_2, "{joins_first}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_is_assigned_and_never_created() {
    let scene = Scene::start().await;
    let ada = somebody(&scene, "ada@example.com").await;
    let group = scene.idp().creates_group("Role Agent Manager", &[&ada]).await.is(201).id();
    assert_eq!(scene.user("ada@example.com")["profileIds"], json!([MANAGER]));
    assert!(scene.idp().entra_removes(&group, &ada).await.status < 300);
    assert_eq!(scene.user("ada@example.com")["profileIds"], json!([AGENT]), "the default profile");
    let unknown = scene.idp().creates_group("Role Emperor", &[&ada]).await;
    assert_eq!(unknown.status, 400, "{unknown:?}");
    let staff = scene.idp().creates_group("Role LPA", &[&ada]).await;
    assert_eq!(staff.status, 400, "the vendor's own staff have that one: {staff:?}");
    assert!(scene.find("profiles", "name", "Emperor").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_and_skills_can_be_picked_from_lists() {
    let scene = Scene::start().await;
    let roles = scene.idp().get("/Roles").await.is(200);
    let names: Vec<&str> = roles.resources().iter().filter_map(|role| role["displayName"].as_str()).collect();
    assert!(names.contains(&"Agent Manager") && !names.contains(&"LPA"), "{names:?}");
    assert_eq!(scene.idp().get("/Skills").await.is(200).resources().len(), 4);
    let picked = json!({ "roles": [{ "value": MANAGER.to_string() }], "entitlements": [{ "type": "Skill", "value": BILLING.to_string() }] });
    scene.idp().post("/Users", person("eve@example.com", picked)).await.is(201);
    let eve = scene.user("eve@example.com");
    assert_eq!((&eve["profileIds"], &eve["skillIds"]), (&json!([MANAGER]), &json!([BILLING])));
}
