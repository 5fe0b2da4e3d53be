//! Between rows and the store's words.
//!
//! A value that we cannot have written becomes an error with its column, never a panic.

use jiff::Timestamp;
use rusqlite::types::{FromSqlError, Type};
use rusqlite::{Error, Result, Row};

use crate::ids::{RequestId, ScimId, VendorId};
use crate::store::{Account, Doubt, Event, Kind, Membership, Person, StoredResource, StoredToken, WorkState};

/// How many columns a resource has.
const RESOURCE_WIDTH: usize = 6;
/// Where `seq` stands in statements that select it after a resource.
pub(super) const SEQ_BEHIND_RESOURCE: usize = RESOURCE_WIDTH;
/// How many columns a person has: those of the resource and of the account.
pub(super) const PERSON_WIDTH: usize = RESOURCE_WIDTH + 20;

/// How a kind is stored; also its counter.
pub(super) const fn kind_code(kind: Kind) -> i64 {
    match kind {
        Kind::User => 0,
        Kind::Group => 1,
    }
}

/// How a state is stored.
pub(super) const fn state_code(state: WorkState) -> i64 {
    match state {
        WorkState::Settled => 0,
        WorkState::Pending => 1,
        WorkState::Failed => 2,
    }
}

/// How a doubt is stored. Statements know that 0 is none and 2 interrupted.
pub(super) const fn doubt_code(doubt: Doubt) -> i64 {
    match doubt {
        Doubt::None => 0,
        Doubt::Unanswered => 1,
        Doubt::Interrupted => 2,
    }
}

/// The counter of accounts in a state.
pub(super) const fn state_counter(state: WorkState) -> i64 {
    10 + state_code(state)
}

/// A resource from the first columns of a row.
pub(super) fn resource(row: &Row<'_>) -> Result<StoredResource> {
    Ok(StoredResource {
        id: scim_id(row, 0)?,
        version: row.get(1)?,
        created: time(row, 2)?,
        modified: time(row, 3)?,
        body: row.get(4)?,
        confirmed: row.get(5)?,
    })
}

/// A person from the first columns of a row.
pub(super) fn person(row: &Row<'_>) -> Result<Person> {
    let resource = resource(row)?;
    let has_account = row.get::<_, Option<i64>>(RESOURCE_WIDTH)?.is_some();
    let account = if has_account { Some(account(row, resource.id.clone())?) } else { None };
    Ok(Person { resource, account })
}

/// An account from the columns after the resource's.
fn account(row: &Row<'_>, id: ScimId) -> Result<Account> {
    const FIRST: usize = RESOURCE_WIDTH + 1;
    Ok(Account {
        id,
        vendor_id: parsed(row, FIRST, VendorId::parse)?,
        desired: row.get(FIRST + 1)?,
        applied: row.get(FIRST + 2)?,
        desired_revision: row.get(FIRST + 3)?,
        settled_revision: row.get(FIRST + 4)?,
        settled_body: row.get(FIRST + 5)?,
        deleting: row.get(FIRST + 6)?,
        state: state(row, FIRST + 7)?,
        urgency: row.get(FIRST + 8)?,
        doubt: doubt(row, FIRST + 9)?,
        attempts: row.get(FIRST + 10)?,
        next_attempt: optional_time(row, FIRST + 11)?,
        reason: row.get(FIRST + 12)?,
        request_id: parsed(row, FIRST + 13, RequestId::parse)?,
        taken_over: row.get(FIRST + 14)?,
        realm: row.get(FIRST + 15)?,
        remap: row.get(FIRST + 16)?,
        settled_groups: row.get(FIRST + 17)?,
        other_keys: row.get(FIRST + 18)?,
    })
}

/// A membership from a row of [`super::statements::MEMBERSHIPS`].
pub(super) fn membership(row: &Row<'_>) -> Result<Membership> {
    Ok(Membership {
        group: scim_id(row, 0)?,
        name: row.get(1)?,
        realm: row.get(2)?,
        vendor_id: parsed(row, 3, VendorId::parse)?,
        joined: row.get(4)?,
    })
}

/// An event and its place in the log.
pub(super) fn event(row: &Row<'_>) -> Result<(i64, Event)> {
    let event = Event {
        at: time(row, 1)?,
        id: parsed(row, 2, ScimId::parse)?,
        name: row.get(3)?,
        request_id: parsed(row, 4, RequestId::parse)?,
        what: row.get(5)?,
        detail: row.get(6)?,
    };
    Ok((row.get(0)?, event))
}

/// A token from a row of [`super::statements::TOKENS`].
pub(super) fn token(row: &Row<'_>) -> Result<StoredToken> {
    Ok(StoredToken {
        name: row.get(0)?,
        sha256: row.get(1)?,
        created: time(row, 2)?,
        expires: optional_time(row, 3)?,
        last_used: optional_time(row, 4)?,
    })
}

/// An id of ours.
pub(super) fn scim_id(row: &Row<'_>, column: usize) -> Result<ScimId> {
    parsed(row, column, ScimId::parse)?.ok_or_else(|| unreadable(column, Type::Null, "no id"))
}

/// A time.
fn time(row: &Row<'_>, column: usize) -> Result<Timestamp> {
    optional_time(row, column)?.ok_or_else(|| unreadable(column, Type::Null, "no time"))
}

fn optional_time(row: &Row<'_>, column: usize) -> Result<Option<Timestamp>> {
    let microseconds: Option<i64> = row.get(column)?;
    microseconds
        .map(Timestamp::from_microsecond)
        .transpose()
        .map_err(|error| Error::FromSqlConversionFailure(column, Type::Integer, Box::new(error)))
}

fn state(row: &Row<'_>, column: usize) -> Result<WorkState> {
    match row.get(column)? {
        0 => Ok(WorkState::Settled),
        1 => Ok(WorkState::Pending),
        2 => Ok(WorkState::Failed),
        other => Err(Error::FromSqlConversionFailure(column, Type::Integer, Box::new(FromSqlError::OutOfRange(other)))),
    }
}

fn doubt(row: &Row<'_>, column: usize) -> Result<Doubt> {
    match row.get(column)? {
        0 => Ok(Doubt::None),
        1 => Ok(Doubt::Unanswered),
        2 => Ok(Doubt::Interrupted),
        other => Err(Error::FromSqlConversionFailure(column, Type::Integer, Box::new(FromSqlError::OutOfRange(other)))),
    }
}

fn parsed<T>(row: &Row<'_>, column: usize, parse: impl FnOnce(&str) -> Option<T>) -> Result<Option<T>> {
    let Some(text) = row.get_ref(column)?.as_str_or_null()? else { return Ok(None) };
    parse(text).map(Some).ok_or_else(|| unreadable(column, Type::Text, "not an identifier"))
}

fn unreadable(column: usize, found: Type, problem: &'static str) -> Error {
    Error::FromSqlConversionFailure(column, found, problem.into())
}
