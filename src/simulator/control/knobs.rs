//! The knobs that every simulator has, and the rate limit behind one of them. Behaviour of one vendor is in that vendor's own knobs.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::time::Instant;

use super::message::Answer;

/// Knobs of every simulator.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SharedKnobs {
    /// Pause before every call, in milliseconds. Default 0.
    pub latency_ms: u64,
    /// Calls per second over all callers; more are answered with 429. Default: no limit.
    pub rate_per_second: Option<f64>,
    /// Calls that may come at once while there is a limit. Default 1.
    pub rate_burst: u32,
    /// Whether and how that 429 says when to come again. Default `seconds`.
    pub rate_retry_after: RetryAfter,
}

/// How an answer says when to come again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetryAfter {
    /// Whole seconds, rounded up.
    #[default]
    Seconds,
    /// An HTTP date (RFC 9110 section 5.6.7).
    Date,
    /// Not at all.
    None,
}

impl Default for SharedKnobs {
    fn default() -> Self {
        Self { latency_ms: 0, rate_per_second: None, rate_burst: 1, rate_retry_after: RetryAfter::default() }
    }
}

impl SharedKnobs {
    /// As a JSON object.
    pub fn to_map(&self) -> Map<String, Value> {
        to_map(self)
    }

    /// The same with changes.
    pub fn with(&self, changes: Map<String, Value>) -> Result<Self, String> {
        let whole: Self = overlay(self, changes)?;
        match whole.rate_per_second {
            Some(rate) if !(rate > 0.0 && rate.is_finite()) => Err("knobs: rate_per_second must be above 0".to_owned()),
            _ => Ok(whole),
        }
    }
}

/// A set of knobs as a JSON object.
pub fn to_map<T: Serialize>(knobs: &T) -> Map<String, Value> {
    match serde_json::to_value(knobs) {
        Ok(Value::Object(map)) => map,
        _ => Map::new(),
    }
}

/// Lays changes over a set of knobs; unknown names and wrong values are refused.
pub fn overlay<T: Serialize + for<'de> Deserialize<'de>>(knobs: &T, changes: Map<String, Value>) -> Result<T, String> {
    let mut all = to_map(knobs);
    all.extend(changes);
    serde_json::from_value(Value::Object(all)).map_err(|error| format!("knobs: {error}"))
}

impl RetryAfter {
    /// Adds the header.
    pub fn put_on(self, answer: Answer, wait_seconds: u64, now: Timestamp) -> Answer {
        match self {
            Self::None => answer,
            Self::Seconds => answer.with_header("retry-after", wait_seconds.to_string()),
            Self::Date => {
                let wait = SignedDuration::from_secs(i64::try_from(wait_seconds).unwrap_or(i64::MAX));
                let date = now.checked_add(wait).unwrap_or(Timestamp::MAX);
                answer.with_header("retry-after", date.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string())
            }
        }
    }
}

/// A token bucket.
#[derive(Debug, Default)]
pub struct Limiter {
    state: Option<(f64, Instant)>,
}

impl Limiter {
    /// Takes one call; otherwise says in how many whole seconds (at least 1) there is room again.
    pub fn take(&mut self, knobs: &SharedKnobs) -> Result<(), u64> {
        let Some(rate) = knobs.rate_per_second else {
            self.state = None;
            return Ok(());
        };
        let now = Instant::now();
        let burst = f64::from(knobs.rate_burst.max(1));
        let (left, last) = self.state.unwrap_or((burst, now));
        let left = (left + now.duration_since(last).as_secs_f64() * rate).min(burst);
        let enough = left >= 1.0;
        self.state = Some((if enough { left - 1.0 } else { left }, now));
        if enough { Ok(()) } else { Err(whole_seconds((1.0 - left) / rate)) }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float to integer cast saturates, and the value is positive"
)]
fn whole_seconds(seconds: f64) -> u64 {
    seconds.ceil().max(1.0) as u64
}
