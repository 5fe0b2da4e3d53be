//! One token for all calls of a connection: one sign-in however many wait for it, renewal in the background before the
//! token ends, one sign-in after it was rejected, and none at all for a while after the vendor refused us. Knows no
//! scheme: how a sign-in or a refresh is made is its [`Grant`]'s business.

mod grant;
mod refresh;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use metrics::{SharedString, counter};
use tokio::time::Instant;

pub(super) use self::grant::{Fresh, Grant};
use super::SignInError;
use super::session::Session;
use crate::ids::ConnectionName;
use crate::mapping::model::SignInLimit;
use crate::vendor::metrics::{SIGN_IN_REFUSALS, SIGN_INS};
use crate::vendor::pace::Pace;
use crate::vendor::send::Credential;

/// Lifetime of a token whose answer names none. RFC 6749 section 5.1 leaves it to the vendor's documentation; an hour
/// is the usual one, and a token that ends earlier is noticed by its 401.
const DEFAULT_LIFETIME: Duration = Duration::from_hours(1);
/// Longest lifetime that is believed.
const LONGEST_LIFETIME: Duration = Duration::from_hours(366 * 24);
/// A token is not used in its last seconds: it could end on the way.
const LAST_SECONDS: Duration = Duration::from_secs(5);
/// Pause between two attempts to renew in the background.
const RENEWAL_PAUSE: Duration = Duration::from_secs(30);
/// A token that was rejected before it ever worked is not replaced within this time: the vendor issues tokens that it
/// does not accept, and asking for more of them helps nobody.
const UNPROVEN_FOR: Duration = Duration::from_secs(10);
/// First time without sign-ins after the vendor refused one; doubles with each further refusal, so that the bridge does
/// not lock its own account.
const FIRST_REFUSAL_PAUSE: Duration = Duration::from_secs(30);
/// Longest time without sign-ins.
const LONGEST_REFUSAL_PAUSE: Duration = Duration::from_mins(10);

/// Keeps the token of one connection.
#[derive(Debug)]
pub(in crate::vendor) struct TokenKeeper {
    connection: SharedString,
    grant: Box<dyn Grant>,
    renew_before: Duration,
    pace: Option<Pace>,
    state: Mutex<State>,
    /// Held while somebody signs in.
    turn: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct State {
    token: Option<Token>,
    generation: u64,
    /// Sign-ins that worked so far.
    sign_ins: u64,
    /// Sign-ins that failed so far: who waited for one of them takes over its error.
    failures: u64,
    last_failure: Option<SignInError>,
    /// Why the vendor gave no token last, for whoever then finds the sign-ins used up.
    last_cause: Option<String>,
    barred: Option<Barred>,
    is_renewing: bool,
}

#[derive(Debug)]
struct Token {
    credential: Credential,
    session: Arc<Session>,
    issued: Instant,
    lifetime: Duration,
    ends: Instant,
    renew_from: Instant,
    /// The vendor has accepted it at least once.
    is_proven: bool,
    /// The vendor has rejected it: a new one is needed.
    is_rejected: bool,
    /// The vendor has not refused to refresh it.
    can_be_refreshed: bool,
    /// Which sign-in it goes back to; a refresh is none.
    sign_in: u64,
}

/// No sign-in until then, unless the secrets change.
#[derive(Debug)]
struct Barred {
    until: Instant,
    pause: Duration,
    error: SignInError,
    fingerprint: Option<[u8; 32]>,
}

impl TokenKeeper {
    /// A keeper without a token yet.
    pub(super) fn new(
        connection: &ConnectionName,
        grant: Box<dyn Grant>,
        renew_before_seconds: u64,
        limit: Option<SignInLimit>,
    ) -> Arc<Self> {
        Arc::new(Self {
            connection: connection.as_str().to_owned().into(),
            grant,
            renew_before: Duration::from_secs(renew_before_seconds),
            pace: limit.map(|limit| Pace::within(Duration::from_secs(limit.per_seconds), limit.calls)),
            state: Mutex::default(),
            turn: tokio::sync::Mutex::new(()),
        })
    }

    /// What a call carries, and its generation; signs in when there is none that works. Never waits while the present one works.
    ///
    /// # Errors
    /// When there is none to be had.
    pub(super) async fn credential(self: &Arc<Self>) -> Result<(Credential, u64), SignInError> {
        let failures_before = {
            let mut state = self.lock();
            if let Some(found) = state.usable() {
                self.renew_in_time(&mut state);
                return Ok(found);
            }
            state.failures
        };
        let _turn = self.turn.lock().await;
        {
            let state = self.lock();
            if let Some(found) = state.usable() {
                return Ok(found);
            }
            if state.failures != failures_before
                && let Some(error) = &state.last_failure
            {
                return Err(error.for_another());
            }
        }
        self.renew().await
    }

    /// The vendor rejected the token of this generation. `true`: another attempt will carry a different one.
    pub(super) fn reject(&self, generation: u64) -> bool {
        let mut state = self.lock();
        if state.generation != generation {
            return true;
        }
        let Some(token) = &mut state.token else { return true };
        let is_hopeless = !token.is_proven && token.issued.elapsed() < UNPROVEN_FOR;
        token.is_rejected |= !is_hopeless;
        token.is_rejected
    }

    /// The vendor accepted the token of this generation.
    pub(super) fn accept(&self, generation: u64) {
        let mut state = self.lock();
        if state.generation == generation
            && let Some(token) = &mut state.token
        {
            token.is_proven = true;
        }
    }

    /// Was the last sign-in accepted, or none refused yet?
    pub(super) fn is_accepted(&self) -> bool {
        !matches!(self.lock().last_failure, Some(SignInError::Refused { .. } | SignInError::Unusable(_)))
    }

    /// Starts a renewal in the background when it is time.
    fn renew_in_time(self: &Arc<Self>, state: &mut State) {
        let is_time = state.token.as_ref().is_some_and(|token| token.renew_from <= Instant::now());
        if !is_time || std::mem::replace(&mut state.is_renewing, true) {
            return;
        }
        let keeper = Arc::clone(self);
        tokio::spawn(async move {
            if let Ok(_turn) = keeper.turn.try_lock()
                && let Err(error) = keeper.renew().await
            {
                tracing::warn!(
                    connection = %keeper.connection,
                    "the token of connection {} could not be renewed, the present one is used to its end: {error}",
                    keeper.connection
                );
            }
            let mut state = keeper.lock();
            state.is_renewing = false;
            if let Some(token) = &mut state.token {
                token.renew_from = token.renew_from.max(Instant::now() + RENEWAL_PAUSE);
            }
        });
    }

    /// Signs in once, if nothing bars it. The caller holds the turn.
    async fn sign_in(self: &Arc<Self>) -> Result<(Credential, u64), SignInError> {
        let fingerprint = self.grant.fingerprint();
        self.check_barred(fingerprint)?;
        if let Some(Err(next)) = self.pace.as_ref().map(Pace::take) {
            let cause = self.lock().last_cause.clone().map(|cause| format!("; the last one failed: {cause}"));
            let error = SignInError::Limited {
                say: format!(
                    "the sign-ins that the vendor allows are used up in connection {}{}",
                    self.connection,
                    cause.unwrap_or_default()
                ),
                retry_after: next - Instant::now(),
            };
            return Err(self.fail(error, None));
        }
        let asked = Instant::now();
        match self.grant.sign_in().await {
            Ok(fresh) => {
                let kept = self.keep(fresh, asked);
                self.refresh_regularly();
                Ok(kept)
            }
            Err(error) => {
                // The vendor counts what reaches it. That nobody hammers a closed door is the breaker's business.
                if let (SignInError::Unreached(_), Some(pace)) = (&error, &self.pace) {
                    pace.give_back();
                }
                Err(self.fail(error, fingerprint))
            }
        }
    }

    fn check_barred(&self, fingerprint: Option<[u8; 32]>) -> Result<(), SignInError> {
        let state = self.lock();
        let Some(barred) = &state.barred else { return Ok(()) };
        let left = barred.until.saturating_duration_since(Instant::now());
        if left.is_zero() || fingerprint != barred.fingerprint {
            return Ok(());
        }
        Err(match barred.error.clone() {
            SignInError::Refused { say, .. } => SignInError::Refused { say, retry_after: left },
            SignInError::Limited { say, .. } => SignInError::Limited { say, retry_after: left },
            other => other,
        })
    }

    fn keep(&self, fresh: Fresh, asked: Instant) -> (Credential, u64) {
        self.count("accepted");
        let mut state = self.lock();
        state.generation += 1;
        state.sign_ins += 1;
        let lifetime = fresh.lifetime.unwrap_or(DEFAULT_LIFETIME);
        let token = self.token(fresh, lifetime, asked, state.sign_ins);
        tracing::debug!(
            connection = %self.connection,
            lifetime_seconds = token.lifetime.as_secs(),
            "signed in for connection {}",
            self.connection
        );
        state.put(token)
    }

    fn token(&self, fresh: Fresh, lifetime: Duration, asked: Instant, sign_in: u64) -> Token {
        let lifetime = lifetime.min(LONGEST_LIFETIME);
        let ends = asked + lifetime;
        Token {
            credential: fresh.credential,
            session: Arc::new(fresh.session),
            issued: asked,
            lifetime,
            ends,
            // A vendor may hand out a token with little life left: it is renewed halfway, not at once and for ever.
            renew_from: ends - self.renew_before.min(lifetime / 2),
            is_proven: false,
            is_rejected: false,
            can_be_refreshed: true,
            sign_in,
        }
    }

    /// Takes a failure down and returns it as callers see it.
    fn fail(&self, error: SignInError, fingerprint: Option<[u8; 32]>) -> SignInError {
        let mut state = self.lock();
        let (outcome, error) = match error {
            SignInError::Refused { say, retry_after } => {
                counter!(SIGN_IN_REFUSALS, "connection" => self.connection.clone()).increment(1);
                let last = state.barred.as_ref().filter(|barred| matches!(barred.error, SignInError::Refused { .. }));
                let same_secrets = last.filter(|barred| barred.fingerprint == fingerprint);
                let pause =
                    same_secrets.map_or(FIRST_REFUSAL_PAUSE, |barred| (barred.pause * 2).min(LONGEST_REFUSAL_PAUSE));
                let pause = pause.max(retry_after);
                let error = SignInError::Refused { say, retry_after: pause };
                state.barred = Some(Barred { until: Instant::now() + pause, pause, error: error.clone(), fingerprint });
                ("refused", error)
            }
            SignInError::Limited { say, retry_after } => {
                let error = SignInError::Limited { say, retry_after };
                if fingerprint.is_some() {
                    let until = Instant::now() + retry_after;
                    state.barred = Some(Barred { until, pause: retry_after, error: error.clone(), fingerprint });
                }
                // Perhaps only that one call was not accepted: the others keep the token as long as no other can be
                // had.
                if let Some(token) = &mut state.token {
                    token.is_rejected = false;
                }
                ("limited", error)
            }
            other => ("broken", other),
        };
        self.count(outcome);
        if outcome != "limited" {
            state.last_cause = Some(error.to_string());
        }
        state.failures += 1;
        state.last_failure = Some(error.clone());
        error
    }

    fn count(&self, outcome: &'static str) {
        counter!(SIGN_INS, "connection" => self.connection.clone(), "outcome" => outcome).increment(1);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Takes a token over, and forgets what went wrong before.
    fn put(&mut self, token: Token) -> (Credential, u64) {
        self.barred = None;
        self.last_failure = None;
        self.last_cause = None;
        self.is_renewing = false;
        let credential = token.credential.clone();
        self.token = Some(token);
        (credential, self.generation)
    }

    fn usable(&self) -> Option<(Credential, u64)> {
        let token = self.token.as_ref()?;
        let is_usable = !token.is_rejected && Instant::now() + LAST_SECONDS < token.ends;
        is_usable.then(|| (token.credential.clone(), self.generation))
    }
}

#[cfg(test)]
mod tests;
