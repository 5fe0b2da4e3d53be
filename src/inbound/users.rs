//! `/Users`: reads a request, has it carried out, writes the answer. What happens to the person is `provision`'s business.

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_LOCATION, ETAG, HeaderValue, LOCATION};
use actix_web::web::Payload;
use actix_web::{HttpResponse, HttpResponseBuilder};

use super::answer::Call;
use super::body::read_json;
use super::conditional::{is_not_modified, read_if_match};
use super::problem::Failure;
use super::render::View;
use crate::ids::ScimId;
use crate::provision::Precondition;
use crate::provision::error::ProvisionError;
use crate::scim::etag;
use crate::scim::filter::Filter;
use crate::scim::patch::PatchRequest;
use crate::scim::projection::Projection;
use crate::scim::resource;
use crate::scim::schema::ResourceType;
use crate::store::StoredResource;

/// `GET /Users`.
pub(super) async fn list(call: &Call<'_>) -> Result<HttpResponse, Failure> {
    let projection = projection(call)?;
    let filter = call.parameters.filter.as_deref().map(|text| Filter::parse(text, user_type(call))).transpose()?;
    let (start_index, count) = (call.parameters.start_index, call.parameters.count);
    let page = call.connection.provisioner.query(filter, start_index, count).await?;
    let body = view(call, &projection).list(page.total, start_index, &page.resources);
    Ok(call.answer(StatusCode::OK, body))
}

/// `POST /Users`.
pub(super) async fn create(call: &Call<'_>, payload: Payload) -> Result<HttpResponse, Failure> {
    let projection = projection(call)?;
    let body = read_json(call.request, payload).await?;
    let incoming = resource::read(&body, user_type(call))?;
    let created = call.connection.provisioner.create(incoming, &call.context).await?;
    Ok(one(call, StatusCode::CREATED, &created, &projection))
}

/// `GET /Users/{id}`.
pub(super) async fn read(call: &Call<'_>) -> Result<HttpResponse, Failure> {
    let projection = projection(call)?;
    let found = call.connection.provisioner.get(&id(call)?).await?;
    if is_not_modified(call.header("if-none-match"), found.version) {
        let mut builder = HttpResponse::build(StatusCode::NOT_MODIFIED);
        add_headers(&mut builder, call, &found, &projection);
        return Ok(builder.finish());
    }
    Ok(one(call, StatusCode::OK, &found, &projection))
}

/// `PUT /Users/{id}`.
pub(super) async fn replace(call: &Call<'_>, payload: Payload) -> Result<HttpResponse, Failure> {
    let (id, projection) = (id(call)?, projection(call)?);
    let body = read_json(call.request, payload).await?;
    let incoming = resource::read(&body, user_type(call))?;
    let replaced = call.connection.provisioner.replace(&id, &precondition(call), incoming, &call.context).await?;
    Ok(one(call, StatusCode::OK, &replaced, &projection))
}

/// `PATCH /Users/{id}`: always answered with the resource, which every client digests.
pub(super) async fn patch(call: &Call<'_>, payload: Payload) -> Result<HttpResponse, Failure> {
    let (id, projection) = (id(call)?, projection(call)?);
    let body = read_json(call.request, payload).await?;
    let patch = PatchRequest::parse(&body, user_type(call))?;
    let patched = call.connection.provisioner.patch(&id, &precondition(call), &patch, &call.context).await?;
    Ok(one(call, StatusCode::OK, &patched, &projection))
}

/// `DELETE /Users/{id}`.
pub(super) async fn delete(call: &Call<'_>) -> Result<HttpResponse, Failure> {
    call.connection.provisioner.delete(&id(call)?, &precondition(call), &call.context).await?;
    Ok(HttpResponse::NoContent().finish())
}

fn user_type<'a>(call: &'a Call<'_>) -> &'a ResourceType {
    call.connection.provisioner.user_type()
}

/// Which attributes are wanted. Read before anything is changed: a request that is refused must not have happened.
fn projection(call: &Call<'_>) -> Result<Projection, Failure> {
    let parameters = &call.parameters;
    let read = Projection::parse(
        parameters.attributes.as_deref(),
        parameters.excluded_attributes.as_deref(),
        user_type(call),
    )?;
    Ok(read)
}

fn precondition(call: &Call<'_>) -> Precondition {
    read_if_match(call.header("if-match"))
}

/// The id in the address. One that cannot be ours names nobody.
fn id(call: &Call<'_>) -> Result<ScimId, ProvisionError> {
    let text = call.id.unwrap_or_default();
    ScimId::parse(text).ok_or_else(|| ProvisionError::NotFound { kind: "User", id: text.chars().take(100).collect() })
}

fn view<'a>(call: &'a Call<'_>, projection: &'a Projection) -> View<'a> {
    View { base: &call.base, resource_type: user_type(call), projection }
}

fn one(call: &Call<'_>, status: StatusCode, resource: &StoredResource, projection: &Projection) -> HttpResponse {
    let mut builder = call.builder(status);
    add_headers(&mut builder, call, resource, projection);
    builder.body(view(call, projection).resource(resource))
}

/// `ETag` equals `meta.version`, `Location` and `Content-Location` equal `meta.location` (RFC 7643 section 3.1).
fn add_headers(builder: &mut HttpResponseBuilder, call: &Call<'_>, resource: &StoredResource, projection: &Projection) {
    if let Ok(location) = HeaderValue::from_str(&view(call, projection).location(resource)) {
        builder.insert_header((LOCATION, location.clone()));
        builder.insert_header((CONTENT_LOCATION, location));
    }
    if let Ok(tag) = HeaderValue::from_str(&etag::format(resource.version)) {
        builder.insert_header((ETAG, tag));
    }
}
