//! The examples name calls and settings that exist and say what they expect. They are run by [`crate::mapping`]'s examples, not
//! here.

use super::Checker;
use super::types::{describe, fits, in_words};
use crate::document::Place;
use crate::mapping::model::{Example, SignIn};
use crate::nearest::did_you_mean;

impl Checker<'_> {
    pub(super) fn check_examples(&mut self) {
        let file = self.file;
        let mut known: Vec<String> = self.calls().into_iter().map(|named| named.name).collect();
        for (scheme, _) in file.api.sign_in.schemes(&Place::root()) {
            if let SignIn::Call(scheme) = scheme {
                known.push("sign_in".to_owned());
                known.extend(scheme.refresh.as_ref().map(|_| "sign_in.refresh".to_owned()));
            }
        }
        for (n, example) in file.examples.iter().enumerate() {
            let place = Place::of(["examples"]).index(n);
            self.check_example_settings(example, &place.key("settings"));
            self.check_example_catalogs(example, &place.key("catalogs"));
            self.check_example_kind(example, &place);
            self.check_example_groups(example, &place);
            let calls = example.calls.iter().flatten().enumerate();
            let named = calls.map(|(n, call)| (call.call.as_str(), place.key("calls").index(n).key("call")));
            let named = named.chain(example.to_call.as_deref().map(|name| (name, place.key("to_call"))));
            for (name, place) in named.collect::<Vec<_>>() {
                if !known.iter().any(|known| known == name) {
                    let help = did_you_mean(name, known.iter().map(String::as_str));
                    self.at(&place, format!("there is no call `{name}`")).maybe_help(help);
                }
            }
        }
    }

    fn check_example_settings(&mut self, example: &Example, place: &Place) {
        for (name, value) in &example.settings {
            match self.file.settings.get(name) {
                None => {
                    let help = did_you_mean(name, self.file.settings.keys().map(String::as_str));
                    self.at_key(&place.key(name), format!("there is no setting `{name}`")).maybe_help(help);
                }
                Some(setting) if !fits(value, setting.kind.of_values()) => {
                    let message =
                        format!("the setting takes {}, found {}", in_words(setting.kind.of_values()), describe(value));
                    self.at(&place.key(name), message);
                }
                Some(_) => {}
            }
        }
    }

    fn check_example_catalogs(&mut self, example: &Example, place: &Place) {
        for name in example.catalogs.keys().filter(|name| !self.file.catalogs.contains_key(*name)) {
            let help = did_you_mean(name, self.file.catalogs.keys().map(String::as_str));
            self.at_key(&place.key(name), format!("there is no catalog `{name}`")).maybe_help(help);
        }
    }

    /// An example that expects nothing would always pass.
    fn check_example_kind(&mut self, example: &Example, place: &Place) {
        let request = example.request.is_some();
        let groups = example.groups.is_some();
        let outcome = example.calls.is_some() || example.error.is_some();
        // written as null it is an expectation, too
        let resource = self.reporter.has(&place.key("resource"));
        let pairs = [
            (request, outcome, "request", "`calls` or `error`"),
            (groups && !request, outcome, "groups", "`calls` or `error`"),
            (example.group.is_some(), outcome, "group", "`calls` or `error`"),
            (example.account.is_some(), resource, "account", "`resource` (null: the bridge leaves the account alone)"),
            (
                example.answer.is_some(),
                example.to_call.is_some()
                    && (example.means.is_some() || example.entries.is_some() || example.kept.is_some()),
                "answer",
                "`to_call` and `means`",
            ),
        ];
        for (given, expected, key, needed) in pairs {
            if given && !expected {
                self.at_key(&place.key(key), format!("this example expects nothing: `{key}` without {needed}"))
                    .help(format!("add {needed}"));
            }
        }
        if !pairs.iter().any(|(given, ..)| *given) {
            self.at(&place.key("name"), "this example shows nothing")
                .help("give it `request`, `groups`, `group`, `account` or `answer`");
        }
    }

    /// Targets exist, and what is said of them can be.
    fn check_example_groups(&mut self, example: &Example, place: &Place) {
        let file = self.file;
        let mut named: Vec<(&str, Place)> = Vec::new();
        if let Some(groups) = &example.groups {
            for (key, memberships) in [("before", &groups.before), ("after", &groups.after)] {
                let at = place.key("groups").key(key);
                for (n, membership) in memberships.iter().enumerate() {
                    named.push((&membership.target, at.index(n).key("target")));
                    let target = file.groups.get(&membership.target);
                    if membership.level.is_some() && target.is_some_and(|target| target.level.is_none()) {
                        self.at_key(&at.index(n).key("level"), format!("`{}` has no levels", membership.target));
                    }
                }
            }
            if example.request.is_none() && example.before.is_none() {
                self.at_key(&place.key("groups"), "nothing says whose groups these are")
                    .help("add `before: RESOURCE`, or `request` with a POST");
            }
        }
        if let Some(group) = &example.group {
            named.push((&group.target, place.key("group").key("target")));
            if group.before.is_none() && group.after.is_none() {
                self.at_key(&place.key("group"), "the group has no name before and none after, so nothing happens")
                    .help("`after` alone creates the object, `before` alone deletes it, both rename it");
            }
        }
        for (name, at) in named {
            if !file.groups.contains_key(name) {
                let help = did_you_mean(name, file.groups.keys().map(String::as_str));
                self.at(&at, format!("there is no target `{name}`")).maybe_help(help);
            }
        }
        let signs_in = example.to_call.as_ref().is_some_and(|call| call.starts_with("sign_in"));
        if example.kept.is_some() && !signs_in {
            self.at_key(&place.key("kept"), "only of a sign-in something is kept")
                .help("write `to_call: sign_in` or `to_call: sign_in.refresh`");
        }
        let lists = example.to_call.as_ref().is_some_and(|call| call.starts_with("catalogs."));
        if example.entries.is_some() && !lists {
            self.at_key(&place.key("entries"), "only the list of a catalog has entries")
                .help("write `to_call: catalogs.NAME.list`");
        }
    }
}
