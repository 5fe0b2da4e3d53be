//! Finds existing vendor accounts by their natural keys; many seekers share one walk through the vendor's list.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Mutex;

use super::shared::Shared;
use crate::mapping::bound::{CallName, PageState, Scope};
use crate::mapping::model::Meaning;
use crate::mapping::record::{Record, VendorAccount};
use crate::mapping::wire::Verdict;
use crate::vendor::{CallContext, CallFailure};

/// Most pages that one walk reads; more is a vendor whose paging does not end.
const MAX_PAGES: usize = 100_000;

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
    accounts: Arc<Vec<VendorAccount>>,
}

/// Accounts that have the same natural key as a person: none, one, or (a fault at the vendor) several.
///
/// The mapping's `match` fields are tried in their order; the first that finds anybody decides. Every hit is compared again by the field's
/// own rule, since searches match parts of words and ignore filters that they do not know.
pub(super) async fn find_accounts(
    shared: &Shared,
    identity: &Record,
    context: &CallContext,
) -> Result<Vec<VendorAccount>, CallFailure> {
    let bound = &shared.parts.bound;
    let candidates = if bound.has_call(&CallName::Find) {
        search(shared, identity, context).await?
    } else {
        walk_shared(shared, context).await?
    };
    for field in bound.match_fields() {
        let Some(wanted) = identity.0.get(field) else { continue };
        let hits: Vec<_> = candidates
            .iter()
            .filter(|account| account.record.0.get(field).is_some_and(|has| bound.same(field, Some(wanted), Some(has))))
            .cloned()
            .collect();
        if !hits.is_empty() {
            return Ok(hits);
        }
    }
    Ok(Vec::new())
}

/// All accounts, page by page. `seen` is called after each page.
pub(super) async fn walk(
    shared: &Shared,
    call: &CallName,
    record: &Record,
    context: &CallContext,
    seen: &(dyn Fn(u64) + Sync),
) -> Result<Vec<VendorAccount>, CallFailure> {
    let mut accounts = Vec::new();
    let mut at = PageState::default();
    for _ in 0..MAX_PAGES {
        let scope = Scope { record: record.clone(), page: at.clone(), ..Scope::default() };
        let answered = shared.parts.vendor.call(call, &scope, context).await?;
        let page = shared.parts.bound.page_in(call, &answered.answer, &at);
        if let Some(problem) = page.problem {
            return Err(untrusted(shared, &problem));
        }
        accounts.extend(page.accounts);
        seen(accounts.len() as u64);
        match page.next {
            Some(next) if next == at => return Err(untrusted(shared, "the next page is the same one again")),
            Some(next) => at = next,
            None => return Ok(accounts),
        }
    }
    Err(untrusted(shared, &format!("it does not end after {MAX_PAGES} pages")))
}

/// A list that may be cut short: whoever is missing from it would count as not existing, and get a second account.
fn untrusted(shared: &Shared, problem: &str) -> CallFailure {
    let verdict = Verdict {
        meaning: Meaning::Broken,
        say: format!("the list of {} cannot be trusted: {problem}", shared.parts.bound.vendor_title()),
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
    walk(shared, &CallName::Find, identity, context, &|_| {}).await.map(Arc::new)
}

/// A walk that began after this was called: an older one may have passed the place before the account was made.
async fn walk_shared(shared: &Shared, context: &CallContext) -> Result<Arc<Vec<VendorAccount>>, CallFailure> {
    let directory = &shared.directory;
    let asked_after = directory.started.load(Ordering::SeqCst);
    directory.seekers.fetch_add(1, Ordering::SeqCst);
    let found = async {
        let mut last = directory.last.lock().await;
        if let Some(walk) = last.as_ref().filter(|walk| walk.number > asked_after) {
            return Ok(walk.accounts.clone());
        }
        let number = directory.started.fetch_add(1, Ordering::SeqCst) + 1;
        let accounts = Arc::new(walk(shared, &CallName::List, &Record::default(), context, &|_| {}).await?);
        *last = Some(Walk { number, accounts: accounts.clone() });
        Ok(accounts)
    }
    .await;
    if directory.seekers.fetch_sub(1, Ordering::SeqCst) == 1
        && let Ok(mut last) = directory.last.try_lock()
    {
        // Nobody needs it any more; a list of all accounts is too large to keep.
        *last = None;
    }
    found
}
