//! The mapping file: everything about a vendor that is not code. Pure: files come in as text, calls go out as data.

pub mod bound;
pub mod bundle;
pub mod json_schema;
pub mod load;
pub mod model;
pub mod record;
pub mod tree;
pub mod wire;
