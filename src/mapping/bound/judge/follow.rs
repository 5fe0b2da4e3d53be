//! What a rule says beyond its word: which call tells what the answer means, and how long to wait. Nothing here asks or waits.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

use super::Rule;
use crate::mapping::bound::{Bound, CallName};
use crate::mapping::model::{Meaning, WaitIn};
use crate::mapping::tree::resolve::scalar_text;
use crate::mapping::wire::{HttpAnswer, Verdict};

/// What a rule of a create asks for, because there is no key yet: anybody with the same `match` fields.
pub(in crate::mapping) const ASK_MATCH: &str = "match";

/// From this number on a moment is told in milliseconds since 1970, else in seconds: as seconds it is the year 5138, as milliseconds 1973.
const MILLISECONDS_FROM: f64 = 1e11;

/// A question that decides what an answer means.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// The call to make, about the same account.
    pub ask: CallName,
    /// What the answer means when the call finds nothing.
    pub otherwise: Meaning,
    /// The sentence for that.
    pub say: String,
}

/// When a call may be repeated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Wait {
    /// After so long.
    For(Duration),
    /// From then on.
    Until(Timestamp),
}

impl Bound {
    /// The question that the rule of a verdict asks.
    pub fn question(&self, call: &CallName, rule: &str, status: u16) -> Option<Question> {
        let spec = &self.rule_at(call, rule)?.spec;
        let (ask, otherwise) = spec.ask.as_deref().zip(spec.otherwise)?;
        let ask = CallName::parse(ask).filter(|ask| self.has_call(ask))?;
        Some(Question { ask, otherwise, say: self.sentence(otherwise, status) })
    }

    /// What a refused create means when nobody with the same `match` fields is found: `ask: match` of the rule of its verdict.
    pub fn unless_found(&self, call: &CallName, verdict: &Verdict) -> Option<Verdict> {
        let spec = &self.rule_at(call, &verdict.rule)?.spec;
        let meaning = spec.otherwise.filter(|_| spec.ask.as_deref() == Some(ASK_MATCH))?;
        let say = match meaning {
            Meaning::Refused => format!("{} does not take these values", self.vendor_title()),
            meaning => self.sentence(meaning, 0),
        };
        Some(Verdict { meaning, say, field: None, ..verdict.clone() })
    }

    /// How long the rule of a verdict says to wait.
    pub fn wait_in(&self, call: &CallName, rule: &str, answer: &HttpAnswer) -> Option<Wait> {
        self.rule_at(call, rule)?.time_to_wait(answer)
    }

    /// Does the answer to a call that was asked show what it asks for?
    pub fn finds(&self, call: &CallName, answer: &HttpAnswer) -> bool {
        let has_path = self.calls.get(call).is_some_and(|call| call.user.is_some());
        !has_path || self.account_in(call, answer).is_some()
    }

    fn rule_at(&self, call: &CallName, place: &str) -> Option<&Rule> {
        let own = self.calls.get(call).map(|call| call.rules.as_slice()).unwrap_or_default();
        own.iter().chain(self.rules.iter()).find(|rule| rule.place == place)
    }
}

impl Rule {
    /// How long the rule says to wait: what the answer has where the rule looks, else the rule's own time, unless the answer names one in a header.
    pub(super) fn time_to_wait(&self, answer: &HttpAnswer) -> Option<Wait> {
        let told = self.wait.as_ref().zip(answer.json.as_ref()).and_then(|(path, json)| path.first(json));
        let told = told.and_then(|value| Wait::read(&scalar_text(value)?, self.spec.wait_in.unwrap_or_default()));
        let own = || self.spec.wait_seconds.filter(|_| answer.header("retry-after").is_none());
        told.or_else(|| own().map(|seconds| Wait::For(Duration::from_secs(seconds))))
    }
}

impl Wait {
    /// Reads a time from now on, or a moment; `None` when the text is none.
    pub fn read(text: &str, told_in: WaitIn) -> Option<Self> {
        let text = text.trim();
        let duration = |seconds: f64| Duration::try_from_secs_f64(seconds).ok().map(Self::For);
        match told_in {
            WaitIn::Seconds => duration(text.parse().ok()?),
            WaitIn::Milliseconds => duration(text.parse::<f64>().ok()? / 1000.0),
            WaitIn::Time => time(text).map(Self::Until),
        }
    }
}

fn time(text: &str) -> Option<Timestamp> {
    match text.parse::<f64>() {
        Ok(number) if !number.is_finite() => None,
        #[expect(
            clippy::cast_possible_truncation,
            reason = "whole numbers are meant, and one that is too large is no time"
        )]
        Ok(number) => {
            let whole = number as i64;
            let is_in_seconds = number < MILLISECONDS_FROM;
            if is_in_seconds { Timestamp::from_second(whole) } else { Timestamp::from_millisecond(whole) }.ok()
        }
        Err(_) => text.parse().ok().or_else(|| DateTimeParser::new().parse_timestamp(text).ok()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::mapping::made_up::bound_of;

    const TEXT: &str = "
version: 1
vendor: { name: made-up, title: Made Up }
api:
  base_url: http://127.0.0.1:9/
  sign_in: { scheme: none }
  answers:
    - { when: { status: 429 }, means: limited, wait: error.wait }
    - { when: { status: 423 }, means: busy, wait: wait_ms, wait_in: milliseconds }
    - { when: { status: 503 }, means: busy, wait: again, wait_in: time, wait_seconds: 9 }
users:
  key: { read: id, type: integer }
  match: [{ field: mail }]
  fields: { mail: { from: userName } }
  calls:
    create: { method: POST, path: [u], body: $record }
    read: { method: GET, path: [u, $key], user: . }
    list: { call: { method: GET, path: [u] }, items: . }
    update:
      all:
        method: PUT
        path: [u, $key]
        body: $record
        answers: [{ when: { status: 404 }, means: bad_reference, ask: read, otherwise: not_found }]
    delete: { method: DELETE, path: [u, $key] }
";

    fn answer(status: u16, body: Value) -> HttpAnswer {
        HttpAnswer { status, headers: Vec::new(), text: body.to_string(), json: Some(body) }
    }

    fn waits(status: u16, body: Value) -> Option<Wait> {
        let (bound, call, answer) = (bound_of(TEXT), CallName::Delete, answer(status, body));
        let request = crate::mapping::wire::HttpRequest {
            method: crate::mapping::model::Method::Delete,
            url: String::new(),
            headers: Vec::new(),
            body: crate::mapping::wire::Body::Empty,
        };
        let verdict = bound.judge(&call, &request, &answer);
        bound.wait_in(&call, &verdict.rule, &answer)
    }

    #[test]
    fn the_time_to_wait_stands_in_the_body_in_one_of_three_forms() {
        let seconds = |seconds| Some(Wait::For(Duration::from_millis(seconds)));
        assert_eq!(waits(429, json!({ "error": { "wait": 7 } })), seconds(7000));
        assert_eq!(waits(429, json!({ "error": { "wait": "0.5" } })), seconds(500));
        assert_eq!(waits(423, json!({ "wait_ms": 1500 })), seconds(1500));
        let moment = "2026-01-02T03:04:05Z".parse().expect("a time");
        assert_eq!(waits(503, json!({ "again": "2026-01-02T03:04:05Z" })), Some(Wait::Until(moment)));
        assert_eq!(waits(503, json!({ "again": moment.as_second() })), Some(Wait::Until(moment)));
        assert_eq!(waits(503, json!({ "again": moment.as_millisecond() })), Some(Wait::Until(moment)));
        assert_eq!(waits(503, json!({ "again": "Fri, 02 Jan 2026 03:04:05 GMT" })), Some(Wait::Until(moment)));
    }

    #[test]
    fn the_rules_own_time_holds_where_the_answer_says_none() {
        assert_eq!(waits(503, json!({})), Some(Wait::For(Duration::from_secs(9))));
        assert_eq!(waits(503, json!({ "again": "soon" })), Some(Wait::For(Duration::from_secs(9))));
        let (bound, mut answer) = (bound_of(TEXT), answer(503, json!({})));
        answer.headers.push(("retry-after".to_owned(), "3".to_owned()));
        assert_eq!(bound.wait_in(&CallName::Delete, "api.answers[2]", &answer), None, "the header is read elsewhere");
    }

    #[test]
    fn what_is_no_time_is_none() {
        for odd in [json!(null), json!("soon"), json!(-1), json!(1e300), json!("NaN"), json!({})] {
            assert_eq!(waits(429, json!({ "error": { "wait": odd } })), None, "{odd}");
        }
        assert_eq!(waits(503, json!({ "again": 1e300 })), Some(Wait::For(Duration::from_secs(9))));
        assert_eq!(waits(404, json!({ "error": { "wait": 7 } })), None, "another rule");
    }

    #[test]
    fn a_rule_may_ask_which_of_two_meanings_holds() {
        let (bound, call) = (bound_of(TEXT), CallName::Update("all".to_owned()));
        let question = bound.question(&call, "users.calls.update.all.answers[0]", 404).expect("a question");
        assert_eq!((question.ask, question.otherwise), (CallName::Read, Meaning::NotFound));
        assert_eq!(bound.question(&call, "api.answers[0]", 429), None);
        assert!(bound.finds(&CallName::Read, &answer(200, json!({ "id": 7 }))));
        assert!(!bound.finds(&CallName::Read, &answer(200, json!({}))));
    }
}
