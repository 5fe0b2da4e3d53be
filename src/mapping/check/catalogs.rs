//! Catalogs: each names its objects or lists them, says where their keys and names are, and is used.

use std::collections::BTreeSet;

use super::Checker;
use super::types::{describe, fits, in_words, instead};
use crate::document::Place;
use crate::mapping::convert::canonical;
use crate::mapping::model::{Catalog, Compare, FieldType, KeyType};
use crate::nearest::nearest;
use crate::scim::text::fold;

impl Checker<'_> {
    pub(super) fn check_catalogs(&mut self) {
        let file = self.file;
        let used: BTreeSet<&String> = file
            .groups
            .values()
            .filter_map(|target| target.catalog.as_ref())
            .chain(file.resources.values().map(|resource| &resource.catalog))
            .chain(file.users.protected.iter().filter_map(|rule| rule.within.as_ref()))
            .collect();
        // the one that was meant is not unused
        let known = || file.catalogs.keys().map(String::as_str);
        let looked_up: BTreeSet<&str> =
            file.users.fields.values().filter_map(|field| nearest(field.lookup.as_ref()?.catalog(), known())).collect();
        for (name, catalog) in &file.catalogs {
            let place = Place::of(["catalogs", name]);
            self.check_plain_name(name, "catalog", &place);
            self.check_sentence_given(&catalog.description, &place.key("description"));
            match (&catalog.list, catalog.values.is_empty()) {
                (Some(_), false) => {
                    self.at_key(&place.key("values"), "a catalog has `list` or `values`, not both")
                        .help("keep `list` where the vendor can say what there is");
                }
                (None, true) => {
                    self.at_key(&place, format!("nothing says what the catalog `{name}` holds"))
                        .help("add `list: { call: …, items: PATH }`, or `values: [{ key: 1, name: First }]`");
                }
                (Some(_), true) => self.check_listed(catalog, &place),
                (None, false) => self.check_named(catalog, &place),
            }
            if !used.contains(name) && !looked_up.contains(name.as_str()) {
                self.at_key(&place, format!("nothing uses the catalog `{name}`")).help(
                    "name it in `catalog` of a target or of a resource or in `lookup` of a field, or take it out",
                );
            }
        }
    }

    fn check_listed(&mut self, catalog: &Catalog, place: &Place) {
        let key = place.key("key").key("read");
        let about = catalog.about.iter().map(|about| (about, place.key("about")));
        self.check_key_paths(&catalog.key.read, &key, "this is one value of an object");
        for (path, at) in [(&catalog.name, place.key("name"))].into_iter().chain(about) {
            if self.check_vendor_path(path, &at).is_some_and(|path| path.finds_many()) {
                self.at(&at, "this is one value of an object").help("take `*` out");
            }
        }
        self.check_conditions(&catalog.only, &place.key("only"));
    }

    fn check_named(&mut self, catalog: &Catalog, place: &Place) {
        for key in ["name", "about", "only", "keep_seconds"] {
            if self.reporter.has(&place.key(key)) {
                self.at_key(&place.key(key), format!("`{key}` is for catalogs with `list`"))
                    .help("the file names the objects itself: take it out");
            }
        }
        let kind = type_of(catalog.key.kind);
        let form = |name: &str| match catalog.compare {
            Compare::Exact => name.to_owned(),
            Compare::IgnoreCase => fold(name),
            Compare::Loose => fold(name.trim()),
        };
        for (n, value) in catalog.values.iter().enumerate() {
            let at = place.key("values").index(n);
            let (key, name) = (canonical(&value.key), form(&value.name));
            if !fits(&value.key, kind) {
                let message = format!("each key of this catalog is {}, found {}", in_words(kind), describe(&value.key));
                self.at(&at.key("key"), message).maybe_help(instead(&value.key, kind));
            }
            if value.name.trim().is_empty() {
                self.at(&at.key("name"), "an object without a name can be named by nobody");
            }
            let before = catalog.values.iter().take(n);
            if before.clone().any(|other| canonical(&other.key) == key) {
                self.at(&at.key("key"), format!("the key {key} is listed already"));
            }
            if before.clone().any(|other| form(&other.name) == name) {
                self.at(&at.key("name"), format!("`{}` is listed already", value.name))
                    .help("names are compared by `compare`; a group that names it would mean two objects");
            }
        }
    }

    /// A name that other places refer to.
    pub(super) fn check_plain_name(&mut self, name: &str, what: &str, place: &Place) {
        if !super::settings::is_plain_name(name) {
            self.at_key(place, format!("`{name}` cannot be the name of a {what}"))
                .help("use lower-case letters, digits and _");
        }
    }

    pub(super) fn check_sentence_given(&mut self, text: &str, place: &Place) {
        if text.trim().is_empty() {
            self.at(place, "the description is empty").help("say in a sentence what it is");
        }
    }
}

/// The type of fields that take such keys.
pub(super) fn type_of(key: KeyType) -> FieldType {
    match key {
        KeyType::Integer => FieldType::Integer,
        KeyType::String => FieldType::String,
    }
}
