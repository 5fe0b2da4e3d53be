//! The vendor over HTTP: the visible pipeline permit → breaker → credentials → send → classify → retry. Each step is a
//! file of its own; here is their order. What the answer does to an account is the caller's business.

mod ask;
mod build;
mod counted;
mod reading;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::{Instant, sleep};

pub use self::build::{BuildError, Options};
pub use self::reading::ReadOnly;
use super::breaker::Breaker;
use super::classify::{Outcome, classify};
use super::credentials::{Challenge, Credentials, Issued, Next, SignInError};
use super::hosts::Hosts;
use super::permit::{NoPermit, Permit, PermitDesk};
use super::report::Report;
use super::retry::{Pauses, Repetition, rest_after_limited};
use super::retry_after::exhausted_for;
use super::rules::Rules;
use super::secrets::Secrets;
use super::send::{Prepared, SendError, Wire};
use super::{Answered, CallContext, CallFailure, Health, Vendor};
use crate::clock::{SharedClock, whole_seconds};
use crate::ids::ConnectionName;
use crate::mapping::bound::{Bound, CallName, Scope};
use crate::mapping::model::{Meaning, Retry};
use crate::mapping::wire::{HttpAnswer, HttpRequest};

/// Longest rest that rate headers alone can cause; an explicit `Retry-After` may ask for more.
const LONGEST_QUIET_REST: Duration = Duration::from_mins(1);
/// Longest answer to a list: a vendor without pages answers everybody at once, and 20,000 people are some 30 MB.
const MOST_LIST_BYTES: usize = 64 * 1024 * 1024;

/// A vendor over HTTP.
#[derive(Debug)]
pub struct HttpVendor {
    connection: ConnectionName,
    report: Report,
    rules: Arc<dyn Rules>,
    retry: Retry,
    request_id_header: Option<String>,
    desk: Arc<PermitDesk>,
    breaker: Arc<Breaker>,
    credentials: Arc<Credentials>,
    secrets: Arc<Secrets>,
    hosts: Arc<Hosts>,
    wire: Arc<dyn Wire>,
    clock: SharedClock,
    /// Calls that could change something are refused.
    reads_only: bool,
}

/// How an attempt ended.
enum Attempt {
    /// Nothing was sent, and nothing will be within this call: no permit, or the breaker is open.
    NotNow(Outcome),
    /// Nothing was sent for want of a host or a credential.
    NotSent(Outcome),
    /// Sent, with this credential.
    Sent(Outcome, Issued),
}

impl HttpVendor {
    /// How long the vendor has asked this connection to pause, from now on. For the console.
    pub fn pause_left(&self) -> Option<Duration> {
        self.desk.pause_left()
    }

    /// Permit → breaker → credentials → send → classify, once.
    async fn attempt(
        &self,
        call: &CallName,
        request: &HttpRequest,
        challenge: Option<Challenge>,
        context: &CallContext,
    ) -> Attempt {
        if let Some(rest) = self.breaker.rest_left() {
            return Attempt::NotNow(self.resting(rest));
        }
        // before the permit: where the API is, is asked of somebody else
        let prepared = match self.hosts.place(&request.url).await {
            Ok(url) => match self.prepare(call, &url, request, context) {
                Ok(prepared) => prepared,
                Err(error) => {
                    return Attempt::NotSent(Outcome::without_answer(Meaning::Refused, "transport", error.to_string()));
                }
            },
            Err(error) => {
                let outcome = Outcome::without_answer(error.meaning, "hosts", error.to_string());
                return Attempt::NotSent(Outcome { retry_after: error.retry_after, ..outcome });
            }
        };
        let _permit = match self.permit(context).await {
            Ok(permit) => permit,
            Err(missed) => return Attempt::NotNow(self.without_permit(missed)),
        };
        let admission = match self.breaker.admit() {
            Ok(admission) => admission,
            Err(rest) => return Attempt::NotNow(self.resting(rest)),
        };
        let started = Instant::now();
        let (result, issued) = match self.send(&prepared, challenge).await {
            Ok(sent) => sent,
            Err(error) => {
                let mut outcome = Outcome::without_answer(error.meaning(), "sign_in", error.to_string());
                outcome.retry_after = error.retry_after();
                if matches!(error, SignInError::Broken(_) | SignInError::Unreached(_)) {
                    admission.failed();
                }
                return Attempt::NotSent(outcome);
            }
        };
        if matches!(result, Err(SendError::NotSent { .. })) {
            self.hosts.doubt();
        }
        let credential = issued.credential.as_ref();
        let outcome = classify(self.rules.as_ref(), call, request, result, credential, self.clock.now());
        if outcome.is_trouble() {
            admission.failed();
        } else {
            admission.succeeded();
        }
        self.learn(&outcome, &issued);
        self.report.attempted(call, &outcome, started.elapsed(), context);
        Attempt::Sent(outcome, issued)
    }

    /// Credentials → send. A vendor that has to ask before it can be answered is answered at once.
    async fn send(
        &self,
        prepared: &Prepared,
        challenge: Option<Challenge>,
    ) -> Result<(Result<HttpAnswer, SendError>, Issued), SignInError> {
        let issued = self.credentials.issue(prepared, challenge).await?;
        let result = self.wire.send(prepared, issued.credential.as_ref()).await;
        let asked = result.as_ref().ok().and_then(|answer| self.credentials.asked(&issued, answer));
        if asked.is_none() {
            return Ok((result, issued));
        }
        let issued = self.credentials.issue(prepared, asked).await?;
        let _counted = self.desk.charge();
        let result = self.wire.send(prepared, issued.credential.as_ref()).await;
        Ok((result, issued))
    }

    async fn permit(&self, context: &CallContext) -> Result<Permit, NoPermit> {
        let started = Instant::now();
        let permit = self.desk.acquire(context).await;
        self.report.waited(context.priority, started.elapsed(), permit.is_ok());
        permit
    }

    /// What an answer tells about the next calls: pauses for the whole connection, and whether the credential holds.
    fn learn(&self, outcome: &Outcome, issued: &Issued) {
        if outcome.verdict.meaning == Meaning::Limited {
            self.pause(rest_after_limited(&self.retry, outcome.retry_after));
        }
        let Some(answer) = &outcome.answer else { return };
        if outcome.verdict.meaning != Meaning::Unauthenticated {
            self.credentials.accept(issued, answer);
        }
        if outcome.verdict.meaning != Meaning::Limited
            && let Some(rest) = exhausted_for(answer, self.clock.now()).filter(|rest| !rest.is_zero())
        {
            self.pause(rest.min(LONGEST_QUIET_REST));
        }
    }

    fn pause(&self, rest: Duration) {
        self.report.paused();
        self.desk.pause(rest);
    }

    fn resting(&self, rest: Duration) -> Outcome {
        let say = format!(
            "{} failed several times in a row, so connection {} makes no calls for {} s",
            self.rules.title(),
            self.connection,
            whole_seconds(rest)
        );
        Outcome { retry_after: Some(rest), ..Outcome::without_answer(Meaning::Broken, "breaker", say) }
    }

    fn without_permit(&self, missed: NoPermit) -> Outcome {
        let (title, connection, seconds) = (self.rules.title(), &self.connection, whole_seconds(missed.retry_after));
        let say = if missed.paused {
            format!("{title} asked connection {connection} to pause, {seconds} s are left")
        } else {
            format!("too many calls wait for {title}: the limits of connection {connection} left no time for this one")
        };
        Outcome { retry_after: Some(missed.retry_after), ..Outcome::without_answer(Meaning::Limited, "pace", say) }
    }

    fn prepare(
        &self,
        call: &CallName,
        url: &str,
        request: &HttpRequest,
        context: &CallContext,
    ) -> Result<Prepared, SendError> {
        let mut prepared = Prepared::to(url, request)?;
        if matches!(call, CallName::List | CallName::Lists(_) | CallName::Find) {
            prepared = prepared.with_longest_answer(MOST_LIST_BYTES);
        }
        match &self.request_id_header {
            Some(name) => prepared.with_header(name, context.request_id.as_str()),
            None => Ok(prepared),
        }
    }
}

#[async_trait]
impl Vendor for HttpVendor {
    fn speaking(&self, bound: Arc<Bound>) -> Arc<dyn Vendor> {
        Arc::new(self.with_rules(bound))
    }

    async fn call(&self, call: &CallName, scope: &Scope, context: &CallContext) -> Result<Answered, CallFailure> {
        if let Some(refusal) = self.refusal_to_write(call) {
            return Err(refusal);
        }
        let unbuildable =
            |place: &str, say: String| failure(Outcome::without_answer(Meaning::Refused, place, say), false, 0, None);
        let request = self
            .rules
            .request(call, scope)
            .map_err(|error| unbuildable(&error.place, format!("the call cannot be built: {}", error.problem)))?;

        let repetition = Repetition::of(call, request.method, self.rules.is_repeatable(call));
        let mut pauses = Pauses::new(&self.retry);
        let mut attempts = 0;
        // Sticky: what an earlier attempt may have done, a later answer does not undo.
        let mut is_uncertain = false;
        let mut has_signed_in_again = false;
        let mut challenge = None;
        let mut last = None;
        loop {
            let mut outcome = match self.attempt(call, &request, challenge.take(), context).await {
                Attempt::NotNow(outcome) => {
                    // What went wrong before says more than that there was no time left to try again.
                    let retry_after = outcome.retry_after;
                    return Err(failure(last.unwrap_or(outcome), is_uncertain, attempts, retry_after));
                }
                Attempt::NotSent(outcome) => outcome,
                Attempt::Sent(mut outcome, issued) => {
                    if let Some(answer) = &outcome.answer
                        && outcome.verdict.meaning == Meaning::Unauthenticated
                    {
                        let rejection = self.credentials.reject(&issued, answer, self.rules.title(), &self.connection);
                        if let Next::Again(asked) = rejection.next
                            && !std::mem::replace(&mut has_signed_in_again, true)
                        {
                            challenge = asked;
                            attempts += 1;
                            self.report.repeated(call, &outcome, attempts, Duration::ZERO, context);
                            continue;
                        }
                        outcome.verdict.say = rejection.say;
                    }
                    outcome
                }
            };
            if let Err(unanswered) = self.resolve(call, &mut outcome, scope, context).await {
                return Err(CallFailure { uncertain: is_uncertain, ..unanswered });
            }
            attempts += 1;
            is_uncertain |= outcome.is_uncertain && repetition != Repetition::Reads;
            if outcome.verdict.meaning == Meaning::Done
                && let Some(answer) = outcome.answer.take()
            {
                return Ok(Answered { answer, attempts });
            }
            let wish = outcome.retry_after;
            if is_uncertain && repetition == Repetition::Unsafe {
                return Err(failure(outcome, is_uncertain, attempts, wish));
            }
            let Some(pause) = pauses.next(outcome.verdict.meaning, wish) else {
                return Err(failure(outcome, is_uncertain, attempts, wish));
            };
            if Instant::now() + pause > context.deadline {
                return Err(failure(outcome, is_uncertain, attempts, Some(pause)));
            }
            self.report.repeated(call, &outcome, attempts, pause, context);
            last = Some(outcome);
            sleep(pause).await;
        }
    }

    fn secret(&self, name: &str) -> Option<secrecy::SecretString> {
        self.secrets.get(name)
    }

    fn health(&self) -> Health {
        if self.credentials.are_accepted() { self.breaker.health() } else { Health::Failing }
    }
}

fn failure(outcome: Outcome, uncertain: bool, attempts: u32, retry_after: Option<Duration>) -> CallFailure {
    CallFailure { verdict: outcome.verdict, uncertain, retry_after, attempts }
}

#[cfg(test)]
mod tests;
