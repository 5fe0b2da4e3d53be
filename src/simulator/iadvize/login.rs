//! `POST /oauth2/token` and `GET /_authenticated`, with the limits on logins. It gives no rights.
//!
//! Source: the vendor's pages "Authentication" and "Managing iAdvize API access tokens": form-encoded `username`, `password`, `grant_type=password`; 10 logins per
//! minute and account, 100 per minute and address. The texts of failures follow RFC 6749 section 5.2, because none are published.

use std::collections::HashMap;
use std::net::IpAddr;

use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use subtle::ConstantTimeEq;

use super::super::control::{Answer, Request, lock, read, write};
use super::tokens::Binding;
use super::{Iadvize, Platform};

/// Length of a window of the login limits.
const WINDOW: SignedDuration = SignedDuration::from_mins(1);

/// Accounts and addresses that are counted; beyond it those whose window has ended are dropped.
const MAX_WINDOWS: usize = 10_000;

/// What a login asks.
#[derive(Debug)]
pub struct Form {
    encoded: bool,
    fields: HashMap<String, String>,
    repeated: bool,
    password: Option<SecretString>,
}

/// Counts of logins by account and by address.
#[derive(Debug, Default)]
pub struct Logins {
    accounts: HashMap<String, Window>,
    addresses: HashMap<IpAddr, Window>,
}

#[derive(Debug, Clone, Copy)]
struct Window {
    ends: Timestamp,
    count: u32,
    blocked_until: Option<Timestamp>,
}

impl Window {
    fn is_over(&self, now: Timestamp) -> bool {
        self.blocked_until.unwrap_or(self.ends) <= now
    }
}

impl Form {
    /// Reads the body without judging it.
    pub fn read(request: &Request) -> Self {
        let mut form = Self { encoded: false, fields: HashMap::new(), repeated: false, password: None };
        form.encoded = request.media_type() == "application/x-www-form-urlencoded";
        if form.encoded {
            for (name, value) in url::form_urlencoded::parse(&request.body) {
                if name == "password" {
                    form.repeated |= form.password.replace(SecretString::from(value.into_owned())).is_some();
                } else {
                    form.repeated |= form.fields.insert(name.into_owned(), value.into_owned()).is_some();
                }
            }
        }
        form
    }

    /// The fields for the call log.
    pub fn masked(&self) -> Value {
        let mut fields = json!(self.fields);
        if self.password.is_some() {
            fields["password"] = json!("***");
        }
        fields
    }

    fn field(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}

impl Iadvize {
    /// Answers a login. Every attempt counts against the limits, whatever becomes of it.
    pub fn log_in(&self, form: &Form, peer: IpAddr) -> Answer {
        let knobs = self.current_knobs();
        let now = self.clock.now();
        let block = knobs.login_block_seconds;
        let account = form.field("username").map(str::to_lowercase);
        let mut logins = lock(&self.logins);
        let mut allowed = count(&mut logins.addresses, peer, knobs.login_limit_per_address, block, now);
        if let Some(account) = account.clone() {
            let own = count(&mut logins.accounts, account, knobs.login_limit_per_account, block, now);
            allowed = allowed.and(own);
        }
        drop(logins);
        if let Err(wait_seconds) = allowed {
            return knobs.login_retry_after.put_on(Answer::text(429, "Too Many Requests"), wait_seconds, now);
        }
        if !form.encoded || form.repeated {
            return refuse(400, "invalid_request", "the body must be form-encoded, each parameter once");
        }
        if form.field("grant_type") != Some("password") {
            return refuse(400, "unsupported_grant_type", "the only grant type is password");
        }
        let (Some(email), Some(password)) = (account, &form.password) else {
            return refuse(400, "invalid_request", "username and password are required");
        };
        let bindings = self.find_accounts(&email, password);
        if bindings.is_empty() {
            return refuse(knobs.bad_login_status.into(), "invalid_grant", "wrong username or password");
        }
        let token = write(&self.tokens).issue(bindings, now, knobs.token_lifetime_seconds);
        let token_type = if knobs.lower_case_token_type { "bearer" } else { "Bearer" };
        let body = json!({
            "access_token": token, "expires_in": knobs.token_lifetime_seconds, "token_type": token_type, "refresh_token": "none",
        });
        Answer::json(200, &body).with_header("cache-control", "no-store")
    }

    /// Answers `GET /_authenticated`.
    pub fn check_token(&self, request: &Request) -> Answer {
        if self.bindings_of(request).is_empty() {
            bad_token()
        } else {
            Answer::json(200, &json!({ "authenticated": true }))
        }
    }

    /// The live accounts that the request's token speaks for; none when the token is missing or void.
    pub fn bindings_of(&self, request: &Request) -> Vec<Binding> {
        let now = self.clock.now();
        let tokens = read(&self.tokens);
        let found = request.bearer().and_then(|token| tokens.find(token, now)).unwrap_or_default();
        let is_live = |binding: &&Binding| {
            let user = read(self.tenant(binding.platform)).live_user(binding.user_id);
            user.is_some_and(|user| user.credential == binding.credential)
        };
        found.iter().filter(is_live).copied().collect()
    }

    fn find_accounts(&self, email: &str, password: &SecretString) -> Vec<Binding> {
        let on = |platform| {
            let user = read(self.tenant(platform)).find_email(email)?;
            let own = user.password.as_ref()?;
            let same = own.expose_secret().as_bytes().ct_eq(password.expose_secret().as_bytes());
            bool::from(same).then_some(Binding { platform, user_id: user.id, credential: user.credential })
        };
        [on(Platform::Ha), on(Platform::Sd)].into_iter().flatten().collect()
    }
}

/// The published answer to an expired or unknown token.
pub fn bad_token() -> Answer {
    Answer::json(401, &json!({ "error_description": "access token not valid", "error": "invalid_token" }))
}

fn refuse(status: u16, error: &str, description: &str) -> Answer {
    Answer::json(status, &json!({ "error": error, "error_description": description }))
}

/// Counts an attempt; beyond the limit the whole seconds until the next one are returned.
fn count<K: std::hash::Hash + Eq>(
    windows: &mut HashMap<K, Window>,
    key: K,
    limit: u32,
    block_seconds: Option<u64>,
    now: Timestamp,
) -> Result<(), u64> {
    if windows.len() >= MAX_WINDOWS {
        windows.retain(|_, window| !window.is_over(now));
    }
    let fresh = Window { ends: now.checked_add(WINDOW).unwrap_or(now), count: 0, blocked_until: None };
    let window = windows.entry(key).or_insert(fresh);
    if window.is_over(now) {
        *window = fresh;
    }
    window.count = window.count.saturating_add(1);
    if window.count <= limit {
        return Ok(());
    }
    let until = *window.blocked_until.get_or_insert_with(|| match block_seconds {
        Some(seconds) => {
            let block = SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX));
            now.checked_add(block).unwrap_or(Timestamp::MAX)
        }
        None => window.ends,
    });
    let wait = until.duration_since(now).as_millis().max(0);
    Err(u64::try_from(wait).unwrap_or(u64::MAX).div_ceil(1_000).max(1))
}
