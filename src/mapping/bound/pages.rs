//! Pages of a list: which accounts they hold and where the next one begins. A list that may be cut says so, because whoever is missing
//! from a full list counts as gone.

use serde_json::Value;

use super::calls::{BoundList, BoundPaging};
use super::{Bound, CallName, ListPage, PageState};
use crate::mapping::tree::resolve::scalar_text;
use crate::mapping::vendor_path::Found;
use crate::mapping::wire::HttpAnswer;

/// Pages after which a listing is given up: a vendor whose cursor never ends must not keep the bridge busy for ever. At 100 elements a
/// page this is ten million accounts.
const MOST_PAGES: u64 = 100_000;

impl Bound {
    /// One page in the answer to `list` or `find`.
    pub fn page_in(&self, call: &CallName, answer: &HttpAnswer, at: &PageState) -> ListPage {
        let list = self.calls.get(call).and_then(|call| call.list.as_ref());
        let (Some(list), Some(json)) = (list, &answer.json) else {
            return ListPage::cut("the answer holds no list");
        };
        let elements = match elements(list, json) {
            Ok(elements) => elements,
            Err(problem) => return ListPage::cut(&problem),
        };
        let mut page = ListPage {
            accounts: elements.iter().filter_map(|element| self.read_account(element)).collect(),
            elements: elements.len(),
            next: None,
            problem: None,
        };
        match next(list, json, at, elements.len() as u64) {
            Ok(state) => page.next = state,
            Err(problem) => page.problem = Some(problem),
        }
        page
    }
}

impl ListPage {
    fn cut(problem: &str) -> Self {
        Self { accounts: Vec::new(), elements: 0, next: None, problem: Some(problem.to_owned()) }
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
pub(super) fn next(list: &BoundList, json: &Value, at: &PageState, elements: u64) -> Result<Option<PageState>, String> {
    let step = |cursor| PageState { cursor, offset: at.offset + elements, number: at.number + 1 };
    let number_at = |path: &crate::mapping::vendor_path::VendorPath| -> Option<u64> {
        path.first(json).and_then(|value| value.as_u64().or_else(|| value.as_str()?.trim().parse().ok()))
    };
    let state = match &list.paging {
        BoundPaging::None => None,
        BoundPaging::Cursor { next, more, .. } => {
            let more = more.as_ref().map(|path| path.first(json).is_some_and(|more| *more == Value::Bool(true)));
            let cursor = next.first(json).and_then(scalar_text).filter(|cursor| !cursor.is_empty());
            match (more, cursor) {
                (Some(false), _) | (None, None) => None,
                (Some(true), None) => return Err("the vendor says that there are more pages and names none".to_owned()),
                (_, Some(cursor)) if at.cursor.as_ref() == Some(&cursor) => {
                    return Err("the vendor names the same page as the next one again".to_owned());
                }
                (_, cursor) => Some(step(cursor)),
            }
        }
        // the step is what came back, and the end is the total or an empty page: servers cut the page size without a word
        BoundPaging::Offset { total, .. } => {
            let seen = at.offset + elements;
            let is_last = total.as_ref().and_then(number_at).is_some_and(|total| seen >= total);
            (elements > 0 && !is_last).then(|| step(None))
        }
        BoundPaging::Page { pages, .. } => {
            let is_last = pages.as_ref().and_then(number_at).is_some_and(|pages| at.number + 1 >= pages);
            (elements > 0 && !is_last).then(|| step(None))
        }
    };
    if state.as_ref().is_some_and(|state| state.number >= MOST_PAGES) {
        return Err(format!("the list does not end after {MOST_PAGES} pages"));
    }
    Ok(state)
}
