//! What the server can do (RFC 7643 sections 5 to 7, RFC 7644 section 4). Everything here is derived from the mapping or from what the code does:
//! what is advertised is what works. Query parameters are ignored, except that filters are refused.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde_json::{Value, json};

use super::bulk::{MAX_OPERATIONS, MAX_PAYLOAD_BYTES};
use super::call::Call;
use super::error::InboundError;
use super::problem::Failure;
use super::query::{DEFAULT_COUNT, MAX_COUNT};
use crate::scim::list::{Place, envelope};
use crate::scim::schema::{ResourceType, Schema};
use crate::store::Kind;

/// `/ServiceProviderConfig`. All complex members are present, also those that say no: clients fall over missing ones.
pub(super) fn service_provider_config(call: &Call<'_>) -> HttpResponse {
    let has_password =
        call.caller.type_of(Kind::User).core.attributes.iter().any(|attribute| attribute.name == "password");
    let document = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "patch": { "supported": true },
        "bulk": { "supported": true, "maxOperations": MAX_OPERATIONS, "maxPayloadSize": MAX_PAYLOAD_BYTES },
        "filter": { "supported": true, "maxResults": MAX_COUNT },
        "changePassword": { "supported": has_password },
        "sort": { "supported": true },
        "pagination": {
            "cursor": true, "index": true, "defaultPaginationMethod": "index", "defaultPageSize": DEFAULT_COUNT, "maxPageSize": MAX_COUNT,
        },
        "etag": { "supported": true },
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "OAuth Bearer Token",
            "description": "A token of this connection in the header `Authorization: Bearer TOKEN`",
            "specUri": "https://www.rfc-editor.org/info/rfc6750",
            "primary": true,
        }],
        "meta": meta(call, "ServiceProviderConfig", "/ServiceProviderConfig"),
    });
    call.answer(StatusCode::OK, document.to_string())
}

/// `/ResourceTypes`.
pub(super) fn resource_types(call: &Call<'_>) -> Result<HttpResponse, Failure> {
    refuse_filter(call, "ResourceTypes")?;
    let documents: Vec<Value> = offered(call).map(|offered| resource_type_document(call, offered)).collect();
    Ok(call.answer(StatusCode::OK, list_of(&documents)))
}

/// `/ResourceTypes/{id}`.
pub(super) fn resource_type(call: &Call<'_>) -> Result<HttpResponse, Failure> {
    let wanted = call.id.unwrap_or_default();
    let found = offered(call).find(|offered| offered.name == wanted);
    let found = found.ok_or_else(|| InboundError::unknown("resource type", wanted))?;
    Ok(call.answer(StatusCode::OK, resource_type_document(call, found).to_string()))
}

/// `/Schemas`.
pub(super) fn schemas(call: &Call<'_>) -> Result<HttpResponse, Failure> {
    refuse_filter(call, "Schemas")?;
    let documents: Vec<Value> = published(call).map(|schema| schema_document(call, schema)).collect();
    Ok(call.answer(StatusCode::OK, list_of(&documents)))
}

/// `/Schemas/{urn}`; letter case of URNs does not matter.
pub(super) fn schema(call: &Call<'_>) -> Result<HttpResponse, Failure> {
    let wanted = call.id.unwrap_or_default();
    let found = published(call).find(|schema| schema.id.eq_ignore_ascii_case(wanted));
    let found = found.ok_or_else(|| InboundError::unknown("schema", wanted))?;
    Ok(call.answer(StatusCode::OK, schema_document(call, found).to_string()))
}

/// The types of resources of this connection: people first, as clients expect, and what the mapping declares last.
fn offered<'a>(call: &'a Call<'_>) -> impl Iterator<Item = &'a ResourceType> {
    let extra = call.caller.connection.provisioner().bound().resources();
    let stored = [Kind::User, Kind::Group].into_iter().map(|kind| call.caller.type_of(kind));
    stored.chain(extra.iter().map(|resource| &resource.resource_type))
}

/// Their schemas, each type's own before its extensions. One that several types share is there once.
fn published<'a>(call: &'a Call<'_>) -> impl Iterator<Item = &'a Schema> {
    let mut seen: Vec<&str> = Vec::new();
    let all = offered(call).flat_map(|offered| std::iter::once(&offered.core).chain(&offered.extensions));
    all.filter(move |schema| {
        let is_new = !seen.iter().any(|seen| seen.eq_ignore_ascii_case(&schema.id));
        seen.push(&schema.id);
        is_new
    })
}

fn refuse_filter(call: &Call<'_>, what: &'static str) -> Result<(), InboundError> {
    if call.parameters.filter.is_some() { Err(InboundError::FilteredDiscovery { what }) } else { Ok(()) }
}

/// A ListResponse of documents that are made on the spot.
fn list_of(documents: &[Value]) -> String {
    let texts: Vec<String> = documents.iter().map(Value::to_string).collect();
    envelope(texts.len() as u64, &Place::Index(1), &texts)
}

fn meta(call: &Call<'_>, resource_type: &str, path: &str) -> Value {
    json!({ "resourceType": resource_type, "location": format!("{}{path}", call.caller.base) })
}

fn resource_type_document(call: &Call<'_>, resource_type: &ResourceType) -> Value {
    let extensions: Vec<Value> =
        resource_type.extensions.iter().map(|schema| json!({ "schema": schema.id, "required": false })).collect();
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
        "id": resource_type.name,
        "name": resource_type.name,
        "endpoint": resource_type.endpoint,
        "description": resource_type.description,
        "schema": resource_type.core.id,
        "schemaExtensions": extensions,
        "meta": meta(call, "ResourceType", &format!("/ResourceTypes/{}", resource_type.name)),
    })
}

fn schema_document(call: &Call<'_>, schema: &Schema) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
        "id": schema.id,
        "name": schema.name,
        "description": schema.description,
        "attributes": schema.attributes,
        "meta": meta(call, "Schema", &format!("/Schemas/{}", schema.id)),
    })
}
