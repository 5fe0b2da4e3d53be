//! Who is in which group: joining, leaving, and the look-ups that never walk through a whole group.

use super::SqliteStore;
use super::fault::unavailable;
use crate::ids::{ConnectionName, ScimId};
use crate::store::{GroupRef, Kind, Member, Members, Membership, StoreError};

fn not_yet<T>(store: &SqliteStore) -> Result<T, StoreError> {
    Err(unavailable(&store.path, "groups are not kept yet"))
}

/// Which of these resources exist.
pub(super) fn which_exist(
    store: &SqliteStore,
    _connection: &ConnectionName,
    _kind: Kind,
    _ids: &[ScimId],
) -> Result<Vec<bool>, StoreError> {
    not_yet(store)
}

/// A page of a group's members.
pub(super) fn page(
    store: &SqliteStore,
    _connection: &ConnectionName,
    _group: &ScimId,
    _after: i64,
    _limit: usize,
) -> Result<Vec<Member>, StoreError> {
    not_yet(store)
}

/// Which of these people are members.
pub(super) fn which_are_members(
    store: &SqliteStore,
    _connection: &ConnectionName,
    _group: &ScimId,
    _people: &[ScimId],
) -> Result<Vec<bool>, StoreError> {
    not_yet(store)
}

/// The number of members, up to a limit.
pub(super) fn count(
    store: &SqliteStore,
    _connection: &ConnectionName,
    _group: &ScimId,
    _limit: u64,
) -> Result<u64, StoreError> {
    not_yet(store)
}

/// The groups of people.
pub(super) fn groups_of(
    store: &SqliteStore,
    _connection: &ConnectionName,
    _people: &[ScimId],
) -> Result<Vec<Vec<GroupRef>>, StoreError> {
    not_yet(store)
}

/// Everything that ties a person to groups.
pub(super) fn memberships(
    _store: &SqliteStore,
    _connection: &ConnectionName,
    _person: &ScimId,
) -> Result<Vec<Membership>, StoreError> {
    Ok(Vec::new())
}

/// What a group is owed.
pub(super) fn owed(
    store: &SqliteStore,
    _connection: &ConnectionName,
    _group: &ScimId,
    _of: &Members,
) -> Result<Vec<(ScimId, i64)>, StoreError> {
    not_yet(store)
}

/// Groups in which one of these values is parked.
pub(super) fn parked(
    _store: &SqliteStore,
    _connection: &ConnectionName,
    _values: Option<&[String]>,
) -> Result<Vec<(ScimId, String)>, StoreError> {
    Ok(Vec::new())
}
