//! SCIM 2.0 provisioning bridge. The map of the program, in the order in which a request passes:
//!
//! ```text
//! IdP ─▶ inbound ─▶ provision ─▶ vendor ─▶ the vendor's API
//!           │           │  └────▶ store
//!           └─▶ scim    └─▶ mapping
//! ```
#![forbid(unsafe_code)]
pub mod clock;
pub mod ids;
pub mod mapping;
pub mod scim;
pub mod store;
pub mod vendor;
