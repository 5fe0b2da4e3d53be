//! Objects that the vendor already has become groups, and who has them is in them.

use serde_json::json;

use super::super::script::Act;
use super::super::user;
use super::{add, remove, world};
use crate::mapping::model::Meaning;
use crate::scim::filter::Filter;
use crate::store::WorkState;

#[tokio::test(start_paused = true)]
async fn existing_skills_become_groups_that_the_idp_can_find_and_change() {
    let world = world().await;
    let chat = world.vendor.makes_object("skills", "Chat").to_string();
    let calls = world.vendor.makes_object("skills", "Calls").to_string();
    let north = world.vendor.makes_object("teams", "North").to_string();
    world.vendor.makes(&json!({ "login": "ada", "enabled": true, "skills": [chat, calls], "team": north }));
    world.vendor.makes(&json!({ "login": "eva", "enabled": true, "skills": [chat] }));
    let report = world.provisioner.import(&|_| {}).await.unwrap();
    assert_eq!((report.imported, report.groups.imported, report.groups.members), (2, 3, 4), "{report:?}");
    let changed = world.vendor.count("update.skills") + world.vendor.count("update.team");
    assert_eq!(changed, 0, "an import changes nothing at the vendor");

    let filter = Filter::parse("displayName eq \"skill chat\"", world.provisioner.group_type()).unwrap();
    let found =
        world.provisioner.query_groups(Some(filter), None, crate::store::Start::Index(1), 10).await.unwrap().resources;
    let group = found[0].id.clone();
    assert_eq!(world.members_of(&group).await.len(), 2);
    let ada = world.store.person_by_name(&super::connection(), "ada").await.unwrap().unwrap().resource.id;
    assert_eq!(world.body(&ada).await.get("urn:test:script:User"), None, "what groups give is no attribute of his own");
    assert_eq!(world.account(&ada).await.state, WorkState::Settled);

    world.set(&ada, "name.familyName", json!("New")).await.unwrap();
    assert_eq!(world.skills("ada"), ["Calls", "Chat"]);
    world.change(&group, remove(&ada)).await.unwrap();
    assert_eq!(world.skills("ada"), ["Calls"]);
    world.change(&group, add(&[&ada])).await.unwrap();
    world.delete_group(&group).await.unwrap();
    assert_eq!((world.skills("ada"), world.skills("eva").len()), (vec!["Calls".to_owned()], 0));
    assert_eq!(world.vendor.names("skills"), ["Calls"]);
}

#[tokio::test(start_paused = true)]
async fn a_second_import_makes_nothing_twice_and_nobody_a_member_again() {
    let world = world().await;
    let chat = world.vendor.makes_object("skills", "Chat").to_string();
    world.vendor.makes(&json!({ "login": "ada", "enabled": true, "skills": [chat] }));
    world.provisioner.import(&|_| {}).await.unwrap();
    let [ada] = [world.store.person_by_name(&super::connection(), "ada").await.unwrap().unwrap().resource.id];
    let group = world.provisioner.groups_of(std::slice::from_ref(&ada)).await.unwrap()[0][0].id.clone();
    world.change(&group, remove(&ada)).await.unwrap();
    world.vendor.makes(&json!({ "login": "eva", "enabled": true, "skills": [chat] }));
    let report = world.provisioner.import(&|_| {}).await.unwrap();
    assert_eq!((report.groups.imported, report.groups.known, report.groups.members), (0, 1, 1), "{report:?}");
    assert!(!world.is_member(&group, &ada).await);
    assert_eq!(world.members_of(&group).await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn somebody_who_waits_for_the_account_that_the_import_finds_is_in_its_groups() {
    let world = world().await;
    let chat = world.vendor.makes_object("skills", "Chat").to_string();
    world.vendor.always("create", Act::Say(Meaning::Busy));
    assert!(world.post_within(user("ada", &json!({})), super::SOON).await.is_err());
    world.vendor.makes(&json!({ "login": "ada", "mail": "ada@example.com", "enabled": true, "skills": [chat] }));
    let report = world.provisioner.import(&|_| {}).await.unwrap();
    assert_eq!((report.linked, report.groups.members, report.skipped.len()), (1, 1, 0), "{report:?}");
    world.settles().await;
    let ada = world.store.person_by_name(&super::connection(), "ada").await.unwrap().unwrap().resource.id;
    let group = world.provisioner.groups_of(std::slice::from_ref(&ada)).await.unwrap()[0][0].id.clone();
    assert_eq!((world.skills("ada"), world.vendor.accounts().len()), (vec!["Chat".to_owned()], 1));
    world.change(&group, remove(&ada)).await.unwrap();
    assert!(world.skills("ada").is_empty());
}
