//! Filters (RFC 7644 section 3.4.2.2): the tree, with every name and literal resolved. Matches nothing itself: see [`super::evaluate`].

mod cursor;
mod literal;
mod parse;
mod print;

use serde_json::Value;

use super::error::ScimError;
use super::schema::{Found, ResourceType};

/// Most brackets, round or square, that may be open at once. Filters of IdPs have one or two; more are refused with `invalidFilter`, so
/// that a hostile one cannot exhaust the stack.
pub const MAX_DEPTH: usize = 32;

/// Most comparisons in one filter. A look-up of a hundred ids in one `or` chain is ordinary; more than this is refused with
/// `invalidFilter`.
pub const MAX_TERMS: usize = 256;

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

impl Filter {
    /// Parses a filter (already percent-decoded) and resolves its names against the resource type, so that every path in the result is in
    /// schema case, `urn` is `None` for core attributes and the full URN for extensions, a bare complex attribute in a comparison has become
    /// `.value`, and every literal has the attribute's type.
    ///
    /// More is accepted than RFC 7644 section 3.4.2.2 allows, because clients send it: an unquoted literal of one word, `"True"` for a
    /// boolean, and `attr[filter].sub op value`.
    ///
    /// # Errors
    /// `invalidFilter` with the position and what was expected.
    pub fn parse(text: &str, resource_type: &ResourceType) -> Result<Self, ScimError> {
        parse::whole(text, resource_type)
    }

    /// Parses the filter between the brackets of `attr[filter]`; its names are sub-attributes of `attr`.
    ///
    /// # Errors
    /// `invalidFilter` with the position within `text`.
    pub(super) fn parse_element(text: &str, attribute: Found<'_>) -> Result<Self, ScimError> {
        parse::element(text, attribute)
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
