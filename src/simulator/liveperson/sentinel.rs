//! Sentinel: OAuth 2.0 client credentials and the address of the signing keys. It gives no rights; those are in [`super::authenticate`].
//!
//! Source: the vendor's page "OAuth 2.0 client credentials": credentials in the form body, no scope in the request. Refusals follow RFC 6749 section 5.2, because
//! none are published. Tokens look like the published ones (three base64url parts, the second with the claims), but nothing signs them: the set of keys is empty.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::super::control::{Answer, Request, lock};
use super::Liveperson;
use super::knobs::ExpiresIn;

/// Tokens that are kept; beyond it those that ended are dropped, then all.
const MAX_TOKENS: usize = 100_000;

/// Which generation of the token address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Generation {
    /// `…/sentinel/api/account/{id}/app/token`: its tokens open the Connector API only.
    One,
    /// `…/sentinel/api/v2/account/{id}/app/token`.
    Two,
}

/// What a token stands for.
#[derive(Debug, Clone)]
pub struct Grant {
    /// Scopes of the client.
    pub scopes: Vec<String>,
    /// Where it came from.
    pub generation: Generation,
    ends: Timestamp,
}

/// The tokens that were given out.
#[derive(Debug, Default)]
pub struct Tokens {
    by_text: HashMap<String, Grant>,
}

impl Tokens {
    /// What a token stands for; none when it is unknown or has ended.
    pub fn find(&self, token: &str, now: Timestamp) -> Option<&Grant> {
        self.by_text.get(token).filter(|grant| grant.ends > now)
    }

    fn keep(&mut self, token: String, grant: Grant, now: Timestamp) {
        if self.by_text.len() >= MAX_TOKENS {
            self.by_text.retain(|_, grant| grant.ends > now);
        }
        if self.by_text.len() >= MAX_TOKENS {
            self.by_text.clear();
        }
        self.by_text.insert(token, grant);
    }
}

/// The form of a token request, read without judging it.
#[derive(Debug, Default)]
pub struct Form {
    fields: HashMap<String, String>,
    is_repeated: bool,
    is_encoded: bool,
}

impl Form {
    /// Reads the body.
    pub fn read(request: &Request) -> Self {
        let mut form =
            Self { is_encoded: request.media_type() == "application/x-www-form-urlencoded", ..Self::default() };
        if form.is_encoded {
            for (name, value) in url::form_urlencoded::parse(&request.body) {
                form.is_repeated |= form.fields.insert(name.into_owned(), value.into_owned()).is_some();
            }
        }
        form
    }

    /// The fields for the call log.
    pub fn masked(&self) -> Value {
        let shown = |(name, value): (&String, &String)| {
            (name.clone(), if name == "client_secret" { json!("***") } else { json!(value) })
        };
        self.fields.iter().map(shown).collect()
    }

    fn field(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}

impl Liveperson {
    /// Answers a token request.
    pub fn issue_token(&self, account: &str, generation: Generation, form: &Form) -> Answer {
        let knobs = self.current_knobs();
        let now = self.clock.now();
        if !form.is_encoded || form.is_repeated {
            return refuse(400, "invalid_request", "the body must be form-encoded, each parameter once");
        }
        let (Some(id), Some(secret)) = (form.field("client_id"), form.field("client_secret")) else {
            return refuse(400, "invalid_request", "client_id and client_secret are required in the body");
        };
        match form.field("grant_type") {
            Some("client_credentials") => {}
            Some(_) => return refuse(400, "unsupported_grant_type", "the only grant type is client_credentials"),
            None => return refuse(400, "invalid_request", "grant_type is required"),
        }
        let registrations = &self.seed.registrations;
        let found = registrations.client(id, secret).filter(|_| account == self.seed.account_id);
        let Some(client) = found else {
            return refuse(knobs.bad_client_status, "invalid_client", "unknown client or wrong secret");
        };
        let asked = form.field("scope").unwrap_or_default();
        if !asked.split(' ').all(|one| one.is_empty() || client.scope.split(' ').any(|scope| scope == one)) {
            return refuse(400, "invalid_scope", "the scope is fixed when the application is registered");
        }
        let life = SignedDuration::from_secs(i64::try_from(knobs.token_lifetime_seconds).unwrap_or(i64::MAX));
        let ends = now.checked_add(life).unwrap_or(Timestamp::MAX);
        let token = make_token(&json!({
            "aud": account, "azp": id, "scope": client.scope, "iss": "Sentinel", "exp": ends.as_second(), "iat": now.as_second(),
        }));
        let scopes = client.scope.split(' ').map(str::to_owned).collect();
        lock(&self.tokens).keep(token.clone(), Grant { scopes, generation, ends }, now);
        let mut body = json!({ "access_token": token, "token_type": "Bearer" });
        match knobs.expires_in_type {
            ExpiresIn::String => body["expires_in"] = json!(knobs.token_lifetime_seconds.to_string()),
            ExpiresIn::Number => body["expires_in"] = json!(knobs.token_lifetime_seconds),
            ExpiresIn::Absent => {}
        }
        Answer::of_type(200, "application/json;charset=utf-8", body.to_string().into_bytes())
            .with_header("cache-control", "no-store")
    }
}

/// The keys that sign tokens: none do.
pub fn signing_keys() -> Answer {
    Answer::json(200, &json!({ "keys": [] }))
}

fn make_token(claims: &Value) -> String {
    let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
    let header = json!({ "kid": "simulator", "typ": "JWT", "alg": "RS256" });
    format!("{}.{}.{}", part(&header), part(claims), URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>()))
}

fn refuse(status: u16, error: &str, description: &str) -> Answer {
    Answer::json(status, &json!({ "error": error, "error_description": description }))
}
