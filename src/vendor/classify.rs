//! From what came back (or did not) to a verdict: what it means, whether the call may have taken effect, whether the
//! vendor is in trouble. The rules on answers are the mapping's; here is only what no mapping can say.

use std::time::Duration;

use jiff::Timestamp;

use super::retry_after::retry_after;
use super::rules::Rules;
use super::send::{Credential, SendError};
use crate::mapping::bound::CallName;
use crate::mapping::bound::judge::follow::Wait;
use crate::mapping::model::Meaning;
use crate::mapping::wire::{HttpAnswer, HttpRequest, Verdict};

/// The rule's name in a verdict that no rule of the mapping made.
pub(super) const DEFAULT_RULE: &str = "default";

/// Longest time that a vendor can make the bridge wait at once; more is a mistake, or a reason to look again tomorrow.
const LONGEST_WISH: Duration = Duration::from_hours(24);

/// What an attempt came to.
#[derive(Debug, Clone)]
pub(super) struct Outcome {
    /// What it means.
    pub(super) verdict: Verdict,
    /// The answer, if there is a usable one.
    pub(super) answer: Option<HttpAnswer>,
    /// HTTP status, also of a useless answer.
    pub(super) status: Option<u16>,
    /// The call may have taken effect although no answer says so.
    pub(super) is_uncertain: bool,
    /// The vendor's wish.
    pub(super) retry_after: Option<Duration>,
}

impl Outcome {
    /// Does it speak against the vendor's health (counted by the breaker)?
    pub(super) fn is_trouble(&self) -> bool {
        self.verdict.meaning == Meaning::Broken
    }

    /// An outcome without an answer of the vendor to this call.
    pub(super) fn without_answer(meaning: Meaning, rule: &str, say: String) -> Self {
        let verdict = Verdict { meaning, say, vendor_text: None, field: None, rule: rule.to_owned() };
        Self { verdict, answer: None, status: None, is_uncertain: false, retry_after: None }
    }
}

/// Judges what came back.
pub(super) fn classify(
    rules: &dyn Rules,
    call: &CallName,
    request: &HttpRequest,
    result: Result<HttpAnswer, SendError>,
    credential: Option<&Credential>,
    now: Timestamp,
) -> Outcome {
    let answer = match result {
        Ok(answer) => answer,
        Err(error) => return without_usable_answer(&error),
    };
    // what the vendor says is shown to people, and some vendors quote the token
    let shown = credential.and_then(|credential| credential.hide_in(&answer));
    let mut verdict = rules.judge(call, request, shown.as_ref().unwrap_or(&answer));
    if let Some(problem) = unreadable(&verdict, &answer, rules.takes_anything(call)) {
        verdict.meaning = Meaning::Broken;
        verdict.say = problem;
    }
    Outcome {
        // Only `broken` leaves open what happened: a gateway that gave up waiting answers 5xx as well. Every other word
        // is the vendor's own on this very call.
        is_uncertain: verdict.meaning == Meaning::Broken,
        retry_after: wish(rules, call, &verdict, &answer, now),
        status: Some(answer.status),
        answer: Some(answer),
        verdict,
    }
}

/// How long the vendor asks to wait: where the rule says that it stands, else in the header.
fn wish(
    rules: &dyn Rules,
    call: &CallName,
    verdict: &Verdict,
    answer: &HttpAnswer,
    now: Timestamp,
) -> Option<Duration> {
    let named = rules.wait(call, verdict, answer).map(|wait| match wait {
        Wait::For(duration) => duration,
        Wait::Until(moment) => Duration::try_from(moment.duration_since(now)).unwrap_or(Duration::ZERO),
    });
    named.or_else(|| retry_after(answer, now)).map(|wish| wish.min(LONGEST_WISH))
}

fn without_usable_answer(error: &SendError) -> Outcome {
    let (meaning, is_uncertain, status) = match error {
        SendError::NotAllowed(_) => (Meaning::Refused, false, None),
        SendError::NotSent { .. } => (Meaning::Broken, false, None),
        SendError::Lost { .. } => (Meaning::Broken, true, None),
        // RFC 9110 sections 15.4.8 and 15.4.9: the request was not carried out, it is to be sent elsewhere.
        SendError::Useless { status: status @ (307 | 308), .. } => (Meaning::Broken, false, Some(*status)),
        SendError::Useless { status, .. } => (Meaning::Broken, true, Some(*status)),
    };
    Outcome { status, is_uncertain, ..Outcome::without_answer(meaning, "transport", error.to_string()) }
}

/// A 2xx that only its status calls a success, and whose body is not what its own header says: cut off on the way, or
/// the page of a proxy. Where the mapping expects anything, the header may be wrong, but a web page is none of the vendor's answers.
fn unreadable(verdict: &Verdict, answer: &HttpAnswer, takes_anything: bool) -> Option<String> {
    if verdict.meaning != Meaning::Done || verdict.rule != DEFAULT_RULE || answer.json.is_some() {
        return None;
    }
    let (_, kind) = answer.headers.iter().find(|(name, _)| name == "content-type")?;
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if kind == "text/html" {
        Some(
            "a web page came instead of an answer; look for a proxy in between or a wrong address in the settings"
                .to_owned(),
        )
    } else if !takes_anything
        && (kind == "application/json" || kind.ends_with("+json"))
        && !answer.text.trim().is_empty()
    {
        Some("the answer says that it is JSON but cannot be read".to_owned())
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::bound::{RenderError, Scope};
    use crate::mapping::wire::Body;

    #[derive(Debug)]
    struct Says(Meaning, &'static str);

    /// A call that the mapping expects anything of.
    #[derive(Debug)]
    struct TakesAnything;

    impl Rules for TakesAnything {
        fn title(&self) -> &'static str {
            "Vendor"
        }
        fn request(&self, _: &CallName, _: &Scope) -> Result<HttpRequest, RenderError> {
            unreachable!("only answers are judged here")
        }
        fn is_repeatable(&self, _: &CallName) -> bool {
            unreachable!("only answers are judged here")
        }
        fn takes_anything(&self, _: &CallName) -> bool {
            true
        }
        fn judge(&self, call: &CallName, request: &HttpRequest, answer: &HttpAnswer) -> Verdict {
            Says(Meaning::Done, DEFAULT_RULE).judge(call, request, answer)
        }
    }

    impl Rules for Says {
        fn title(&self) -> &'static str {
            "Vendor"
        }
        fn request(&self, _: &CallName, _: &Scope) -> Result<HttpRequest, RenderError> {
            unreachable!("only answers are judged here")
        }
        fn is_repeatable(&self, _: &CallName) -> bool {
            unreachable!("only answers are judged here")
        }
        fn judge(&self, _: &CallName, _: &HttpRequest, _: &HttpAnswer) -> Verdict {
            Verdict { meaning: self.0, say: String::new(), vendor_text: None, field: None, rule: self.1.to_owned() }
        }
    }

    fn outcome(judge: &dyn Rules, result: Result<HttpAnswer, SendError>) -> Outcome {
        let request = HttpRequest {
            method: crate::mapping::model::Method::Post,
            url: "https://api.example".to_owned(),
            headers: Vec::new(),
            body: Body::Empty,
        };
        classify(judge, &CallName::Create, &request, result, None, Timestamp::UNIX_EPOCH)
    }

    fn answer(status: u16, kind: &str, text: &str) -> HttpAnswer {
        HttpAnswer {
            status,
            headers: vec![("content-type".to_owned(), kind.to_owned())],
            text: text.to_owned(),
            json: serde_json::from_str(text).ok(),
        }
    }

    #[test]
    fn what_was_not_sent_is_certain_and_what_was_lost_is_not() {
        let (host, problem) = ("api.example".to_owned(), "x".to_owned());
        let judge = Says(Meaning::Done, DEFAULT_RULE);
        let unsent = outcome(&judge, Err(SendError::NotSent { host: host.clone(), problem: problem.clone() }));
        assert!(unsent.is_trouble() && !unsent.is_uncertain);
        let lost = outcome(&judge, Err(SendError::Lost { host: host.clone(), problem: problem.clone() }));
        assert!(lost.is_trouble() && lost.is_uncertain);
        for (status, is_uncertain) in [(200, true), (302, true), (307, false), (308, false), (502, true)] {
            let useless = SendError::Useless { host: host.clone(), status, problem: problem.clone() };
            assert_eq!(outcome(&judge, Err(useless)).is_uncertain, is_uncertain, "{status}");
        }
    }

    #[test]
    fn a_forbidden_address_is_final_and_no_trouble_of_the_vendor() {
        let outcome = outcome(&Says(Meaning::Done, DEFAULT_RULE), Err(SendError::NotAllowed("no".to_owned())));
        assert_eq!(outcome.verdict.meaning, Meaning::Refused);
        assert!(!outcome.is_trouble() && !outcome.is_uncertain);
    }

    #[test]
    fn only_broken_answers_leave_open_what_happened() {
        for meaning in [Meaning::Limited, Meaning::Busy, Meaning::Unauthenticated, Meaning::Refused, Meaning::Stale] {
            assert!(!outcome(&Says(meaning, "api.answers[0]"), Ok(answer(500, "text/plain", "no"))).is_uncertain);
        }
        assert!(outcome(&Says(Meaning::Broken, DEFAULT_RULE), Ok(answer(503, "text/plain", "no"))).is_uncertain);
    }

    #[test]
    fn an_unreadable_success_is_broken_unless_the_mapping_expects_it_or_a_rule_calls_it_done() {
        let default = Says(Meaning::Done, DEFAULT_RULE);
        for (kind, text) in [("application/json; charset=utf-8", r#"{"id":"#), ("text/html", "<html>")] {
            let outcome = outcome(&default, Ok(answer(200, kind, text)));
            assert!(outcome.is_trouble() && outcome.is_uncertain, "{kind}");
        }
        for (kind, text) in [("application/json", "{}"), ("application/json", ""), ("text/plain", "OK")] {
            assert_eq!(outcome(&default, Ok(answer(200, kind, text))).verdict.meaning, Meaning::Done, "{kind} {text}");
        }
        for (kind, text, meaning) in
            [("application/json", "OK", Meaning::Done), ("text/html", "<html>", Meaning::Broken)]
        {
            assert_eq!(outcome(&TakesAnything, Ok(answer(200, kind, text))).verdict.meaning, meaning, "{kind} {text}");
        }
        let ruled =
            outcome(&Says(Meaning::Done, "users.calls.create.answers[0]"), Ok(answer(200, "application/json", "OK")));
        assert_eq!(ruled.verdict.meaning, Meaning::Done);
    }
}
