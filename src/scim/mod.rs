//! The SCIM protocol (RFC 7643, RFC 7644), pure: no I/O, no clock, nothing of this program above it.
pub mod error;
pub mod filter;
pub mod schema;
