//! Schemas and attributes (RFC 7643 sections 2 and 7), the RFC's own schemas, and how a name finds its attribute.
//! Knows nothing of values: those are in [`super::value`].

mod build;
mod common;
mod enterprise;
mod found;
mod group;
mod lookup;
mod user;

use serde::Serialize;

pub use common::common;
pub use enterprise::enterprise_user;
pub use found::{Found, Named, Standing, SubAttribute, Undefined};
pub use group::{group, group_type};
pub use user::{user, user_type};

/// URN of the core User schema.
pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// URN of the enterprise extension.
pub const ENTERPRISE_USER: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
/// URN of the core Group schema.
pub const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

/// A schema document.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Schema {
    /// URN.
    pub id: String,
    /// Name.
    pub name: String,
    /// Description.
    pub description: String,
    /// Attributes.
    pub attributes: Vec<Attribute>,
}

/// An attribute definition. Serialises to the form of RFC 7643 section 7.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Attribute {
    /// Name in schema case.
    pub name: String,
    /// Type.
    #[serde(rename = "type")]
    pub kind: AttributeType,
    /// Several values?
    pub multi_valued: bool,
    /// Description.
    pub description: String,
    /// Required?
    pub required: bool,
    /// Suggested values.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub canonical_values: Vec<String>,
    /// Does letter case matter?
    pub case_exact: bool,
    /// Mutability.
    pub mutability: Mutability,
    /// When it is returned.
    pub returned: Returned,
    /// Uniqueness.
    pub uniqueness: Uniqueness,
    /// For references: what they refer to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reference_types: Vec<String>,
    /// For complex attributes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sub_attributes: Vec<Attribute>,
}

/// RFC 7643 section 2.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names are the RFC's")]
pub enum AttributeType {
    String,
    Boolean,
    Decimal,
    Integer,
    DateTime,
    Binary,
    Reference,
    Complex,
}

/// RFC 7643 section 7.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names are the RFC's")]
pub enum Mutability {
    ReadOnly,
    ReadWrite,
    Immutable,
    WriteOnly,
}

/// RFC 7643 section 7.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names are the RFC's")]
pub enum Returned {
    Always,
    Never,
    Default,
    Request,
}

/// RFC 7643 section 7.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names are the RFC's")]
pub enum Uniqueness {
    None,
    Server,
    Global,
}

/// A resource type as one connection offers it.
#[derive(Debug, Clone, PartialEq)]
pub struct ResourceType {
    /// `User`, `Group`.
    pub name: String,
    /// `/Users`, `/Groups`.
    pub endpoint: String,
    /// Description.
    pub description: String,
    /// What is stored and published in `/Schemas`: the core schema…
    pub core: Schema,
    /// …and the extensions.
    pub extensions: Vec<Schema>,
    /// Attributes that the RFC (or the mapping) defines but this connection does not keep: accepted and dropped (D11).
    /// Same shape: full core schema and full RFC extensions.
    pub known_core: Schema,
    /// See `known_core`.
    pub known_extensions: Vec<Schema>,
}
