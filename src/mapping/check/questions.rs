//! What rules on answers say beyond their word: which call is asked which of two meanings holds, and where the time to wait stands.

use super::answers::RulesOf;
use super::{CallKind, Checker, NamedPlace};
use crate::document::Place;
use crate::mapping::bound::judge::follow::ASK_MATCH;
use crate::mapping::model::{AnswerRule, Meaning, Method};
use crate::nearest::did_you_mean;

impl<'a> Checker<'a> {
    /// `owner`: whose rule it is.
    pub(super) fn check_question(&mut self, rule: &'a AnswerRule, place: &Place, owner: RulesOf<'_, 'a>) {
        self.check_wait(rule, place);
        let Some(ask) = &rule.ask else {
            if rule.otherwise.is_some() {
                self.at_key(&place.key("otherwise"), "nothing asks which of two meanings holds")
                    .help("add `ask: read`, or take `otherwise` out");
            }
            return;
        };
        if rule.otherwise.is_none() {
            self.at_key(&place.key("ask"), "nothing says what holds when the call that is asked finds nothing")
                .help("add `otherwise: not_found`");
        }
        let at = place.key("ask");
        let owner = match owner {
            RulesOf::Call(owner) => owner,
            RulesOf::Api => {
                self.at_key(&at, "a rule of `api` judges the answer to the call that is asked as well")
                    .help("move the rule into `answers` of the calls that it is for");
                return;
            }
            RulesOf::SignIn => {
                self.at_key(&at, "a sign-in is about nobody who could be asked for").help("take `ask` out");
                return;
            }
        };
        if matches!(owner.kind, CallKind::Create) {
            self.check_asked_for_a_match(rule, ask, &at, owner);
            return;
        }
        let has_key = !matches!(owner.kind, CallKind::Create | CallKind::List | CallKind::Find);
        if !has_key {
            self.at(&at, format!("the call `{}` is about nobody who could be asked for", owner.name))
                .help("take `ask` out: there is no $key yet");
            return;
        }
        self.check_asked(ask, &at, owner);
    }

    /// Before an account exists, only somebody with the same values can be asked for.
    fn check_asked_for_a_match(&mut self, rule: &'a AnswerRule, ask: &str, at: &Place, owner: &NamedPlace<'a>) {
        if ask != ASK_MATCH {
            self.at(at, format!("the call `{}` is about nobody who could be asked for", owner.name))
                .help("there is no $key yet; `ask: match` looks for an account with the same `match` fields");
        } else if rule.means != Meaning::AlreadyExists {
            self.at(at, "what is found is an account that exists already").help("write `means: already_exists`");
        } else if owner.is_about_people() && self.file.users.r#match.is_empty() {
            self.at(at, "there are no `match` fields to look for").help("add `users.match`");
        }
    }

    fn check_asked(&mut self, ask: &str, at: &Place, owner: &NamedPlace<'a>) {
        let calls = self.calls();
        // of a group's object there is its own `read`
        let prefix =
            if owner.is_about_people() { "" } else { &owner.name[..=owner.name.rfind('.').unwrap_or_default()] };
        let is_askable = |named: &&NamedPlace<'a>| match named.kind {
            CallKind::Read => named.name.strip_prefix(prefix) == Some("read"),
            CallKind::Named(_) => owner.is_about_people(),
            _ => false,
        };
        let askable: Vec<&NamedPlace<'a>> = calls.iter().filter(is_askable).collect();
        let short = |named: &NamedPlace<'a>| named.name.strip_prefix(prefix).unwrap_or(&named.name).to_owned();
        let Some(asked) = askable.iter().find(|named| short(named) == ask) else {
            let names: Vec<String> = askable.iter().map(|named| short(named)).collect();
            let help = did_you_mean(ask, names.iter().map(String::as_str));
            self.at(at, format!("there is no call `{ask}` that could be asked"))
                .maybe_help(help.or_else(|| Some("add the call `read`, with `user` (or `object`)".to_owned())));
            return;
        };
        if asked.name == owner.name {
            self.at(at, "the call asks itself").help("ask another one, or take `ask` out");
        } else if asked.call.answers.iter().any(|rule| rule.ask.is_some()) {
            self.at(at, format!("the call `{ask}` asks another one itself")).help("take `ask` out of its rules");
        }
        if let CallKind::Named(named) = asked.kind {
            if !named.args.is_empty() {
                self.at(at, format!("the call `{ask}` has arguments, and nobody gives them"))
                    .help("ask a call that needs nothing but $key");
            } else if asked.call.method.is_some_and(|method| method != Method::Get) {
                self.at(at, format!("the call `{ask}` changes something")).help("ask a call that only reads");
            }
        }
    }

    fn check_wait(&mut self, rule: &'a AnswerRule, place: &Place) {
        match (&rule.wait, rule.wait_in) {
            (None, Some(_)) => {
                self.at_key(&place.key("wait_in"), "nothing says where the time to wait stands")
                    .help("add `wait: PATH`, or take it out");
            }
            (Some(path), _) => {
                self.check_vendor_path(path, &place.key("wait"));
                if !rule.means.is_repeated() {
                    self.at_key(&place.key("wait"), "nothing is repeated after this answer")
                        .help("`wait` goes with `limited`, `busy` and `broken`");
                }
            }
            (None, None) => {}
        }
        if rule.wait_seconds.is_some() && !rule.means.is_repeated() {
            self.at_key(&place.key("wait_seconds"), "nothing is repeated after this answer")
                .help("`wait_seconds` goes with `limited`, `busy` and `broken`");
        }
    }
}
