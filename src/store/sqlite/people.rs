//! Look-ups by key: a resource, a person with its account.
//!
//! Each is one statement on an index. Resources that are not confirmed are seen by the person look-ups only.

use rusqlite::{OptionalExtension as _, params};

use super::SqliteStore;
use super::rows::{self, kind_code};
use super::statements as sql;
use crate::ids::{ConnectionName, ScimId, VendorId};
use crate::scim::text::fold;
use crate::store::{Kind, Lookup, Person, StoreError, StoredResource};

/// One confirmed resource.
pub(super) fn get(
    store: &SqliteStore,
    connection: &ConnectionName,
    kind: Kind,
    id: &ScimId,
) -> Result<Option<StoredResource>, StoreError> {
    store.look(|db| {
        let Some(connection) = store.connections.find(db, connection)? else { return Ok(None) };
        let mut statement = db.prepare_cached(sql::GET)?;
        Ok(statement.query_row(params![connection, kind_code(kind), id.as_str()], rows::resource).optional()?)
    })
}

/// Confirmed resources by an indexed value, in the order of creation.
pub(super) fn look_up(
    store: &SqliteStore,
    connection: &ConnectionName,
    kind: Kind,
    lookup: &Lookup,
) -> Result<Vec<StoredResource>, StoreError> {
    let (text, value) = match lookup {
        Lookup::Name(name) => (sql::BY_NAME, fold(name)),
        Lookup::ExternalId(external_id) => (sql::BY_EXTERNAL_ID, external_id.clone()),
        Lookup::Email(email) => (sql::BY_EMAIL, fold(email)),
    };
    store.look(|db| {
        let Some(connection) = store.connections.find(db, connection)? else { return Ok(Vec::new()) };
        let mut statement = db.prepare_cached(text)?;
        let found = statement.query_map(params![connection, kind_code(kind), value], rows::resource)?;
        Ok(found.collect::<Result<_, _>>()?)
    })
}

/// A person by SCIM id.
pub(super) fn person(
    store: &SqliteStore,
    connection: &ConnectionName,
    id: &ScimId,
) -> Result<Option<Person>, StoreError> {
    one(store, connection, sql::PERSON, id.as_str())
}

/// The person who holds a userName.
pub(super) fn person_by_name(
    store: &SqliteStore,
    connection: &ConnectionName,
    name: &str,
) -> Result<Option<Person>, StoreError> {
    one(store, connection, sql::PERSON_BY_NAME, &fold(name))
}

/// The person who is linked to a vendor account.
pub(super) fn person_by_vendor_id(
    store: &SqliteStore,
    connection: &ConnectionName,
    realm: &str,
    vendor_id: &VendorId,
) -> Result<Option<Person>, StoreError> {
    store.look(|db| {
        let Some(connection) = store.connections.find(db, connection)? else { return Ok(None) };
        let mut statement = db.prepare_cached(sql::PERSON_BY_VENDOR_ID)?;
        Ok(statement.query_row(params![connection, realm, vendor_id.as_str()], rows::person).optional()?)
    })
}

fn one(store: &SqliteStore, connection: &ConnectionName, text: &str, key: &str) -> Result<Option<Person>, StoreError> {
    store.look(|db| {
        let Some(connection) = store.connections.find(db, connection)? else { return Ok(None) };
        Ok(db.prepare_cached(text)?.query_row(params![connection, key], rows::person).optional()?)
    })
}
