//! Calls for single elements of a list (`for_each`): each is about a list, says which elements, and what can be added can be taken away again.

use super::calls::refers_to;
use super::types::in_words;
use super::walk::{Leaf, walk};
use super::{CallKind, Checker, NamedPlace};
use crate::document::Place;
use crate::mapping::model::{Call, FieldType, ForEach};
use crate::mapping::tree::Tree;

impl<'a> Checker<'a> {
    pub(super) fn check_elements(&mut self) {
        let before = self.reporter.count();
        for named in self.calls() {
            let is_update = matches!(named.kind, CallKind::Update) && named.is_about_people();
            if is_update && named.call.for_each.is_some() {
                self.check_element_call(&named);
            } else {
                self.check_no_elements(&named, is_update);
            }
        }
        // a call that is about the wrong list is missing where it belongs
        if self.reporter.count() == before {
            self.check_both_ways();
        }
    }

    fn check_no_elements(&mut self, named: &NamedPlace<'a>, is_update: bool) {
        let call = named.call;
        let given = [
            ("for_each", call.for_each.is_some()),
            ("of", call.of.is_some()),
            ("batch", call.batch.is_some()),
            ("find", call.find.is_some()),
        ];
        for (key, _) in given.iter().filter(|(_, given)| *given) {
            let help = if is_update {
                "add `for_each: added` or `for_each: removed`, and `of: FIELD`"
            } else {
                "`for_each`, `of`, `batch` and `find` belong to the updates of users"
            };
            self.at_key(&named.place.key(key), format!("the call `{}` has no use for `{key}`", named.name)).help(help);
        }
    }

    fn check_element_call(&mut self, named: &NamedPlace<'a>) {
        let (call, place) = (named.call, &named.place);
        for (key, given) in [("writes", call.writes.is_some()), ("record", call.record.is_some())] {
            if given {
                self.at_key(
                    &place.key(key),
                    format!("the call `{}` is made for single elements, and has no `{key}`", named.name),
                )
                .help("it writes what `of` names");
            }
        }
        match &call.of {
            None => {
                self.at_key(&place.key("for_each"), "nothing says of which list the elements are")
                    .help("add `of: FIELD`");
            }
            Some(of) => self.check_list_of(of, call, &place.key("of")),
        }
        let wanted = if call.batch.is_some() { "items" } else { "item" };
        let is_named = refers_to(named, &[wanted]) || refers_to(named, &["membership"]);
        if !is_named && !self.broken_calls.contains(&named.name) {
            self.at_key(place, format!("the call `{}` does not say which element it is about", named.name))
                .help(format!("use ${wanted} in `path`, `query`, `body` or `variables`"));
        }
        self.check_form_of_elements(named);
        if let Some(batch) = call.batch {
            if batch < 2 {
                self.at(&place.key("batch"), "a batch has at least two elements")
                    .help("take it out: one by one is usual");
            }
            if call.find.is_some() {
                self.at_key(&place.key("find"), "a membership is found for one element, and `batch` sends several")
                    .help("keep `find` or `batch`");
            }
        }
        if let Some(find) = &call.find {
            let place = place.key("find");
            self.check_vendor_path(&find.key, &place.key("key"));
            for path in find.matches.keys() {
                self.check_vendor_path(path, &place.key("matches").key(path));
            }
            if find.matches.is_empty() {
                self.at_key(&place.key("matches"), "nothing says which of the hits is the membership")
                    .help("searches ignore filters that they do not know; write { PATH: $key, PATH: $item }");
            }
        }
    }

    /// An element is one value, or a name with a level: what refers to the other of the two has no value, or is no text.
    fn check_form_of_elements(&mut self, named: &NamedPlace<'a>) {
        let (call, place, file) = (named.call, &named.place, self.file);
        let Some((of, field)) = call.of.as_ref().and_then(|of| file.users.fields.get_key_value(of)) else { return };
        let has_levels = field.kind == FieldType::LevelMap;
        let mut trees: Vec<(&'a Tree, Place, bool)> = Vec::new();
        let mut collect = |call: &'a Call, place: &Place| {
            trees.extend(call.path.iter().enumerate().map(|(n, tree)| (tree, place.key("path").index(n), true)));
            trees.extend(call.query.iter().map(|(name, tree)| (tree, place.key("query").key(name), true)));
            trees.extend(call.form.iter().flatten().map(|(name, tree)| (tree, place.key("form").key(name), true)));
            trees.extend(call.body.iter().map(|tree| (tree, place.key("body"), false)));
            let variables = call.graphql.iter().flat_map(|graphql| &graphql.variables);
            trees.extend(variables.map(|(name, tree)| (tree, place.key("graphql").key("variables").key(name), false)));
        };
        collect(call, place);
        if let Some(find) = &call.find {
            collect(&find.list.call, &place.key("find").key("list").key("call"));
            let place = place.key("find").key("matches");
            trees.extend(find.matches.iter().map(|(name, tree)| (tree, place.key(name), true)));
        }
        let mut shows_level = false;
        for (tree, place, is_text) in trees {
            walk(tree, &place, &mut |leaf, spot| match leaf {
                Leaf::Reference(parts) => match (parts, has_levels) {
                    ([root], true) if root == "item" && is_text => {
                        let message = format!("an element of `{of}` is a name with a level, and this is to be a text");
                        self.at(&spot.place, message).help("write $item.name or $item.value");
                    }
                    ([root], true) => shows_level |= root == "item" || root == "items",
                    ([root, part], true) if root == "item" => {
                        shows_level |= part == "value";
                        if part != "name" && part != "value" {
                            let message = format!("an element of `{of}` has a name and a value, and no `{part}`");
                            self.at(&spot.place, message).help("write $item.name or $item.value");
                        }
                    }
                    ([root, _, ..], false) if root == "item" && (!spot.in_for_each || call.batch.is_some()) => {
                        let message = format!("an element of `{of}` is one value, and has no parts");
                        self.at(&spot.place, message).help("write $item");
                    }
                    _ => {}
                },
                Leaf::Expression(text) => shows_level |= text.contains("item.value") || text.contains("items"),
                Leaf::Constant(_) => {}
            });
        }
        let sets = matches!(call.for_each, Some(ForEach::Added | ForEach::Changed));
        if has_levels && sets && !shows_level && !self.broken_calls.contains(&named.name) {
            self.at_key(place, format!("the call `{}` does not send the level of the element", named.name))
                .help(format!("use $item.value; or make `{of}` a list, when the vendor knows no levels"));
        }
    }

    fn check_list_of(&mut self, of: &str, call: &'a Call, place: &Place) {
        if !self.expect_field(of, place) {
            return;
        }
        let file = self.file;
        let field = &file.users.fields[of];
        let is_list = matches!(field.kind, FieldType::StringList | FieldType::IntegerList | FieldType::LevelMap);
        if !is_list {
            self.at(place, format!("`{of}` holds {}, and only lists have elements", in_words(field.kind)))
                .help("give the field `type: string_list`, `integer_list` or `level_map`");
        } else if field.write_only || field.immutable {
            let why = if field.write_only { "write_only" } else { "immutable" };
            self.at(place, format!("`{of}` is {why}: nobody could tell what was added or removed"));
        } else if file
            .users
            .objects
            .keys()
            .any(|object| of.strip_prefix(object.as_str()).is_some_and(|rest| rest.starts_with('.')))
        {
            self.at(place, format!("`{of}` lies in an object whose members are sent together"))
                .help("take the object out of `users.objects`");
        } else if call.for_each == Some(ForEach::Changed) && field.kind != FieldType::LevelMap {
            self.at(place, format!("elements of `{of}` come and go, and never change"))
                .help("`changed` is for a level_map");
        }
        let same =
            file.users.calls.update.values().filter(|other| other.of == call.of && other.for_each == call.for_each);
        if same.clone().count() > 1 && same.clone().next().is_some_and(|first| !std::ptr::eq(first, call)) {
            self.at(place, format!("another call is made for the same elements of `{of}`")).help("keep one of the two");
        }
    }

    /// A list that has calls for what comes has one for what goes, or one for the whole.
    fn check_both_ways(&mut self) {
        let file = self.file;
        let updates = &file.users.calls.update;
        let has =
            |of: &str, kind| updates.values().any(|call| call.of.as_deref() == Some(of) && call.for_each == Some(kind));
        let is_whole = |of: &str| updates.values().any(|call| call.writes.iter().flatten().any(|name| name == of));
        for (name, call) in updates {
            let (Some(of), Some(kind)) = (&call.of, call.for_each) else { continue };
            let place = Place::of(["users", "calls", "update", name]);
            let missing = match kind {
                ForEach::Added => (ForEach::Removed, "for_each: removed", "what was added could never be taken away"),
                ForEach::Removed | ForEach::Changed => (ForEach::Added, "for_each: added", "nothing could be added"),
            };
            if file.users.fields.contains_key(of) && !has(of, missing.0) && !is_whole(of) {
                self.at_key(&place, format!("no other call is for `{of}`, so {}", missing.2)).help(format!(
                    "add a call with `{}`, or one with `writes: [{of}]` that sends the whole list",
                    missing.1
                ));
            }
        }
    }
}
