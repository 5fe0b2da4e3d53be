//! The vendor's own objects by name: lists that are kept for a while and read again when a name is not found.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use tokio::time::Instant;
use tracing::Instrument as _;

use super::directory::{self, Walked};
use super::error::ProvisionError;
use super::outcome;
use super::shared::Shared;
use crate::ids::RequestId;
use crate::mapping::bound::{Bound, BoundCatalog, Entry, Lists, Names};
use crate::mapping::model::Meaning;
use crate::scim::error::ScimError;
use crate::vendor::{CallContext, CallFailure, Priority, Vendor};

/// Longest time for the list of one catalog. Catalogs are short: roles, skills, projects.
const PATIENCE: Duration = Duration::from_mins(1);

/// The lists that are kept: one per catalog of the mapping.
#[derive(Debug, Default)]
pub(super) struct Catalogs {
    kept: Mutex<HashMap<String, Arc<Kept>>>,
    /// What was read last of each catalog that fields look names up in, however old it is.
    known: RwLock<Lists>,
}

#[derive(Debug, Default)]
struct Kept {
    started: AtomicU64,
    last: tokio::sync::Mutex<Option<List>>,
}

#[derive(Debug)]
struct List {
    number: u64,
    begun: Instant,
    /// The mark of its state, where the vendor can be asked whether it has changed.
    mark: Option<String>,
    /// A failure is shared with those who waited for it, and with nobody later.
    entries: Result<Arc<Vec<Entry>>, CallFailure>,
}

/// How old a list may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Age {
    /// As old as the mapping says.
    Kept,
    /// Begun after it was asked for.
    Fresh,
}

/// The objects of a catalog.
pub(super) async fn entries(shared: &Shared, name: &str) -> Result<Arc<Vec<Entry>>, ProvisionError> {
    let Some(catalog) = shared.parts.bound.catalog(name) else {
        return Err(ScimError::InvalidValue(format!("the mapping has no catalog {name}")).into());
    };
    let listed = list(shared, catalog, Age::Kept).await;
    listed.map_err(|failure| ProvisionError::Unlisted {
        vendor: shared.parts.bound.vendor_title().to_owned(),
        reason: failure.verdict.say,
    })
}

/// The objects of a catalog for somebody who waits until `deadline`. The reading goes on behind it, so that a vendor who is slower than the IdP is
/// patient has answered when it asks again.
pub(super) async fn show(
    shared: &Arc<Shared>,
    name: &str,
    deadline: Instant,
) -> Result<Arc<Vec<Entry>>, ProvisionError> {
    let fails = |reason: String, meaning: Meaning, pause: Option<Duration>| ProvisionError::NotShown {
        vendor: shared.parts.bound.vendor_title().to_owned(),
        catalog: name.to_owned(),
        reason,
        meaning,
        retry_after_seconds: pause.map(outcome::retry_after),
    };
    let reading = {
        let (shared, name) = (Arc::clone(shared), name.to_owned());
        async move {
            let catalog = shared.parts.bound.catalog(&name)?;
            Some(list(&shared, catalog, Age::Kept).await)
        }
    };
    let reading = shared.parts.runtime.spawn(reading.in_current_span());
    match tokio::time::timeout_at(deadline, reading).await {
        Ok(Ok(Some(listed))) => {
            listed.map_err(|failure| fails(failure.verdict.say, failure.verdict.meaning, failure.retry_after))
        }
        Ok(Ok(None)) => Err(ScimError::InvalidValue(format!("the mapping has no catalog {name}")).into()),
        Ok(Err(_broken)) => Err(fails("the bridge could not read the list".to_owned(), Meaning::Broken, None)),
        Err(_elapsed) => {
            let reason = "the list is not complete yet, it is being read on".to_owned();
            Err(fails(reason, Meaning::Busy, None))
        }
    }
}

/// What a name leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Hit {
    /// The vendor's key of the one object.
    One(String),
    /// No object, also not in a list that was read for this very question.
    Nothing,
    /// Several objects that nobody can tell apart.
    Several(Vec<String>),
}

/// The object with this name.
pub(super) async fn find_key(shared: &Shared, catalog: &str, name: &str) -> Result<Hit, CallFailure> {
    let Some(catalog) = shared.parts.bound.catalog(catalog) else { return Ok(Hit::Nothing) };
    let mut hit = Hit::Nothing;
    for age in [Age::Kept, Age::Fresh] {
        let entries = list(shared, catalog, age).await?;
        hit = match Names::new(catalog.compare, &entries).keys_of(name) {
            [] => Hit::Nothing,
            [key] => return Ok(Hit::One(key.clone())),
            several => Hit::Several(several.to_vec()),
        };
    }
    Ok(hit)
}

/// What is known of the catalogs that fields look names up in, however old.
pub(super) fn known(shared: &Shared) -> Lists {
    shared.catalogs.known.read().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Reads the lists of catalogs for the look-ups of fields: those that were never read or are too old, or all of them anew.
///
/// # Errors
/// When one cannot be read. What was known of it before is still known.
pub(super) async fn learn(shared: &Shared, catalogs: &[&str], anew: bool) -> Result<(), CallFailure> {
    let age = if anew { Age::Fresh } else { Age::Kept };
    for catalog in catalogs.iter().filter_map(|name| shared.parts.bound.catalog(name)) {
        list(shared, catalog, age).await?;
    }
    Ok(())
}

async fn list(shared: &Shared, catalog: &BoundCatalog, age: Age) -> Result<Arc<Vec<Entry>>, CallFailure> {
    let Some(bound) = &catalog.listed else { return Ok(Arc::new(catalog.values.clone())) };
    let kept = {
        let mut all = shared.catalogs.kept.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(catalog.name.clone()).or_default().clone()
    };
    let asked_after = kept.started.load(Ordering::SeqCst);
    let mut last = kept.last.lock().await;
    if let Some(list) = last.as_ref() {
        let is_new = list.number > asked_after;
        let is_young = age == Age::Kept && list.entries.is_ok() && list.begun.elapsed() < catalog.keep;
        if is_new || is_young {
            return list.entries.clone();
        }
    }
    let number = kept.started.fetch_add(1, Ordering::SeqCst) + 1;
    let begun = Instant::now();
    let vendor = shared.parts.vendor.speaking(bound.clone());
    let before = last.take().and_then(|list| list.mark.zip(list.entries.ok()));
    let (entries, mark): (Result<Arc<Vec<Entry>>, CallFailure>, _) =
        match read(&*vendor, bound, before.as_ref().map(|(mark, _)| mark.as_str())).await {
            Ok(Walked::Listed(objects, mark)) => (Ok(Arc::new(objects.iter().filter_map(Entry::of).collect())), mark),
            // It is said to be unchanged only where a mark was sent.
            Ok(Walked::Unchanged) => {
                let (mark, entries) = before.unwrap_or_default();
                (Ok(entries), Some(mark).filter(|mark| !mark.is_empty()))
            }
            Err(failure) => (Err(failure), None),
        };
    if let (Ok(entries), true) = (&entries, shared.parts.bound.catalogs_of_lookups().contains(&catalog.name.as_str())) {
        let mut known = shared.catalogs.known.write().unwrap_or_else(PoisonError::into_inner);
        *known = known.with(&catalog.name, Names::new(catalog.compare, entries));
    }
    *last = Some(List { number, begun, mark, entries: entries.clone() });
    entries
}

async fn read(vendor: &dyn Vendor, bound: &Bound, known: Option<&str>) -> Result<Walked, CallFailure> {
    let context = CallContext {
        request_id: RequestId::generate(),
        priority: Priority::Change,
        deadline: Instant::now() + PATIENCE,
    };
    directory::walk_all(vendor, bound, known, &context, &|_| {}).await
}
