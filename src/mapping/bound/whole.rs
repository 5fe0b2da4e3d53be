//! Accounts that are sent whole: what was read right before, without what is left out, with the managed fields put in. What is not managed goes
//! back as it came; what the vendor shows empty (`blanked`) goes back as the bridge last wrote it. Nothing here reads an account.

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::account::{Shown, shown};
use super::bind::Calls;
use super::calls::BoundCall;
use super::fields::BoundField;
use super::policy::UpdateCall;
use super::{Bound, CallName, Scope};
use crate::mapping::convert::is_empty;
use crate::mapping::wire::HttpAnswer;

impl Bound {
    /// Is the account read right before this call, and sent whole?
    pub fn is_whole(&self, call: &CallName) -> bool {
        self.calls.get(call).is_some_and(|call| call.whole.is_some())
    }

    /// The vendor's object in the answer to a call, as it came.
    pub fn object_in<'a>(&self, call: &CallName, answer: &'a HttpAnswer) -> Option<&'a Value> {
        self.calls.get(call)?.user.as_ref()?.first(answer.json.as_ref()?)
    }

    /// `$record` of a call: the fields that it carries, in a whole account when it is to be one.
    pub(super) fn record_of(&self, call: &BoundCall, scope: &Scope) -> Map<String, Value> {
        let Some((leave_out, found)) = call.whole.as_ref().zip(scope.found.as_ref()) else {
            return self.rendered_record(&scope.record, Map::new());
        };
        let mut whole = found.clone();
        for path in leave_out {
            path.remove_from(&mut whole);
        }
        let Value::Object(mut whole) = whole else { return self.rendered_record(&scope.record, Map::new()) };
        for field in self.fields.values() {
            if let Some(kept) = kept_value(field, found, scope) {
                super::request::insert(&mut whole, &self.written_parts(&field.name), kept);
            }
        }
        for name in call.restated.iter().filter(|name| !scope.record.0.contains_key(*name)) {
            if let Some(value) = self.unchanged_value(call, name, scope) {
                super::request::insert(&mut whole, &self.written_parts(name), value);
            }
        }
        self.rendered_record(&scope.record, whole)
    }

    /// `$record.FIELD` of a call that does not change the field, and sends the account whole: its value as it is, in the terms of the mapping.
    pub(super) fn unchanged_value(&self, call: &BoundCall, name: &str, scope: &Scope) -> Option<Value> {
        let found = scope.found.as_ref().filter(|_| call.whole.is_some())?;
        let field = self.fields.get(name).filter(|field| !field.spec.write_only)?;
        if let Some(kept) = kept_value(field, found, scope) {
            return Some(kept);
        }
        match shown(field, found) {
            Shown::Value(value) => Some(value),
            Shown::Nothing | Shown::Unknown => None,
        }
    }

    /// Where a field stands in a record that is sent. The name of a group's object stands where it is read.
    pub(super) fn written_parts<'a>(&'a self, name: &'a str) -> Vec<&'a str> {
        let place = match (&self.own, self.fields.get(name)) {
            (Some(_), Some(field)) => field.spec.read.as_deref().unwrap_or(name),
            _ => name,
        };
        place.split('.').collect()
    }
}

/// Notes for each call that sends the account whole which fields it must say again: they are written at their name, and what was read has them
/// somewhere else. A field that the call puts somewhere itself (`$record.FIELD`) is its own affair.
pub(super) fn restate(calls: &mut Calls, updates: &[UpdateCall], fields: &IndexMap<String, BoundField>) {
    for update in updates {
        let Some(call) = calls.get_mut(&CallName::Update(update.name.clone())).filter(|call| call.whole.is_some())
        else {
            continue;
        };
        let is_elsewhere = |name: &&String| {
            fields.get(*name).is_some_and(|field| {
                !field.spec.write_only && field.spec.read.as_ref().is_some_and(|read| read != *name)
            })
        };
        let is_put = |name: &str| {
            call.refers_to(|names| {
                names.split_first().is_some_and(|(first, rest)| first == "record" && rest.join(".") == name)
            })
        };
        let restated = update.writes.iter().filter(is_elsewhere).filter(|name| !is_put(name)).cloned().collect();
        call.restated = restated;
    }
}

/// What takes the place of a value that the vendor shows empty.
fn kept_value(field: &BoundField, found: &Value, scope: &Scope) -> Option<Value> {
    let is_blank = field.spec.blanked && matches!(shown(field, found), Shown::Unknown);
    if !is_blank || scope.record.0.contains_key(&field.name) {
        return None;
    }
    scope.kept.0.get(&field.name).filter(|value| !is_empty(value)).cloned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::mapping::made_up::{bound_of, object};
    use crate::mapping::record::Record;
    use crate::mapping::wire::Body;

    const TEXT: &str = "
version: 1
vendor: { name: made-up, title: Made Up }
api: { base_url: http://127.0.0.1:9/, sign_in: { scheme: none } }
users:
  key: { read: id, type: integer }
  match: [{ field: mail }]
  revision: { header: X-Rev, of: collection }
  fields:
    mail: { from: userName }
    full: { from: displayName, blanked: true }
    nick: { from: nickName, clear: send_empty }
    group.id: { type: integer, from: title }
    boss: { type: integer_list, from: userType, read: 'bosses[*].id', clear: send_empty }
    secret: { from: password, write_only: true }
  calls:
    create: { method: POST, path: [u], body: $record, user: . }
    read: { method: GET, path: [u, $key], user: . }
    list: { call: { method: GET, path: [u] }, items: . }
    update:
      all:
        method: PUT
        path: [u, $key]
        record: whole
        leave_out: [secret, group.since, 'bosses[*].since']
        body: { $merge: [$record, { bosses: { $for_each: $record.boss, $put: { id: $item } } }] }
    delete: { method: DELETE, path: [u, $key] }
";

    fn put(found: Value, record: Value, kept: Value) -> Value {
        put_by(TEXT, found, record, kept)
    }

    fn put_by(text: &str, found: Value, record: Value, kept: Value) -> Value {
        let scope = Scope {
            key: Some("7".to_owned()),
            record: Record(object(record)),
            found: Some(found),
            kept: Record(object(kept)),
            revision: Some("12".to_owned()),
            ..Scope::default()
        };
        let request = bound_of(text).request(&CallName::Update("all".to_owned()), &scope).expect("renders");
        assert_eq!(request.headers, [("If-Match".to_owned(), "12".to_owned())]);
        let Body::Json(body) = request.body else { panic!("a body") };
        body
    }

    #[test]
    fn what_is_not_managed_goes_back_as_it_came() {
        let found = json!({ "id": 7, "mail": "a@x", "full": "A", "quota": [1, { "b": null }], "group": { "id": 3, "since": "2020", "color": "red" } });
        assert_eq!(
            put(found, json!({ "mail": "b@x", "group.id": 4 }), json!({})),
            json!({ "id": 7, "mail": "b@x", "full": "A", "quota": [1, { "b": null }], "group": { "id": 4, "color": "red" } })
        );
    }

    #[test]
    fn a_subtree_that_is_null_is_made_when_it_gets_a_value() {
        let body = put(json!({ "id": 7, "group": null }), json!({ "group.id": 4 }), json!({}));
        assert_eq!(body["group"], json!({ "id": 4 }));
    }

    #[test]
    fn a_value_that_the_vendor_blanks_goes_back_as_it_was_last_written() {
        for blank in [json!(""), Value::Null] {
            let found = json!({ "id": 7, "full": blank, "nick": "n" });
            assert_eq!(put(found.clone(), json!({ "nick": null }), json!({ "full": "Ada" }))["full"], "Ada");
            assert_eq!(put(found, json!({ "full": "Eve" }), json!({ "full": "Ada" }))["full"], "Eve");
        }
        assert_eq!(put(json!({ "id": 7, "full": "Bea" }), json!({}), json!({ "full": "Ada" }))["full"], "Bea");
    }

    #[test]
    fn what_is_left_out_is_not_sent_but_a_new_value_of_it_is() {
        let found = json!({ "id": 7, "secret": "hash" });
        assert_eq!(put(found.clone(), json!({ "nick": "n" }), json!({})).get("secret"), None);
        assert_eq!(put(found, json!({ "secret": "new" }), json!({}))["secret"], "new");
    }

    #[test]
    fn a_field_that_does_not_change_is_known_in_the_terms_of_the_mapping() {
        let found = json!({ "id": 7, "bosses": [{ "id": 1, "since": "2020" }, { "id": 2 }] });
        assert_eq!(put(found.clone(), json!({ "nick": "n" }), json!({}))["bosses"], json!([{ "id": 1 }, { "id": 2 }]));
        assert_eq!(put(found, json!({ "boss": [5] }), json!({}))["bosses"], json!([{ "id": 5 }]));
    }

    #[test]
    fn a_field_that_is_read_somewhere_else_is_said_again_at_its_name() {
        let text = TEXT.replace("leave_out: [secret, group.since, 'bosses[*].since']", "leave_out: [bosses]").replace(
            "body: { $merge: [$record, { bosses: { $for_each: $record.boss, $put: { id: $item } } }] }",
            "body: $record",
        );
        let found = json!({ "id": 7, "nick": "n", "bosses": [{ "id": 1, "since": "2020" }, { "id": 2 }] });
        let put = |record: Value| put_by(&text, found.clone(), record, json!({}));
        assert_eq!(put(json!({ "nick": "o" })), json!({ "id": 7, "nick": "o", "boss": [1, 2] }));
        assert_eq!(put(json!({ "boss": [2] })), json!({ "id": 7, "nick": "n", "boss": [2] }));
    }

    #[test]
    fn nothing_is_known_of_a_value_that_the_vendor_blanks() {
        let bound = bound_of(TEXT);
        let account = bound.read_account(&json!({ "id": 7, "mail": "a@x", "full": "", "nick": "" })).expect("a person");
        assert!(account.unknown.contains(&"full".to_owned()) && !account.unknown.contains(&"nick".to_owned()));
    }

    #[test]
    fn changes_and_deletions_need_a_revision_and_creates_do_not() {
        let bound = bound_of(TEXT);
        assert!(bound.needs_revision(&CallName::Delete) && bound.needs_revision(&CallName::Update("all".to_owned())));
        assert!(!bound.needs_revision(&CallName::Create) && bound.writes_one_by_one());
        let without =
            bound_of(&TEXT.replace("delete: { method: DELETE,", "delete: { revision: false, method: DELETE,"));
        assert!(!without.needs_revision(&CallName::Delete) && !without.reads_first(&CallName::Delete));
        let mut answer = HttpAnswer {
            status: 200,
            headers: vec![("x-rev".to_owned(), " 9".to_owned())],
            text: String::new(),
            json: None,
        };
        assert_eq!(bound.revision_in(&CallName::Read, &answer).as_deref(), Some("9"));
        answer.headers.clear();
        assert_eq!(bound.revision_in(&CallName::Read, &answer), None);
    }
}
