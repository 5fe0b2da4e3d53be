//! Fields whose values are looked up (`lookup`): the catalog is there and its keys fit, and nothing else of the field speaks of identifiers.

use super::Checker;
use super::catalogs::type_of;
use super::types::{element, in_words};
use crate::document::Place;
use crate::mapping::model::{Field, FieldType};
use crate::mapping::tree::Tree;
use crate::nearest::did_you_mean;

impl<'a> Checker<'a> {
    pub(super) fn check_lookup(&mut self, field: &'a Field, name: &str, place: &Place) {
        let Some(lookup) = &field.lookup else { return };
        let file = self.file;
        let at = place.key("lookup");
        let at = if self.reporter.has(&at.key("catalog")) { at.key("catalog") } else { at };
        let Some(catalog) = file.catalogs.get(lookup.catalog()) else {
            let help = did_you_mean(lookup.catalog(), file.catalogs.keys().map(String::as_str));
            self.at(&at, format!("there is no catalog `{}`", lookup.catalog()))
                .maybe_help(help.or_else(|| Some("list the vendor's objects under `catalogs`".to_owned())));
            return;
        };
        let (has, needs) = (type_of(catalog.key.kind), element(field.kind));
        if needs != FieldType::LevelMap && has != needs {
            let (has, needs) = (in_words(has), in_words(needs));
            self.at(&at, format!("a key of this catalog is {has}, and the field `{name}` takes {needs}"))
                .help("give both the same type: what is looked up is the key of an object");
        }
        let given = [
            ("table", field.table.is_some()),
            ("values", !field.values.is_empty()),
            ("pattern", field.pattern.is_some()),
            ("max_length", field.max_length.is_some()),
        ];
        for (key, _) in given.iter().filter(|(_, given)| *given) {
            self.at_key(&place.key(key), format!("a field with `lookup` has no `{key}`"))
                .help("the catalog says which names there are, and what each is at the vendor");
        }
        if field.write_only {
            self.at_key(
                &place.key("write_only"),
                format!("`{name}` is looked up by its name, and names are no secrets"),
            )
            .help("take `lookup` or `write_only` out");
        }
        if file.users.r#match.iter().any(|rule| rule.field == name) {
            self.at_key(
                &place.key("lookup"),
                format!("people are recognised by `{name}`, and that must not depend on a list"),
            )
            .help("take it out of `match`, or take `lookup` out");
        }
    }

    /// A constant of the file, or a setting, as the value of a field: what is looked up is a name.
    pub(super) fn check_constant(&mut self, tree: &'a Tree, field: &'a Field, place: &Place) {
        let Some(lookup) = &field.lookup else { return self.check_meets(tree, field.kind, place) };
        let is_number = match tree {
            Tree::Constant(value) => value
                .as_array()
                .map_or(std::slice::from_ref(value), Vec::as_slice)
                .iter()
                .any(serde_json::Value::is_number),
            Tree::Reference(names) => names
                .get(1)
                .and_then(|name| self.file.settings.get(name))
                .is_some_and(|setting| element(setting.kind.of_values()) == FieldType::Integer),
            _ => false,
        };
        if is_number && !lookup.takes_ids() && field.kind != FieldType::LevelMap {
            let catalog = lookup.catalog();
            self.at(place, "the value is looked up by its name, and this is a number").help(format!(
                "write the name that `{catalog}` lists, or `lookup: {{ catalog: {catalog}, ids: true }}`"
            ));
            return;
        }
        let kind = match field.kind {
            FieldType::LevelMap => FieldType::LevelMap,
            kind if is_number => kind,
            FieldType::StringList | FieldType::IntegerList => FieldType::StringList,
            _ => FieldType::String,
        };
        self.check_meets(tree, kind, place);
    }
}
