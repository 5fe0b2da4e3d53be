//! Bright Pattern as a server: the Configuration API v2 with its token endpoint, the vendor's own SCIM API, and on demand a 3.x server with HTTP Digest.
//!
//! Written from the vendor's public collections (<https://documenter.getpostman.com/view/6711197/S1EUtanN>, <https://documenter.getpostman.com/view/8336025/SVYwJbLw>)
//! and pages (<https://help.brightpattern.com>). Where they are silent the strictest likely behaviour is the default and [`knobs::Knobs`] has the others. Left out:
//! list management, statistics, recordings, single sign-on itself, and everything about services but the skills that come with a team.
//!
//! Orders below `/_sim/` are what the API cannot do but people and rules can:
//!
//! | order | body |
//! | --- | --- |
//! | `lock` | `{"loginId": "maria.lind", "locked": true}`: too many failed logins |
//! | `deactivate` | `{"loginId": "maria.lind"}`: the rule about inactive accounts |
//! | `jit` | `{"loginId": "new.one", "firstName": "New", "lastName": "One"}`: created at the first single sign-on, in the default team with the default roles |
//! | `edit` | `{"loginId": "maria.lind", "set": {"roles": ["Agent"]}}`: an administrator changes any field of the state |
//! | `rename_team` | `{"from": "Sales", "to": "Sales North"}`: members follow |
//! | `delete_skill` | `{"name": "Swedish"}`: nobody has it any more |
//! | `tenant` | `{"active": false}` |

mod access;
mod body;
mod digest;
mod directory;
pub mod knobs;
mod orders;
mod refusal;
mod route;
mod scim;
pub mod seed;
mod tenant;
mod token;
mod user;
mod users;

use std::io;
use std::sync::{Arc, Mutex, RwLock};

use serde_json::{Map, Value};

use super::control::clock::SimulatorClock;
use super::control::{Answer, Operation, Request, Stand, invalid, knobs as shared, lock, read, write};
use access::Nonces;
use knobs::{Knobs, ScimErrorShape};
use refusal::Refusal;
use route::Call;
use seed::Seed;
use tenant::Tenant;
use token::Tokens;

/// Domain of the default tenant: the `scope` of a token request.
pub const TENANT: &str = "acme.brightpattern.com";
/// User whom programs sign in as: the `client_id`.
pub const SERVICE_LOGIN: &str = "scim.bridge";
/// API secret of that user: the `client_secret`.
pub const API_SECRET: &str = "SimulatedApiSecret00000000000000000000000000000000000000000000Aa";
/// Password of that user, for HTTP Digest.
pub const SERVICE_PASSWORD: &str = "Simulator-Service-1";

/// The simulated vendor.
pub struct BrightPattern {
    clock: Arc<SimulatorClock>,
    seed: Seed,
    knobs: RwLock<Arc<Knobs>>,
    tenant: RwLock<Tenant>,
    tokens: Mutex<Tokens>,
    nonces: Mutex<Nonces>,
}

impl BrightPattern {
    /// Begins with the seed (JSON text, see [`seed`]) or with the default data.
    pub fn new(clock: Arc<SimulatorClock>, seed: Option<&str>) -> io::Result<Self> {
        let seed = Seed::read(seed).map_err(|error| invalid(&error))?;
        let tenant = seed.tenant(clock.now()).map_err(|error| invalid(&error))?;
        Ok(Self {
            tenant: RwLock::new(tenant),
            knobs: RwLock::default(),
            tokens: Mutex::default(),
            nonces: Mutex::default(),
            clock,
            seed,
        })
    }

    fn current_knobs(&self) -> Arc<Knobs> {
        Arc::clone(&read(&self.knobs))
    }

    fn respond(&self, request: &Request, call: &Call) -> Result<Answer, Refusal> {
        match call {
            Call::Token(form) => self.issue_token(form),
            Call::CreateUser => self.create_user(request),
            Call::GetUser(login_id) => self.get_user(request, login_id),
            Call::UpdateUser(login_id) => self.update_user(request, login_id),
            Call::DeleteUser(login_id) => self.delete_user(request, login_id),
            Call::GetLock(login_id) => self.get_lock(request, login_id),
            Call::ClearLock(login_id) => self.clear_lock(request, login_id),
            Call::Phones => self.list_phones(request),
            Call::AccessNumbers => self.list_access_numbers(request),
            Call::Teams => self.list_teams(request),
            Call::Scim(call) => self.answer_scim(request, call),
            Call::Nothing(refusal) => Err(refusal.clone()),
        }
    }
}

impl Stand for BrightPattern {
    type Prepared = Call;

    fn prepare(&self, request: &Request) -> (Operation, Call) {
        route::read(request, &self.current_knobs(), &read(&self.tenant).host)
    }

    async fn answer(&self, request: &Request, prepared: Call) -> Answer {
        self.respond(request, &prepared).unwrap_or_else(|refusal| {
            let knobs = self.current_knobs();
            match (&prepared, knobs.scim_error_shape) {
                (Call::Scim(_), ScimErrorShape::Scim) => refusal.into_scim_answer(),
                _ => refusal.into_answer(&knobs),
            }
        })
    }

    fn state(&self) -> Value {
        read(&self.tenant).state()
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
        *lock(&self.nonces) = Nonces::default();
    }

    fn orders(&self) -> &'static [&'static str] {
        orders::ORDERS
    }

    fn act(&self, order: &str, body: &Value) -> Result<(), String> {
        self.obey(order, body)
    }

    fn reset(&self) {
        // the seed was checked at the start, and building from it does not depend on the time
        if let Ok(tenant) = self.seed.tenant(self.clock.now()) {
            *write(&self.tenant) = tenant;
        }
        *write(&self.knobs) = Arc::default();
        self.revoke_tokens();
    }
}
