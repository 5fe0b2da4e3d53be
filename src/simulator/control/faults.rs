//! Faults: rules that make chosen calls go wrong. A rule counts down and then rests; what it does is what networks, gateways and vendors really do.
//!
//! ```json
//! [
//!   { "match": { "operation": "userCreate", "nth": 2 }, "do": { "cut": "after" } },
//!   { "match": { "path": "/oauth2/token" }, "do": { "status": 503, "body": "<html>bad gateway</html>" } },
//!   { "match": { "operation": "users", "times": 3 }, "do": { "limit": { "seconds": 2, "form": "date" } } },
//!   { "match": { "times": "always" }, "do": { "delay_ms": 200 } },
//!   { "do": { "truncate": 20 } }
//! ]
//! ```
//!
//! `match` (all of what is given must fit; nothing given fits every call):
//! * `operation`: a name in the vendor's words (`userCreate`, `token`) or the name that the caller gave;
//! * `path`: the path without query, or its beginning followed by `*`; `method`: the HTTP method;
//! * `nth`: the first fitting call that is hit, from 1 (default 1); `times`: how many are hit from there on, a number (default 1) or `"always"`.
//!
//! `do`:
//! * `status`, with `body` (a text, or JSON) and `headers`: this answer instead of the vendor's;
//! * `limit`: 429 with `Retry-After`: `{"seconds": 2, "form": "seconds" | "date" | "none"}`, with `body` and `headers` if given;
//! * `cut`: the connection breaks without an answer, `"before"` or `"after"` the operation has happened;
//! * `garbage`: the operation happens, the body of the answer is not JSON; `truncate`: it happens, only so many bytes of the body arrive;
//! * `delay_ms`: a pause, alone or with one of the others;
//! * `when`: whether `status`, `limit` and `delay_ms` come `"before"` the operation (which then, for the first two, never happens; the default)
//!   or `"after"` it has happened.
//!
//! When several rules hit the same call, the first one acts; the others have counted it as well.

use std::collections::BTreeMap;
use std::sync::Mutex;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::knobs::RetryAfter;
use super::lock;
use super::message::{Answer, Request};
use super::stand::Operation;

/// Rules that may be set at the same time; more are refused.
const MAX_RULES: usize = 1_000;

/// A fault rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Which calls it hits.
    #[serde(rename = "match", default)]
    pub calls: Match,
    /// What happens to them.
    #[serde(rename = "do")]
    pub action: Action,
}

/// Which calls a rule hits.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Match {
    /// Name of the operation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// Path, or its beginning and `*`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// HTTP method.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// First fitting call that is hit, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nth: Option<u64>,
    /// How many are hit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub times: Option<Times>,
}

/// How often a rule acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Times {
    /// So many times.
    Count(u64),
    /// Without end.
    Word(Always),
}

/// The word `always`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Always {
    /// Without end.
    Always,
}

/// Before or after the operation has happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Moment {
    /// Before.
    #[default]
    Before,
    /// After.
    After,
}

/// What happens to a call.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Action {
    /// When `status`, `limit` and `delay_ms` come.
    pub when: Moment,
    /// Status of the answer instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Body of the answer instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// Headers of the answer instead.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// Pause in milliseconds.
    pub delay_ms: u64,
    /// Where the connection breaks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cut: Option<Moment>,
    /// Whether the body becomes unreadable.
    pub garbage: bool,
    /// How many bytes of the body arrive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truncate: Option<usize>,
    /// A 429.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<Limit>,
}

/// How a 429 looks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limit {
    /// When to come again.
    pub seconds: u64,
    /// How that is said.
    pub form: RetryAfter,
}

impl Default for Limit {
    fn default() -> Self {
        Self { seconds: 1, form: RetryAfter::Seconds }
    }
}

/// What a rule can look at.
pub struct Facts<'a> {
    /// The request.
    pub request: &'a Request,
    /// What it is about.
    pub operation: &'a Operation,
}

/// The rules that are set.
#[derive(Debug, Default)]
pub struct Faults {
    rules: Mutex<Vec<Counted>>,
}

#[derive(Debug)]
struct Counted {
    rule: Rule,
    seen: u64,
    hit: u64,
}

impl Faults {
    /// Adds a rule or a list of rules; all or none.
    pub fn add(&self, rules: &Value) -> Result<(), String> {
        let list = match rules {
            Value::Array(list) => list.as_slice(),
            one => std::slice::from_ref(one),
        };
        let read: Vec<Rule> =
            list.iter().enumerate().map(|(place, rule)| Rule::read(rule, place)).collect::<Result<_, _>>()?;
        let mut rules = lock(&self.rules);
        if rules.len() + read.len() > MAX_RULES {
            return Err(format!("faults: at most {MAX_RULES} rules"));
        }
        rules.extend(read.into_iter().map(|rule| Counted { rule, seen: 0, hit: 0 }));
        Ok(())
    }

    /// Drops all rules.
    pub fn clear(&self) {
        lock(&self.rules).clear();
    }

    /// The rules with their counters: `seen` fitting calls, `hit` ones.
    pub fn list(&self) -> Value {
        let rules = lock(&self.rules);
        rules.iter().map(|counted| json!({ "rule": counted.rule, "seen": counted.seen, "hit": counted.hit })).collect()
    }

    /// Counts a call and says what happens to it.
    pub fn meet(&self, facts: &Facts<'_>) -> Option<Action> {
        let mut first = None;
        for counted in lock(&self.rules).iter_mut().filter(|counted| counted.rule.calls.fits(facts)) {
            counted.seen += 1;
            let begins = counted.rule.calls.nth.unwrap_or(1);
            let lasts = match counted.rule.calls.times {
                Some(Times::Word(Always::Always)) => u64::MAX,
                Some(Times::Count(times)) => times,
                None => 1,
            };
            if first.is_none() && counted.seen >= begins && counted.hit < lasts {
                counted.hit += 1;
                first = Some(counted.rule.action.clone());
            }
        }
        first
    }
}

impl Rule {
    fn read(value: &Value, place: usize) -> Result<Self, String> {
        let wrong = |what: &str| format!("faults: rule {}: {what}", place + 1);
        let rule: Self = serde_json::from_value(value.clone()).map_err(|error| wrong(&error.to_string()))?;
        let action = &rule.action;
        let kinds = [
            action.status.is_some(),
            action.limit.is_some(),
            action.cut.is_some(),
            action.garbage,
            action.truncate.is_some(),
        ];
        let chosen = kinds.iter().filter(|chosen| **chosen).count();
        if chosen > 1 {
            return Err(wrong("only one of status, limit, cut, garbage and truncate can happen to a call"));
        }
        if chosen == 0 && action.delay_ms == 0 {
            return Err(wrong("`do` says nothing"));
        }
        let answers = action.status.is_some() || action.limit.is_some();
        if !answers && (action.body.is_some() || !action.headers.is_empty()) {
            return Err(wrong("body and headers need status or limit"));
        }
        if action.status.is_some_and(|status| !(200..=599).contains(&status)) {
            return Err(wrong("status must be from 200 to 599"));
        }
        let plain = |text: &str| !text.is_empty() && text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        let names = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if action.headers.iter().any(|(name, value)| !plain(name) || !names(name) || !plain(value)) {
            return Err(wrong("a header is not plain text"));
        }
        if rule.calls.nth == Some(0) || rule.calls.times == Some(Times::Count(0)) {
            return Err(wrong("nth and times count from 1"));
        }
        Ok(rule)
    }
}

impl Match {
    fn fits(&self, facts: &Facts<'_>) -> bool {
        let operation = self.operation.as_ref().is_none_or(|wanted| {
            facts.operation.names.contains(wanted) || facts.operation.caller_name.as_ref() == Some(wanted)
        });
        let path = self.path.as_deref().is_none_or(|wanted| match wanted.strip_suffix('*') {
            Some(beginning) => facts.request.path.starts_with(beginning),
            None => facts.request.path == wanted,
        });
        let method = self.method.as_deref().is_none_or(|wanted| facts.request.method.eq_ignore_ascii_case(wanted));
        operation && path && method
    }
}

impl Action {
    /// A short name for the call log.
    pub fn name(&self) -> String {
        let what = match self {
            Self { cut: Some(Moment::Before), .. } => "cut before".to_owned(),
            Self { cut: Some(Moment::After), .. } => "cut after".to_owned(),
            Self { status: Some(status), .. } => status.to_string(),
            Self { limit: Some(_), .. } => "429".to_owned(),
            Self { truncate: Some(_), .. } => "truncated".to_owned(),
            Self { garbage: true, .. } => "garbage".to_owned(),
            _ => return format!("delay {} ms", self.delay_ms),
        };
        if self.delay_ms > 0 { format!("{what}, delay {} ms", self.delay_ms) } else { what }
    }

    /// The answer instead of the vendor's, if the rule has one.
    pub fn instead(&self, now: Timestamp) -> Option<Answer> {
        let status = self.status.or(self.limit.as_ref().map(|_| 429))?;
        let typed = self.headers.keys().any(|name| name.eq_ignore_ascii_case("content-type"));
        let (media_type, body) = match &self.body {
            None => ("text/plain; charset=utf-8", format!("{status} by a fault rule")),
            Some(Value::String(text)) => ("text/plain; charset=utf-8", text.clone()),
            Some(json) => ("application/json", json.to_string()),
        };
        let mut answer = Answer { status, headers: Vec::new(), body: body.into_bytes() };
        if !typed {
            answer = answer.with_header("content-type", media_type);
        }
        for (name, value) in &self.headers {
            answer = answer.with_header(name, value);
        }
        Some(match &self.limit {
            Some(limit) => limit.form.put_on(answer, limit.seconds, now),
            None => answer,
        })
    }
}
