//! Answers that say no. The vendor publishes one error envelope, that of its Login Service; it is assumed for all others here.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::control::Answer;

/// Why a call is refused.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// HTTP status.
    pub status: u16,
    message: String,
    code: i64,
    body: Option<Box<Value>>,
    headers: Vec<(String, String)>,
}

impl Refusal {
    /// With this status and message.
    pub fn new(status: u16, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), code: 0, body: None, headers: Vec::new() }
    }

    /// 400.
    pub fn bad(message: impl Into<String>) -> Self {
        Self::new(400, message)
    }

    /// 401.
    pub fn unauthorized(message: impl Into<String>) -> Self {
        Self::new(401, message)
    }

    /// 403.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::new(403, message)
    }

    /// 404.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(404, message)
    }

    /// 405 with the methods that are allowed.
    pub fn method(allow: &str) -> Self {
        Self::new(405, "method not allowed").with_header("allow", allow)
    }

    /// With the vendor's internal code.
    #[must_use]
    pub fn with_code(mut self, code: i64) -> Self {
        self.code = code;
        self
    }

    /// With a body of its own instead of the envelope.
    #[must_use]
    pub fn with_body(mut self, body: Value) -> Self {
        self.body = Some(Box::new(body));
        self
    }

    /// With one header more.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// As an answer.
    pub fn into_answer(self, now: Timestamp) -> Answer {
        let body = self.body.map_or_else(
            || {
                json!({ "error": {
                "time": now.strftime("%b %-d, %Y %-I:%M:%S %p").to_string(),
                "message": self.message, "internalCode": self.code, "responseStatus": status_word(self.status),
            } })
            },
            |body| *body,
        );
        self.headers
            .iter()
            .fold(Answer::json(self.status, &body), |answer, (name, value)| answer.with_header(name, value))
    }
}

fn status_word(status: u16) -> &'static str {
    match status {
        400 => "BAD_REQUEST",
        401 => "UNAUTHORIZED",
        403 => "FORBIDDEN",
        404 => "NOT_FOUND",
        405 => "METHOD_NOT_ALLOWED",
        409 => "CONFLICT",
        412 => "PRECONDITION_FAILED",
        415 => "UNSUPPORTED_MEDIA_TYPE",
        429 => "TOO_MANY_REQUESTS",
        451 => "UNAVAILABLE_FOR_LEGAL_REASONS",
        _ => "INTERNAL_SERVER_ERROR",
    }
}
