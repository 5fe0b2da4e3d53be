//! The examples name calls and settings that exist and say what they expect. They are run by [`crate::mapping`]'s examples, not
//! here.

use super::Checker;
use super::types::{describe, fits, in_words};
use crate::document::Place;
use crate::mapping::model::Example;
use crate::nearest::did_you_mean;

impl Checker<'_> {
    pub(super) fn check_examples(&mut self) {
        let file = self.file;
        let known: Vec<String> = self.calls().into_iter().map(|named| named.name).collect();
        for (n, example) in file.examples.iter().enumerate() {
            let place = Place::of(["examples"]).index(n);
            self.check_example_settings(example, &place.key("settings"));
            self.check_example_kind(example, &place);
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

    /// An example that expects nothing would always pass.
    fn check_example_kind(&mut self, example: &Example, place: &Place) {
        let request = example.request.is_some();
        let outcome = example.calls.is_some() || example.error.is_some();
        // written as null it is an expectation, too
        let resource = self.reporter.has(&place.key("resource"));
        let pairs = [
            (request, outcome, "request", "`calls` or `error`"),
            (example.account.is_some(), resource, "account", "`resource` (null: the bridge leaves the account alone)"),
            (
                example.answer.is_some(),
                example.to_call.is_some() && example.means.is_some(),
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
            self.at(&place.key("name"), "this example shows nothing").help("give it `request`, `account` or `answer`");
        }
    }
}
