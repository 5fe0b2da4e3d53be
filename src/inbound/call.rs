//! A SCIM request of an IdP whose credential was accepted, and what every answer to one has in common. Nothing is carried out here.

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_LOCATION, CONTENT_TYPE, ETAG, HeaderValue, LOCATION};
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use serde_json::Value;

use super::error::InboundError;
use super::query::Parameters;
use super::{Connection, body, media};
use crate::provision::RequestContext;
use crate::scim::etag;

/// On whose behalf resources are read and changed. Knows nothing of HTTP, so that an operation inside a bulk has the same one.
pub(super) struct Caller<'a> {
    pub connection: &'a Connection,
    pub context: RequestContext,
    /// SCIM base URL, without a final slash.
    pub base: String,
}

/// One HTTP request.
pub(super) struct Call<'a> {
    pub caller: Caller<'a>,
    pub request: &'a HttpRequest,
    /// `{id}` of the address.
    pub id: Option<&'a str>,
    pub parameters: Parameters,
}

impl Call<'_> {
    /// An answer with a body.
    pub fn answer(&self, status: StatusCode, body: String) -> HttpResponse {
        self.builder(status).body(body)
    }

    /// The beginning of an answer with a body: its media type is chosen.
    pub fn builder(&self, status: StatusCode) -> HttpResponseBuilder {
        let accept = self.header("accept");
        let plain = self.caller.connection.switches.plain_json || media::wants_plain_json(accept);
        let mut builder = HttpResponse::build(status);
        builder.insert_header((
            CONTENT_TYPE,
            HeaderValue::from_static(if plain { media::JSON } else { media::SCIM_JSON }),
        ));
        builder
    }

    /// A header of the request; one that is not plain text is as good as absent.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.request.headers().get(name)?.to_str().ok()
    }

    /// HEAD is answered like GET; actix leaves the body out.
    pub fn method(&self) -> &str {
        match self.request.method().as_str() {
            "HEAD" => "GET",
            method => method,
        }
    }

    /// The body as JSON, of at most `limit` bytes.
    ///
    /// # Errors
    /// What [`body::read_json`] refuses.
    pub async fn json(&self, payload: Payload, limit: usize) -> Result<Value, InboundError> {
        body::read_json(self.request, payload, limit).await
    }
}

/// `ETag` equals `meta.version`, `Location` and `Content-Location` equal `meta.location` (RFC 7643 section 3.1).
pub(super) fn add_resource_headers(builder: &mut HttpResponseBuilder, location: &str, version: i64) {
    if let Ok(location) = HeaderValue::from_str(location) {
        builder.insert_header((LOCATION, location.clone()));
        builder.insert_header((CONTENT_LOCATION, location));
    }
    if let Ok(tag) = HeaderValue::from_str(&etag::format(version)) {
        builder.insert_header((ETAG, tag));
    }
}
