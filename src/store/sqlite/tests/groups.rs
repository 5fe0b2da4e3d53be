//! Members of groups: joining, leaving, the versions that count up, and the look-ups.

use super::*;
use crate::store::GroupRef;

/// People 1 to 5 and the groups 11 and 12.
async fn with_groups() -> Fixture {
    let fixture = Fixture::new();
    for number in 1..=5 {
        fixture.add(number).await;
    }
    fixture.commit(vec![insert_group(11, "Red"), insert_group(12, "Blue")]).await.unwrap();
    fixture
}

async fn members(fixture: &Fixture, group: u32) -> Vec<ScimId> {
    let found = fixture.store.members(&here(), &id(group), 0, 1000).await.unwrap();
    found.into_iter().map(|member| member.id).collect()
}

async fn version(fixture: &Fixture, kind: Kind, number: u32) -> i64 {
    fixture.store.get(&here(), kind, &id(number)).await.unwrap().unwrap().version
}

#[tokio::test]
async fn members_stand_in_the_order_of_joining_and_keep_their_place() {
    let fixture = with_groups().await;
    fixture.commit(vec![join(11, [3, 1, 3])]).await.unwrap();
    fixture.commit(vec![join(11, [2, 1])]).await.unwrap();
    assert_eq!(members(&fixture, 11).await, [3, 1, 2].map(id));
    fixture.commit(vec![leave(11, [3, 4]), join(11, [3])]).await.unwrap();
    assert_eq!(members(&fixture, 11).await, [1, 2, 3].map(id));
    assert_eq!(members(&fixture, 12).await, Vec::new());
    assert_eq!(members(&fixture, 1).await, Vec::new(), "a person has no members");
    fixture.commit(vec![Change::RemoveMembers { group: id(11), members: Members::All }]).await.unwrap();
    assert_eq!(members(&fixture, 11).await, Vec::new());
}

#[tokio::test]
async fn pages_of_members_go_on_behind_the_last_place_whoever_leaves_meanwhile() {
    let fixture = with_groups().await;
    fixture.commit(vec![join(11, [5, 4, 3, 2])]).await.unwrap();
    let page = async |after| fixture.store.members(&here(), &id(11), after, 2).await.unwrap();
    let first = page(0).await;
    assert_eq!(first.iter().map(|member| member.id.clone()).collect::<Vec<_>>(), [5, 4].map(id));
    fixture.commit(vec![leave(11, [5, 4]), join(11, [1])]).await.unwrap();
    let second = page(first[1].place).await;
    assert_eq!(second.iter().map(|member| member.id.clone()).collect::<Vec<_>>(), [3, 2].map(id));
    let third = page(second[1].place).await;
    assert_eq!(third.iter().map(|member| member.id.clone()).collect::<Vec<_>>(), [id(1)]);
    assert_eq!(page(third[0].place).await, Vec::new());
}

#[tokio::test]
async fn a_place_is_never_given_twice() {
    let fixture = with_groups().await;
    fixture.commit(vec![join(11, [1])]).await.unwrap();
    let first = fixture.store.members(&here(), &id(11), 0, 1).await.unwrap()[0].place;
    fixture.commit(vec![leave(11, [1]), join(11, [2])]).await.unwrap();
    let second = fixture.store.members(&here(), &id(11), 0, 1).await.unwrap()[0].place;
    assert!(second > first, "{first} {second}");
}

#[tokio::test]
async fn a_member_is_shown_by_display_name_then_by_what_the_idp_gave_then_by_user_name() {
    let fixture = with_groups().await;
    let named = |display_name: Option<&str>, version: i64| {
        let mut body: serde_json::Value = serde_json::from_str(&resource(1).body).unwrap();
        if let Some(display_name) = display_name {
            body["displayName"] = json!(display_name);
        }
        let resource = StoredResource { body: body.to_string(), version: version + 1, ..resource(1) };
        Change::UpdateResource { kind: Kind::User, resource, keys: keys(1), expected_version: version }
    };
    let given = |number, display: Option<&str>| NewMember { id: id(number), display: display.map(str::to_owned) };
    let members = vec![given(1, Some("Given")), given(2, Some("")), given(3, None)];
    fixture.commit(vec![Change::AddMembers { group: id(11), members }]).await.unwrap();
    let shown = async || {
        let found = fixture.store.members(&here(), &id(11), 0, 10).await.unwrap();
        found.into_iter().map(|member| member.display).collect::<Vec<_>>()
    };
    assert_eq!(shown().await, ["Given".to_owned(), name(2), name(3)]);
    fixture.commit(vec![named(Some("Ada"), 2)]).await.unwrap();
    assert_eq!(shown().await[0], "Ada");
    fixture.commit(vec![named(None, 3)]).await.unwrap();
    assert_eq!(shown().await[0], "Given");
}

#[tokio::test]
async fn joining_and_leaving_count_up_those_who_really_did() {
    let fixture = with_groups().await;
    fixture.commit(vec![join(11, [1, 2])]).await.unwrap();
    fixture.commit(vec![join(11, [1, 3]), leave(11, [2, 4])]).await.unwrap();
    let mut versions = Vec::new();
    for number in 1..=4 {
        versions.push(version(&fixture, Kind::User, number).await);
    }
    assert_eq!(versions, [2, 3, 2, 1]);
    assert_eq!(version(&fixture, Kind::Group, 11).await, 1, "the group's own version is the caller's to count");
    fixture.commit(vec![Change::RemoveMembers { group: id(11), members: Members::All }]).await.unwrap();
    assert_eq!(version(&fixture, Kind::User, 1).await, 3);
    assert_eq!(version(&fixture, Kind::User, 2).await, 3);
}

#[tokio::test]
async fn counting_up_moves_the_time_forward_only() {
    let fixture = with_groups().await;
    let state = async || {
        let found = fixture.store.get(&here(), Kind::Group, &id(11)).await.unwrap().unwrap();
        (found.version, found.modified)
    };
    fixture.commit(vec![Change::CountUp { id: id(11), at: at(500) }]).await.unwrap();
    assert_eq!(state().await, (2, at(500)));
    fixture.commit(vec![Change::CountUp { id: id(11), at: at(400) }]).await.unwrap();
    assert_eq!(state().await, (3, at(500)));
    let missing = fixture.commit(vec![Change::CountUp { id: id(99), at: at(1) }]).await;
    assert!(matches!(missing, Err(StoreError::Missing)));
}

#[tokio::test]
async fn a_group_or_person_that_does_not_exist_refuses_the_whole_commit() {
    let fixture = with_groups().await;
    for change in [join(99, [1]), join(11, [2, 99]), join(11, [12]), join(1, [2])] {
        let outcome = fixture.commit(vec![join(11, [1]), change.clone()]).await;
        assert!(matches!(outcome, Err(StoreError::Missing)), "{change:?}");
        assert_eq!(members(&fixture, 11).await, Vec::new());
        assert_eq!(version(&fixture, Kind::User, 1).await, 1);
    }
    // Whoever is none cannot leave, and that is no error.
    fixture.commit(vec![leave(99, [1]), leave(11, [99])]).await.unwrap();
}

#[tokio::test]
async fn deleting_a_person_or_a_group_counts_up_what_showed_it() {
    let fixture = with_groups().await;
    fixture.commit(vec![join(11, [1, 2]), join(12, [1])]).await.unwrap();
    fixture.commit(vec![Change::DeleteResource { kind: Kind::User, id: id(1) }]).await.unwrap();
    assert_eq!(members(&fixture, 11).await, [id(2)]);
    assert_eq!(members(&fixture, 12).await, Vec::new());
    assert_eq!(version(&fixture, Kind::Group, 11).await, 2);
    assert_eq!(version(&fixture, Kind::Group, 12).await, 2);
    fixture.commit(vec![Change::DeleteResource { kind: Kind::Group, id: id(11) }]).await.unwrap();
    assert_eq!(version(&fixture, Kind::User, 2).await, 3);
    assert_eq!(fixture.store.memberships(&here(), &id(2)).await.unwrap(), Vec::new());
    let totals = async |kind| fixture.store.query(&here(), kind, &list(1, 0)).await.unwrap().total;
    assert_eq!((totals(Kind::User).await, totals(Kind::Group).await), (4, 1));
}

#[tokio::test]
async fn look_ups_answer_for_each_in_the_order_asked() {
    let fixture = with_groups().await;
    let store = &fixture.store;
    let hidden = StoredResource { confirmed: false, ..resource(6) };
    fixture.commit(vec![Change::InsertResource { kind: Kind::User, resource: hidden, keys: keys(6) }]).await.unwrap();
    let exist = async |kind| store.which_exist(&here(), kind, &[9, 2, 6, 11, 2].map(id)).await.unwrap();
    assert_eq!(exist(Kind::User).await, [false, true, false, false, true]);
    assert_eq!(exist(Kind::Group).await, [false, false, false, true, false]);
    fixture.commit(vec![join(12, [2]), join(11, [2, 3])]).await.unwrap();
    let asked = [1, 2, 99, 3].map(id);
    assert_eq!(store.which_are_members(&here(), &id(11), &asked).await.unwrap(), [false, true, false, true]);
    assert_eq!(store.which_are_members(&here(), &id(99), &asked).await.unwrap(), [false; 4]);
    let group = |number, name: &str| GroupRef { id: id(number), display: name.to_owned() };
    assert_eq!(
        store.groups_of(&here(), &asked).await.unwrap(),
        [vec![], vec![group(12, "Blue"), group(11, "Red")], vec![], vec![group(11, "Red")]]
    );
    assert_eq!(store.count_members(&here(), &id(11), 10).await.unwrap(), 2);
    assert_eq!(store.count_members(&here(), &id(11), 1).await.unwrap(), 1);
    assert_eq!(store.count_members(&here(), &id(99), 10).await.unwrap(), 0);
    // Another connection knows nothing of it.
    assert_eq!(store.which_exist(&there(), Kind::User, &asked).await.unwrap(), [false; 4]);
    assert_eq!(store.members(&there(), &id(11), 0, 10).await.unwrap(), Vec::new());
    assert_eq!(store.groups_of(&there(), &asked).await.unwrap(), vec![Vec::new(); 4]);
}

#[tokio::test]
async fn many_look_ups_at_once_are_answered_too() {
    let fixture = Fixture::new();
    fixture.commit((1..=3000).map(insert).chain([insert_group(9000, "All")]).collect()).await.unwrap();
    fixture.commit(vec![join(9000, (1..=3000).step_by(2))]).await.unwrap();
    let store = &fixture.store;
    let people: Vec<_> = (1..=3000).map(id).collect();
    let expected: Vec<_> = (1..=3000).map(|number| number % 2 == 1).collect();
    assert_eq!(store.which_are_members(&here(), &id(9000), &people).await.unwrap(), expected);
    assert!(store.which_exist(&here(), Kind::User, &people).await.unwrap().into_iter().all(|exists| exists));
    assert_eq!(store.groups_of(&here(), &people).await.unwrap().iter().flatten().count(), 1500);
    assert_eq!(store.members(&here(), &id(9000), 0, 5000).await.unwrap().len(), 1500);
    assert_eq!(store.count_members(&here(), &id(9000), 5000).await.unwrap(), 1500);
}

#[tokio::test]
async fn parked_values_wait_per_group_and_are_found_whatever_their_letter_case() {
    let fixture = with_groups().await;
    let store = &fixture.store;
    let park = |group, values: &[&str]| Change::ParkMembers {
        group: id(group),
        values: values.iter().copied().map(str::to_owned).collect(),
    };
    let unpark = |group, values: Option<&[&str]>| Change::UnparkMembers {
        group: id(group),
        values: values.map(|values| values.iter().copied().map(str::to_owned).collect()),
    };
    let found = async |values: Option<&[&str]>| {
        let values: Option<Vec<String>> = values.map(|values| values.iter().copied().map(str::to_owned).collect());
        store.parked(&here(), values.as_deref()).await.unwrap()
    };
    let parked = |group, value: &str| (id(group), value.to_owned());
    fixture.commit(vec![park(11, &["Ada@Example.com", "x", "x"]), park(12, &["x", "y"])]).await.unwrap();
    assert_eq!(found(Some(&["x", "X", "nobody"])).await, [parked(11, "x"), parked(12, "x")]);
    assert_eq!(found(Some(&["ADA@example.com"])).await, [parked(11, "Ada@Example.com")]);
    assert_eq!(found(None).await.len(), 4);
    fixture.commit(vec![unpark(11, Some(&["x", "never parked"])), unpark(12, None)]).await.unwrap();
    assert_eq!(found(None).await, [parked(11, "Ada@Example.com")]);
    fixture.commit(vec![Change::DeleteResource { kind: Kind::Group, id: id(11) }]).await.unwrap();
    assert_eq!(found(None).await, Vec::new());
    assert!(matches!(fixture.commit(vec![park(11, &["x"])]).await, Err(StoreError::Missing)));
    fixture.commit(vec![unpark(11, None)]).await.unwrap();
}

#[tokio::test]
async fn memberships_outlive_closing_and_opening() {
    let fixture = with_groups().await;
    fixture.commit(vec![join(11, [2, 1])]).await.unwrap();
    let before = fixture.store.members(&here(), &id(11), 0, 10).await.unwrap();
    let fixture = fixture.reopen();
    assert_eq!(fixture.store.members(&here(), &id(11), 0, 10).await.unwrap(), before);
    let expected: Vec<Member> =
        [(1, 2), (2, 1)].map(|(place, number)| Member { place, id: id(number), display: name(number) }).into();
    assert_eq!(before, expected);
}
