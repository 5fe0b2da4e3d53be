//! Skills, agent groups, profiles and lines of business.

use super::*;

#[tokio::test]
async fn a_skill_is_made_changed_and_deleted_when_nobody_uses_it() {
    let sim = Sim::start().await;
    let answer = sim.post("skills?v=4.0", &json!([{ "name": "Refunds", "canTransfer": "false" }])).await.is(201);
    let skill = &answer.json[0];
    assert_eq!(
        (&skill["maxWaitTime"], &skill["canTransfer"], &skill["skillTransferList"]),
        (&json!(120), &json!(false), &Value::Null)
    );
    let id = skill["id"].as_i64().expect("an id");
    sim.post("skills", &json!({ "name": "refunds" })).await.is(400);
    sim.post("skills", &json!({ "description": "without a name" })).await.is(400);
    let changed = sim.change("skills", id, json!({ "name": "Refunds and returns", "description": "d" })).await.is(200);
    assert_eq!((&changed.json["name"], &changed.json["canTransfer"]), (&json!("Refunds and returns"), &json!(false)));
    sim.change("skills", id, json!({ "name": "Billing" })).await.is(400);
    for (field, value) in [
        ("fallbackSkill", json!(7)),
        ("skillTransferList", json!([7])),
        ("lobIds", json!([7])),
        ("skillRoutingConfiguration", json!([{ "agentGroupId": 7 }])),
    ] {
        let answer = sim.change("skills", id, json!({ field: value })).await.is(400);
        assert!(answer.message().contains(field), "{answer:?}");
    }
    let routed = json!({ "skillRoutingConfiguration": [{ "agentGroupId": TIER_2, "splitPercentage": 40 }], "fallbackSkill": RETURNS });
    let routed = sim.change("skills", id, routed).await.is(200);
    assert_eq!(
        routed.json["skillRoutingConfiguration"],
        json!([{ "priority": 1, "agentGroupId": TIER_2, "splitPercentage": 40 }])
    );
    sim.delete(&format!("skills/{RETURNS}"), routed.revision()).await.is(400);
    let gone = sim.delete(&format!("skills/{id}"), routed.revision()).await.is(200);
    sim.delete(&format!("skills/{RETURNS}"), gone.revision()).await.is(200);
}

#[tokio::test]
async fn a_skill_in_use_is_not_deleted_and_the_answer_says_by_whom() {
    let sim = Sim::start().await;
    let refused = sim.delete(&format!("skills/{BILLING}"), -1).await.is(400);
    assert_eq!(
        refused.json,
        json!({ "type": "skill-dependencies", "message": "skill cannot be deleted because it is assigned to the following entities: users" })
    );
    sim.change("users", ANA, json!({ "skillIds": [] })).await.is(200);
    sim.delete(&format!("skills/{BILLING}"), -1).await.is(200);
    sim.change("users", ANA, json!({ "skillIds": [BILLING] })).await.is(400);
}

#[tokio::test]
async fn agent_groups_are_a_tree_below_the_root() {
    let sim = Sim::start().await;
    let root = sim.entity("agentGroups", -1).await;
    assert_eq!((&root["name"], &root["parentGroupId"]), (&json!("Main Group"), &Value::Null));
    let group = json!({ "name": "Tier 3", "parentGroupId": TIER_2, "isEnabled": true });
    let id = sim.created("agentGroups", &group).await;
    for (change, word) in [
        (json!({ "parentGroupId": null }), "parentGroupId"),
        (json!({ "parentGroupId": 7 }), "parentGroupId"),
        (json!({ "isEnabled": null }), "isEnabled"),
        (json!({ "name": "tier 1" }), "taken"),
    ] {
        let answer = sim
            .post("agentGroups", &with(with(group.clone(), json!({ "name": "Other" })), change.clone()))
            .await
            .is(400);
        assert!(answer.message().contains(word), "{change}: {answer:?}");
    }
    sim.change("agentGroups", TIER_1, json!({ "parentGroupId": id })).await.is(400);
    sim.change("agentGroups", id, json!({ "parentGroupId": id })).await.is(400);
    sim.change("agentGroups", -1, json!({ "name": "Everybody" })).await.is(200);
    sim.change("agentGroups", -1, json!({ "parentGroupId": TIER_1 })).await.is(400);
    sim.delete("agentGroups/-1", -1).await.is(400);
    sim.delete(&format!("agentGroups/{TIER_2}"), -1).await.is(400);
    sim.delete(&format!("agentGroups/{TIER_1}"), -1).await.is(400);
    sim.delete(&format!("agentGroups/{id}"), -1).await.is(200);
    sim.delete(&format!("agentGroups/{TIER_2}"), -1).await.is(200);
}

#[tokio::test]
async fn agent_groups_may_list_who_is_in_them() {
    let sim = Sim::start().await;
    assert!(sim.entity("agentGroups", TIER_1).await.get("members").is_none());
    sim.knobs(&json!({ "group_member_lists": true }));
    let group = sim.entity("agentGroups", TIER_1).await;
    assert_eq!(group["managers"], json!([MARC]));
    assert!(group["members"].as_array().is_some_and(|members| members.contains(&json!(ANA))), "{group}");
}

#[tokio::test]
async fn profiles_have_a_role_type_and_count_their_users() {
    let sim = Sim::start().await;
    let agent = sim.entity("profiles", AGENT).await;
    assert_eq!(
        (&agent["roleTypeId"], &agent["roleTypeName"], &agent["numOfAssignedUsers"]),
        (&json!(2), &json!("Agent"), &json!(3))
    );
    let profile = json!({ "name": "Night agent", "roleTypeId": 2, "permissions": [100], "isAssignedToLPA": false,
        "permissionPackages": [{ "id": 20_001, "isEnabled": true, "isDisplayed": true, "featureKeys": [] }] });
    sim.post("profiles", &profile).await.is(400);
    let made = sim.post("profiles", &json!([profile])).await.is(201);
    assert_eq!((&made.json[0]["roleTypeName"], &made.json[0]["numOfAssignedUsers"]), (&json!("Agent"), &json!(0)));
    let id = made.json[0]["id"].as_i64().expect("an id");
    sim.post("profiles", &json!([with(profile.clone(), json!({ "name": "x", "roleTypeId": 6 }))])).await.is(400);
    sim.post("profiles", &json!([with(profile, json!({ "name": "x", "permissionPackages": null }))])).await.is(400);
    let time = sim.get("profiles").await.header("x-lp-last-modified").expect("a time").to_owned();
    let delete = |id: i64| read(sim.to(Method::DELETE, &format!("profiles/{id}")).header("x-lp-last-modified", &time));
    delete(AGENT).await.is(400);
    delete(id).await.is(200);
}

#[tokio::test]
async fn lines_of_business_are_made_in_lists() {
    let sim = Sim::start().await;
    sim.post("lobs", &json!({ "name": "Travel" })).await.is(400);
    let made = sim.post("lobs?v=4.0", &json!([{ "name": "Travel" }])).await.is(201);
    let id = made.json[0]["id"].as_i64().expect("an id");
    sim.change("users", ANA, json!({ "lobIds": [id] })).await.is(200);
    sim.delete(&format!("lobs/{id}"), -1).await.is(400);
    sim.change("lobs", id, json!({ "name": "Journeys" })).await.is(200);
    sim.change("users", ANA, json!({ "lobIds": [] })).await.is(200);
    sim.delete(&format!("lobs/{id}"), -1).await.is(200);
}
