//! Catalogs and group targets, prepared. Each catalog, and each target's object, speaks through a [`Bound`] of its own, so that one engine serves
//! people's accounts and groups' objects alike.

use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;
use serde_json::Value;

use super::bind::{BindProblem, Common};
use super::derived::{ABOUT, NAME, RENAME, users_of_catalog, users_of_object};
use super::part::Part;
use super::{Bound, CallName};
use crate::mapping::convert::{canonical, is_empty};
use crate::mapping::model::{Catalog, CatalogValue, Compare, FieldType, KeyType, LevelRule, Target};
use crate::mapping::record::VendorAccount;

/// The form in which a field carries memberships.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// One value; the field's default when there is none.
    One,
    /// Any number.
    List,
    /// Any number, each with a level.
    LevelMap,
}

/// A list of the vendor's own objects.
#[derive(Debug)]
pub struct BoundCatalog {
    /// Its name in the mapping.
    pub name: String,
    /// How it is listed: `CallName::List` of this. `None`: the file names the objects.
    pub listed: Option<Arc<Bound>>,
    /// The objects that the file names.
    pub values: Vec<Entry>,
    /// How names are compared.
    pub compare: Compare,
    /// How long a list may be old.
    pub keep: Duration,
}

/// One object of a catalog.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The vendor's identifier, as text.
    pub key: String,
    /// Its name.
    pub name: String,
    /// What it is.
    pub description: Option<String>,
}

impl Entry {
    /// The objects that a catalog names itself.
    pub(super) fn all_of(catalog: &Catalog) -> Vec<Self> {
        let one =
            |value: &CatalogValue| Self { key: canonical(&value.key), name: value.name.clone(), description: None };
        catalog.values.iter().map(one).collect()
    }
}

/// Something that a pushed group can mean.
#[derive(Debug)]
pub struct BoundTarget {
    /// Its name in the mapping.
    pub name: String,
    /// What a group of it gives its members.
    pub description: String,
    /// The managed field of the user.
    pub field: String,
    /// The form of the field.
    pub shape: Shape,
    /// Levels, for [`Shape::LevelMap`].
    pub level: Option<LevelRule>,
    /// How long somebody has the value of a group still, after he has left it without joining another.
    pub leaves_after: Duration,
    /// Type of the vendor's identifier.
    pub key: KeyType,
    /// The catalog in which its objects are found.
    pub catalog: Option<String>,
    /// How the group's object is found, created, renamed and deleted: a mapping whose "person" is the object, with one field `name` that is
    /// mapped from `displayName`. `None`: the mapping has no call that changes such an object, so a group only names one that is there (by its
    /// id, or by its name in the catalog).
    pub object: Option<Arc<Bound>>,
}

/// Prepares the catalogs.
pub(super) fn bind_catalogs(common: &Common, problems: &mut Vec<BindProblem>) -> IndexMap<String, BoundCatalog> {
    let one = |(name, catalog): (&String, &Catalog)| {
        let listed = catalog.list.as_ref().map(|list| {
            let own = users_of_catalog(catalog, list);
            Arc::new(common.bind(Part::Catalog(name.clone()), Some(own), problems))
        });
        let values = catalog.values.iter().map(|value| Entry {
            key: canonical(&value.key),
            name: value.name.clone(),
            description: value.description.clone(),
        });
        let bound = BoundCatalog {
            name: name.clone(),
            listed,
            values: values.collect(),
            compare: catalog.compare,
            keep: Duration::from_secs(catalog.keep_seconds),
        };
        (name.clone(), bound)
    };
    common.file.catalogs.iter().map(one).collect()
}

/// Prepares the targets. One whose field is not managed under the settings (`only_if`) does not exist.
pub(super) fn bind_targets(
    common: &Common,
    people: &Bound,
    problems: &mut Vec<BindProblem>,
) -> IndexMap<String, BoundTarget> {
    let one = |(name, target): (&String, &Target)| {
        let field = people.fields.get(&target.field)?;
        let shape = Shape::of(field.spec.kind);
        let catalog = target.catalog.as_ref().and_then(|catalog| Some((catalog, common.file.catalogs.get(catalog)?)));
        let bound = BoundTarget {
            name: name.clone(),
            description: target.description.clone(),
            field: target.field.clone(),
            shape,
            level: target.level,
            leaves_after: Duration::from_secs(target.leaves_after_seconds),
            key: catalog.map_or_else(|| key_type(field.spec.kind), |(_, catalog)| catalog.key.kind),
            catalog: target.catalog.clone(),
            object: catalog
                .filter(|_| shape != Shape::LevelMap)
                .and_then(|(catalog, spec)| bind_object(common, name, target, catalog, spec, problems)),
        };
        Some((name.clone(), bound))
    };
    common.file.groups.iter().filter_map(one).collect()
}

fn bind_object(
    common: &Common,
    name: &str,
    target: &Target,
    catalog: &str,
    spec: &Catalog,
    problems: &mut Vec<BindProblem>,
) -> Option<Arc<Bound>> {
    let calls = &target.calls;
    let changes = calls.create.is_some() || calls.rename.is_some() || calls.delete.is_some();
    let list = spec.list.as_ref().filter(|_| changes)?;
    let part = Part::Object { target: name.to_owned(), catalog: catalog.to_owned() };
    Some(Arc::new(common.bind(part, Some(users_of_object(target, spec, list)), problems)))
}

fn key_type(kind: FieldType) -> KeyType {
    match kind {
        FieldType::Integer | FieldType::IntegerList | FieldType::Number => KeyType::Integer,
        FieldType::String | FieldType::StringList | FieldType::Boolean | FieldType::LevelMap => KeyType::String,
    }
}

impl Shape {
    /// The form in which a field of this type carries memberships.
    pub(super) fn of(kind: FieldType) -> Self {
        match kind {
            FieldType::StringList | FieldType::IntegerList => Self::List,
            FieldType::LevelMap => Self::LevelMap,
            FieldType::String | FieldType::Integer | FieldType::Number | FieldType::Boolean => Self::One,
        }
    }
}

impl Entry {
    /// The object of a catalog that a page of its list holds; `None` when it has no name.
    pub fn of(listed: &VendorAccount) -> Option<Self> {
        let text = |field: &str| listed.record.0.get(field).filter(|value| !is_empty(value)).map(canonical);
        Some(Self { key: listed.key.clone(), name: text(NAME)?, description: text(ABOUT) })
    }
}

impl Bound {
    /// The catalogs by name.
    pub fn catalogs(&self) -> impl Iterator<Item = &BoundCatalog> {
        self.catalogs.values()
    }

    /// A catalog.
    pub fn catalog(&self, name: &str) -> Option<&BoundCatalog> {
        self.catalogs.get(name)
    }

    /// The targets by name.
    pub fn targets(&self) -> impl Iterator<Item = &BoundTarget> {
        self.targets.values()
    }

    /// A target.
    pub fn target(&self, name: &str) -> Option<&BoundTarget> {
        self.targets.get(name)
    }

    /// The call of this name (`create`, `groups.skill.rename`, `catalogs.skills.list`), and the mapping that speaks it.
    pub fn call_of_name(&self, name: &str) -> Option<(&Self, CallName)> {
        let (speaker, call) = match name.split('.').collect::<Vec<_>>().as_slice() {
            ["groups", target, RENAME] => {
                (self.targets.get(*target)?.object.as_deref()?, CallName::Update(RENAME.to_owned()))
            }
            ["groups", target, call] => (self.targets.get(*target)?.object.as_deref()?, CallName::parse(call)?),
            ["catalogs", catalog, "list"] => (self.catalogs.get(*catalog)?.listed.as_deref()?, CallName::List),
            _ => (self, CallName::parse(name)?),
        };
        speaker.has_call(&call).then_some((speaker, call))
    }

    /// The name of a call, as [`Bound::call_of_name`] takes it.
    pub fn name_of_call(&self, call: &CallName) -> String {
        self.part.name_of(call)
    }
}

impl BoundTarget {
    /// A vendor key in the type of the field's elements.
    pub fn typed_value(&self, key: &str) -> Value {
        match self.key {
            KeyType::Integer => key.parse::<i64>().map_or_else(|_| Value::from(key), Value::from),
            KeyType::String => Value::from(key),
        }
    }
}
