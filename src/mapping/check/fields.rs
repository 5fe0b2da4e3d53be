//! The managed fields: each gets its value from somewhere, the value can have its type, and it can be read back.

use super::paths::{Target, path_of};
use super::transforms::one_way;
use super::types::{describe, element, fits, in_words, instead, meets};
use super::{Checker, walk};
use crate::document::Place;
use crate::mapping::bound::fields::setting_named;
use crate::mapping::model::{Clear, Field, FieldType, OneOrMany, Source, Table, Unknown};
use crate::mapping::tree::Tree;
use crate::nearest::did_you_mean;

impl<'a> Checker<'a> {
    pub(super) fn check_fields(&mut self) {
        let file = self.file;
        let users = Place::of(["users"]);
        if file.users.fields.is_empty() {
            self.at_key(&users.key("fields"), "no field is managed: the bridge would change nothing");
        }
        for (n, kept) in file.users.keep.iter().enumerate() {
            self.check_kept(kept, &users.key("keep").index(n));
        }
        for (name, field) in &file.users.fields {
            let place = users.key("fields").key(name);
            if name.split('.').any(str::is_empty) {
                self.at_key(&place, format!("`{name}` is no field name")).help("names are separated by single dots");
            }
            self.check_inside_another(name, &place);
            self.check_origin(field, name, &place);
            self.check_constants(field, &place);
            self.check_text_rules(field, &place);
            self.check_levels(field, name, &place);
            self.check_true_when(field, &place);
            self.check_lookup(field, name, &place);
            self.check_generate(field, name, &place);
            self.check_unless(field, name, &place);
            self.check_inverse(field, name, &place);
            if let Some(read) = &field.read {
                self.check_vendor_path(read, &place.key("read"));
            }
        }
        self.check_objects();
    }

    /// `a` and `a.b` cannot both be fields: one would overwrite the other.
    fn check_inside_another(&mut self, name: &str, place: &Place) {
        let outer = self.field_names().find(|other| name.strip_prefix(other).is_some_and(|rest| rest.starts_with('.')));
        if let Some(outer) = outer {
            self.at_key(place, format!("`{name}` lies inside the field `{outer}`"))
                .help("manage the object whole or its members, not both");
        }
    }

    fn check_origin(&mut self, field: &'a Field, name: &str, place: &Place) {
        let from = field.from.as_ref().map(OneOrMany::as_slice).unwrap_or_default();
        let listed = self.reporter.is_list(&place.key("from"));
        let mut targets: Vec<(Target, Place)> = Vec::new();
        for (n, source) in from.iter().enumerate() {
            let mut at = place.key("from");
            if listed {
                at = at.index(n);
            }
            if let Source::Conditional(source) = source {
                self.check_regex(&source.matches, &at.key("matches"));
                at = at.key("path");
            }
            targets.extend(self.check_scim_path(path_of(source), &at).map(|target| (target, at)));
        }
        match (&field.from, &field.expr) {
            (Some(_), Some(_)) => {
                self.at_key(&place.key("expr"), "a field has `from` or `expr`, not both").help("keep one of the two");
            }
            (None, Some(text)) => self.check_field_expression(text, &place.key("expr"), field.kind),
            (None, None)
                if field.default.is_none()
                    && field.generate.is_none()
                    && !self.set_by_policy(name)
                    && !self.given_by_groups(name) =>
            {
                self.at_key(place, format!("the field `{name}` gets its value from nowhere"))
                    .help("add `from: SCIM_PATH`, `expr` or `default`, or name the field in a target of `groups`");
            }
            _ => {}
        }
        if field.from.is_some() && from.is_empty() {
            self.at_key(&place.key("from"), "`from` names no path");
        }
        if field.kind == FieldType::LevelMap {
            self.check_level_sources(&targets);
            return;
        }
        let targets: Vec<Target> = targets.into_iter().map(|(target, _)| target).collect();
        self.check_transforms(&field.transforms, &targets, field.kind, place);
    }

    fn check_constants(&mut self, field: &'a Field, place: &Place) {
        if let Some(default) = &field.default {
            self.check_constant(default, field, &place.key("default"));
            self.check_level_constant(default, field.kind, &place.key("default"));
        }
        if let Some(Tree::Reference(names)) = &field.only_if {
            let setting = names.get(1).and_then(|name| self.file.settings.get(name));
            if setting.is_some_and(|setting| setting.kind.of_values() != FieldType::Boolean) {
                self.at(&place.key("only_if"), "`only_if` needs a boolean setting")
                    .help("declare the setting with `type: boolean`");
            }
        } else if field.only_if.is_some() {
            self.at(&place.key("only_if"), "`only_if` needs a reference to a boolean setting")
                .help("write $settings.NAME");
        }
        if field.default_once {
            self.check_default_once(field, place);
        }
        for (n, value) in field.values.iter().enumerate() {
            let kind = element(field.kind);
            if let Some(name) = setting_named(value) {
                self.check_allowed_setting(name, kind, &place.key("values").index(n));
                continue;
            }
            if !fits(value, kind) {
                let message = format!("the field takes {}, found {}", in_words(kind), describe(value));
                self.at(&place.key("values").index(n), message).maybe_help(instead(value, kind));
            }
        }
        if let Some(Tree::Constant(default)) = &field.default {
            let elements = default.as_array().map_or(std::slice::from_ref(default), Vec::as_slice);
            let is_open = field.values.iter().any(|value| setting_named(value).is_some());
            if !field.values.is_empty()
                && !is_open
                && let Some(stranger) = elements.iter().find(|element| !field.values.contains(element))
            {
                let message = format!("the default is {}, which `values` does not list", describe(stranger));
                self.at(&place.key("default"), message);
            }
        }
        if let Some(table) = field.table.as_ref().filter(|_| field.kind != FieldType::LevelMap) {
            self.check_table(table, field, &place.key("table"));
        }
    }

    fn check_table(&mut self, table: &Table, field: &Field, place: &Place) {
        let kind = element(field.kind);
        let message = |value| format!("the field takes {}, found {}", in_words(kind), describe(value));
        if table.values.is_empty() {
            self.at_key(&place.key("values"), "the table is empty");
        }
        for (word, value) in &table.values {
            let at = place.key("values").key(word);
            if !fits(value, kind) {
                self.at(&at, message(value)).maybe_help(instead(value, kind));
            } else if !field.values.is_empty()
                && !field.values.contains(value)
                && field.values.iter().all(|value| setting_named(value).is_none())
            {
                self.at(&at, format!("the table yields {}, which `values` does not list", describe(value)));
            }
        }
        let words: Vec<String> = table.values.keys().map(|word| word.to_lowercase()).collect();
        for (n, word) in table.values.keys().enumerate() {
            if words[..n].contains(&words[n]) {
                self.at_key(
                    &place.key("values").key(word),
                    format!("`{word}` is listed already, in other letter case"),
                )
                .help("words are compared without letter case: keep one of the two");
            }
        }
        for (value, word) in &table.read {
            if !words.contains(&word.to_lowercase()) {
                let help = did_you_mean(word, table.values.keys().map(String::as_str));
                self.at(&place.key("read").key(value), format!("the table has no word `{word}`")).maybe_help(help);
            }
        }
        if let Unknown::Use(value) = &table.unknown
            && !fits(value, kind)
        {
            self.at(&place.key("unknown").key("use"), message(value));
        }
    }

    /// Whether the values of a tree can become values of the field.
    pub(super) fn check_meets(&mut self, tree: &'a Tree, kind: FieldType, place: &Place) {
        walk::walk(tree, place, &mut |leaf, spot| match leaf {
            walk::Leaf::Constant(value) if spot.place == *place && !fits(value, kind) && !value.is_null() => {
                self.at(place, format!("the field takes {}, found {}", in_words(kind), describe(value)))
                    .maybe_help(instead(value, kind));
            }
            walk::Leaf::Reference([root, name]) if root == "settings" && spot.place == *place => {
                let Some(setting) = self.file.settings.get(name) else { return };
                if !meets(setting.kind.of_values(), kind) {
                    let is = in_words(setting.kind.of_values());
                    self.at(place, format!("the field takes {}, and the setting `{name}` holds {is}", in_words(kind)))
                        .help("give both the same type");
                }
            }
            _ => {}
        });
        if let Tree::List(parts) = tree
            && !matches!(kind, FieldType::StringList | FieldType::IntegerList)
            && !parts.is_empty()
        {
            self.at(place, format!("the field takes {}, found a list", in_words(kind)));
        }
    }

    fn check_text_rules(&mut self, field: &Field, place: &Place) {
        let text = element(field.kind) == FieldType::String;
        if let Some(pattern) = &field.pattern {
            self.check_regex(pattern, &place.key("pattern"));
            if !text {
                self.at_key(
                    &place.key("pattern"),
                    format!("`pattern` is for texts, and the field takes {}", in_words(field.kind)),
                );
            }
        }
        match field.max_length {
            Some(0) => {
                self.at(&place.key("max_length"), "no text is that short").help("`max_length` counts characters");
            }
            Some(_) if !text => {
                self.at_key(
                    &place.key("max_length"),
                    format!("`max_length` is for texts, and the field takes {}", in_words(field.kind)),
                );
            }
            _ => {}
        }
        if field.clear == Clear::SendEmpty
            && !text
            && !matches!(field.kind, FieldType::IntegerList | FieldType::LevelMap)
        {
            self.at(&place.key("clear"), format!("{} has no empty value", in_words(field.kind)))
                .help("use send_null, keep or refuse");
        }
    }

    /// Conditions make a boolean that is read.
    fn check_true_when(&mut self, field: &'a Field, place: &Place) {
        if field.true_when.is_empty() {
            return;
        }
        let at = place.key("true_when");
        self.check_conditions(&field.true_when, &at);
        if field.kind != FieldType::Boolean {
            self.at_key(&at, "only a boolean is true or false")
                .help("write `type: boolean`, or read other words with `table.read`");
        }
        let others = [("read", field.read.is_some()), ("unread", field.unread), ("write_only", field.write_only)];
        for (key, _) in others.iter().filter(|(_, given)| *given) {
            self.at_key(&place.key(key), format!("`true_when` says how the field is read, and so does `{key}`"))
                .help("keep one of the two");
        }
    }

    /// Both directions follow from one declaration, or the file says how to read back.
    fn check_inverse(&mut self, field: &Field, name: &str, place: &Place) {
        let listed = self.reporter.is_list(&place.key("to"));
        for (n, path) in field.to.as_ref().map(OneOrMany::as_slice).unwrap_or_default().iter().enumerate() {
            let at = if listed { place.key("to").index(n) } else { place.key("to") };
            self.check_scim_path(path, &at);
        }
        if field.unread && (field.read.is_some() || field.write_only) {
            let key = if field.read.is_some() { "read" } else { "write_only" };
            self.at_key(&place.key(key), format!("a field that is `unread` has no use for `{key}`"))
                .help(format!("take `unread` or `{key}` out"));
        }
        if field.write_only {
            if field.to.is_some() {
                self.at_key(&place.key("to"), "a field that is `write_only` is never read back")
                    .help("take `to` or `write_only` out");
            }
            return;
        }
        if field.to.is_some() {
            return;
        }
        let sources = field.from.as_ref().map_or(0, |from| from.as_slice().len());
        let why = if field.expr.is_some() {
            Some("is computed by an expression".to_owned())
        } else if sources > 1 {
            Some(format!("has {sources} sources"))
        } else if sources == 1 {
            one_way(&field.transforms).map(|step| format!("is changed by `{step}`, which cannot be taken back"))
        } else {
            None
        };
        if let Some(why) = why {
            self.at_key(
                place,
                format!("the field `{name}` {why}, so nobody knows what its value at the vendor is in SCIM"),
            )
            .help("add `to: SCIM_PATH`, or `write_only: true` when it is never read back");
        }
    }

    /// Objects whose members are sent together.
    fn check_objects(&mut self) {
        let file = self.file;
        for (object, rule) in &file.users.objects {
            let place = Place::of(["users", "objects", object]);
            let prefix = format!("{object}.");
            let members: Vec<&str> = self.field_names().filter_map(|name| name.strip_prefix(&prefix)).collect();
            if members.is_empty() {
                let heads = self.field_names().filter_map(|name| name.rsplit_once('.').map(|(head, _)| head));
                let help = did_you_mean(object, heads.collect::<std::collections::BTreeSet<_>>());
                self.at_key(&place, format!("no field lies inside `{object}`")).maybe_help(help);
                continue;
            }
            for (n, needed) in rule.needs.iter().enumerate() {
                if !members.contains(&needed.as_str()) {
                    let help = did_you_mean(needed, members.iter().copied());
                    self.at(&place.key("needs").index(n), format!("`{object}` has no member `{needed}`"))
                        .maybe_help(help);
                }
            }
            for (member, tree) in &rule.fill {
                let at = place.key("fill").key(member);
                let Some(field) = file.users.fields.get(&format!("{prefix}{member}")) else {
                    let help = did_you_mean(member, members.iter().copied());
                    self.at_key(&at, format!("`{object}` has no member `{member}`")).maybe_help(help);
                    continue;
                };
                if matches!(tree, Tree::Constant(_)) {
                    self.check_constant(tree, field, &at);
                }
            }
        }
    }

    pub(super) fn check_regex(&mut self, pattern: &str, place: &Place) {
        if let Err(error) = regex::Regex::new(&format!("^(?:{pattern})$")) {
            let text = error.to_string();
            let reason = text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
            self.at(place, format!("this is no regular expression: {reason}"));
        }
    }

    /// Does some target give its members this field?
    fn given_by_groups(&self, name: &str) -> bool {
        self.file.groups.values().any(|target| target.field == name)
    }

    fn set_by_policy(&self, name: &str) -> bool {
        let policies = self.file.users.deactivate.iter().flat_map(|rule| rule.policies.values());
        policies.into_iter().any(|policy| policy.set.contains_key(name))
    }
}
