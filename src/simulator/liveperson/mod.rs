//! LivePerson as a server: Domain API, the three ways to sign in, and the account configuration (users, skills, agent groups, profiles, lines of business).
//!
//! Written from the vendor's public pages (<https://developers.liveperson.com>, <https://knowledge.liveperson.com>). Where they are silent the strictest likely
//! behaviour is the default and [`knobs::Knobs`] has the others. One address serves what the vendor spreads over several hosts, so that the Domain API answers the
//! host that was asked. Left out: the old delta query, the old change of the own password at an address of its own, the undocumented batch, and the permission
//! packages that let an agent manager change the own groups.
//!
//! `POST /_sim/edit` is somebody at the vendor's own pages: `{"type": "users", "id": 2359237412, "set": {"nickname": "x"}}` lays fields over an entity; without
//! `id` it only counts a change, which makes every `If-Match` of that type stale.

mod account;
mod authenticate;
mod catalogs;
mod configuration;
mod convert;
mod domain;
mod kind;
pub mod knobs;
mod login;
mod oauth1;
mod query;
mod refusal;
mod registration;
mod route;
pub mod seed;
mod sentinel;
mod shown;
mod users;

use std::io;
use std::sync::{Arc, Mutex, RwLock};

use serde_json::{Map, Value};

use super::control::clock::SimulatorClock;
use super::control::{Answer, Operation, Request, Stand, invalid, knobs as shared, lock, read, write};
use account::{Account, Entity};
use authenticate::Nonces;
use convert::read_value;
use kind::Kind;
use knobs::Knobs;
use login::Sessions;
use refusal::Refusal;
use route::{Call, Step};
use seed::Seed;
use sentinel::{Tokens, signing_keys};

/// Account number of the default data.
pub const ACCOUNT_ID: &str = "12345678";
/// OAuth 2.0 client of the default data.
pub const CLIENT_ID: &str = "74098b6a-0000-4000-8000-000000000001";
/// Secret of that client.
pub const CLIENT_SECRET: &str = "simulator-client-secret";
/// Consumer key of the API key of the default data.
pub const APP_KEY: &str = "simulator-app-key";
/// Consumer secret of that key.
pub const APP_SECRET: &str = "simulator-app-secret";
/// Token of that key.
pub const ACCESS_TOKEN: &str = "simulator-access-token";
/// Token secret of that key.
pub const ACCESS_TOKEN_SECRET: &str = "simulator-access-token-secret";
/// Administrator of the default data who may sign in at the Login Service.
pub const SERVICE_LOGIN: &str = "svc.bridge";
/// Password of that administrator.
pub const SERVICE_PASSWORD: &str = "Simulator-Service-1";

/// The simulated vendor.
pub struct Liveperson {
    clock: Arc<SimulatorClock>,
    seed: Seed,
    knobs: RwLock<Arc<Knobs>>,
    account: RwLock<Account>,
    tokens: Mutex<Tokens>,
    sessions: Mutex<Sessions>,
    nonces: Mutex<Nonces>,
}

impl Liveperson {
    /// Begins with the seed (JSON text, see [`seed`]) or with the default data.
    pub fn new(clock: Arc<SimulatorClock>, seed: Option<&str>) -> io::Result<Self> {
        let seed = Seed::read(seed).map_err(|error| invalid(&error))?;
        let account = seed.account(clock.now()).map_err(|error| invalid(&error))?;
        Ok(Self {
            account: RwLock::new(account),
            knobs: RwLock::default(),
            tokens: Mutex::default(),
            sessions: Mutex::default(),
            nonces: Mutex::default(),
            clock,
            seed,
        })
    }

    fn current_knobs(&self) -> Arc<Knobs> {
        Arc::clone(&read(&self.knobs))
    }

    fn respond(&self, request: &Request, call: Call) -> Result<Answer, Refusal> {
        match call {
            Call::Hosts { account, service } => self.find_hosts(request, &account, service.as_deref()),
            Call::Token { account, generation, form } => Ok(self.issue_token(&account, generation, &form)),
            Call::Keys => Ok(signing_keys()),
            Call::Session { account, step: Step::Login } => self.log_in(request, &account),
            Call::Session { account, step: Step::Refresh } => self.refresh_session(request, &account),
            Call::Session { account, step: Step::Logout } => self.log_out(request, &account),
            Call::Entities { account, kind, action } => self.answer_entities(request, &account, kind, &action),
            Call::PublicProfile { account, pid } => self.show_public_profile(&account, &pid),
            Call::Nothing(refusal) => Err(refusal),
        }
    }

    /// Lays fields over an entity, or only counts a change.
    fn edit(&self, order: &Value) -> Result<(), String> {
        let expected = r#"edit: expected {"type": "users", "id": <number>, "set": {…}}"#;
        let kind = order.get("type").and_then(Value::as_str).and_then(Kind::parse).ok_or(expected)?;
        let mut account = write(&self.account);
        if let Some(id) = order.get("id") {
            let id = id.as_i64().ok_or(expected)?;
            let set = order.get("set").and_then(Value::as_object).ok_or(expected)?;
            let mut entity = Entity::clone(account.of(kind).get(id).ok_or_else(|| format!("edit: no {id}"))?);
            for (name, value) in set {
                let field = kind.fields().iter().find(|field| field.name == name);
                let field = field.ok_or_else(|| format!("edit: no field {name}"))?;
                let value = match value {
                    Value::Null => Value::Null,
                    value => read_value(field.form, value).map_err(|wish| format!("edit: {name} must be {wish}"))?,
                };
                entity.insert(name.clone(), value);
            }
            account.put(kind, id, entity);
        }
        account.commit(kind, self.clock.now());
        Ok(())
    }
}

impl Stand for Liveperson {
    type Prepared = Call;

    fn prepare(&self, request: &Request) -> (Operation, Call) {
        route::read(request)
    }

    async fn answer(&self, request: &Request, prepared: Call) -> Answer {
        self.respond(request, prepared).unwrap_or_else(|refusal| refusal.into_answer(self.clock.now()))
    }

    fn state(&self) -> Value {
        read(&self.account).state()
    }

    fn knobs(&self) -> Map<String, Value> {
        shared::to_map(self.current_knobs().as_ref())
    }

    fn set_knobs(&self, changes: Map<String, Value>) -> Result<(), String> {
        let knobs = shared::overlay(self.current_knobs().as_ref(), changes)?.check()?;
        *write(&self.knobs) = Arc::new(knobs);
        Ok(())
    }

    fn revoke_tokens(&self) {
        *lock(&self.tokens) = Tokens::default();
        lock(&self.sessions).clear();
    }

    fn orders(&self) -> &'static [&'static str] {
        &["edit"]
    }

    fn act(&self, _order: &str, body: &Value) -> Result<(), String> {
        self.edit(body)
    }

    fn reset(&self) {
        // the seed was checked at the start, and building from it does not depend on the time
        if let Ok(account) = self.seed.account(self.clock.now()) {
            *write(&self.account) = account;
        }
        *write(&self.knobs) = Arc::default();
        *lock(&self.tokens) = Tokens::default();
        *lock(&self.sessions) = Sessions::default();
        *lock(&self.nonces) = Nonces::default();
    }
}
