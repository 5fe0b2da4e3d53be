//! Requests and answers as plain data, before and after the network.

use serde_json::Value;

use super::model::{Meaning, Method};

/// A request that is ready to be sent but for its credentials.
#[derive(Debug, Clone, PartialEq)]
pub struct HttpRequest {
    /// Method.
    pub method: Method,
    /// Absolute URL, encoded.
    pub url: String,
    /// Headers besides credentials, content type and request id.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Body,
}

/// Body of a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// None.
    Empty,
    /// JSON.
    Json(Value),
    /// Form fields.
    Form(Vec<(String, String)>),
}

/// A vendor's answer.
#[derive(Debug, Clone, PartialEq)]
pub struct HttpAnswer {
    /// HTTP status.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body as text (bounded by the sender).
    pub text: String,
    /// Body as JSON, when it is JSON.
    pub json: Option<Value>,
}

impl HttpAnswer {
    /// A header, by its name in any letter case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }
}

/// What an answer means, with everything the administrator is told.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// The word from which everything follows.
    pub meaning: Meaning,
    /// The sentence of the rule, or one made from the status.
    pub say: String,
    /// The vendor's own error name and message, every value that we sent masked.
    pub vendor_text: Option<String>,
    /// The managed field at fault.
    pub field: Option<String>,
    /// The rule that decided: `users.calls.create.answers[0]`, `api.answers[3]`, or `default`.
    pub rule: String,
}
