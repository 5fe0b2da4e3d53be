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
