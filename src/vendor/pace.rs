//! So many calls in so much time, on tokio's clock. Counts only; who waits, and in which order, is decided elsewhere.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Slowest pace: a call in about a quarter of an hour. A connection with a slower one is not built.
pub(super) const SLOWEST_PER_SECOND: f64 = 0.001;
/// Fastest pace. Faster ones are taken for this, which no vendor reaches.
const FASTEST_PER_SECOND: f64 = 1_000_000.0;

/// A pace, as a generic cell rate algorithm. Each [`Pace::take`] that succeeds uses up one call.
#[derive(Debug)]
pub(super) struct Pace {
    /// Time that one call uses up.
    period: Duration,
    /// How far ahead of the present the calls of a burst may use time up.
    ahead: Duration,
    /// Until when time is used up.
    used: Mutex<Instant>,
}

impl Pace {
    /// So many calls per second in the long run, and so many at once after a quiet time (at least one).
    pub(super) fn new(rate_per_second: f64, burst: u32) -> Self {
        let rate = if rate_per_second.is_nan() { 1.0 } else { rate_per_second };
        let period = Duration::from_secs_f64(1.0 / rate.clamp(SLOWEST_PER_SECOND, FASTEST_PER_SECOND));
        Self::every(period, burst)
    }

    /// Never more than `calls` within any stretch of `window`: half of them at once, the others spread over the window.
    pub(super) fn within(window: Duration, calls: u32) -> Self {
        let calls = calls.max(1);
        let burst = (calls / 2).max(1);
        let spread = (calls - burst).max(1);
        Self::every((window / spread).max(Duration::from_micros(1)), burst)
    }

    /// Uses up one call.
    ///
    /// # Errors
    /// The instant at which the next call is possible.
    pub(super) fn take(&self) -> Result<(), Instant> {
        let now = Instant::now();
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let from = (*used).max(now);
        if from - now > self.ahead {
            return Err(from - self.ahead);
        }
        *used = from + self.period;
        Ok(())
    }

    /// Gives the call that was taken last back: it was not made.
    pub(super) fn give_back(&self) {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        *used = used.checked_sub(self.period).unwrap_or(*used);
    }

    fn every(period: Duration, burst: u32) -> Self {
        let ahead = period.saturating_mul(burst.max(1) - 1);
        Self { period, ahead, used: Mutex::new(Instant::now()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn taken_within(pace: &Pace, window: Duration) -> u32 {
        let end = Instant::now() + window;
        let mut taken = 0;
        loop {
            match pace.take() {
                Ok(()) => taken += 1,
                Err(next) if next < end => tokio::time::sleep_until(next).await,
                Err(_) => return taken,
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_burst_comes_at_once_and_then_the_rate_holds() {
        let pace = Pace::new(2.0, 5);
        assert_eq!(taken_within(&pace, Duration::from_secs(10)).await, 5 + 19);
    }

    #[tokio::test(start_paused = true)]
    async fn a_window_never_holds_more_than_it_may() {
        for calls in [1, 2, 3, 10, 11] {
            let pace = Pace::within(Duration::from_mins(1), calls);
            assert!(taken_within(&pace, Duration::from_mins(1)).await <= calls, "{calls} in the first minute");
            assert!(taken_within(&pace, Duration::from_mins(1)).await <= calls, "{calls} in the second minute");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_given_back_can_be_taken_again_and_no_more() {
        let pace = Pace::within(Duration::from_mins(1), 4);
        for _ in 0..20 {
            pace.take().unwrap();
            pace.give_back();
        }
        assert!(pace.take().is_ok() && pace.take().is_ok() && pace.take().is_err(), "half of them at once");
        tokio::time::sleep(Duration::from_mins(5)).await;
        pace.take().unwrap();
        pace.give_back();
        assert!(taken_within(&pace, Duration::from_mins(1)).await <= 4);
    }

    #[tokio::test(start_paused = true)]
    async fn an_absurd_pace_is_brought_into_range() {
        for rate in [f64::NAN, -1.0, 0.0, f64::INFINITY] {
            assert!(Pace::new(rate, 0).take().is_ok(), "{rate}");
        }
    }
}
