//! Who calls the account configuration, and what the caller may do there. It issues nothing.
//!
//! A caller is an application (OAuth 2.0), an API key (OAuth 1.0a) or a user with a session. Scopes: `users.external` (v6.0 docs) opens users for reading and
//! writing, `users.read` and `users.write` (v4.0 docs) one of both; nothing is documented about OAuth 2.0 and the other kinds, so they are open unless a knob
//! closes them. A user needs the permission package of a kind for changes; the packages that let an agent manager change the own groups are left out.

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::Value;

use super::super::control::{Request, lock, read};
use super::Liveperson;
use super::account::{Account, Entity, flag, ids, text};
use super::domain::host;
use super::kind::Kind;
use super::knobs::Knobs;
use super::oauth1::Signed;
use super::refusal::Refusal;
use super::registration::ApiKey;
use super::sentinel::Generation;

/// How far a signed request's time may be off, in seconds.
const CLOCK_SKEW_SECONDS: i64 = 300;

/// Nonces that are kept; beyond it the oldest times are dropped.
const MAX_NONCES: usize = 100_000;

/// Who calls.
#[derive(Debug, Clone)]
pub enum Caller {
    /// An application with scopes.
    Application(Vec<String>),
    /// An API key.
    Key(ApiKey),
    /// A user with a session.
    User(i64),
}

/// The nonces of signed requests, by time stamp.
#[derive(Debug, Default)]
pub struct Nonces {
    seen: HashMap<(String, String), i64>,
}

impl Nonces {
    /// Notes a nonce; false when it was there before.
    fn is_new(&mut self, key: &str, nonce: &str, stamp: i64, now: i64) -> bool {
        if self.seen.len() >= MAX_NONCES {
            self.seen.retain(|_, stamp| (*stamp - now).abs() <= CLOCK_SKEW_SECONDS);
        }
        if self.seen.len() >= MAX_NONCES {
            self.seen.clear();
        }
        self.seen.insert((key.to_owned(), nonce.to_owned()), stamp).is_none()
    }
}

impl Liveperson {
    /// Finds out who calls.
    pub fn authenticate(&self, request: &Request) -> Result<Caller, Refusal> {
        let now = self.clock.now();
        let mut headers = request.headers.iter().filter(|(name, _)| name == "authorization");
        let (Some((_, header)), None) = (headers.next(), headers.next()) else {
            return Err(Refusal::unauthorized("exactly one Authorization header is expected"));
        };
        if let Some(signed) = Signed::read(header) {
            return self.check_signature(request, &signed, now).map(Caller::Key);
        }
        let bearer = request.bearer().ok_or_else(|| Refusal::unauthorized("no bearer and no signature"))?;
        let session = lock(&self.sessions).user(bearer, now);
        if let Some((user, password_version)) = session {
            let account = read(&self.account);
            let is_enabled = account.live(Kind::Users, user).is_some_and(|user| flag(user, "isEnabled"));
            return if is_enabled && account.password_version(user) == password_version {
                Ok(Caller::User(user))
            } else {
                Err(Refusal::unauthorized("the user is disabled or has another password"))
            };
        }
        match lock(&self.tokens).find(bearer, now) {
            Some(grant) if grant.generation == Generation::Two => Ok(Caller::Application(grant.scopes.clone())),
            _ => Err(Refusal::unauthorized("the bearer is unknown or has ended")),
        }
    }

    fn check_signature(&self, request: &Request, signed: &Signed, now: Timestamp) -> Result<ApiKey, Refusal> {
        let parameter = |name: &str| {
            let value = signed.parameter(name).filter(|value| !value.is_empty());
            value.ok_or_else(|| Refusal::unauthorized(format!("{name} is missing")))
        };
        if parameter("oauth_signature_method")? != "HMAC-SHA1" {
            return Err(Refusal::unauthorized("oauth_signature_method must be HMAC-SHA1"));
        }
        if signed.parameter("oauth_version").is_some_and(|version| version != "1.0") {
            return Err(Refusal::unauthorized("oauth_version must be 1.0"));
        }
        let stamp: i64 = parameter("oauth_timestamp")?
            .parse()
            .map_err(|_| Refusal::unauthorized("oauth_timestamp must be seconds"))?;
        if stamp.saturating_sub(now.as_second()).saturating_abs() > CLOCK_SKEW_SECONDS {
            return Err(Refusal::unauthorized("oauth_timestamp is too far from the server's time"));
        }
        let (app_key, nonce) = (parameter("oauth_consumer_key")?, parameter("oauth_nonce")?);
        let key = self.seed.registrations.key(app_key, parameter("oauth_token")?);
        let key = key.ok_or_else(|| Refusal::unauthorized("unknown key or token"))?;
        let url = format!("http://{}{}", host(request), request.path);
        let (consumer, token) = key.secrets();
        if !signed.is_signed_with(consumer, token, &request.method, &url, &request.query) {
            return Err(Refusal::unauthorized("the signature does not fit the request"));
        }
        if !lock(&self.nonces).is_new(app_key, nonce, stamp, now.as_second()) {
            return Err(Refusal::unauthorized("oauth_nonce was used before"));
        }
        Ok(key.clone())
    }
}

impl Caller {
    /// Refuses what the caller may not do.
    pub fn check(&self, kind: Kind, is_write: bool, account: &Account, knobs: &Knobs) -> Result<(), Refusal> {
        let may = match self {
            Self::Application(_) if kind != Kind::Users => !knobs.oauth2_only_users,
            Self::Application(scopes) => {
                let wanted = if is_write { "users.write" } else { "users.read" };
                scopes.iter().any(|scope| scope == "users.external" || scope == wanted)
            }
            Self::Key(key) => key.opens(kind),
            Self::User(id) => !is_write || may_change(account, *id, kind),
        };
        if may { Ok(()) } else { Err(Refusal::forbidden(format!("no permission for {}", kind.segment()))) }
    }

    /// Refuses a new password of the caller's own user unless the old one and a repetition of the new one come with it.
    pub fn check_own_password(&self, id: i64, new: &str, given: &Entity, account: &Account) -> Result<(), Refusal> {
        let Self::User(own) = self else { return Ok(()) };
        if *own != id {
            return Ok(());
        }
        let field = |name: &str| text(given, name);
        let is_known = account.is_password(id, field("oldPassword"));
        if is_known && field("confirmPassword") == new {
            Ok(())
        } else {
            Err(Refusal::bad("the own password changes with oldPassword and confirmPassword only"))
        }
    }
}

/// Whether one of the user's profiles has the permission package of a kind.
fn may_change(account: &Account, user: i64, kind: Kind) -> bool {
    let Some(user) = account.live(Kind::Users, user) else { return false };
    let has_package = |package: &Value| {
        package["id"].as_i64() == Some(kind.permission_package()) && package["isEnabled"].as_bool() == Some(true)
    };
    ids(user, "profileIds").filter_map(|id| account.live(Kind::Profiles, id)).any(|profile| {
        profile.get("permissionPackages").and_then(Value::as_array).into_iter().flatten().any(has_package)
    })
}
