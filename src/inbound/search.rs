//! Lists (RFC 7644 section 3.4.2), however they were asked for. Which page there is, decides the store.

use super::call::Caller;
use super::operation;
use super::problem::Failure;
use super::query::Parameters;
use super::render::View;
use crate::scim::filter::Filter;
use crate::scim::list::envelope;
use crate::scim::projection::Projection;
use crate::store::Kind;

/// A ListResponse of one kind of resource.
pub(super) async fn list(caller: &Caller<'_>, kind: Kind, parameters: &Parameters) -> Result<String, Failure> {
    let resource_type = caller.type_of(kind)?;
    let (attributes, excluded) = (parameters.attributes.as_deref(), parameters.excluded_attributes.as_deref());
    let projection = Projection::parse(attributes, excluded, resource_type)?;
    let filter = parameters.filter.as_deref().map(|text| Filter::parse(text, resource_type)).transpose()?;
    let page = operation::query(caller, kind, filter, parameters.start_index, parameters.count).await?;
    let view = View { base: &caller.base, resource_type, projection: &projection };
    let shown: Vec<String> = page.resources.iter().map(|resource| view.resource(resource)).collect();
    Ok(envelope(page.total, parameters.start_index, &shown))
}
