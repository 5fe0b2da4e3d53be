//! Keys by which another API of the vendor knows an account: which call finds one, and where its answer has it. Nothing here asks.

use super::bind::{BindProblem, Calls, path_or_note};
use super::calls::BoundCall;
use super::{Bound, CallName, RenderError};
use crate::mapping::model::{KeyFrom, KeyType};
use crate::mapping::tree::resolve::scalar_text;
use crate::mapping::vendor_path::{Found, VendorPath};
use crate::mapping::wire::HttpAnswer;
use crate::scim::text::fold;

/// How another key is found.
#[derive(Debug)]
pub(super) struct BoundKeyFrom {
    call: Option<CallName>,
    items: VendorPath,
    path: VendorPath,
    matches: Option<VendorPath>,
    back: Option<(CallName, VendorPath)>,
    pub(super) kind: KeyType,
}

/// A call that is made by name.
fn named(text: &str) -> Option<CallName> {
    CallName::parse(text).filter(|call| matches!(call, CallName::Named(_)))
}

impl BoundKeyFrom {
    pub(super) fn bind(from: &KeyFrom, place: &str, problems: &mut Vec<BindProblem>) -> Self {
        let mut path = |key: &str, text: &str| path_or_note(text, &format!("{place}.key_from.{key}"), problems);
        Self {
            items: path("items", &from.items),
            path: path("path", &from.path),
            matches: from.matches.as_deref().map(|text| path("matches", text)),
            back: from.back.as_ref().and_then(|back| Some((named(&back.call)?, path("back.path", &back.path)))),
            call: named(&from.call),
            kind: from.kind,
        }
    }
}

impl Bound {
    /// The call that finds the key which this call needs instead of the account's own.
    pub fn finds_key(&self, call: &CallName) -> Option<&CallName> {
        self.calls.get(call)?.key_from.as_ref()?.call.as_ref()
    }

    /// Does this call need another key than the account's own?
    pub fn needs_other_key(&self, call: &CallName) -> bool {
        self.calls.get(call).is_some_and(|call| call.key_from.is_some())
    }

    /// The calls that find an account by another key, each with the call that finds that key.
    pub fn ways_back(&self) -> Vec<(&CallName, &CallName)> {
        let mut ways: Vec<(&CallName, &CallName)> = Vec::new();
        for from in self.calls.values().filter_map(|call| call.key_from.as_ref()) {
            let way = from.call.as_ref().zip(from.back.as_ref().map(|(call, _)| call));
            ways.extend(way.filter(|(find, _)| ways.iter().all(|(known, _)| known != find)));
        }
        ways
    }

    /// The account's own key in the answer to the call that leads back from the key which `find` finds.
    pub fn own_key_in(&self, find: &CallName, answer: &HttpAnswer) -> Option<String> {
        let mut all = self.calls.values().filter_map(|call| call.key_from.as_ref());
        let (_, path) = all.find(|from| from.call.as_ref() == Some(find) && from.back.is_some())?.back.as_ref()?;
        path.first(answer.json.as_ref()?).and_then(scalar_text).filter(|key| !key.is_empty())
    }

    /// The other keys of the account in the answer to the call that finds them, each once. There should be one.
    pub fn other_keys_in(&self, call: &CallName, key: &str, answer: &HttpAnswer) -> Vec<String> {
        let from = self.calls.get(call).and_then(|call| call.key_from.as_ref());
        let (Some(from), Some(json)) = (from, &answer.json) else { return Vec::new() };
        let elements = match from.items.find(json) {
            Found::Nothing | Found::Null => Vec::new(),
            Found::One(serde_json::Value::Array(elements)) => elements.iter().collect(),
            Found::One(one) => vec![one],
            Found::Many(elements) => elements,
        };
        let mut keys: Vec<String> = Vec::new();
        for element in elements {
            let same = |path: &VendorPath| {
                path.first(element).and_then(scalar_text).is_some_and(|own| fold(&own) == fold(key))
            };
            let is_this = from.matches.as_ref().is_none_or(same);
            let other = from.path.first(element).and_then(scalar_text).filter(|other| is_this && !other.is_empty());
            keys.extend(other.filter(|other| !keys.contains(other)));
        }
        keys
    }
}

/// Calls that lead back are told the other key, in its own type.
pub(super) fn type_ways_back(calls: &mut Calls) {
    let back = |call: &BoundCall| {
        let from = call.key_from.as_ref()?;
        Some((from.back.as_ref()?.0.clone(), from.kind))
    };
    let all: Vec<(CallName, KeyType)> = calls.values().filter_map(back).collect();
    for (name, kind) in all {
        if let Some(call) = calls.get_mut(&name) {
            call.key_type = Some(kind);
        }
    }
}

impl BoundCall {
    /// `$key` of a call at another API.
    pub(super) fn other_key(
        &self,
        other: Option<&String>,
        place: &str,
    ) -> Result<Option<serde_json::Value>, RenderError> {
        let Some(from) = &self.key_from else { return Ok(None) };
        let Some(other) = other else {
            return Err(RenderError::new("$key", "the key by which the other API knows the account was not found"));
        };
        Bound::typed(from.kind, other, place).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::mapping::bound::Scope;
    use crate::mapping::made_up::{bound_of, object};
    use crate::mapping::model::CannotChange;
    use crate::mapping::plan::plan;
    use crate::mapping::record::{Desired, Record};

    const TEXT: &str = "
version: 1
vendor: { name: made-up, title: Made Up }
settings: { second: { type: boolean, description: Second API, default: true }, fixed: { type: string, description: What, default: refuse } }
api: { base_url: http://127.0.0.1:9/, sign_in: { scheme: none } }
users:
  key: { read: login, type: string }
  match: [{ field: login }]
  revision: {}
  fields:
    login: { from: userName, immutable: true }
    team: { from: title }
    name: { from: displayName, cannot_change: $settings.fixed }
  calls:
    create: { method: POST, path: [u], body: $record }
    read: { method: GET, path: [u, $key], user: . }
    list: { call: { method: GET, path: [u] }, items: . }
    update:
      first: { method: PUT, path: [u, $key], body: $record, writes: [team] }
      second:
        method: PATCH
        path: [v2, $key]
        body: $record
        writes: [name]
        only_if: $settings.second
        key_from: { call: named.other, items: found, path: id, matches: login, type: integer, back: { call: named.back, path: user.login } }
    named:
      other: { description: Finds, call: { method: GET, path: [v2], query: { login: $key } } }
      back: { description: Finds back, call: { method: GET, path: [v2], query: { id: $key } } }
";

    fn second() -> CallName {
        CallName::Update("second".to_owned())
    }

    fn keys(found: &Value) -> Vec<String> {
        let answer =
            HttpAnswer { status: 200, headers: Vec::new(), text: String::new(), json: Some(json!({ "found": found })) };
        bound_of(TEXT).other_keys_in(&second(), "Ada", &answer)
    }

    #[test]
    fn only_the_account_itself_is_found_and_each_key_once() {
        assert_eq!(
            keys(&json!([{ "id": 1, "login": "bo" }, { "id": 2, "login": "ada" }, { "id": 2, "login": "ada" }])),
            ["2"]
        );
        assert_eq!(keys(&json!([{ "id": 1, "login": "ada" }, { "id": "x", "login": "ADA" }])), ["1", "x"]);
        assert_eq!(keys(&json!({ "id": 3, "login": "ada" })), ["3"]);
        assert!(keys(&json!([{ "login": "ada" }, { "id": 1 }])).is_empty() && keys(&json!(null)).is_empty());
    }

    #[test]
    fn a_call_at_another_api_goes_to_the_other_key_and_without_a_revision() {
        let scope = Scope {
            key: Some("ada".to_owned()),
            other_key: Some("77".to_owned()),
            revision: Some("1".to_owned()),
            ..Scope::default()
        };
        let bound = bound_of(TEXT);
        let request = bound.request(&second(), &scope).expect("renders");
        assert_eq!((request.url.as_str(), request.headers.len()), ("http://127.0.0.1:9/v2/77", 0));
        assert!(!bound.reads_first(&second()) && bound.needs_other_key(&second()));
        let unknown = Scope { other_key: None, ..scope.clone() };
        assert!(bound.request(&second(), &unknown).expect_err("no key").to_string().contains("was not found"));
        let odd = Scope { other_key: Some("x".to_owned()), ..scope };
        assert!(bound.request(&second(), &odd).is_err(), "the key is a number");
    }

    #[test]
    fn the_way_back_is_asked_by_the_other_key_and_says_the_own_one() {
        let bound = bound_of(TEXT);
        let (find, back) = (CallName::Named("other".to_owned()), CallName::Named("back".to_owned()));
        assert_eq!(bound.ways_back(), [(&find, &back)]);
        let by = |key: &str| bound.request(&back, &Scope { key: Some(key.to_owned()), ..Scope::default() });
        assert_eq!(by("77").expect("renders").url, "http://127.0.0.1:9/v2?id=77");
        assert!(by("ada").is_err(), "the other key is a number, whatever the own one is");
        let answer = |json| HttpAnswer { status: 200, headers: Vec::new(), text: String::new(), json: Some(json) };
        let own = |json| bound.own_key_in(&find, &answer(json));
        assert_eq!(own(json!({ "user": { "login": "eve" } })).as_deref(), Some("eve"));
        assert_eq!((own(json!({ "user": {} })), own(json!({ "user": { "login": "" } }))), (None, None));
    }

    #[test]
    fn what_only_a_call_names_that_is_switched_off_nobody_else_writes() {
        let text =
            TEXT.replace("writes: [team] }", "}").replace("Second API, default: true", "Second API, default: false");
        let bound = bound_of(&text);
        let writes: Vec<_> = bound.update_calls().iter().map(|call| call.writes.join(" ")).collect();
        assert_eq!(writes, ["login team"]);
        let record = Record(object(json!({ "login": "ada", "team": "a", "name": "A" })));
        let made = plan(&bound, None, None, &Desired::Present(record.clone()), &Record::default());
        assert_eq!(made.expect("create writes the name").len(), 1);
        let bound =
            bound_of(&text.replace("path: [u], body: $record }", "path: [u], body: $record, writes: [login, team] }"));
        let made = plan(&bound, None, None, &Desired::Present(record), &Record::default());
        assert!(made.expect_err("nobody would write the name").problem.contains("settings.second of the connection"));
    }

    #[test]
    fn which_call_is_made_follows_from_what_changed_and_from_the_settings() {
        let record = |team: &str, name: &str| Record(object(json!({ "login": "ada", "team": team, "name": name })));
        let steps = |text: &str, team: &str, name: &str| {
            let plan = plan(
                &bound_of(text),
                Some("ada"),
                Some(&record("a", "A")),
                &Desired::Present(record(team, name)),
                &Record::default(),
            );
            plan.map(|steps| steps.iter().map(|step| step.call.to_string()).collect::<Vec<_>>())
        };
        assert_eq!(steps(TEXT, "b", "A").expect("a plan"), ["update.first"]);
        assert_eq!(steps(TEXT, "a", "B").expect("a plan"), ["update.second"]);
        assert_eq!(steps(TEXT, "b", "B").expect("a plan"), ["update.first", "update.second"]);
        let without = TEXT.replace("Second API, default: true", "Second API, default: false");
        assert!(
            steps(&without, "b", "B")
                .expect_err("refused")
                .problem
                .contains("settings.second of the connection switches")
        );
        let reported = without.replace("What, default: refuse", "What, default: report");
        assert_eq!(steps(&reported, "b", "B").expect("a plan"), ["update.first"]);
        let desired = Desired::Present(record("b", "B"));
        let left = crate::mapping::plan::left_behind(&bound_of(&reported), &record("b", "A"), &desired);
        assert_eq!(left, ["name"]);
    }

    #[test]
    fn the_words_for_what_cannot_change_are_checked_when_the_mapping_is_bound() {
        assert_eq!(CannotChange::parse("report"), Some(CannotChange::Report));
        assert_eq!(CannotChange::parse("Report"), None);
    }
}
