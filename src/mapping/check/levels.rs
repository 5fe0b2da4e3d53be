//! Fields with levels (`level_map`), and fields that stand back for others (`unless`).

use super::Checker;
use super::paths::Target;
use crate::document::Place;
use crate::mapping::model::{Field, FieldType};
use crate::mapping::tree::Tree;

impl<'a> Checker<'a> {
    /// What only a `level_map` has, and what it does not have.
    pub(super) fn check_levels(&mut self, field: &'a Field, name: &str, place: &Place) {
        if let Some(paths) = &field.read_each {
            let at = place.key("read_each");
            self.check_vendor_path(&paths.name, &at.key("name"));
            self.check_vendor_path(&paths.value, &at.key("value"));
            if field.kind != FieldType::LevelMap {
                self.at_key(&at, "`read_each` is for a level_map").help("take it out, or write `type: level_map`");
            } else if field.unread || field.write_only {
                self.at_key(&at, format!("`{name}` is never read")).help("take `read_each` out");
            }
        }
        if field.kind != FieldType::LevelMap {
            return;
        }
        let given = [
            ("transforms", !field.transforms.is_empty()),
            ("table", field.table.is_some()),
            ("values", !field.values.is_empty()),
        ];
        for (key, _) in given.iter().filter(|(_, given)| *given) {
            self.at_key(&place.key(key), format!("a level_map has no `{key}`"))
                .help("its names are the vendor's, its levels whole numbers");
        }
    }

    /// Levels stand in the mapping's own extension: no attribute of the RFC has room for them.
    pub(super) fn check_level_sources(&mut self, targets: &[(Target, Place)]) {
        for (_, place) in targets.iter().filter(|(target, _)| *target != Target::Extension) {
            self.at(place, "this attribute has no room for levels")
                .help("use an attribute of `users.extension`; it becomes a list of `value` and `level`");
        }
    }

    /// A constant of names with levels.
    pub(super) fn check_level_constant(&mut self, tree: &'a Tree, kind: FieldType, place: &Place) {
        let Tree::Object(members) = tree else { return };
        if kind != FieldType::LevelMap {
            self.at(place, format!("the field takes {}, found an object", super::types::in_words(kind)));
            return;
        }
        for (name, member) in members {
            self.check_meets(member, FieldType::Integer, &place.key(name));
        }
    }

    /// `unless` names a field that does not itself stand back.
    pub(super) fn check_unless(&mut self, field: &'a Field, name: &str, place: &Place) {
        let Some(other) = &field.unless else { return };
        let at = place.key("unless");
        if other == name {
            self.at(&at, "a field cannot stand back for itself");
            return;
        }
        if !self.expect_field(other, &at) {
            return;
        }
        let other_field = &self.file.users.fields[other];
        if other_field.unless.is_some() {
            self.at(&at, format!("`{other}` stands back for another field itself"))
                .help("nobody could say which of them is left: give `unless` to one only");
        } else if other_field.write_only {
            self.at(&at, format!("`{other}` is write_only: whether it has a value is forgotten after the request"));
        } else if field.required {
            self.at(&at, format!("`{name}` is required, and would be left out while `{other}` has a value"))
                .help("take `required` or `unless` out");
        }
    }
}
