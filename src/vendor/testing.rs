//! A vendor in a script, for tests on the paused clock: answers in order, each after its delay, and everything that was
//! sent.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::rules::Rules;
use super::send::{Credential, Prepared, SendError, Wire};
use crate::clock::Clock;
use crate::mapping::bound::{CallName, RenderError, Scope};
use crate::mapping::model::{Meaning, Method};
use crate::mapping::wire::{Body, HttpAnswer, HttpRequest, Verdict};

/// Path of the token endpoint in scripts.
pub(super) const TOKEN_PATH: &str = "/oauth2/token";

/// What was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sent {
    pub(super) path: String,
    pub(super) credential: Option<String>,
    pub(super) body: String,
    pub(super) content_type: Option<String>,
    pub(super) authorization: Option<String>,
    pub(super) request_id: Option<String>,
}

/// What a line of the script answers.
#[derive(Debug, Clone)]
pub(super) enum Reply {
    Answers(HttpAnswer),
    Fails(SendError),
}

type Line = (Duration, Reply);

/// Sends nothing and answers from a script. The last line repeats for ever.
#[derive(Default)]
pub(super) struct Script {
    calls: Mutex<VecDeque<Line>>,
    sign_ins: Mutex<VecDeque<Line>>,
    sent: Mutex<Vec<Sent>>,
}

impl std::fmt::Debug for Script {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Script")
    }
}

impl Script {
    pub(super) fn new(calls: Vec<Reply>) -> Arc<Self> {
        let calls = calls.into_iter().map(|reply| (Duration::from_millis(10), reply)).collect();
        Arc::new(Self { calls: Mutex::new(calls), ..Self::default() })
    }

    pub(super) fn signing_in(self: Arc<Self>, sign_ins: Vec<Reply>) -> Arc<Self> {
        *self.sign_ins.lock().unwrap() =
            sign_ins.into_iter().map(|reply| (Duration::from_millis(100), reply)).collect();
        self
    }

    pub(super) fn calls(&self) -> Vec<Sent> {
        self.sent.lock().unwrap().iter().filter(|sent| sent.path != TOKEN_PATH).cloned().collect()
    }

    pub(super) fn sign_ins(&self) -> Vec<Sent> {
        self.sent.lock().unwrap().iter().filter(|sent| sent.path == TOKEN_PATH).cloned().collect()
    }
}

#[async_trait]
impl Wire for Script {
    async fn send(&self, request: &Prepared, credential: Option<&Credential>) -> Result<HttpAnswer, SendError> {
        let path = request.url().path().to_owned();
        let lines = if path == TOKEN_PATH { &self.sign_ins } else { &self.calls };
        self.sent.lock().unwrap().push(Sent {
            path,
            credential: credential
                .and_then(|credential| Some(credential.headers.first()?.1.expose_secret().to_owned())),
            body: String::from_utf8_lossy(request.body()).into_owned(),
            content_type: request.header("content-type").map(ToOwned::to_owned),
            authorization: request.header("authorization").map(ToOwned::to_owned),
            request_id: request.header("x-request-id").map(ToOwned::to_owned),
        });
        let (delay, reply) = {
            let mut lines = lines.lock().unwrap();
            if lines.len() > 1 {
                lines.pop_front().unwrap()
            } else {
                lines.front().cloned().expect("the script has a line for this")
            }
        };
        tokio::time::sleep(delay).await;
        match reply {
            Reply::Answers(answer) => Ok(answer),
            Reply::Fails(error) => Err(error),
        }
    }
}

/// An answer with a status and a JSON body.
pub(super) fn answer(status: u16, body: &Value) -> HttpAnswer {
    HttpAnswer { status, headers: Vec::new(), text: body.to_string(), json: Some(body.clone()) }
}

/// An answer with a status and one header.
pub(super) fn answer_with(status: u16, name: &str, value: &str) -> HttpAnswer {
    HttpAnswer { headers: vec![(name.to_owned(), value.to_owned())], ..answer(status, &json!({})) }
}

/// The answer of a token endpoint.
pub(super) fn token(value: &str, lifetime_seconds: u64) -> Reply {
    Reply::Answers(answer(
        200,
        &json!({ "access_token": value, "token_type": "Bearer", "expires_in": lifetime_seconds }),
    ))
}

pub(super) fn lost() -> Reply {
    Reply::Fails(SendError::Lost { host: "api.example".to_owned(), problem: "no answer in time".to_owned() })
}

pub(super) fn not_sent() -> Reply {
    Reply::Fails(SendError::NotSent { host: "api.example".to_owned(), problem: "connection refused".to_owned() })
}

/// A mapping that posts `$key` to `/graphql` and judges by status alone.
#[derive(Debug)]
pub(super) struct ByStatus;

impl Rules for ByStatus {
    fn title(&self) -> &'static str {
        "Example"
    }

    fn request(&self, call: &CallName, scope: &Scope) -> Result<HttpRequest, RenderError> {
        if *call == CallName::Read && scope.key.is_none() {
            return Err(RenderError { place: "users.calls.read".to_owned(), problem: "$key has no value".to_owned() });
        }
        Ok(HttpRequest {
            method: Method::Post,
            url: "https://api.example/graphql".to_owned(),
            headers: Vec::new(),
            body: Body::Json(json!({ "key": scope.key })),
        })
    }

    fn is_repeatable(&self, call: &CallName) -> bool {
        !matches!(call, CallName::Create | CallName::Named(_))
    }

    fn judge(&self, _: &CallName, _: &HttpRequest, answer: &HttpAnswer) -> Verdict {
        let meaning = match answer.status {
            200..300 => Meaning::Done,
            401 => Meaning::Unauthenticated,
            409 => Meaning::Busy,
            412 => Meaning::Stale,
            429 => Meaning::Limited,
            500.. => Meaning::Broken,
            _ => Meaning::Refused,
        };
        let say = format!("status {}", answer.status);
        Verdict { meaning, say, vendor_text: None, field: None, rule: "default".to_owned() }
    }
}

/// A wall clock that stands still.
#[derive(Debug)]
pub(super) struct Standing(pub(super) Timestamp);

impl Clock for Standing {
    fn now(&self) -> Timestamp {
        self.0
    }
}
