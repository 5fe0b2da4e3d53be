//! `attributes` and `excludedAttributes` (RFC 7644 section 3.9).

use serde_json::{Map, Value};

use super::error::ScimError;
use super::schema::ResourceType;

/// Which attributes a client wants back.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Projection {}

#[expect(unused_variables, clippy::unimplemented, reason = "skeleton")]
impl Projection {
    /// Reads the two query parameters (comma separated). Undefined names are ignored.
    ///
    /// # Errors
    /// `invalidValue` when both are given.
    pub fn parse(
        attributes: Option<&str>,
        excluded: Option<&str>,
        resource_type: &ResourceType,
    ) -> Result<Self, ScimError> {
        unimplemented!()
    }
    /// Is everything wanted? Then a stored resource can be sent as it is.
    pub fn is_everything(&self) -> bool {
        unimplemented!()
    }
    /// Removes from a full resource what is not wanted. `returned: always` stays, `never` goes.
    pub fn apply(&self, resource: Map<String, Value>, resource_type: &ResourceType) -> Map<String, Value> {
        unimplemented!()
    }
}
