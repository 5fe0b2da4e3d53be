//! Filters (RFC 7644 section 3.4.2.2). Skeleton: the tree; the parser comes beside it.

use serde_json::Value;

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

/// `urn:…:attr.sub`. Names as written.
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
