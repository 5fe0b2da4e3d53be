//! Who is in which group: look-ups that never walk through a whole group, unless its members are what is asked for.

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::SqliteStore;
use super::fault::Fault;
use super::rows::{kind_code, parsed, scim_id};
use super::statements as sql;
use crate::ids::{ConnectionName, ScimId, VendorId};
use crate::store::{GroupRef, Kind, Member, Members, Membership, StoreError};

/// Members that are read where they are asked for; longer pages are read on a thread of their own.
const MAX_INLINE_MEMBERS: usize = 1000;

/// Which of these resources exist.
pub(super) fn which_exist(
    store: &SqliteStore,
    connection: &ConnectionName,
    kind: Kind,
    ids: &[ScimId],
) -> Result<Vec<bool>, StoreError> {
    store.look(|db| {
        let Some(connection) = store.connections.find(db, connection)? else { return Ok(vec![false; ids.len()]) };
        let mut statement = db.prepare_cached(sql::EXISTS)?;
        let exist = ids.iter().map(|id| Ok(statement.exists(params![connection, kind_code(kind), id.as_str()])?));
        exist.collect()
    })
}

/// A page of a group's members.
pub(super) async fn page(
    store: &SqliteStore,
    connection: &ConnectionName,
    group: &ScimId,
    after: i64,
    limit: usize,
) -> Result<Vec<Member>, StoreError> {
    let number = store.look(|db| Ok(store.connections.find(db, connection)?))?;
    let Some(number) = number else { return Ok(Vec::new()) };
    if limit <= MAX_INLINE_MEMBERS {
        return store.look(|db| read_page(db, number, group, after, limit));
    }
    let group = group.clone();
    store.scanners.scan(move |db| read_page(db, number, &group, after, limit)).await
}

/// Members behind a place.
pub(super) fn read_page(
    db: &Connection,
    connection: i64,
    group: &ScimId,
    after: i64,
    limit: usize,
) -> Result<Vec<Member>, Fault> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut statement = db.prepare_cached(sql::MEMBERS)?;
    let found = statement.query_map(params![connection, group.as_str(), after, limit], |row| {
        Ok(Member { place: row.get(0)?, id: scim_id(row, 1)?, display: row.get(2)? })
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// Which of these people are members.
pub(super) fn which_are_members(
    store: &SqliteStore,
    connection: &ConnectionName,
    group: &ScimId,
    people: &[ScimId],
) -> Result<Vec<bool>, StoreError> {
    store.look(|db| {
        let Some(connection) = store.connections.find(db, connection)? else { return Ok(vec![false; people.len()]) };
        let mut statement = db.prepare_cached(sql::IS_MEMBER)?;
        let are = people.iter().map(|id| Ok(statement.exists(params![connection, group.as_str(), id.as_str()])?));
        are.collect()
    })
}

/// The number of members, up to a limit.
pub(super) fn count(
    store: &SqliteStore,
    connection: &ConnectionName,
    group: &ScimId,
    limit: u64,
) -> Result<u64, StoreError> {
    store.look(|db| {
        let Some(connection) = store.connections.find(db, connection)? else { return Ok(0) };
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut statement = db.prepare_cached(sql::COUNT_MEMBERS)?;
        let counted: i64 = statement.query_row(params![connection, group.as_str(), limit], |row| row.get(0))?;
        Ok(counted.unsigned_abs())
    })
}

/// The groups of people.
pub(super) fn groups_of(
    store: &SqliteStore,
    connection: &ConnectionName,
    people: &[ScimId],
) -> Result<Vec<Vec<GroupRef>>, StoreError> {
    store.look(|db| {
        let Some(connection) = store.connections.find(db, connection)? else {
            return Ok(vec![Vec::new(); people.len()]);
        };
        people.iter().map(|person| read_groups(db, connection, person)).collect()
    })
}

/// The groups of one person.
pub(super) fn read_groups(db: &Connection, connection: i64, person: &ScimId) -> Result<Vec<GroupRef>, Fault> {
    let mut statement = db.prepare_cached(sql::GROUPS_OF)?;
    let found = statement.query_map(params![connection, person.as_str()], |row| {
        Ok(GroupRef { id: scim_id(row, 0)?, display: row.get(1)? })
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// Everything that ties a person to groups.
pub(super) fn memberships(
    store: &SqliteStore,
    connection: &ConnectionName,
    person: &ScimId,
) -> Result<Vec<Membership>, StoreError> {
    store.look(|db| {
        let Some(connection) = store.connections.find(db, connection)? else { return Ok(Vec::new()) };
        let mut statement = db.prepare_cached(sql::MEMBERSHIPS)?;
        let found = statement.query_map(params![connection, person.as_str()], |row| {
            Ok(Membership {
                group: scim_id(row, 0)?,
                name: row.get(1)?,
                realm: row.get(2)?,
                vendor_id: parsed(row, 3, VendorId::parse)?,
                joined: row.get(4)?,
            })
        })?;
        Ok(found.collect::<Result<_, _>>()?)
    })
}

/// What a group is owed.
pub(super) fn owed(
    store: &SqliteStore,
    connection: &ConnectionName,
    group: &ScimId,
    of: &Members,
) -> Result<Vec<(ScimId, i64)>, StoreError> {
    let owed = |row: &Row<'_>| Ok((scim_id(row, 0)?, row.get(1)?));
    store.look(|db| {
        let Some(connection) = store.connections.find(db, connection)? else { return Ok(Vec::new()) };
        let Members::These(people) = of else {
            let mut statement = db.prepare_cached(sql::OWED)?;
            let found = statement.query_map(params![connection, group.as_str()], owed)?;
            return Ok(found.collect::<Result<_, _>>()?);
        };
        let mut statement = db.prepare_cached(sql::OWED_ONE)?;
        let mut found = Vec::new();
        for person in people {
            found.extend(statement.query_row(params![connection, group.as_str(), person.as_str()], owed).optional()?);
        }
        Ok(found)
    })
}

/// Groups in which one of these values is parked.
pub(super) fn parked(
    store: &SqliteStore,
    connection: &ConnectionName,
    values: Option<&[String]>,
) -> Result<Vec<(ScimId, String)>, StoreError> {
    let parked = |row: &Row<'_>| Ok((scim_id(row, 0)?, row.get(1)?));
    store.look(|db| {
        let Some(connection) = store.connections.find(db, connection)? else { return Ok(Vec::new()) };
        let Some(values) = values else {
            let mut statement = db.prepare_cached(sql::ALL_PARKED)?;
            let found = statement.query_map([connection], parked)?;
            return Ok(found.collect::<Result<_, _>>()?);
        };
        let mut statement = db.prepare_cached(sql::PARKED)?;
        let mut found = Vec::new();
        for value in values {
            for row in statement.query_map(params![connection, value], parked)? {
                found.push(row?);
            }
        }
        Ok(found)
    })
}
