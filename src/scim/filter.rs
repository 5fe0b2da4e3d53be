//! Filters (RFC 7644 section 3.4.2.2). Skeleton: the tree; the parser comes beside it.

use serde_json::Value;

use super::error::ScimError;
use super::schema::ResourceType;

/// A filter.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// Both.
    And(Box<Filter>, Box<Filter>),
    /// Either.
    Or(Box<Filter>, Box<Filter>),
    /// Not.
    Not(Box<Filter>),
    /// `attr[filter]` and `attr[filter].sub op value`.
    Values {
        /// The multi-valued attribute.
        path: AttrPath,
        /// Condition on one and the same element.
        filter: Box<Filter>,
        /// `.sub op value` behind the bracket.
        then: Option<Box<(String, Operator, Value)>>,
    },
    /// `attr op value`.
    Compare(AttrPath, Operator, Value),
    /// `attr pr`.
    Present(AttrPath),
}

/// `urn:…:attr.sub`. After [`Filter::parse`]: names in schema case, `urn` only for extensions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttrPath {
    /// Schema URN, when given.
    pub urn: Option<String>,
    /// Attribute.
    pub name: String,
    /// Sub-attribute.
    pub sub: Option<String>,
}

/// Comparison operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the RFC's")]
pub enum Operator {
    Eq,
    Ne,
    Co,
    Sw,
    Ew,
    Gt,
    Ge,
    Lt,
    Le,
}

#[expect(unused_variables, clippy::unimplemented, reason = "skeleton")]
impl Filter {
    /// Parses a filter (already percent-decoded) and resolves its names against the resource type, so that every path in the result is in
    /// schema case, `urn` is `None` for core attributes and the full URN for extensions, a bare complex attribute has become `.value`, and every
    /// literal has the attribute's type (D2, D18, D19).
    ///
    /// # Errors
    /// `invalidFilter` with the position and what was expected.
    pub fn parse(text: &str, resource_type: &ResourceType) -> Result<Self, ScimError> {
        unimplemented!()
    }
}
