//! The group's own object: a skill is made, found, renamed and deleted with its group; what a rule does not send to the vendor stays here.

use serde_json::json;

use super::{address, addresses, hires, inputs, operations, rename, ruled};

#[tokio::test(flavor = "multi_thread")]
async fn a_pushed_group_makes_the_skill_and_each_member_gets_it_in_one_call() {
    let world = ruled().start().await;
    let ids = hires(&world, &["alice", "bob", "carol"]).await;
    world.vendor().forget_calls().await;
    let members: Vec<&str> = ids.iter().map(String::as_str).collect();
    let made = world.idp().creates_group("Skill EU", &members).await.is(201);
    assert_eq!(made.members(), members);
    assert_eq!(world.vendor().skilled("EU").await, Some(addresses(&["alice", "bob", "carol"])));
    assert_eq!(inputs(&world, "skillCreate").await, [json!({ "name": "EU" })]);
    let skill = world.vendor().skill("EU").await.unwrap();
    let updates = inputs(&world, "userUpdate").await;
    assert_eq!(updates.len(), 3, "one call for each: {updates:?}");
    for update in updates {
        assert_eq!(update["skillIds"], json!([skill["id"]]));
        assert_eq!(update.as_object().unwrap().len(), 2, "nothing but the account and its skills: {update}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn renaming_the_group_renames_the_skill_and_touches_nobody() {
    let world = ruled().start().await;
    let ids = hires(&world, &["alice"]).await;
    let group = world.idp().creates_group("Skill EU", &[&ids[0]]).await.is(201).id();
    let before = world.vendor().skill("EU").await.unwrap();
    world.vendor().forget_calls().await;
    world.idp().group_operations(&group, rename("Skill EMEA")).await.is(200);
    assert_eq!(world.vendor().skill("EMEA").await.unwrap()["id"], before["id"]);
    assert_eq!(world.vendor().skill("EU").await, None);
    assert_eq!(operations(&world).await, ["skillUpdate"]);
    assert_eq!(world.vendor().skilled("EMEA").await, Some(addresses(&["alice"])));
    // Only the case of the pattern's own part differs: nothing for the vendor.
    world.vendor().forget_calls().await;
    world.idp().group_operations(&group, rename("SKILL EMEA")).await.is(200);
    assert_eq!(operations(&world).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn deleting_the_group_takes_the_skill_from_its_members_and_then_deletes_it() {
    let world = ruled().start().await;
    let ids = hires(&world, &["alice", "bob"]).await;
    let group = world.idp().creates_group("Skill EU", &[&ids[0], &ids[1]]).await.is(201).id();
    world.vendor().forget_calls().await;
    world.idp().delete(&format!("/Groups/{group}")).await.is(204);
    assert_eq!(world.vendor().skill("EU").await, None);
    for name in ["alice", "bob"] {
        assert_eq!(world.vendor().has(&address(name)).await["skillIds"], json!([]));
    }
    assert_eq!(operations(&world).await, ["userUpdate", "userUpdate", "skillDelete"]);
    world.idp().get(&format!("/Groups/{group}")).await.is_error(404, "");
    // The name is free again.
    world.idp().creates_group("Skill EU", &[&ids[0]]).await.is(201);
    assert_eq!(world.vendor().skilled("EU").await, Some(addresses(&["alice"])));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_skill_that_is_there_is_found_and_not_made_twice() {
    let world = ruled().start().await;
    let skill = world.vendor().makes_skill("EU").await;
    let ids = hires(&world, &["alice"]).await;
    world.vendor().forget_calls().await;
    world.idp().creates_group("Skill EU", &[&ids[0]]).await.is(201);
    assert_eq!(world.vendor().skill("EU").await.unwrap()["id"], skill);
    assert!(world.vendor().calls("skillCreate").await.is_empty());
    assert_eq!(world.vendor().skilled("EU").await, Some(addresses(&["alice"])));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_can_leave_the_skill_when_its_group_goes() {
    let world = ruled().start().await;
    let ids = hires(&world, &["alice"]).await;
    let group = world.idp().creates_group("Lasting Billing", &[&ids[0]]).await.is(201).id();
    assert_eq!(world.vendor().skilled("Billing").await, Some(addresses(&["alice", "olivia.operator"])));
    world.idp().delete(&format!("/Groups/{group}")).await.is(204);
    assert_eq!(world.vendor().skilled("Billing").await, Some(addresses(&["olivia.operator"])));
    assert!(world.vendor().calls("skillDelete").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_decides_what_stays_in_the_bridge_and_what_is_refused() {
    let world = ruled().start().await;
    let ids = hires(&world, &["alice"]).await;
    world.vendor().forget_calls().await;
    world.idp().creates_group("Secret service", &[&ids[0]]).await.is_error(400, "invalidValue").says("Secret *");
    let ignored = world.idp().creates_group("Noise all staff", &[&ids[0]]).await.is(201);
    assert_eq!(ignored.members(), Vec::<&str>::new(), "the members of an ignored group are forgotten");
    world.idp().group_operations(&ignored.id(), super::add(&[&ids[0]])).await.is(200);
    assert_eq!(world.idp().group(&ignored.id()).await.members(), Vec::<&str>::new());
    let kept = world.idp().creates_group("Everyone", &[&ids[0]]).await.is(201);
    assert_eq!(kept.members(), [ids[0].as_str()]);
    assert_eq!(operations(&world).await, Vec::<String>::new());
    // A group cannot become one that is refused, and stays what it was.
    world.idp().group_operations(&kept.id(), rename("Secret everyone")).await.is_error(400, "invalidValue");
    assert_eq!(world.idp().group(&kept.id()).await.body["displayName"], "Everyone");
    assert_eq!(world.idp().find_groups("displayName sw \"Secret\"").await.is(200).body["totalResults"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_changes_its_meaning_with_its_name() {
    let world = ruled().start().await;
    let ids = hires(&world, &["alice", "bob"]).await;
    let group = world.idp().creates_group("Care", &[&ids[0], &ids[1]]).await.is(201).id();
    assert_eq!(world.vendor().skill("Care").await, None);
    world.idp().group_operations(&group, rename("Skill Care")).await.is(200);
    assert_eq!(world.vendor().skilled("Care").await, Some(addresses(&["alice", "bob"])));
    // Another target: the skill is let go as it is, its members leave it.
    world.idp().group_operations(&group, rename("Project Outlet")).await.is(200);
    assert_eq!(world.vendor().skilled("Care").await, Some(addresses(&[])));
    let projects = world.vendor().has(&address("alice")).await["projectIds"].clone();
    assert!(projects.as_array().unwrap().contains(&json!(6662)), "{projects}");
    // And none.
    world.idp().group_operations(&group, rename("Care")).await.is(200);
    let projects = world.vendor().has(&address("alice")).await["projectIds"].clone();
    assert_eq!(projects, json!([6661]), "the default again");
    assert_eq!(world.idp().group(&group).await.members().len(), 2, "members all the while");
    assert!(world.vendor().skill("Care").await.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_the_vendor_lacks_and_cannot_get_is_refused() {
    let world = ruled().start().await;
    for name in ["Role astronaut", "Project Nowhere"] {
        let refused = world.idp().creates_group(name, &[]).await.is_error(400, "invalidValue");
        refused.says(name.split_once(' ').unwrap().1);
        assert_eq!(
            world.idp().find_groups(&format!("displayName eq \"{name}\"")).await.is(200).body["totalResults"],
            0
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_makes_no_second_skill() {
    for cut in ["after", "before"] {
        let world = ruled().start().await;
        world.vendor().fault(json!({ "match": { "operation": "skillCreate" }, "do": { "cut": cut } })).await;
        world.idp().creates_group("Skill EU", &[]).await.is(201);
        assert!(world.vendor().skill("EU").await.is_some(), "one, and only one (cut {cut})");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_pushes_of_one_name_at_once_make_one_group_and_one_skill() {
    let world = ruled().start().await;
    let (one, two) = (world.idp(), world.idp());
    let (one, two) = tokio::join!(one.creates_group("Skill EU", &[]), two.creates_group("skill eu", &[]));
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409], "{} {}", one.text, two.text);
    let skills = world.vendor().state().await["ha"]["skills"].clone();
    let found =
        skills.as_array().unwrap().iter().filter(|skill| skill["name"].as_str().unwrap().to_lowercase() == "eu");
    assert_eq!(found.count(), 1, "{skills}");
}
