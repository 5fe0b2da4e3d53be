//! The store on one machine: SQLite, durable commits in groups.
//!
//! One thread writes (`writer`), a few connections read (`readers`). A look-up by key takes about ten microseconds and is done where it is asked
//! for; scans get threads of their own. Several replicas on one store are the business of another kind of store.

mod apply;
mod condition;
mod connections;
mod events;
mod fault;
mod join;
mod members;
mod open;
mod people;
mod query;
mod readers;
mod rows;
mod schema;
mod statements;
mod tokens;
mod work;
mod writer;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::Connection;

use super::{
    Change, Event, GroupRef, Kind, Lookup, Member, Members, Membership, Page, PendingWork, Person, Query, Store,
    StoreError, StoredResource, StoredToken, WorkState,
};
use crate::ids::{ConnectionName, ScimId, VendorId};
use connections::Connections;
use fault::{Fault, unavailable};
pub use open::Role;
use readers::{Readers, Scanners};
use writer::Writer;

/// A store in one SQLite file.
///
/// Dropping it waits until what was handed in is written and the file is closed.
#[derive(Debug)]
pub struct SqliteStore {
    readers: Readers,
    scanners: Scanners,
    connections: Connections,
    // After the readers: the last connection that closes copies the log into the file.
    writer: Writer,
    path: PathBuf,
}

impl SqliteStore {
    /// Opens the file, with folder and tables where they are missing. Blocks for a few milliseconds.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] with the file and what to do: the folder is not writable, another server has the file, a newer program wrote it.
    pub fn open(path: &Path, role: Role) -> Result<Self, StoreError> {
        // Absolute: SQLite gives `:memory:` and `file:` meanings of their own, and messages are to say where the file is.
        let path = std::path::absolute(path).map_err(|error| unavailable(path, error.to_string()))?;
        let lock = open::prepare(&path, role)?;
        let (writing, readers) = connect(&path).map_err(|fault| fault.at(&path))?;
        Ok(Self {
            readers,
            scanners: Scanners::new(&path),
            connections: Connections::default(),
            writer: Writer::start(writing, &path, lock)?,
            path,
        })
    }

    /// Runs a short look-up on this thread.
    fn look<T>(&self, look: impl FnOnce(&Connection) -> Result<T, Fault>) -> Result<T, StoreError> {
        self.readers.look(look).map_err(|fault| fault.at(&self.path))
    }
}

/// Tables first, then the readers, which need them.
fn connect(path: &Path) -> Result<(Connection, Readers), Fault> {
    let mut writing = open::writer(path)?;
    schema::migrate(&mut writing)?;
    Ok((writing, Readers::open(path)?))
}

#[async_trait]
impl Store for SqliteStore {
    async fn get(
        &self,
        connection: &ConnectionName,
        kind: Kind,
        id: &ScimId,
    ) -> Result<Option<StoredResource>, StoreError> {
        people::get(self, connection, kind, id)
    }

    async fn person_by_name(&self, connection: &ConnectionName, name: &str) -> Result<Option<Person>, StoreError> {
        people::person_by_name(self, connection, name)
    }

    async fn person(&self, connection: &ConnectionName, id: &ScimId) -> Result<Option<Person>, StoreError> {
        people::person(self, connection, id)
    }

    async fn person_by_vendor_id(
        &self,
        connection: &ConnectionName,
        realm: &str,
        vendor_id: &VendorId,
    ) -> Result<Option<Person>, StoreError> {
        people::person_by_vendor_id(self, connection, realm, vendor_id)
    }

    async fn which_exist(
        &self,
        connection: &ConnectionName,
        kind: Kind,
        ids: &[ScimId],
    ) -> Result<Vec<bool>, StoreError> {
        members::which_exist(self, connection, kind, ids)
    }

    async fn members(
        &self,
        connection: &ConnectionName,
        group: &ScimId,
        after: i64,
        limit: usize,
    ) -> Result<Vec<Member>, StoreError> {
        members::page(self, connection, group, after, limit).await
    }

    async fn which_are_members(
        &self,
        connection: &ConnectionName,
        group: &ScimId,
        people: &[ScimId],
    ) -> Result<Vec<bool>, StoreError> {
        members::which_are_members(self, connection, group, people)
    }

    async fn count_members(&self, connection: &ConnectionName, group: &ScimId, limit: u64) -> Result<u64, StoreError> {
        members::count(self, connection, group, limit)
    }

    async fn groups_of(
        &self,
        connection: &ConnectionName,
        people: &[ScimId],
    ) -> Result<Vec<Vec<GroupRef>>, StoreError> {
        members::groups_of(self, connection, people)
    }

    async fn memberships(&self, connection: &ConnectionName, person: &ScimId) -> Result<Vec<Membership>, StoreError> {
        members::memberships(self, connection, person)
    }

    async fn owed(
        &self,
        connection: &ConnectionName,
        group: &ScimId,
        of: &Members,
    ) -> Result<Vec<(ScimId, i64)>, StoreError> {
        members::owed(self, connection, group, of)
    }

    async fn parked(
        &self,
        connection: &ConnectionName,
        values: Option<&[String]>,
    ) -> Result<Vec<(ScimId, String)>, StoreError> {
        members::parked(self, connection, values)
    }

    async fn look_up(
        &self,
        connection: &ConnectionName,
        kind: Kind,
        lookup: &Lookup,
    ) -> Result<Vec<StoredResource>, StoreError> {
        people::look_up(self, connection, kind, lookup)
    }

    async fn query(&self, connection: &ConnectionName, kind: Kind, query: &Query) -> Result<Page, StoreError> {
        query::query(self, connection, kind, query).await
    }

    async fn commit(&self, connection: &ConnectionName, changes: Vec<Change>) -> Result<(), StoreError> {
        let connection = connection.clone();
        self.writer.submit(Box::new(move |db| apply::apply(db, &connection, changes))).await.map(|_| ())
    }

    async fn due(
        &self,
        connection: &ConnectionName,
        realm: &str,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<ScimId>, StoreError> {
        work::due(self, connection, realm, now, limit)
    }

    async fn wake_all(&self, connection: &ConnectionName, now: Timestamp) -> Result<u64, StoreError> {
        work::wake_all(self, connection, now).await
    }

    async fn pending(&self, connection: Option<&ConnectionName>) -> Result<Vec<PendingWork>, StoreError> {
        work::pending(self, connection).await
    }

    async fn work_counts(&self, connection: &ConnectionName) -> Result<Vec<(WorkState, u64)>, StoreError> {
        work::work_counts(self, connection)
    }

    async fn story(
        &self,
        connection: Option<&ConnectionName>,
        who: &str,
    ) -> Result<Vec<(ConnectionName, Event)>, StoreError> {
        events::story(self, connection, who).await
    }

    async fn prune_events(&self, before: Timestamp) -> Result<u64, StoreError> {
        events::prune(self, before).await
    }

    async fn tokens(&self, connection: &ConnectionName) -> Result<Vec<StoredToken>, StoreError> {
        tokens::list(self, connection)
    }

    async fn put_token(&self, connection: &ConnectionName, token: StoredToken) -> Result<(), StoreError> {
        tokens::put(self, connection, token).await
    }

    async fn note_token_use(&self, connection: &ConnectionName, name: &str, at: Timestamp) -> Result<(), StoreError> {
        tokens::note_use(self, connection, name, at).await
    }

    async fn delete_token(&self, connection: &ConnectionName, name: &str) -> Result<bool, StoreError> {
        tokens::delete(self, connection, name).await
    }

    async fn check(&self) -> Result<(), StoreError> {
        self.writer.check().await
    }
}
