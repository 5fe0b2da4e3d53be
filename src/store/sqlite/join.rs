//! Joining and leaving groups, inside the writer's savepoint: the changes of a commit that concern members.
//!
//! Each costs as much as it has members to change, whatever the size of the group. Who may join is decided by the caller.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::apply::find;
use super::fault::Fault;
use super::rows::{JOINS, kind_code};
use super::statements as sql;
use crate::ids::{RequestId, ScimId};
use crate::store::{Kind, Members, NewMember, StoreError};

/// People become members.
pub(super) fn add(db: &Connection, connection: i64, group: &ScimId, members: &[NewMember]) -> Result<(), Fault> {
    let group = row_of(db, connection, group, Kind::Group)?;
    let count = i64::try_from(members.len()).unwrap_or(i64::MAX);
    let last: i64 =
        db.prepare_cached(sql::COUNT_JOINS)?.query_row(params![connection, JOINS, count], |row| row.get(0))?;
    let mut add = db.prepare_cached(sql::ADD_MEMBER)?;
    let mut count_up = db.prepare_cached(sql::COUNT_UP_PERSON)?;
    for (member, joined) in members.iter().zip(last - count + 1..) {
        let person = row_of(db, connection, &member.id, Kind::User)?;
        if add.execute(params![group, person, joined, member.display])? > 0 {
            count_up.execute([person])?;
        }
    }
    Ok(())
}

/// People are members no longer.
pub(super) fn remove(db: &Connection, connection: i64, group: &ScimId, members: &Members) -> Result<(), Fault> {
    let group = row_of(db, connection, group, Kind::Group)?;
    let Members::These(people) = members else {
        db.prepare_cached(sql::COUNT_UP_MEMBERS)?.execute([group])?;
        db.prepare_cached(sql::REMOVE_MEMBERS)?.execute([group])?;
        return Ok(());
    };
    let mut remove = db.prepare_cached(sql::REMOVE_MEMBER)?;
    let mut count_up = db.prepare_cached(sql::COUNT_UP_PERSON)?;
    for id in people {
        let Some((person, _, _)) = find(db, connection, id)? else { continue };
        if remove.execute([group, person])? > 0 {
            count_up.execute([person])?;
        }
    }
    Ok(())
}

/// Values wait in a group.
pub(super) fn park(db: &Connection, connection: i64, group: &ScimId, values: &[String]) -> Result<(), Fault> {
    let group = row_of(db, connection, group, Kind::Group)?;
    let mut park = db.prepare_cached(sql::PARK)?;
    for value in values {
        park.execute(params![group, connection, value])?;
    }
    Ok(())
}

/// They wait no longer.
pub(super) fn unpark(db: &Connection, connection: i64, group: &ScimId, values: Option<&[String]>) -> Result<(), Fault> {
    let group = row_of(db, connection, group, Kind::Group)?;
    let Some(values) = values else {
        db.prepare_cached(sql::UNPARK_ALL)?.execute([group])?;
        return Ok(());
    };
    let mut unpark = db.prepare_cached(sql::UNPARK)?;
    for value in values {
        unpark.execute(params![group, value])?;
    }
    Ok(())
}

/// See [`crate::store::Change::TouchAccounts`].
pub(super) struct Touch {
    pub(super) members: Members,
    pub(super) group: ScimId,
    pub(super) next_attempt: Timestamp,
    pub(super) request_id: RequestId,
}

/// Accounts are to be mapped anew.
pub(super) fn touch(db: &Connection, connection: i64, touch: &Touch) -> Result<(), Fault> {
    let group = row_of(db, connection, &touch.group, Kind::Group)?;
    let (at, request) = (touch.next_attempt.as_microsecond(), touch.request_id.as_str());
    let Members::These(people) = &touch.members else {
        db.prepare_cached(sql::TOUCH_MEMBERS)?.execute(params![at, request, group])?;
        db.prepare_cached(sql::OWE_MEMBERS)?.execute([group])?;
        return Ok(());
    };
    let mut touch = db.prepare_cached(sql::TOUCH_ONE)?;
    let mut owe = db.prepare_cached(sql::OWE_ONE)?;
    for id in people {
        let Some((person, _, _)) = find(db, connection, id)? else { continue };
        if touch.execute(params![at, request, person])? > 0 {
            owe.execute([group, person])?;
        }
    }
    Ok(())
}

/// One version more of a resource.
pub(super) fn count_up(db: &Connection, connection: i64, id: &ScimId, at: Timestamp) -> Result<(), Fault> {
    let (seq, _, _) = find(db, connection, id)?.ok_or(StoreError::Missing)?;
    db.prepare_cached(sql::COUNT_UP)?.execute(params![seq, at.as_microsecond()])?;
    Ok(())
}

fn row_of(db: &Connection, connection: i64, id: &ScimId, kind: Kind) -> Result<i64, Fault> {
    match find(db, connection, id)? {
        Some((seq, _, found)) if found == kind_code(kind) => Ok(seq),
        _ => Err(StoreError::Missing.into()),
    }
}
