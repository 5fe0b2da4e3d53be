//! Long scans: bounded in number, stopped when nobody waits for them.

use super::*;

/// Never ends by itself.
const ENDLESS: &str = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n";

#[tokio::test]
async fn a_scan_ends_when_nobody_waits_for_it_and_others_get_its_turn() {
    let fixture = Fixture::new();
    fixture.add(1).await;
    // More than there are turns, one after the other: were one of them not stopped, the last would wait for ever.
    for _ in 0..5 {
        let (started, begun) = tokio::sync::oneshot::channel();
        let endless = fixture.store.scanners.scan(move |db| {
            let mut statement = db.prepare(ENDLESS)?;
            let mut rows = statement.query([])?;
            rows.next()?;
            started.send(()).unwrap();
            while rows.next()?.is_some() {}
            Ok(())
        });
        tokio::select! {
            _ = endless => panic!("it never ends by itself"),
            begun = begun => begun.unwrap(),
        }
    }
    assert_eq!(fixture.store.story(None, "nobody").await.unwrap(), Vec::new());
}

#[tokio::test]
async fn a_scan_does_not_hold_up_look_ups_and_commits() {
    let fixture = Fixture::new();
    let (release, held) = std::sync::mpsc::channel::<()>();
    let (started, begun) = tokio::sync::oneshot::channel();
    let scan = fixture.store.scanners.scan(move |db| {
        let moment = db.unchecked_transaction()?;
        let before: i64 = moment.query_row("SELECT count(*) FROM resources", [], |row| row.get(0))?;
        started.send(()).unwrap();
        held.recv().unwrap_err();
        let after: i64 = moment.query_row("SELECT count(*) FROM resources", [], |row| row.get(0))?;
        Ok((before, after))
    });
    let others = async {
        begun.await.unwrap();
        let id = fixture.add(1).await;
        assert!(fixture.store.get(&here(), Kind::User, &id).await.unwrap().is_some());
        drop(release);
    };
    let (seen, ()) = tokio::join!(scan, others);
    assert_eq!(seen.unwrap(), (0, 0), "a scan sees one moment");
}
