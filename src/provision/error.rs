//! Why a request of the IdP was not done.

use crate::ids::ScimId;
use crate::mapping::bound::MapError;
use crate::mapping::model::Meaning;
use crate::mapping::wire::Verdict;
use crate::scim::error::ScimError;
use crate::store::StoreError;

impl ProvisionError {
    /// The same, of somebody or something that is called like this.
    #[must_use]
    pub(super) fn about(mut self, called: String) -> Self {
        match &mut self {
            Self::NameTaken { name, .. }
            | Self::Unmappable { name, .. }
            | Self::Conflict { name, .. }
            | Self::Protected { name, .. }
            | Self::Refused { name, .. }
            | Self::Late { name, .. } => *name = called,
            Self::Scim(_)
            | Self::NotFound { .. }
            | Self::PreconditionFailed { .. }
            | Self::Unlisted { .. }
            | Self::NotShown { .. }
            | Self::Store(_)
            | Self::ShuttingDown => {}
        }
        self
    }
}

/// Why a request of the IdP was not done. The status and `scimType` are chosen in `inbound/problem.rs`.
#[derive(Debug, thiserror::Error)]
pub enum ProvisionError {
    /// Refused by the protocol.
    #[error(transparent)]
    Scim(#[from] ScimError),
    /// No such resource.
    #[error("there is no {kind} with the id {id}")]
    NotFound {
        /// `User` or `Group`.
        kind: &'static str,
        /// The id asked for.
        id: String,
    },
    /// `If-Match` does not hold.
    #[error("the resource has changed: its version is {current}, read it again and repeat")]
    PreconditionFailed {
        /// The present version, as an ETag.
        current: String,
    },
    /// The userName is taken.
    #[error("{name}: the userName belongs to another person (id {taken_by})")]
    NameTaken {
        /// userName as sent.
        name: String,
        /// Who has it.
        taken_by: ScimId,
    },
    /// The resource cannot be mapped.
    #[error("{name}: {source}")]
    Unmappable {
        /// userName.
        name: String,
        /// Why.
        source: MapError,
    },
    /// The vendor's account belongs to another SCIM resource, or to several candidates.
    #[error("{name}: {problem}")]
    Conflict {
        /// userName.
        name: String,
        /// What is wrong and what to change.
        problem: String,
    },
    /// The account is protected.
    #[error("{name}: this account is protected ({rule}) and is never changed by the bridge; trying again cannot help")]
    Protected {
        /// userName.
        name: String,
        /// The rule that protects it.
        rule: String,
    },
    /// The vendor refused for good; the previous state is restored.
    #[error("{name}: {vendor} refused {step}: {}{}", verdict.say, verdict.vendor_text.as_deref().map(|text| format!(" ({text})")).unwrap_or_default())]
    Refused {
        /// userName.
        name: String,
        /// Vendor's title.
        vendor: String,
        /// Which call.
        step: String,
        /// SCIM attribute at fault, when known.
        attribute: Option<String>,
        /// What the answer means.
        verdict: Box<Verdict>,
    },
    /// Not done in time; the work goes on.
    #[error("{name}: {reason}; the change is stored and goes on, ask again in {retry_after_seconds} s")]
    Late {
        /// userName.
        name: String,
        /// Why it takes long.
        reason: String,
        /// Whole seconds, at least 1.
        retry_after_seconds: u64,
        /// The cause is a limit: 429, else 503.
        limited: bool,
    },
    /// The vendor's accounts cannot be listed.
    #[error("{vendor} cannot list its accounts: {reason}; nothing was imported, run the import again later")]
    Unlisted {
        /// Vendor's title.
        vendor: String,
        /// Why.
        reason: String,
    },
    /// The vendor's own objects cannot be shown.
    #[error("{vendor} does not list its {catalog}: {reason}")]
    NotShown {
        /// Vendor's title.
        vendor: String,
        /// The catalog of the mapping.
        catalog: String,
        /// Why.
        reason: String,
        /// What that means.
        meaning: Meaning,
        /// Whole seconds, when the vendor's side says how long it takes.
        retry_after_seconds: Option<u64>,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The program stops and takes no more work.
    #[error("the bridge is shutting down, ask again in a few seconds")]
    ShuttingDown,
}
