//! A resource as it comes from an IdP (POST and PUT bodies) and as it is kept.

use serde_json::{Map, Value};

use super::error::ScimError;
use super::schema::ResourceType;

/// A POST or PUT body after reading: schema case, types right, unknown and read-only attributes gone.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Incoming {
    /// Attributes with a value. Extensions are objects under their URN. No `schemas`, `id`, `meta`, `password`.
    pub attributes: Map<String, Value>,
    /// Attributes that were given as `null`, `""` or `[]`: paths in schema case (`title`, `name.formatted`, `urn:…:User:department`).
    pub cleared: Vec<String>,
    /// `password`, when given and not empty.
    pub password: Option<String>,
}

/// Reads a POST or PUT body (D2, D10 to D16, D31 to D33, D38, D46).
///
/// # Errors
/// `invalidSyntax` when it is no object, `invalidValue` when a required attribute is missing or a value has the wrong type.
#[expect(unused_variables, clippy::unimplemented, reason = "skeleton")]
pub fn read(body: &Value, resource_type: &ResourceType) -> Result<Incoming, ScimError> {
    unimplemented!()
}

/// What PUT makes of the stored attributes (D16): omitted `active`, `externalId` (and `members`) keep their value.
#[expect(unused_variables, clippy::unimplemented, reason = "skeleton")]
pub fn replace(stored: &Map<String, Value>, incoming: &Incoming, resource_type: &ResourceType) -> Map<String, Value> {
    unimplemented!()
}

/// The attributes with `schemas` (core and every extension whose data is present, R18) as first member: the form that is stored.
#[expect(unused_variables, clippy::unimplemented, reason = "skeleton")]
pub fn with_schemas(attributes: &Map<String, Value>, resource_type: &ResourceType) -> Map<String, Value> {
    unimplemented!()
}
