//! `POST /configapi/v2/oauth/token`: client credentials of an ordinary user, with the tenant's domain as `scope`. It gives no rights.
//!
//! Source: the vendor's collections "Configuration API" and "List Management API v3.2": everything wrong with the credentials, the grant type included, is 401.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use subtle::ConstantTimeEq as _;

use super::super::control::{Answer, Request, lock, read};
use super::BrightPattern;
use super::knobs::ExpiresIn;
use super::refusal::Refusal;

/// Tokens that are kept; beyond it those that ended are dropped, then all.
const MAX_TOKENS: usize = 100_000;

/// The form of a token request, read without judging it.
#[derive(Debug, Default)]
pub struct Form {
    fields: HashMap<String, String>,
    is_encoded: bool,
}

/// The tokens that were given out.
#[derive(Debug, Default)]
pub struct Tokens {
    by_text: HashMap<String, Grant>,
}

/// What a token stands for.
#[derive(Debug, Clone)]
pub struct Grant {
    /// Stable id of the user; none for the provider's.
    pub user: Option<String>,
    ends: Timestamp,
}

impl Tokens {
    /// What a token stands for; none when it is unknown or has ended.
    pub fn find(&self, token: &str, now: Timestamp) -> Option<&Grant> {
        self.by_text.get(token).filter(|grant| grant.ends > now)
    }

    /// Ends all tokens of a user.
    pub fn revoke(&mut self, user: &str) {
        self.by_text.retain(|_, grant| grant.user.as_deref() != Some(user));
    }

    /// A live token of the same user.
    fn live(&self, user: Option<&str>, now: Timestamp) -> Option<(&str, i64)> {
        let mut live = self.by_text.iter().filter(|(_, grant)| grant.user.as_deref() == user && grant.ends > now);
        live.next().map(|(token, grant)| (token.as_str(), grant.ends.duration_since(now).as_secs()))
    }

    fn issue(&mut self, user: Option<String>, life_seconds: i64, now: Timestamp) -> String {
        if self.by_text.len() >= MAX_TOKENS {
            self.by_text.retain(|_, grant| grant.ends > now);
        }
        if self.by_text.len() >= MAX_TOKENS {
            self.by_text.clear();
        }
        let token = hex(&rand::random::<[u8; 32]>());
        let ends = now.checked_add(SignedDuration::from_secs(life_seconds)).unwrap_or(Timestamp::MAX);
        self.by_text.insert(token.clone(), Grant { user, ends });
        token
    }
}

impl Form {
    /// Reads the body.
    pub fn read(request: &Request) -> Self {
        let mut form =
            Self { is_encoded: request.media_type() == "application/x-www-form-urlencoded", ..Self::default() };
        if form.is_encoded {
            form.fields = url::form_urlencoded::parse(&request.body).into_owned().collect();
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

    fn required(&self, name: &str) -> Result<&str, Refusal> {
        self.field(name).ok_or_else(|| Refusal::missing(name))
    }
}

impl BrightPattern {
    /// Answers a token request.
    pub fn issue_token(&self, form: &Form) -> Result<Answer, Refusal> {
        let knobs = self.current_knobs();
        let now = self.clock.now();
        if !form.is_encoded {
            return Err(Refusal::media_type());
        }
        let grant_type = form.required("grant_type")?;
        let (id, secret) = (form.required("client_id")?, form.required("client_secret")?);
        let scope = if knobs.scope_optional { form.field("scope") } else { Some(form.required("scope")?) };
        let tenant = read(&self.tenant);
        let user = tenant.find(id, &knobs).filter(|user| !user.disabled && !user.locked_out);
        let user = user.filter(|user| user.api_secret.as_ref().is_some_and(|own| is_same(own, secret)));
        let is_here = tenant.active && scope.is_none_or(|scope| scope.eq_ignore_ascii_case(&tenant.host));
        let Some(user) = user.filter(|_| is_here && grant_type == "client_credentials") else {
            return Err(Refusal::new(401, "invalid credentials"));
        };
        let user = scope.map(|_| user.id.clone());
        let whole = i64::try_from(knobs.token_lifetime_seconds).unwrap_or(i64::MAX);
        let mut tokens = lock(&self.tokens);
        let live = tokens.live(user.as_deref(), now).filter(|_| knobs.token_reuse);
        let live = live.map(|(token, rest)| (token.to_owned(), rest));
        let (token, rest) = live.unwrap_or_else(|| (tokens.issue(user, whole, now), whole));
        let expires_in = match knobs.expires_in_type {
            ExpiresIn::String => json!(rest.to_string()),
            ExpiresIn::Number => json!(rest),
        };
        let mut body = json!({ "access_token": token, "token_type": "Bearer", "expires_in": expires_in });
        if let Some(scope) = scope {
            body["scope"] = json!(scope);
        }
        Ok(Answer::json(200, &body))
    }
}

/// Compares a secret without telling by its time how much of it was right.
pub fn is_same(secret: &SecretString, given: &str) -> bool {
    secret.expose_secret().as_bytes().ct_eq(given.as_bytes()).into()
}

/// Upper-case hexadecimal digits, as in the published samples.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // writing to a String cannot fail
        let _ = write!(text, "{byte:02X}");
        text
    })
}
