//! SCIM 2.0 provisioning bridge. The map of the program, in the order in which a request passes:
//!
//! ```text
//! IdP ─▶ inbound ─▶ provision ─▶ vendor ─▶ the vendor's API
//!           │           │  └────▶ store
//!           └─▶ scim    └─▶ mapping
//! ```
//!
//! * [`inbound`]: the IdP's side: HTTP in, SCIM out.
//! * [`scim`]: the protocol, pure.
//! * [`provision`]: the heart: what should be, what the vendor has, and the way from one to the other.
//! * [`mapping`]: the mapping file, pure.
//! * [`vendor`]: one call to the vendor, done well.
//! * [`store`]: what we remember.
//!
//! Around them: [`cli`] (a file per command), [`server`] (builds and runs everything), [`simulator`] (the vendors as real
//! HTTP servers), [`config`], [`telemetry`], [`clock`], [`ids`] and [`nearest`].
#![forbid(unsafe_code)]

pub mod inbound;
pub mod scim;

pub mod provision;

pub mod mapping;
pub mod vendor;

pub mod store;

pub mod cli;
pub mod clock;
pub mod config;
pub mod document;
pub mod ids;
pub mod nearest;
pub mod server;
pub mod simulator;
pub mod telemetry;
