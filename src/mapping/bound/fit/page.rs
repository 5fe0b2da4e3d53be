//! A page of a list: whether its elements are where the mapping says, whether they have keys, and whether the next page is found.

use std::collections::HashMap;

use serde_json::Value;

use super::{Findings, count, some};
use crate::mapping::bound::listed::BoundList;
use crate::mapping::bound::pages::{elements, with_implied};
use crate::mapping::bound::{Bound, CallName, PageState, Scope};
use crate::mapping::model::KeyType;
use crate::mapping::tree::resolve::{kind_of, scalar_text};
use crate::mapping::vendor_path::{Found, VendorPath};
use crate::mapping::wire::HttpAnswer;
use crate::nearest::nearest;

/// Deepest place in an answer at which a list is looked for that is not where the mapping says.
const DEEPEST: usize = 5;

/// What one page shows.
#[derive(Debug, Default)]
pub struct SeenPage {
    /// Its elements, with what the list implies about them.
    pub elements: Vec<Value>,
    /// Those of them that the bridge would manage (`only`, `gone`).
    pub managed: Vec<Value>,
    /// The keys of all elements.
    pub keys: Vec<String>,
    /// Where the next page begins, if there is one.
    pub next: Option<PageState>,
    /// What does not fit.
    pub findings: Findings,
}

impl Bound {
    /// Looks at a page of a list.
    pub fn look_at_page(&self, call: &CallName, answer: &HttpAnswer, at: &PageState) -> SeenPage {
        let mut seen = SeenPage::default();
        let place = self.file_place_of(call);
        let list = self.calls.get(call).and_then(|call| call.list.as_ref());
        let (Some(list), Some(json)) = (list, &answer.json) else {
            seen.findings.problem(place, "the answer is no JSON, so it holds no list");
            return seen;
        };
        let found = match (list.items.find(json), elements(list, json)) {
            // a search by a value that only one can have may answer just that one
            (Found::One(one @ Value::Object(_)), _) if *call == CallName::Find => vec![one],
            (_, Ok(found)) => found,
            (_, Err(problem)) => {
                let text = format!("{problem}{}", where_instead(&list.items, json));
                seen.findings.problem(place.key("items"), text);
                return seen;
            }
        };
        seen.elements = found.iter().map(|element| with_implied(list, element)).collect();
        self.look_at_keys(list, call, &mut seen);
        seen.managed = seen.elements.iter().filter(|element| self.is_managed(element)).cloned().collect();
        if !list.read_each {
            self.look_at_conditions(&seen.elements, &mut seen.findings);
        }
        let scope = Scope { page: at.clone(), ..Scope::default() };
        match self.next_page(call, list, answer, &scope, seen.elements.len() as u64) {
            Ok(next) => seen.next = next,
            Err(problem) => seen.findings.problem(place.key("paging"), problem),
        }
        self.look_at_paging(call, list, answer, &mut seen);
        seen
    }

    /// The vendor's key in an account or object.
    pub fn key_shown_by(&self, object: &Value) -> Option<String> {
        self.key_in(object)
    }

    /// Does the list show keys alone, so that its accounts are read one by one?
    pub fn is_read_one_by_one(&self, call: &CallName) -> bool {
        self.calls.get(call).and_then(|call| call.list.as_ref()).is_some_and(|list| list.read_each)
    }

    /// Would the bridge manage this account?
    fn is_managed(&self, element: &Value) -> bool {
        self.key_in(element).is_some()
            && self.only.iter().all(|condition| condition.holds(element))
            && !self.gone.iter().any(|condition| condition.holds(element))
    }

    fn look_at_keys(&self, list: &BoundList, call: &CallName, seen: &mut SeenPage) {
        let SeenPage { elements, keys, findings, .. } = seen;
        let (one, base) = (self.one(), self.base().key("key"));
        let strange = elements.iter().find(|element| !element.is_object());
        if let Some(strange) = strange.filter(|strange| self.key_in(strange).is_none()) {
            let text = format!("the elements of the list are {}, and {one}s are objects", plural(strange));
            findings.problem(self.file_place_of(call).key("items"), text);
            return;
        }
        let without = elements.iter().filter(|element| self.key_in(element).is_none()).count();
        if without > 0 {
            let which = if without == elements.len() { "no".to_owned() } else { format!("{without} of the") };
            let near = near_in(&self.key, elements);
            let text = format!("{which} {one}s of the list have a key at `{}`{near}", self.key);
            findings.problem(base.key("read"), text);
        }
        keys.extend(elements.iter().filter_map(|element| self.key_in(element)));
        let wrong = match self.users().key.kind {
            KeyType::Integer => keys.iter().filter(|key| key.parse::<i64>().is_err()).count(),
            KeyType::String => 0,
        };
        if wrong > 0 {
            let text = format!(
                "the key is declared `integer`, and {} of {} at `{}` are no whole numbers",
                wrong,
                count(keys.len(), "key"),
                self.key
            );
            findings.problem(base.key("type"), text);
        }
        let mut times: HashMap<&String, usize> = HashMap::new();
        for key in keys.iter() {
            *times.entry(key).or_default() += 1;
        }
        let twice: Vec<String> =
            times.into_iter().filter(|(_, times)| *times > 1).map(|(key, _)| key.clone()).collect();
        if !twice.is_empty() && !list.read_each {
            let text = format!(
                "`{}` is not unique, so it is no key: {} stand in the list more than once",
                self.key,
                some(&twice)
            );
            findings.problem(base.key("read"), text);
        }
    }
}

/// `; did you mean X?`, by what the objects have where the path ends.
pub(super) fn near_in(path: &VendorPath, objects: &[Value]) -> String {
    let broken = objects.iter().find_map(|object| path.breaks_at(object));
    let near = broken.and_then(|(missing, known)| nearest(&missing, known));
    near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default()
}

/// Where the answer has a list, when it has none where the mapping says.
fn where_instead(items: &VendorPath, json: &Value) -> String {
    let mut places = Vec::new();
    lists_in(json, "", 0, &mut places);
    if let [only] = places.as_slice() {
        return format!("; there is one at `{only}`");
    }
    let near = nearest(&items.to_string(), places.iter().map(String::as_str));
    match near {
        Some(near) => format!("; did you mean `{near}`?"),
        None if places.is_empty() => "; the answer has no list of objects at all".to_owned(),
        None => format!("; there are lists at {}", some(&places)),
    }
}

fn lists_in(value: &Value, path: &str, depth: usize, found: &mut Vec<String>) {
    match value {
        Value::Array(elements) if elements.iter().all(Value::is_object) => found.push(format!("{path}[*]")),
        Value::Object(members) if depth < DEEPEST => {
            for (name, member) in members {
                let inner = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                lists_in(member, &inner, depth + 1, found);
            }
        }
        _ => {}
    }
}

fn plural(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "texts",
        Value::Number(_) => "numbers",
        Value::Array(_) => "lists",
        Value::Null => "empty",
        other if scalar_text(other).is_some() => "true or false",
        other => kind_of(other),
    }
}
