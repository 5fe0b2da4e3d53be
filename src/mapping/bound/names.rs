//! Names that stand for the vendor's identifiers (`lookup`): looked up in what the catalogs list, in both directions. It asks for no list: whoever maps
//! brings those that are known, and is told which names a resource uses.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use indexmap::IndexSet;
use serde_json::{Map, Value};

use super::bind::BindProblem;
use super::fields::{BoundField, BoundSource};
use super::targets::Entry;
use super::{Beside, Bound, Deactivation};
use crate::mapping::convert::{canonical, is_empty, transform};
use crate::mapping::model::{Compare, FieldType, KeyType, MappingFile};
use crate::mapping::tree::resolve::scalar_text;
use crate::nearest::{did_you_mean, hint};
use crate::scim::text::fold;

/// What catalogs list, as far as it is known. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Lists(HashMap<String, Arc<Names>>);

/// The objects of one catalog by name and by key.
#[derive(Debug)]
pub struct Names {
    compare: Compare,
    by_name: HashMap<String, Vec<String>>,
    by_key: HashMap<String, String>,
    /// As the vendor writes them, for messages.
    written: Vec<String>,
}

/// How a field looks its values up.
#[derive(Debug)]
pub struct BoundLookup {
    /// The catalog.
    pub catalog: String,
    /// May an identifier stand in place of a name?
    takes_ids: bool,
    takes_listed_ids_only: bool,
    key: KeyType,
    /// The objects that the file itself names.
    fixed: Option<Arc<Names>>,
}

/// A name that a resource uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsedName {
    /// The catalog in which it is looked up.
    pub catalog: String,
    /// The name.
    pub name: String,
    /// Is it found in what is known, once?
    pub is_known: bool,
}

impl Names {
    /// The objects of a catalog whose names are compared like this.
    pub fn new(compare: Compare, entries: &[Entry]) -> Self {
        let mut by_name: HashMap<String, Vec<String>> = HashMap::new();
        let mut by_key = HashMap::new();
        for entry in entries {
            let keys = by_name.entry(form(compare, &entry.name)).or_default();
            if !keys.contains(&entry.key) {
                keys.push(entry.key.clone());
            }
            by_key.entry(entry.key.clone()).or_insert_with(|| entry.name.clone());
        }
        Self { compare, by_name, by_key, written: entries.iter().map(|entry| entry.name.clone()).collect() }
    }

    /// The keys of the objects with this name: none, one, or several that nobody can tell apart.
    pub fn keys_of(&self, name: &str) -> &[String] {
        self.by_name.get(&form(self.compare, name)).map(Vec::as_slice).unwrap_or_default()
    }

    /// The names that several objects have, each with the keys of those.
    pub fn shared(&self) -> Vec<(&str, &[String])> {
        let mut shared: Vec<(&str, &[String])> = Vec::new();
        for name in &self.written {
            let keys = self.keys_of(name);
            if keys.len() > 1 && shared.iter().all(|(_, known)| *known != keys) {
                shared.push((name, keys));
            }
        }
        shared
    }

    /// The names as the vendor writes them.
    pub fn written(&self) -> impl Iterator<Item = &str> {
        self.written.iter().map(String::as_str)
    }

    /// Is there an object with this key?
    pub fn has_key(&self, key: &str) -> bool {
        self.by_key.contains_key(key)
    }

    /// The name that stands for this key and no other.
    fn name_of(&self, key: &str) -> Option<&str> {
        let name = self.by_key.get(key)?;
        (self.keys_of(name).len() == 1).then_some(name)
    }
}

fn form(compare: Compare, name: &str) -> String {
    match compare {
        Compare::Exact => name.to_owned(),
        Compare::IgnoreCase => fold(name),
        Compare::Loose => fold(name.trim()),
    }
}

impl Lists {
    /// What is known of a catalog.
    pub fn names(&self, catalog: &str) -> Option<&Names> {
        self.0.get(catalog).map(AsRef::as_ref)
    }

    /// Is anything known of this catalog?
    pub fn has(&self, catalog: &str) -> bool {
        self.0.contains_key(catalog)
    }

    /// What is known of a catalog.
    pub(super) fn of(&self, catalog: &str) -> Option<&Names> {
        self.0.get(catalog).map(AsRef::as_ref)
    }

    /// The same with one more catalog, or with what it lists now.
    #[must_use]
    pub fn with(&self, catalog: &str, names: Names) -> Self {
        let mut lists = self.0.clone();
        lists.insert(catalog.to_owned(), Arc::new(names));
        Self(lists)
    }
}

impl BoundLookup {
    /// Prepares the look-up of a field.
    pub(super) fn bind(name: &str, file: &MappingFile, problems: &mut Vec<BindProblem>) -> Option<Self> {
        let lookup = file.users.fields.get(name)?.lookup.as_ref()?;
        let Some(catalog) = file.catalogs.get(lookup.catalog()) else {
            let near = hint(lookup.catalog(), file.catalogs.keys().map(String::as_str));
            let problem = format!("there is no catalog {}{near}", lookup.catalog());
            problems.push(BindProblem::new(format!("users.fields.{name}.lookup"), problem));
            return None;
        };
        Some(Self {
            catalog: lookup.catalog().to_owned(),
            takes_ids: lookup.takes_ids(),
            takes_listed_ids_only: lookup.takes_listed_ids_only(),
            key: catalog.key.kind,
            fixed: catalog.list.is_none().then(|| Arc::new(Names::new(catalog.compare, &Entry::all_of(catalog)))),
        })
    }

    pub(super) fn names<'a>(&'a self, lists: &'a Lists) -> Option<&'a Names> {
        self.fixed.as_deref().or_else(|| lists.0.get(&self.catalog).map(AsRef::as_ref))
    }

    /// From a name to the vendor's key; lists and names with levels one by one.
    fn look_up(&self, value: Value, lists: &Lists) -> Result<Value, String> {
        match value {
            Value::Array(values) => values
                .into_iter()
                .map(|value| self.look_up_element(value, lists))
                .collect::<Result<_, _>>()
                .map(Value::Array),
            Value::Object(levels) => {
                let one = |(name, level): (String, Value)| Ok((canonical(&self.key_of(&name, lists)?), level));
                levels.into_iter().map(one).collect::<Result<_, String>>().map(Value::Object)
            }
            one => self.look_up_element(one, lists),
        }
    }

    /// A name, or an object that gives a name a level.
    fn look_up_element(&self, element: Value, lists: &Lists) -> Result<Value, String> {
        let Value::Object(mut members) = element else { return self.key_of(&canonical(&element), lists) };
        if let Some(name) = members.get("value").and_then(scalar_text) {
            members.insert("value".to_owned(), self.key_of(&name, lists)?);
        }
        Ok(Value::Object(members))
    }

    pub(super) fn key_of(&self, name: &str, lists: &Lists) -> Result<Value, String> {
        let catalog = &self.catalog;
        let names = self.names(lists);
        let found = names.map(|names| names.keys_of(name)).unwrap_or_default();
        match (found, names) {
            ([key], _) => Ok(self.typed(key)),
            ([], Some(names)) => self.as_id(name, Some(names)).ok_or_else(|| {
                let near = did_you_mean(name, names.written.iter().map(String::as_str));
                let near = near.map(|near| format!("; {}", near.replace('`', "\""))).unwrap_or_default();
                format!("{catalog} has no {name:?}{near}")
            }),
            ([], None) => self
                .as_id(name, None)
                .ok_or_else(|| format!("what {catalog} holds is not known yet, so {name:?} cannot be looked up")),
            (several, _) => Err(format!(
                "{catalog} has {} objects that are called {name:?} ({}), and nobody can tell which is meant; rename all but one there",
                several.len(),
                several.join(", ")
            )),
        }
    }

    /// What is no name, as an identifier, where the file allows it.
    fn as_id(&self, text: &str, names: Option<&Names>) -> Option<Value> {
        if !self.takes_ids {
            return None;
        }
        let is_listed = || names.is_none_or(|names| names.by_key.contains_key(text.trim()));
        match self.key {
            KeyType::Integer if self.takes_listed_ids_only && !is_listed() => None,
            KeyType::Integer => text.trim().parse::<i64>().ok().map(Value::from),
            KeyType::String => names.filter(|names| names.by_key.contains_key(text)).map(|_| Value::from(text)),
        }
    }

    fn typed(&self, key: &str) -> Value {
        match self.key {
            KeyType::Integer => key.parse::<i64>().map_or_else(|_| Value::from(key), Value::from),
            KeyType::String => Value::from(key),
        }
    }

    /// From keys to names. A key that no name stands for alone becomes its own text.
    pub(super) fn look_back(&self, value: &Value, lists: &Lists) -> Value {
        let one = |key: &str| -> String {
            self.names(lists).and_then(|names| names.name_of(key)).map_or_else(|| key.to_owned(), str::to_owned)
        };
        match value {
            Value::Array(values) => values.iter().map(|value| Value::from(one(&canonical(value)))).collect(),
            Value::Object(levels) => {
                levels.iter().map(|(key, level)| (one(key), level.clone())).collect::<Map<_, _>>().into()
            }
            value => one(&canonical(value)).into(),
        }
    }

    /// Can the name be looked up in what is known?
    fn knows(&self, name: &str, lists: &Lists) -> bool {
        let names = self.names(lists);
        names.is_some_and(|names| names.keys_of(name).len() == 1)
            || (names.is_some() || self.key == KeyType::Integer)
                && self.as_id(name, names).is_some()
                && names.is_none_or(|names| names.keys_of(name).is_empty())
    }
}

impl BoundField {
    /// The value with identifiers in place of names.
    pub(super) fn looked_up(&self, value: Value, lists: &Lists) -> Result<Value, String> {
        let Some(lookup) = &self.lookup else { return Ok(value) };
        let value = self.preferred(value);
        if is_empty(&value) { Ok(value) } else { lookup.look_up(value, lists) }
    }

    /// Where one value is wanted of several: the preferred one stands first, and only that is looked up.
    fn preferred(&self, value: Value) -> Value {
        match value {
            Value::Array(values) if !self.is_list() && self.spec.kind != FieldType::LevelMap => {
                values.into_iter().next().unwrap_or_default()
            }
            value => value,
        }
    }
}

impl Bound {
    /// Does any field look names up in a catalog that the vendor must list?
    pub fn looks_up(&self) -> bool {
        self.fields.values().any(|field| field.lookup.as_ref().is_some_and(|lookup| lookup.fixed.is_none()))
    }

    /// The catalogs that the vendor must list for the look-ups of fields, and for who is protected.
    pub fn catalogs_of_lookups(&self) -> Vec<&str> {
        let lookups = self.fields.values().filter_map(|field| field.lookup.as_ref());
        let listed = lookups.filter(|lookup| lookup.fixed.is_none()).map(|lookup| lookup.catalog.as_str());
        listed.chain(self.catalogs_of_protection()).collect::<IndexSet<_>>().into_iter().collect()
    }

    /// The names that must be looked up in lists of the vendor's before the resource can be mapped. Of somebody inactive only what his deactivation
    /// itself needs: everything else is left out while it is not known.
    pub fn names_used(&self, resource: &Map<String, Value>, beside: Beside<'_>) -> Vec<UsedName> {
        let is_inactive = super::desired::is_inactive(resource);
        let mut used: BTreeMap<(String, String), UsedName> = BTreeMap::new();
        for field in self.fields.values().filter(|field| !field.spec.write_only) {
            let Some(lookup) = field.lookup.as_ref().filter(|lookup| lookup.fixed.is_none()) else { continue };
            let values =
                if is_inactive { self.set_while_inactive(&field.name) } else { self.names_in(field, resource) };
            for name in values.iter().flat_map(texts_of) {
                let is_known = lookup.knows(&name, beside.lists());
                let catalog = lookup.catalog.clone();
                used.insert((catalog.clone(), name.clone()), UsedName { catalog, name, is_known });
            }
        }
        used.into_values().collect()
    }

    fn set_while_inactive(&self, field: &str) -> Vec<Value> {
        match &self.deactivation {
            Deactivation::Set(values) => {
                values.iter().filter(|(name, _)| name == field).map(|(_, value)| value.clone()).collect()
            }
            Deactivation::Field | Deactivation::Delete => Vec::new(),
        }
    }

    /// What the resource says of a field, before it is looked up; else what its default and its object say.
    fn names_in(&self, field: &BoundField, resource: &Map<String, Value>) -> Vec<Value> {
        let read = |source: &BoundSource| super::desired::read_source(source, field.spec.kind, resource, None);
        let said = field.sources.iter().filter_map(read);
        let mut said = said.filter_map(|raw| transform(&field.spec.transforms, raw)).take(1).collect::<Vec<_>>();
        said.extend(self.computed(field, resource).ok().flatten());
        if said.is_empty() {
            said.extend(field.default.clone());
            let fills = self.objects.iter().flat_map(|object| &object.fill);
            said.extend(fills.filter(|(name, _)| *name == field.name).map(|(_, value)| value.clone()));
        }
        said.into_iter().map(|value| field.preferred(value)).collect()
    }
}

/// The names in a value: texts, elements, `value` of elements, names with levels.
fn texts_of(value: &Value) -> Vec<String> {
    match value {
        Value::Array(values) => values.iter().flat_map(texts_of).collect(),
        Value::Object(members) => match members.get("value").and_then(scalar_text) {
            Some(name) => vec![name],
            None => members.keys().cloned().collect(),
        },
        value if is_empty(value) => Vec::new(),
        value => scalar_text(value).into_iter().collect(),
    }
}

#[cfg(test)]
mod tests;
