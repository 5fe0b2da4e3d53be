//! Read-only SCIM resource types besides User and Group, prepared: each shows one catalog to the IdP. Reads no catalog.

use super::Bound;
use crate::mapping::model::{ExtraResource, MappingFile};
use crate::scim::schema::{Attribute, Mutability, ResourceType, Schema};

/// A resource type that shows a catalog.
#[derive(Debug)]
pub struct BoundResource {
    /// Its definition: `displayName`, `type` and `description`, all of them `readOnly`.
    pub resource_type: ResourceType,
    /// The catalog.
    pub catalog: String,
    /// Value of `type`.
    pub kind: String,
}

/// Prepares the resource types, in the order of the file.
pub(super) fn bind_resources(file: &MappingFile) -> Vec<BoundResource> {
    let one = |(name, resource): (&String, &ExtraResource)| BoundResource {
        resource_type: resource_type(name, resource),
        catalog: resource.catalog.clone(),
        kind: resource.kind.clone().unwrap_or_else(|| resource.catalog.clone()),
    };
    file.resources.iter().map(one).collect()
}

fn resource_type(name: &str, resource: &ExtraResource) -> ResourceType {
    let core = schema(&resource.schema);
    ResourceType {
        name: name.to_owned(),
        endpoint: resource.endpoint.clone(),
        description: resource.description.clone(),
        known_core: core.clone(),
        core,
        extensions: Vec::new(),
        known_extensions: Vec::new(),
    }
}

/// Several resource types may have one schema, so it is called by its URN and not by one of them.
fn schema(urn: &str) -> Schema {
    let text = |name, description| Attribute::string(name, description).mutability(Mutability::ReadOnly);
    let attributes = vec![
        text("displayName", "Name of the object at the vendor."),
        text("type", "What kind of object it is."),
        text("description", "What the vendor says about it."),
    ];
    Schema {
        id: urn.to_owned(),
        name: urn.rsplit(':').next().unwrap_or(urn).to_owned(),
        description: "An object of the vendor that an administrator can pick for people".to_owned(),
        attributes,
    }
}

impl Bound {
    /// The read-only resource types besides User and Group.
    pub fn resources(&self) -> &[BoundResource] {
        &self.resources
    }

    /// The read-only resource type at this endpoint, without its slash (`Roles`).
    pub fn resource_at(&self, endpoint: &str) -> Option<&BoundResource> {
        self.resources.iter().find(|resource| resource.resource_type.endpoint.strip_prefix('/') == Some(endpoint))
    }
}
