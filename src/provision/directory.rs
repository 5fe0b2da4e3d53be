//! Finds existing vendor accounts by their natural keys; many seekers share one walk through the vendor's list.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
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

/// Accounts that are read at the same time, where a list shows keys alone. The vendor's own limits hold beside it.
const READS_AT_ONCE: usize = 8;
/// The status that stands for the list of before (RFC 9110 section 15.4.5).
const NOT_MODIFIED: u16 = 304;

/// The last walk through the vendor's list, kept while somebody needs it.
#[derive(Debug, Default)]
pub(super) struct Directory {
    started: AtomicU64,
    seekers: AtomicU64,
    last: Mutex<Option<Walk>>,
    /// Where the vendor can be asked whether the list has changed: what it was. One list; its size is the vendor's, some hundred bytes a person.
    kept: std::sync::Mutex<Option<Kept>>,
}

/// A list and the mark of its state.
#[derive(Debug, Clone)]
struct Kept {
    mark: String,
    accounts: Arc<Vec<VendorAccount>>,
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

/// Everybody that the vendor lists, also where several lists together show everybody, or a list shows keys alone. `seen` is called after each page.
///
/// `known` is the mark of the list that is known already, where the vendor can be asked whether it has changed.
pub(super) async fn walk_all(
    vendor: &dyn Vendor,
    bound: &Bound,
    known: Option<&str>,
    context: &CallContext,
    seen: &(dyn Fn(u64) + Sync),
) -> Result<Walked, CallFailure> {
    let calls = bound.list_calls();
    let scope = Scope { revision: known.map(str::to_owned), ..Scope::default() };
    let Some((first, others)) = calls.split_first() else { return Ok(Walked::Listed(Vec::new(), None)) };
    let (mut accounts, mark) = match walk(vendor, bound, first, &scope, context, seen).await? {
        Walked::Listed(accounts, mark) => (accounts, mark),
        Walked::Unchanged => return Ok(Walked::Unchanged),
    };
    for call in others {
        let before = accounts.len() as u64;
        let more = |count: u64| seen(before + count);
        if let Walked::Listed(listed, _) = walk(vendor, bound, call, &Scope::default(), context, &more).await? {
            accounts.extend(listed);
        }
    }
    if !others.is_empty() {
        accounts = each_once(accounts);
    }
    Ok(Walked::Listed(accounts, mark))
}

/// What a walk through a list came to.
#[derive(Debug)]
pub(super) enum Walked {
    /// These accounts, and the mark of the state that they show.
    Listed(Vec<VendorAccount>, Option<String>),
    /// What was known already.
    Unchanged,
}

impl Walked {
    /// The accounts, for whoever knew nothing before.
    pub(super) fn accounts(self) -> Vec<VendorAccount> {
        match self {
            Self::Listed(accounts, _) => accounts,
            Self::Unchanged => Vec::new(),
        }
    }
}

/// Somebody who moves from one list to another meanwhile is in both; what was read last is newer.
fn each_once(accounts: Vec<VendorAccount>) -> Vec<VendorAccount> {
    let mut places = HashMap::new();
    let mut once: Vec<VendorAccount> = Vec::with_capacity(accounts.len());
    for account in accounts {
        match places.entry(account.key.clone()) {
            Entry::Occupied(place) => once[*place.get()] = account,
            Entry::Vacant(place) => {
                place.insert(once.len());
                once.push(account);
            }
        }
    }
    once
}

/// One list, page by page. How many pages there can be is bounded by the mapping's side.
async fn walk(
    vendor: &dyn Vendor,
    bound: &Bound,
    call: &CallName,
    scope: &Scope,
    context: &CallContext,
    seen: &(dyn Fn(u64) + Sync),
) -> Result<Walked, CallFailure> {
    let mut accounts = Vec::new();
    let mut at = PageState::default();
    let mut places = HashSet::new();
    let mut mark = None;
    loop {
        let scope = Scope { page: at.clone(), ..scope.clone() };
        let answered = match vendor.call(call, &scope, context).await {
            // There is no such page any more, or nobody whom the search could find.
            Err(failure)
                if failure.verdict.meaning == Meaning::NotFound && (at.number > 0 || *call == CallName::Find) =>
            {
                return Ok(Walked::Listed(accounts, mark));
            }
            answered => answered?,
        };
        if answered.answer.status == NOT_MODIFIED && scope.revision.is_some() {
            return Ok(Walked::Unchanged);
        }
        mark = mark.or_else(|| bound.mark_in(call, &answered.answer));
        let page = bound.page_in(call, &answered.answer, &at);
        if let Some(problem) = page.problem {
            return Err(untrusted(bound, &problem));
        }
        accounts.extend(page.accounts);
        accounts.extend(read_each(vendor, page.keys, bound, context).await?);
        seen(accounts.len() as u64);
        let Some(next) = page.next else { return Ok(Walked::Listed(accounts, mark)) };
        let place = next.cursor.as_ref().or(next.link.as_ref());
        if next == at || place.is_some_and(|place| !places.insert(place.clone())) {
            return Err(untrusted(bound, "the next page is one that came before"));
        }
        at = next;
    }
}

/// The accounts of a list that shows keys alone. Somebody whom the list still names and who cannot be read any more is left out, like somebody
/// whom the list does not name; whoever looks for him reads him again.
async fn read_each(
    vendor: &dyn Vendor,
    keys: Vec<String>,
    bound: &Bound,
    context: &CallContext,
) -> Result<Vec<VendorAccount>, CallFailure> {
    let reads = keys.into_iter().map(|key| async move {
        let scope = Scope { key: Some(key), ..Scope::default() };
        match vendor.call(&CallName::Read, &scope, context).await {
            Ok(answered) => Ok(bound.account_in(&CallName::Read, &answered.answer)),
            Err(failure) if failure.verdict.meaning == Meaning::NotFound => Ok(None),
            Err(failure) => Err(failure),
        }
    });
    let read: Vec<Option<VendorAccount>> = stream::iter(reads).buffered(READS_AT_ONCE).try_collect().await?;
    Ok(read.into_iter().flatten().collect())
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
    let scope = Scope { record: identity.clone(), ..Scope::default() };
    let found = walk(vendor, bound, &CallName::Find, &scope, context, &|_| {}).await?;
    Ok(Arc::new(found.accounts()))
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
    let kept = directory.kept.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let known = kept.as_ref().map(|kept| kept.mark.as_str());
    let found = match (walk_all(vendor, bound, known, context, &|_| {}).await, kept) {
        (Ok(Walked::Unchanged), Some(kept)) => Ok(kept.accounts),
        (Ok(Walked::Unchanged), None) => Err(untrusted(bound, "it is said to be unchanged, and nothing was known")),
        (Ok(Walked::Listed(accounts, mark)), _) => {
            let accounts = Arc::new(accounts);
            let kept = mark.map(|mark| Kept { mark, accounts: accounts.clone() });
            *directory.kept.lock().unwrap_or_else(PoisonError::into_inner) = kept;
            Ok(accounts)
        }
        (Err(failure), _) => Err(failure),
    };
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
