//! Time as a parameter: everything that needs the wall clock is given one.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

/// A wall clock.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// Now, in UTC.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "the one place where the wall clock is read")]
        Timestamp::now()
    }
}

/// Whole seconds, rounded up: who is told to wait must not come too early.
pub fn whole_seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}

/// A shared clock.
pub type SharedClock = Arc<dyn Clock>;
