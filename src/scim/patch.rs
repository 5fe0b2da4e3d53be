//! PATCH (RFC 7644 section 3.5.2) in all the dialects that IdPs speak: read once, applied to any number of resources.
//! Asks and tells no vendor.

mod apply;
mod elements;
mod members;
mod read;
mod step;

use serde_json::{Map, Value};

use super::error::ScimError;
use super::schema::ResourceType;
pub use members::MemberChange;
use step::Operation;

/// URN of the PatchOp message.
pub const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// Most operations in one request; more are refused with `invalidSyntax`. Clients send at most a few hundred; each may search all elements of
/// an attribute, so their number must have an end.
pub const MAX_OPERATIONS: usize = 2_000;

/// What becomes of operations whose path names something that no schema defines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum UnknownPaths {
    /// The request is refused with `invalidPath` (RFC 7644 section 3.5.2).
    #[default]
    Refuse,
    /// They are left out.
    LeaveOut,
}

/// A PATCH request after reading, not yet applied to anything.
#[derive(Debug, Clone, PartialEq)]
pub struct PatchRequest {
    operations: Vec<Operation>,
    /// Operations that were left out at reading.
    skipped: Vec<String>,
    /// Whether `active` is false in the end.
    deactivates: bool,
}

/// What a PATCH makes of a resource.
#[derive(Debug, Clone, PartialEq)]
pub struct Patched {
    /// The new attributes, in the form of [`super::resource::Incoming::attributes`].
    pub attributes: Map<String, Value>,
    /// Is anything different from before? A new password counts, because the old one is not known.
    pub changed: bool,
    /// A new password, when the request sets one.
    pub password: Option<String>,
    /// Operations that were skipped, because the request deactivates or because what they name is ignored, for the log.
    pub skipped: Vec<String>,
}

impl PatchRequest {
    /// Reads a PATCH body; paths that name nothing are refused.
    ///
    /// A request that sets `active` to false is carried out even when other operations have paths that lead nowhere or values that do not fit:
    /// those are skipped, because a person who keeps access is worse than an attribute that is not written.
    ///
    /// # Errors
    /// `invalidSyntax` when it is no PatchOp message, `invalidPath`, `invalidFilter`, `noTarget`, `mutability` and `invalidValue` for what
    /// can be seen without a resource.
    pub fn parse(body: &Value, resource_type: &ResourceType) -> Result<Self, ScimError> {
        Self::parse_with(body, resource_type, UnknownPaths::Refuse)
    }

    /// As [`Self::parse`], with a choice about paths that name nothing.
    ///
    /// # Errors
    /// As there.
    pub fn parse_with(body: &Value, resource_type: &ResourceType, unknown: UnknownPaths) -> Result<Self, ScimError> {
        read::message(body, resource_type, unknown)
    }

    /// Applies all operations in order, or none. `id` is the resource's own; `stored` may or may not hold `schemas`, `id` and `meta`.
    ///
    /// # Errors
    /// The first operation that cannot be applied, with its number and path in the message.
    pub fn apply(
        &self,
        id: &str,
        stored: &Map<String, Value>,
        resource_type: &ResourceType,
    ) -> Result<Patched, ScimError> {
        apply::all(self, id, stored, resource_type)
    }

    /// Whether `active` is false when the request is done.
    pub fn deactivates(&self) -> bool {
        self.deactivates
    }

    /// Whether the request asks for nothing that this connection stores.
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
