//! Accounts and their work: links are unique, due work comes in the order of urgency, counts are true.

use super::*;
use crate::ids::RequestId;

#[tokio::test]
async fn every_field_of_an_account_is_read_back() {
    let fixture = Fixture::new();
    fixture.add(1).await;
    let full = Account {
        id: id(1),
        realm: String::new(),
        remap: false,
        settled_groups: None,
        other_keys: Some("{}".to_owned()),
        vendor_id: vendor_id("v-1"),
        desired: "{\"a\":1}".to_owned(),
        applied: Some("{\"a\":0}".to_owned()),
        desired_revision: 7,
        settled_revision: 6,
        settled_body: Some("{}".to_owned()),
        deleting: true,
        state: WorkState::Failed,
        urgency: 1,
        doubt: Doubt::Unanswered,
        taken_over: Some("{}".to_owned()),
        attempts: 3,
        next_attempt: Some(at(5)),
        reason: Some("the vendor said no".to_owned()),
        request_id: RequestId::parse("req-1"),
    };
    for account in [account(1), full, account(1)] {
        fixture.commit(vec![Change::PutAccount(account.clone())]).await.unwrap();
        assert_eq!(fixture.store.person(&here(), &id(1)).await.unwrap().unwrap().account, Some(account));
    }
}

#[tokio::test]
async fn a_vendor_account_belongs_to_one_resource() {
    let fixture = Fixture::new();
    fixture.add(1).await;
    fixture.add(2).await;
    let linked = |number| Change::PutAccount(Account { vendor_id: vendor_id("v"), ..account(number) });
    fixture.commit(vec![linked(1)]).await.unwrap();
    fixture.commit(vec![linked(1)]).await.unwrap();
    let error = fixture.commit(vec![linked(2)]).await.unwrap_err();
    assert!(matches!(&error, StoreError::VendorIdTaken { taken_by } if *taken_by == id(1)), "{error}");
    let holder = fixture.store.person_by_vendor_id(&here(), "", &vendor_id("v").unwrap()).await.unwrap().unwrap();
    assert_eq!(holder.resource.id, id(1));
    // The same vendor id may exist at another vendor.
    fixture.store.commit(&there(), vec![insert(1), linked(1)]).await.unwrap();
}

/// Accounts 1 to 7 in different states of work.
async fn with_work() -> Fixture {
    let fixture = Fixture::new();
    for (number, state, urgency, next_attempt) in [
        (1, WorkState::Pending, 2, Some(10)),
        (2, WorkState::Pending, 0, Some(30)),
        (3, WorkState::Failed, 0, Some(20)),
        (4, WorkState::Pending, 1, Some(100)),
        (5, WorkState::Settled, 0, Some(1)),
        (6, WorkState::Pending, 1, None),
        (7, WorkState::Failed, 1, None),
    ] {
        let account = Account { state, urgency, next_attempt: next_attempt.map(at), ..account(number) };
        fixture.commit(vec![insert(number), Change::PutAccount(account)]).await.unwrap();
    }
    fixture
}

#[tokio::test]
async fn due_work_comes_most_urgent_first_then_oldest() {
    let fixture = with_work().await;
    let connection = here();
    let due = |second, limit| fixture.store.due(&connection, "", at(second), limit);
    assert_eq!(due(50, 10).await.unwrap(), [3, 2, 1].map(id));
    assert_eq!(due(50, 2).await.unwrap(), [3, 2].map(id));
    assert_eq!(due(20, 10).await.unwrap(), [3, 1].map(id), "due at this very moment counts");
    assert_eq!(due(100, 10).await.unwrap(), [3, 2, 4, 1].map(id));
    assert_eq!(due(9, 10).await.unwrap(), Vec::new());
    assert_eq!(due(100, 0).await.unwrap(), Vec::new());
}

#[tokio::test]
async fn waking_makes_all_pending_work_due_and_nothing_else() {
    let fixture = with_work().await;
    assert_eq!(fixture.store.wake_all(&here(), at(15)).await.unwrap(), 4);
    assert_eq!(
        fixture.store.due(&here(), "", at(15), 10).await.unwrap(),
        [2, 4, 6, 1].map(id),
        "failed work keeps its time"
    );
    assert_eq!(fixture.store.wake_all(&there(), at(15)).await.unwrap(), 0);
}

#[tokio::test]
async fn waking_marks_unfinished_work_as_interrupted_and_forgets_no_lost_answer() {
    let fixture = with_work().await;
    let lost = Account { doubt: Doubt::Unanswered, ..account_of(&fixture, 2).await };
    fixture.commit(vec![Change::PutAccount(lost)]).await.unwrap();
    fixture.store.wake_all(&here(), at(15)).await.unwrap();
    assert_eq!(account_of(&fixture, 2).await.doubt, Doubt::Unanswered);
    for number in 1..=6 {
        let account = account_of(&fixture, number).await;
        assert_eq!(account.doubt != Doubt::None, account.state != WorkState::Settled, "{account:?}");
    }
}

#[tokio::test]
async fn a_commit_that_expects_another_revision_is_refused_as_a_whole() {
    let fixture = Fixture::new();
    fixture.add(1).await;
    let expect = |desired_revision| Change::ExpectRevision { id: id(1), desired_revision };
    assert!(matches!(fixture.commit(vec![expect(1)]).await, Err(StoreError::Missing)), "there is no account yet");
    let first = Account { desired_revision: 4, ..account(1) };
    fixture.commit(vec![Change::PutAccount(first.clone())]).await.unwrap();
    let next = Account { desired_revision: 5, ..account(1) };
    let stale = vec![expect(3), Change::PutAccount(next.clone())];
    assert!(matches!(fixture.commit(stale).await, Err(StoreError::VersionMismatch)));
    assert_eq!(account_of(&fixture, 1).await, first);
    fixture.commit(vec![expect(4), Change::PutAccount(next.clone())]).await.unwrap();
    assert_eq!(account_of(&fixture, 1).await, next);
}

async fn account_of(fixture: &Fixture, number: u32) -> Account {
    fixture.store.person(&here(), &id(number)).await.unwrap().unwrap().account.unwrap()
}

#[tokio::test]
async fn pending_tells_of_waiting_and_failed_work_of_one_or_all_connections() {
    let fixture = with_work().await;
    fixture.store.commit(&there(), vec![insert(1), Change::PutAccount(account(1))]).await.unwrap();
    let all = fixture.store.pending(None).await.unwrap();
    assert_eq!(all.len(), 7);
    let mine = fixture.store.pending(Some(&here())).await.unwrap();
    assert_eq!(mine.len(), 6);
    assert!(mine.iter().all(|work| work.connection == here() && work.account.state != WorkState::Settled));
    assert_eq!(
        (mine[0].name.as_str(), &mine[0].account.id),
        (name(3).as_str(), &id(3)),
        "most urgent first, name as sent"
    );
}

#[tokio::test]
async fn work_counts_follow_every_change() {
    let fixture = with_work().await;
    let counts = async || fixture.store.work_counts(&here()).await.unwrap();
    let expected = |settled, pending, failed| {
        vec![(WorkState::Settled, settled), (WorkState::Pending, pending), (WorkState::Failed, failed)]
    };
    assert_eq!(counts().await, expected(1, 4, 2));
    let settled = Account { state: WorkState::Settled, ..account(1) };
    fixture.commit(vec![Change::PutAccount(settled.clone()), Change::PutAccount(settled)]).await.unwrap();
    assert_eq!(counts().await, expected(2, 3, 2));
    fixture.commit(vec![Change::DeleteResource { kind: Kind::User, id: id(7) }]).await.unwrap();
    assert_eq!(counts().await, expected(2, 3, 1));
    assert_eq!(fixture.store.work_counts(&there()).await.unwrap(), expected(0, 0, 0));
}
