//! The accounts of people: one page of each list, one account by itself, a search for somebody who is there, and the bridge's own account.

use serde_json::Value;

use super::report::Report;
use super::{Asking, Unreachable, unanswered};
use crate::mapping::bound::fit::{Findings, Hits, SeenPage, Spot, Weight};
use crate::mapping::bound::{CallName, PageState, Scope};
use crate::mapping::model::Meaning;
use crate::mapping::record::Record;
use secrecy::ExposeSecret as _;

/// What the lists show.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Accounts that the bridge would manage, as the lists show them; none of those that are read one by one.
    pub(super) shown: Vec<Value>,
    /// The key of one that the bridge would manage, and the account as the list shows it.
    pub(super) one: Option<(String, Value)>,
    /// Whether these pages are everybody.
    is_everybody: bool,
}

/// One page of each list.
pub(super) async fn lists(asking: &Asking<'_>, report: &mut Report<'_, '_>) -> Result<Seen, Unreachable> {
    let bound = asking.bound;
    let mut seen = Seen { is_everybody: true, ..Seen::default() };
    for call in bound.list_calls() {
        let Some(page) = page(asking, &call, report).await? else {
            seen.is_everybody = false;
            continue;
        };
        let noun = if page.elements.len() == 1 { "account" } else { "accounts" };
        let others = page.elements.len() - page.managed.len();
        let others =
            if others == 0 { String::new() } else { format!(", of which {others} are none that the bridge manages") };
        report.ok(&format!("`{call}` shows {} {noun} on its first page{others}", page.elements.len()));
        if page.elements.is_empty() {
            report.one(
                Weight::Note,
                Spot::Mapping(bound.file_place_of(&call)),
                "the list is empty, so that nothing about its accounts could be compared",
            );
        }
        seen.is_everybody &= page.next.is_none();
        look_at_second_page(asking, &call, &page, report).await?;
        if seen.one.is_none() {
            let with_key = |account: &Value| Some((bound.key_shown_by(account)?, account.clone()));
            seen.one = page.managed.iter().find_map(with_key);
        }
        if !bound.is_read_one_by_one(&call) {
            seen.shown.extend(page.managed);
        }
    }
    Ok(seen)
}

async fn page(
    asking: &Asking<'_>,
    call: &CallName,
    report: &mut Report<'_, '_>,
) -> Result<Option<SeenPage>, Unreachable> {
    let bound = asking.bound;
    match asking.ask(bound, call, &Scope::default(), report).await? {
        Ok(answered) => {
            let mut page = bound.look_at_page(call, &answered.answer, &PageState::default());
            let is_cut = !page.findings.0.is_empty() && page.elements.is_empty();
            report.tell(std::mem::take(&mut page.findings));
            Ok((!is_cut).then_some(page))
        }
        Err(failure) => {
            let at = Spot::Mapping(bound.file_place_of(call));
            report.one(Weight::Problem, at, &unanswered(bound, call, &failure));
            Ok(None)
        }
    }
}

/// Whether the second page is another one: a vendor that does not know the paging parameters answers the first page for ever.
async fn look_at_second_page(
    asking: &Asking<'_>,
    call: &CallName,
    first: &SeenPage,
    report: &mut Report<'_, '_>,
) -> Result<(), Unreachable> {
    let (bound, Some(next)) = (asking.bound, &first.next) else { return Ok(()) };
    let scope = Scope { page: next.clone(), ..Scope::default() };
    let at = Spot::Mapping(bound.file_place_of(call).key("paging"));
    match asking.ask(bound, call, &scope, report).await? {
        Ok(answered) => {
            let second = bound.look_at_page(call, &answered.answer, next);
            if second.keys.is_empty() || second.keys.first() != first.keys.first() {
                return Ok(());
            }
            let text = "the second page begins with the same account as the first: the vendor does not take the paging parameters of this call";
            report.one(Weight::Problem, at, text);
        }
        // there is no such page any more
        Err(failure) if failure.verdict.meaning == Meaning::NotFound => {}
        Err(failure) => {
            let text = format!("the second page cannot be read: {}", unanswered(bound, call, &failure));
            report.one(Weight::Problem, at, &text);
        }
    }
    Ok(())
}

/// One account by itself.
pub(super) async fn read(
    asking: &Asking<'_>,
    seen: &Seen,
    report: &mut Report<'_, '_>,
) -> Result<Vec<Value>, Unreachable> {
    let (bound, call) = (asking.bound, CallName::Read);
    if !bound.has_call(&call) {
        return Ok(Vec::new());
    }
    let at = Spot::Mapping(bound.file_place_of(&call));
    let Some((key, _)) = &seen.one else {
        report.one(Weight::Note, at, "no account was read by itself, because no list shows one");
        return Ok(Vec::new());
    };
    if !bound.only_reads(&call) {
        report.one(Weight::Note, at, "`read` was not tried: it is sent by a method that could change something");
        return Ok(Vec::new());
    }
    let scope = Scope { key: Some(key.clone()), ..Scope::default() };
    match asking.ask(bound, &call, &scope, report).await? {
        Ok(answered) => {
            let mut findings = Findings::default();
            let object = bound.look_at_read(&call, &answered.answer, key, &mut findings);
            if findings.0.is_empty() {
                report.ok(&format!("`read` shows the account {key}"));
            }
            report.tell(findings);
            Ok(object.into_iter().collect())
        }
        Err(failure) => {
            let problem = match failure.verdict.meaning {
                Meaning::NotFound => {
                    format!("the list shows the account {key}, and `read` does not know it: {}", failure.verdict.say)
                }
                _ => unanswered(bound, &call, &failure),
            };
            report.one(Weight::Problem, at, &problem);
            Ok(Vec::new())
        }
    }
}

/// A search for somebody who is there.
pub(super) async fn find(
    asking: &Asking<'_>,
    seen: &Seen,
    read: &[Value],
    report: &mut Report<'_, '_>,
) -> Result<(), Unreachable> {
    let (bound, call) = (asking.bound, CallName::Find);
    let (Some((key, listed)), true) = (&seen.one, bound.has_call(&call)) else { return Ok(()) };
    let identity =
        read.iter().chain([listed]).map(|account| bound.match_values_of(account)).find(|known| !known.0.is_empty());
    let at = Spot::Mapping(bound.file_place_of(&call));
    let Some(identity) = identity else {
        report.one(
            Weight::Note,
            at,
            "`find` was not tried: the account that was read has none of the fields under `match`",
        );
        return Ok(());
    };
    let Some(page) = search(asking, identity, report).await? else { return Ok(()) };
    match bound.look_at_hits(&page, key) {
        Hits::Found => report.ok(&format!("`find` finds the account {key} again")),
        Hits::Missing if page.next.is_some() => {
            let text = format!(
                "the account {key} is not on the first page of what `find` finds; does the vendor know the filter?"
            );
            report.one(Weight::Note, at, &text);
        }
        Hits::Missing => {
            let text =
                format!("the account {key} is there, and `find` does not find it: it would be created a second time");
            report.one(Weight::Problem, at, &text);
        }
    }
    Ok(())
}

/// The first page of a search; `None` when it could not be made, which is told.
async fn search(
    asking: &Asking<'_>,
    record: Record,
    report: &mut Report<'_, '_>,
) -> Result<Option<SeenPage>, Unreachable> {
    let (bound, call) = (asking.bound, CallName::Find);
    let scope = Scope { record, ..Scope::default() };
    match asking.ask(bound, &call, &scope, report).await? {
        Ok(answered) => {
            let mut page = bound.look_at_page(&call, &answered.answer, &PageState::default());
            let is_cut = !page.findings.0.is_empty() && page.elements.is_empty();
            report.tell(std::mem::take(&mut page.findings));
            Ok((!is_cut).then_some(page))
        }
        // nobody
        Err(failure) if failure.verdict.meaning == Meaning::NotFound => Ok(Some(SeenPage::default())),
        Err(failure) => {
            let at = Spot::Mapping(bound.file_place_of(&call));
            report.one(Weight::Problem, at, &unanswered(bound, &call, &failure));
            Ok(None)
        }
    }
}

/// The accounts that the mapping protects, the bridge's own above all.
pub(super) async fn own(asking: &Asking<'_>, seen: &Seen, report: &mut Report<'_, '_>) -> Result<(), Unreachable> {
    let bound = asking.bound;
    let secret = |name: &str| asking.vendor.secret(name).map(|value| value.expose_secret().to_owned());
    for (at, (field, value)) in bound.protected_values(&secret).into_iter().enumerate() {
        let place = crate::document::Place::of(["users", "protected"]).index(at);
        let is_it = |account: &&Value| {
            bound
                .read_account(account)
                .is_some_and(|account| bound.same(field, account.record.0.get(field), Some(&value)))
        };
        let mut found = seen.shown.iter().find(is_it).and_then(|account| bound.key_shown_by(account));
        let can_search = bound.has_call(&CallName::Find) && bound.match_fields().iter().any(|name| name == field);
        let mut is_certain = seen.is_everybody && !seen.shown.is_empty();
        if found.is_none() && can_search {
            let record = Record([(field.to_owned(), value.clone())].into_iter().collect());
            let Some(page) = search(asking, record, report).await? else { continue };
            found = page.managed.iter().find(is_it).and_then(|account| bound.key_shown_by(account));
            is_certain = page.next.is_none();
        }
        match found {
            Some(key) => report.ok(&format!("the account that `users.protected` keeps from harm is there: {key}")),
            None if is_certain => report.one(
                Weight::Note,
                Spot::Mapping(place),
                &format!("no account has the value of this rule in `{field}`: it protects nobody"),
            ),
            None => report.one(
                Weight::Note,
                Spot::Mapping(place),
                &format!("no account that was read has the value of this rule in `{field}`; it may be on a later page"),
            ),
        }
    }
    Ok(())
}
