//! Small numbers for connection names: every row of the database carries one.
//!
//! A number is made at the first write of a connection and never changes, so what was read once may be remembered.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use rusqlite::{Connection, OptionalExtension as _};

use super::fault::Fault;
use super::statements as sql;
use crate::ids::ConnectionName;

/// Numbers that are known to be in the file. As many as there are connections in it, which the configuration bounds.
#[derive(Debug, Default)]
pub(super) struct Connections {
    known: RwLock<HashMap<ConnectionName, i64>>,
}

impl Connections {
    /// The number of a connection; `None` when nothing was ever written for it.
    pub(super) fn find(&self, db: &Connection, name: &ConnectionName) -> rusqlite::Result<Option<i64>> {
        if let Some(id) = self.known.read().unwrap_or_else(PoisonError::into_inner).get(name) {
            return Ok(Some(*id));
        }
        let found = db.prepare_cached(sql::FIND_CONNECTION)?.query_row([name.as_str()], |row| row.get(0)).optional()?;
        if let Some(id) = found {
            self.known.write().unwrap_or_else(PoisonError::into_inner).insert(name.clone(), id);
        }
        Ok(found)
    }
}

/// The number of a connection, made when it is missing. For the writer: what it makes may still be rolled back, so it is not remembered.
pub(super) fn ensure(db: &Connection, name: &ConnectionName) -> rusqlite::Result<i64> {
    let found = db.prepare_cached(sql::FIND_CONNECTION)?.query_row([name.as_str()], |row| row.get(0)).optional()?;
    match found {
        Some(id) => Ok(id),
        None => db.prepare_cached(sql::ADD_CONNECTION)?.query_row([name.as_str()], |row| row.get(0)),
    }
}

/// The given connection, or all, with their numbers.
pub(super) fn list(db: &Connection, only: Option<&ConnectionName>) -> Result<Vec<(i64, ConnectionName)>, Fault> {
    let mut statement = db.prepare_cached(sql::ALL_CONNECTIONS)?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let name: String = row.get(1)?;
        let name =
            ConnectionName::parse(&name).ok_or_else(|| Fault::Corrupt(format!("the connection name {name:?}")))?;
        if only.is_none_or(|only| *only == name) {
            found.push((row.get(0)?, name));
        }
    }
    Ok(found)
}
