//! What settings (and the mapping file itself) name at the vendor: the team of everybody, the profile of new people. Whether it is there, decides
//! what the vendor lists.

use serde_json::Value;

use super::Spot;
use crate::document::Place;
use crate::mapping::bound::fields::BoundField;
use crate::mapping::bound::{Bound, Deactivation, Lists};
use crate::mapping::convert::{canonical, is_empty};
use crate::mapping::model::Target;
use crate::mapping::tree::Tree;

/// Something that must be there at the vendor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The catalog that lists it.
    pub catalog: String,
    /// Its name, or its identifier.
    pub value: String,
    /// Where it is named.
    pub at: Spot,
    /// The setting that names it, for the sentence; else the field.
    pub by: String,
    /// The field whose look-up finds it. `None`: `value` is an identifier.
    field: Option<String>,
}

impl Bound {
    /// Everything that settings and defaults name of what the vendor lists.
    pub fn wanted(&self) -> Vec<Wanted> {
        let mut wanted = Vec::new();
        for field in self.fields.values() {
            let catalog = match &field.lookup {
                Some(lookup) => Some((lookup.catalog.clone(), Some(field.name.clone()))),
                None => self.catalog_of_ids(field).map(|catalog| (catalog, None)),
            };
            let Some((catalog, looked_up)) = catalog else { continue };
            for (place, tree, value) in self.constants_of(field) {
                let setting = setting_in(tree);
                let at = setting.clone().map_or_else(|| Spot::Mapping(place), Spot::Setting);
                let by = setting.map_or_else(|| format!("`{}`", field.name), |name| format!("the setting `{name}`"));
                for value in texts_of(&value) {
                    let (catalog, at, by) = (catalog.clone(), at.clone(), by.clone());
                    wanted.push(Wanted { catalog, value, at, by, field: looked_up.clone() });
                }
            }
        }
        wanted.dedup();
        wanted
    }

    /// Whether it is there.
    ///
    /// # Errors
    /// Why not, in a sentence.
    pub fn find_wanted(&self, wanted: &Wanted, lists: &Lists) -> Result<(), String> {
        let Wanted { catalog, value, by, .. } = wanted;
        let lookup = wanted.field.as_ref().and_then(|field| self.fields.get(field)?.lookup.as_ref());
        match lookup {
            Some(lookup) => lookup.key_of(value, lists).map(drop).map_err(|problem| format!("{by}: {problem}")),
            None if lists.names(catalog).is_none_or(|names| names.has_key(value)) => Ok(()),
            None => Err(format!("{by}: {catalog} has nothing with the identifier {value}")),
        }
    }

    /// A field without a look-up whose values are the keys of a catalog, because groups mean its objects.
    fn catalog_of_ids(&self, field: &BoundField) -> Option<String> {
        let is_listed = |target: &&Target| {
            let catalog = target.catalog.as_ref().and_then(|catalog| self.file.catalogs.get(catalog));
            target.field == field.name && catalog.is_some_and(|catalog| catalog.list.is_some())
        };
        self.file.groups.values().find(is_listed)?.catalog.clone()
    }

    /// The values that the file or a setting gives a field, where they stand, and how.
    fn constants_of<'a>(&'a self, field: &'a BoundField) -> Vec<(Place, &'a Tree, Value)> {
        let mut constants = Vec::new();
        let place = self.field_place(&field.name);
        if let (Some(tree), Some(value)) = (&field.spec.default, &field.default) {
            constants.push((place.key("default"), tree, value.clone()));
        }
        for object in &self.objects {
            let Some((_, value)) = object.fill.iter().find(|(name, _)| *name == field.name) else { continue };
            let member = field.name.strip_prefix(&format!("{}.", object.name)).unwrap_or(&field.name);
            if let Some(tree) = self.file.users.objects.get(&object.name).and_then(|rule| rule.fill.get(member)) {
                constants.push((Place::of(["users", "objects", &object.name, "fill", member]), tree, value.clone()));
            }
        }
        let policies = self.file.users.deactivate.iter().flat_map(|deactivate| &deactivate.policies);
        if let Deactivation::Set(values) = &self.deactivation
            && let Some((_, value)) = values.iter().find(|(name, _)| *name == field.name)
        {
            for (name, policy) in policies {
                if let Some(tree) = policy.set.get(&field.name) {
                    let place = Place::of(["users", "deactivate", "policies", name, "set", &field.name]);
                    constants.push((place, tree, value.clone()));
                }
            }
        }
        constants
    }
}

/// The setting that a tree refers to.
pub(super) fn setting_in(tree: &Tree) -> Option<String> {
    let mut found = None;
    tree.each_reference(&mut |names| {
        if let [root, name, ..] = names
            && root == "settings"
        {
            found.get_or_insert_with(|| name.clone());
        }
    });
    found
}

fn texts_of(value: &Value) -> Vec<String> {
    match value {
        Value::Array(values) => values.iter().flat_map(texts_of).collect(),
        Value::Object(levels) => levels.keys().cloned().collect(),
        value if is_empty(value) => Vec::new(),
        value => vec![canonical(value)],
    }
}
