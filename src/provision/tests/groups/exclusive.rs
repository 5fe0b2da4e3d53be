//! A person can be in one team only: joining another leaves the one before, whichever request comes first.

use serde_json::json;

use super::super::script::Act;
use super::{add, remove, world};
use crate::mapping::model::Meaning;
use crate::provision::error::ProvisionError;
use crate::scim::error::ScimError;

#[tokio::test(start_paused = true)]
async fn moving_from_one_team_to_another_works_in_both_orders() {
    for joins_first in [true, false] {
        let world = world().await;
        let [north, south] = ["North", "South"].map(|name| world.vendor.makes_object("teams", name).to_string());
        let [ada] = world.people(["ada"]).await;
        let one = world.group("Team North", &[&ada]).await.unwrap().id;
        let other = world.group("Team South", &[]).await.unwrap().id;
        assert_eq!(world.vendor.has("ada", "team"), json!(north));
        if joins_first {
            world.change(&other, add(&[&ada])).await.unwrap();
            assert!(!world.is_member(&one, &ada).await, "he has left the one before");
            world.change(&one, remove(&ada)).await.unwrap();
        } else {
            world.change(&one, remove(&ada)).await.unwrap();
            assert_eq!(world.vendor.has("ada", "team"), json!("none"));
            world.change(&other, add(&[&ada])).await.unwrap();
        }
        assert_eq!(world.vendor.has("ada", "team"), json!(south), "joins first: {joins_first}");
        assert_eq!((world.is_member(&one, &ada).await, world.is_member(&other, &ada).await), (false, true));
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_move_leaves_the_person_where_he_was() {
    let world = world().await;
    let north = world.vendor.makes_object("teams", "North").to_string();
    world.vendor.makes_object("teams", "South");
    let [ada] = world.people(["ada"]).await;
    let one = world.group("Team North", &[&ada]).await.unwrap().id;
    let other = world.group("Team South", &[]).await.unwrap().id;
    world.vendor.next("update.team", Act::Say(Meaning::Refused));
    assert!(world.change(&other, add(&[&ada])).await.is_err());
    world.settles().await;
    assert_eq!((world.is_member(&one, &ada).await, world.is_member(&other, &ada).await), (true, false));
    assert_eq!(world.vendor.has("ada", "team"), json!(north));
}

#[tokio::test(start_paused = true)]
async fn a_team_that_the_vendor_does_not_have_is_refused_until_it_is_there() {
    let world = world().await;
    let refused = world.group("Team North", &[]).await;
    let Err(ProvisionError::Scim(ScimError::InvalidValue(sentence))) = refused else { panic!("{refused:?}") };
    assert!(sentence.contains("North") && sentence.contains("team"), "{sentence}");
    world.vendor.makes_object("teams", "North");
    let [ada] = world.people(["ada"]).await;
    world.group("Team North", &[&ada]).await.expect("found although the list is known");
    assert_eq!(world.vendor.has("ada", "team"), json!(world.vendor.key_of("teams", "North")));
}
