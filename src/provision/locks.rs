//! Short locks around the read-change-commit of one account or group. They are never held while a vendor is asked.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::ids::ScimId;

/// Number of locks. Two accounts that share one wait for each other's commit, about a millisecond; nothing else happens.
const STRIPES: usize = 1024;

/// A fixed set of locks, each for a share of all accounts. Who needs several takes them at once and in one order ([`AccountLocks::lock_all`]), and
/// who holds one takes no other of the same set, so they cannot block each other for ever.
#[derive(Debug)]
pub(super) struct AccountLocks {
    stripes: Box<[RwLock<()>]>,
}

/// An account that nobody else changes.
pub(super) type Locked<'a> = RwLockWriteGuard<'a, ()>;

impl AccountLocks {
    pub(super) fn new() -> Self {
        Self { stripes: (0..STRIPES).map(|_| RwLock::new(())).collect() }
    }

    /// Waits until nobody else changes this account in the store.
    pub(super) async fn lock(&self, id: &ScimId) -> Locked<'_> {
        self.stripes[stripe_of(id)].write().await
    }

    /// Waits until nobody changes it alone; others may share it. For changes that are differences, of which the order does not matter.
    pub(super) async fn share(&self, id: &ScimId) -> RwLockReadGuard<'_, ()> {
        self.stripes[stripe_of(id)].read().await
    }

    /// Waits until nobody else changes any of these accounts.
    pub(super) async fn lock_these(&self, ids: impl Iterator<Item = &ScimId>) -> Vec<Locked<'_>> {
        let stripes: BTreeSet<usize> = ids.map(stripe_of).collect();
        let mut held = Vec::with_capacity(stripes.len());
        for stripe in stripes {
            held.push(self.stripes[stripe].write().await);
        }
        held
    }

    /// Waits until nobody else changes any account at all.
    pub(super) async fn lock_all(&self) -> Vec<Locked<'_>> {
        let mut held = Vec::with_capacity(STRIPES);
        for stripe in &self.stripes {
            held.push(stripe.write().await);
        }
        held
    }
}

fn stripe_of(id: &ScimId) -> usize {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    #[expect(clippy::cast_possible_truncation, reason = "any bits of the hash do")]
    let stripe = hasher.finish() as usize % STRIPES;
    stripe
}
