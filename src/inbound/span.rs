//! Gives each request its id and its tracing span. The one log line per request is written by [`super::answer`].

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::{Error, HttpMessage as _, HttpRequest};
use tokio::time::Instant;
use tracing::Span;
use tracing_actix_web::RootSpanBuilder;

use super::route::{Address, Place, method_label};
use crate::ids::{ConnectionName, RequestId};

/// Header in which a request id comes and goes.
pub const REQUEST_ID: &str = "x-request-id";

/// What is known of a request from its head.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// Taken over from the caller when it is short and plain, else fresh.
    pub request_id: RequestId,
    /// Which address.
    pub place: Place,
    /// Method, as a label.
    pub method: &'static str,
    /// When it arrived.
    pub started: Instant,
}

impl Exchange {
    /// Reads a request's head.
    fn begin(path: &str, method: &str, request_id: Option<&str>) -> Self {
        Self {
            request_id: request_id.and_then(RequestId::parse).unwrap_or_else(RequestId::generate),
            place: Address::find(path).place,
            method: method_label(method),
            started: Instant::now(),
        }
    }

    /// What [`RequestSpan`] has read.
    pub fn of(request: &HttpRequest) -> Self {
        let known = request.extensions().get::<Self>().cloned();
        known.unwrap_or_else(|| Self::begin(request.path(), request.method().as_str(), None))
    }
}

/// Opens the span of a request: every line that is logged on its behalf carries the id.
#[derive(Debug)]
pub struct RequestSpan;

impl RootSpanBuilder for RequestSpan {
    fn on_request_start(request: &ServiceRequest) -> Span {
        let request_id = request.headers().get(REQUEST_ID).and_then(|value| value.to_str().ok());
        let exchange = Exchange::begin(request.path(), request.method().as_str(), request_id);
        let connection = Address::find(request.path()).connection.and_then(ConnectionName::parse);
        let span = tracing::info_span!(
            "request",
            request_id = exchange.request_id.as_str(),
            connection = connection.as_ref().map(ConnectionName::as_str),
            method = exchange.method,
            route = exchange.place.label(),
        );
        request.extensions_mut().insert(exchange);
        span
    }

    fn on_request_end<B: MessageBody>(_span: Span, _outcome: &Result<ServiceResponse<B>, Error>) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_request_id_is_taken_over_and_any_other_replaced() {
        let begin = |id| Exchange::begin("/scim/v2/a/Users/1", "PATCH", id);
        assert_eq!(begin(Some("okta-17.a:b/c")).request_id.as_str(), "okta-17.a:b/c");
        let fresh = begin(Some("forged\nline")).request_id;
        assert_ne!(fresh.as_str(), "forged\nline");
        assert_ne!(begin(None).request_id, begin(None).request_id);
    }
}
