//! `/Users` and `/Groups`, the collections and what is in them: from an HTTP request to an [`operation`] and back. What happens to a resource is not
//! decided here.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Payload;

use super::body::MAX_BODY_BYTES;
use super::call::{Call, add_resource_headers};
use super::conditional::{is_not_modified, read_if_match};
use super::operation;
use super::problem::Failure;
use super::render::View;
use super::search;
use crate::scim::projection::Projection;
use crate::store::{Kind, StoredResource};

/// `/Users` or `/Groups`: GET and POST.
pub(super) async fn collection(call: &Call<'_>, kind: Kind, payload: Payload) -> Result<HttpResponse, Failure> {
    if call.method() == "GET" {
        let list = search::list(&call.caller, kind, &call.parameters).await?;
        return Ok(call.answer(StatusCode::OK, list));
    }
    let projection = projection(call, kind)?;
    let body = call.json(payload, MAX_BODY_BYTES).await?;
    let created = operation::create(&call.caller, kind, &body).await?;
    Ok(answer(call, kind, StatusCode::CREATED, &created, &projection))
}

/// `/Users/{id}` or `/Groups/{id}`: GET, PUT, PATCH and DELETE.
pub(super) async fn one(call: &Call<'_>, kind: Kind, id: &str, payload: Payload) -> Result<HttpResponse, Failure> {
    // Read before anything is changed: a request that is refused must not have happened.
    let projection = projection(call, kind)?;
    let condition = read_if_match(call.header("if-match"));
    let caller = &call.caller;
    let resource = match call.method() {
        "GET" => {
            let found = operation::read(caller, kind, id).await?;
            if is_not_modified(call.header("if-none-match"), found.version) {
                let mut builder = HttpResponse::build(StatusCode::NOT_MODIFIED);
                add_resource_headers(&mut builder, &view(call, kind, &projection).location(&found), found.version);
                return Ok(builder.finish());
            }
            found
        }
        "DELETE" => {
            operation::delete(caller, kind, id, &condition).await?;
            return Ok(HttpResponse::NoContent().finish());
        }
        method => {
            let body = call.json(payload, MAX_BODY_BYTES).await?;
            match method {
                "PUT" => operation::replace(caller, kind, id, &condition, &body).await?,
                _ => operation::patch(caller, kind, id, &condition, &body).await?,
            }
        }
    };
    Ok(answer(call, kind, StatusCode::OK, &resource, &projection))
}

/// Which attributes are wanted.
fn projection(call: &Call<'_>, kind: Kind) -> Result<Projection, Failure> {
    let Call { caller, parameters, .. } = call;
    let (attributes, excluded) = (parameters.attributes.as_deref(), parameters.excluded_attributes.as_deref());
    Ok(Projection::parse(attributes, excluded, caller.type_of(kind))?)
}

fn view<'a>(call: &'a Call<'_>, kind: Kind, projection: &'a Projection) -> View<'a> {
    View { base: &call.caller.base, resource_type: call.caller.type_of(kind), projection }
}

fn answer(
    call: &Call<'_>,
    kind: Kind,
    status: StatusCode,
    resource: &StoredResource,
    projection: &Projection,
) -> HttpResponse {
    let view = view(call, kind, projection);
    let mut builder = call.builder(status);
    add_resource_headers(&mut builder, &view.location(resource), resource.version);
    builder.body(view.resource(resource))
}
