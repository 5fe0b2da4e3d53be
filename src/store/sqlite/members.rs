//! Who is in which group: the look-ups, none of which walks through a whole group unless it lists its members.
//!
//! What names few people is answered here and now; long lists are read on a thread of their own. Changes nothing.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::SqliteStore;
use super::fault::Fault;
use super::rows::{self, kind_code, scim_id};
use super::statements as sql;
use crate::ids::{ConnectionName, ScimId};
use crate::scim::text::fold;
use crate::store::{GroupRef, Kind, Member, Members, Membership, StoreError};

/// Look-ups or rows that are read where they are asked for: a few milliseconds. More are read on a thread of their own.
const MAX_INLINE: usize = 1000;

/// Which of these resources exist and are confirmed.
pub(super) async fn which_exist(
    store: &SqliteStore,
    connection: &ConnectionName,
    kind: Kind,
    ids: &[ScimId],
) -> Result<Vec<bool>, StoreError> {
    let Some(number) = number_of(store, connection)? else { return Ok(vec![false; ids.len()]) };
    for_these(store, ids, move |db, ids| {
        let mut statement = db.prepare_cached(sql::CONFIRMED)?;
        ids.iter().map(|id| Ok(statement.exists(params![number, kind_code(kind), id.as_str()])?)).collect()
    })
    .await
}

/// A page of a group's members.
pub(super) async fn page(
    store: &SqliteStore,
    connection: &ConnectionName,
    group: &ScimId,
    after: i64,
    limit: usize,
) -> Result<Vec<Member>, StoreError> {
    let Some(group) = group_of(store, connection, group)? else { return Ok(Vec::new()) };
    let read = move |db: &Connection| {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut statement = db.prepare_cached(sql::MEMBERS)?;
        let found = statement.query_map([group, after, limit], |row| {
            Ok(Member { place: row.get(0)?, id: scim_id(row, 1)?, display: row.get(2)? })
        })?;
        Ok(found.collect::<Result<_, _>>()?)
    };
    if limit <= MAX_INLINE { store.look(read) } else { store.scanners.scan(read).await }
}

/// Which of these people are members: one probe each.
pub(super) async fn which_are_members(
    store: &SqliteStore,
    connection: &ConnectionName,
    group: &ScimId,
    people: &[ScimId],
) -> Result<Vec<bool>, StoreError> {
    let Some(number) = number_of(store, connection)? else { return Ok(vec![false; people.len()]) };
    let Some(group) = group_of(store, connection, group)? else { return Ok(vec![false; people.len()]) };
    for_these(store, people, move |db, people| {
        let mut statement = db.prepare_cached(sql::IS_MEMBER)?;
        people.iter().map(|id| Ok(statement.exists(params![number, group, id.as_str()])?)).collect()
    })
    .await
}

/// The number of members, up to a limit.
pub(super) async fn count(
    store: &SqliteStore,
    connection: &ConnectionName,
    group: &ScimId,
    limit: u64,
) -> Result<u64, StoreError> {
    let Some(group) = group_of(store, connection, group)? else { return Ok(0) };
    let read = move |db: &Connection| {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let found: i64 = db.prepare_cached(sql::COUNT_MEMBERS)?.query_row([group, limit], |row| row.get(0))?;
        Ok(found.unsigned_abs())
    };
    if limit <= MAX_INLINE as u64 { store.look(read) } else { store.scanners.scan(read).await }
}

/// The groups of people, in the order of joining.
pub(super) async fn groups_of(
    store: &SqliteStore,
    connection: &ConnectionName,
    people: &[ScimId],
) -> Result<Vec<Vec<GroupRef>>, StoreError> {
    let Some(number) = number_of(store, connection)? else { return Ok(vec![Vec::new(); people.len()]) };
    for_these(store, people, move |db, people| people.iter().map(|id| groups(db, number, id)).collect()).await
}

/// The groups of one person.
pub(super) fn groups(db: &Connection, connection: i64, person: &ScimId) -> Result<Vec<GroupRef>, Fault> {
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
        let found = statement.query_map(params![connection, person.as_str()], rows::membership)?;
        Ok(found.collect::<Result<_, _>>()?)
    })
}

/// What a group is owed.
pub(super) async fn owed(
    store: &SqliteStore,
    connection: &ConnectionName,
    group: &ScimId,
    of: &Members,
) -> Result<Vec<(ScimId, i64)>, StoreError> {
    let Some(number) = number_of(store, connection)? else { return Ok(Vec::new()) };
    let Some(group) = group_of(store, connection, group)? else { return Ok(Vec::new()) };
    let Members::These(people) = of else {
        return store
            .scanners
            .scan(move |db| {
                let mut statement = db.prepare_cached(sql::OWED)?;
                let found = statement.query_map([group], |row| Ok((scim_id(row, 0)?, row.get(1)?)))?;
                Ok(found.collect::<Result<_, _>>()?)
            })
            .await;
    };
    for_these(store, people, move |db, people| {
        let mut statement = db.prepare_cached(sql::OWED_ONE)?;
        let mut found = Vec::new();
        for id in people {
            let one = statement
                .query_row(params![number, group, id.as_str()], |row| Ok((scim_id(row, 0)?, row.get(1)?)))
                .optional()?;
            found.extend(one);
        }
        Ok(found)
    })
    .await
}

/// Groups in which one of these values is parked, letter case ignored, each once.
pub(super) async fn parked(
    store: &SqliteStore,
    connection: &ConnectionName,
    values: Option<&[String]>,
) -> Result<Vec<(ScimId, String)>, StoreError> {
    let Some(number) = number_of(store, connection)? else { return Ok(Vec::new()) };
    let Some(values) = values else {
        return store
            .scanners
            .scan(move |db| {
                let mut statement = db.prepare_cached(sql::PARKED)?;
                let found = statement.query_map([number], |row| Ok((scim_id(row, 0)?, row.get(1)?)))?;
                Ok(found.collect::<Result<_, _>>()?)
            })
            .await;
    };
    let mut folded: Vec<String> = values.iter().map(|value| fold(value)).collect();
    folded.sort_unstable();
    folded.dedup();
    for_these(store, &folded, move |db, values| {
        let mut statement = db.prepare_cached(sql::PARKED_VALUE)?;
        let mut found = Vec::new();
        for value in values {
            for row in statement.query_map(params![number, value], |row| Ok((scim_id(row, 0)?, row.get(1)?)))? {
                found.push(row?);
            }
        }
        Ok(found)
    })
    .await
}

/// Asks for each of these: at once when they are few, on a thread of its own when they are many.
async fn for_these<K: Clone + Send + 'static, T: Send + 'static>(
    store: &SqliteStore,
    these: &[K],
    ask: impl FnOnce(&Connection, &[K]) -> Result<T, Fault> + Send + 'static,
) -> Result<T, StoreError> {
    if these.len() <= MAX_INLINE {
        return store.look(|db| ask(db, these));
    }
    let these = these.to_vec();
    store.scanners.scan(move |db| ask(db, &these)).await
}

fn number_of(store: &SqliteStore, connection: &ConnectionName) -> Result<Option<i64>, StoreError> {
    store.look(|db| Ok(store.connections.find(db, connection)?))
}

/// The row of a group.
fn group_of(store: &SqliteStore, connection: &ConnectionName, id: &ScimId) -> Result<Option<i64>, StoreError> {
    store.look(|db| {
        let Some(connection) = store.connections.find(db, connection)? else { return Ok(None) };
        let mut statement = db.prepare_cached(sql::GROUP_SEQ)?;
        Ok(statement.query_row(params![connection, id.as_str()], |row| row.get(0)).optional()?)
    })
}
