//! Why the store did not do what was asked.
//!
//! A refusal (name taken, version changed) is the caller's to answer; [`StoreError::Unavailable`] is the machine's.

use crate::ids::ScimId;

/// Why a commit did not happen. Nothing of it happened.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The name belongs to another resource.
    #[error("the name is taken by resource {taken_by}")]
    NameTaken {
        /// Its id.
        taken_by: ScimId,
    },
    /// The vendor's account is linked to another resource.
    #[error("the vendor's account is linked to resource {taken_by}")]
    VendorIdTaken {
        /// Its id.
        taken_by: ScimId,
    },
    /// Somebody else changed the resource.
    #[error("the resource changed meanwhile")]
    VersionMismatch,
    /// The resource does not exist.
    #[error("the resource does not exist")]
    Missing,
    /// The store itself failed.
    #[error("store {path}: {problem}")]
    Unavailable {
        /// File or address.
        path: String,
        /// What happened.
        problem: String,
    },
}
