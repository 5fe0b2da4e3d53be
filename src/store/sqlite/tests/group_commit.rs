//! The writer: commits share a transaction without sharing their fate, and nobody waits for ever.

use std::sync::mpsc;
use std::time::Duration;

use futures_util::future::join_all;

use super::super::fault::Fault;
use super::super::{apply, open};
use super::*;

/// Holds the writer until the sender is dropped, so that what is handed in meanwhile becomes one group.
async fn hold_writer(fixture: &Fixture) -> (mpsc::Sender<()>, impl Future<Output = ()>) {
    let (release, held) = mpsc::channel::<()>();
    let (started, begun) = tokio::sync::oneshot::channel();
    let work = Box::new(move |_: &rusqlite::Connection| {
        started.send(()).unwrap();
        held.recv().unwrap_err();
        Ok(0)
    });
    let mut holding = Box::pin(fixture.store.writer.submit(work));
    tokio::select! {
        biased;
        begun = begun => begun.unwrap(),
        _ = &mut holding => panic!("the writer was not held"),
    }
    (release, async move {
        holding.await.unwrap();
    })
}

/// A commit as the writer gets it.
fn commit(changes: Vec<Change>) -> super::super::writer::Work {
    Box::new(move |db| apply::apply(db, &here(), changes))
}

#[tokio::test]
async fn commits_that_wait_together_share_a_transaction() {
    let fixture = Fixture::new();
    let path = fixture.path();
    let (release, holding) = hold_writer(&fixture).await;
    let count = |db: &rusqlite::Connection| -> Result<u64, Fault> {
        Ok(db.query_row("SELECT count(*) FROM resources", [], |row| row.get::<_, i64>(0))?.unsigned_abs())
    };
    let first = fixture.store.writer.submit(commit(vec![insert(1)]));
    let second = fixture.store.writer.submit(Box::new(move |db| {
        // Another connection does not see the first commit yet, this one does.
        assert_eq!((count(db)?, count(&open::reader(&path)?)?), (1, 0));
        Ok(42)
    }));
    let release = async { drop(release) };
    let (first, second, (), ()) = tokio::join!(first, second, holding, release);
    assert_eq!((first.unwrap(), second.unwrap()), (1, 42));
}

#[tokio::test]
async fn a_refused_commit_does_not_take_its_group_along() {
    let fixture = Fixture::new();
    let (release, holding) = hold_writer(&fixture).await;
    let other_person = Change::InsertResource { kind: Kind::User, resource: resource(2), keys: keys(1) };
    let (first, refused, third, (), ()) = tokio::join!(
        fixture.commit(vec![insert(1)]),
        fixture.commit(vec![Change::Event(event(1, None, "x")), other_person]),
        fixture.commit(vec![insert(3)]),
        holding,
        async { drop(release) },
    );
    first.unwrap();
    assert!(matches!(refused, Err(StoreError::NameTaken { taken_by }) if taken_by == id(1)));
    third.unwrap();
    assert_eq!(fixture.store.query(&here(), Kind::User, &list(1, 10)).await.unwrap().total, 2);
    assert_eq!(fixture.store.story(None, "x").await.unwrap(), Vec::new());
}

#[tokio::test]
async fn a_lost_transaction_is_told_to_all_that_were_in_it_and_to_nobody_else() {
    let fixture = Fixture::new();
    let (release, holding) = hold_writer(&fixture).await;
    let full_disk = Box::new(|db: &rusqlite::Connection| {
        db.execute_batch("ROLLBACK")?;
        Err(Fault::Corrupt("disk full".to_owned()))
    });
    let (before, cause, after, (), ()) = tokio::join!(
        fixture.commit(vec![insert(1)]),
        fixture.store.writer.submit(full_disk),
        fixture.commit(vec![insert(2)]),
        holding,
        async { drop(release) },
    );
    let before = before.unwrap_err().to_string();
    assert!(before.contains("written together with a change that failed") && before.contains("disk full"), "{before}");
    cause.unwrap_err();
    after.unwrap();
    assert_eq!(fixture.store.person(&here(), &id(1)).await.unwrap(), None);
    assert!(fixture.store.person(&here(), &id(2)).await.unwrap().is_some());
}

#[tokio::test]
async fn a_full_disk_is_told_with_its_cause_and_work_goes_on_when_there_is_room() {
    let fixture = Fixture::new();
    let limit = |pages: &'static str| -> super::super::writer::Work {
        Box::new(move |db| Ok(db.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(0))?))
    };
    fixture.store.writer.submit(limit("1")).await.unwrap();
    let big = StoredResource { body: "x".repeat(1_000_000), ..resource(1) };
    let change = Change::InsertResource { kind: Kind::User, resource: big, keys: keys(1) };
    let error = fixture.commit(vec![change]).await.unwrap_err().to_string();
    assert!(error.contains("full") && error.contains("free some space") && error.contains("bridge.db"), "{error}");
    fixture.store.writer.submit(limit("1000000")).await.unwrap();
    fixture.store.check().await.unwrap();
    fixture.add(1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_want_one_name_exactly_one_gets_it() {
    let fixture = Arc::new(Fixture::new());
    let tasks = (0..32).map(|number| {
        let fixture = Arc::clone(&fixture);
        tokio::spawn(async move {
            let change = Change::InsertResource { kind: Kind::User, resource: resource(number), keys: keys(77) };
            fixture.commit(vec![change]).await
        })
    });
    let outcomes: Vec<_> = join_all(tasks).await.into_iter().map(Result::unwrap).collect();
    let winner = fixture.store.person_by_name(&here(), &name(77)).await.unwrap().unwrap().resource.id;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    for refused in outcomes.into_iter().filter_map(Result::err) {
        assert!(matches!(&refused, StoreError::NameTaken { taken_by } if *taken_by == winner), "{refused}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_committers_lose_nothing_and_each_sees_his_own_writes_at_once() {
    let fixture = Arc::new(Fixture::new());
    let tasks = (0..32).map(|task| {
        let fixture = Arc::clone(&fixture);
        tokio::spawn(async move {
            for round in 0..10 {
                let id = fixture.add(task * 10 + round).await;
                let seen = fixture.store.get(&here(), Kind::User, &id).await.unwrap();
                assert!(seen.is_some(), "a commit that returned is seen");
            }
        })
    });
    for outcome in join_all(tasks).await {
        outcome.unwrap();
    }
    let page = fixture.store.query(&here(), Kind::User, &list(1, 1000)).await.unwrap();
    assert_eq!((page.total, page.resources.len()), (320, 320));
}

#[tokio::test]
async fn a_dead_writer_is_an_error_not_a_wait() {
    let fixture = Fixture::new();
    fixture.add(1).await;
    let error = fixture.store.writer.submit(Box::new(|_| panic!("on purpose"))).await.unwrap_err().to_string();
    assert!(error.contains("has stopped"), "{error}");
    assert!(matches!(fixture.commit(vec![insert(2)]).await, Err(StoreError::Unavailable { .. })));
    assert!(matches!(fixture.store.check().await, Err(StoreError::Unavailable { .. })));
    // Reading goes on, and the file can be opened again.
    assert!(fixture.store.get(&here(), Kind::User, &id(1)).await.unwrap().is_some());
    assert_eq!(fixture.reopen().store.query(&here(), Kind::User, &list(1, 1)).await.unwrap().total, 1);
}

#[tokio::test]
async fn a_writer_that_hangs_is_told_after_the_timeout_and_what_waited_does_not_happen() {
    let fixture = Fixture::new();
    let (release, holding) = hold_writer(&fixture).await;
    let late = fixture.store.writer.submit_within(Duration::from_millis(5), commit(vec![insert(1)])).await;
    let late = late.unwrap_err().to_string();
    assert!(late.contains("no answer from the disk"), "{late}");
    drop(release);
    holding.await;
    fixture.store.check().await.unwrap();
    assert_eq!(fixture.store.person(&here(), &id(1)).await.unwrap(), None, "nobody waited for it");
}

#[tokio::test(start_paused = true)]
async fn on_a_paused_clock_a_commit_takes_no_time() {
    let fixture = Fixture::new();
    let before = tokio::time::Instant::now();
    let alarm = tokio::spawn(tokio::time::sleep(Duration::from_millis(1)));
    for number in 0..20 {
        fixture.add(number).await;
    }
    assert_eq!(before.elapsed(), Duration::ZERO);
    alarm.await.unwrap();
}
