//! Accounts that the vendor showed, field by field: whether values are where the mapping reads them, of the declared type, known to the tables, and
//! whether people can be recognised by them. Says how many, never whose.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::Value;

use super::kinds::{Fit, fit_of, word};
use super::page::near_in;
use super::{Findings, count, printable, some};
use crate::mapping::bound::fields::BoundField;
use crate::mapping::bound::judge::Condition;
use crate::mapping::bound::{Bound, Deactivation};
use crate::mapping::convert::{canonical, is_empty};
use crate::mapping::model::{Compare, Table, Unknown};
use crate::mapping::tree::resolve::scalar_text;
use crate::mapping::vendor_path::{Found, VendorPath};
use crate::scim::text::fold;

/// Values outside a table that are named; the rest are counted.
const MOST_VALUES: usize = 5;

impl Bound {
    /// Looks at accounts: `listed` as the lists show them, `read` as they are read one by one. Both may show parts only; what neither shows is
    /// missing.
    pub fn look_at_accounts(&self, listed: &[Value], read: &[Value], findings: &mut Findings) {
        let all = self.each_once(listed, read);
        if all.is_empty() {
            return;
        }
        // what a list shows was looked at with its page
        if listed.is_empty() {
            self.look_at_conditions(read, findings);
        }
        for field in self.fields.values().filter(|field| !field.spec.write_only) {
            self.look_at_field(field, &all, findings);
        }
        // an account that is read one by one stands in the list as well
        self.look_at_match(if listed.is_empty() { read } else { listed }, findings);
        self.look_at_the_rest(&all, findings);
    }

    /// Each account once, with what the list shows of it and what it shows when it is read by itself.
    fn each_once(&self, listed: &[Value], read: &[Value]) -> Vec<Value> {
        let mut all = listed.to_vec();
        for account in read {
            let key = self.key_in(account);
            match all.iter_mut().find(|known| key.is_some() && self.key_in(known) == key) {
                Some(Value::Object(known)) => known.extend(account.as_object().cloned().unwrap_or_default()),
                _ => all.push(account.clone()),
            }
        }
        all
    }

    /// `only` and `gone` on paths that no object has.
    pub(super) fn look_at_conditions(&self, objects: &[Value], findings: &mut Findings) {
        for (key, conditions) in [("only", &self.only), ("gone", &self.gone)] {
            for (at, condition) in conditions.iter().enumerate().filter(|(_, one)| one.spec.present.is_none()) {
                let is_there = |object: &Value| !matches!(condition.path.find(object), Found::Nothing);
                if objects.is_empty() || objects.iter().any(is_there) {
                    continue;
                }
                let near = near_in(&condition.path, objects);
                let text = format!("no {} has anything at `{}`{near}", self.one(), condition.path);
                let place = self.base().key(key).index(at).key("path");
                match (key, &condition.spec.equals) {
                    // such a condition holds for nobody
                    ("only", Some(_)) => findings.problem(place, text),
                    _ => findings.note(place, text),
                }
            }
        }
    }

    fn look_at_field(&self, field: &BoundField, accounts: &[Value], findings: &mut Findings) {
        let place = self.field_place(&field.name);
        let at_path = if field.spec.read.is_some() { place.key("read") } else { place.clone() };
        let name = &field.name;
        if !field.true_when.is_empty() {
            let is_shown = |condition: &Condition| {
                accounts.iter().any(|account| !matches!(condition.path.find(account), Found::Nothing))
            };
            if !field.true_when.iter().any(is_shown) {
                let text = format!("no account shows what `{name}` is told from, so it is the same for everybody");
                findings.note(place.key("true_when"), text);
            }
            return;
        }
        let mut known = 0;
        let mut values: Vec<Value> = Vec::new();
        for account in accounts {
            match field.read.find(account) {
                Found::Nothing => continue,
                Found::Null => {}
                Found::One(value) => values.push(value.clone()),
                Found::Many(found) => values.push(Value::Array(found.into_iter().cloned().collect())),
            }
            known += 1;
        }
        if field.spec.unread {
            if !values.is_empty() {
                let text = format!("`{name}` is `unread`, and the vendor shows something at `{}`", field.read);
                findings.note(place.key("unread"), text);
            }
            return;
        }
        if known == 0 {
            let near = near_in(&field.read, accounts);
            let text = format!("no account shows anything at `{}`, so `{name}` is never read{near}", field.read);
            findings.note(at_path, text);
            return;
        }
        let filled: Vec<&Value> = values.iter().filter(|value| !is_empty(value)).collect();
        if field.spec.required && field.default.is_none() && filled.len() < known && !field.spec.blanked {
            let text = format!(
                "`{name}` is `required`, and {} of {} have none: a change of such a person is refused until the identity provider sends {}",
                known - filled.len(),
                count(known, "account"),
                field.attribute
            );
            findings.problem(place.key("required"), text);
        }
        let has_type = self.look_at_types(field, &filled, findings);
        if has_type {
            self.look_at_values(field, &filled, findings);
        }
    }

    fn look_at_types(&self, field: &BoundField, filled: &[&Value], findings: &mut Findings) -> bool {
        let mut wrong: BTreeMap<&'static str, usize> = BTreeMap::new();
        let mut tolerated: BTreeMap<&'static str, usize> = BTreeMap::new();
        for value in filled {
            match fit_of(field, value) {
                Fit::Fits => {}
                Fit::Read(what) => *tolerated.entry(what).or_default() += 1,
                Fit::Wrong(what) => *wrong.entry(what).or_default() += 1,
            }
        }
        let place = self.field_place(&field.name).key("type");
        let declared = word(field.spec.kind);
        let says = |what: &str, number: usize| {
            format!(
                "`{}` is declared `{declared}`, and {} {} {what} at `{}`",
                field.name,
                count(number, "account"),
                if number == 1 { "has" } else { "have" },
                field.read
            )
        };
        for (what, number) in &wrong {
            findings.problem(place.clone(), says(what, *number));
        }
        for (what, number) in tolerated {
            findings.note(place.clone(), format!("{}; it is read as {declared} all the same", says(what, number)));
        }
        wrong.is_empty()
    }

    /// Values outside `values` and `table`: they are words of the vendor's, not of people.
    fn look_at_values(&self, field: &BoundField, filled: &[&Value], findings: &mut Findings) {
        let spec = &field.spec;
        let is_listed = |value: &Value| {
            spec.values.is_empty() || spec.values.iter().any(|allowed| canonical(allowed) == canonical(value))
        };
        let is_in_table = |value: &Value| {
            spec.table
                .as_ref()
                .is_none_or(|table| knows(table, value) || self.own_values_of(field).contains(&canonical(value)))
        };
        let place = self.field_place(&field.name);
        for (key, is_known) in [("values", &is_listed as &dyn Fn(&Value) -> bool), ("table", &is_in_table)] {
            let mut strange: BTreeMap<String, usize> = BTreeMap::new();
            for value in filled {
                let one: HashSet<String> = scalars(value).filter(|value| !is_known(value)).map(canonical).collect();
                for value in one {
                    *strange.entry(value).or_default() += 1;
                }
            }
            let more = strange.len().saturating_sub(MOST_VALUES);
            for (value, number) in strange.into_iter().take(MOST_VALUES) {
                let text =
                    format!("{} `{}`, which `{key}` of `{}` does not have", has(number), printable(&value), field.name);
                findings.problem(place.key(key), text);
            }
            if more > 0 {
                findings.problem(place.key(key), format!("`{key}` of `{}` lacks {more} further values", field.name));
            }
        }
    }

    /// What the bridge itself writes into the field, past its table: the default, and what holds while somebody is inactive.
    fn own_values_of(&self, field: &BoundField) -> Vec<String> {
        let mut own: Vec<String> = field.default.iter().map(canonical).collect();
        if let Deactivation::Set(values) = &self.deactivation {
            own.extend(values.iter().filter(|(name, _)| *name == field.name).map(|(_, value)| canonical(value)));
        }
        own
    }

    /// People are recognised by what everybody has and no two share.
    fn look_at_match(&self, accounts: &[Value], findings: &mut Findings) {
        let fields: Vec<&BoundField> = self.matches.iter().filter_map(|name| self.fields.get(name)).collect();
        let value_of = |field: &BoundField, account: &Value| {
            field.read.first(account).filter(|value| !is_empty(value)).and_then(scalar_text)
        };
        let unrecognised = |account: &&Value| fields.iter().all(|field| value_of(field, account).is_none());
        let without = accounts.iter().filter(unrecognised).count();
        if without > 0 && !fields.is_empty() {
            let names = fields.iter().map(|field| format!("`{}`", field.name)).collect::<Vec<_>>().join(" or ");
            let text = format!(
                "{} of {} have no {names} in the list, by which an account is recognised",
                without,
                count(accounts.len(), "account")
            );
            findings.problem(self.base().key("match"), text);
        }
        for (at, field) in fields.iter().enumerate() {
            let mut same: HashMap<String, Vec<String>> = HashMap::new();
            for account in accounts {
                let (Some(value), Some(key)) = (value_of(field, account), self.key_in(account)) else { continue };
                let form = match field.spec.compare {
                    Compare::Exact => value,
                    Compare::IgnoreCase => fold(&value),
                    Compare::Loose => fold(value.trim()),
                };
                let keys = same.entry(form).or_default();
                if !keys.contains(&key) {
                    keys.push(key);
                }
            }
            let mut shared: Vec<Vec<String>> = same.into_values().filter(|keys| keys.len() > 1).collect();
            shared.sort();
            for keys in shared.iter().take(MOST_VALUES) {
                let text = format!(
                    "{} have the same `{}`, so that nobody can tell which of them is meant: {}",
                    count(keys.len(), "account"),
                    field.name,
                    some(keys)
                );
                findings.problem(self.base().key("match").index(at).key("field"), text);
            }
        }
    }

    /// Members of accounts that the mapping reads nowhere. GraphQL shows what was asked for.
    fn look_at_the_rest(&self, accounts: &[Value], findings: &mut Findings) {
        if self.speaks_graphql() {
            return;
        }
        let mut spoken: HashSet<&str> = HashSet::new();
        spoken.extend(self.key.first_name());
        spoken.extend(self.further_keys.iter().filter_map(VendorPath::first_name));
        spoken.extend(self.only.iter().chain(&self.gone).filter_map(|condition| condition.path.first_name()));
        for field in self.fields.values() {
            spoken.extend(field.read.first_name());
            spoken.extend(field.parts.first().map(String::as_str));
            spoken.extend(field.true_when.iter().filter_map(|condition| condition.path.first_name()));
        }
        let mut others: Vec<String> = Vec::new();
        for name in accounts.iter().filter_map(Value::as_object).flat_map(serde_json::Map::keys) {
            if !spoken.contains(name.as_str()) && !others.contains(name) {
                others.push(name.clone());
            }
        }
        if !others.is_empty() {
            let text = format!("the vendor also shows, and the mapping does not speak of: {}", some(&others));
            findings.note(self.base().key("fields"), text);
        }
    }
}

/// Does a word of the table stand for this value, or is every value taken as it is?
fn knows(table: &Table, value: &Value) -> bool {
    let text = canonical(value);
    let is_others = match &table.unknown {
        Unknown::Keep => true,
        Unknown::Use(other) => canonical(other) == text,
        Unknown::Refuse | Unknown::Skip => false,
    };
    is_others || table.read.contains_key(&text) || table.values.values().any(|known| canonical(known) == text)
}

fn has(number: usize) -> String {
    if number == 1 { "1 account has".to_owned() } else { format!("{number} accounts have") }
}

fn scalars(value: &Value) -> Box<dyn Iterator<Item = &Value> + '_> {
    match value {
        Value::Array(elements) => Box::new(elements.iter()),
        Value::Object(_) => Box::new(std::iter::empty()),
        one => Box::new(std::iter::once(one)),
    }
}
