//! No statement that runs inline walks through a table.

use rusqlite::Connection;

use super::super::statements as sql;
use super::super::{open, schema};
use super::*;

/// The query plan, a line per step.
pub(super) fn plan(db: &Connection, statement: &str) -> String {
    let mut explain = db.prepare(&format!("EXPLAIN QUERY PLAN {statement}")).unwrap();
    let values = vec![rusqlite::types::Value::Null; explain.parameter_count()];
    let lines = explain.query_map(rusqlite::params_from_iter(values), |row| row.get::<_, String>(3)).unwrap();
    lines.collect::<Result<Vec<_>, _>>().unwrap().join("\n")
}

/// An empty database with the tables.
pub(super) fn empty(folder: &TempDir) -> Connection {
    let path = folder.path().join("plans.db");
    open::prepare(&path, Role::Tool).unwrap();
    let mut db = open::writer(&path).unwrap();
    schema::migrate(&mut db).unwrap();
    db
}

#[test]
fn fixed_statements_use_indexes_and_sort_nothing_large() {
    let folder = TempDir::new().unwrap();
    let db = empty(&folder);
    for statement in [
        sql::FIND_CONNECTION,
        sql::GET,
        sql::BY_NAME,
        sql::BY_EXTERNAL_ID,
        sql::BY_EMAIL,
        sql::COUNTER,
        sql::PERSON,
        sql::PERSON_BY_NAME,
        sql::PERSON_BY_VENDOR_ID,
        sql::NEXT_URGENCY,
        sql::WAKE_ALL,
        sql::PENDING,
        sql::HOLDER_OF_NAME,
        sql::RESOURCE_STATE,
        sql::UPDATE_RESOURCE,
        sql::DELETE_RESOURCE,
        sql::EMAILS_OF,
        sql::DELETE_EMAILS,
        sql::HOLDER_OF_VENDOR_ID,
        sql::EVENTS_OF_ID,
        sql::EVENTS_OF_NAME,
        sql::IDS_OF,
        sql::PRUNE_EVENTS,
        sql::TOKENS,
        sql::NOTE_TOKEN_USE,
        sql::DELETE_TOKEN,
    ] {
        let plan = plan(&db, statement);
        let walks = plan.lines().any(|line| line.starts_with("SCAN") && line != "SCAN CONSTANT ROW");
        assert!(!walks, "{statement}\n{plan}");
    }
}

#[test]
fn a_page_skips_inside_an_index_and_due_work_is_read_in_its_order() {
    let folder = TempDir::new().unwrap();
    let db = empty(&folder);
    let page = plan(&db, sql::PAGE);
    assert!(page.contains("SEARCH resources USING COVERING INDEX resources_page"), "{page}");
    assert!(page.contains("SEARCH r USING INTEGER PRIMARY KEY"), "{page}");
    let due = plan(&db, sql::DUE);
    assert!(
        due.contains(
            "SEARCH accounts USING INDEX accounts_work (connection=? AND realm=? AND urgency=? AND next_attempt<?)"
        ),
        "{due}"
    );
}
