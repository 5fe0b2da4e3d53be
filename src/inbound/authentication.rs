//! Bearer tokens (RFC 6750): who may call a connection. Tokens are kept as hashes and compared in constant time; several live at once, so that
//! they can be changed without a gap. Where they come from is [`super::credentials`]' business.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::error::InboundError;

/// An accepted token as it is kept in memory.
#[derive(Debug)]
pub struct Credential {
    /// Name, for logs and the operator.
    pub name: String,
    /// SHA-256 of the token. A token is long and random, so that no slow hash is needed.
    pub sha256: [u8; 32],
    /// Valid until the end of this instant.
    pub expires: Option<Timestamp>,
    /// Was it made by `token new` (and is its last use therefore written to the store)?
    pub stored: bool,
    /// userName of the person who is at `/Me`.
    pub me: Option<String>,
    /// Unix minute of the last use; 0: none since start.
    last_used_minute: AtomicI64,
    /// Pace of this credential.
    limiter: Option<DefaultDirectRateLimiter>,
}

impl Credential {
    /// A credential that has not been used yet. `rate` is requests per second and burst.
    pub fn new(
        name: String,
        sha256: [u8; 32],
        expires: Option<Timestamp>,
        stored: bool,
        rate: Option<(u32, u32)>,
    ) -> Self {
        let limiter = rate.and_then(|(per_second, burst)| {
            let per_second = std::num::NonZeroU32::new(per_second)?;
            let burst = std::num::NonZeroU32::new(burst).unwrap_or(per_second);
            Some(RateLimiter::direct(Quota::per_second(per_second).allow_burst(burst)))
        });
        Self { name, sha256, expires, stored, me: None, last_used_minute: AtomicI64::new(0), limiter }
    }

    /// The same credential, for this person at `/Me`.
    #[must_use]
    pub fn acting_for(self, me: Option<String>) -> Self {
        Self { me, ..self }
    }

    /// The last use since start, to the minute.
    pub fn last_used(&self) -> Option<Timestamp> {
        match self.last_used_minute.load(Ordering::Relaxed) {
            0 => None,
            minute => Timestamp::from_second(minute * 60).ok(),
        }
    }

    /// Takes one request of this credential's pace.
    fn take_turn(&self) -> Result<(), InboundError> {
        let Some(limiter) = &self.limiter else { return Ok(()) };
        limiter.check().map_err(|refusal| {
            let wait = refusal.wait_time_from(DefaultClock::default().now());
            InboundError::TooManyRequests { name: self.name.clone(), retry_after_seconds: wait.as_secs() + 1 }
        })
    }

    /// Is this the same token under the same terms, so that its pace and last use go on after a reload?
    fn is_same(&self, other: &Self) -> bool {
        self.name == other.name
            && self.sha256 == other.sha256
            && self.expires == other.expires
            && self.stored == other.stored
            && self.me == other.me
    }
}

/// The tokens of one connection. Reading is cheap; replacing them does not disturb requests under way.
#[derive(Debug)]
pub struct Tokens {
    raw_token: bool,
    current: RwLock<Arc<[Arc<Credential>]>>,
}

impl Tokens {
    /// An empty set: nobody is let in. `raw_token` accepts the token without the word `Bearer`.
    pub fn new(raw_token: bool) -> Self {
        Self { raw_token, current: RwLock::new(Arc::from([])) }
    }

    /// The present set.
    pub fn current(&self) -> Arc<[Arc<Credential>]> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Replaces the set. Credentials that stay keep their pace and last use.
    pub fn replace(&self, fresh: Vec<Credential>) {
        let old = self.current();
        let merged = fresh
            .into_iter()
            .map(|fresh| old.iter().find(|old| old.is_same(&fresh)).cloned().unwrap_or_else(|| Arc::new(fresh)))
            .collect::<Vec<_>>();
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = merged.into();
    }

    /// Lets a request in by its `Authorization` header, or says why not.
    ///
    /// # Errors
    /// No, a wrong or an expired credential; too many requests of this one.
    pub fn admit(&self, authorization: Option<&[u8]>, now: Timestamp) -> Result<Arc<Credential>, InboundError> {
        let token =
            authorization.and_then(|header| presented(header, self.raw_token)).ok_or(InboundError::NoCredential)?;
        let digest: [u8; 32] = Sha256::digest(token).into();
        let current = self.current();
        let mut found: Option<&Arc<Credential>> = None;
        // Every candidate is compared, whatever was found before: the time says nothing about the place of a match.
        for candidate in current.iter() {
            let equal = bool::from(candidate.sha256.ct_eq(&digest));
            if equal && found.is_none_or(|earlier| is_over(earlier, now)) {
                found = Some(candidate);
            }
        }
        let credential = found.ok_or(InboundError::WrongCredential)?;
        if let Some(at) = credential.expires.filter(|_| is_over(credential, now)) {
            return Err(InboundError::ExpiredCredential { name: credential.name.clone(), at });
        }
        credential.last_used_minute.store(now.as_second() / 60, Ordering::Relaxed);
        credential.take_turn()?;
        Ok(credential.clone())
    }
}

fn is_over(credential: &Credential, now: Timestamp) -> bool {
    credential.expires.is_some_and(|expires| now > expires)
}

/// The token in a header: behind the scheme word in any letter case, or the whole text when raw tokens are accepted. Never empty.
fn presented(header: &[u8], raw_token: bool) -> Option<&[u8]> {
    let header = header.trim_ascii();
    let scheme_end = header.iter().position(u8::is_ascii_whitespace).unwrap_or(header.len());
    let (scheme, rest) = header.split_at(scheme_end);
    let token = if scheme.eq_ignore_ascii_case(b"Bearer") {
        rest.trim_ascii()
    } else if raw_token {
        header
    } else {
        &[]
    };
    (!token.is_empty()).then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(token: &str) -> [u8; 32] {
        Sha256::digest(token.as_bytes()).into()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn tokens(raw_token: bool, credentials: Vec<Credential>) -> Tokens {
        let tokens = Tokens::new(raw_token);
        tokens.replace(credentials);
        tokens
    }

    fn plain(name: &str, token: &str) -> Credential {
        Credential::new(name.to_owned(), hash(token), None, false, None)
    }

    #[test]
    fn several_tokens_live_at_once_and_are_told_apart() {
        let tokens = tokens(false, vec![plain("old", "one"), plain("new", "two")]);
        let now = at("2026-11-01T00:00:00Z");
        assert_eq!(tokens.admit(Some(b"Bearer one"), now).unwrap().name, "old");
        assert_eq!(tokens.admit(Some(b"Bearer two"), now).unwrap().name, "new");
        assert!(matches!(tokens.admit(Some(b"Bearer three"), now), Err(InboundError::WrongCredential)));
        assert!(matches!(tokens.admit(None, now), Err(InboundError::NoCredential)));
    }

    #[test]
    fn the_scheme_word_may_have_any_case_and_the_token_any_colon() {
        let tokens = tokens(false, vec![plain("a", "x:y:z=")]);
        let now = at("2026-11-01T00:00:00Z");
        for header in ["Bearer x:y:z=", "bearer x:y:z=", "BEARER   x:y:z= "] {
            assert!(tokens.admit(Some(header.as_bytes()), now).is_ok(), "{header}");
        }
        assert!(tokens.admit(Some(b"Bearer X:Y:Z="), now).is_err(), "the token's own case matters");
    }

    #[test]
    fn a_raw_token_needs_the_switch() {
        let now = at("2026-11-01T00:00:00Z");
        let strict = tokens(false, vec![plain("a", "secret")]);
        assert!(matches!(strict.admit(Some(b"secret"), now), Err(InboundError::NoCredential)));
        let lenient = tokens(true, vec![plain("a", "secret")]);
        assert!(lenient.admit(Some(b"secret"), now).is_ok());
        assert!(lenient.admit(Some(b"Bearer secret"), now).is_ok());
        assert!(matches!(lenient.admit(Some(b"non-token"), now), Err(InboundError::WrongCredential)));
    }

    #[test]
    fn an_empty_token_never_matches_even_when_an_empty_one_is_configured() {
        let tokens = tokens(true, vec![plain("empty", "")]);
        let now = at("2026-11-01T00:00:00Z");
        for header in [&b""[..], b"Bearer", b"Bearer ", b"  "] {
            assert!(matches!(tokens.admit(Some(header), now), Err(InboundError::NoCredential)), "{header:?}");
        }
    }

    #[test]
    fn a_token_holds_until_the_end_of_its_expiry() {
        let expiry = at("2026-11-01T00:00:00Z");
        let tokens = tokens(false, vec![Credential::new("a".to_owned(), hash("t"), Some(expiry), false, None)]);
        assert!(tokens.admit(Some(b"Bearer t"), expiry).is_ok());
        let late = tokens.admit(Some(b"Bearer t"), at("2026-11-01T00:00:01Z"));
        assert!(matches!(late, Err(InboundError::ExpiredCredential { name, .. }) if name == "a"));
    }

    #[test]
    fn a_renewed_entry_of_the_same_token_wins_over_the_expired_one() {
        let over = Credential::new("old".to_owned(), hash("t"), Some(at("2026-01-01T00:00:00Z")), false, None);
        let tokens = tokens(false, vec![over, plain("new", "t")]);
        assert_eq!(tokens.admit(Some(b"Bearer t"), at("2026-11-01T00:00:00Z")).unwrap().name, "new");
    }

    #[test]
    fn a_reload_keeps_last_use_and_pace_of_tokens_that_stay() {
        let limited = || Credential::new("a".to_owned(), hash("t"), None, true, Some((1, 1)));
        let tokens = tokens(false, vec![limited(), plain("b", "gone")]);
        let now = at("2026-11-01T00:00:30Z");
        assert!(tokens.admit(Some(b"Bearer t"), now).is_ok());
        tokens.replace(vec![limited()]);
        assert_eq!(tokens.current()[0].last_used(), Some(at("2026-11-01T00:00:00Z")));
        let second = tokens.admit(Some(b"Bearer t"), now);
        assert!(matches!(second, Err(InboundError::TooManyRequests { retry_after_seconds: 1.., .. })));
        assert!(matches!(tokens.admit(Some(b"Bearer gone"), now), Err(InboundError::WrongCredential)));
    }

    #[test]
    fn the_hash_is_what_debug_shows_at_most() {
        let tokens = tokens(false, vec![plain("a", "top-secret")]);
        assert!(!format!("{tokens:?}").contains("top-secret"));
    }
}
