//! The Login Service: sessions of users by password, or of API users by the keys of an application; refresh and logout. It gives no rights.
//!
//! Source: the vendor's pages "User login", "Application login", "Refresh", "Logout" and "Login Service retry policy". The answer has the published members; those
//! that a provisioning client has no use for hold plausible values.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::super::control::{Answer, Request, lock, read};
use super::Liveperson;
use super::account::{Account, Entity, flag, ids, text};
use super::domain::host_list;
use super::kind::Kind;
use super::knobs::Knobs;
use super::refusal::Refusal;
use super::registration::is_same;

/// Sessions that are kept; beyond it those that ended are dropped, then all.
const MAX_SESSIONS: usize = 10_000;

/// The only published internal code: a wrong csrf.
const BAD_CSRF: i64 = 10;

/// The sessions that are open.
#[derive(Debug, Default)]
pub struct Sessions {
    by_bearer: HashMap<String, Session>,
    window: Option<(Timestamp, u32)>,
}

#[derive(Debug, Clone)]
struct Session {
    id: String,
    csrf: String,
    user: i64,
    password_version: u32,
    ends: Timestamp,
}

impl Sessions {
    /// The user of a session that has not ended, and the version of the password that opened it.
    pub fn user(&self, bearer: &str, now: Timestamp) -> Option<(i64, u32)> {
        let session = self.by_bearer.get(bearer).filter(|session| session.ends > now);
        session.map(|session| (session.user, session.password_version))
    }

    /// Ends all sessions.
    pub fn clear(&mut self) {
        self.by_bearer.clear();
    }

    /// Counts a sign-in; beyond the limit the seconds until the next one are returned.
    fn count(&mut self, limit: Option<u32>, now: Timestamp) -> Result<(), u64> {
        let Some(limit) = limit else { return Ok(()) };
        let fresh = (now.checked_add(SignedDuration::from_mins(1)).unwrap_or(Timestamp::MAX), 0);
        let (ends, count) = self.window.filter(|(ends, _)| *ends > now).unwrap_or(fresh);
        self.window = Some((ends, count.saturating_add(1)));
        let wait = ends.duration_since(now).as_secs().max(1);
        if count < limit { Ok(()) } else { Err(wait.unsigned_abs()) }
    }

    fn open(&mut self, user: i64, password_version: u32, knobs: &Knobs, now: Timestamp) -> (String, Session) {
        if self.by_bearer.len() >= MAX_SESSIONS {
            self.by_bearer.retain(|_, session| session.ends > now);
        }
        if self.by_bearer.len() >= MAX_SESSIONS {
            self.by_bearer.clear();
        }
        let session = Session { id: secret(), csrf: secret(), user, password_version, ends: end(knobs, now) };
        let bearer = secret();
        self.by_bearer.insert(bearer.clone(), session.clone());
        (bearer, session)
    }

    /// The bearer of the session that a cookie and a csrf belong to.
    fn find(&self, cookie: Option<&str>, csrf: &str, now: Timestamp) -> Result<String, Refusal> {
        let mut sessions = self.by_bearer.iter();
        let found = sessions.find(|(_, session)| Some(session.id.as_str()) == cookie && session.ends > now);
        match found {
            None => Err(Refusal::unauthorized("no such session")),
            Some((_, session)) if session.csrf != csrf => {
                Err(Refusal::unauthorized("CSRF token invalid! The token of the session is another one")
                    .with_code(BAD_CSRF))
            }
            Some((bearer, _)) => Ok(bearer.clone()),
        }
    }
}

impl Liveperson {
    /// Answers a login by password or by an application's keys.
    pub fn log_in(&self, request: &Request, account: &str) -> Result<Answer, Refusal> {
        let knobs = self.current_knobs();
        let now = self.clock.now();
        lock(&self.sessions).count(knobs.login_limit_per_minute, now).map_err(|wait| {
            let header = knobs.login_retry_after.put_on(Answer::text(429, ""), wait, now).headers;
            let refusal = Refusal::new(429, "too many logins, wait 5 seconds");
            let wait = header.into_iter().find(|(name, _)| name == "retry-after");
            wait.into_iter().fold(refusal, |refusal, (name, value)| refusal.with_header(&name, value))
        })?;
        let given = read_body(request)?;
        let field = |name: &str| given.get(name).and_then(Value::as_str).filter(|value| !value.is_empty());
        let username = field("username").ok_or_else(|| Refusal::bad("username is required"))?;
        if knobs.login_blacklist.iter().any(|name| name.eq_ignore_ascii_case(username)) {
            return Err(Refusal::new(451, "the account or the user is blocked, call the support"));
        }
        self.check_account(account)?;
        let data = read(&self.account);
        let found =
            data.of(Kind::Users).find(username).and_then(|id| data.live(Kind::Users, id).map(|user| (id, user)));
        let is_right = |id: i64, user: &Entity| match field("password") {
            Some(password) => knobs.local_login && data.is_password(id, password),
            None => self.is_application(user, &field),
        };
        let keys = ["appKey", "secret", "accessToken", "accessTokenSecret"];
        if field("password").is_none() && keys.iter().any(|name| field(name).is_none()) {
            return Err(Refusal::bad("a password, or the four values of an application, are required"));
        }
        let found = found.filter(|(id, user)| flag(user, "isEnabled") && is_right(*id, user));
        let (id, user) = found.ok_or_else(|| Refusal::unauthorized("wrong user or password"))?;
        let (bearer, session) = lock(&self.sessions).open(id, data.password_version(id), &knobs, now);
        let body = welcome(&data, (id, user), &session, &bearer, &knobs, now, &host_list(request, account));
        let cookie = format!("{}={}; Path=/; HttpOnly", knobs.session_cookie.name(), session.id);
        Ok(Answer::json(200, &body).with_header("set-cookie", cookie).with_header("cache-control", "no-store"))
    }

    /// Answers a refresh: the session begins anew.
    pub fn refresh_session(&self, request: &Request, account: &str) -> Result<Answer, Refusal> {
        let knobs = self.current_knobs();
        let now = self.clock.now();
        let bearer = self.find_session(request, account)?;
        if let Some(session) = lock(&self.sessions).by_bearer.get_mut(&bearer) {
            session.ends = end(&knobs, now);
        }
        Ok(empty())
    }

    /// Answers a logout.
    pub fn log_out(&self, request: &Request, account: &str) -> Result<Answer, Refusal> {
        let bearer = self.find_session(request, account)?;
        lock(&self.sessions).by_bearer.remove(&bearer);
        Ok(empty())
    }

    fn find_session(&self, request: &Request, account: &str) -> Result<String, Refusal> {
        let body = read_body(request)?;
        let csrf = body.get("csrf").and_then(Value::as_str).ok_or_else(|| Refusal::bad("csrf is required"))?;
        self.check_account(account)?;
        let name = self.current_knobs().session_cookie.name();
        lock(&self.sessions).find(cookie(request, name), csrf, self.clock.now())
    }

    /// Whether the keys are an application's that may speak for this API user. An OAuth 2.0 client stands with `dummy` in the token's place.
    fn is_application<'a>(&self, user: &Entity, field: &impl Fn(&str) -> Option<&'a str>) -> bool {
        let given = |name: &str| field(name).unwrap_or_default();
        let (app, token) = (given("appKey"), given("accessToken"));
        let registrations = &self.seed.registrations;
        let by_key = registrations.key(app, token).is_some_and(|key| {
            is_same(&key.app_secret, given("secret")) && is_same(&key.access_token_secret, given("accessTokenSecret"))
        });
        let by_client = (token, given("accessTokenSecret")) == ("dummy", "dummy")
            && registrations.client(app, given("secret")).is_some();
        let is_allowed = text(user, "allowedAppKeys").split(',').any(|key| key.trim() == app);
        flag(user, "isApiUser") && is_allowed && (by_key || by_client)
    }
}

/// What a login answers.
fn welcome(
    account: &Account,
    (id, user): (i64, &Entity),
    session: &Session,
    bearer: &str,
    knobs: &Knobs,
    now: Timestamp,
    hosts: &Value,
) -> Value {
    let profiles = ids(user, "profileIds").filter_map(|id| account.live(Kind::Profiles, id));
    let mut privileges: Vec<i64> = profiles.flat_map(|profile| ids(profile, "permissions")).collect();
    privileges.sort_unstable();
    privileges.dedup();
    let roles = account.role_types(user);
    let groups = account.of(Kind::AgentGroups);
    let items: Vec<Value> =
        groups.live().map(|(id, group)| json!({ "id": id, "deleted": false, "name": text(group, "name") })).collect();
    json!({
        "csrf": session.csrf,
        "wsuk": id.to_string(),
        "config": {
            "loginName": text(user, "loginName"), "userId": id.to_string(), "userPrivileges": privileges,
            "serverCurrentTime": now.as_millisecond(), "timeDiff": 0, "serverTimeZoneName": "UTC", "serverTimeGMTDiff": 0,
            "isLPA": roles.contains(&5), "isAdmin": roles.contains(&1), "accountTimeZoneId": "UTC",
        },
        "csdsCollectionResponse": hosts,
        "accountData": { "agentGroupsData": { "items": items, "revision": groups.revision } },
        "sessionTTl": (u128::from(knobs.session_ttl_seconds) * 1_000).to_string(),
        "bearer": bearer,
        "sessionId": session.id,
    })
}

fn read_body(request: &Request) -> Result<Map<String, Value>, Refusal> {
    if request.media_type() != "application/json" {
        return Err(Refusal::bad("Content-Type must be application/json"));
    }
    match serde_json::from_slice(&request.body) {
        Ok(Value::Object(body)) => Ok(body),
        _ => Err(Refusal::bad("the body must be a JSON object")),
    }
}

/// A cookie of the request.
fn cookie<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    let pairs = request.header("cookie")?.split(';').filter_map(|pair| pair.trim().split_once('='));
    pairs.into_iter().find(|(given, _)| *given == name).map(|(_, value)| value)
}

fn end(knobs: &Knobs, now: Timestamp) -> Timestamp {
    let life = SignedDuration::from_secs(i64::try_from(knobs.session_ttl_seconds).unwrap_or(i64::MAX));
    now.checked_add(life).unwrap_or(Timestamp::MAX)
}

fn secret() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}

fn empty() -> Answer {
    Answer { status: 200, headers: Vec::new(), body: Vec::new() }
}
