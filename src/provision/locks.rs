//! Short locks around the read-change-commit of one account. They are never held while a vendor is asked.

use std::hash::{DefaultHasher, Hash, Hasher};

use tokio::sync::{Mutex, MutexGuard};

use crate::ids::ScimId;

/// Number of locks. Two accounts that share one wait for each other's commit, about a millisecond; nothing else happens.
const STRIPES: usize = 1024;

/// A fixed set of locks, each for a share of all accounts. A task holds at most one of them, so they cannot block each other for ever.
#[derive(Debug)]
pub(super) struct AccountLocks {
    stripes: Box<[Mutex<()>]>,
}

impl AccountLocks {
    pub(super) fn new() -> Self {
        Self { stripes: (0..STRIPES).map(|_| Mutex::new(())).collect() }
    }

    /// Waits until nobody else changes this account in the store.
    pub(super) async fn lock(&self, id: &ScimId) -> MutexGuard<'_, ()> {
        let mut hasher = DefaultHasher::new();
        id.hash(&mut hasher);
        #[expect(clippy::cast_possible_truncation, reason = "any bits of the hash do")]
        let stripe = hasher.finish() as usize % STRIPES;
        self.stripes[stripe].lock().await
    }
}
