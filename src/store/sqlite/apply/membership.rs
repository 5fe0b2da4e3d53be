//! The changes of a commit that concern members of groups. Each costs as much as the people it names, however large the group is; only
//! [`Members::All`] walks through it.
//!
//! Does not count up the group's own version: one request may bring several of these changes.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::find;
use crate::ids::{RequestId, ScimId};
use crate::scim::text::fold;
use crate::store::sqlite::fault::Fault;
use crate::store::sqlite::rows::kind_code;
use crate::store::sqlite::statements as sql;
use crate::store::{Kind, Members, NewMember, StoreError};

/// People join; who is there already keeps his place.
pub(super) fn add(db: &Connection, connection: i64, group: &ScimId, members: &[NewMember]) -> Result<(), Fault> {
    let group = existing_group(db, connection, group)?;
    let places = first_place(db, connection, members.len())?..;
    let mut insert = db.prepare_cached(sql::ADD_MEMBER)?;
    let mut count_up = db.prepare_cached(sql::COUNT_UP_ONE)?;
    for (place, member) in places.zip(members) {
        let person = find_person(db, connection, &member.id)?.ok_or(StoreError::Missing)?;
        let display = member.display.as_deref().filter(|display| !display.is_empty());
        if insert.execute(params![group, place, person, display])? > 0 {
            count_up.execute([person])?;
        }
    }
    Ok(())
}

/// People leave.
pub(super) fn remove(db: &Connection, connection: i64, group: &ScimId, members: &Members) -> Result<(), Fault> {
    let Some(group) = find_group(db, connection, group)? else { return Ok(()) };
    let Members::These(people) = members else {
        db.prepare_cached(sql::COUNT_UP_MEMBERS)?.execute([group])?;
        db.prepare_cached(sql::REMOVE_MEMBERS)?.execute([group])?;
        return Ok(());
    };
    let mut delete = db.prepare_cached(sql::REMOVE_MEMBER)?;
    let mut count_up = db.prepare_cached(sql::COUNT_UP_ONE)?;
    for id in people {
        if let Some(person) = find_person(db, connection, id)?
            && delete.execute([group, person])? > 0
        {
            count_up.execute([person])?;
        }
    }
    Ok(())
}

/// Values wait in the group.
pub(super) fn park(db: &Connection, connection: i64, group: &ScimId, values: &[String]) -> Result<(), Fault> {
    let group = existing_group(db, connection, group)?;
    let mut insert = db.prepare_cached(sql::PARK)?;
    for value in values {
        insert.execute(params![group, value, connection, fold(value)])?;
    }
    Ok(())
}

/// Values wait no longer.
pub(super) fn unpark(db: &Connection, connection: i64, group: &ScimId, values: Option<&[String]>) -> Result<(), Fault> {
    let Some(group) = find_group(db, connection, group)? else { return Ok(()) };
    let Some(values) = values else {
        db.prepare_cached(sql::UNPARK_ALL)?.execute([group])?;
        return Ok(());
    };
    let mut delete = db.prepare_cached(sql::UNPARK)?;
    for value in values {
        delete.execute(params![group, value])?;
    }
    Ok(())
}

/// Accounts are to be made anew, and the group is owed them.
pub(super) fn touch(
    db: &Connection,
    connection: i64,
    group: &ScimId,
    members: &Members,
    next_attempt: Timestamp,
    request_id: &RequestId,
) -> Result<(), Fault> {
    let group = existing_group(db, connection, group)?;
    let (next_attempt, request_id) = (next_attempt.as_microsecond(), request_id.as_str());
    let Members::These(people) = members else {
        db.prepare_cached(sql::TOUCH_MEMBERS)?.execute(params![request_id, next_attempt, group])?;
        db.prepare_cached(sql::OWE_MEMBERS)?.execute([group])?;
        return Ok(());
    };
    let mut touch = db.prepare_cached(sql::TOUCH_ONE)?;
    let mut owe = db.prepare_cached(sql::OWE_ONE)?;
    for id in people {
        if let Some(person) = find_person(db, connection, id)?
            && touch.execute(params![request_id, next_attempt, person])? > 0
        {
            owe.execute([group, person])?;
        }
    }
    Ok(())
}

/// Reserves as many places behind all that were ever given in the connection; answers the first.
fn first_place(db: &Connection, connection: i64, places: usize) -> Result<i64, Fault> {
    let places = i64::try_from(places).unwrap_or(i64::MAX);
    let last: i64 = db.prepare_cached(sql::TAKE_PLACES)?.query_row([connection, places], |row| row.get(0))?;
    Ok(last - places + 1)
}

fn existing_group(db: &Connection, connection: i64, id: &ScimId) -> Result<i64, Fault> {
    Ok(find_group(db, connection, id)?.ok_or(StoreError::Missing)?)
}

fn find_group(db: &Connection, connection: i64, id: &ScimId) -> rusqlite::Result<Option<i64>> {
    db.prepare_cached(sql::GROUP_SEQ)?.query_row(params![connection, id.as_str()], |row| row.get(0)).optional()
}

fn find_person(db: &Connection, connection: i64, id: &ScimId) -> rusqlite::Result<Option<i64>> {
    let found = find(db, connection, id)?.filter(|(_, _, kind)| *kind == kind_code(Kind::User));
    Ok(found.map(|(seq, _, _)| seq))
}
