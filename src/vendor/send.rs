//! One HTTP exchange, and an honest word on what became of it: certainly not sent, lost on the way, or answered. The
//! only place that knows the HTTP client. Does not repeat, pace or judge.

mod origins;
mod prepared;

use std::error::Error as _;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::header::{HeaderName, HeaderValue, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{Client, Request, Response};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::{Host, Url};

pub(super) use self::origins::Origins;
pub(super) use self::prepared::Prepared;
use crate::mapping::wire::HttpAnswer;

/// Longest answer that is read, after unpacking. A page of a hundred users is a few hundred kilobytes; a longer answer
/// counts as broken.
pub(super) const MOST_ANSWER_BYTES: usize = 8 * 1024 * 1024;
/// Longest time to connect, TLS included; less when half of the call's own time is less.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long an unused connection is kept: shorter than the 5 s after which common servers cut (Node.js `keepAliveTimeout`, uvicorn
/// `timeout_keep_alive`; load balancers mostly after 60 s), because a request written into a cut connection may not be repeated if it creates.
const KEEP_IDLE: Duration = Duration::from_secs(4);
/// Redirects that are followed, all to the same scheme, host and port.
const MOST_REDIRECTS: usize = 3;
/// Answers shorter than this get their room at once.
const FIRST_ROOM_BYTES: u64 = 64 * 1024;

/// Shorter parts of a credential are words such as `Bearer`.
const SHORTEST_SECRET: usize = 8;

/// What became of a request that has no usable answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum SendError {
    /// It never left: its address or a header is not allowed.
    #[error("{0}")]
    NotAllowed(String),
    /// It never left: no connection. Certainly not processed.
    #[error("{host} cannot be reached: {problem}")]
    NotSent {
        /// Host and port.
        host: String,
        /// Why.
        problem: String,
    },
    /// It was sent, or partly; no answer came. Perhaps processed.
    #[error("{host} did not answer: {problem}")]
    Lost {
        /// Host and port.
        host: String,
        /// Why.
        problem: String,
    },
    /// An answer began, but is of no use. Perhaps processed.
    #[error("{host} answered {status}, but {problem}")]
    Useless {
        /// Host and port.
        host: String,
        /// Its status.
        status: u16,
        /// What is wrong with it.
        problem: String,
    },
}

/// A credential as it goes into headers and the query; nearly always it is one header.
#[derive(Debug, Clone)]
pub(super) struct Credential {
    /// Names of the headers, and their values.
    pub(super) headers: Vec<(String, SecretString)>,
    /// Names of query parameters, and their values.
    pub(super) query: Vec<(String, SecretString)>,
}

impl Credential {
    /// A credential in one header.
    pub(super) fn new(header: &str, value: SecretString) -> Self {
        Self { headers: vec![(header.to_owned(), value)], query: Vec::new() }
    }

    /// The answer without what this credential carries, for whoever quotes it; `None` when it does not say it.
    pub(super) fn hide_in(&self, answer: &HttpAnswer) -> Option<HttpAnswer> {
        let mut text = answer.text.clone();
        for (_, value) in self.headers.iter().chain(&self.query) {
            let parts = value.expose_secret().split(|c: char| c.is_whitespace() || "=;,\"".contains(c));
            for part in parts.filter(|part| part.len() >= SHORTEST_SECRET) {
                if text.contains(part) {
                    text = text.replace(part, "***");
                }
            }
        }
        (text != answer.text).then(|| {
            let json = answer.json.as_ref().and_then(|_| serde_json::from_str(&text).ok());
            HttpAnswer { text, json, ..answer.clone() }
        })
    }

    /// Does it carry the same as another?
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let exposed = |credential: &Self| -> Vec<(String, String)> {
            let pairs = credential.headers.iter().chain(&credential.query);
            pairs.map(|(name, value)| (name.clone(), value.expose_secret().to_owned())).collect()
        };
        exposed(self) == exposed(other)
    }
}

/// What sends requests: the network, or a script in tests.
#[async_trait]
pub(super) trait Wire: Send + Sync + std::fmt::Debug + 'static {
    /// Sends a request once and reads its answer.
    async fn send(&self, request: &Prepared, credential: Option<&Credential>) -> Result<HttpAnswer, SendError>;
}

/// Sends over the network: one client per connection, with its own pool.
#[derive(Debug)]
pub(super) struct Sender {
    client: Client,
    /// For our own machine, which a proxy from the environment cannot reach.
    local: Client,
    origins: Arc<Origins>,
}

impl Sender {
    /// A sender that talks to these origins and to nobody else. `timeout` holds from connecting to the last byte; `concurrency` connections are
    /// kept. Proxies that the environment names (`HTTPS_PROXY`, `NO_PROXY`) are used, except for loopback.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub(super) fn new(origins: &Arc<Origins>, timeout: Duration, concurrency: u32) -> Result<Self, String> {
        let builder = || {
            Client::builder()
                .user_agent(concat!("scim-bridge/", env!("CARGO_PKG_VERSION")))
                .timeout(timeout)
                .connect_timeout(CONNECT_TIMEOUT.min(timeout / 2))
                .pool_idle_timeout(KEEP_IDLE)
                .pool_max_idle_per_host(usize::try_from(concurrency.max(1)).unwrap_or(usize::MAX))
                .redirect(Policy::none())
                .referer(false)
        };
        let built = |builder: reqwest::ClientBuilder| {
            builder.build().map_err(|error| format!("the HTTP client cannot be built: {}", reason(&error)))
        };
        Ok(Self { client: built(builder())?, local: built(builder().no_proxy())?, origins: Arc::clone(origins) })
    }

    async fn exchange(&self, mut request: Request, most_bytes: usize) -> Result<HttpAnswer, SendError> {
        let host = authority(request.url());
        let client = if is_loopback(request.url()) { &self.local } else { &self.client };
        for _ in 0..=MOST_REDIRECTS {
            let again = request.try_clone();
            let response = client.execute(request).await.map_err(|error| unsent_or_lost(&host, &error))?;
            let Some(target) = redirect(&response)? else { return read(response, &host, most_bytes).await };
            let Some(mut next) = again.filter(|next| may_follow(next, &response)) else {
                return Err(useless(&host, &response, "redirects a call that must not be sent twice"));
            };
            *next.url_mut() = target;
            request = next;
        }
        Err(SendError::Lost { host, problem: format!("it redirected more than {MOST_REDIRECTS} times") })
    }
}

#[async_trait]
impl Wire for Sender {
    async fn send(&self, prepared: &Prepared, credential: Option<&Credential>) -> Result<HttpAnswer, SendError> {
        if !self.origins.has(prepared.url()) {
            let host = authority(prepared.url());
            return Err(SendError::NotAllowed(format!(
                "a call to {host} is not allowed: this connection talks to {} only",
                self.origins.names()
            )));
        }
        let mut request = prepared
            .request
            .try_clone()
            .ok_or_else(|| SendError::NotAllowed("the body of the call cannot be sent twice".to_owned()))?;
        for (name, value) in credential.iter().flat_map(|credential| &credential.headers) {
            let (name, mut value) = header(name, value.expose_secret())?;
            value.set_sensitive(true);
            request.headers_mut().insert(name, value);
        }
        for (name, value) in credential.iter().flat_map(|credential| &credential.query) {
            request.url_mut().query_pairs_mut().append_pair(name, value.expose_secret());
        }
        self.exchange(request, prepared.most_bytes).await
    }
}

/// Where an answer redirects to; `None` when it does not.
fn redirect(response: &Response) -> Result<Option<Url>, SendError> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let here = response.url();
    let host = authority(here);
    let target = response.headers().get(LOCATION).and_then(|value| here.join(value.to_str().ok()?).ok());
    match target {
        Some(target) if target.origin() == here.origin() => Ok(Some(target)),
        Some(target) => {
            let problem = format!(
                "it redirects to {}, where no call may go; if the API has moved, change its address in the settings",
                authority(&target)
            );
            Err(useless(&host, response, &problem))
        }
        None => Err(useless(&host, response, "it redirects without saying where")),
    }
}

/// RFC 9110 section 15.4: 307 and 308 keep the method; the others may turn a POST into a GET, which then would pass for
/// the answer of the POST.
fn may_follow(request: &Request, response: &Response) -> bool {
    request.method() == reqwest::Method::GET || matches!(response.status().as_u16(), 307 | 308)
}

async fn read(mut response: Response, host: &str, most_bytes: usize) -> Result<HttpAnswer, SendError> {
    let status = response.status().as_u16();
    let headers = response
        .headers()
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect();
    let room = response.content_length().unwrap_or_default().min(FIRST_ROOM_BYTES);
    let mut body = Vec::with_capacity(usize::try_from(room).unwrap_or_default());
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > most_bytes => {
                let problem = format!("the answer is longer than {} MiB", most_bytes / (1024 * 1024));
                return Err(useless(host, &response, &problem));
            }
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => break,
            Err(error) => {
                return Err(useless(host, &response, &format!("the answer broke off: {}", reason(&error))));
            }
        }
    }
    let json = serde_json::from_slice::<Value>(&body).ok();
    let text = String::from_utf8(body).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
    Ok(HttpAnswer { status, headers, text, json })
}

fn unsent_or_lost(host: &str, error: &reqwest::Error) -> SendError {
    let (host, problem) = (host.to_owned(), reason(error));
    // While it connects (name, TCP, TLS) nothing of the request has left; later nobody can tell how much arrived.
    if error.is_connect() || error.is_builder() {
        SendError::NotSent { host, problem }
    } else {
        SendError::Lost { host, problem }
    }
}

fn useless(host: &str, response: &Response, problem: &str) -> SendError {
    SendError::Useless { host: host.to_owned(), status: response.status().as_u16(), problem: problem.to_owned() }
}

/// The innermost reason, without the address (its query can hold personal data).
fn reason(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return if error.is_connect() { "no connection in time" } else { "no answer in time" }.to_owned();
    }
    let mut inner = error.source();
    while let Some(deeper) = inner.and_then(std::error::Error::source) {
        inner = Some(deeper);
    }
    inner.map_or_else(|| "the client gave up".to_owned(), ToString::to_string)
}

fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), SendError> {
    let known = HeaderName::try_from(name)
        .map_err(|_| SendError::NotAllowed(format!("{name} cannot be the name of a header")))?;
    let value = HeaderValue::try_from(value).map_err(|_| {
        SendError::NotAllowed(format!("the value of the header {name} has characters that no header may have"))
    })?;
    Ok((known, value))
}

fn is_allowed(url: &Url) -> bool {
    url.has_host() && (url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url)))
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => false,
    }
}

fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or("no host");
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

#[cfg(test)]
mod tests;
