//! The SCIM protocol (RFC 7643, RFC 7644), pure: no I/O, no clock, nothing of this program above it.
pub mod error;
pub mod evaluate;
pub mod filter;
pub mod patch;
pub mod projection;
pub mod resource;
pub mod schema;
pub mod text;
