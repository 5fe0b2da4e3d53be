//! What is left to do at the vendor: due, pending and failed work, and how much of it there is.
//!
//! Decides nothing about when work is due; that stands in the accounts.

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, params};

use super::SqliteStore;
use super::connections;
use super::fault::Fault;
use super::rows::{self, PERSON_WIDTH, scim_id, state_counter};
use super::statements as sql;
use crate::ids::{ConnectionName, ScimId};
use crate::store::{PendingWork, StoreError, WorkState};

/// Due work: by urgency, then by the time since when it is due, then by age of the resource. One probe of the index per urgency that occurs.
pub(super) fn due(
    store: &SqliteStore,
    connection: &ConnectionName,
    realm: &str,
    now: Timestamp,
    limit: usize,
) -> Result<Vec<ScimId>, StoreError> {
    store.look(|db| {
        let mut found = Vec::new();
        let Some(connection) = store.connections.find(db, connection)? else { return Ok(found) };
        let mut at_least = i64::MIN;
        while found.len() < limit {
            let urgency: Option<i64> = db
                .prepare_cached(sql::NEXT_URGENCY)?
                .query_row(params![connection, realm, at_least], |row| row.get(0))?;
            let Some(urgency) = urgency else { break };
            let left = i64::try_from(limit - found.len()).unwrap_or(i64::MAX);
            let mut statement = db.prepare_cached(sql::DUE)?;
            for id in statement
                .query_map(params![connection, realm, urgency, now.as_microsecond(), left], |row| scim_id(row, 0))?
            {
                found.push(id?);
            }
            let Some(next) = urgency.checked_add(1) else { break };
            at_least = next;
        }
        Ok(found)
    })
}

/// Makes all pending work due.
pub(super) async fn wake_all(
    store: &SqliteStore,
    connection: &ConnectionName,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let connection = connection.clone();
    store
        .writer
        .submit(Box::new(move |db| {
            let connection = connections::ensure(db, &connection)?;
            db.prepare_cached(sql::WAKE_ALL)?.execute(params![connection, now.as_microsecond()])?;
            count(db, connection, WorkState::Pending)
        }))
        .await
}

/// Pending and failed work, most urgent first.
pub(super) async fn pending(
    store: &SqliteStore,
    connection: Option<&ConnectionName>,
) -> Result<Vec<PendingWork>, StoreError> {
    let connection = connection.cloned();
    store
        .scanners
        .scan(move |db| {
            let mut found = Vec::new();
            for (number, name) in connections::list(db, connection.as_ref())? {
                let mut statement = db.prepare_cached(sql::PENDING)?;
                let mut rows = statement.query([number])?;
                while let Some(row) = rows.next()? {
                    if let Some(account) = rows::person(row)?.account {
                        found.push(PendingWork { connection: name.clone(), name: row.get(PERSON_WIDTH)?, account });
                    }
                }
            }
            Ok(found)
        })
        .await
}

/// Accounts per state.
pub(super) fn work_counts(
    store: &SqliteStore,
    connection: &ConnectionName,
) -> Result<Vec<(WorkState, u64)>, StoreError> {
    const STATES: [WorkState; 3] = [WorkState::Settled, WorkState::Pending, WorkState::Failed];
    store.look(|db| {
        let Some(connection) = store.connections.find(db, connection)? else {
            return Ok(STATES.map(|state| (state, 0)).to_vec());
        };
        STATES.into_iter().map(|state| Ok((state, count(db, connection, state)?))).collect()
    })
}

fn count(db: &rusqlite::Connection, connection: i64, state: WorkState) -> Result<u64, Fault> {
    let mut statement = db.prepare_cached(sql::COUNTER)?;
    let found: Option<i64> =
        statement.query_row(params![connection, state_counter(state)], |row| row.get(0)).optional()?;
    Ok(found.unwrap_or(0).unsigned_abs())
}
