//! What an answer means: the rules of the call, then those of the API, then the status. First match wins. What the vendor says is passed
//! on only after every value that we sent is masked, because vendors quote what they refuse, passwords included.

pub mod mask;

use serde_json::Value;

use self::mask::Mask;
use super::bind::{BindProblem, bind_conditions, path_or_note};
use super::calls::{BoundBody, BoundCall};
use super::{Bound, CallName};
use crate::mapping::convert::canonical;
use crate::mapping::model::{AnswerRule, BodyCondition, ErrorSource, Meaning, OneOrMany, StatusCondition};
use crate::mapping::tree::resolve::scalar_text;
use crate::mapping::vendor_path::{Found, VendorPath};
use crate::mapping::wire::{HttpAnswer, HttpRequest, Verdict};

/// A condition on a value, with its path parsed.
#[derive(Debug)]
pub(super) struct Condition {
    pub path: VendorPath,
    pub spec: BodyCondition,
}

impl Condition {
    /// Does it hold for this object or body?
    pub fn holds(&self, json: &Value) -> bool {
        let found = self.path.find(json);
        let values = match &found {
            Found::Nothing | Found::Null => Vec::new(),
            Found::One(value) => vec![*value],
            Found::Many(values) => values.clone(),
        };
        if let Some(present) = self.spec.present {
            return present != values.is_empty();
        }
        if let Some(wanted) = &self.spec.equals {
            return values.iter().any(|value| is_one_of(value, wanted));
        }
        self.spec.not.as_ref().is_none_or(|unwanted| !values.iter().any(|value| is_one_of(value, unwanted)))
    }
}

fn is_one_of(value: &Value, wanted: &Value) -> bool {
    let same =
        |wanted: &Value| value == wanted || (scalar_text(value).is_some() && canonical(value) == canonical(wanted));
    same(wanted) || wanted.as_array().is_some_and(|wanted| wanted.iter().any(same))
}

/// Where named errors stand, with paths parsed.
#[derive(Debug)]
pub(super) struct ErrorPaths {
    at: VendorPath,
    name: Option<VendorPath>,
    message: Option<VendorPath>,
    about: Option<VendorPath>,
}

/// An error found in an answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct FoundError {
    name: Option<String>,
    message: Option<String>,
    about: Option<String>,
}

impl ErrorPaths {
    /// Parses the paths of all sources.
    pub fn bind_all(sources: &[ErrorSource], place: &str, problems: &mut Vec<BindProblem>) -> Vec<Self> {
        let bound = sources.iter().enumerate().map(|(at, source)| {
            let mut path = |key: &str, text: &str| path_or_note(text, &format!("{place}[{at}].{key}"), problems);
            Self {
                at: path("at", &source.at),
                name: source.name.as_deref().map(|text| path("name", text)),
                message: source.message.as_deref().map(|text| path("message", text)),
                about: source.about.as_deref().map(|text| path("about", text)),
            }
        });
        bound.collect()
    }

    fn collect(&self, json: &Value, errors: &mut Vec<FoundError>) {
        for found in self.at.all(json) {
            let elements = found.as_array().map_or_else(|| std::slice::from_ref(found), Vec::as_slice);
            for element in elements {
                let read = |path: &Option<VendorPath>| {
                    path.as_ref().and_then(|path| path.first(element)).and_then(scalar_text)
                };
                let error = match element {
                    Value::String(text) => FoundError { message: Some(text.clone()), ..FoundError::default() },
                    Value::Object(_) => {
                        FoundError { name: read(&self.name), message: read(&self.message), about: read(&self.about) }
                    }
                    _ => continue,
                };
                // an object at such a place is an error only when it says something (`.` is the whole answer)
                if error.name.is_some() || error.message.is_some() {
                    errors.push(error);
                }
            }
        }
    }
}

/// A rule, with paths parsed.
#[derive(Debug)]
pub(super) struct Rule {
    place: String,
    spec: AnswerRule,
    body: Vec<Condition>,
    text: Vec<String>,
}

impl Rule {
    /// Prepares rules in their order.
    pub fn bind_all(rules: &[AnswerRule], place: &str, problems: &mut Vec<BindProblem>) -> Vec<Self> {
        let bound = rules.iter().enumerate().map(|(at, rule)| {
            let place = format!("{place}[{at}]");
            let texts = rule.when.text.iter().flat_map(OneOrMany::as_slice);
            Self {
                body: bind_conditions(&rule.when.body, &format!("{place}.when.body"), problems),
                text: texts.map(|text| text.to_lowercase()).collect(),
                spec: rule.clone(),
                place,
            }
        });
        bound.collect()
    }

    /// Does the rule match, and by which error?
    fn matching<'a>(&self, seen: &'a Seen<'_>) -> Matching<'a> {
        let when = &self.spec.when;
        if when.status.as_ref().is_some_and(|wanted| !status_fits(wanted, seen.answer.status)) {
            return Matching::No;
        }
        if !self.body.iter().all(|condition| seen.answer.json.as_ref().is_some_and(|json| condition.holds(json))) {
            return Matching::No;
        }
        if !self.text.is_empty() && !self.text.iter().any(|text| seen.texts().any(|seen| seen.contains(text))) {
            return Matching::No;
        }
        if when.error.is_none() && when.about.is_none() {
            return Matching::Yes;
        }
        let fits = |patterns: &Option<OneOrMany<String>>, text: &Option<String>| {
            patterns.as_ref().is_none_or(|patterns| {
                patterns.as_slice().iter().any(|pattern| glob(pattern, text.as_deref().unwrap_or_default()))
            })
        };
        seen.errors
            .iter()
            .find(|error| fits(&when.error, &error.name) && fits(&when.about, &error.about))
            .map_or(Matching::No, Matching::ByError)
    }
}

/// Whether a rule matches.
enum Matching<'a> {
    No,
    /// It asks for no error.
    Yes,
    /// This error made it match.
    ByError(&'a FoundError),
}

/// An answer with what was found in it.
struct Seen<'a> {
    answer: &'a HttpAnswer,
    errors: Vec<FoundError>,
    lower_body: String,
    lower_messages: Vec<String>,
}

impl Seen<'_> {
    fn texts(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.lower_body.as_str()).chain(self.lower_messages.iter().map(String::as_str))
    }
}

impl Bound {
    /// What an answer means. Vendor texts come back with every sent value masked.
    pub fn judge(&self, call: &CallName, request: &HttpRequest, answer: &HttpAnswer) -> Verdict {
        let bound = self.calls.get(call);
        let mut errors = self.errors_in(answer);
        if bound.is_some_and(|call| is_partial_answer(call, answer)) {
            errors.clear();
        }
        let seen = Seen {
            answer,
            lower_body: answer.text.to_lowercase(),
            lower_messages: errors
                .iter()
                .filter_map(|error| error.message.as_ref())
                .map(|text| text.to_lowercase())
                .collect(),
            errors,
        };
        let own = bound.map(|call| call.rules.as_slice()).unwrap_or_default();
        for rule in own.iter().chain(&self.rules) {
            let error = match rule.matching(&seen) {
                Matching::No => continue,
                Matching::Yes => seen.errors.first(),
                Matching::ByError(error) => Some(error),
            };
            return Verdict {
                meaning: rule.spec.means,
                say: rule.spec.say.clone().unwrap_or_else(|| self.sentence(rule.spec.means, answer.status)),
                vendor_text: vendor_text(error, request, answer, rule.spec.means),
                field: rule.spec.field.clone().or_else(|| self.field_of(error)),
                rule: rule.place.clone(),
            };
        }
        let meaning = default_meaning(call, bound, &seen);
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
            self.error_paths.iter().for_each(|paths| paths.collect(json, &mut errors));
        }
        errors
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
        self.sentence(meaning, seen.answer.status)
    }

    fn sentence(&self, meaning: Meaning, status: u16) -> String {
        let title = self.vendor_title();
        match meaning {
            Meaning::Done => format!("{title} confirmed the call"),
            Meaning::NotFound => format!("{title} does not know the account"),
            Meaning::AlreadyExists => "a value that must be unique belongs to another account".to_owned(),
            Meaning::Refused => format!("{title} refused the call with status {status}"),
            Meaning::BadReference => "something that the account refers to does not exist".to_owned(),
            Meaning::Busy => "the account is in use and cannot be changed now".to_owned(),
            Meaning::Limited => "too many calls in a short time".to_owned(),
            Meaning::Unauthenticated => format!("{title} does not accept the bridge's token"),
            Meaning::Forbidden => "the account that the bridge signs in with lacks the right".to_owned(),
            Meaning::Stale => "somebody else changed the account at the same time".to_owned(),
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
    let has_key = !matches!(call, CallName::Create | CallName::List | CallName::Find);
    match seen.answer.status {
        200..=299 if !seen.errors.is_empty() => Meaning::Refused,
        200..=299 => match (bound, &seen.answer.json) {
            (Some(call), None) if call.expects_json => Meaning::Broken,
            (Some(call), Some(json)) if is_graphql_without_data(call, json) => Meaning::Broken,
            _ => Meaning::Done,
        },
        401 => Meaning::Unauthenticated,
        403 => Meaning::Forbidden,
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

fn status_fits(wanted: &StatusCondition, status: u16) -> bool {
    match wanted {
        StatusCondition::Code(code) => *code == status,
        StatusCondition::Class(class) => {
            let text = status.to_string();
            class.len() == text.len()
                && class
                    .chars()
                    .zip(text.chars())
                    .all(|(wanted, have)| wanted.eq_ignore_ascii_case(&'x') || wanted == have)
        }
        StatusCondition::Any(any) => any.iter().any(|wanted| status_fits(wanted, status)),
    }
}

/// Does the text match a pattern in which `*` stands for anything? Letter case counts.
fn glob(pattern: &str, text: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(head) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let tail = parts.pop().unwrap_or_default();
    for part in parts {
        match text.find(part) {
            Some(at) => text = text.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    text.ends_with(tail)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_stand_for_anything_at_each_star() {
        for (pattern, text, fits) in [
            ("*", "", true),
            ("EmailAlreadyUsed*", "EmailAlreadyUsedError", true),
            ("EmailAlreadyUsed*", "SAMLUserIdAlreadyUsedError", false),
            ("*AlreadyUsed*", "SAMLUserIdAlreadyUsedError", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("*aa", "aaa", true),
            ("exact", "exactly", false),
        ] {
            assert_eq!(glob(pattern, text), fits, "{pattern} on {text}");
        }
    }

    #[test]
    fn a_status_is_a_number_a_class_or_one_of_several() {
        let fits = |wanted: Value, status| status_fits(&serde_json::from_value(wanted).expect("a condition"), status);
        assert!(fits(serde_json::json!(404), 404) && !fits(serde_json::json!(404), 400));
        assert!(fits(serde_json::json!("5xx"), 503) && !fits(serde_json::json!("5xx"), 403));
        assert!(fits(serde_json::json!([400, "42x"]), 422));
    }
}
