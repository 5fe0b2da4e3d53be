//! `/Users` and `/Groups`, the collections and what is in them: from an HTTP request to an [`operation`] and back. What happens to a resource is not
//! decided here.

use actix_web::http::StatusCode;
use actix_web::web::Payload;
use actix_web::{HttpResponse, HttpResponseBuilder};

use super::body::{MAX_BODY_BYTES, MAX_GROUP_BYTES};
use super::call::{Call, add_resource_headers};
use super::conditional::{is_not_modified, read_if_match};
use super::problem::Failure;
use super::{operation, search, show};
use crate::scim::projection::Projection;
use crate::store::{Kind, StoredResource};

/// A PATCH on a group with more members than this is answered 204 unless the client says which attributes it wants: nobody reads the members back
/// from there, and writing them would cost more than the change.
const MOST_MEMBERS_SENT_BACK: u64 = 1_000;

/// `/Users` or `/Groups`: GET and POST.
pub(super) async fn collection(call: &Call<'_>, kind: Kind, payload: Payload) -> Result<HttpResponse, Failure> {
    if call.method() == "GET" {
        let list = search::list(&call.caller, kind, &call.parameters).await?;
        return Ok(call.answer(StatusCode::OK, list));
    }
    let projection = projection(call, kind)?;
    let body = call.json(payload, largest_body(kind)).await?;
    let created = operation::create(&call.caller, kind, &body).await?;
    whole(call, kind, StatusCode::CREATED, &created, &projection).await
}

/// `/Users/{id}` or `/Groups/{id}`: GET, PUT, PATCH and DELETE.
pub(super) async fn one(call: &Call<'_>, kind: Kind, id: &str, payload: Payload) -> Result<HttpResponse, Failure> {
    // Read before anything is changed: a request that is refused must not have happened.
    let projection = projection(call, kind)?;
    let condition = read_if_match(call.header("if-match"));
    let caller = &call.caller;
    match call.method() {
        "GET" => {
            let found = operation::read(caller, kind, id).await?;
            if is_not_modified(call.header("if-none-match"), found.version) {
                return Ok(about(call, kind, HttpResponse::NotModified(), &found).finish());
            }
            whole(call, kind, StatusCode::OK, &found, &projection).await
        }
        "PUT" => {
            let body = call.json(payload, largest_body(kind)).await?;
            let replaced = operation::replace(caller, kind, id, &condition, &body).await?;
            whole(call, kind, StatusCode::OK, &replaced, &projection).await
        }
        "PATCH" => {
            let body = call.json(payload, largest_body(kind)).await?;
            let patched = operation::patch(caller, kind, id, &condition, &body).await?;
            if is_patch_answered_without_body(call, kind, &patched).await? {
                return Ok(about(call, kind, HttpResponse::NoContent(), &patched).finish());
            }
            whole(call, kind, StatusCode::OK, &patched, &projection).await
        }
        _ => {
            operation::delete(caller, kind, id, &condition).await?;
            Ok(HttpResponse::NoContent().finish())
        }
    }
}

/// RFC 7644 section 3.5.2 leaves the choice between 200 with the resource and 204, except that a client which says what it wants gets it.
async fn is_patch_answered_without_body(
    call: &Call<'_>,
    kind: Kind,
    patched: &StoredResource,
) -> Result<bool, Failure> {
    let Call { caller, parameters, .. } = call;
    if parameters.attributes.is_some() || parameters.excluded_attributes.is_some() {
        return Ok(false);
    }
    let switches = &caller.connection.switches;
    match kind {
        Kind::User => Ok(switches.user_patch_204),
        Kind::Group if switches.group_patch_204 => Ok(true),
        Kind::Group => {
            let count = caller.connection.provisioner.count_members(&patched.id, MOST_MEMBERS_SENT_BACK + 1).await?;
            Ok(count > MOST_MEMBERS_SENT_BACK)
        }
    }
}

fn largest_body(kind: Kind) -> usize {
    match kind {
        Kind::User => MAX_BODY_BYTES,
        Kind::Group => MAX_GROUP_BYTES,
    }
}

/// Which attributes are wanted.
fn projection(call: &Call<'_>, kind: Kind) -> Result<Projection, Failure> {
    let Call { caller, parameters, .. } = call;
    let (attributes, excluded) = (parameters.attributes.as_deref(), parameters.excluded_attributes.as_deref());
    Ok(Projection::parse(attributes, excluded, caller.type_of(kind))?)
}

/// An answer with a resource in it.
async fn whole(
    call: &Call<'_>,
    kind: Kind,
    status: StatusCode,
    resource: &StoredResource,
    projection: &Projection,
) -> Result<HttpResponse, Failure> {
    let text = show::one(&call.caller, kind, projection, resource).await?;
    Ok(about(call, kind, call.builder(status), resource).body(text))
}

/// The beginning of an answer about a resource: where it is and which version it has.
fn about(
    call: &Call<'_>,
    kind: Kind,
    mut builder: HttpResponseBuilder,
    resource: &StoredResource,
) -> HttpResponseBuilder {
    add_resource_headers(&mut builder, &call.caller.location(kind, resource.id.as_str()), resource.version);
    builder
}
