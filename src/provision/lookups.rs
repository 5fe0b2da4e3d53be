//! Before a person is mapped: the lists are read in which the names that he uses are looked up (`lookup` of a field). Maps nobody.

use serde_json::{Map, Value};
use tokio::time::Instant;

use super::catalogs;
use super::error::ProvisionError;
use super::outcome::retry_after;
use super::shared::Shared;
use crate::mapping::bound::{Beside, UsedName};
use crate::mapping::model::Meaning;
use crate::vendor::CallFailure;

/// Reads what is needed to map this person: lists that are too old, and once more those in which a name is not found. A name that is not in them
/// then is in none.
///
/// # Errors
/// When a list that is needed cannot be read.
pub(super) async fn prepare(shared: &Shared, attributes: &Map<String, Value>) -> Result<(), CallFailure> {
    if !shared.subject.is_people() || !shared.parts.bound.looks_up() {
        return Ok(());
    }
    let used = used(shared, attributes);
    let asked: Vec<&str> = catalogs_of(used.iter());
    if let Err(failure) = catalogs::learn(shared, &asked, false).await {
        if used.iter().any(|used| !used.is_known) {
            return Err(failure);
        }
        tracing::warn!(
            connection = %shared.parts.connection,
            "{} cannot be listed now, what is known of it from before is used: {}", asked.join(", "), failure.verdict.say
        );
        return Ok(());
    }
    let used = self::used(shared, attributes);
    catalogs::learn(shared, &catalogs_of(used.iter().filter(|used| !used.is_known)), true).await
}

/// As [`prepare`], for a request that waits until its deadline.
///
/// # Errors
/// The answer to the request: nothing was changed, it may come again.
pub(super) async fn prepare_until(
    shared: &Shared,
    attributes: &Map<String, Value>,
    deadline: Instant,
) -> Result<(), ProvisionError> {
    let title = shared.parts.bound.vendor_title();
    let late = |reason: String, retry_after_seconds: u64, limited: bool| ProvisionError::Late {
        name: shared.subject.name_of(attributes),
        reason,
        retry_after_seconds,
        limited,
    };
    match tokio::time::timeout_at(deadline, prepare(shared, attributes)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(failure)) => Err(late(
            format!("{title}, looking names up: {}; nothing is changed", failure.verdict.say),
            retry_after(failure.retry_after.unwrap_or_default()),
            failure.verdict.meaning == Meaning::Limited,
        )),
        Err(_) => Err(late(
            format!("{title} has not listed in time what names are looked up in; nothing is changed"),
            1,
            false,
        )),
    }
}

/// Reads the lists whose objects protect who has one of them. Where one cannot be read, what is known of it from before decides.
pub(super) async fn learn_who_is_protected(shared: &Shared) {
    let asked: Vec<&str> = shared.parts.bound.catalogs_of_protection().collect();
    if let Err(failure) = catalogs::learn(shared, &asked, false).await {
        tracing::warn!(
            connection = %shared.parts.connection,
            "who is protected by {} is told from what was known before: {}", asked.join(", "), failure.verdict.say
        );
    }
}

/// Reads every list in which names are looked up, so that identifiers become names again.
///
/// # Errors
/// When one cannot be read.
pub(super) async fn prepare_all(shared: &Shared) -> Result<(), CallFailure> {
    if !shared.subject.is_people() {
        return Ok(());
    }
    catalogs::learn(shared, &shared.parts.bound.catalogs_of_lookups(), false).await
}

/// As [`prepare`], or without attributes as [`prepare_all`], where the work goes on anyway: what is known from before is used, or identifiers stay as
/// they are.
pub(super) async fn prepare_if_possible(shared: &Shared, attributes: Option<&Map<String, Value>>) {
    let prepared = match attributes {
        Some(attributes) => prepare(shared, attributes).await,
        None => prepare_all(shared).await,
    };
    if let Err(failure) = prepared {
        tracing::warn!(
            connection = %shared.parts.connection,
            "the lists in which names are looked up cannot be read now: {}", failure.verdict.say
        );
    }
}

fn used(shared: &Shared, attributes: &Map<String, Value>) -> Vec<UsedName> {
    let known = catalogs::known(shared);
    let beside = Beside { lists: Some(&known), ..Beside::default() };
    shared.parts.bound.names_used(&shared.subject.source(attributes), beside)
}

fn catalogs_of<'a>(used: impl Iterator<Item = &'a UsedName>) -> Vec<&'a str> {
    let mut catalogs: Vec<&str> = used.map(|used| used.catalog.as_str()).collect();
    catalogs.dedup();
    catalogs
}
