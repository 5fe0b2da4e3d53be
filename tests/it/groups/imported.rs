//! Skills that were at the vendor before are brought in as groups, so that an IdP finds and links them.

use serde_json::{Value, json};

use super::{add, addresses, hires, ruled};

#[tokio::test(flavor = "multi_thread")]
async fn an_import_brings_the_vendors_skills_in_as_groups_that_okta_links() {
    let world = ruled().start().await;
    world.vendor().makes_skill("EU").await;
    let before = world.vendor().state().await;
    let report = world.json(&["import", "--config", "bridge.yaml", "--connection", "support", "--json"]);
    assert_eq!(world.vendor().state().await, before, "an import changes nothing: {report}");
    let okta = world.idp();
    // Import, then link without rename: Okta looks the name up and pushes what it has.
    let found = okta.find_groups("displayName eq \"Skill EU\"").await.is(200);
    assert_eq!(found.body["totalResults"], 1, "{} {report}", okta.get("/Groups").await.text);
    let group = found.resources()[0]["id"].as_str().unwrap().to_owned();
    let ids = hires(&world, &["alice"]).await;
    world.vendor().forget_calls().await;
    okta.group_operations(&group, add(&[&ids[0]])).await.is(200);
    assert_eq!(world.vendor().skilled("EU").await, Some(addresses(&["alice"])));
    assert!(world.vendor().calls("skillCreate").await.is_empty());
    // Once more: nothing new.
    let again = world.json(&["import", "--config", "bridge.yaml", "--connection", "support", "--json"]);
    assert_eq!(okta.find_groups("displayName eq \"Skill EU\"").await.is(200).body["totalResults"], 1, "{again}");
}

#[tokio::test(flavor = "multi_thread")]
async fn imported_people_who_have_the_skill_are_members_of_the_imported_group() {
    let world = ruled().start().await;
    let report = world.json(&["import", "--config", "bridge.yaml", "--connection", "support", "--json"]);
    let found = world.idp().find_groups("displayName eq \"Skill Billing\"").await.is(200);
    assert_eq!(found.body["totalResults"], 1, "{report}");
    let olivia = world.idp().find("userName eq \"olivia.operator@example.com\"").await.is(200);
    let members: Vec<&Value> = found.resources()[0]["members"].as_array().into_iter().flatten().collect();
    assert_eq!(members.len(), 1, "{}", found.text);
    assert_eq!(members[0]["value"], olivia.resources()[0]["id"]);
    assert_eq!(olivia.resources()[0]["groups"][0]["display"], json!("Skill Billing"));
}
