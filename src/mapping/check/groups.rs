//! Targets of groups: each is carried by a field that groups can change, and the calls on its object can be made.

use super::catalogs::type_of;
use super::types::{element, in_words};
use super::{CallKind, Checker, Subject};
use crate::document::Place;
use crate::mapping::model::{Confirm, FieldType, Target};
use crate::nearest::did_you_mean;

/// Longest time for which somebody has what a group gave, after he has left it.
const LONGEST_LEAVING: u64 = 3600;

impl<'a> Checker<'a> {
    pub(super) fn check_targets(&mut self) {
        let file = self.file;
        for (name, target) in &file.groups {
            let place = Place::of(["groups", name]);
            self.check_plain_name(name, "target", &place);
            self.check_sentence_given(&target.description, &place.key("description"));
            let at = place.key("field");
            let fits = self.expect_field(&target.field, &at) && self.check_target_field(target, &at);
            self.check_target_catalog(name, target, &place);
            if fits {
                self.check_target_key(target, &place.key("catalog"));
            }
            self.check_level(target, &place);
            self.check_leaving(target, &place.key("leaves_after_seconds"));
        }
        self.check_object_answers();
    }

    /// Groups must be able to change the field, at any time.
    fn check_target_field(&mut self, target: &'a Target, place: &Place) -> bool {
        let (file, name) = (self.file, &target.field);
        let field = &file.users.fields[name];
        let matched = file.users.r#match.iter().any(|rule| rule.field == *name);
        let why = if field.write_only {
            Some(("`write_only`", "what is never read back cannot be compared"))
        } else if field.immutable {
            Some(("`immutable`", "who joins or leaves a group could not be changed"))
        } else if field.expr.is_some() {
            Some(("computed by an expression", "a group could not take a value away again"))
        } else if field.login || matched {
            Some(("what people are recognised by", "a group would make them somebody else"))
        } else if matches!(field.kind, FieldType::Boolean | FieldType::Number) {
            Some((in_words(field.kind), "an identifier is a text or a whole number"))
        } else {
            None
        };
        if let Some((is, so)) = why {
            self.at(place, format!("groups cannot give the field `{name}`: it is {is}, and {so}"))
                .help("name a field that holds identifiers");
        }
        why.is_none()
    }

    /// Keys of the catalog can be values of the field.
    fn check_target_key(&mut self, target: &'a Target, place: &Place) {
        let file = self.file;
        let Some(known) = target.catalog.as_ref().and_then(|catalog| file.catalogs.get(catalog)) else { return };
        let (has, needs) = (type_of(known.key.kind), element(file.users.fields[&target.field].kind));
        if needs != FieldType::LevelMap && has != needs {
            let (has, needs) = (in_words(has), in_words(needs));
            self.at(place, format!("a key of this catalog is {has}, and the field `{}` takes {needs}", target.field))
                .help("give both the same type");
        }
    }

    fn check_target_catalog(&mut self, name: &str, target: &'a Target, place: &Place) {
        let file = self.file;
        let calls = &target.calls;
        let changes = calls.create.is_some() || calls.rename.is_some() || calls.delete.is_some();
        if calls.read.is_some() && !changes {
            self.at_key(&place.key("calls").key("read"), format!("nothing uses the call `groups.{name}.read`"))
                .help("it is for objects that `create`, `rename` or `delete` change: take it out");
        }
        let field = file.users.fields.get(&target.field);
        if changes && field.is_some_and(|field| field.kind == FieldType::LevelMap) {
            self.at_key(
                &place.key("calls"),
                format!(
                    "`{}` gives a level of something, so several groups can mean one object, and none owns it",
                    target.field
                ),
            )
            .help("take the calls out: such groups stand for objects that are there already");
            return;
        }
        let Some(catalog) = &target.catalog else {
            if changes {
                self.at_key(&place.key("calls"), "nothing says how an object that is there already is found")
                    .help("add `catalog: NAME`: without it a lost answer to a create makes a second object");
            }
            return;
        };
        let Some(known) = file.catalogs.get(catalog) else {
            let help = did_you_mean(catalog, file.catalogs.keys().map(String::as_str));
            self.at(&place.key("catalog"), format!("there is no catalog `{catalog}`")).maybe_help(help);
            return;
        };
        if changes && known.list.is_none() {
            self.at(
                &place.key("catalog"),
                format!("the objects of `{catalog}` stand in the file, so no call can change them"),
            )
            .help("give the catalog a `list`, or take the calls out");
        }
    }

    fn check_level(&mut self, target: &'a Target, place: &Place) {
        let Some(field) = self.file.users.fields.get(&target.field) else { return };
        match (&target.level, field.kind) {
            (None, FieldType::LevelMap) => {
                self.at_key(
                    place,
                    format!("`{}` holds levels, and nothing says which level a member has", target.field),
                )
                .help("add `level: { default: 1 }`");
            }
            (Some(_), kind) if kind != FieldType::LevelMap => {
                self.at_key(
                    &place.key("level"),
                    format!("`level` is for a level_map, and `{}` holds {}", target.field, in_words(kind)),
                )
                .help("take it out, or give the field `type: level_map`");
            }
            (Some(level), _) => {
                let place = place.key("level");
                if level.min.zip(level.max).is_some_and(|(min, max)| min > max) {
                    self.at(&place.key("min"), "the lowest level is above the highest");
                } else if level.min.is_some_and(|min| level.default < min)
                    || level.max.is_some_and(|max| level.default > max)
                {
                    self.at(
                        &place.key("default"),
                        format!("the level {} is not between `min` and `max`", level.default),
                    );
                }
            }
            (None, _) => {}
        }
    }

    /// Only who can be in one group at a time is in between.
    fn check_leaving(&mut self, target: &'a Target, place: &Place) {
        let Some(field) = self.file.users.fields.get(&target.field) else { return };
        let is_list = matches!(field.kind, FieldType::StringList | FieldType::IntegerList | FieldType::LevelMap);
        if target.leaves_after_seconds == 0 {
        } else if is_list {
            self.at_key(
                place,
                format!("`{}` takes any number of groups: nobody is in between two of them", target.field),
            )
            .help("take it out");
        } else if target.leaves_after_seconds > LONGEST_LEAVING {
            self.at(place, format!("at most {LONGEST_LEAVING} seconds"))
                .help("who leaves would have what he has left for too long");
        }
    }

    /// A new object has a key, which the answer holds or the list.
    fn check_object_answers(&mut self) {
        for named in self.calls() {
            let Subject::Object(catalog) = named.subject else { continue };
            let read_back = named.call.confirm == Some(Confirm::Read);
            let needs = match named.kind {
                CallKind::Create => !(read_back && catalog.is_some_and(|catalog| catalog.list.is_some())),
                CallKind::Read => true,
                _ => false,
            };
            if needs && named.call.object.is_none() {
                let help = match named.kind {
                    CallKind::Create => {
                        "add `object: PATH`, or `confirm: read`: then it is looked for by its name in the list of the catalog"
                    }
                    _ => "add `object: PATH`, the path to it",
                };
                self.at_key(
                    &named.place,
                    format!("nothing says where the object is in the answer to `{}`", named.name),
                )
                .help(help);
            }
        }
    }
}
