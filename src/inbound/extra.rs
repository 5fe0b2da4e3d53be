//! Read-only resource types that the mapping declares besides User and Group (`/Roles`): what the vendor has, for an administrator to pick from. They
//! are shown as they stand in the vendor's list, which `provision` keeps for a while; nothing of them is in the store.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_LOCATION, HeaderValue, LOCATION};
use actix_web::web::Payload;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};

use super::call::{Call, Caller};
use super::cursor::{offset_text, read_offset};
use super::error::InboundError;
use super::problem::Failure;
use super::query::Parameters;
use super::search;
use crate::mapping::bound::{BoundResource, Entry};
use crate::scim::evaluate;
use crate::scim::filter::Filter;
use crate::scim::list::{Place, envelope};
use crate::scim::order::{compare, sort_key};
use crate::scim::projection::Projection;

/// Longest `description`, in characters: Okta takes no longer ones.
const MOST_DESCRIPTION: usize = 1_000;

/// What an id in a URL needs to have encoded (RFC 3986 section 2.3).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// GET on the collection.
pub(super) async fn collection(call: &Call<'_>, resource: &BoundResource) -> Result<HttpResponse, Failure> {
    let list = list(&call.caller, resource, &call.parameters).await?;
    Ok(call.answer(StatusCode::OK, list))
}

/// POST to `.search` below the collection.
pub(super) async fn answer_search(
    call: &Call<'_>,
    resource: &BoundResource,
    payload: Payload,
) -> Result<HttpResponse, Failure> {
    let parameters = search::read(call, payload).await?;
    let list = list(&call.caller, resource, &parameters).await?;
    Ok(call.answer(StatusCode::OK, list))
}

/// GET by id, which is the vendor's own.
pub(super) async fn one(call: &Call<'_>, resource: &BoundResource, id: &str) -> Result<HttpResponse, Failure> {
    let projection = search::projection(&call.parameters, &resource.resource_type)?;
    let entries = entries(&call.caller, resource).await?;
    let found = entries.iter().find(|entry| entry.key == id);
    let found = found.ok_or_else(|| InboundError::unknown(&resource.resource_type.name, id))?;
    let mut builder = call.builder(StatusCode::OK);
    if let Ok(location) = HeaderValue::from_str(&location(&call.caller, resource, &found.key)) {
        builder.insert_header((LOCATION, location.clone()));
        builder.insert_header((CONTENT_LOCATION, location));
    }
    let document = document(&call.caller, resource, found);
    Ok(builder.body(shown(document, &projection, resource)))
}

/// A ListResponse. What is wrong with the question is said before the vendor is asked.
async fn list(caller: &Caller<'_>, resource: &BoundResource, parameters: &Parameters) -> Result<String, Failure> {
    let resource_type = &resource.resource_type;
    let projection = search::projection(parameters, resource_type)?;
    let filter = parameters.filter.as_deref().map(|text| Filter::parse(text, resource_type)).transpose()?;
    let sort = parameters.sort(resource_type)?;
    let offset = match &parameters.cursor {
        Some(cursor) => read_offset(cursor, parameters, &resource_type.endpoint)?,
        None => beyond(parameters.start_index - 1),
    };

    let entries = entries(caller, resource).await?;
    let mut found: Vec<Map<String, Value>> = entries.iter().map(|entry| document(caller, resource, entry)).collect();
    if let Some(filter) = &filter {
        found.retain(|document| evaluate::matches(filter, resource_type, document));
    }
    if let Some(sort) = &sort {
        let key = |document: &Map<String, Value>| sort_key(&sort.by, resource_type, document);
        // What is equal stays in the vendor's order.
        found.sort_by(|left, right| compare(key(left).as_ref(), key(right).as_ref(), sort.descending));
    }
    let total = found.len();
    let page: Vec<String> = found
        .into_iter()
        .skip(offset)
        .take(beyond(parameters.count))
        .map(|document| shown(document, &projection, resource))
        .collect();
    let next = offset.saturating_add(page.len());
    let place = if parameters.cursor.is_none() {
        Place::Index(parameters.start_index)
    } else if !page.is_empty() && next < total {
        Place::Cursor(Some(offset_text(next, parameters, &resource_type.endpoint)))
    } else {
        Place::Cursor(None)
    };
    Ok(envelope(total as u64, &place, &page))
}

async fn entries(caller: &Caller<'_>, resource: &BoundResource) -> Result<Arc<Vec<Entry>>, Failure> {
    let provisioner = caller.connection.provisioner();
    Ok(provisioner.catalog(&resource.catalog, caller.context.deadline).await?)
}

/// A number of resources; more than there can be in memory is as good as any number.
fn beyond(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn location(caller: &Caller<'_>, resource: &BoundResource, key: &str) -> String {
    format!("{}{}/{}", caller.base, resource.resource_type.endpoint, utf8_percent_encode(key, ENCODED))
}

/// An entry as a resource. The vendor's lists do not say when an entry came into being, so `meta` does not either.
fn document(caller: &Caller<'_>, resource: &BoundResource, entry: &Entry) -> Map<String, Value> {
    let resource_type = &resource.resource_type;
    let mut document = Map::new();
    document.insert("schemas".to_owned(), json!([resource_type.core.id]));
    document.insert("id".to_owned(), entry.key.as_str().into());
    document.insert("displayName".to_owned(), entry.name.as_str().into());
    document.insert("type".to_owned(), resource.kind.as_str().into());
    if let Some(description) = &entry.description {
        let description: String = description.chars().take(MOST_DESCRIPTION).collect();
        document.insert("description".to_owned(), description.into());
    }
    let location = location(caller, resource, &entry.key);
    document.insert("meta".to_owned(), json!({ "resourceType": resource_type.name, "location": location }));
    document
}

fn shown(document: Map<String, Value>, projection: &Projection, resource: &BoundResource) -> String {
    Value::Object(projection.apply(document, &resource.resource_type)).to_string()
}
