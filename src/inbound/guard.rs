//! Waits for an answer, but not forever, and not beyond a panic. What is answered instead is not decided here.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt as _;

use super::error::InboundError;
use crate::ids::RequestId;

/// Pause that a client is told when nothing answered in time.
const OVERDUE_RETRY_SECONDS: u64 = 10;

/// What a request can end with although nobody decided so.
#[derive(Debug, PartialEq, Eq)]
pub enum Accident {
    /// Nothing answered.
    Overdue,
    /// A defect.
    Panicked,
}

impl Accident {
    /// What the IdP is told.
    pub fn for_client(&self, request_id: &RequestId) -> InboundError {
        match self {
            Self::Overdue => InboundError::Overdue { retry_after_seconds: OVERDUE_RETRY_SECONDS },
            Self::Panicked => InboundError::Panicked { request_id: request_id.to_string() },
        }
    }
}

/// Waits for an answer this long.
///
/// # Errors
/// What happened instead; it is in the log.
pub async fn guard<T>(patience: Duration, answer: impl Future<Output = T>) -> Result<T, Accident> {
    match AssertUnwindSafe(tokio::time::timeout(patience, answer)).catch_unwind().await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(_elapsed)) => {
            tracing::error!("no answer within {} s: this is a defect of the bridge", patience.as_secs());
            Err(Accident::Overdue)
        }
        Err(panic) => {
            let text = panic_text(panic.as_ref());
            tracing::error!(text, "answering a request panicked: this is a defect of the bridge");
            Err(Accident::Panicked)
        }
    }
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no text")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(5);

    #[tokio::test]
    async fn a_panic_is_caught() {
        let outcome = guard(PATIENCE, async { if PATIENCE.is_zero() { 1 } else { panic!("as the test wants") } }).await;
        assert_eq!(outcome, Err(Accident::Panicked));
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_never_comes_is_not_waited_for() {
        assert_eq!(guard(PATIENCE, std::future::pending::<()>()).await, Err(Accident::Overdue));
        assert_eq!(guard(PATIENCE, async { 1 }).await, Ok(1));
    }
}
