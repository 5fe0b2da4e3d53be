//! Calls that are made for certain values only (`when`): the values can occur, and of two that can, none is left without a call.

use serde_json::Value;

use super::types::{describe, fits, in_words, instead};
use super::{CallKind, Checker, NamedPlace};
use crate::document::Place;
use crate::mapping::model::{Call, FieldType};

impl<'a> Checker<'a> {
    pub(super) fn check_when(&mut self) {
        let before = self.reporter.count();
        for named in self.calls().into_iter().filter(|named| !named.call.when.is_empty()) {
            if !matches!(named.kind, CallKind::Update) || !named.is_about_people() {
                self.at_key(&named.place.key("when"), format!("the call `{}` has no use for `when`", named.name))
                    .help("`when` belongs to the updates of users");
            } else if named.call.for_each.is_some() {
                self.at_key(&named.place.key("when"), "a call for single elements is made when they come or go")
                    .help("keep `when` or `for_each`");
            } else {
                self.check_values_of(&named);
            }
        }
        if self.reporter.count() == before {
            self.check_both_values();
        }
    }

    fn check_values_of(&mut self, named: &NamedPlace<'a>) {
        for (name, value) in &named.call.when {
            let at = named.place.key("when").key(name);
            let Some(field) = self.file.users.fields.get(name) else {
                let help = crate::nearest::did_you_mean(name, self.field_names());
                self.at_key(&at, format!("there is no field `{name}`")).maybe_help(help);
                continue;
            };
            let kind = field.kind;
            if field.write_only || matches!(kind, FieldType::StringList | FieldType::IntegerList | FieldType::LevelMap)
            {
                let is =
                    if field.write_only { "is write_only".to_owned() } else { format!("holds {}", in_words(kind)) };
                self.at_key(&at, format!("`{name}` {is}, and nothing can be made to depend on it"))
                    .help("name a field with one value");
                continue;
            }
            let values = value.as_array().map_or_else(|| std::slice::from_ref(value), Vec::as_slice);
            if values.is_empty() {
                self.at(&at, "no value is one of none: the call would never be made");
            }
            let wrong = values.iter().find(|value| !value.is_null() && !fits(value, kind));
            if let Some(wrong) = wrong {
                self.at(&at, format!("the field takes {}, found {}", in_words(kind), describe(wrong)))
                    .maybe_help(instead(wrong, kind));
            } else if let Some(stranger) = values
                .iter()
                .find(|value| !value.is_null() && !field.values.is_empty() && !field.values.contains(value))
            {
                self.at(&at, format!("the field never has {}, which `values` does not list", describe(stranger)));
            }
        }
    }

    /// Who is given access by a call of its own must be able to lose it.
    fn check_both_values(&mut self) {
        let file = self.file;
        let updates = &file.users.calls.update;
        let is_written = |field: &str| {
            updates.values().any(|call| call.when.is_empty() && call.writes.iter().flatten().any(|name| name == field))
        };
        let brings = |call: &Call, field: &str| match &call.writes {
            Some(writes) => writes.iter().any(|name| name == field),
            None => call.when.contains_key(field),
        };
        for (name, call) in updates {
            for field in call.when.keys().filter(|field| file.users.fields[*field].kind == FieldType::Boolean) {
                let leads_to = |value: bool| {
                    updates.values().any(|other| {
                        brings(other, field)
                            && other.when.get(field).is_none_or(|when| {
                                let value = Value::Bool(value);
                                *when == value || when.as_array().is_some_and(|any| any.contains(&value))
                            })
                    })
                };
                for value in [true, false] {
                    if brings(call, field) && !is_written(field) && !leads_to(value) {
                        let place = Place::of(["users", "calls", "update", name, "when"]).key(field);
                        self.at_key(&place, format!("no call makes `{field}` {value}"))
                            .help(format!("add an update with `when: {{ {field}: {value} }}`"));
                    }
                }
            }
        }
    }
}
