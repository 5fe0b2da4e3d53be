//! Does a rule on answers match? All of its conditions must hold. Which rule comes first is decided by [`super`].

use super::condition::Condition;
use super::errors::FoundError;
use crate::mapping::bound::bind::{BindProblem, bind_conditions, path_or_note};
use crate::mapping::model::{AnswerRule, OneOrMany, StatusCondition};
use crate::mapping::vendor_path::VendorPath;
use crate::mapping::wire::HttpAnswer;

/// A rule, with paths parsed.
#[derive(Debug)]
pub struct Rule {
    /// Where it stands in the mapping.
    pub(super) place: String,
    pub(super) spec: AnswerRule,
    /// Where the time to wait stands.
    pub(super) wait: Option<VendorPath>,
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
                wait: rule.wait.as_deref().map(|path| path_or_note(path, &format!("{place}.wait"), problems)),
                spec: rule.clone(),
                place,
            }
        });
        bound.collect()
    }

    /// Does the rule match, and by which error?
    pub(super) fn matching<'a>(&self, seen: &'a Seen<'_>) -> Matching<'a> {
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
pub(super) enum Matching<'a> {
    No,
    /// It asks for no error.
    Yes,
    /// This error made it match.
    ByError(&'a FoundError),
}

/// An answer with what was found in it.
pub(super) struct Seen<'a> {
    pub answer: &'a HttpAnswer,
    pub errors: Vec<FoundError>,
    lower_body: String,
    lower_messages: Vec<String>,
}

impl<'a> Seen<'a> {
    /// Lower case is made once, for all rules.
    pub fn new(answer: &'a HttpAnswer, errors: Vec<FoundError>) -> Self {
        let messages = errors.iter().filter_map(|error| error.message.as_ref());
        Self {
            answer,
            lower_body: answer.text.to_lowercase(),
            lower_messages: messages.map(|text| text.to_lowercase()).collect(),
            errors,
        }
    }

    fn texts(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.lower_body.as_str()).chain(self.lower_messages.iter().map(String::as_str))
    }
}

/// Is this one of the statuses that are wanted?
pub(super) fn status_fits(wanted: &StatusCondition, status: u16) -> bool {
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

#[cfg(test)]
mod tests {
    use serde_json::Value;

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
