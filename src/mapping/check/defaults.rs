//! Defaults that are for new accounts only, and settings that hold allowed values.

use super::Checker;
use super::types::{element, in_words};
use crate::document::Place;
use crate::mapping::model::{Clear, Field, FieldType};
use crate::nearest::did_you_mean;

impl<'a> Checker<'a> {
    pub(super) fn check_default_once(&mut self, field: &'a Field, place: &Place) {
        let at = place.key("default_once");
        if field.default.is_none() {
            self.at_key(&at, "there is no default").help("add `default`, or take `default_once` out");
        } else if field.write_only {
            self.at_key(&at, "a field that is `write_only` has no value that it could keep")
                .help("take `default_once` out");
        } else if field.clear != Clear::Keep {
            self.at_key(&at, "a value of which nobody says anything would be cleared").help("add `clear: keep`");
        }
    }

    /// A setting that holds allowed values.
    pub(super) fn check_allowed_setting(&mut self, name: &str, kind: FieldType, place: &Place) {
        let file = self.file;
        let Some(setting) = file.settings.get(name) else {
            let help = did_you_mean(name, file.settings.keys().map(String::as_str));
            self.at(place, format!("there is no setting `{name}`")).maybe_help(help);
            return;
        };
        self.used_settings.insert(name.to_owned());
        let holds = element(setting.kind.of_values());
        if holds != kind {
            let (takes, holds) = (in_words(kind), in_words(holds));
            self.at(place, format!("the field takes {takes}, and the setting `{name}` holds {holds}"))
                .help("give both the same type");
        }
    }
}
