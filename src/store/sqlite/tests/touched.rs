//! Accounts that are touched on behalf of a group, what the group is owed, and realms.

use super::*;
use crate::ids::RequestId;
use crate::store::Membership;

/// People 1 to 3 with settled accounts, 4 without one, all in group 11; group 12 is empty.
async fn with_accounts() -> Fixture {
    let fixture = Fixture::new();
    for number in 1..=4 {
        fixture.add(number).await;
    }
    for number in 1..=3 {
        fixture.commit(vec![Change::PutAccount(settled(number))]).await.unwrap();
    }
    fixture.commit(vec![insert_group(11, "Red"), insert_group(12, "Blue"), join(11, 1..=4)]).await.unwrap();
    fixture
}

fn settled(number: u32) -> Account {
    Account { state: WorkState::Settled, urgency: 0, settled_revision: 1, ..account(number) }
}

fn touch(group: u32, members: Members) -> Change {
    let request_id = RequestId::parse("req-9").unwrap();
    Change::TouchAccounts { members, group: id(group), next_attempt: at(70), request_id }
}

async fn account_of(fixture: &Fixture, number: u32) -> Account {
    fixture.store.person(&here(), &id(number)).await.unwrap().unwrap().account.unwrap()
}

async fn owed(fixture: &Fixture, group: u32) -> Vec<(ScimId, i64)> {
    fixture.store.owed(&here(), &id(group), &Members::All).await.unwrap()
}

#[tokio::test]
async fn a_touched_account_is_pending_with_one_revision_more() {
    let fixture = with_accounts().await;
    fixture.commit(vec![touch(11, these([1, 4, 99]))]).await.unwrap();
    let expected = Account {
        remap: true,
        desired_revision: 2,
        state: WorkState::Pending,
        urgency: 1,
        next_attempt: Some(at(70)),
        request_id: RequestId::parse("req-9"),
        ..settled(1)
    };
    assert_eq!(account_of(&fixture, 1).await, expected);
    assert_eq!(account_of(&fixture, 2).await, settled(2));
    assert_eq!(fixture.store.person(&here(), &id(4)).await.unwrap().unwrap().account, None);
    assert_eq!(owed(&fixture, 11).await, [(id(1), 2)]);
    assert_eq!(fixture.store.due(&here(), "", at(70), 10).await.unwrap(), [id(1)]);
    let states = [(WorkState::Settled, 2), (WorkState::Pending, 1), (WorkState::Failed, 0)];
    assert_eq!(fixture.store.work_counts(&here()).await.unwrap(), states);
}

#[tokio::test]
async fn work_under_way_keeps_its_urgency_and_starts_its_attempts_anew() {
    let fixture = with_accounts().await;
    let failed = Account {
        state: WorkState::Failed,
        urgency: 0,
        attempts: 5,
        reason: Some("no".to_owned()),
        doubt: Doubt::Unanswered,
        ..account(1)
    };
    let creating = Account { urgency: 2, ..account(2) };
    let going = Account { deleting: true, urgency: 0, attempts: 2, ..account(3) };
    fixture
        .commit([&failed, &creating, &going].map(|account| Change::PutAccount(account.clone())).into())
        .await
        .unwrap();
    fixture.commit(vec![touch(11, Members::All), touch(11, Members::All)]).await.unwrap();
    let found = account_of(&fixture, 1).await;
    assert_eq!((found.urgency, found.attempts, found.reason, found.doubt), (0, 0, None, Doubt::Unanswered));
    assert_eq!((found.state, found.desired_revision), (WorkState::Pending, 3));
    assert_eq!(account_of(&fixture, 2).await.urgency, 2);
    assert_eq!(account_of(&fixture, 3).await, going, "who is being removed stays as he is");
    assert_eq!(owed(&fixture, 11).await, [(id(1), 3), (id(2), 3)]);
}

#[tokio::test]
async fn all_means_the_members_at_that_point_of_the_commit() {
    let fixture = with_accounts().await;
    fixture.commit(vec![leave(11, [1]), touch(11, Members::All), leave(11, [2])]).await.unwrap();
    assert_eq!(owed(&fixture, 11).await, [(id(2), 2), (id(3), 2)]);
    assert_eq!(account_of(&fixture, 1).await.state, WorkState::Settled);
}

#[tokio::test]
async fn what_is_owed_goes_when_the_account_settles_or_goes() {
    let fixture = with_accounts().await;
    fixture.commit(vec![touch(11, these(1..=3)), touch(12, these([1]))]).await.unwrap();
    let of = async |people: &[u32]| fixture.store.owed(&here(), &id(11), &these(people.iter().copied())).await.unwrap();
    assert_eq!(of(&[3, 9, 1]).await, [(id(3), 2), (id(1), 3)]);
    // Work that goes on is owed still.
    let later = Account { attempts: 1, ..account_of(&fixture, 1).await };
    fixture.commit(vec![Change::PutAccount(later)]).await.unwrap();
    assert_eq!(owed(&fixture, 12).await, [(id(1), 3)]);
    let failed = Account { state: WorkState::Failed, ..account_of(&fixture, 1).await };
    fixture.commit(vec![Change::PutAccount(failed)]).await.unwrap();
    assert_eq!(owed(&fixture, 12).await, [(id(1), 3)]);
    let done = Account { state: WorkState::Settled, remap: false, ..account_of(&fixture, 1).await };
    fixture.commit(vec![Change::PutAccount(done)]).await.unwrap();
    assert_eq!(owed(&fixture, 12).await, Vec::new());
    assert_eq!(of(&[1, 2]).await, [(id(2), 2)]);
    fixture.commit(vec![Change::DropAccount(id(2))]).await.unwrap();
    assert_eq!(owed(&fixture, 11).await, [(id(3), 2)]);
    fixture.commit(vec![Change::DeleteResource { kind: Kind::Group, id: id(11) }]).await.unwrap();
    assert_eq!(owed(&fixture, 11).await, Vec::new());
    assert_eq!(account_of(&fixture, 3).await.state, WorkState::Pending);
    let gone = fixture.commit(vec![touch(11, these([3]))]).await;
    assert!(matches!(gone, Err(StoreError::Missing)));
}

#[tokio::test]
async fn dropping_an_account_leaves_the_resource() {
    let fixture = with_accounts().await;
    fixture.commit(vec![Change::DropAccount(id(1)), Change::DropAccount(id(4))]).await.unwrap();
    let person = fixture.store.person(&here(), &id(1)).await.unwrap().unwrap();
    assert_eq!(person.account, None);
    let states = [(WorkState::Settled, 2), (WorkState::Pending, 0), (WorkState::Failed, 0)];
    assert_eq!(fixture.store.work_counts(&here()).await.unwrap(), states);
    assert!(matches!(fixture.commit(vec![Change::DropAccount(id(99))]).await, Err(StoreError::Missing)));
}

#[tokio::test]
async fn realms_have_vendor_ids_and_due_work_of_their_own() {
    let fixture = with_accounts().await;
    let store = &fixture.store;
    let object = |number, vendor: &str| Account {
        realm: "skill".to_owned(),
        vendor_id: vendor_id(vendor),
        next_attempt: Some(at(1)),
        remap: true,
        settled_groups: Some("[]".to_owned()),
        ..account(number)
    };
    let person = Account { vendor_id: vendor_id("7"), next_attempt: Some(at(1)), ..account(1) };
    fixture.commit(vec![Change::PutAccount(person), Change::PutAccount(object(11, "7"))]).await.unwrap();
    let taken = fixture.commit(vec![Change::PutAccount(object(12, "7"))]).await.unwrap_err();
    assert!(matches!(&taken, StoreError::VendorIdTaken { taken_by } if *taken_by == id(11)), "{taken}");
    let holder = async |realm| {
        let found = store.person_by_vendor_id(&here(), realm, &vendor_id("7").unwrap()).await.unwrap();
        found.map(|found| found.resource.id)
    };
    assert_eq!(holder("").await, Some(id(1)));
    assert_eq!(holder("skill").await, Some(id(11)));
    assert_eq!(holder("role").await, None);
    assert_eq!(account_of(&fixture, 11).await, object(11, "7"));
    assert_eq!(store.due(&here(), "", at(1), 10).await.unwrap(), [id(1)]);
    assert_eq!(store.due(&here(), "skill", at(1), 10).await.unwrap(), [id(11)]);
    assert_eq!(store.due(&here(), "role", at(1), 10).await.unwrap(), Vec::new());
    let pending: Vec<_> = store.pending(None).await.unwrap().into_iter().map(|work| work.account.id).collect();
    assert_eq!(pending, [1, 11].map(id));
    assert_eq!(store.wake_all(&here(), at(1)).await.unwrap(), 2);
    // The story of a vendor id is looked for in all realms.
    fixture
        .commit(vec![Change::Event(event(1, Some(11), "Red")), Change::Event(event(2, Some(1), &name(1)))])
        .await
        .unwrap();
    assert_eq!(store.story(None, "7").await.unwrap().len(), 2);
}

#[tokio::test]
async fn memberships_tell_the_groups_link_and_who_came_last() {
    let fixture = with_accounts().await;
    let object = Account { realm: "skill".to_owned(), vendor_id: vendor_id("s1"), ..account(12) };
    fixture.commit(vec![Change::PutAccount(object), join(12, [1])]).await.unwrap();
    let found = fixture.store.memberships(&here(), &id(1)).await.unwrap();
    let expected = |group, name: &str, joined| Membership {
        group: id(group),
        name: name.to_owned(),
        realm: None,
        vendor_id: None,
        joined,
    };
    assert_eq!(
        found,
        [
            expected(11, "Red", 1),
            Membership { realm: Some("skill".to_owned()), vendor_id: vendor_id("s1"), ..expected(12, "Blue", 5) }
        ]
    );
    assert_eq!(fixture.store.memberships(&here(), &id(99)).await.unwrap(), Vec::new());
}
