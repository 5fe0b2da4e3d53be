//! A file of an earlier version is brought up with everything in it.

use rusqlite::{Connection, params};

use super::super::schema;
use super::*;

/// A file as version 1 wrote it: two people, one of them linked, and a group.
fn of_version_1(path: &std::path::Path) {
    let db = Connection::open(path).unwrap();
    db.execute_batch(include_str!("../migrations/0001_start.sql")).unwrap();
    db.pragma_update(None, "application_id", 0x5343_494d).unwrap();
    db.pragma_update(None, "user_version", 1).unwrap();
    db.execute("INSERT INTO connections (id, name) VALUES (1, 'here')", []).unwrap();
    let insert = "INSERT INTO resources (connection, kind, id, name, folded, external_id, active, confirmed, version, created, modified, body)
        VALUES (1, ?1, ?2, ?3, lower(?3), NULL, 1, 1, 4, ?4, ?4, ?5)";
    for (kind, number, name, body) in [
        (0, 1, name(1), r#"{"schemas":[],"displayName":"Ada Lovelace"}"#.to_owned()),
        (0, 2, name(2), r#"{"schemas":[]}"#.to_owned()),
        (0, 3, name(3), r#"{"schemas":[],"displayName":7}"#.to_owned()),
        (0, 4, name(4), "not JSON".to_owned()),
        (1, 9, "Team".to_owned(), r#"{"schemas":[],"displayName":"Team"}"#.to_owned()),
    ] {
        db.execute(insert, params![kind, id(number).as_str(), name, at(1).as_microsecond(), body]).unwrap();
    }
    db.execute(
        "INSERT INTO accounts (resource, connection, vendor_id, state, urgency, desired_revision, settled_revision, deleting, uncertain, attempts, desired)
         VALUES (1, 1, 'v1', 1, 2, 3, 2, 0, 0, 1, '{}')",
        [],
    )
    .unwrap();
}

#[tokio::test]
async fn a_file_of_version_1_keeps_its_people_and_gets_groups() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("bridge.db");
    of_version_1(&path);
    let store = SqliteStore::open(&path, Role::Server).unwrap();
    let linked = store.person_by_vendor_id(&here(), "", &vendor_id("v1").unwrap()).await.unwrap().unwrap();
    let account = linked.account.unwrap();
    assert_eq!((linked.resource.id, linked.resource.version), (id(1), 4));
    assert_eq!((account.realm.as_str(), account.remap, account.settled_groups), ("", false, None));
    assert_eq!((account.desired_revision, account.state), (3, WorkState::Pending));
    assert_eq!(store.wake_all(&here(), at(5)).await.unwrap(), 1);
    assert_eq!(store.due(&here(), "", at(5), 10).await.unwrap(), [id(1)]);
    assert_eq!(store.query(&here(), Kind::User, &list(1, 0)).await.unwrap().total, 4);
    store.commit(&here(), vec![join(9, [1, 2, 3, 4])]).await.unwrap();
    let shown: Vec<_> =
        store.members(&here(), &id(9), 0, 10).await.unwrap().into_iter().map(|member| member.display).collect();
    assert_eq!(shown, ["Ada Lovelace".to_owned(), name(2), name(3), name(4)]);
}

#[tokio::test]
async fn a_migrated_file_has_the_same_tables_as_a_new_one() {
    let folder = TempDir::new().unwrap();
    let (old, new) = (folder.path().join("old.db"), folder.path().join("new.db"));
    of_version_1(&old);
    let tables = |path: &std::path::Path| {
        drop(SqliteStore::open(path, Role::Server).unwrap());
        let db = Connection::open(path).unwrap();
        let version: i64 = db.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
        assert_eq!(version, schema::VERSION);
        let mut statement = db.prepare("SELECT name, sql FROM sqlite_schema ORDER BY name").unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.collect::<Result<Vec<(String, Option<String>)>, _>>().unwrap()
    };
    assert_eq!(tables(&old), tables(&new));
}
