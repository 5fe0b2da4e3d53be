//! Groups that mean nothing at the vendor, and what is refused before anything happens.

use serde_json::json;

use super::{add, remove, rename, rules, these, with, world};
use crate::config::groups::MembersFirst;
use crate::ids::ScimId;
use crate::provision::error::ProvisionError;
use crate::scim::error::ScimError;

#[tokio::test(start_paused = true)]
async fn a_group_without_a_rule_is_kept_and_the_vendor_hears_nothing() {
    let world = world().await;
    let [ada, eva] = world.people(["ada", "eva"]).await;
    let calls = world.vendor.calls();
    let group = world.group("Everybody", &[&ada]).await.unwrap().id;
    world.change(&group, add(&[&eva])).await.unwrap();
    assert_eq!(world.members_of(&group).await, [ada.clone(), eva.clone()]);
    world.change(&group, remove(&ada)).await.unwrap();
    assert_eq!(world.members_of(&group).await, [eva.clone()]);
    let groups = world.provisioner.groups_of(&[ada, eva]).await.unwrap();
    assert_eq!((groups[0].len(), groups[1].len()), (0, 1));
    world.delete_group(&group).await.unwrap();
    assert!(matches!(world.provisioner.get_group(&group).await, Err(ProvisionError::NotFound { .. })));
    assert_eq!(world.vendor.calls(), calls);
}

#[tokio::test(start_paused = true)]
async fn a_change_that_changes_nothing_makes_no_version() {
    // D46
    let world = world().await;
    let [ada, eva] = world.people(["ada", "eva"]).await;
    let group = world.group("Everybody", &[&ada]).await.unwrap().id;
    let version = world.version(&group).await;
    world.change(&group, add(&[&ada])).await.unwrap();
    world.change(&group, remove(&eva)).await.unwrap();
    world.put_group(&group, "Everybody", &[&ada]).await.unwrap();
    world.change(&group, json!([])).await.unwrap();
    assert_eq!(world.version(&group).await, version);
    world.change(&group, add(&[&eva])).await.unwrap();
    assert_eq!(world.version(&group).await, version + 1);
}

#[tokio::test(start_paused = true)]
async fn display_names_are_unique_without_letter_case() {
    // D17
    let world = world().await;
    world.group("Everybody", &[]).await.unwrap();
    let taken = world.group("EVERYBODY", &[]).await;
    assert!(matches!(taken, Err(ProvisionError::Scim(ScimError::Uniqueness(_)))), "{taken:?}");
    let other = world.group("Others", &[]).await.unwrap().id;
    let taken = world.change(&other, rename("everybody")).await;
    assert!(matches!(taken, Err(ProvisionError::Scim(ScimError::Uniqueness(_)))), "{taken:?}");
    let taken = world.put_group(&other, "everybody", &[]).await;
    assert!(matches!(taken, Err(ProvisionError::Scim(ScimError::Uniqueness(_)))), "{taken:?}");
}

#[tokio::test(start_paused = true)]
async fn unknown_members_are_refused_by_their_ids_and_nothing_changes() {
    // D35
    let world = world().await;
    let [ada] = world.people(["ada"]).await;
    let group = world.group("Everybody", &[]).await.unwrap().id;
    let nobody = ScimId::generate();
    let refused = world.change(&group, add(&[&ada, &nobody])).await;
    let Err(ProvisionError::Scim(ScimError::InvalidValue(sentence))) = refused else { panic!("{refused:?}") };
    assert!(sentence.contains(nobody.as_str()) && !sentence.contains(ada.as_str()), "{sentence}");
    assert!(world.members_of(&group).await.is_empty());
    let refused = world.group("Others", &[&nobody]).await;
    assert!(matches!(refused, Err(ProvisionError::Scim(ScimError::InvalidValue(_)))), "{refused:?}");
}

#[tokio::test(start_paused = true)]
async fn unknown_members_are_left_out_where_the_connection_says_so() {
    let world = with(|options| options.members_first = MembersFirst::Skip).await;
    let [ada] = world.people(["ada"]).await;
    let group = world.group("Everybody", &[&ada, &ScimId::generate()]).await.unwrap().id;
    assert_eq!(world.members_of(&group).await, [ada]);
}

#[tokio::test(start_paused = true)]
async fn groups_in_groups_are_refused_whatever_they_call_themselves() {
    // D37
    let world = world().await;
    let inner = world.group("Inner", &[]).await.unwrap().id;
    let outer = world.group("Outer", &[]).await.unwrap().id;
    let by_type = json!([{ "op": "add", "path": "members", "value": [{ "value": "x", "type": "Group" }] }]);
    for operations in [add(&[&inner]), by_type] {
        let refused = world.change(&outer, operations).await;
        let Err(ProvisionError::Scim(ScimError::InvalidValue(sentence))) = refused else { panic!("{refused:?}") };
        assert!(sentence.contains("groups in groups"), "{sentence}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_group_that_the_rules_refuse_is_refused_and_one_that_they_ignore_has_no_members() {
    let world = world().await;
    let [ada] = world.people(["ada"]).await;
    let refused = world.group("Forbidden fruit", &[]).await;
    assert!(matches!(refused, Err(ProvisionError::Scim(ScimError::InvalidValue(_)))), "{refused:?}");
    let group = world.group("Forgotten people", &[&ada]).await.unwrap().id;
    world.change(&group, add(&[&ada])).await.unwrap();
    assert!(world.members_of(&group).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn putting_without_members_keeps_them_and_an_empty_list_takes_them_all() {
    // D16
    let world = world().await;
    let [ada] = world.people(["ada"]).await;
    let group = world.group("Everybody", &[&ada]).await.unwrap().id;
    let body = json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "All" });
    let incoming = crate::scim::resource::read(&body, world.provisioner.group_type()).unwrap();
    world
        .provisioner
        .replace_group(&group, &super::Precondition::None, incoming, &super::within(super::FAR))
        .await
        .unwrap();
    assert_eq!(world.members_of(&group).await, [ada]);
    world.put_group(&group, "All", &[]).await.unwrap();
    assert!(world.members_of(&group).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_filter_on_the_members_that_are_there_is_applied_to_them() {
    let world = world().await;
    let [ada, eva] = world.people(["ada", "eva"]).await;
    let group = world.group("Everybody", &[&ada, &eva]).await.unwrap().id;
    let others = format!("members[not (value eq \"{ada}\")]");
    world.change(&group, json!([{ "op": "remove", "path": others }])).await.unwrap();
    assert_eq!(world.members_of(&group).await, [ada]);
}

#[tokio::test(start_paused = true)]
async fn a_replacement_by_one_member_adds_it_where_the_switch_says_so() {
    // D41
    let world = with(|options| options.switches.single_member_replace_adds = true).await;
    let [ada, eva] = world.people(["ada", "eva"]).await;
    let group = world.group("Everybody", &[&ada]).await.unwrap().id;
    let replace = json!([{ "op": "replace", "path": "members", "value": these(&[&eva]) }]);
    world.change(&group, replace.clone()).await.unwrap();
    assert_eq!(world.members_of(&group).await, [ada.clone(), eva.clone()]);

    let world = with(|options| options.groups = rules()).await;
    let [ada, eva] = world.people(["ada", "eva"]).await;
    let group = world.group("Everybody", &[&ada]).await.unwrap().id;
    let replace = json!([{ "op": "replace", "path": "members", "value": these(&[&eva]) }]);
    world.change(&group, replace).await.unwrap();
    assert_eq!(world.members_of(&group).await, [eva]);
}

#[tokio::test(start_paused = true)]
async fn a_precondition_that_does_not_hold_stops_everything() {
    let world = world().await;
    let group = world.group("Everybody", &[]).await.unwrap().id;
    let old = super::Precondition::Versions(vec![17]);
    let deleted = world.provisioner.delete_group(&group, &old, &super::within(super::FAR)).await;
    assert!(matches!(deleted, Err(ProvisionError::PreconditionFailed { .. })), "{deleted:?}");
    assert!(world.provisioner.get_group(&group).await.is_ok());
}
