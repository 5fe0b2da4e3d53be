//! The only place where an error becomes a status, a `scimType` and a sentence (RFC 7644 section 3.12).
//!
//! It decides nothing else: logging and sending are done where the answer is made.

use super::bulk::error::BulkError;
use super::error::InboundError;
use crate::mapping::model::Meaning;
use crate::provision::error::ProvisionError;
use crate::scim::error::ScimError;
use crate::store::StoreError;

/// Pause that a client is told when the vendor says that it has too many calls and no better number is known.
const LIMITED_RETRY_SECONDS: u64 = 10;
/// Pause while an account is in use or somebody else writes it.
const BUSY_RETRY_SECONDS: u64 = 30;
/// Pause while the vendor is broken.
const BROKEN_RETRY_SECONDS: u64 = 60;
/// Pause while a person must correct the bridge's own access to the vendor.
const ACCESS_RETRY_SECONDS: u64 = 300;
/// Pause while the bridge's store fails or the bridge restarts.
const BRIDGE_RETRY_SECONDS: u64 = 5;

/// Longest sentence, in characters.
const MOST_DETAIL: usize = 1_000;

/// Everything that a request can end with instead of success.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Refused by the HTTP side.
    #[error(transparent)]
    Inbound(#[from] InboundError),
    /// Refused by the rules of bulks.
    #[error(transparent)]
    Bulk(#[from] BulkError),
    /// Refused by the protocol.
    #[error(transparent)]
    Scim(#[from] ScimError),
    /// Not done.
    #[error(transparent)]
    Provision(#[from] ProvisionError),
}

/// A SCIM error before it is written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// HTTP status.
    pub status: u16,
    /// RFC 7644 table 9.
    pub scim_type: Option<&'static str>,
    /// Sentence for the administrator.
    pub detail: String,
    /// `Retry-After` in whole seconds: Okta understands nothing else.
    pub retry_after_seconds: Option<u64>,
    /// `Allow`, with 405.
    pub allow: Option<&'static str>,
    /// `WWW-Authenticate`, with 401.
    pub challenge: Option<&'static str>,
}

/// Challenge when no credential was sent (RFC 6750 section 3).
const CHALLENGE: &str = r#"Bearer realm="scim-bridge""#;
/// Challenge when the credential was not accepted.
const CHALLENGE_INVALID: &str = r#"Bearer realm="scim-bridge", error="invalid_token""#;

impl Problem {
    /// Chooses status, `scimType` and sentence for a failure.
    pub fn of(failure: &Failure) -> Self {
        let said = failure.to_string();
        match failure {
            Failure::Inbound(
                InboundError::UnknownAddress { .. }
                | InboundError::UnknownDocument { .. }
                | InboundError::NobodyIsMe { .. },
            )
            | Failure::Provision(ProvisionError::NotFound { .. }) => Self::plain(404, said),
            Failure::Inbound(InboundError::UnsupportedVersion { .. }) => Self::typed(400, "invalidVers", said),
            Failure::Inbound(InboundError::MethodNotAllowed { allow, .. }) => {
                Self { allow: Some(allow), ..Self::plain(405, said) }
            }
            Failure::Inbound(InboundError::NotOffered { .. }) => Self::plain(501, said),
            Failure::Inbound(InboundError::NoCredential) => {
                Self { challenge: Some(CHALLENGE), ..Self::plain(401, said) }
            }
            Failure::Inbound(InboundError::WrongCredential | InboundError::ExpiredCredential { .. }) => {
                Self { challenge: Some(CHALLENGE_INVALID), ..Self::plain(401, said) }
            }
            Failure::Inbound(InboundError::TooManyRequests { retry_after_seconds, .. }) => {
                Self::later(429, *retry_after_seconds, said)
            }
            Failure::Inbound(InboundError::MediaType { .. } | InboundError::ContentEncoding { .. }) => {
                Self::plain(415, said)
            }
            Failure::Inbound(InboundError::TooLarge { .. }) => Self::plain(413, said),
            Failure::Inbound(
                InboundError::TooDeep { .. } | InboundError::BrokenJson { .. } | InboundError::BrokenBody,
            ) => Self::typed(400, "invalidSyntax", said),
            Failure::Inbound(InboundError::SlowBody { .. }) => Self::plain(408, said),
            Failure::Inbound(InboundError::Parameter { .. }) => Self::typed(400, "invalidValue", said),
            Failure::Inbound(InboundError::Cursor) => Self::typed(400, "invalidCursor", said),
            Failure::Inbound(InboundError::Count) => Self::typed(400, "invalidCount", said),
            Failure::Inbound(InboundError::Filter { .. }) => Self::typed(400, "invalidFilter", said),
            Failure::Inbound(InboundError::Overdue { retry_after_seconds }) => {
                Self::later(503, *retry_after_seconds, said)
            }
            Failure::Inbound(InboundError::Panicked { .. }) => Self::plain(500, said),

            Failure::Bulk(error) => match error {
                BulkError::TooMany { .. } => Self::typed(413, "tooMany", said),
                BulkError::Malformed(_) => Self::typed(400, "invalidSyntax", said),
                BulkError::Path { .. } => Self::typed(400, "invalidPath", said),
                BulkError::Repeated { .. } | BulkError::Unknown { .. } | BulkError::Nested { .. } => {
                    Self::typed(400, "invalidValue", said)
                }
                // Section 3.7.1 names 409 for references that cannot be resolved.
                BulkError::Unmet { .. } | BulkError::Circle { .. } | BulkError::Incomplete { .. } => {
                    Self::plain(409, said)
                }
                BulkError::NotBegun => Self::later(503, BRIDGE_RETRY_SECONDS, said),
            },

            Failure::Scim(error) | Failure::Provision(ProvisionError::Scim(error)) => match error {
                ScimError::InvalidFilter(_) => Self::typed(400, "invalidFilter", said),
                ScimError::TooMany(_) => Self::typed(400, "tooMany", said),
                // Always 409, also on PUT and PATCH: table 9 and section 3.3 differ, clients look for 409.
                ScimError::Uniqueness(_) => Self::typed(409, "uniqueness", said),
                ScimError::Mutability(_) => Self::typed(400, "mutability", said),
                ScimError::InvalidSyntax(_) => Self::typed(400, "invalidSyntax", said),
                ScimError::InvalidPath(_) => Self::typed(400, "invalidPath", said),
                ScimError::NoTarget(_) => Self::typed(400, "noTarget", said),
                ScimError::InvalidValue(_) => Self::typed(400, "invalidValue", said),
                // Section 7.5.2 says 403 where table 9 says 400.
                ScimError::Sensitive(_) => Self::typed(403, "sensitive", said),
            },

            Failure::Provision(ProvisionError::PreconditionFailed { .. }) => Self::plain(412, said),
            Failure::Provision(ProvisionError::NameTaken { .. } | ProvisionError::Conflict { .. }) => {
                Self::typed(409, "uniqueness", said)
            }
            Failure::Provision(ProvisionError::Unmappable { source, .. }) => {
                let scim_type = if source.mutability { "mutability" } else { "invalidValue" };
                Self::typed(400, scim_type, format!("{said}; trying again without a change cannot help"))
            }
            Failure::Provision(ProvisionError::Protected { .. })
            | Failure::Inbound(InboundError::FilteredDiscovery { .. }) => Self::plain(403, said),
            Failure::Provision(ProvisionError::Refused { attribute, verdict, .. }) => {
                let said = match attribute {
                    Some(attribute) => format!("{said} (attribute {attribute})"),
                    None => said,
                };
                Self::of_meaning(verdict.meaning, &said)
            }
            Failure::Provision(ProvisionError::Late { retry_after_seconds, limited, .. }) => {
                Self::later(if *limited { 429 } else { 503 }, *retry_after_seconds, said)
            }
            Failure::Provision(ProvisionError::Unlisted { .. }) => Self::later(503, BROKEN_RETRY_SECONDS, said),
            Failure::Provision(ProvisionError::NotShown { meaning, retry_after_seconds, .. }) => {
                let (status, usual) = match meaning {
                    Meaning::Limited => (429, LIMITED_RETRY_SECONDS),
                    Meaning::Busy | Meaning::Stale => (503, BUSY_RETRY_SECONDS),
                    Meaning::Unauthenticated | Meaning::Forbidden => (503, ACCESS_RETRY_SECONDS),
                    // Whatever else a list is refused with, is no fault of the request.
                    _ => (503, BROKEN_RETRY_SECONDS),
                };
                let seconds = retry_after_seconds.unwrap_or(usual);
                Self::later(status, seconds, format!("{said}; ask again in {} s", seconds.max(1)))
            }
            Failure::Provision(ProvisionError::Store(error)) => match error {
                StoreError::NameTaken { .. } | StoreError::VendorIdTaken { .. } => Self::typed(409, "uniqueness", said),
                StoreError::VersionMismatch => Self::later(
                    503,
                    1,
                    "the resource was changed by another request at the same time; trying again helps".to_owned(),
                ),
                StoreError::Missing => Self::plain(404, said),
                // Which file and why is for the operator's log, not for the IdP.
                StoreError::Unavailable { .. } => Self::later(
                    503,
                    BRIDGE_RETRY_SECONDS,
                    "the bridge cannot use its store at the moment; trying again can help".to_owned(),
                ),
            },
            Failure::Provision(ProvisionError::ShuttingDown) => Self::later(503, BRIDGE_RETRY_SECONDS, said),
        }
    }

    /// What the vendor's refusal is for the IdP: never 401 or 403 for the bridge's own access, a client would think that its own token is wrong.
    fn of_meaning(meaning: Meaning, said: &str) -> Self {
        match meaning {
            Meaning::NotFound => {
                Self::plain(404, format!("{said}; trying again cannot help while the account is missing at the vendor"))
            }
            Meaning::AlreadyExists => Self::typed(
                409,
                "uniqueness",
                format!("{said}; trying again cannot help until the other account gives the value up"),
            ),
            Meaning::Refused | Meaning::BadReference => {
                Self::typed(400, "invalidValue", format!("{said}; trying again without a change cannot help"))
            }
            Meaning::Limited => Self::later(429, LIMITED_RETRY_SECONDS, format!("{said}; trying again helps")),
            Meaning::Busy | Meaning::Stale => {
                Self::later(503, BUSY_RETRY_SECONDS, format!("{said}; trying again helps"))
            }
            Meaning::Unauthenticated | Meaning::Forbidden => Self::later(
                503,
                ACCESS_RETRY_SECONDS,
                format!("{said}; trying again helps once the bridge's own access to the vendor is corrected"),
            ),
            // `Done` is no refusal; whoever reports it so has not understood the answer either.
            Meaning::Broken | Meaning::Done => {
                Self::later(503, BROKEN_RETRY_SECONDS, format!("{said}; trying again can help"))
            }
        }
    }

    fn plain(status: u16, detail: String) -> Self {
        Self { status, scim_type: None, detail, retry_after_seconds: None, allow: None, challenge: None }
    }

    fn typed(status: u16, scim_type: &'static str, detail: String) -> Self {
        Self { scim_type: Some(scim_type), ..Self::plain(status, detail) }
    }

    fn later(status: u16, seconds: u64, detail: String) -> Self {
        Self { retry_after_seconds: Some(seconds.max(1)), ..Self::plain(status, detail) }
    }

    /// The same problem with more of its story in front.
    #[must_use]
    pub fn after(mut self, story: &str) -> Self {
        self.detail = format!("{story}: {}", self.detail);
        self
    }

    /// The body.
    pub fn body(&self) -> String {
        self.document().to_string()
    }

    /// The SCIM error: `status` is a JSON string (RFC 7644 section 3.12).
    pub fn document(&self) -> serde_json::Value {
        let mut members = serde_json::Map::new();
        members.insert("schemas".to_owned(), serde_json::json!(["urn:ietf:params:scim:api:messages:2.0:Error"]));
        members.insert("status".to_owned(), self.status.to_string().into());
        if let Some(scim_type) = self.scim_type {
            members.insert("scimType".to_owned(), scim_type.into());
        }
        members.insert("detail".to_owned(), readable(&self.detail).into());
        serde_json::Value::Object(members)
    }
}

/// Sentences name people, and a userName may be as long as a request: the middle of what nobody can read is left out.
fn readable(detail: &str) -> String {
    let length = detail.chars().count();
    if length <= MOST_DETAIL {
        return detail.to_owned();
    }
    let half = MOST_DETAIL / 2;
    let (begin, end) = (detail.chars().take(half), detail.chars().skip(length - half));
    begin.chain(['…']).chain(end).collect()
}

#[cfg(test)]
mod tests;
