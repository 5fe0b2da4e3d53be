//! Answers that say no. The vendor documents statuses and quotes a few texts; whether a text, or JSON around it, is a knob.

use serde_json::json;

use super::super::control::Answer;
use super::knobs::{ErrorShape, Knobs};

/// Why a call is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// The text.
    pub message: String,
    headers: Vec<(&'static str, String)>,
}

impl Refusal {
    /// With this status and text.
    pub fn new(status: u16, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), headers: Vec::new() }
    }

    /// 400.
    pub fn bad(message: impl Into<String>) -> Self {
        Self::new(400, message)
    }

    /// 400 for a field that is missing.
    pub fn missing(field: &str) -> Self {
        Self::bad(format!("missing required field: {field}"))
    }

    /// 401.
    pub fn unauthorized() -> Self {
        Self::new(401, "Session is not authenticated")
    }

    /// 403.
    pub fn forbidden() -> Self {
        Self::new(403, "User authenticated but does not have sufficient privileges")
    }

    /// 404 for a user.
    pub fn no_user() -> Self {
        Self::new(404, "user not found")
    }

    /// An address that does not exist.
    pub fn no_address(knobs: &Knobs) -> Self {
        Self::new(knobs.unknown_path, "HTTP 404 Not Found")
    }

    /// 405.
    pub fn method(allow: &'static str) -> Self {
        Self::new(405, "Method Not Allowed").with_header("allow", allow)
    }

    /// 415.
    pub fn media_type() -> Self {
        Self::new(415, "Unsupported Media Type")
    }

    /// With one header more.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// As an answer.
    pub fn into_answer(self, knobs: &Knobs) -> Answer {
        let answer = match knobs.error_shape {
            ErrorShape::Text => Answer::of_type(self.status, "application/json", self.message.into_bytes()),
            ErrorShape::TextPlain => Answer::text(self.status, &self.message),
            ErrorShape::Json => {
                let body = json!({ "error": error_word(self.status), "error_description": self.message });
                Answer::json(self.status, &body)
            }
        };
        self.headers.into_iter().fold(answer, |answer, (name, value)| answer.with_header(name, value))
    }

    /// As a SCIM error (RFC 7644 section 3.12).
    pub fn into_scim_answer(self) -> Answer {
        let body = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": self.status.to_string(), "detail": self.message });
        Answer::of_type(self.status, "application/scim+json", body.to_string().into_bytes())
    }
}

fn error_word(status: u16) -> &'static str {
    match status {
        400 => "invalid_request",
        401 => "unauthorized",
        403 => "forbidden",
        404 => "not_found",
        405 => "method_not_allowed",
        409 => "conflict",
        415 => "unsupported_media_type",
        _ => "server_error",
    }
}
