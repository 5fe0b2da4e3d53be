//! A group is a skill at a level.

use serde_json::json;

use super::{Bridge, OWN};

#[tokio::test(flavor = "multi_thread")]
async fn a_skill_comes_with_its_group_at_the_level_of_the_rule_and_goes_with_it() {
    let bridge = Bridge::usual().await;
    let id = bridge.creates(json!({ OWN: { "skills": [{ "value": "English", "level": 30 }] } })).await.is(201).id();
    let swedish = bridge.idp().creates_group("Skill Swedish at 70", &[&id]).await.is(201).id();
    assert_eq!(bridge.has("mara.voss")["skills"], json!({ "English": 30, "Swedish": 70 }));
    bridge.idp().creates_group("Skill Billing", &[&id]).await.is(201);
    assert_eq!(bridge.has("mara.voss")["skills"], json!({ "English": 30, "Swedish": 70, "Billing": 100 }));
    bridge.idp().delete(&format!("/Groups/{swedish}")).await.is(204);
    assert_eq!(bridge.has("mara.voss")["skills"], json!({ "English": 30, "Billing": 100 }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_skill_that_is_not_there_is_refused() {
    let bridge = Bridge::usual().await;
    let id = bridge.creates(json!({})).await.is(201).id();
    let refused = bridge.idp().creates_group("Skill Klingon", &[&id]).await.is_error(400, "invalidValue");
    assert!(refused.detail().contains("no skill"), "{}", refused.detail());
    assert_eq!(bridge.has("mara.voss")["skills"], json!({}));
}

#[tokio::test(flavor = "multi_thread")]
async fn skills_that_a_team_brings_are_left_alone() {
    let bridge = Bridge::with_knobs(json!({ "team_service_skills": true })).await;
    let id = bridge.creates(json!({})).await.is(201).id();
    assert_eq!(bridge.has("mara.voss")["skills"], json!({ "Customer Service": 100 }));
    let swedish = bridge.idp().creates_group("Skill Swedish at 70", &[&id]).await.is(201).id();
    assert_eq!(bridge.has("mara.voss")["skills"], json!({ "Customer Service": 100, "Swedish": 70 }));
    let team = json!([{ "op": "replace", "path": format!("{OWN}:team"), "value": "Sales" }]);
    bridge.idp().operations(&id, team).await.is(200);
    assert_eq!(bridge.has("mara.voss")["skills"], json!({ "Sales": 100, "Swedish": 70 }));
    bridge.idp().delete(&format!("/Groups/{swedish}")).await.is(204);
    assert_eq!(bridge.has("mara.voss")["skills"], json!({ "Sales": 100 }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_skill_goes_also_from_a_server_that_adds_what_it_is_sent() {
    let bridge = Bridge::with_knobs(json!({ "skills_put": "merge" })).await;
    let own = json!({ "skills": [{ "value": "English", "level": 30 }, { "value": "Swedish", "level": 70 }] });
    let id = bridge.creates(json!({ OWN: own })).await.is(201).id();
    bridge.vendor.control().clear_calls();
    let less =
        json!([{ "op": "replace", "path": format!("{OWN}:skills"), "value": [{ "value": "English", "level": 30 }] }]);
    bridge.idp().operations(&id, less).await.is(200);
    assert_eq!(bridge.has("mara.voss")["skills"], json!({ "English": 30 }));
    let bodies: Vec<_> = bridge.writes().into_iter().map(|(_, body)| body).collect();
    assert_eq!(
        bodies,
        [json!({ "skills": { "English": 30 } }), json!({ "skills": { "English": 30, "Swedish": 0 } })],
        "the whole map first, and level 0 because a look at the account showed that it was not enough"
    );
    bridge.idp().operations(&id, json!([{ "op": "remove", "path": format!("{OWN}:skills") }])).await.is(200);
    assert_eq!(bridge.has("mara.voss")["skills"], json!({}));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_administrator_gives_by_hand_stays_with_every_change() {
    for form in ["replace", "merge"] {
        let bridge = Bridge::with_knobs(json!({ "skills_put": form })).await;
        let id = bridge.creates(json!({})).await.is(201).id();
        bridge.act("edit", &json!({ "loginId": "mara.voss", "set": { "skills": { "Billing": 20 } } }));
        let swedish = bridge.idp().creates_group("Skill Swedish at 70", &[&id]).await.is(201).id();
        assert_eq!(bridge.has("mara.voss")["skills"], json!({ "Billing": 20, "Swedish": 70 }), "{form}");
        bridge.act(
            "edit",
            &json!({ "loginId": "mara.voss", "set": { "skills": { "Billing": 40, "English": 1, "Swedish": 70 } } }),
        );
        bridge.idp().delete(&format!("/Groups/{swedish}")).await.is(204);
        assert_eq!(bridge.has("mara.voss")["skills"], json!({ "Billing": 40, "English": 1 }), "{form}");
    }
}
