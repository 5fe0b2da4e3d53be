//! What an answer means: the rules of the call, then those of the API, then the status. First match wins. What the vendor says is passed
//! on only after every value that we sent is masked, because vendors quote what they refuse, passwords included.

mod condition;
mod errors;
pub mod follow;
pub mod mask;
mod rule;
pub mod sign_in;

use serde_json::Value;

pub(super) use self::condition::Condition;
pub(super) use self::errors::ErrorPaths;
use self::errors::FoundError;
use self::mask::Mask;
pub(super) use self::rule::Rule;
use self::rule::{Matching, Seen};
use super::calls::{BoundBody, BoundCall};
use super::{Bound, CallName};
use crate::mapping::model::{ForEach, Meaning};
use crate::mapping::wire::{HttpAnswer, HttpRequest, Verdict};

impl Bound {
    /// What an answer means. Vendor texts come back with every sent value masked.
    pub fn judge(&self, call: &CallName, request: &HttpRequest, answer: &HttpAnswer) -> Verdict {
        let bound = self.calls.get(call);
        let mut errors = self.errors_in(answer);
        if bound.is_some_and(|call| is_partial_answer(call, answer)) {
            errors.clear();
        }
        let seen = Seen::new(answer, errors);
        let own = bound.map(|call| call.rules.as_slice()).unwrap_or_default();
        for rule in own.iter().chain(self.rules.iter()) {
            let error = match rule.matching(&seen) {
                Matching::No => continue,
                Matching::Yes => seen.errors.first(),
                Matching::ByError(error) => Some(error),
            };
            return Verdict {
                meaning: rule.spec.means,
                say: rule.spec.say.clone().unwrap_or_else(|| self.sentence(rule.spec.means, answer.status)),
                vendor_text: vendor_text(error, request, answer, rule.spec.means),
                field: self.field_of_rule(rule).or_else(|| self.field_of(error)),
                rule: rule.place.clone(),
            };
        }
        let is_unchanged = answer.status == 304 && bound.is_some_and(|call| call.asks_whether_changed(request));
        let meaning = if is_unchanged { Meaning::Done } else { default_meaning(call, bound, &seen) };
        let error = seen.errors.first();
        Verdict {
            meaning,
            say: self.default_sentence(meaning, bound, &seen),
            vendor_text: vendor_text(error, request, answer, meaning),
            field: self.field_of(error),
            rule: "default".to_owned(),
        }
    }

    fn errors_in(&self, answer: &HttpAnswer) -> Vec<FoundError> {
        let mut errors = Vec::new();
        if let Some(json) = &answer.json {
            self.error_paths.iter().for_each(|paths| paths.collect(answer.status, json, &mut errors));
        }
        errors
    }

    /// The rules of `api` speak of the fields of people; in the answer about a group's object those are nobody's fault.
    fn field_of_rule(&self, rule: &Rule) -> Option<String> {
        rule.spec.field.clone().filter(|name| self.own.is_none() || self.fields.contains_key(name))
    }

    fn field_of(&self, error: Option<&FoundError>) -> Option<String> {
        error.and_then(|error| error.about.clone()).filter(|name| self.fields.contains_key(name))
    }

    fn default_sentence(&self, meaning: Meaning, call: Option<&BoundCall>, seen: &Seen<'_>) -> String {
        let is_success = (200..300).contains(&seen.answer.status);
        if meaning == Meaning::Broken
            && is_success
            && call.is_some_and(|call| call.expects_json)
            && seen.errors.is_empty()
        {
            return format!(
                "{} answered {} with something that is not the JSON expected",
                self.vendor_title(),
                seen.answer.status
            );
        }
        if meaning == Meaning::Refused && is_success {
            let (title, status) = (self.vendor_title(), seen.answer.status);
            return format!("{title} answered {status} with an error inside, as `api.errors` of the mapping finds it");
        }
        self.sentence(meaning, seen.answer.status)
    }

    fn sentence(&self, meaning: Meaning, status: u16) -> String {
        let (title, noun) = (self.vendor_title(), self.part.noun());
        match meaning {
            Meaning::Done => format!("{title} confirmed the call"),
            Meaning::NotFound => format!("{title} does not know the {noun}"),
            Meaning::AlreadyExists => format!("a value that must be unique belongs to another {noun}"),
            Meaning::Refused => format!("{title} refused the call with status {status}"),
            Meaning::BadReference => format!("something that the {noun} refers to does not exist"),
            Meaning::Busy => format!("the {noun} is in use and cannot be changed now"),
            Meaning::Limited => "too many calls in a short time".to_owned(),
            Meaning::Unauthenticated => format!("{title} does not accept the bridge's token"),
            Meaning::Forbidden => "the account that the bridge signs in with lacks the right".to_owned(),
            Meaning::Stale => format!("somebody else changed the {noun} at the same time"),
            Meaning::Broken => format!("{title} failed with status {status}"),
        }
    }
}

/// GraphQL may answer with the object that was asked for and with errors about parts of it: that is an answer, not a failure.
fn is_partial_answer(call: &BoundCall, answer: &HttpAnswer) -> bool {
    let is_graphql = matches!(call.body, BoundBody::Graphql { .. });
    let user = call.user.as_ref().zip(answer.json.as_ref()).and_then(|(path, json)| path.first(json));
    is_graphql && answer.status == 200 && user.is_some()
}

fn default_meaning(call: &CallName, bound: Option<&BoundCall>, seen: &Seen<'_>) -> Meaning {
    let has_key = !matches!(
        call,
        CallName::Create | CallName::List | CallName::Lists(_) | CallName::Find | CallName::Membership(_)
    );
    let removes = bound.is_some_and(|call| call.for_each == Some(ForEach::Removed));
    match seen.answer.status {
        200..=299 if !seen.errors.is_empty() => Meaning::Refused,
        200..=299 => match (bound, &seen.answer.json) {
            (Some(call), None) if call.expects_json => Meaning::Broken,
            (Some(call), Some(json)) if is_graphql_without_data(call, json) => Meaning::Broken,
            _ => Meaning::Done,
        },
        401 => Meaning::Unauthenticated,
        403 => Meaning::Forbidden,
        // what shall not be there is not there
        404 | 410 if removes => Meaning::Done,
        404 | 410 if has_key => Meaning::NotFound,
        409 if *call == CallName::Create => Meaning::AlreadyExists,
        409 | 412 => Meaning::Stale,
        423 => Meaning::Busy,
        429 => Meaning::Limited,
        408 | 425 => Meaning::Broken,
        400..=499 => Meaning::Refused,
        _ => Meaning::Broken,
    }
}

fn is_graphql_without_data(call: &BoundCall, json: &Value) -> bool {
    matches!(call.body, BoundBody::Graphql { .. }) && json.get("data").is_none_or(Value::is_null)
}

fn vendor_text(
    error: Option<&FoundError>,
    request: &HttpRequest,
    answer: &HttpAnswer,
    meaning: Meaning,
) -> Option<String> {
    if meaning == Meaning::Done {
        return None;
    }
    let text = match error {
        Some(FoundError { name: Some(name), message: Some(message), .. }) => format!("{name}: {message}"),
        Some(FoundError { name, message, .. }) => name.clone().or_else(|| message.clone())?,
        // a page of HTML or a JSON of unknown shape helps nobody; a short plain text does
        None if answer.json.is_none() && !answer.text.contains('<') => answer.text.clone(),
        None => return None,
    };
    Mask::of(request)?.apply(&text)
}
