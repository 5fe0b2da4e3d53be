//! What happens when a person leaves: every choice leads to a policy, and every policy takes access away.

use serde_json::Value;

use super::Checker;
use crate::document::Place;
use crate::mapping::model::{Deactivate, OneOrMany, Removal};
use crate::mapping::scim_path::ScimPath;
use crate::mapping::tree::Tree;
use crate::nearest::did_you_mean;

impl<'a> Checker<'a> {
    pub(super) fn check_deactivation(&mut self) {
        let file = self.file;
        let users = Place::of(["users"]);
        let active_field = self.active_field();
        match (&file.users.deactivate, active_field) {
            (Some(_), Some(field)) => {
                self.at_key(
                    &users.key("deactivate"),
                    format!("the field `{field}` is mapped from `active`, so `deactivate` would never happen"),
                )
                .help("keep one of the two");
            }
            (None, None) => {
                self.at_key(
                    &users,
                    "nothing happens when `active` becomes false: people who leave would keep their access",
                )
                .help("map a field `from: active`, or say under `deactivate` what takes access away");
            }
            _ => {}
        }
        if let Some(rule) = &file.users.deactivate {
            self.check_policy_choice(rule, &users.key("deactivate").key("policy"));
            self.check_policies(rule, &users.key("deactivate").key("policies"));
        }
        let removals = self.check_removal(&users.key("remove"));
        if removals.contains(&Removal::Delete) && file.users.calls.delete.is_none() {
            let place = if self.reporter.has(&users.key("remove")) { users.key("remove") } else { users.key("calls") };
            self.at_key(&place, "SCIM DELETE deletes the account, and there is no call `delete`")
                .help("add `calls.delete`, or `remove: deactivate`");
        }
        let deletes = file.users.deactivate.iter().flat_map(|rule| rule.policies.values()).any(|policy| policy.delete);
        if file.users.calls.delete.is_some() && removals == [Removal::Deactivate] && !deletes {
            self.at_key(&users.key("calls").key("delete"), "nothing uses the call `delete`")
                .help("take it out: `remove: deactivate` and no policy deletes");
        }
    }

    /// What SCIM DELETE can do, by the word or by the words of the setting that chooses.
    fn check_removal(&mut self, place: &Place) -> Vec<Removal> {
        let file = self.file;
        match &file.users.remove {
            None => vec![Removal::default()],
            Some(Tree::Constant(Value::String(word))) => self.removals([word.as_str()].into_iter(), place),
            Some(Tree::Reference(names)) if names.first().is_some_and(|root| root == "settings") => {
                let Some((name, setting)) = names.get(1).and_then(|name| file.settings.get_key_value(name)) else {
                    return Vec::new();
                };
                let at = Place::of(["settings", name]);
                if setting.values.is_empty() {
                    self.at_key(&at, format!("the setting `{name}` chooses what SCIM DELETE does and allows any text"))
                        .help(format!("add `values: [{}]`", Removal::WORDS.join(", ")));
                }
                self.removals(setting.values.iter().filter_map(Value::as_str), &at.key("values"))
            }
            Some(_) => {
                self.at(place, "this is neither `delete` nor `deactivate`")
                    .help("write one of them, or $settings.NAME");
                Vec::new()
            }
        }
    }

    fn removals<'w>(&mut self, words: impl Iterator<Item = &'w str>, place: &Place) -> Vec<Removal> {
        let mut removals = Vec::new();
        for word in words {
            match Removal::parse(word) {
                Some(removal) => removals.push(removal),
                None => {
                    self.at(place, format!("`{word}` is neither `delete` nor `deactivate`"))
                        .maybe_help(did_you_mean(word, Removal::WORDS));
                }
            }
        }
        removals
    }

    /// The field that is mapped from `active`.
    fn active_field(&self) -> Option<&'a str> {
        let from_active = |field: &crate::mapping::model::Field| {
            let from = field.from.as_ref().map(OneOrMany::as_slice).unwrap_or_default();
            let paths = from.iter().filter_map(|source| ScimPath::parse(super::paths::path_of(source)).ok());
            let by_expression = field.expr.as_ref().is_some_and(|text| {
                crate::mapping::expression::Expression::compile(text)
                    .is_ok_and(|expression| expression.attributes().iter().any(|name| name == "user.active"))
            });
            by_expression || paths.into_iter().any(|path| path.is_core("active"))
        };
        self.file.users.fields.iter().find(|(_, field)| from_active(field)).map(|(name, _)| name.as_str())
    }

    fn check_policy_choice(&mut self, rule: &'a Deactivate, place: &Place) {
        let known = || rule.policies.keys().map(String::as_str);
        match &rule.policy {
            Tree::Constant(Value::String(name)) => {
                if !rule.policies.contains_key(name) {
                    self.at(place, format!("there is no policy `{name}`")).maybe_help(did_you_mean(name, known()));
                }
            }
            Tree::Reference(names) if names.first().is_some_and(|root| root == "settings") => {
                let Some((name, setting)) = names.get(1).and_then(|name| self.file.settings.get_key_value(name)) else {
                    return;
                };
                let values: Vec<&str> = setting.values.iter().filter_map(Value::as_str).collect();
                let at = Place::of(["settings", name]);
                if values.is_empty() {
                    let list = known().collect::<Vec<_>>().join(", ");
                    self.at_key(&at, format!("the setting `{name}` chooses a policy and allows any text"))
                        .help(format!("add `values: [{list}]`"));
                    return;
                }
                for (n, value) in values.iter().enumerate().filter(|(_, value)| !rule.policies.contains_key(**value)) {
                    self.at(
                        &at.key("values").index(n),
                        format!("there is no policy `{value}` under `users.deactivate`"),
                    )
                    .maybe_help(did_you_mean(value, known()));
                }
                for policy in known().filter(|policy| !values.contains(policy)) {
                    let place = Place::of(["users", "deactivate", "policies", policy]);
                    self.at_key(&place, format!("nothing chooses the policy `{policy}`"))
                        .help(format!("add it to the `values` of the setting `{name}`"));
                }
            }
            _ => {
                self.at(place, "a policy is chosen by its name or by a setting").help("write a name or $settings.NAME");
            }
        }
    }

    fn check_policies(&mut self, rule: &'a Deactivate, place: &Place) {
        for (name, policy) in &rule.policies {
            let place = place.key(name);
            if policy.delete && !policy.set.is_empty() {
                self.at_key(&place.key("set"), "an account that is deleted has no fields to set")
                    .help("keep `delete` or `set`");
            } else if !policy.delete && policy.set.is_empty() {
                self.at_key(&place, format!("the policy `{name}` takes no access away"))
                    .help("add `delete: true` or `set`");
            }
            if policy.delete && self.file.users.calls.delete.is_none() {
                self.at_key(&place.key("delete"), "there is no call `delete`").help("add it under `users.calls`");
            }
            for (field, value) in &policy.set {
                let at = place.key("set").key(field);
                let Some(known) = self.file.users.fields.get(field) else {
                    let help = did_you_mean(field, self.field_names());
                    self.at_key(&at, format!("there is no field `{field}`")).maybe_help(help);
                    continue;
                };
                self.check_constant(value, known, &at);
                if known.immutable {
                    self.at_key(&at, format!("`{field}` is immutable: it cannot be set on an existing account"));
                }
            }
        }
    }
}
