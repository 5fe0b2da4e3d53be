//! Fields whose value is made (`generate`): it is never read back, reaches the vendor with the create, and can be made as it is asked for.

use super::Checker;
use super::types::in_words;
use crate::document::Place;
use crate::mapping::model::{Field, FieldType, Generate};

impl<'a> Checker<'a> {
    pub(super) fn check_generate(&mut self, field: &'a Field, name: &str, place: &Place) {
        let Some(Generate::Password(rule)) = &field.generate else { return };
        let at = place.key("generate");
        if !field.write_only {
            self.at_key(
                &at,
                format!("the value of `{name}` is made anew for each account, and could never be compared"),
            )
            .help("add `write_only: true`, or take `generate` out");
        }
        if field.kind != FieldType::String {
            self.at_key(&at, format!("a password is a text, and the field takes {}", in_words(field.kind)))
                .help("take `type` out");
        }
        for (key, given) in [("required", field.required), ("default", field.default.is_some())] {
            if given {
                self.at_key(
                    &place.key(key),
                    format!("`{name}` is made when nobody sends it, so `{key}` has no meaning"),
                )
                .help(format!("take `{key}` or `generate` out"));
            }
        }
        let at = at.key("password");
        if !(8..=128).contains(&rule.length) {
            self.at(&at.key("length"), "a password has 8 to 128 characters");
        }
        if !(1..=4).contains(&rule.classes) {
            self.at(&at.key("classes"), "there are 4 kinds of characters: lower case, upper case, digits, punctuation");
        }
        if field.max_length.is_some_and(|most| rule.length > most) {
            self.at(
                &at.key("length"),
                format!("at most {} characters are allowed", field.max_length.unwrap_or_default()),
            )
            .help("give `length` and `max_length` that fit each other");
        }
        let create = self.file.users.calls.create.as_ref();
        let is_created = create.is_some_and(|create| {
            create.writes.as_ref().is_none_or(|writes| writes.iter().any(|written| written == name))
        });
        if create.is_some() && !is_created {
            self.at_key(&place.key("generate"), format!("`create` does not write `{name}`, and later nothing is made"))
                .help("add it to `writes` of `create`");
        }
    }
}
