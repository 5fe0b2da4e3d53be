//! Inbound tokens of a connection, as hashes.
//!
//! Knows nothing of who may do what with them.

use jiff::Timestamp;
use rusqlite::params;

use super::SqliteStore;
use super::connections;
use super::rows;
use super::statements as sql;
use crate::ids::ConnectionName;
use crate::store::{StoreError, StoredToken};

/// All tokens, oldest first.
pub(super) fn list(store: &SqliteStore, connection: &ConnectionName) -> Result<Vec<StoredToken>, StoreError> {
    store.look(|db| {
        let Some(connection) = store.connections.find(db, connection)? else { return Ok(Vec::new()) };
        let mut statement = db.prepare_cached(sql::TOKENS)?;
        Ok(statement.query_map([connection], rows::token)?.collect::<Result<_, _>>()?)
    })
}

/// Adds or replaces a token.
pub(super) async fn put(
    store: &SqliteStore,
    connection: &ConnectionName,
    token: StoredToken,
) -> Result<(), StoreError> {
    let connection = connection.clone();
    let work = move |db: &rusqlite::Connection| {
        let connection = connections::ensure(db, &connection)?;
        db.prepare_cached(sql::PUT_TOKEN)?.execute(params![
            connection,
            token.name,
            token.sha256,
            token.created.as_microsecond(),
            token.expires.map(Timestamp::as_microsecond),
            token.last_used.map(Timestamp::as_microsecond),
        ])?;
        Ok(1)
    };
    store.writer.submit(Box::new(work)).await.map(|_| ())
}

/// Notes when a token was used, if it still exists.
pub(super) async fn note_use(
    store: &SqliteStore,
    connection: &ConnectionName,
    name: &str,
    at: Timestamp,
) -> Result<(), StoreError> {
    let (connection, name) = (connection.clone(), name.to_owned());
    let work = move |db: &rusqlite::Connection| {
        let connection = connections::ensure(db, &connection)?;
        Ok(db.prepare_cached(sql::NOTE_TOKEN_USE)?.execute(params![connection, name, at.as_microsecond()])? as u64)
    };
    store.writer.submit(Box::new(work)).await.map(|_| ())
}

/// Removes a token; `false` when there is none of that name.
pub(super) async fn delete(store: &SqliteStore, connection: &ConnectionName, name: &str) -> Result<bool, StoreError> {
    let (connection, name) = (connection.clone(), name.to_owned());
    let work = move |db: &rusqlite::Connection| {
        let connection = connections::ensure(db, &connection)?;
        Ok(db.prepare_cached(sql::DELETE_TOKEN)?.execute(params![connection, name])? as u64)
    };
    store.writer.submit(Box::new(work)).await.map(|removed| removed > 0)
}
