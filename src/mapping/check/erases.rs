//! Changes by which the vendor erases other fields (`erases`): each can be written again, and none erases itself on the way.

use std::collections::BTreeSet;

use super::Checker;
use crate::document::Place;

impl Checker<'_> {
    pub(super) fn check_erases(&mut self) {
        let file = self.file;
        for (n, rule) in file.users.erases.iter().enumerate() {
            let place = Place::of(["users", "erases"]).index(n);
            if self.expect_field(&rule.by, &place.key("by")) && file.users.fields[&rule.by].write_only {
                self.at(&place.key("by"), format!("`{}` is write_only: whether it changes is never known", rule.by));
            }
            if rule.fields.is_empty() {
                self.at_key(&place.key("fields"), "nothing is erased").help("name the fields, or take the rule out");
            }
            for (at, name) in rule.fields.iter().enumerate() {
                let at = place.key("fields").index(at);
                if !self.expect_field(name, &at) {
                    continue;
                }
                let field = &file.users.fields[name];
                if field.write_only || field.immutable {
                    let is = if field.write_only { "write_only" } else { "immutable" };
                    self.at(&at, format!("`{name}` is {is}: it cannot be written again"));
                } else if self.leads_to(name, &rule.by) {
                    self.at(&at, format!("`{name}` and `{}` erase each other: no order keeps both", rule.by))
                        .help("take one of the two rules out");
                }
            }
        }
    }

    /// Is the one field erased, directly or by others, when the other is written?
    fn leads_to(&self, written: &str, erased: &str) -> bool {
        let mut reached: BTreeSet<&str> = BTreeSet::from([written]);
        loop {
            let rules = self.file.users.erases.iter().filter(|rule| reached.contains(rule.by.as_str()));
            let next: BTreeSet<&str> = rules.flat_map(|rule| &rule.fields).map(String::as_str).collect();
            let before = reached.len();
            reached.extend(next);
            if reached.contains(erased) || reached.len() == before {
                return reached.contains(erased);
            }
        }
    }
}
