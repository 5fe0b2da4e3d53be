//! The event log: one person's story, and taking old events away.
//!
//! Events are appended by commits, together with what they tell of.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::SqliteStore;
use super::connections;
use super::fault::Fault;
use super::rows;
use super::statements as sql;
use crate::ids::ConnectionName;
use crate::scim::text::fold;
use crate::store::{Event, StoreError};

/// Events that one transaction removes, so that commits do not wait behind a long one.
const PRUNE_BATCH: u64 = 5000;

/// Everything that happened to a person, oldest first.
pub(super) async fn story(
    store: &SqliteStore,
    connection: Option<&ConnectionName>,
    who: &str,
) -> Result<Vec<(ConnectionName, Event)>, StoreError> {
    let (connection, who) = (connection.cloned(), who.to_owned());
    store
        .scanners
        .scan(move |db| {
            // Ordered by time, then by place in the log; an event that is found twice is told once.
            let mut found = BTreeMap::new();
            for (number, name) in connections::list(db, connection.as_ref())? {
                collect(db, number, &who, &mut |seq, event| {
                    found.insert((event.at, seq), (name.clone(), event));
                })?;
            }
            Ok(found.into_values().collect())
        })
        .await
}

/// The events under that name, and those of every id that the word leads to: a present or former name, externalId, vendor id or the id itself.
fn collect(db: &Connection, connection: i64, who: &str, found: &mut dyn FnMut(i64, Event)) -> Result<(), Fault> {
    let folded = fold(who);
    let mut ids = db
        .prepare_cached(sql::IDS_OF)?
        .query_map(params![connection, who, folded], |row| row.get(0))?
        .collect::<Result<Vec<String>, _>>()?;
    ids.push(who.to_owned());
    for (text, keys) in [(sql::EVENTS_OF_ID, ids), (sql::EVENTS_OF_NAME, vec![folded])] {
        for key in keys {
            let mut statement = db.prepare_cached(text)?;
            for row in statement.query_map(params![connection, key], rows::event)? {
                let (seq, event) = row?;
                found(seq, event);
            }
        }
    }
    Ok(())
}

/// Removes events older than `before`.
pub(super) async fn prune(store: &SqliteStore, before: Timestamp) -> Result<u64, StoreError> {
    let mut removed = 0;
    loop {
        let batch = store
            .writer
            .submit(Box::new(move |db| {
                let mut statement = db.prepare_cached(sql::PRUNE_EVENTS)?;
                Ok(statement.execute(params![before.as_microsecond(), PRUNE_BATCH.cast_signed()])? as u64)
            }))
            .await?;
        removed += batch;
        if batch < PRUNE_BATCH {
            return Ok(removed);
        }
    }
}
