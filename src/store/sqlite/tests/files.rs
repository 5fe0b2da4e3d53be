//! Opening: what can be wrong with a file is told in a sentence, a server has it alone, tools come beside.

use rusqlite::Connection;

use super::*;
use crate::store::StoredToken;

/// The sentence with which opening fails.
fn refusal(path: &std::path::Path) -> String {
    SqliteStore::open(path, Role::Server).unwrap_err().to_string()
}

#[tokio::test]
async fn a_second_server_is_refused_until_the_first_has_gone() {
    let fixture = Fixture::new();
    let sentence = refusal(&fixture.path());
    assert!(sentence.contains("bridge.db") && sentence.contains("another scim-bridge"), "{sentence}");
    let fixture = fixture.reopen();
    fixture.store.check().await.unwrap();
}

#[tokio::test]
async fn a_tool_works_beside_the_server_and_both_see_each_others_writes() {
    let fixture = Fixture::new();
    let tool = SqliteStore::open(&fixture.path(), Role::Tool).unwrap();
    let other_tool = SqliteStore::open(&fixture.path(), Role::Tool).unwrap();
    let token = StoredToken { name: "a".to_owned(), sha256: [1; 32], created: at(0), expires: None, last_used: None };
    tool.put_token(&here(), token.clone()).await.unwrap();
    assert_eq!(fixture.store.tokens(&here()).await.unwrap(), vec![token]);
    fixture.commit(vec![insert(1), Change::PutAccount(account(1))]).await.unwrap();
    assert_eq!(other_tool.pending(None).await.unwrap().len(), 1);
    drop(tool);
    fixture.add(2).await;
}

#[test]
fn missing_folders_are_made() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("a/b/bridge.db");
    drop(SqliteStore::open(&path, Role::Tool).unwrap());
    assert!(path.is_file());
}

#[test]
fn a_place_that_cannot_be_written_is_named() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let sentence = refusal(&file.join("bridge.db"));
    assert!(sentence.contains("bridge.db") && sentence.contains("cannot make the folder"), "{sentence}");
    let sentence = refusal(folder.path());
    assert!(sentence.contains(&folder.path().display().to_string()), "{sentence}");
}

#[cfg(unix)]
#[test]
fn the_file_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let fixture = Fixture::new();
    for suffix in ["", "-wal"] {
        let path = format!("{}{suffix}", fixture.path().display());
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "{path}");
    }
}

#[test]
fn the_file_of_a_newer_program_is_refused() {
    let fixture = Fixture::new();
    let path = fixture.path();
    let Fixture { store, folder: _folder } = fixture;
    drop(store);
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let sentence = refusal(&path);
    assert!(sentence.contains("newer scim-bridge (schema 99"), "{sentence}");
    Connection::open(&path).unwrap().pragma_update(None, "user_version", super::super::schema::VERSION).unwrap();
    drop(SqliteStore::open(&path, Role::Server).unwrap());
}

#[test]
fn the_file_of_another_program_is_refused_and_left_as_it_is() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("other.db");
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)").unwrap();
    let sentence = refusal(&path);
    assert!(sentence.contains("another program"), "{sentence}");
    let tables: i64 =
        Connection::open(&path).unwrap().query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).unwrap();
    assert_eq!(tables, 1);
    let text = folder.path().join("text.db");
    std::fs::write(&text, "this is no database, but a text of some length. ".repeat(50)).unwrap();
    let sentence = refusal(&text);
    assert!(sentence.contains("not a database"), "{sentence}");
}

#[test]
fn many_who_open_a_fresh_file_at_once_all_succeed() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("bridge.db");
    std::thread::scope(|scope| {
        let opened: Vec<_> = (0..6).map(|_| scope.spawn(|| SqliteStore::open(&path, Role::Tool).map(drop))).collect();
        for outcome in opened {
            outcome.join().unwrap().unwrap();
        }
    });
}

#[tokio::test]
async fn a_file_that_was_removed_or_replaced_is_no_healthy_store() {
    let fixture = Fixture::new();
    fixture.store.check().await.unwrap();
    let aside = fixture.folder.path().join("aside.db");
    std::fs::rename(fixture.path(), &aside).unwrap();
    let problem = fixture.store.check().await.unwrap_err().to_string();
    assert!(problem.contains("the file has gone"), "{problem}");
    std::fs::copy(&aside, fixture.path()).unwrap();
    let problem = fixture.store.check().await.unwrap_err().to_string();
    assert!(problem.contains("was replaced"), "{problem}");
    std::fs::rename(&aside, fixture.path()).unwrap();
    fixture.store.check().await.unwrap();
}

#[test]
fn names_that_sqlite_would_take_for_something_else_are_files() {
    let folder = TempDir::new().unwrap();
    for name in ["file:x.db?mode=memory", ":memory:"] {
        let path = folder.path().join(name);
        drop(SqliteStore::open(&path, Role::Server).unwrap());
        assert!(path.metadata().unwrap().len() > 0, "{name}");
    }
}

#[tokio::test]
async fn the_log_does_not_grow_without_end_and_goes_when_the_store_is_closed() {
    let fixture = Fixture::new();
    fixture.add(1).await;
    let log = fixture.folder.path().join("bridge.db-wal");
    // 60 MB in all.
    for version in 1..300 {
        let resource = StoredResource { version: version + 1, body: "x".repeat(200_000), ..resource(1) };
        let change = Change::UpdateResource { kind: Kind::User, resource, keys: keys(1), expected_version: version };
        fixture.commit(vec![change]).await.unwrap();
    }
    let length = log.metadata().unwrap().len();
    assert!(length < 10_000_000, "the log has {length} bytes");
    let Fixture { store, folder: _folder } = fixture;
    drop(store);
    assert!(!log.exists());
}
