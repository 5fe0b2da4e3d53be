//! Vendor accounts: read from answers, and turned into SCIM resources on import.

use serde_json::{Map, Value, json};

use super::fields::BoundField;
use super::judge::Condition;
use super::names::Lists;
use super::{Bound, CallName};
use crate::mapping::convert::{canonical, coerce, is_empty, transform_back};
use crate::mapping::model::FieldType;
use crate::mapping::record::{Record, VendorAccount};
use crate::mapping::scim_path::{ScimPath, member};
use crate::mapping::tree::resolve::scalar_text;
use crate::mapping::vendor_path::{Found, VendorPath};
use crate::mapping::wire::HttpAnswer;

/// What a user object shows of a field.
pub(super) enum Shown {
    /// It does not say.
    Unknown,
    /// The field has no value.
    Nothing,
    /// This.
    Value(Value),
}

/// What a user object shows of a field.
pub(super) fn shown(field: &BoundField, object: &Value) -> Shown {
    if field.spec.unread {
        return Shown::Unknown;
    }
    if !field.true_when.is_empty() {
        return shown_by_conditions(&field.true_when, object);
    }
    // a value that the vendor may blank says nothing when it is empty
    let nothing = if field.spec.blanked { Shown::Unknown } else { Shown::Nothing };
    let value = match field.read.find(object) {
        Found::Nothing => return Shown::Unknown,
        Found::Null => return nothing,
        Found::One(value) => value.clone(),
        Found::Many(values) => Value::Array(values.into_iter().cloned().collect()),
    };
    let value = match &field.read_each {
        Some(paths) => levels_of(value, paths),
        None => value,
    };
    // a value of an unexpected type is kept as it is, so that a difference shows instead of hiding
    let value = coerce(field.spec.kind, value.clone()).unwrap_or(value);
    let value = field.without_removed(value);
    if is_empty(&value) { nothing } else { Shown::Value(value) }
}

/// A boolean that is shown as something else. An answer that shows a part of the account says nothing about the rest, unless what counts is whether
/// something is there.
fn shown_by_conditions(conditions: &[Condition], object: &Value) -> Shown {
    let is_told = |condition: &Condition| {
        condition.spec.present.is_some() || !matches!(condition.path.find(object), Found::Nothing)
    };
    if !conditions.iter().all(is_told) {
        return Shown::Unknown;
    }
    Shown::Value(conditions.iter().all(|condition| condition.holds(object)).into())
}

impl Bound {
    /// Reads a vendor's user object. `None` when it has no key, is no person (`only`), or is `gone`.
    pub fn read_account(&self, object: &Value) -> Option<VendorAccount> {
        let is_person = self.only.iter().all(|condition| condition.holds(object));
        let is_gone = self.gone.iter().any(|condition| condition.holds(object));
        if is_person && !is_gone { self.read_any_account(object) } else { None }
    }

    /// The vendor's key in a user object.
    pub(super) fn key_in(&self, object: &Value) -> Option<String> {
        std::iter::once(&self.key)
            .chain(&self.further_keys)
            .find_map(|path| path.first(object).and_then(scalar_text).filter(|key| !key.is_empty()))
    }

    fn read_any_account(&self, object: &Value) -> Option<VendorAccount> {
        let key = self.key_in(object)?;
        let mut record = Record::default();
        let mut unknown = Vec::new();
        for field in self.fields.values().filter(|field| !field.spec.write_only) {
            match shown(field, object) {
                Shown::Unknown => unknown.push(field.name.clone()),
                Shown::Nothing => {}
                Shown::Value(value) => {
                    record.0.insert(field.name.clone(), value);
                }
            }
        }
        Some(VendorAccount { key, record, unknown })
    }

    /// The account in the answer to a call (by the call's `user` path).
    pub fn account_in(&self, call: &CallName, answer: &HttpAnswer) -> Option<VendorAccount> {
        let path = self.calls.get(call)?.user.as_ref()?;
        self.read_account(path.first(answer.json.as_ref()?)?)
    }

    /// The account in the answer to a call, when what the answer shows of it is against `only`: it is none of those that the bridge manages.
    pub fn foreign_account_in(&self, call: &CallName, answer: &HttpAnswer) -> Option<VendorAccount> {
        let object = self.calls.get(call)?.user.as_ref()?.first(answer.json.as_ref()?)?;
        let is_foreign = self.only.iter().any(|condition| condition.is_contradicted(object));
        if is_foreign { self.read_any_account(object) } else { None }
    }

    /// The SCIM resource of an account that the vendor already has (without `id`, `meta` and `schemas`). It always has a `userName`. An identifier
    /// for which `lists` has no name stands for itself.
    pub fn resource_from(&self, account: &VendorAccount, lists: &Lists) -> Map<String, Value> {
        let mut resource = Map::new();
        for field in self.fields.values().filter(|field| !self.keeps_others(&field.name)) {
            let Some(value) = account.record.0.get(&field.name).filter(|value| !is_empty(value)) else { continue };
            for path in &field.to {
                path.write(&mut resource, self.scim_value(field, path, value, lists));
            }
        }
        complete_email(&mut resource);
        if member(&resource, "active").is_none() {
            resource.insert("active".to_owned(), Value::Bool(true));
        }
        if member(&resource, "userName").is_none() {
            let known = self.matches.iter().find_map(|name| account.record.0.get(name)).map(canonical);
            resource.insert("userName".to_owned(), Value::String(known.unwrap_or_else(|| account.key.clone())));
        }
        resource
    }

    /// A vendor value on the SCIM side: table backwards, transforms taken back, the type that the attribute has.
    pub(super) fn scim_value(&self, field: &BoundField, path: &ScimPath, value: &Value, lists: &Lists) -> Value {
        let value = match (&field.table, &field.lookup) {
            (Some(table), _) => table.look_back(value),
            (None, Some(lookup)) => lookup.look_back(value, lists),
            (None, None) => value.clone(),
        };
        if let (FieldType::LevelMap, Value::Object(levels)) = (field.spec.kind, &value) {
            let one = |(name, level): (&String, &Value)| json!({ "value": name, "level": level });
            return Value::Array(levels.iter().map(one).collect());
        }
        let value = transform_back(&field.spec.transforms, value);
        let is_text = path.urn.as_deref() != self.users().extension.as_deref() || path.urn.is_none();
        match &value {
            _ if path.is_core("active") => coerce(FieldType::Boolean, value.clone()).unwrap_or(value),
            Value::Number(_) if is_text => Value::String(canonical(&value)),
            Value::Array(elements) if is_text => {
                let text = |one: &Value| if one.is_number() { Value::String(canonical(one)) } else { one.clone() };
                Value::Array(elements.iter().map(text).collect())
            }
            _ => value,
        }
    }
}

/// A list of objects as names with levels; elements that lack one of the two are left out.
fn levels_of(value: Value, (name, level): &(VendorPath, VendorPath)) -> Value {
    let Value::Array(elements) = value else { return value };
    let one = |element: &Value| Some((name.first(element).and_then(scalar_text)?, level.first(element)?.clone()));
    Value::Object(elements.iter().filter_map(one).collect())
}

/// Gives a single e-mail address type and rank, so that IdPs that filter on them find it.
fn complete_email(resource: &mut Map<String, Value>) {
    let Some(Value::Array(emails)) = resource.get_mut("emails") else { return };
    if let [Value::Object(only)] = emails.as_mut_slice() {
        only.entry("type").or_insert_with(|| json!("work"));
        only.entry("primary").or_insert_with(|| json!(true));
    }
}
