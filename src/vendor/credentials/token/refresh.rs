//! Renewal without signing in, where the vendor has it: before the token ends, and regularly for sessions that would end for want of use.
//! When the vendor refuses it, the next call signs in.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::{Fresh, RENEWAL_PAUSE, TokenKeeper};
use crate::vendor::credentials::SignInError;
use crate::vendor::credentials::session::Session;
use crate::vendor::send::Credential;

/// How a refresh ended.
enum Refreshed {
    Yes((Credential, u64)),
    /// There is no way to refresh, or no longer: only a sign-in helps.
    No,
    /// The vendor could not be asked; what there is is used on.
    NotNow(SignInError),
}

impl TokenKeeper {
    /// A token that lives on: by a refresh where that is possible, else by a sign-in. The caller holds the turn.
    pub(super) async fn renew(self: &Arc<Self>) -> Result<(Credential, u64), SignInError> {
        match self.refresh().await {
            Refreshed::Yes(kept) => Ok(kept),
            Refreshed::No => self.sign_in().await,
            Refreshed::NotNow(error) => Err(self.fail(error, None)),
        }
    }

    /// Refreshes this sign-in as often as it must be, until there is another one, or none.
    pub(super) fn refresh_regularly(self: &Arc<Self>) {
        let Some(every) = self.grant.refresh_every() else { return };
        let sign_in = self.lock().sign_ins;
        let keeper = Arc::downgrade(self);
        tokio::spawn(async move {
            let mut pause = every;
            loop {
                sleep(pause).await;
                let Some(keeper) = keeper.upgrade() else { return };
                match keeper.refresh_this(sign_in).await {
                    Some(next) => pause = next.min(every),
                    None => return,
                }
            }
        });
    }

    /// Refreshes this sign-in; the pause until the next time, or `None` when it is over.
    async fn refresh_this(&self, sign_in: u64) -> Option<Duration> {
        let _turn = self.turn.lock().await;
        let is_current = self.lock().token.as_ref().is_some_and(|token| token.sign_in == sign_in && !token.is_rejected);
        if !is_current {
            return None;
        }
        match self.refresh().await {
            Refreshed::Yes(_) => Some(Duration::MAX),
            Refreshed::No => {
                self.end(sign_in);
                None
            }
            Refreshed::NotNow(error) => {
                tracing::warn!(
                    connection = %self.connection,
                    "the sign-in of connection {} could not be refreshed, it is used as long as it is accepted: {error}",
                    self.connection
                );
                Some(RENEWAL_PAUSE)
            }
        }
    }

    /// The caller holds the turn.
    async fn refresh(&self) -> Refreshed {
        let session = {
            let state = self.lock();
            let token = state.token.as_ref().filter(|token| !token.is_rejected && token.can_be_refreshed);
            token.map(|token| Arc::clone(&token.session))
        };
        let Some(session) = session else { return Refreshed::No };
        let asked = Instant::now();
        match self.grant.refresh(&session).await {
            None => Refreshed::No,
            Some(Ok(fresh)) => Refreshed::Yes(self.take_over(fresh, asked)),
            Some(Err(error @ (SignInError::Refused { .. } | SignInError::Unusable(_)))) => {
                self.count("refresh_refused");
                tracing::info!(
                    connection = %self.connection,
                    "the sign-in of connection {} cannot be refreshed, so that it signs in again: {error}",
                    self.connection
                );
                self.never_again(&session);
                Refreshed::No
            }
            Some(Err(error)) => Refreshed::NotNow(error),
        }
    }

    fn take_over(&self, fresh: Fresh, asked: Instant) -> (Credential, u64) {
        self.count("refreshed");
        let mut state = self.lock();
        let Some(old) = &state.token else {
            drop(state);
            return self.keep(fresh, asked);
        };
        let is_same = old.credential.is_same(&fresh.credential);
        let lifetime = fresh.lifetime.unwrap_or(old.lifetime);
        let mut token = self.token(fresh, lifetime, asked, old.sign_in);
        if is_same {
            // what calls under way carry is what there is now: a late 401 speaks of it, too
            token.issued = old.issued;
            token.is_proven = old.is_proven;
            token.is_rejected = old.is_rejected;
        } else {
            state.generation += 1;
        }
        state.put(token)
    }

    /// A refresh that the vendor refused is not tried again. What calls carry may be accepted to its end all the same.
    fn never_again(&self, session: &Arc<Session>) {
        let mut state = self.lock();
        if let Some(token) = state.token.as_mut().filter(|token| Arc::ptr_eq(&token.session, session)) {
            token.can_be_refreshed = false;
        }
    }

    /// A session that cannot be kept alive is over: the next call signs in instead of learning it from the vendor.
    fn end(&self, sign_in: u64) {
        let mut state = self.lock();
        if let Some(token) = state.token.as_mut().filter(|token| token.sign_in == sign_in) {
            token.is_rejected = true;
        }
    }
}

#[cfg(test)]
mod tests;
