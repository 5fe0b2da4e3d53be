//! What answers mean: conditions that can hold, rules that can be reached.

use super::{Checker, NamedPlace};
use crate::document::Place;
use crate::mapping::model::{AnswerCondition, AnswerRule, Meaning, OneOrMany, StatusCondition};

/// Whose answers rules judge.
#[derive(Clone, Copy)]
pub(super) enum RulesOf<'o, 'a> {
    /// Those of any call.
    Api,
    /// Those of one call.
    Call(&'o NamedPlace<'a>),
    /// Those of a sign-in.
    SignIn,
}

impl<'a> Checker<'a> {
    pub(super) fn check_answers(&mut self) {
        let file = self.file;
        let api = Place::of(["api"]);
        for (n, source) in file.api.errors.iter().enumerate() {
            self.check_error_source(source, &api.key("errors").index(n));
        }
        self.check_rules(&file.api.answers, &api.key("answers"), RulesOf::Api);
        for named in self.calls() {
            self.check_rules(&named.call.answers, &named.place.key("answers"), RulesOf::Call(&named));
        }
    }

    pub(super) fn check_rules(&mut self, rules: &'a [AnswerRule], place: &Place, owner: RulesOf<'_, 'a>) {
        let about_people = match owner {
            RulesOf::Api => true,
            RulesOf::Call(named) => named.is_about_people(),
            RulesOf::SignIn => false,
        };
        for (n, rule) in rules.iter().enumerate() {
            let place = place.index(n);
            self.check_condition(&rule.when, &place.key("when"));
            self.check_question(rule, &place, owner);
            match &rule.field {
                Some(field) if about_people => {
                    self.expect_field(field, &place.key("field"));
                }
                Some(_) if matches!(owner, RulesOf::SignIn) => {
                    self.at_key(&place.key("field"), "a sign-in is about no field of a person")
                        .help("take `field` out");
                }
                Some(field) if field != "name" => {
                    self.at(&place.key("field"), format!("a group's object has no field `{field}`"))
                        .help("its only field is `name`");
                }
                _ => {}
            }
            if let Some(say) = &rule.say {
                self.check_sentence(say, &place.key("say"));
            }
            if rule.means == Meaning::Done && is_always(&rule.when) {
                self.at(&place.key("means"), "every answer would count as done, errors included")
                    .help("add a condition under `when`");
            }
            if let Some(earlier) = rules[..n].iter().position(|earlier| covers(&earlier.when, &rule.when)) {
                let what = if is_always(&rules[earlier].when) {
                    "matches every answer"
                } else {
                    "matches all that this one does"
                };
                self.at_key(
                    &place.key("when"),
                    format!("this rule is never reached: rule {} above it {what}", earlier + 1),
                )
                .help("the first match wins: move this rule up, or take it out");
            }
        }
    }

    fn check_condition(&mut self, when: &AnswerCondition, place: &Place) {
        if let Some(status) = &when.status {
            self.check_status(status, &place.key("status"));
        }
        if when.error.is_some() && !self.file.api.errors.iter().any(|source| source.name.is_some()) {
            self.at_key(&place.key("error"), "this can never hold: nothing says where the names of errors stand")
                .help("add `api.errors` with `at` and `name`");
        }
        if when.about.is_some() && !self.file.api.errors.iter().any(|source| source.about.is_some()) {
            self.at_key(&place.key("about"), "this can never hold: nothing says where an error names its field")
                .help("add `about` to an entry of `api.errors`");
        }
        for (key, patterns) in [("error", &when.error), ("about", &when.about), ("text", &when.text)] {
            let patterns = patterns.as_ref().map(OneOrMany::as_slice);
            if patterns.is_some_and(|patterns| patterns.is_empty() || patterns.iter().any(String::is_empty)) {
                self.at_key(&place.key(key), format!("`{key}` is empty")).help("write a pattern, or take it out");
            }
        }
        self.check_conditions(&when.body, &place.key("body"));
    }

    pub(super) fn check_status(&mut self, status: &StatusCondition, place: &Place) {
        match status {
            StatusCondition::Code(100..=599) => {}
            StatusCondition::Code(code) => {
                self.at(place, format!("there is no HTTP status {code}")).help("it is a number from 100 to 599");
            }
            StatusCondition::Class(class) if class_of(class).is_some() => {}
            StatusCondition::Class(class) => {
                self.at(place, format!("`{class}` is no class of HTTP status"))
                    .help("write a number such as 404, or a class such as 5xx");
            }
            StatusCondition::Any(any) => {
                for (n, one) in any.iter().enumerate() {
                    self.check_status(one, &place.index(n));
                }
            }
        }
    }

    /// A sentence is put into others: lower case, no final stop.
    fn check_sentence(&mut self, say: &str, place: &Place) {
        let trimmed = say.trim();
        if trimmed.is_empty() {
            self.at(place, "the sentence is empty").help("say what is wrong and what to change, or take it out");
        } else if trimmed.ends_with(['.', '!']) {
            self.at(place, "the sentence ends with a stop, and it is put into others").help("take the stop out");
        }
    }
}

fn is_always(when: &AnswerCondition) -> bool {
    when.status.is_none() && when.error.is_none() && when.about.is_none() && when.text.is_none() && when.body.is_empty()
}

/// Whether every answer that the later condition matches is matched by the earlier one, as far as that is plain to see.
fn covers(earlier: &AnswerCondition, later: &AnswerCondition) -> bool {
    let status = match (&earlier.status, &later.status) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(wide), Some(narrow)) => all_codes(narrow).iter().all(|code| matches_code(wide, *code)),
    };
    let same = |a: &Option<OneOrMany<String>>, b: &Option<OneOrMany<String>>| match (a, b) {
        (None, _) => true,
        (Some(a), Some(b)) => b.as_slice().iter().all(|pattern| a.as_slice().contains(pattern)),
        (Some(_), None) => false,
    };
    let body = earlier.body.iter().all(|condition| {
        later.body.iter().any(|other| {
            condition.path == other.path
                && condition.equals == other.equals
                && condition.not == other.not
                && condition.present == other.present
        })
    });
    status
        && body
        && same(&earlier.error, &later.error)
        && same(&earlier.about, &later.about)
        && same(&earlier.text, &later.text)
}

fn class_of(class: &str) -> Option<u16> {
    match class.as_bytes() {
        [digit @ b'1'..=b'5', b'x' | b'X', b'x' | b'X'] => Some(u16::from(digit - b'0')),
        _ => None,
    }
}

fn matches_code(status: &StatusCondition, code: u16) -> bool {
    match status {
        StatusCondition::Code(one) => *one == code,
        StatusCondition::Class(class) => class_of(class) == Some(code / 100),
        StatusCondition::Any(any) => any.iter().any(|one| matches_code(one, code)),
    }
}

fn all_codes(status: &StatusCondition) -> Vec<u16> {
    (100..600).filter(|code| matches_code(status, *code)).collect()
}
