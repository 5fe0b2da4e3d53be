//! Carries out the changes of one commit, inside the writer's savepoint.
//!
//! Checks the rules that make a change refused (name taken, version changed). There is one writer and the write lock is held, so a check
//! holds until the commit.

mod membership;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::connections;
use super::fault::Fault;
use super::rows::{doubt_code, kind_code, scim_id, state_code};
use super::statements as sql;
use crate::ids::{ConnectionName, ScimId};
use crate::scim::text::fold;
use crate::store::{Account, Change, Event, Keys, Kind, StoreError, StoredResource};

/// All changes, in order, or the first refusal. Answers how many.
pub(super) fn apply(db: &Connection, connection: &ConnectionName, changes: Vec<Change>) -> Result<u64, Fault> {
    let connection = connections::ensure(db, connection)?;
    let mut applied = 0;
    for change in changes {
        match change {
            Change::InsertResource { kind, resource, keys } => insert_resource(db, connection, kind, &resource, &keys)?,
            Change::UpdateResource { kind, resource, keys, expected_version } => {
                update_resource(db, connection, kind, &resource, &keys, expected_version)?;
            }
            Change::DeleteResource { kind, id } => delete_resource(db, connection, kind, &id)?,
            Change::PutAccount(account) => put_account(db, connection, &account)?,
            Change::ExpectRevision { id, desired_revision } => {
                expect_revision(db, connection, &id, desired_revision)?;
            }
            Change::Event(event) => append_event(db, connection, &event)?,
            Change::DropAccount(id) => drop_account(db, connection, &id)?,
            Change::AddMembers { group, members } => membership::add(db, connection, &group, &members)?,
            Change::RemoveMembers { group, members } => membership::remove(db, connection, &group, &members)?,
            Change::ParkMembers { group, values } => membership::park(db, connection, &group, &values)?,
            Change::UnparkMembers { group, values } => {
                membership::unpark(db, connection, &group, values.as_deref())?;
            }
            Change::TouchAccounts { members, group, next_attempt, request_id } => {
                membership::touch(db, connection, &group, &members, next_attempt, &request_id)?;
            }
            Change::CountUp { id, at } => count_up(db, connection, &id, at)?,
        }
        applied += 1;
    }
    Ok(applied)
}

fn insert_resource(
    db: &Connection,
    connection: i64,
    kind: Kind,
    resource: &StoredResource,
    keys: &Keys,
) -> Result<(), Fault> {
    let folded = fold(&keys.name);
    refuse_taken_name(db, connection, kind, &folded, None)?;
    let seq: i64 = db.prepare_cached(sql::INSERT_RESOURCE)?.query_row(
        params![
            connection,
            kind_code(kind),
            resource.id.as_str(),
            keys.name,
            folded,
            keys.external_id,
            keys.active,
            resource.confirmed,
            resource.version,
            resource.created.as_microsecond(),
            resource.modified.as_microsecond(),
            resource.body,
            shown_name(kind, &resource.body),
        ],
        |row| row.get(0),
    )?;
    for email in folded_emails(keys) {
        db.prepare_cached(sql::INSERT_EMAIL)?.execute(params![connection, kind_code(kind), email, seq])?;
    }
    Ok(())
}

/// `created` stays as it was: the attribute is immutable (RFC 7643 section 3.1).
fn update_resource(
    db: &Connection,
    connection: i64,
    kind: Kind,
    resource: &StoredResource,
    keys: &Keys,
    expected_version: i64,
) -> Result<(), Fault> {
    let (seq, version, found_kind) = find(db, connection, &resource.id)?.ok_or(StoreError::Missing)?;
    if found_kind != kind_code(kind) {
        return Err(StoreError::Missing.into());
    }
    if version != expected_version {
        return Err(StoreError::VersionMismatch.into());
    }
    let folded = fold(&keys.name);
    refuse_taken_name(db, connection, kind, &folded, Some(&resource.id))?;
    db.prepare_cached(sql::UPDATE_RESOURCE)?.execute(params![
        seq,
        keys.name,
        folded,
        keys.external_id,
        keys.active,
        resource.confirmed,
        resource.version,
        resource.modified.as_microsecond(),
        resource.body,
        shown_name(kind, &resource.body),
    ])?;
    let emails = folded_emails(keys);
    let before =
        db.prepare_cached(sql::EMAILS_OF)?.query_map([seq], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
    if emails != before {
        db.prepare_cached(sql::DELETE_EMAILS)?.execute([seq])?;
        for email in emails {
            db.prepare_cached(sql::INSERT_EMAIL)?.execute(params![connection, kind_code(kind), email, seq])?;
        }
    }
    Ok(())
}

/// E-mails, account and memberships go with it, by the schema's cascades. A person's groups, and a group's people, are shown without it from then
/// on, so they count up.
fn delete_resource(db: &Connection, connection: i64, kind: Kind, id: &ScimId) -> Result<(), Fault> {
    let (seq, _, _) =
        find(db, connection, id)?.filter(|(_, _, found)| *found == kind_code(kind)).ok_or(StoreError::Missing)?;
    let others = match kind {
        Kind::User => sql::COUNT_UP_GROUPS,
        Kind::Group => sql::COUNT_UP_MEMBERS,
    };
    db.prepare_cached(others)?.execute([seq])?;
    match db.prepare_cached(sql::DELETE_RESOURCE)?.execute(params![connection, kind_code(kind), id.as_str()])? {
        0 => Err(StoreError::Missing.into()),
        _ => Ok(()),
    }
}

fn put_account(db: &Connection, connection: i64, account: &Account) -> Result<(), Fault> {
    let (seq, _, _) = find(db, connection, &account.id)?.ok_or(StoreError::Missing)?;
    if let Some(vendor_id) = &account.vendor_id {
        let holder = db
            .prepare_cached(sql::HOLDER_OF_VENDOR_ID)?
            .query_row(params![connection, vendor_id.as_str(), seq, account.realm], |row| scim_id(row, 0))
            .optional()?;
        if let Some(taken_by) = holder {
            return Err(StoreError::VendorIdTaken { taken_by }.into());
        }
    }
    db.prepare_cached(sql::PUT_ACCOUNT)?.execute(params![
        seq,
        connection,
        account.vendor_id.as_ref().map(crate::ids::VendorId::as_str),
        state_code(account.state),
        account.urgency,
        account.next_attempt.map(Timestamp::as_microsecond),
        account.desired_revision,
        account.settled_revision,
        account.deleting,
        doubt_code(account.doubt),
        account.attempts,
        account.request_id.as_ref().map(crate::ids::RequestId::as_str),
        account.reason,
        account.desired,
        account.applied,
        account.settled_body,
        account.taken_over,
        account.realm,
        account.remap,
        account.settled_groups,
        account.other_keys,
    ])?;
    Ok(())
}

fn drop_account(db: &Connection, connection: i64, id: &ScimId) -> Result<(), Fault> {
    let (seq, _, _) = find(db, connection, id)?.ok_or(StoreError::Missing)?;
    db.prepare_cached(sql::DROP_ACCOUNT)?.execute([seq])?;
    Ok(())
}

fn count_up(db: &Connection, connection: i64, id: &ScimId, at: Timestamp) -> Result<(), Fault> {
    match db.prepare_cached(sql::COUNT_UP)?.execute(params![connection, id.as_str(), at.as_microsecond()])? {
        0 => Err(StoreError::Missing.into()),
        _ => Ok(()),
    }
}

fn expect_revision(db: &Connection, connection: i64, id: &ScimId, expected: i64) -> Result<(), Fault> {
    let found: Option<i64> = db
        .prepare_cached(sql::ACCOUNT_REVISION)?
        .query_row(params![connection, id.as_str()], |row| row.get(0))
        .optional()?;
    match found {
        None => Err(StoreError::Missing.into()),
        Some(found) if found != expected => Err(StoreError::VersionMismatch.into()),
        Some(_) => Ok(()),
    }
}

fn append_event(db: &Connection, connection: i64, event: &Event) -> Result<(), Fault> {
    db.prepare_cached(sql::INSERT_EVENT)?.execute(params![
        connection,
        event.at.as_microsecond(),
        event.id.as_ref().map(ScimId::as_str),
        fold(&event.name),
        event.name,
        event.request_id.as_ref().map(crate::ids::RequestId::as_str),
        event.what,
        event.detail,
    ])?;
    Ok(())
}

/// Row, version and kind of a resource.
fn find(db: &Connection, connection: i64, id: &ScimId) -> rusqlite::Result<Option<(i64, i64, i64)>> {
    db.prepare_cached(sql::RESOURCE_STATE)?
        .query_row(params![connection, id.as_str()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()
}

fn refuse_taken_name(
    db: &Connection,
    connection: i64,
    kind: Kind,
    folded: &str,
    own: Option<&ScimId>,
) -> Result<(), Fault> {
    let holder = db
        .prepare_cached(sql::HOLDER_OF_NAME)?
        .query_row(params![connection, kind_code(kind), folded], |row| scim_id(row, 0))
        .optional()?;
    match holder {
        Some(taken_by) if own != Some(&taken_by) => Err(StoreError::NameTaken { taken_by }.into()),
        _ => Ok(()),
    }
}

/// `displayName` of a person, for the lists of members. A group's name is its `displayName` and has its column already.
fn shown_name(kind: Kind, body: &str) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Shown {
        #[serde(rename = "displayName")]
        display_name: Option<String>,
    }
    match kind {
        // What has no readable name is shown by its userName.
        Kind::User => serde_json::from_str(body).ok().and_then(|shown: Shown| shown.display_name),
        Kind::Group => None,
    }
    .filter(|name| !name.is_empty())
}

/// Each once, in order.
fn folded_emails(keys: &Keys) -> Vec<String> {
    let mut emails: Vec<String> = keys.emails.iter().map(|email| fold(email)).collect();
    emails.sort_unstable();
    emails.dedup();
    emails
}
