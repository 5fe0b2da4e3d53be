//! So many calls in so much time, on tokio's clock. Counts only; who waits, and in which order, is decided elsewhere.

use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use tokio::time::Instant;

/// Slowest pace: a call in about a quarter of an hour. A connection with a slower one is not built.
pub(super) const SLOWEST_PER_SECOND: f64 = 0.001;
/// Fastest pace. Faster ones are taken for this, which no vendor reaches.
const FASTEST_PER_SECOND: f64 = 1_000_000.0;

/// A pace. Each [`Pace::take`] that succeeds uses up one call.
#[derive(Debug)]
pub(super) struct Pace {
    limiter: RateLimiter<NotKeyed, InMemoryState, TokioClock, NoOpMiddleware<Duration>>,
    clock: TokioClock,
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
        self.limiter.check().map_err(|not_until| Instant::now() + not_until.wait_time_from(self.clock.now()))
    }

    fn every(period: Duration, burst: u32) -> Self {
        let clock = TokioClock { start: Instant::now() };
        let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::with_period(period).unwrap_or(Quota::per_second(NonZeroU32::MIN)).allow_burst(burst);
        Self { limiter: RateLimiter::direct_with_clock(quota, clock.clone()), clock }
    }
}

/// Tokio's clock for the limiter, so that a paused clock pauses the pace as well.
#[derive(Debug, Clone)]
struct TokioClock {
    start: Instant,
}

impl Clock for TokioClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.start.elapsed()
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
    async fn an_absurd_pace_is_brought_into_range() {
        for rate in [f64::NAN, -1.0, 0.0, f64::INFINITY] {
            assert!(Pace::new(rate, 0).take().is_ok(), "{rate}");
        }
    }
}
