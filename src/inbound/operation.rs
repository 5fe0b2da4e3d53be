//! The operations on resources (RFC 7644 sections 3.3 to 3.6), from parsed input to an outcome. `/Users`, `/Groups`, `/Me` and `/Bulk` all come
//! through here, so that they cannot differ. HTTP is unknown here, and so is how an outcome is shown.

use serde_json::Value;

use super::call::Caller;
use super::problem::Failure;
use crate::ids::ScimId;
use crate::provision::error::ProvisionError;
use crate::provision::{Precondition, Provisioner};
use crate::scim::filter::Filter;
use crate::scim::patch::{PatchRequest, UnknownPaths};
use crate::scim::resource;
use crate::scim::schema::ResourceType;
use crate::store::{Kind, Page, Sort, Start, StoredResource};

impl Caller<'_> {
    /// The definition of a kind of resource on this connection.
    pub fn type_of(&self, kind: Kind) -> &ResourceType {
        match kind {
            Kind::User => self.provisioner().user_type(),
            Kind::Group => self.provisioner().group_type(),
        }
    }

    /// `meta.location` of a resource.
    pub fn location(&self, kind: Kind, id: &str) -> String {
        format!("{}{}/{id}", self.base, self.type_of(kind).endpoint)
    }

    fn provisioner(&self) -> &Provisioner {
        &self.connection.provisioner
    }
}

/// POST on a collection.
pub(super) async fn create(caller: &Caller<'_>, kind: Kind, body: &Value) -> Result<StoredResource, Failure> {
    let incoming = resource::read(body, caller.type_of(kind))?;
    match kind {
        Kind::User => Ok(caller.provisioner().create(incoming, &caller.context).await?),
        Kind::Group => Ok(caller.provisioner().create_group(incoming, &caller.context).await?),
    }
}

/// GET by id.
pub(super) async fn read(caller: &Caller<'_>, kind: Kind, id: &str) -> Result<StoredResource, Failure> {
    let id = parse_id(kind, id)?;
    match kind {
        Kind::User => Ok(caller.provisioner().get(&id).await?),
        Kind::Group => Ok(caller.provisioner().get_group(&id).await?),
    }
}

/// PUT.
pub(super) async fn replace(
    caller: &Caller<'_>,
    kind: Kind,
    id: &str,
    condition: &Precondition,
    body: &Value,
) -> Result<StoredResource, Failure> {
    let id = parse_id(kind, id)?;
    let incoming = resource::read(body, caller.type_of(kind))?;
    match kind {
        Kind::User => Ok(caller.provisioner().replace(&id, condition, incoming, &caller.context).await?),
        Kind::Group => Ok(caller.provisioner().replace_group(&id, condition, incoming, &caller.context).await?),
    }
}

/// PATCH.
pub(super) async fn patch(
    caller: &Caller<'_>,
    kind: Kind,
    id: &str,
    condition: &Precondition,
    body: &Value,
) -> Result<StoredResource, Failure> {
    let id = parse_id(kind, id)?;
    let ignores = caller.connection.switches.ignore_unknown_paths;
    let unknown = if ignores { UnknownPaths::LeaveOut } else { UnknownPaths::Refuse };
    let patch = PatchRequest::parse_with(body, caller.type_of(kind), unknown)?;
    match kind {
        Kind::User => Ok(caller.provisioner().patch(&id, condition, &patch, &caller.context).await?),
        Kind::Group => Ok(caller.provisioner().patch_group(&id, condition, &patch, &caller.context).await?),
    }
}

/// DELETE.
pub(super) async fn delete(caller: &Caller<'_>, kind: Kind, id: &str, condition: &Precondition) -> Result<(), Failure> {
    let id = parse_id(kind, id)?;
    match kind {
        Kind::User => Ok(caller.provisioner().delete(&id, condition, &caller.context).await?),
        Kind::Group => Ok(caller.provisioner().delete_group(&id, condition, &caller.context).await?),
    }
}

/// One page of a collection in an order, that of creation by default; `count` 0 asks for the total only.
pub(super) async fn query(
    caller: &Caller<'_>,
    kind: Kind,
    filter: Option<Filter>,
    sort: Option<Sort>,
    (from, count): (Start, u64),
) -> Result<Page, Failure> {
    match kind {
        Kind::User => Ok(caller.provisioner().query(filter, sort, from, count).await?),
        Kind::Group => Ok(caller.provisioner().query_groups(filter, sort, from, count).await?),
    }
}

/// An id as it stands in an address. One that cannot be ours names nobody.
fn parse_id(kind: Kind, text: &str) -> Result<ScimId, ProvisionError> {
    ScimId::parse(text)
        .ok_or_else(|| ProvisionError::NotFound { kind: kind.type_name(), id: text.chars().take(100).collect() })
}
