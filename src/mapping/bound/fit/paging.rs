//! Whether a list says how it goes on where the mapping looks for it. A path that leads nowhere looks like the last page, and whoever stands on the
//! others would get a second account.

use serde_json::Value;

use super::{Findings, SeenPage};
use crate::document::Place;
use crate::mapping::bound::listed::{BoundList, BoundPaging};
use crate::mapping::bound::{Bound, CallName};
use crate::mapping::vendor_path::{Found, VendorPath};
use crate::mapping::wire::HttpAnswer;

/// Deepest place in an answer at which something is looked for that names a next page.
const DEEPEST: usize = 3;

impl Bound {
    pub(super) fn look_at_paging(&self, call: &CallName, list: &BoundList, answer: &HttpAnswer, seen: &mut SeenPage) {
        let Some(json) = &answer.json else { return };
        let place = self.file_place_of(call).key("paging");
        let (on_page, has_next) = (seen.elements.len() as u64, seen.next.is_some());
        let findings = &mut seen.findings;
        if let Some(more) = &list.more {
            look_for_more(more, json, &place, findings);
        }
        match &list.paging {
            BoundPaging::None => {
                if let Some(other) = hint_of_more(json, list, None) {
                    let text = format!(
                        "the answer has something at `{other}`, as if there were further pages, and the mapping reads one; see `paging`"
                    );
                    findings.note(self.file_place_of(call), text);
                }
            }
            BoundPaging::Cursor { next, size } => {
                if !has_next {
                    look_for_next(next, *size, on_page, json, list, &place, findings);
                }
            }
            BoundPaging::Link { next: Some(next), size } if !has_next => {
                look_for_next(next, *size, on_page, json, list, &place, findings);
            }
            BoundPaging::Link { next: None, size } if !has_next && on_page >= u64::from(*size) => {
                let text = "the page is full, and the answer has no header `Link` with rel=\"next\"";
                findings.problem(place, text);
            }
            BoundPaging::Link { .. } => {}
            BoundPaging::Offset { total, .. } => {
                number_at(total.as_ref(), "total", json, &place, findings);
            }
            BoundPaging::Page { pages, .. } => {
                number_at(pages.as_ref(), "pages", json, &place, findings);
            }
        }
    }
}

/// Where the mapping knows a place for it, whatever does not say that there are more pages says that there are none.
fn look_for_more(more: &VendorPath, json: &Value, place: &Place, findings: &mut Findings) {
    let place = place.key("more");
    match more.find(json) {
        Found::One(Value::Bool(_)) => {}
        Found::One(_) | Found::Many(_) => {
            let text = format!("what stands at `{more}` is neither true nor false, and counts as the end of the list");
            findings.problem(place, text);
        }
        Found::Nothing | Found::Null => {
            let near = near(more, json);
            findings.problem(
                place,
                format!("the answer has nothing at `{more}`, which counts as the end of the list{near}"),
            );
        }
    }
}

/// The answer names no next page. Is this the last one, or is the path wrong?
fn look_for_next(
    next: &VendorPath,
    size: u32,
    on_page: u64,
    json: &Value,
    list: &BoundList,
    place: &Place,
    findings: &mut Findings,
) {
    // the vendor says that there is none
    if !matches!(next.find(json), Found::Nothing) {
        return;
    }
    let place = place.key("next");
    if let Some(other) = hint_of_more(json, list, Some(next)) {
        let text = format!(
            "the answer has nothing at `{next}`, but something at `{other}`: the list would end after this page"
        );
        findings.problem(place, text);
    } else if on_page >= u64::from(size) {
        findings
            .problem(place, format!("the page is full, and the answer has nothing at `{next}`{}", near(next, json)));
    } else {
        findings.note(place, format!("the answer has nothing at `{next}`, which is right if this was the last page"));
    }
}

fn number_at(path: Option<&VendorPath>, key: &str, json: &Value, place: &Place, findings: &mut Findings) {
    let Some(path) = path else { return };
    let is_number = |value: &Value| {
        value.as_u64().is_some() || value.as_str().is_some_and(|text| text.trim().parse::<u64>().is_ok())
    };
    match path.first(json) {
        Some(value) if is_number(value) => {}
        Some(_) => findings.problem(place.key(key), format!("what stands at `{path}` is no number")),
        None => findings.problem(place.key(key), format!("the answer has nothing at `{path}`{}", near(path, json))),
    }
}

fn near(path: &VendorPath, json: &Value) -> String {
    let near = path.breaks_at(json).and_then(|(missing, known)| crate::nearest::nearest(&missing, known));
    near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default()
}

/// Something outside the elements that is called like a next page and has a value.
fn hint_of_more(json: &Value, list: &BoundList, known: Option<&VendorPath>) -> Option<String> {
    let mut outside = json.clone();
    list.items.remove_from(&mut outside);
    let mut found = Vec::new();
    named_next(&outside, "", 0, &mut found);
    let known = known.map(ToString::to_string);
    found.into_iter().find(|path| Some(path) != known.as_ref())
}

fn named_next(value: &Value, path: &str, depth: usize, found: &mut Vec<String>) {
    let Value::Object(members) = value else { return };
    for (name, member) in members {
        let inner = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        let lower = name.to_ascii_lowercase();
        let is_named = lower.contains("next") || matches!(lower.as_str(), "cursor" | "endcursor" | "end_cursor");
        match member {
            Value::String(text) if is_named && !text.is_empty() => found.push(inner),
            Value::Number(_) if is_named => found.push(inner),
            Value::Bool(true) if is_named || lower == "hasmore" || lower == "has_more" => found.push(inner),
            Value::Object(_) if is_named && member.get("href").is_some_and(Value::is_string) => {
                found.push(format!("{inner}.href"));
            }
            Value::Object(_) if depth < DEEPEST => named_next(member, &inner, depth + 1, found),
            _ => {}
        }
    }
}
