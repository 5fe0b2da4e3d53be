//! So many calls in so much time, on tokio's clock. Counts only; who waits, and in which order, is decided elsewhere.

use std::sync::{Mutex, MutexGuard, PoisonError};
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
    used: Mutex<Used>,
}

#[derive(Debug)]
struct Used {
    /// Until when time is used up.
    until: Instant,
    /// Calls so far.
    calls: u64,
}

/// Which call it was, for [`Pace::answered`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Number(u64);

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
    pub(super) fn take(&self) -> Result<Number, Instant> {
        let now = Instant::now();
        let mut used = self.used();
        let from = used.until.max(now);
        if from - now > self.ahead {
            return Err(from - self.ahead);
        }
        Ok(used.add(from + self.period))
    }

    /// Uses up one call that cannot wait; those after it wait the longer.
    pub(super) fn charge(&self) -> Number {
        let mut used = self.used();
        let from = used.until.max(Instant::now());
        used.add(from + self.period)
    }

    /// A call was answered; `beside` others were under way when it was taken. The vendor counts from when calls arrive, which is later than when they
    /// were taken: by the time of a first connection, or of a sign-in. What was under way together may have arrived only now, so time is used
    /// up from now on, but never so far that the next call would have to wait for it.
    pub(super) fn answered(&self, Number(number): Number, beside: u32) {
        let now = Instant::now();
        let mut used = self.used();
        let since = u32::try_from(used.calls - number + 1).unwrap_or(u32::MAX).saturating_add(beside);
        let until = now + self.period.saturating_mul(since).min(self.ahead);
        used.until = used.until.max(until);
    }

    /// Gives the call that was taken last back: it was not made.
    pub(super) fn give_back(&self) {
        let mut used = self.used();
        used.until = used.until.checked_sub(self.period).unwrap_or(used.until);
    }

    fn used(&self) -> MutexGuard<'_, Used> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn every(period: Duration, burst: u32) -> Self {
        let ahead = period.saturating_mul(burst.max(1) - 1);
        Self { period, ahead, used: Mutex::new(Used { until: Instant::now(), calls: 0 }) }
    }
}

impl Used {
    fn add(&mut self, until: Instant) -> Number {
        self.until = until;
        self.calls += 1;
        Number(self.calls)
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
                Ok(_) => taken += 1,
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

    /// A vendor's bucket, which counts from when calls arrive; whether it takes one.
    fn takes(bucket: &Pace) -> bool {
        bucket.take().is_ok()
    }

    #[tokio::test(start_paused = true)]
    async fn calls_that_arrive_late_are_counted_from_when_they_arrived() {
        for burst in [4, 5, 20] {
            let (ours, vendors) = (Pace::new(20.0, burst), Pace::new(20.0, burst));
            tokio::time::advance(Duration::from_secs(10)).await;
            // The first one takes long: a connection and a sign-in, which the vendor counts as well.
            let number = ours.take().unwrap();
            let sign_in = ours.charge();
            tokio::time::advance(Duration::from_millis(400)).await;
            assert!(takes(&vendors));
            ours.answered(sign_in, 1);
            assert!(takes(&vendors));
            ours.answered(number, 0);
            for call in 0..200 {
                let number = match ours.take() {
                    Ok(number) => number,
                    Err(from) => {
                        tokio::time::sleep_until(from).await;
                        ours.take().unwrap()
                    }
                };
                tokio::time::advance(Duration::from_millis(call % 7)).await;
                assert!(takes(&vendors), "burst {burst}: call {call} came too early");
                ours.answered(number, 0);
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn slow_answers_do_not_slow_the_pace_down() {
        for (burst, under_way) in [(1, 8), (2, 8), (20, 8), (20, 64)] {
            let pace = Pace::new(20.0, burst);
            let started = Instant::now();
            let mut waiting = std::collections::VecDeque::new();
            for _ in 0..400 {
                // Each is answered after 300 ms.
                let number = loop {
                    while waiting.front().is_some_and(|(at, _, _)| *at <= Instant::now()) {
                        let (_, number, beside) = waiting.pop_front().unwrap();
                        pace.answered(number, beside);
                    }
                    let next = waiting.front().map(|(at, _, _)| *at);
                    let from = if waiting.len() < under_way {
                        match pace.take() {
                            Ok(number) => break number,
                            Err(from) => next.map_or(from, |next: Instant| next.min(from)),
                        }
                    } else {
                        next.unwrap()
                    };
                    tokio::time::sleep_until(from).await;
                };
                let beside = u32::try_from(waiting.len()).unwrap();
                waiting.push_back((Instant::now() + Duration::from_millis(300), number, beside));
            }
            let took = started.elapsed();
            assert!(took <= Duration::from_millis(20_500), "burst {burst}: {took:?}");
        }
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
