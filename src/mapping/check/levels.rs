//! Fields with levels (`level_map`), and fields that stand back for others (`unless`).

use super::Checker;
use super::paths::Target;
use crate::document::Place;
use crate::mapping::model::{Call, Confirm, Field, FieldType, Others};
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
        self.check_others(field, name, place);
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

    /// Parts that the bridge never gave, and names that a level takes out.
    fn check_others(&mut self, field: &'a Field, name: &str, place: &Place) {
        let file = self.file;
        let is_list = matches!(field.kind, FieldType::StringList | FieldType::IntegerList | FieldType::LevelMap);
        let others = place.key("others");
        if field.others == Others::Keep {
            if !is_list {
                self.at_key(&others, format!("`{name}` has one value, so others cannot have given it a part"))
                    .help("take `others` out");
            } else if field.unread || field.write_only {
                self.at_key(&others, format!("`{name}` is never read, so nobody knows what others gave"))
                    .help("take `others` out");
            } else if file.users.calls.read.as_ref().is_none_or(|read| read.user.is_none()) {
                self.at_key(&others, "what others gave must be known before a change, and no call reads the account")
                    .help("add `calls.read` with `user`");
            }
        }
        let removed = place.key("removed_level");
        if field.removed_level.is_some() && field.kind != FieldType::LevelMap {
            self.at_key(&removed, "`removed_level` is for a level_map").help("take it out, or write `type: level_map`");
        } else if field.removed_level.is_some() {
            let writes = |call: &Call| call.writes.as_ref().is_none_or(|writes| writes.iter().any(|one| one == name));
            let looks = |call: &Call| call.confirm == Some(Confirm::Read) || call.user.is_some();
            if !file.users.calls.update.values().any(|call| writes(call) && looks(call)) {
                self.at_key(&removed, "no update looks at what is left, so this level would never be sent")
                    .help(format!("add `confirm: read` to the update that writes `{name}`"));
            }
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
