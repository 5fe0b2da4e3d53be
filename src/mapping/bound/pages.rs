//! Pages of a list: which accounts they hold and where the next one begins. A list that may be cut says so, because whoever is missing
//! from a full list counts as gone.

use serde_json::Value;

use url::{Position, Url};

use super::hosts::{placeholder, split_placeholder};
use super::listed::{BoundList, BoundPaging};
use super::request::insert;
use super::{Bound, CallName, ListPage, PageState, Scope};
use crate::mapping::model::End;
use crate::mapping::tree::resolve::scalar_text;
use crate::mapping::vendor_path::{Found, VendorPath};
use crate::mapping::wire::HttpAnswer;

/// Pages after which a listing is given up: a vendor whose cursor never ends must not keep the bridge busy for ever. At 100 elements a
/// page this is ten million accounts.
const MOST_PAGES: u64 = 100_000;
/// Stands in for a host that is known at run time only (RFC 2606 section 2: nobody has it).
const STAND_IN: &str = "https://host.invalid";

impl Bound {
    /// The calls whose lists together are everybody, in their order.
    pub fn list_calls(&self) -> Vec<CallName> {
        let more = (0..self.users().calls.lists.len()).map(CallName::Lists);
        std::iter::once(CallName::List).chain(more).collect()
    }

    /// The mark of the state that a list shows, where the vendor can be asked whether it has changed.
    pub fn mark_in(&self, call: &CallName, answer: &HttpAnswer) -> Option<String> {
        let mark = self.calls.get(call)?.list.as_ref()?.mark.as_ref()?;
        answer.header(mark).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    /// One page in the answer to `list` or `find`.
    pub fn page_in(&self, call: &CallName, answer: &HttpAnswer, at: &PageState) -> ListPage {
        let list = self.calls.get(call).and_then(|call| call.list.as_ref());
        let (Some(list), Some(json)) = (list, &answer.json) else {
            return ListPage::cut("the answer holds no list");
        };
        let elements = match list.items.find(json) {
            // a search by a value that only one can have may answer just that one
            Found::One(one @ Value::Object(_)) if *call == CallName::Find => vec![one],
            _ => match elements(list, json) {
                Ok(elements) => elements,
                Err(problem) => return ListPage::cut(&problem),
            },
        };
        let mut page = ListPage { elements: elements.len(), ..ListPage::default() };
        if list.read_each {
            page.keys = elements.iter().filter_map(|element| self.key_in(element)).collect();
            if page.keys.len() < elements.len() {
                page.problem = Some("an element has no key, so that it cannot be read".to_owned());
                return page;
            }
        } else if list.set.is_empty() {
            page.accounts = elements.iter().filter_map(|element| self.read_account(element)).collect();
        } else {
            let implied = elements.iter().map(|element| with_implied(list, element));
            page.accounts = implied.filter_map(|element| self.read_account(&element)).collect();
        }
        let scope = Scope { page: at.clone(), ..Scope::default() };
        match self.next_page(call, list, answer, &scope, elements.len() as u64) {
            Ok(state) => page.next = state,
            Err(problem) => page.problem = Some(problem),
        }
        page
    }

    /// Where the next page begins; the error says why that cannot be told.
    pub(super) fn next_page(
        &self,
        call: &CallName,
        list: &BoundList,
        answer: &HttpAnswer,
        scope: &Scope,
        elements: u64,
    ) -> Result<Option<PageState>, String> {
        match (&list.paging, &answer.json) {
            (BoundPaging::Link { .. }, json) if says_last(list, json.as_ref()) => Ok(None),
            (BoundPaging::Link { next, .. }, _) => self.next_link(call, next.as_ref(), answer, scope),
            (_, Some(json)) => next(list, json, &scope.page, elements),
            (_, None) => Ok(None),
        }
    }

    /// The page that the answer names, if it is on the same host as this one.
    fn next_link(
        &self,
        call: &CallName,
        path: Option<&VendorPath>,
        answer: &HttpAnswer,
        scope: &Scope,
    ) -> Result<Option<PageState>, String> {
        let at = &scope.page;
        let found = match path {
            Some(path) => answer.json.as_ref().and_then(|json| path.first(json)).and_then(scalar_text),
            None => next_in_headers(answer),
        };
        let Some(link) = found.filter(|link| !link.trim().is_empty()) else { return Ok(None) };
        let here = match &at.link {
            Some(here) => here.clone(),
            None => self.request(call, scope).map(|request| request.url).map_err(|error| error.to_string())?,
        };
        // where the host is known at run time only, whoever sends the call sees to it that it goes to one of the vendor's
        let service = split_placeholder(&here).map(|(service, behind)| (service, format!("{STAND_IN}{behind}")));
        let here = service.as_ref().map_or(here.as_str(), |(_, here)| here);
        let here = Url::parse(here).map_err(|error| format!("the address of this page cannot be read: {error}"))?;
        let next =
            here.join(link.trim()).map_err(|error| format!("the address of the next page cannot be read: {error}"))?;
        let is_here = next.origin() == here.origin();
        if !is_here && service.is_none() {
            let host = next.host_str().unwrap_or("no host");
            return Err(format!("the next page is at another address ({host}), where no call may go"));
        }
        if next == here {
            return Err("the vendor names the same page as the next one again".to_owned());
        }
        let link = match &service {
            Some((service, _)) if is_here => format!("{}{}", placeholder(service), &next[Position::BeforePath..]),
            _ => next.into(),
        };
        bounded(PageState { number: at.number + 1, link: Some(link), ..PageState::default() }).map(Some)
    }
}

/// An element with what its list implies.
pub(super) fn with_implied(list: &BoundList, element: &Value) -> Value {
    let mut object = element.clone();
    for (path, parts, value) in &list.set {
        if path.first(element).is_none()
            && let Value::Object(members) = &mut object
        {
            let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
            insert(members, &parts, value.clone());
        }
    }
    object
}

/// The target of `rel="next"` in the headers `Link` (RFC 8288 section 3).
fn next_in_headers(answer: &HttpAnswer) -> Option<String> {
    let headers = answer.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("link"));
    headers.flat_map(|(_, value)| links(value)).find_map(|(target, parameters)| {
        let mut parameters = parameters.split(';').filter_map(|parameter| parameter.split_once('='));
        let (_, relations) = parameters.find(|(name, _)| name.trim().eq_ignore_ascii_case("rel"))?;
        let mut relations = relations.trim().trim_matches('"').split_ascii_whitespace();
        relations.any(|relation| relation.eq_ignore_ascii_case("next")).then(|| target.to_owned())
    })
}

/// The links in a header, each with its parameters. A comma parts two links unless it stands in a target or in quotes.
fn links(header: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let mut rest = header;
    while let Some((_, behind)) = rest.split_once('<') {
        let Some((target, behind)) = behind.split_once('>') else { break };
        let mut is_quoted = false;
        let end = behind.find(|c| {
            is_quoted ^= c == '"';
            c == ',' && !is_quoted
        });
        let (parameters, next) = behind.split_at(end.unwrap_or(behind.len()));
        found.push((target, parameters));
        rest = next;
    }
    found
}

impl ListPage {
    fn cut(problem: &str) -> Self {
        Self { problem: Some(problem.to_owned()), ..Self::default() }
    }
}

/// The elements of a page; the error says why there is no list.
pub(super) fn elements<'a>(list: &BoundList, json: &'a Value) -> Result<Vec<&'a Value>, String> {
    match list.items.find(json) {
        Found::Nothing => Err(format!("the answer holds no list at {}", list.items)),
        Found::Null => Ok(Vec::new()),
        Found::One(Value::Array(elements)) => Ok(elements.iter().collect()),
        Found::One(_) => Err(format!("what stands at {} is no list", list.items)),
        Found::Many(elements) => Ok(elements),
    }
}

/// Where the next page begins; the error says why that cannot be told.
fn next(list: &BoundList, json: &Value, at: &PageState, elements: u64) -> Result<Option<PageState>, String> {
    let step = |cursor| PageState { cursor, offset: at.offset + elements, number: at.number + 1, link: None };
    let is_short = |end: End, size: u32| end == End::ShortPage && elements < u64::from(size);
    let number_at = |path: &VendorPath| -> Option<u64> {
        path.first(json).and_then(|value| value.as_u64().or_else(|| value.as_str()?.trim().parse().ok()))
    };
    let state = match &list.paging {
        BoundPaging::None | BoundPaging::Link { .. } => None,
        _ if says_last(list, Some(json)) => None,
        BoundPaging::Cursor { next, .. } => {
            let cursor = next.first(json).and_then(scalar_text).filter(|cursor| !cursor.is_empty());
            match (&list.more, cursor) {
                (None, None) => None,
                (Some(_), None) => return Err("the vendor says that there are more pages and names none".to_owned()),
                (_, Some(cursor)) if at.cursor.as_ref() == Some(&cursor) => {
                    return Err("the vendor names the same page as the next one again".to_owned());
                }
                (_, cursor) => Some(step(cursor)),
            }
        }
        // the step is what came back, and the end is the total or an empty page: servers cut the page size without a word
        BoundPaging::Offset { total, size, end, .. } => {
            let seen = at.offset + elements;
            let is_last =
                total.as_ref().and_then(number_at).is_some_and(|total| seen >= total) || is_short(*end, *size);
            (elements > 0 && !is_last).then(|| step(None))
        }
        BoundPaging::Page { pages, size, end, .. } => {
            let is_last =
                pages.as_ref().and_then(number_at).is_some_and(|pages| at.number + 1 >= pages) || is_short(*end, *size);
            (elements > 0 && !is_last).then(|| step(None))
        }
    };
    state.map(bounded).transpose()
}

/// Does the answer say that there is no next page? It must say that there is one where the mapping knows a place for that.
fn says_last(list: &BoundList, json: Option<&Value>) -> bool {
    list.more.as_ref().is_some_and(|path| json.and_then(|json| path.first(json)) != Some(&Value::Bool(true)))
}

fn bounded(state: PageState) -> Result<PageState, String> {
    if state.number >= MOST_PAGES {
        return Err(format!("the list does not end after {MOST_PAGES} pages"));
    }
    Ok(state)
}
