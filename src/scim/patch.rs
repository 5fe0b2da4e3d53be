//! PATCH (RFC 7644 section 3.5.2) in all the dialects that IdPs speak.

use serde_json::{Map, Value};

use super::error::ScimError;
use super::schema::ResourceType;

/// A PATCH request after reading, not yet applied to anything.
#[derive(Debug, Clone, PartialEq)]
pub struct PatchRequest {}

/// What a PATCH makes of a resource.
#[derive(Debug, Clone, PartialEq)]
pub struct Patched {
    /// The new attributes, in the form of [`super::resource::Incoming::attributes`].
    pub attributes: Map<String, Value>,
    /// Is anything different from before?
    pub changed: bool,
    /// A new password, when the request sets one.
    pub password: Option<String>,
    /// Operations that were skipped because the request deactivates (D11), for the log.
    pub skipped: Vec<String>,
}

#[expect(unused_variables, clippy::unimplemented, reason = "skeleton")]
impl PatchRequest {
    /// Reads a PATCH body.
    ///
    /// # Errors
    /// `invalidSyntax` when it is no PatchOp message, `invalidPath`, `invalidFilter`, `noTarget` for what can be seen without a resource.
    pub fn parse(body: &Value, resource_type: &ResourceType) -> Result<Self, ScimError> {
        unimplemented!()
    }

    /// Applies all operations in order, or none. `id` is the resource's own (D12).
    ///
    /// # Errors
    /// The first operation that cannot be applied, with its number and path in the message.
    pub fn apply(
        &self,
        id: &str,
        stored: &Map<String, Value>,
        resource_type: &ResourceType,
    ) -> Result<Patched, ScimError> {
        unimplemented!()
    }
}
