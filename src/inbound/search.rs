//! Lists (RFC 7644 section 3.4.2), however they were asked for: by GET, or by POST to `.search` (section 3.4.3). Which page there is, decides the
//! store.

mod everything;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Payload;
use serde_json::{Map, Value};

use super::body::MAX_BODY_BYTES;
use super::call::{Call, Caller};
use super::cursor::Cursor;
use super::error::InboundError;
use super::operation;
use super::problem::Failure;
use super::query::{Parameters, known};
use super::show;
use crate::scim::error::ScimError;
use crate::scim::filter::Filter;
use crate::scim::list::{Place, envelope};
use crate::scim::message::members;
use crate::scim::projection::Projection;
use crate::scim::schema::ResourceType;
use crate::store::{Kind, Page, Sort, Start};

/// URN of the SearchRequest message.
const SEARCH_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

/// POST to `.search`: below a collection, or at the root for all kinds of resources at once. Parameters in the URL are ignored: the message has
/// all that the RFC knows.
pub(super) async fn answer(call: &Call<'_>, kind: Option<Kind>, payload: Payload) -> Result<HttpResponse, Failure> {
    let parameters = read(call, payload).await?;
    let list = match kind {
        Some(kind) => list(&call.caller, kind, &parameters).await?,
        None => everything::list(&call.caller, &parameters).await?,
    };
    Ok(call.answer(StatusCode::OK, list))
}

/// GET at the root (RFC 7644 section 3.4.2.1): what `POST /.search` finds.
pub(super) async fn everything(call: &Call<'_>) -> Result<HttpResponse, Failure> {
    let list = everything::list(&call.caller, &call.parameters).await?;
    Ok(call.answer(StatusCode::OK, list))
}

/// Reads a SearchRequest.
pub(super) async fn read(call: &Call<'_>, payload: Payload) -> Result<Parameters, Failure> {
    let body = call.json(payload, MAX_BODY_BYTES).await?;
    Ok(read_message(members(&body, SEARCH_REQUEST)?)?)
}

/// A ListResponse of one kind of resource.
pub(super) async fn list(caller: &Caller<'_>, kind: Kind, parameters: &Parameters) -> Result<String, Failure> {
    let resource_type = caller.type_of(kind);
    let projection = projection(parameters, resource_type)?;
    let filter = parameters.filter.as_deref().map(|text| Filter::parse(text, resource_type)).transpose()?;
    let sort = parameters.sort(resource_type)?;
    let Some(text) = &parameters.cursor else {
        let from = (Start::Index(parameters.start_index), parameters.count);
        let page = operation::query(caller, kind, filter, sort, from).await?;
        let shown = show::page(caller, kind, &projection, &page.resources).await?;
        return Ok(envelope(page.total, &Place::Index(parameters.start_index), &shown));
    };
    let cursor = Cursor::read(text, parameters, kind)?;
    if cursor.kind != kind {
        return Err(InboundError::Cursor.into());
    }
    let part = Part { kind, filter, sort, place: cursor.place, count: parameters.count };
    let (page, shown) = part.read(caller, &projection).await?;
    let next = page.next.map(|place| Cursor { kind, place }.text(parameters));
    Ok(envelope(page.total, &Place::Cursor(next), &shown))
}

/// The part of a list behind a cursor.
struct Part {
    kind: Kind,
    filter: Option<Filter>,
    sort: Option<Sort>,
    place: i64,
    count: u64,
}

impl Part {
    /// The page and its texts. When not all of them fit, the page is asked for again, as short as what fits, so that its end is known.
    async fn read(self, caller: &Caller<'_>, projection: &Projection) -> Result<(Page, Vec<String>), Failure> {
        let Self { kind, filter, sort, place, count } = self;
        let ask = |count| operation::query(caller, kind, filter.clone(), sort.clone(), (Start::After(place), count));
        let mut page = ask(count).await?;
        let shown = show::page(caller, kind, projection, &page.resources).await?;
        if shown.len() < page.resources.len() {
            page = ask(shown.len() as u64).await?;
        }
        Ok((page, shown))
    }
}

/// Which attributes a list or a resource is shown with.
pub(super) fn projection(parameters: &Parameters, resource_type: &ResourceType) -> Result<Projection, ScimError> {
    Projection::parse(parameters.attributes.as_deref(), parameters.excluded_attributes.as_deref(), resource_type)
}

/// Reads what a SearchRequest asks for, by the rules that hold for a query string. Members that are not known are ignored, as they are there.
fn read_message(members: &Map<String, Value>) -> Result<Parameters, InboundError> {
    let mut parameters = Parameters::default();
    for (name, value) in members {
        let Some(name) = known(name) else { continue };
        let text = match (name, value) {
            (_, Value::Null) => continue,
            (_, Value::String(text)) => text.clone(),
            ("startIndex" | "count", Value::Number(number)) => number.to_string(),
            ("attributes" | "excludedAttributes", Value::Array(names)) => {
                let names = names.iter().map(Value::as_str).collect::<Option<Vec<_>>>();
                names
                    .ok_or_else(|| InboundError::Parameter { name, problem: "must be a list of texts".to_owned() })?
                    .join(",")
            }
            ("filter", _) => return Err(InboundError::Filter { problem: "must be a text".to_owned() }),
            _ => return Err(InboundError::Parameter { name, problem: format!("cannot be {}", kind_of(value)) }),
        };
        parameters.take(name, text)?;
    }
    Ok(parameters)
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn reading(message: &Value) -> Result<Parameters, InboundError> {
        read_message(message.as_object().unwrap())
    }

    #[test]
    fn a_message_says_the_same_as_a_query_string() {
        let message = json!({
            "schemas": [SEARCH_REQUEST], "filter": "title eq \"a+b%20c\"", "attributes": ["userName", "emails[type eq \"a,b\"]"],
            "excludedAttributes": null, "startIndex": 3, "COUNT": "5000", "unknown": {"a": 1},
        });
        let expected = Parameters {
            filter: Some("title eq \"a+b%20c\"".to_owned()),
            attributes: Some("userName,emails[type eq \"a,b\"]".to_owned()),
            start_index: 3,
            count: crate::inbound::query::MAX_COUNT,
            ..Parameters::default()
        };
        assert_eq!(reading(&message).unwrap(), expected);
        assert_eq!(reading(&json!({"schemas": [SEARCH_REQUEST]})).unwrap(), Parameters::default());
        assert_eq!(reading(&json!({"startIndex": -7, "count": -1})).unwrap().count, 0);
    }

    #[test]
    fn what_has_the_wrong_type_is_refused_by_name() {
        for (message, name) in [
            (json!({"count": 1.5}), "count"),
            (json!({"count": true}), "count"),
            (json!({"startIndex": [1]}), "startIndex"),
            (json!({"attributes": [1]}), "attributes"),
            (json!({"excludedAttributes": {}}), "excludedAttributes"),
        ] {
            let refused = reading(&message).unwrap_err();
            assert!(matches!(refused, InboundError::Parameter { name: found, .. } if found == name), "{refused}");
        }
        for wrong in
            [json!({"filter": 7}), json!({"filter": ["a"]}), json!({"filter": "title pr", "Filter": "active pr"})]
        {
            assert!(matches!(reading(&wrong), Err(InboundError::Filter { .. })));
        }
    }
}
