//! A vendor that can only be asked: every call that could change something is refused before it is sent, whoever makes it and for whatever
//! reason. Signing in is the one thing beside questions that it does.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use super::{BuildError, HttpVendor, Options, failure};
use crate::ids::RequestId;
use crate::mapping::bound::{Bound, CallName, RenderError, Scope};
use crate::mapping::model::Meaning;
use crate::mapping::wire::{HttpAnswer, HttpRequest, Verdict};
use crate::vendor::classify::Outcome;
use crate::vendor::rules::Rules;
use crate::vendor::{Answered, CallContext, CallFailure, Priority, Vendor as _};

/// Most attempts of one question. Somebody waits at a terminal, and can ask again.
const MOST_ATTEMPTS: u32 = 2;
/// Longest time for one question, its repeats included.
const PATIENCE: Duration = Duration::from_secs(45);
/// The rule's name in the verdict on a question that was not over in time.
const LATE: &str = "time";

/// A vendor that can only be asked.
#[derive(Debug)]
pub struct ReadOnly(HttpVendor);

impl ReadOnly {
    /// Builds the vendor of a connection. Nothing is sent yet.
    ///
    /// # Errors
    /// As [`HttpVendor::new`].
    pub fn new(bound: Arc<Bound>, options: Options) -> Result<Self, BuildError> {
        let mut vendor = HttpVendor::new(bound, options)?;
        vendor.reads_only = true;
        vendor.retry.attempts = vendor.retry.attempts.min(MOST_ATTEMPTS);
        Ok(Self(vendor))
    }

    /// Makes one call, if it only reads, until `deadline` at the latest.
    ///
    /// # Errors
    /// What the answer means, or that the call would change something.
    pub async fn ask(&self, call: &CallName, scope: &Scope, deadline: Instant) -> Result<Answered, CallFailure> {
        let deadline = deadline.min(Instant::now() + PATIENCE);
        let context = CallContext { request_id: RequestId::generate(), priority: Priority::Background, deadline };
        // the deadline of the context ends repeats, this one also a call under way
        let answered = timeout_at(deadline, self.0.call(call, scope, &context)).await;
        if let Ok(answered) = answered {
            return answered;
        }
        let say = format!("{} has not answered in time", self.0.rules.title());
        Err(failure(Outcome::without_answer(Meaning::Broken, LATE, say), false, 0, None))
    }

    /// The same vendor, with the same sign-in, asked by another part of the mapping.
    #[must_use]
    pub fn speaking(&self, bound: Arc<Bound>) -> Self {
        Self(self.0.with_rules(bound))
    }

    /// The vendor's own GraphQL schema, as its introspection answers.
    ///
    /// # Errors
    /// When the vendor does not tell it.
    pub async fn introspect(&self, bound: Arc<Bound>, deadline: Instant) -> Result<Value, CallFailure> {
        let asking = Self(self.0.with_rules(Arc::new(Introspection(bound))));
        let answered = asking.ask(&CallName::Read, &Scope::default(), deadline).await?;
        Ok(answered.answer.json.unwrap_or_default())
    }

    /// Secret by name, to be compared or masked.
    pub fn secret(&self, name: &str) -> Option<secrecy::SecretString> {
        self.0.secret(name)
    }
}

impl HttpVendor {
    /// The same vendor, with the same pace, breaker and sign-in, by other rules.
    pub(super) fn with_rules(&self, rules: Arc<dyn Rules>) -> Self {
        Self {
            connection: self.connection.clone(),
            report: self.report.clone(),
            rules,
            retry: self.retry.clone(),
            request_id_header: self.request_id_header.clone(),
            desk: Arc::clone(&self.desk),
            breaker: Arc::clone(&self.breaker),
            credentials: Arc::clone(&self.credentials),
            secrets: Arc::clone(&self.secrets),
            hosts: Arc::clone(&self.hosts),
            wire: Arc::clone(&self.wire),
            clock: Arc::clone(&self.clock),
            reads_only: self.reads_only,
        }
    }

    /// The refusal of a call that could change something, where nothing may be changed.
    pub(super) fn refusal_to_write(&self, call: &CallName) -> Option<CallFailure> {
        if !self.reads_only || self.rules.only_reads(call) {
            return None;
        }
        let say = format!("the call `{call}` could change something, and nothing may be changed now; it was not made");
        Some(failure(Outcome::without_answer(Meaning::Refused, "reads only", say), false, 0, None))
    }
}

/// The question for the vendor's GraphQL schema. What the answer means otherwise, the mapping's rules say.
#[derive(Debug)]
struct Introspection(Arc<Bound>);

impl Rules for Introspection {
    fn title(&self) -> &str {
        self.0.vendor_title()
    }

    fn request(&self, _: &CallName, _: &Scope) -> Result<HttpRequest, RenderError> {
        self.0.introspection_request()
    }

    fn is_repeatable(&self, _: &CallName) -> bool {
        true
    }

    fn only_reads(&self, _: &CallName) -> bool {
        true
    }

    fn judge(&self, call: &CallName, request: &HttpRequest, answer: &HttpAnswer) -> Verdict {
        let has_schema =
            answer.json.as_ref().and_then(|json| json.pointer("/data/__schema")).is_some_and(Value::is_object);
        let verdict = self.0.judge(call, request, answer);
        match has_schema {
            true => Verdict { meaning: Meaning::Done, ..verdict },
            // one of those that are not repeated: whoever does not tell his schema does not tell it the second time
            false if verdict.meaning == Meaning::Done => {
                let say = "the answer holds no schema".to_owned();
                Verdict { meaning: Meaning::Refused, say, ..verdict }
            }
            false => verdict,
        }
    }
}
