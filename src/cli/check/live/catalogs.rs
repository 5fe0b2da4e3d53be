//! The vendor's own objects: what each catalog lists, whether one of them can be read by itself, and whether what the settings name is among them.

use std::collections::HashSet;

use serde_json::Value;

use super::report::Report;
use super::{Asking, Unreachable, unanswered};
use crate::mapping::bound::fit::{Findings, SeenCatalog, Spot, Weight};
use crate::mapping::bound::{BoundCatalog, CallName, Lists, PageState, Scope};
use crate::mapping::model::Meaning;

/// Most pages of one catalog that are read, to find what the settings name. What stands behind them is not said to be missing.
const MOST_PAGES: usize = 20;

/// Reads every catalog into `lists`; those that are not there completely are returned.
pub(super) async fn read(
    asking: &Asking<'_>,
    lists: &mut Lists,
    report: &mut Report<'_, '_>,
) -> Result<HashSet<String>, Unreachable> {
    let mut incomplete = HashSet::new();
    for catalog in asking.bound.catalogs() {
        let seen = match &catalog.listed {
            None => Some((SeenCatalog::fixed(catalog), true)),
            Some(_) => list(asking, catalog, report).await?,
        };
        let Some((seen, is_complete)) = seen else {
            incomplete.insert(catalog.name.clone());
            continue;
        };
        if !is_complete {
            incomplete.insert(catalog.name.clone());
        }
        if let Some(key) = &seen.any_key {
            read_object(asking, catalog, key, report).await?;
        }
        *lists = lists.with(&catalog.name, seen.names);
    }
    Ok(incomplete)
}

/// What a catalog lists, and whether that is everything. `None` when it cannot be read, which is told.
async fn list(
    asking: &Asking<'_>,
    catalog: &BoundCatalog,
    report: &mut Report<'_, '_>,
) -> Result<Option<(SeenCatalog, bool)>, Unreachable> {
    let Some(part) = &catalog.listed else { return Ok(None) };
    let call = CallName::List;
    let mut managed: Vec<Value> = Vec::new();
    let (mut at, mut is_complete) = (PageState::default(), false);
    let mut first_key = None;
    for number in 0..MOST_PAGES {
        let scope = Scope { page: at.clone(), ..Scope::default() };
        let answered = match asking.ask(part, &call, &scope, report).await? {
            Ok(answered) => answered,
            Err(failure) if number > 0 && failure.verdict.meaning == Meaning::NotFound => {
                is_complete = true;
                break;
            }
            Err(failure) => {
                let at = Spot::Mapping(part.file_place_of(&call));
                report.one(Weight::Problem, at, &unanswered(part, &call, &failure));
                return Ok(None);
            }
        };
        let mut page = part.look_at_page(&call, &answered.answer, &at);
        let is_cut = !page.findings.0.is_empty() && page.elements.is_empty();
        if number == 0 || is_cut {
            report.tell(std::mem::take(&mut page.findings));
        }
        if is_cut {
            return Ok(None);
        }
        if number == 1 && !page.keys.is_empty() && page.keys.first() == first_key.as_ref() {
            let at = Spot::Mapping(part.file_place_of(&call).key("paging"));
            let text = "the second page begins with the same object as the first: the vendor does not take the paging parameters of this call";
            report.one(Weight::Problem, at, text);
            break;
        }
        first_key = first_key.or_else(|| page.keys.first().cloned());
        managed.extend(page.managed);
        is_complete = page.next.is_none();
        let Some(next) = page.next else { break };
        at = next;
    }
    let mut findings = Findings::default();
    let seen = part.look_at_objects(catalog, &managed, &mut findings);
    let noun = if seen.objects == 1 { "object" } else { "objects" };
    report.ok(&format!("the catalog `{}` has {} {noun}", catalog.name, seen.objects));
    report.tell(findings);
    Ok(Some((seen, is_complete)))
}

/// One object by itself, where a target of groups reads one.
async fn read_object(
    asking: &Asking<'_>,
    catalog: &BoundCatalog,
    key: &str,
    report: &mut Report<'_, '_>,
) -> Result<(), Unreachable> {
    let call = CallName::Read;
    let objects = asking.bound.targets().filter(|target| target.catalog.as_ref() == Some(&catalog.name));
    for (target, part) in objects.filter_map(|target| Some((target, target.object.as_ref()?))) {
        if !part.has_call(&call) || !part.only_reads(&call) {
            continue;
        }
        let scope = Scope { key: Some(key.to_owned()), ..Scope::default() };
        match asking.ask(part, &call, &scope, report).await? {
            Ok(answered) => {
                let mut findings = Findings::default();
                part.look_at_read(&call, &answered.answer, key, &mut findings);
                if findings.0.is_empty() {
                    report.ok(&format!("`groups.{}.read` shows the object {key}", target.name));
                }
                report.tell(findings);
            }
            Err(failure) => {
                let at = Spot::Mapping(part.file_place_of(&call));
                report.one(Weight::Problem, at, &unanswered(part, &call, &failure));
            }
        }
    }
    Ok(())
}

/// Whether what settings and defaults name is there.
pub(super) fn resolve(asking: &Asking<'_>, lists: &Lists, incomplete: &HashSet<String>, report: &mut Report<'_, '_>) {
    for wanted in asking.bound.wanted() {
        match asking.bound.find_wanted(&wanted, lists) {
            // what was not read may hold it; that it was not read has been told
            Ok(()) | Err(_) if incomplete.contains(&wanted.catalog) => {}
            Ok(()) => report.ok(&format!("{}: `{}` is in the catalog `{}`", wanted.by, wanted.value, wanted.catalog)),
            Err(problem) => report.one(Weight::Problem, wanted.at, &problem),
        }
    }
}
