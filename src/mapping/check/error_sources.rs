//! Where errors stand: what counts as an error is none that every success has as well. What errors mean is checked with the rules.

use super::Checker;
use crate::document::Place;
use crate::mapping::model::ErrorSource;

impl<'a> Checker<'a> {
    pub(super) fn check_error_source(&mut self, source: &'a ErrorSource, place: &Place) {
        self.check_vendor_path(&source.at, &place.key("at"));
        for (key, path) in [("name", &source.name), ("message", &source.message), ("about", &source.about)] {
            if let Some(path) = path {
                self.check_vendor_path(path, &place.key(key));
            }
        }
        if source.name.is_none() && source.message.is_none() {
            self.at(&place.key("at"), "neither `name` nor `message` of the errors here is read")
                .help("add `name: PATH`, the path to the error's code");
        }
        if let Some(status) = &source.status {
            self.check_status(status, &place.key("status"));
        }
        self.check_conditions(&source.only, &place.key("only"));
        if source.at == "." && source.status.is_none() && source.only.is_empty() {
            for (key, path) in [("name", &source.name), ("message", &source.message)] {
                if let Some(path) = path.as_ref().filter(|path| self.stands_in_accounts(path)) {
                    self.at(&place.key(key), format!("an answer that shows an account has `{path}`, too, and would count as an error"))
                        .help("say which answers are errors: `status: [4xx, 5xx]`, or `only` with a condition such as { path: ok, equals: false }");
                }
            }
        }
    }

    /// Is this what an account has at its top?
    fn stands_in_accounts(&self, path: &str) -> bool {
        let users = &self.file.users;
        let of_field = |(name, field): (&String, &crate::mapping::model::Field)| {
            field.read.as_deref().unwrap_or(name.as_str()) == path && !field.write_only && !field.unread
        };
        users.key.read.as_slice().iter().any(|read| read == path) || users.fields.iter().any(of_field)
    }
}
