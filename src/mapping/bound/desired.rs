//! What a SCIM resource becomes at the vendor. Pure and fast: every path, pattern and expression was prepared when the mapping was bound.

use serde_json::{Map, Value};

use super::fields::{BoundField, BoundObject, BoundSource};
use super::names::Lists;
use super::{Beside, Bound, Deactivation, MapError, Mapped, Membership};
use crate::mapping::convert::{Looked, coerce, is_empty, transform};
use crate::mapping::model::{FieldType, Incomplete};
use crate::mapping::record::{Desired, Record};
use crate::mapping::scim_path::{ScimPath, member};
use crate::mapping::tree::resolve::scalar_text;

impl Bound {
    /// Maps a SCIM resource (schema case, without `id` and `meta`; `password` may be in `secrets`).
    ///
    /// An inactive person's account is never held up by a value that does not fit: such a value is left out, and so are logins, because
    /// IdPs rename people whom they disable.
    ///
    /// # Errors
    /// When a required value is missing or a value does not fit.
    pub fn desired(&self, resource: &Map<String, Value>, beside: Beside<'_>) -> Result<Mapped, MapError> {
        if is_inactive(resource) {
            return self.desired_inactive(resource, beside);
        }
        let mut record = Record::default();
        let mut transient = Record::default();
        for field in self.fields.values() {
            let Some(value) = self.map_field(field, resource, beside)? else { continue };
            let into = if field.spec.write_only { &mut transient } else { &mut record };
            into.0.insert(field.name.clone(), value);
        }
        self.leave_out(&mut record, &mut transient);
        for object in &self.objects {
            complete(object, &mut record, self, beside.lists())?;
        }
        let identity = self.identity_in(&record);
        Ok(Mapped { desired: Desired::Present(record), transient, identity })
    }

    fn desired_inactive(&self, resource: &Map<String, Value>, beside: Beside<'_>) -> Result<Mapped, MapError> {
        let record = self.said_of_inactive(resource, beside);
        let identity = self.identity_in(&record);
        let desired = match &self.deactivation {
            Deactivation::Delete => Desired::Absent,
            Deactivation::Field => Desired::Parked(self.parked(record, &[], beside.lists())?),
            Deactivation::Set(values) => Desired::Parked(self.parked(record, values, beside.lists())?),
        };
        Ok(Mapped { desired, transient: Record::default(), identity })
    }

    /// The values by which an existing account of this person is recognised. Asked for as of somebody inactive, whose other values may be wrong.
    pub fn identity_of(&self, resource: &Map<String, Value>) -> Record {
        self.identity_in(&self.said_of_inactive(resource, Beside::default()))
    }

    fn said_of_inactive(&self, resource: &Map<String, Value>, beside: Beside<'_>) -> Record {
        let beside = Beside { secrets: None, ..beside };
        let mut record = Record::default();
        for field in self.fields.values().filter(|field| !field.spec.write_only) {
            if let Ok(Some(value)) = self.map_field(field, resource, beside) {
                record.0.insert(field.name.clone(), value);
            }
        }
        self.leave_out(&mut record, &mut Record::default());
        record
    }

    /// Fields that stand back for others (`unless`) go where the other has a value.
    fn leave_out(&self, record: &mut Record, transient: &mut Record) {
        let other = |field: &BoundField| field.spec.unless.clone().filter(|other| record.0.contains_key(other));
        let out: Vec<String> =
            self.fields.values().filter(|field| other(field).is_some()).map(|field| field.name.clone()).collect();
        for name in out {
            record.0.remove(&name);
            transient.0.remove(&name);
        }
    }

    /// The record of a person whose account is kept while he is inactive. A value that takes his access away is not left out: when it cannot be looked
    /// up, that is an error.
    fn parked(&self, mut record: Record, set: &[(String, Value)], lists: &Lists) -> Result<Record, MapError> {
        record.0.retain(|name, _| self.fields.get(name).is_none_or(|field| !field.spec.login));
        for (name, value) in set {
            let Some(field) = self.fields.get(name) else { continue };
            let value = constant(field, value.clone(), lists).map_err(|problem| misfit(field, problem))?;
            record.0.insert(name.clone(), value);
        }
        for object in &self.objects {
            if complete(object, &mut record, self, lists).is_err() {
                record.0.retain(|name, _| !object.members.contains(name));
            }
        }
        Ok(record)
    }

    fn identity_in(&self, record: &Record) -> Record {
        let values = self.matches.iter().filter_map(|name| Some((name.clone(), record.0.get(name)?.clone())));
        Record(values.collect())
    }

    /// The value of one field: what the resource says and the person's groups make of it, else the default.
    pub(super) fn map_field(
        &self,
        field: &BoundField,
        resource: &Map<String, Value>,
        beside: Beside<'_>,
    ) -> Result<Option<Value>, MapError> {
        let own = self.said(field, resource, beside)?;
        let value = self
            .with_memberships(field, own, beside.memberships)
            .map_err(|problem| misfit(field, hide(field, problem)))?;
        let value = match value {
            Some(value) => Some(value),
            None if self.waits_with_default(field, beside.memberships) => return Ok(None),
            None => default_of(field, beside)?,
        };
        let value = value.map(|value| field.without_removed(value));
        match value {
            Some(value) => {
                check(field, &value).map_err(|problem| misfit(field, hide(field, problem))).map(|()| Some(value))
            }
            None if field.spec.required && !field.spec.default_once => Err(misfit(field, self.missing(field))),
            None => Ok(None),
        }
    }

    fn missing(&self, field: &BoundField) -> String {
        let description = field.spec.description.as_deref().unwrap_or(&field.name);
        format!("no value, but {} needs one ({description})", self.vendor_title())
    }

    /// A field without which there is no new account, and that has no value, with the sentence for it. Others were looked at when the person was mapped.
    pub fn missing_at_first(&self, record: &Record) -> Option<(&str, String)> {
        let is_missing = |field: &&BoundField| {
            field.spec.required && field.spec.default_once && record.0.get(&field.name).is_none_or(is_empty)
        };
        self.fields.values().find(is_missing).map(|field| (field.name.as_str(), self.missing(field)))
    }

    /// Is the default only for accounts that are new (`default_once`)? [`Bound::with_first_values`] gives it to those.
    fn waits_with_default(&self, field: &BoundField, memberships: &[Membership]) -> bool {
        let has_lost_a_group = || memberships.iter().any(|one| one.is_over && self.is_about(one, field));
        field.spec.default_once && field.default.is_some() && !has_lost_a_group()
    }

    /// What a new account gets, with the defaults that are for new accounts only.
    pub fn with_first_values(&self, record: &Record) -> Record {
        let mut record = record.clone();
        for field in self.fields.values().filter(|field| field.spec.default_once && field.lookup.is_none()) {
            if let (None, Some(default)) = (record.0.get(&field.name), &field.default) {
                record.0.insert(field.name.clone(), default.clone());
            }
        }
        record
    }

    /// What a new account gets where such a default is a name. One that cannot be looked up is left out, so that a value is missing that the account
    /// needs.
    pub fn with_first_names(&self, goal: Desired, key: Option<&str>, lists: &Lists) -> Desired {
        let Desired::Present(mut record) = goal else { return goal };
        let looked_up = |field: &&BoundField| field.spec.default_once && field.lookup.is_some();
        for field in self.fields.values().filter(|field| key.is_none() && looked_up(field)) {
            if record.0.contains_key(&field.name) {
                continue;
            }
            let beside = Beside { lists: Some(lists), ..Beside::default() };
            if let Ok(Some(value)) = default_of(field, beside) {
                record.0.insert(field.name.clone(), value);
            }
        }
        Desired::Present(record)
    }

    /// What the resource itself says about a field, in the vendor's terms.
    pub(super) fn said(
        &self,
        field: &BoundField,
        resource: &Map<String, Value>,
        beside: Beside<'_>,
    ) -> Result<Option<Value>, MapError> {
        let secrets = beside.secrets.filter(|_| field.spec.write_only);
        let mut value = None;
        for source in &field.sources {
            let Some(raw) = read_source(source, field.spec.kind, resource, secrets) else { continue };
            value = shape(field, raw, beside.lists()).map_err(|problem| misfit(field, hide(field, problem)))?;
            if value.is_some() {
                break;
            }
        }
        match self.computed(field, resource)? {
            _ if field.expression.is_none() => Ok(value),
            Some(raw) => shape(field, raw, beside.lists()).map_err(|problem| misfit(field, hide(field, problem))),
            None => Ok(None),
        }
    }

    /// What the expression of a field yields.
    pub(super) fn computed(
        &self,
        field: &BoundField,
        resource: &Map<String, Value>,
    ) -> Result<Option<Value>, MapError> {
        let Some(expression) = &field.expression else { return Ok(None) };
        let names = self.expression_names(resource);
        let computed = expression
            .evaluate(&names)
            .map_err(|problem| misfit(field, format!("the expression {:?} fails: {problem}", expression.text())))?;
        Ok(computed.filter(|raw| !is_empty(raw)))
    }

    fn expression_names(&self, resource: &Map<String, Value>) -> Value {
        let settings = self.settings.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        Value::Object(Map::from_iter([
            ("user".to_owned(), Value::Object(resource.clone())),
            ("settings".to_owned(), Value::Object(settings)),
        ]))
    }
}

/// Does the resource say `active: false`? Without a word it is active (RFC 7643 section 4.1.1 leaves the default to the provider).
pub(super) fn is_inactive(resource: &Map<String, Value>) -> bool {
    match member(resource, "active") {
        Some(Value::Bool(active)) => !active,
        Some(Value::String(text)) => text.eq_ignore_ascii_case("false"),
        _ => false,
    }
}

pub(super) fn read_source(
    source: &BoundSource,
    kind: FieldType,
    resource: &Map<String, Value>,
    secrets: Option<&Map<String, Value>>,
) -> Option<Value> {
    if source.path.is_core("active") {
        return Some(Value::Bool(!is_inactive(resource)));
    }
    let read = if kind == FieldType::LevelMap { ScimPath::read_whole } else { ScimPath::read };
    let value = read(&source.path, resource).or_else(|| read(&source.path, secrets?))?;
    let Some(pattern) = &source.matches else { return transform(&source.transforms, value) };
    let fits = |value: &Value| scalar_text(value).is_some_and(|text| pattern.is_match(&text));
    let value = match value {
        Value::Array(values) => Value::Array(values.into_iter().filter(fits).collect()),
        value if fits(&value) => value,
        _ => return None,
    };
    transform(&source.transforms, value)
}

fn misfit(field: &BoundField, problem: String) -> MapError {
    MapError { attribute: field.attribute.clone(), field: field.name.clone(), problem, mutability: false }
}

/// What does not fit is quoted in the sentence, and a secret must not be.
fn hide(field: &BoundField, problem: String) -> String {
    if field.spec.write_only {
        "the value does not have the form that the mapping asks for".to_owned()
    } else {
        problem
    }
}

/// The default of a field, in the vendor's terms.
pub(super) fn default_of(field: &BoundField, beside: Beside<'_>) -> Result<Option<Value>, MapError> {
    let default = field.default.clone().map(|value| constant(field, value, beside.lists())).transpose();
    default.map_err(|problem| misfit(field, problem))
}

/// A constant of the mapping or of a setting, looked up.
fn constant(field: &BoundField, value: Value, lists: &Lists) -> Result<Value, String> {
    coerce(field.spec.kind, field.looked_up(value, lists)?)
}

/// Transforms, table, look-up, type.
pub(super) fn shape(field: &BoundField, raw: Value, lists: &Lists) -> Result<Option<Value>, String> {
    let Some(mut value) = transform(&field.spec.transforms, raw) else { return Ok(None) };
    if let Some(table) = &field.table {
        if let (Value::Array(values), false) = (&mut value, field.is_list()) {
            // one value is wanted: the preferred one stands first, and the table is asked for that alone
            values.truncate(1);
        }
        value = match table.look_up(value) {
            Looked::Value(value) => value,
            Looked::Skipped => return Ok(None),
            Looked::Refused(problem) => return Err(problem),
        };
    }
    let value = field.looked_up(value, lists)?;
    let value = coerce(field.spec.kind, value).map_err(|problem| match &field.table {
        Some(table) => format!("{problem}; known words are {}", table.words().join(", ")),
        None => problem,
    })?;
    Ok((!is_empty(&value)).then_some(value))
}

fn check(field: &BoundField, value: &Value) -> Result<(), String> {
    let values = value.as_array().map_or_else(|| std::slice::from_ref(value), Vec::as_slice);
    for value in values {
        let text = scalar_text(value).unwrap_or_default();
        let length = text.chars().count();
        if let Some(longest) = field.spec.max_length.filter(|longest| length > *longest) {
            return Err(format!("the value has {length} characters, at most {longest} are allowed"));
        }
        if field.pattern.as_ref().is_some_and(|pattern| !pattern.is_match(&text)) {
            let pattern = field.spec.pattern.as_deref().unwrap_or_default();
            return Err(format!("{text:?} does not have the form {pattern}"));
        }
        if !field.spec.values.is_empty() && !field.spec.values.contains(value) {
            let allowed: Vec<String> = field.spec.values.iter().filter_map(scalar_text).collect();
            return Err(format!("{text:?} is not among the allowed values: {}", allowed.join(", ")));
        }
    }
    Ok(())
}

/// An object with a value must have all that the vendor needs.
fn complete(object: &BoundObject, record: &mut Record, bound: &Bound, lists: &Lists) -> Result<(), MapError> {
    let has = |name: &String| record.0.get(name).is_some_and(|value| !is_empty(value));
    if !object.members.iter().any(has) {
        record.0.retain(|name, _| !object.members.contains(name));
        return Ok(());
    }
    for (name, value) in &object.fill {
        if !record.0.contains_key(name)
            && let Some(field) = bound.fields.get(name)
        {
            let value = constant(field, value.clone(), lists).map_err(|problem| misfit(field, problem))?;
            record.0.insert(name.clone(), value);
        }
    }
    let has = |name: &String| record.0.get(name).is_some_and(|value| !is_empty(value));
    let Some(missing) = object.needs.iter().find(|name| !has(name)) else { return Ok(()) };
    if object.incomplete == Incomplete::Omit {
        record.0.retain(|name, _| !object.members.contains(name));
        return Ok(());
    }
    Err(MapError {
        attribute: bound.attribute_of(missing),
        field: missing.clone(),
        problem: format!("no value, but {} takes {} only with {missing}", bound.vendor_title(), object.name),
        mutability: false,
    })
}
