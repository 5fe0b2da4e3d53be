//! What a list or a map of levels holds at the vendor without the bridge: it can be kept (`others: keep`), which needs a look at the account before a
//! change. And names that a vendor which only adds takes out by a level (`removed_level`). Reads and sends nothing.

use std::collections::{BTreeSet, HashSet};

use serde_json::{Map, Value};

use super::account::{Shown, shown};
use super::fields::BoundField;
use super::same::comparable;
use super::{Bound, CallName};
use crate::mapping::convert::{canonical, is_empty};
use crate::mapping::model::Others;
use crate::mapping::record::{Record, VendorAccount};

impl Bound {
    /// Does what others gave this field stay?
    pub fn keeps_others(&self, field: &str) -> bool {
        self.fields.get(field).is_some_and(|field| field.spec.others == Others::Keep)
    }

    /// Must the account be read before a call that carries this record, because of what others gave it?
    pub fn looks_for_others(&self, call: &CallName, record: &Record) -> bool {
        *call != CallName::Create && self.each(call).is_none() && record.0.keys().any(|field| self.keeps_others(field))
    }

    /// Leaves of a record what the bridge has to do with: of fields that keep what others gave, only what one of `known` names.
    pub fn leave_own(&self, record: &mut Record, known: &[&Record]) {
        for field in self.fields.values().filter(|field| field.spec.others == Others::Keep) {
            let Some(value) = record.0.get_mut(&field.name) else { continue };
            let known: HashSet<String> = known
                .iter()
                .filter_map(|record| record.0.get(&field.name))
                .flat_map(|value| forms(field, value))
                .collect();
            retain(field, value, &|form| known.contains(form));
            if is_empty(value) {
                record.0.shift_remove(&field.name);
            }
        }
    }

    /// The same of an account.
    #[must_use]
    pub fn own_part(&self, mut account: VendorAccount, known: &[&Record]) -> VendorAccount {
        self.leave_own(&mut account.record, known);
        account
    }

    /// Both values of a field that keeps what others gave: after a call that was not answered either may be there.
    pub fn either(&self, field: &str, old: Option<&Value>, sent: &Value) -> Option<Value> {
        let field = self.fields.get(field).filter(|field| field.spec.others == Others::Keep)?;
        let Some(old) = old else { return Some(sent.clone()) };
        Some(with_more(field, old.clone(), sent))
    }

    /// The record as it is sent: with what others gave, as the account shows it (`found`), and with the level that takes a name out for what is still
    /// there of fields in `stubborn`. `own` is what the bridge gave before.
    pub fn with_others(
        &self,
        record: &Record,
        found: Option<&Value>,
        own: &Record,
        stubborn: &BTreeSet<String>,
    ) -> Record {
        let mut whole = record.clone();
        for (name, value) in &mut whole.0 {
            let Some(field) = self.fields.get(name) else { continue };
            let wanted: HashSet<String> = forms(field, value).collect();
            if let (Some(level), true, Some(before)) =
                (field.spec.removed_level, stubborn.contains(name), own.0.get(name))
            {
                let mut gone = before.clone();
                retain(field, &mut gone, &|form| !wanted.contains(form));
                if let Value::Object(levels) = &mut gone {
                    levels.values_mut().for_each(|value| *value = level.into());
                }
                *value = with_more(field, std::mem::take(value), &gone);
            }
            let Some(found) = found.filter(|_| field.spec.others == Others::Keep) else { continue };
            let Shown::Value(mut others) = shown(field, found) else { continue };
            let own: HashSet<String> = own.0.get(name).into_iter().flat_map(|value| forms(field, value)).collect();
            retain(field, &mut others, &|form| !own.contains(form) && !wanted.contains(form));
            if !is_empty(&others) {
                *value = with_more(field, others, value);
            }
        }
        whole
    }

    /// Does the account still show names that the call has left out, of a field where a level takes them out?
    pub fn only_adds(&self, field: &str, before: &Record, sent: &Value, shown: Option<&Value>) -> bool {
        let Some(field) = self.fields.get(field).filter(|field| field.spec.removed_level.is_some()) else {
            return false;
        };
        let (Some(before), Some(shown)) = (before.0.get(&field.name), shown) else { return false };
        let sent: HashSet<String> = forms(field, sent).collect();
        let shown: HashSet<String> = forms(field, shown).collect();
        forms(field, before).any(|form| !sent.contains(&form) && shown.contains(&form))
    }
}

impl BoundField {
    /// Without the names that have the level of what was taken out: they are not there. Nothing else is touched.
    pub(super) fn without_removed(&self, mut value: Value) -> Value {
        if let (Some(level), Value::Object(levels)) = (self.spec.removed_level, &mut value) {
            levels.retain(|_, has| canonical(has) != level.to_string());
        }
        value
    }
}

/// The elements of a list, or the names of levels, in the form in which they are compared.
fn forms(field: &BoundField, value: &Value) -> impl Iterator<Item = String> {
    let forms: Vec<String> = match value {
        Value::Array(values) => values.iter().map(|value| comparable(Some(field), value)).collect(),
        Value::Object(levels) => {
            levels.keys().map(|name| comparable(Some(field), &Value::from(name.as_str()))).collect()
        }
        _ => Vec::new(),
    };
    forms.into_iter()
}

fn retain(field: &BoundField, value: &mut Value, stays: &dyn Fn(&str) -> bool) {
    match value {
        Value::Array(values) => values.retain(|value| stays(&comparable(Some(field), value))),
        Value::Object(levels) => levels.retain(|name, _| stays(&comparable(Some(field), &Value::from(name.as_str())))),
        _ => {}
    }
}

/// The first and what the second has more; where both name the same, the second holds.
fn with_more(field: &BoundField, first: Value, second: &Value) -> Value {
    let named: HashSet<String> = forms(field, second).collect();
    let mut first = first;
    retain(field, &mut first, &|form| !named.contains(form));
    match (first, second) {
        (Value::Array(mut values), Value::Array(more)) => {
            values.extend(more.iter().cloned());
            Value::Array(values)
        }
        (Value::Object(levels), Value::Object(more)) => {
            let all: Map<String, Value> = levels.into_iter().chain(more.clone()).collect();
            Value::Object(all)
        }
        (first, second) if is_empty(second) => first,
        (_, second) => second.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::mapping::made_up::{bound_of, object};

    const TEXT: &str = "
version: 1
vendor: { name: made-up, title: Made Up }
api: { base_url: http://127.0.0.1:9/, sign_in: { scheme: none } }
users:
  key: { read: [login, login_id], type: string }
  match: [{ field: login }]
  extension: urn:made-up:2.0:User
  fields:
    login: { from: userName }
    off: { type: boolean, from: active }
    tags: { type: string_list, from: urn:made-up:2.0:User:tags, compare: ignore_case, others: keep }
    skills: { type: level_map, from: urn:made-up:2.0:User:skills, clear: send_empty, others: keep, removed_level: 0 }
  calls:
    create: { method: POST, path: [u], body: $record, user: . }
    read: { method: GET, path: [u, $key], user: . }
    list: { call: { method: GET, path: [u] }, items: . }
    update:
      all: { method: PUT, path: [u, $key], body: $record, confirm: read }
    delete: { method: DELETE, path: [u, $key] }
";

    fn record(value: Value) -> Record {
        Record(object(value))
    }

    #[test]
    fn a_change_sends_what_others_gave_along_and_takes_out_only_what_the_bridge_gave() {
        let bound = bound_of(TEXT);
        let found = json!({ "login": "a", "tags": ["Hand", "mine"], "skills": { "Team": 100, "Old": 5, "New": 1 } });
        let own = record(json!({ "tags": ["MINE"], "skills": { "Old": 5 } }));
        let wanted = record(json!({ "tags": null, "skills": { "New": 9 } }));
        let sent = bound.with_others(&wanted, Some(&found), &own, &BTreeSet::new());
        assert_eq!(sent, record(json!({ "tags": ["Hand"], "skills": { "Team": 100, "New": 9 } })));
        assert!(bound.looks_for_others(&CallName::Update("all".into()), &wanted));
        assert!(!bound.looks_for_others(&CallName::Create, &wanted));
        assert!(!bound.looks_for_others(&CallName::Update("all".into()), &record(json!({ "off": true }))));
    }

    #[test]
    fn nothing_stays_null_where_others_gave_nothing() {
        let bound = bound_of(TEXT);
        let own = record(json!({ "skills": { "Old": 5 } }));
        let wanted = record(json!({ "skills": null }));
        assert_eq!(
            bound.with_others(&wanted, Some(&json!({ "skills": { "Old": 5 } })), &own, &BTreeSet::new()),
            wanted
        );
    }

    #[test]
    fn of_an_account_only_the_own_part_counts() {
        let bound = bound_of(TEXT);
        let mut shown = record(json!({ "login": "a", "tags": ["Hand", "mine"], "skills": { "Team": 100, "Old": 5 } }));
        bound
            .leave_own(&mut shown, &[&record(json!({ "tags": ["Mine"] })), &record(json!({ "skills": { "Old": 7 } }))]);
        assert_eq!(shown, record(json!({ "login": "a", "tags": ["mine"], "skills": { "Old": 5 } })));
        bound.leave_own(&mut shown, &[]);
        assert_eq!(shown, record(json!({ "login": "a" })));
    }

    #[test]
    fn a_name_that_stays_although_it_was_left_out_is_taken_out_by_its_level() {
        let bound = bound_of(TEXT);
        let before = record(json!({ "skills": { "Old": 5, "Kept": 1 } }));
        let (sent, shown) = (json!({ "Kept": 1 }), json!({ "Kept": 1, "Old": 5 }));
        assert!(bound.only_adds("skills", &before, &sent, Some(&shown)));
        assert!(!bound.only_adds("skills", &before, &sent, Some(&sent)));
        assert!(!bound.only_adds("tags", &before, &sent, Some(&shown)), "no level takes it out");
        let stubborn = BTreeSet::from(["skills".to_owned()]);
        let again = bound.with_others(&record(json!({ "skills": sent })), None, &before, &stubborn);
        assert_eq!(again, record(json!({ "skills": { "Old": 0, "Kept": 1 } })));
        let account = bound.read_account(&json!({ "login_id": "a", "skills": { "Kept": 1, "Old": 0 } })).unwrap();
        assert_eq!(account.record.0["skills"], json!({ "Kept": 1 }), "what has this level is not there");
        assert_eq!(account.key, "a", "the key may stand in several places");
    }
}
