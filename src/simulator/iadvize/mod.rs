//! iAdvize as a server: password login, GraphQL over HTTP with the published types, two platforms with separate data.
//!
//! Written from the vendor's public pages (<https://docs.iadvize.dev>, <https://developers.iadvize.com>, <https://graphql.iadvize.dev>). Where they are
//! silent the strictest likely behaviour is the default and [`knobs::Knobs`] has the others. Left out: the REST API, webhooks, preview features,
//! the look-up of custom roles (no published query) and everything about conversations except that an account can be in one.
//!
//! `POST /_sim/busy` takes `{"userId": 400002, "busy": true}`: the account is in a conversation; `"platform": "sd"` for the other data set.
//!
//! `POST /oauth2/token`, `GET /_authenticated`, `POST /graphql` (`?platform=sd` for the second data set).

mod change;
mod coerce;
mod document;
mod endpoint;
mod engine;
pub mod knobs;
mod login;
mod mistake;
mod model;
mod mutation;
mod paging;
mod professional;
mod query;
#[cfg(test)]
mod schema_tests;
pub mod seed;
mod session;
mod skills;
mod tenant;
mod tokens;
mod types;
mod user_fields;

use std::io;
use std::sync::{Arc, Mutex, RwLock};

use serde_json::{Map, Value, json};

use super::control::clock::SimulatorClock;
use super::control::{Answer, Operation, Request, Stand, invalid, knobs as shared, lock, read, write};
use endpoint::GraphQlCall;
use engine::Engine;
use knobs::Knobs;
use login::Logins;
use seed::Seed;
use session::{Invitation, Outbox};
use tenant::Tenant;
use tokens::Tokens;

/// Address of the administrator account that every data set has unless the seed brings its own of that name.
pub const SERVICE_EMAIL: &str = "service@example.com";

/// Password of that account.
pub const SERVICE_PASSWORD: &str = "Simulator-Service-1";

/// One of the vendor's two platforms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Platform {
    /// "High availability", the default.
    Ha,
    /// "Standard".
    Sd,
}

/// The simulated vendor.
pub struct Iadvize {
    clock: Arc<SimulatorClock>,
    seed: Seed,
    knobs: RwLock<Arc<Knobs>>,
    engine: RwLock<Arc<Engine>>,
    ha: Arc<RwLock<Tenant>>,
    sd: Arc<RwLock<Tenant>>,
    logins: Mutex<Logins>,
    tokens: RwLock<Tokens>,
    outbox: Outbox,
}

/// What a request is, read before it is answered.
pub enum Prepared {
    /// A login.
    Token(login::Form),
    /// `GET /_authenticated`.
    Check,
    /// A GraphQL request, or why it is none.
    GraphQl(Box<Result<GraphQlCall, Answer>>),
    /// An address that does not exist, or a method that it does not know.
    Nothing(Answer),
}

impl Iadvize {
    /// Begins with the seed (JSON text, see [`seed`]) or with the default data.
    pub fn new(clock: Arc<SimulatorClock>, seed: Option<&str>) -> io::Result<Self> {
        let seed = Seed::read(seed).map_err(|error| invalid(&error))?;
        let now = clock.now();
        let tenant =
            |platform| seed.tenant(platform, now).map(RwLock::new).map(Arc::new).map_err(|error| invalid(&error));
        let knobs = Arc::new(Knobs::default());
        let engine = Engine::build(knobs.shape()).map_err(|error| io::Error::other(error.to_string()))?;
        Ok(Self {
            ha: tenant(Platform::Ha)?,
            sd: tenant(Platform::Sd)?,
            engine: RwLock::new(Arc::new(engine)),
            knobs: RwLock::new(knobs),
            logins: Mutex::default(),
            tokens: RwLock::default(),
            outbox: Outbox::default(),
            clock,
            seed,
        })
    }

    fn tenant(&self, platform: Platform) -> &Arc<RwLock<Tenant>> {
        match platform {
            Platform::Ha => &self.ha,
            Platform::Sd => &self.sd,
        }
    }

    fn current_knobs(&self) -> Arc<Knobs> {
        Arc::clone(&read(&self.knobs))
    }

    /// Puts knobs into force; the schema is built anew when they change it.
    fn install(&self, knobs: Knobs) -> Result<(), String> {
        if knobs.shape() != self.current_knobs().shape() {
            let engine = Engine::build(knobs.shape()).map_err(|error| error.to_string())?;
            *write(&self.engine) = Arc::new(engine);
        }
        *write(&self.knobs) = Arc::new(knobs);
        Ok(())
    }
}

impl Stand for Iadvize {
    type Prepared = Prepared;

    fn prepare(&self, request: &Request) -> (Operation, Prepared) {
        let named = |name: &str| Operation { names: vec![name.to_owned()], ..Operation::default() };
        let known = ["/oauth2/token", "/_authenticated", "/graphql"];
        match (request.path.as_str(), request.method.as_str()) {
            ("/oauth2/token", "POST") => {
                let form = login::Form::read(request);
                (Operation { variables: Some(form.masked()), ..named("token") }, Prepared::Token(form))
            }
            ("/_authenticated", "GET") => (named("authenticated"), Prepared::Check),
            ("/graphql", "POST") => {
                let call = GraphQlCall::read(request);
                let operation = call.as_ref().map_or_else(|_| Operation::default(), GraphQlCall::operation);
                (operation, Prepared::GraphQl(Box::new(call)))
            }
            (path, _) if known.contains(&path) => {
                let allow = if path == "/_authenticated" { "GET" } else { "POST" };
                let answer = Answer::text(405, "Method Not Allowed").with_header("allow", allow);
                (Operation::default(), Prepared::Nothing(answer))
            }
            _ => (Operation::default(), Prepared::Nothing(Answer::text(404, "Not Found"))),
        }
    }

    async fn answer(&self, request: &Request, prepared: Prepared) -> Answer {
        match prepared {
            Prepared::Token(form) => self.log_in(&form, request.peer),
            Prepared::Check => self.check_token(request),
            Prepared::GraphQl(call) => self.answer_graphql(request, *call).await,
            Prepared::Nothing(answer) => answer,
        }
    }

    fn state(&self) -> Value {
        json!({ "ha": read(&self.ha).state(), "sd": read(&self.sd).state() })
    }

    fn knobs(&self) -> Map<String, Value> {
        shared::to_map(self.current_knobs().as_ref())
    }

    fn set_knobs(&self, changes: Map<String, Value>) -> Result<(), String> {
        if changes.is_empty() {
            return Ok(());
        }
        self.install(shared::overlay(self.current_knobs().as_ref(), changes)?)
    }

    fn revoke_tokens(&self) {
        write(&self.tokens).clear();
    }

    fn orders(&self) -> &'static [&'static str] {
        &["busy"]
    }

    fn act(&self, _order: &str, order: &Value) -> Result<(), String> {
        let platform = match order.get("platform").and_then(Value::as_str) {
            None | Some("ha") => Platform::Ha,
            Some("sd") => Platform::Sd,
            Some(other) => return Err(format!("busy: no platform {other}; there are ha and sd")),
        };
        let expected = r#"busy: expected {"userId": <number>, "busy": <true or false>}"#;
        let id = order.get("userId").and_then(Value::as_i64).ok_or(expected)?;
        let busy = order.get("busy").and_then(Value::as_bool).ok_or(expected)?;
        let mut tenant = write(self.tenant(platform));
        let Some(user) = tenant.live_user(id) else { return Err(format!("busy: no account {id}")) };
        let mut user = model::User::clone(&user);
        user.busy = busy;
        user.connected = busy || user.connected;
        tenant.replace(user);
        Ok(())
    }

    fn outbox(&self) -> Value {
        let mails: Vec<Invitation> = lock(&self.outbox).clone();
        json!(mails)
    }

    fn reset(&self) {
        let now = self.clock.now();
        for platform in [Platform::Ha, Platform::Sd] {
            // the seed was checked at the start, and building from it does not depend on the time
            if let Ok(tenant) = self.seed.tenant(platform, now) {
                *write(self.tenant(platform)) = tenant;
            }
        }
        if let Err(error) = self.install(Knobs::default()) {
            tracing::error!(%error, "the default schema could not be built again");
        }
        *lock(&self.logins) = Logins::default();
        write(&self.tokens).clear();
        lock(&self.outbox).clear();
    }
}
