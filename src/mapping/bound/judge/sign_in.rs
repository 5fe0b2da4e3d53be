//! What an answer to a sign-in means: the rules of its call, then those of the API, then the status. What follows from it is the vendor
//! side's work.

use std::sync::Arc;

use super::errors::{ErrorPaths, FoundError};
use super::follow::Wait;
use super::rule::{Matching, Rule, Seen};
use crate::mapping::model::Meaning;
use crate::mapping::wire::HttpAnswer;

/// Rules on answers to a sign-in.
#[derive(Debug, Clone)]
pub(in crate::mapping::bound) struct SignInRules {
    pub own: Arc<[Rule]>,
    pub api: Arc<[Rule]>,
    pub errors: Arc<[ErrorPaths]>,
}

/// What an answer to a sign-in means.
#[derive(Debug, Clone, PartialEq)]
pub struct SignInVerdict {
    /// The word.
    pub meaning: Meaning,
    /// The rule's sentence.
    pub say: Option<String>,
    /// The name of the vendor's error.
    pub error: Option<String>,
    /// How long the rule says to wait.
    pub wait: Option<Wait>,
    /// A rule of the sign-in itself says so.
    pub is_own: bool,
}

impl SignInRules {
    /// What an answer means.
    pub fn judge(&self, answer: &HttpAnswer) -> SignInVerdict {
        let mut errors = Vec::new();
        if let Some(json) = &answer.json {
            self.errors.iter().for_each(|paths| paths.collect(answer.status, json, &mut errors));
        }
        let seen = Seen::new(answer, errors);
        let name = |error: Option<&FoundError>| error.and_then(|error| error.name.clone());
        let own = self.own.iter().map(|rule| (rule, true));
        let api = self.api.iter().filter(|rule| is_about_sign_ins(rule.spec.means)).map(|rule| (rule, false));
        for (rule, is_own) in own.chain(api) {
            let error = match rule.matching(&seen) {
                Matching::No => continue,
                Matching::Yes => seen.errors.first(),
                Matching::ByError(error) => Some(error),
            };
            return SignInVerdict {
                meaning: rule.spec.means,
                say: rule.spec.say.clone(),
                error: name(error),
                wait: rule.time_to_wait(answer),
                is_own,
            };
        }
        let meaning = match answer.status {
            200..=299 if seen.errors.is_empty() => Meaning::Done,
            429 => Meaning::Limited,
            200..=299 | 400..=407 | 409..=424 | 426..=499 => Meaning::Refused,
            _ => Meaning::Broken,
        };
        SignInVerdict { meaning, say: None, error: name(seen.errors.first()), wait: None, is_own: false }
    }
}

/// Whether a word says something of a sign-in; the others speak of accounts.
pub(crate) fn is_about_sign_ins(meaning: Meaning) -> bool {
    match meaning {
        Meaning::Done
        | Meaning::Refused
        | Meaning::Busy
        | Meaning::Limited
        | Meaning::Unauthenticated
        | Meaning::Forbidden
        | Meaning::Broken => true,
        Meaning::NotFound | Meaning::AlreadyExists | Meaning::BadReference | Meaning::Stale => false,
    }
}
