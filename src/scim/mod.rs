//! The SCIM protocol (RFC 7643, RFC 7644), pure: no I/O, no clock, nothing of this program above it.
//!
//! A request's way: [`message`] tells messages apart, [`resource`] reads POST and PUT bodies and [`patch`] PATCH bodies (their paths with [`path`], their values with
//! [`value`]), all against the [`schema`]; [`filter`] reads what is searched for and [`evaluate`] decides, [`order`] says what is sorted by; [`projection`] and [`list`] shape
//! the answer, [`etag`] its version.
pub mod error;
pub mod etag;
pub mod evaluate;
pub mod filter;
pub mod list;
pub mod message;
pub mod order;
pub mod patch;
pub mod path;
pub mod projection;
pub mod resource;
pub mod schema;
pub mod text;
pub mod value;
