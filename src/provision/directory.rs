//! Finds existing vendor accounts by their natural keys; many seekers share one walk through the vendor's list.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use super::shared::Shared;
use crate::mapping::bound::{Bound, CallName, PageState, Scope};
use crate::mapping::model::Meaning;
use crate::mapping::record::{Record, VendorAccount};
use crate::mapping::wire::Verdict;
use crate::vendor::{CallContext, CallFailure, Vendor};

/// Longest time for one walk through the whole list. A large one takes longer than any IdP waits; the work that needs it goes on all the same.
const PATIENCE: Duration = Duration::from_mins(30);

/// The last walk through the vendor's list, kept while somebody needs it.
#[derive(Debug, Default)]
pub(super) struct Directory {
    started: AtomicU64,
    seekers: AtomicU64,
    last: Mutex<Option<Walk>>,
}

#[derive(Debug)]
struct Walk {
    number: u64,
    /// A failure is shared as well: whoever waited does not make the vendor fail once more, one after the other.
    found: Result<Arc<Vec<VendorAccount>>, CallFailure>,
}

/// Accounts that have the same natural key as a person: none, one, or (a fault at the vendor) several. A person may have more than one identity:
/// the values of now and those of an earlier create.
///
/// For each identity the mapping's `match` fields are tried in their order; the first that finds anybody decides. Every hit is compared again by
/// the field's own rule, since searches match parts of words and ignore filters that they do not know.
pub(super) async fn find_accounts(
    shared: &Shared,
    identities: &[Record],
    context: &CallContext,
) -> Result<Vec<VendorAccount>, CallFailure> {
    let context = &CallContext { deadline: context.deadline.max(Instant::now() + PATIENCE), ..context.clone() };
    let can_search = shared.parts.bound.has_call(&CallName::Find);
    let all = if can_search { None } else { Some(walk_shared(shared, context).await?) };
    let mut found: Vec<VendorAccount> = Vec::new();
    for identity in identities {
        let candidates = match &all {
            Some(all) => all.clone(),
            None => search(shared, identity, context).await?,
        };
        let new = same_person(shared, identity, &candidates);
        let is_new = |account: &&VendorAccount| found.iter().all(|known| known.key != account.key);
        let new: Vec<_> = new.into_iter().filter(is_new).cloned().collect();
        found.extend(new);
    }
    Ok(found)
}

fn same_person<'a>(shared: &Shared, identity: &Record, candidates: &'a [VendorAccount]) -> Vec<&'a VendorAccount> {
    let bound = &shared.parts.bound;
    for field in bound.match_fields() {
        let Some(wanted) = identity.0.get(field) else { continue };
        let is_hit = |account: &&VendorAccount| {
            account.record.0.get(field).is_some_and(|has| bound.same(field, Some(wanted), Some(has)))
        };
        let hits: Vec<_> = candidates.iter().filter(is_hit).collect();
        if !hits.is_empty() {
            return hits;
        }
    }
    Vec::new()
}

/// All accounts, page by page. `seen` is called after each page. How many pages there can be is bounded by the mapping's side.
pub(super) async fn walk(
    vendor: &dyn Vendor,
    bound: &Bound,
    call: &CallName,
    record: &Record,
    context: &CallContext,
    seen: &(dyn Fn(u64) + Sync),
) -> Result<Vec<VendorAccount>, CallFailure> {
    let mut accounts = Vec::new();
    let mut at = PageState::default();
    let mut cursors = HashSet::new();
    loop {
        let scope = Scope { record: record.clone(), page: at.clone(), ..Scope::default() };
        let answered = vendor.call(call, &scope, context).await?;
        let page = bound.page_in(call, &answered.answer, &at);
        if let Some(problem) = page.problem {
            return Err(untrusted(bound, &problem));
        }
        accounts.extend(page.accounts);
        seen(accounts.len() as u64);
        match page.next {
            Some(next) if next == at || next.cursor.as_ref().is_some_and(|cursor| !cursors.insert(cursor.clone())) => {
                return Err(untrusted(bound, "the next page is one that came before"));
            }
            Some(next) => at = next,
            None => return Ok(accounts),
        }
    }
}

/// A list that may be cut short: whoever is missing from it would count as not existing, and get a second account.
pub(super) fn untrusted(bound: &Bound, problem: &str) -> CallFailure {
    let verdict = Verdict {
        meaning: Meaning::Broken,
        say: format!("the list of {} cannot be trusted: {problem}", bound.vendor_title()),
        vendor_text: None,
        field: None,
        rule: "list".to_owned(),
    };
    CallFailure { verdict, uncertain: false, retry_after: None, attempts: 1 }
}

async fn search(
    shared: &Shared,
    identity: &Record,
    context: &CallContext,
) -> Result<Arc<Vec<VendorAccount>>, CallFailure> {
    let (vendor, bound) = (&*shared.parts.vendor, &shared.parts.bound);
    walk(vendor, bound, &CallName::Find, identity, context, &|_| {}).await.map(Arc::new)
}

/// A walk that began after this was called: an older one may have passed the place before the account was made.
pub(super) async fn walk_shared(
    shared: &Shared,
    context: &CallContext,
) -> Result<Arc<Vec<VendorAccount>>, CallFailure> {
    let directory = &shared.directory;
    let asked_after = directory.started.load(Ordering::SeqCst);
    let _seeker = Seeker::of(directory);
    let mut last = directory.last.lock().await;
    if let Some(walk) = last.as_ref().filter(|walk| walk.number > asked_after) {
        return walk.found.clone();
    }
    let number = directory.started.fetch_add(1, Ordering::SeqCst) + 1;
    let (vendor, bound) = (&*shared.parts.vendor, &shared.parts.bound);
    let found = walk(vendor, bound, &CallName::List, &Record::default(), context, &|_| {}).await.map(Arc::new);
    *last = Some(Walk { number, found: found.clone() });
    found
}

/// Somebody who needs the list. The last one to leave lets it go: a list of all accounts is too large to keep.
struct Seeker<'a>(&'a Directory);

impl<'a> Seeker<'a> {
    fn of(directory: &'a Directory) -> Self {
        directory.seekers.fetch_add(1, Ordering::SeqCst);
        Self(directory)
    }
}

impl Drop for Seeker<'_> {
    fn drop(&mut self) {
        if self.0.seekers.fetch_sub(1, Ordering::SeqCst) == 1
            && let Ok(mut last) = self.0.last.try_lock()
        {
            *last = None;
        }
    }
}
