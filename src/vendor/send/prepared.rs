//! A request of the mapping in the form of the HTTP client, so that all attempts share it. Sends nothing, and knows no credential.

use reqwest::Request;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use url::Url;

use super::{MOST_ANSWER_BYTES, SendError, header};
use crate::mapping::model::Method;
use crate::mapping::wire::{Body, HttpRequest};

/// Media type of a form.
const FORM_TYPE: &str = "application/x-www-form-urlencoded";

/// A request in the client's form. Its body is shared by all attempts.
#[derive(Debug)]
pub(in crate::vendor) struct Prepared {
    pub(super) request: Request,
    pub(super) most_bytes: usize,
}

impl Prepared {
    /// Puts a request of the mapping into the client's form.
    ///
    /// # Errors
    /// When an address or a header cannot be one.
    pub(in crate::vendor) fn new(request: &HttpRequest) -> Result<Self, SendError> {
        Self::to(&request.url, request)
    }

    /// As [`Prepared::new`], to another address than the request names.
    ///
    /// # Errors
    /// As [`Prepared::new`].
    pub(in crate::vendor) fn to(url: &str, request: &HttpRequest) -> Result<Self, SendError> {
        let url = Url::parse(url)
            .map_err(|error| SendError::NotAllowed(format!("the address of the call is not a URL: {error}")))?;
        let mut prepared = Request::new(method(request.method), url);
        for (name, value) in &request.headers {
            let (name, value) = header(name, value)?;
            prepared.headers_mut().append(name, value);
        }
        let (kind, bytes) = match &request.body {
            Body::Empty => return Ok(Self::of(prepared)),
            Body::Json(value) => ("application/json", value.to_string().into_bytes()),
            Body::Form(pairs) => {
                let mut form = url::form_urlencoded::Serializer::new(String::new());
                form.extend_pairs(pairs);
                (FORM_TYPE, form.finish().into_bytes())
            }
        };
        *prepared.body_mut() = Some(bytes.into());
        prepared.headers_mut().entry(CONTENT_TYPE).or_insert(HeaderValue::from_static(kind));
        Ok(Self::of(prepared))
    }

    /// A request that is encoded already: method, address, headers and body as they are.
    ///
    /// # Errors
    /// When the address cannot be one.
    pub(in crate::vendor) fn encoded(post_to: &str, headers: HeaderMap, body: Vec<u8>) -> Result<Self, SendError> {
        let url = Url::parse(post_to)
            .map_err(|error| SendError::NotAllowed(format!("the address of the sign-in is not a URL: {error}")))?;
        let mut prepared = Request::new(reqwest::Method::POST, url);
        *prepared.headers_mut() = headers;
        *prepared.body_mut() = Some(body.into());
        Ok(Self::of(prepared))
    }

    fn of(request: Request) -> Self {
        Self { request, most_bytes: MOST_ANSWER_BYTES }
    }

    /// Reads longer answers than usual, or shorter ones only.
    pub(in crate::vendor) fn with_longest_answer(mut self, most_bytes: usize) -> Self {
        self.most_bytes = most_bytes;
        self
    }

    /// Adds a header.
    ///
    /// # Errors
    /// When it cannot be one.
    pub(in crate::vendor) fn with_header(mut self, name: &str, value: &str) -> Result<Self, SendError> {
        let (name, value) = header(name, value)?;
        self.request.headers_mut().insert(name, value);
        Ok(self)
    }

    /// Its address.
    pub(in crate::vendor) fn url(&self) -> &Url {
        self.request.url()
    }

    /// Its method.
    pub(in crate::vendor) fn method(&self) -> &str {
        self.request.method().as_str()
    }

    /// Its body, when that is a form.
    pub(in crate::vendor) fn form(&self) -> Option<&[u8]> {
        let kind = self.request.headers().get(CONTENT_TYPE)?;
        (kind == FORM_TYPE).then(|| self.request.body().and_then(reqwest::Body::as_bytes)).flatten()
    }

    /// Its body, as far as it has one.
    #[cfg(test)]
    pub(in crate::vendor) fn body(&self) -> &[u8] {
        self.request.body().and_then(reqwest::Body::as_bytes).unwrap_or_default()
    }

    /// One of its headers.
    #[cfg(test)]
    pub(in crate::vendor) fn header(&self, name: &str) -> Option<&str> {
        self.request.headers().get(name)?.to_str().ok()
    }
}

fn method(method: Method) -> reqwest::Method {
    match method {
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
        Method::Put => reqwest::Method::PUT,
        Method::Patch => reqwest::Method::PATCH,
        Method::Delete => reqwest::Method::DELETE,
    }
}
