//! Catalogs and group targets, prepared. Each catalog, and each target's object, speaks through a [`Bound`] of its own, so that one engine serves
//! people's accounts and groups' objects alike.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::Bound;
use crate::mapping::model::{Compare, ExtraResource, KeyType, LevelRule};

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
    /// Type of the vendor's identifier.
    pub key: KeyType,
    /// The catalog in which its objects are found.
    pub catalog: Option<String>,
    /// How the group's object is found, created, renamed and deleted: a mapping whose "person" is the object, with one field `name` that is
    /// mapped from `displayName`. `None`: the mapping has no call that changes such an object, so a group only names one that is there (by its
    /// id, or by its name in the catalog).
    pub object: Option<Arc<Bound>>,
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

    /// The read-only resource types besides User and Group.
    pub fn extra_resources(&self) -> impl Iterator<Item = (&String, &ExtraResource)> {
        self.file.resources.iter()
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
