//! Records: the managed fields of one vendor account, as plain data.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Values of managed fields by their name in the mapping (`roleId`, `channels.chatConfiguration.isEnabled`).
/// A field without a value is absent; `null` is never stored.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Record(pub Map<String, Value>);

/// What the vendor should have for one person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Desired {
    /// No account (deleted, or deactivated where deactivation deletes).
    Absent,
    /// An account with these values.
    Present(Record),
    /// The person is inactive under a policy that keeps the account: none is created for it, but an account that exists has these values.
    Parked(Record),
}

/// A vendor account as read from an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct VendorAccount {
    /// The vendor's key, as text.
    pub key: String,
    /// The managed fields that the answer holds (write-only ones never).
    pub record: Record,
    /// Managed fields whose path the answer did not contain at all (so nothing is known about them).
    pub unknown: Vec<String>,
}
