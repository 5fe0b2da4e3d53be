//! Turns: one at a time, in the order in which calls get their permits. For several calls that belong together, where a vendor bears one
//! change at a time. Makes no call, and knows no pace.

use std::sync::Arc;

use super::CallContext;
use super::permit::{Permit, PermitDesk};

/// Faster than any vendor: turns wait for each other, not for time.
const PER_SECOND: f64 = 100_000.0;

/// Gives turns.
#[derive(Debug)]
pub struct Turns(Arc<PermitDesk>);

/// A turn; over when dropped.
#[derive(Debug)]
pub struct Turn(#[expect(dead_code, reason = "held, not read")] Permit);

impl Default for Turns {
    fn default() -> Self {
        Self(PermitDesk::new(PER_SECOND, u32::MAX, 1))
    }
}

impl Turns {
    /// Waits for a turn; `None`: there was none before the deadline.
    pub async fn take(&self, context: &CallContext) -> Option<Turn> {
        self.0.acquire(context).await.ok().map(Turn)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;

    use super::*;
    use crate::ids::RequestId;
    use crate::vendor::Priority;

    fn asks(priority: Priority) -> CallContext {
        let deadline = Instant::now() + Duration::from_secs(25);
        CallContext { request_id: RequestId::generate(), priority, deadline }
    }

    #[tokio::test(start_paused = true)]
    async fn a_departure_has_the_next_turn_and_whoever_waits_too_long_has_none() {
        let turns = Turns::default();
        let held = turns.take(&asks(Priority::Change)).await.unwrap();
        let (change, departure) = (asks(Priority::Change), asks(Priority::Departure));
        let mut change = std::pin::pin!(turns.take(&change));
        assert!(futures_util::poll!(&mut change).is_pending());
        let mut departure = std::pin::pin!(turns.take(&departure));
        assert!(futures_util::poll!(&mut departure).is_pending());
        drop(held);
        let first = departure.await.unwrap();
        assert!(change.await.is_none(), "the departure's turn lasts beyond the deadline");
        drop(first);
        assert!(turns.take(&asks(Priority::Background)).await.is_some());
    }
}
