//! What came of the work on an account, told to everybody who waits for it.

use std::sync::Arc;
use std::time::Duration;

use super::error::ProvisionError;
use crate::clock;
use crate::mapping::bound::MapError;
use crate::mapping::wire::Verdict;

/// What came of the work on an account.
#[derive(Debug, Clone)]
pub(super) enum Outcome {
    /// The vendor has what it should have.
    Settled,
    /// Refused for good; the previous state holds again (but for a deactivation, which is never undone).
    Refused {
        /// Why.
        refusal: Arc<Refusal>,
        /// The refused work carried out several requests: each may try once more alone.
        is_merged: bool,
    },
    /// Not now; the work goes on later.
    Deferred(Deferral),
}

/// Why work waits.
#[derive(Debug, Clone)]
pub(super) struct Deferral {
    /// For people: what happened and what the work waits for.
    pub(super) reason: String,
    /// When it is taken up again.
    pub(super) pause: Duration,
    /// The cause is a limit of the vendor.
    pub(super) limited: bool,
}

/// Why work ended without having been done.
#[derive(Debug, Clone)]
pub(super) enum Refusal {
    /// The vendor refused a call.
    Vendor {
        /// Which call, for people.
        step: String,
        /// SCIM attribute at fault.
        attribute: Option<String>,
        /// What the answer means.
        verdict: Verdict,
    },
    /// The vendor's account belongs to somebody else, or cannot be told apart.
    Conflict(String),
    /// The account is protected by this rule.
    Protected(String),
    /// The change is impossible at this vendor.
    Impossible(MapError),
}

impl Refusal {
    /// For the story and the log.
    pub(super) fn sentence(&self) -> String {
        match self {
            Self::Vendor { step, verdict, .. } => match &verdict.vendor_text {
                Some(text) => format!("{step}: {} ({text})", verdict.say),
                None => format!("{step}: {}", verdict.say),
            },
            Self::Conflict(problem) => problem.clone(),
            Self::Protected(rule) => format!("the account is protected ({rule})"),
            Self::Impossible(error) => error.to_string(),
        }
    }

    /// For the IdP.
    pub(super) fn error(&self, name: &str, vendor: &str) -> ProvisionError {
        let name = name.to_owned();
        match self {
            Self::Vendor { step, attribute, verdict } => ProvisionError::Refused {
                name,
                vendor: vendor.to_owned(),
                step: step.clone(),
                attribute: attribute.clone(),
                verdict: Box::new(verdict.clone()),
            },
            Self::Conflict(problem) => ProvisionError::Conflict { name, problem: problem.clone() },
            Self::Protected(rule) => ProvisionError::Protected { name, rule: rule.clone() },
            Self::Impossible(source) => ProvisionError::Unmappable { name, source: source.clone() },
        }
    }
}

impl Deferral {
    /// For the IdP: whole seconds, at least one.
    pub(super) fn error(&self, name: &str) -> ProvisionError {
        ProvisionError::Late {
            name: name.to_owned(),
            reason: self.reason.clone(),
            retry_after_seconds: retry_after(self.pause),
            limited: self.limited,
        }
    }
}

/// `Retry-After` knows whole seconds only (Okta reads nothing else): rounded up, at least 1.
pub(super) fn retry_after(pause: Duration) -> u64 {
    clock::whole_seconds(pause).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_rounded_up_and_never_zero() {
        assert_eq!(retry_after(Duration::ZERO), 1);
        assert_eq!(retry_after(Duration::from_millis(1001)), 2);
        assert_eq!(retry_after(Duration::from_secs(7)), 7);
    }
}
