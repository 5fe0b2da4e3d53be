//! Access tokens: opaque texts that end by time, by revocation, with the account or with its password. They say nothing about rights.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};

use super::Platform;

/// Tokens that are kept; beyond it the ones that end first are dropped.
const MAX_TOKENS: usize = 100_000;

/// An account as it logged in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Binding {
    /// Where.
    pub platform: Platform,
    /// Who.
    pub user_id: i64,
    /// The count of the password's changes at that time.
    pub credential: u32,
}

/// The tokens that were given out.
#[derive(Debug, Default)]
pub struct Tokens {
    by_text: HashMap<String, (Timestamp, Vec<Binding>)>,
}

impl Tokens {
    /// Makes a token of three base64url parts, as the published sample has.
    pub fn issue(&mut self, bindings: Vec<Binding>, now: Timestamp, lifetime_seconds: u64) -> String {
        let part = || URL_SAFE_NO_PAD.encode(rand::random::<[u8; 24]>());
        let token = format!("{}.{}.{}", part(), part(), part());
        let life = SignedDuration::from_secs(i64::try_from(lifetime_seconds).unwrap_or(i64::MAX));
        if self.by_text.len() >= MAX_TOKENS {
            let mut ends: Vec<Timestamp> = self.by_text.values().map(|(ends, _)| *ends).collect();
            ends.sort_unstable();
            let cut = ends[ends.len() / 2];
            self.by_text.retain(|_, (ends, _)| *ends > cut);
        }
        self.by_text.insert(token.clone(), (now.checked_add(life).unwrap_or(Timestamp::MAX), bindings));
        token
    }

    /// Who a token speaks for; none when it is unknown or has ended.
    pub fn find(&self, token: &str, now: Timestamp) -> Option<&[Binding]> {
        self.by_text.get(token).filter(|(ends, _)| *ends > now).map(|(_, bindings)| bindings.as_slice())
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.by_text.clear();
    }
}
