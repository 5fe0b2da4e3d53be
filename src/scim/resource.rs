//! A resource as it comes from an IdP (POST and PUT bodies) and as it is kept. PATCH is in [`super::patch`].

mod read;

use serde_json::{Map, Value};

use super::error::ScimError;
use super::schema::{Mutability, ResourceType, Returned};
use super::value::is_empty;

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

/// Reads a POST or PUT body. Keys are found whatever their letter case; undefined, read-only and unkept attributes are left out; booleans may be
/// texts; `null`, `""` and `[]` mean no value (on `active`: nothing at all).
///
/// # Errors
/// `invalidSyntax` when it is no object, `invalidValue` when a required attribute is missing or a value has the wrong type.
pub fn read(body: &Value, resource_type: &ResourceType) -> Result<Incoming, ScimError> {
    read::body(body, resource_type)
}

/// What PUT makes of the stored attributes: what is omitted goes (RFC 7644 section 3.5.1), except for what the client cannot mean to clear:
/// `active`, `externalId` and `members`, and attributes that it cannot see or write (`readOnly`, `returned` never or on request).
/// What is cleared explicitly goes.
pub fn replace(stored: &Map<String, Value>, incoming: &Incoming, resource_type: &ResourceType) -> Map<String, Value> {
    let mut attributes = incoming.attributes.clone();
    let stays = |urn: Option<&str>, name: &str| {
        if urn.is_none() && ["active", "externalId", "members"].contains(&name) {
            return true;
        }
        let Some(found) = resource_type.find(urn, name) else { return false };
        found.attribute.mutability == Mutability::ReadOnly
            || matches!(found.attribute.returned, Returned::Never | Returned::Request)
    };
    for (name, value) in stored {
        let extension = resource_type.extensions.iter().find(|schema| schema.id == *name);
        if let (Some(schema), Value::Object(parts)) = (extension, value) {
            for (part, value) in parts {
                let path = format!("{}:{part}", schema.id);
                if stays(Some(&schema.id), part) && !incoming.cleared.contains(&path) {
                    let object = attributes.entry(&schema.id).or_insert_with(|| Value::Object(Map::new()));
                    if let Value::Object(object) = object {
                        object.entry(part).or_insert_with(|| value.clone());
                    }
                }
            }
        } else if !is_bookkeeping(name) && stays(None, name) && !incoming.cleared.contains(name) {
            attributes.entry(name).or_insert_with(|| value.clone());
        }
    }
    attributes
}

/// The attributes with `schemas` (core and every extension whose data is present, RFC 7643 section 3) as first member: the form that is
/// stored.
pub fn with_schemas(attributes: &Map<String, Value>, resource_type: &ResourceType) -> Map<String, Value> {
    let is_extension = |name: &str, value: &Value| name.contains(':') && value.is_object() && !is_empty(value);
    let present = attributes.iter().filter(|(name, value)| is_extension(name, value));
    let mut schemas = vec![Value::String(resource_type.core.id.clone())];
    schemas.extend(present.map(|(name, _)| Value::String(name.clone())));
    let mut stored = Map::with_capacity(attributes.len() + 1);
    stored.insert("schemas".to_owned(), Value::Array(schemas));
    let kept = attributes.iter().filter(|(name, value)| name.as_str() != "schemas" && !is_empty(value));
    stored.extend(kept.map(|(name, value)| (name.clone(), value.clone())));
    stored
}

/// The attributes of a stored resource in the form of [`Incoming::attributes`]: without `schemas`, `id`, `meta` and `password`.
pub fn without_schemas(stored: &Map<String, Value>) -> Map<String, Value> {
    let kept = stored.iter().filter(|(name, _)| !is_bookkeeping(name));
    kept.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// Refuses a PUT that changes an immutable attribute which has a value (RFC 7644 section 3.5.1).
///
/// # Errors
/// `mutability`, naming the attribute.
pub fn check_immutable(
    stored: &Map<String, Value>,
    incoming: &Incoming,
    resource_type: &ResourceType,
) -> Result<(), ScimError> {
    for (urn, attribute) in resource_type.kept_attributes() {
        if attribute.mutability != Mutability::Immutable {
            continue;
        }
        let value_in = |attributes: &Map<String, Value>| -> Option<Value> {
            match urn {
                None => attributes.get(&attribute.name).cloned(),
                Some(urn) => attributes.get(urn)?.get(&attribute.name).cloned(),
            }
        };
        let Some((old, new)) = value_in(stored).zip(value_in(&incoming.attributes)) else { continue };
        if old != new {
            let problem = format!("`{}` cannot be changed once it has a value", attribute.name);
            return Err(ScimError::Mutability(problem));
        }
    }
    Ok(())
}

/// Members that the bridge writes itself, or never keeps.
fn is_bookkeeping(name: &str) -> bool {
    ["schemas", "id", "meta", "password"].contains(&name)
}

#[cfg(test)]
mod tests;
