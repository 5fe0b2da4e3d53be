//! What a SCIM request can be refused for, before any vendor is asked.

/// A refusal in the protocol's own words. The status and `scimType` are chosen in `inbound/problem.rs`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScimError {
    /// RFC 7644 table 9 `invalidFilter`.
    #[error("{0}")]
    InvalidFilter(String),
    /// `tooMany`.
    #[error("{0}")]
    TooMany(String),
    /// `uniqueness`.
    #[error("{0}")]
    Uniqueness(String),
    /// `mutability`.
    #[error("{0}")]
    Mutability(String),
    /// `invalidSyntax`.
    #[error("{0}")]
    InvalidSyntax(String),
    /// `invalidPath`.
    #[error("{0}")]
    InvalidPath(String),
    /// `noTarget`.
    #[error("{0}")]
    NoTarget(String),
    /// `invalidValue`.
    #[error("{0}")]
    InvalidValue(String),
    /// `sensitive` (403, RFC 7644 section 7.5.2).
    #[error("{0}")]
    Sensitive(String),
}
