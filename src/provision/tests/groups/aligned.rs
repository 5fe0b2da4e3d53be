//! Groups follow the rules in `bridge.yaml` when these have changed, and get back what they had when they could not become something else.

use serde_json::json;

use super::super::script::Act;
use super::super::world_with;
use super::{SOON, mapping, rename, world};
use crate::config::groups::{GroupRuleFile, GroupRules, IdText};
use crate::mapping::model::Meaning;

fn rule(when: &str, target: &str, name: Option<&str>, id: Option<&str>) -> GroupRuleFile {
    GroupRuleFile {
        when: Some(when.to_owned()),
        target: Some(target.to_owned()),
        name: name.map(str::to_owned),
        id: id.map(|id| IdText::Text(id.to_owned())),
        ..GroupRuleFile::default()
    }
}

fn rules(rules: Vec<GroupRuleFile>) -> GroupRules {
    GroupRules::read(rules).expect("rules")
}

#[tokio::test(start_paused = true)]
async fn members_follow_a_rule_that_names_another_id() {
    let mut world = world().await;
    let [ada, eva] = world.people(["ada", "eva"]).await;
    world.group("Fixed one", &[&ada, &eva]).await.unwrap();
    assert_eq!(world.vendor.has("ada", "skills"), json!(["fixed-one"]));
    world.options.groups = rules(vec![rule("Fixed *", "skill", None, Some("other-{1}"))]);
    world.crash().await;
    for login in ["ada", "eva"] {
        world.until("the other id", async || world.vendor.has(login, "skills") == json!(["other-one"])).await;
    }
    world.settles().await;
    let calls = world.vendor.calls();
    world.crash().await;
    for _ in 0..30 {
        super::super::breathe().await;
    }
    assert_eq!(world.vendor.calls(), calls, "the same rules change nothing");
}

#[tokio::test(start_paused = true)]
async fn members_of_a_group_that_is_only_a_value_lose_and_get_it_by_the_rules() {
    let mut world = world().await;
    let [ada] = world.people(["ada"]).await;
    let (north, south) = (world.vendor.makes_object("teams", "North"), world.vendor.makes_object("teams", "South"));
    world.group("Team North", &[&ada]).await.unwrap();
    assert_eq!(world.vendor.has("ada", "team"), json!(north.to_string()));
    world.options.groups = rules(vec![rule("Team North", "team", Some("South"), None)]);
    world.crash().await;
    world.until("the other team", async || world.vendor.has("ada", "team") == json!(south.to_string())).await;
    world.settles().await;
    world.options.groups = GroupRules::default();
    world.crash().await;
    world.until("no team", async || world.vendor.has("ada", "team") == json!("none")).await;
    world.settles().await;
    world.options.groups = super::rules();
    world.vendor.always("teams.list", Act::Say(Meaning::Busy));
    world.crash().await;
    world.until("the vendor is asked", async || world.vendor.count("teams.list") > 3).await;
    world.vendor.heal();
    world.until("the first team", async || world.vendor.has("ada", "team") == json!(north.to_string())).await;
}

#[tokio::test(start_paused = true)]
async fn a_skill_is_renamed_when_the_rules_call_it_otherwise() {
    let mut world = world().await;
    let [ada] = world.people(["ada"]).await;
    world.group("Skill Chat", &[&ada]).await.unwrap();
    world.options.groups = rules(vec![rule("Skill *", "skill", Some("{1} by IdP"), None)]);
    world.crash().await;
    world.until("the other name", async || world.vendor.names("skills") == ["Chat by IdP"]).await;
    world.settles().await;
    assert_eq!(world.skills("ada"), ["Chat by IdP"]);
}

#[tokio::test(start_paused = true)]
async fn a_group_that_cannot_become_another_kind_of_object_has_its_old_one_again() {
    let calls = "catalog: teams
    calls:
      create: { method: POST, path: [teams], body: $record, object: . }
      delete: { method: DELETE, path: [teams, $key] }
";
    let line = "  team: { description: A team, field: team, catalog: teams }\n";
    let team = format!("  team:\n    description: A team\n    field: team\n    {calls}");
    let mapping = mapping().replace(line, &team);
    let world = world_with(&mapping, |options| options.groups = super::rules()).await;
    let [ada] = world.people(["ada"]).await;
    let group = world.group("Skill Chat", &[&ada]).await.unwrap().id;
    world.vendor.next("teams.create", Act::WaitAndSay(Meaning::Refused));
    let late = world.change_within(&group, rename("Team North"), SOON).await;
    assert!(late.is_err(), "{late:?}");
    world.vendor.release();
    world.until("the old name", async || world.body(&group).await["displayName"] == "Skill Chat").await;
    world.until("her skill", async || world.skills("ada") == ["Chat"]).await;
    world.until("the link", async || world.person(&group).await.unwrap().account.is_some()).await;
    world.settles().await;
    assert_eq!((world.vendor.names("skills"), world.skills("ada")), (vec!["Chat".to_owned()], vec!["Chat".to_owned()]));
}
