//! The mapping file: everything about a vendor that is not code. Pure: files come in as text, calls go out as data.

pub mod bound;
pub mod bundle;
mod check;
pub mod convert;
pub mod examples;
pub mod expression;
pub mod graphql;
pub mod introspection;
pub mod json_schema;
pub mod load;
pub mod model;
pub mod plan;
pub mod record;
pub mod scim_path;
pub mod tree;
pub mod vendor_path;
pub mod wire;

#[cfg(test)]
pub(crate) mod made_up;
