//! The shipped mapping for Bright Pattern, against the simulator: the whole way from the IdP to the vendor and back, over real HTTP.

mod existing;
mod hybrid;
mod life;
mod life_cycles;
mod named;
mod refusals;
mod sign_in;
mod skills;
mod teams;

use std::process::Output;

use scim_bridge::simulator::brightpattern::{API_SECRET, SERVICE_LOGIN, TENANT};
use scim_bridge::simulator::control::calls::Call;
use scim_bridge::simulator::{Options, Running, VendorKind, start};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Answer, Idp, Program, eventually, http_client, program};

const TOKEN: &str = "bright-token-0123456789abcdef";
const OWN: &str = "urn:scim-bridge:bright-pattern:2.0:User";

/// A bridge with one connection to the simulator.
struct Bridge {
    vendor: Running,
    program: Program,
    folder: TempDir,
}

/// What is different from the usual.
#[derive(Default)]
struct Wish {
    settings: Value,
    connection: Value,
    knobs: Value,
    seed: Option<Value>,
}

impl Bridge {
    async fn usual() -> Self {
        Self::start(Wish::default()).await
    }

    async fn with_settings(settings: Value) -> Self {
        Self::start(Wish { settings, ..Wish::default() }).await
    }

    async fn with_knobs(knobs: Value) -> Self {
        Self::start(Wish { knobs, ..Wish::default() }).await
    }

    async fn start(wish: Wish) -> Self {
        let options = Options { seed: wish.seed.map(|seed| seed.to_string()), ..Options::default() };
        let vendor = start(VendorKind::BrightPattern, "127.0.0.1:0", options).await.expect("the simulator starts");
        if wish.knobs.is_object() {
            vendor.control().set_knobs(&wish.knobs).expect("knobs");
        }
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut connection = json!({
            "mapping": "bright-pattern",
            "settings": { "base_url": vendor.url(), "tenant": TENANT, "default_team": "Customer Service" },
            "secrets": { "client_id": SERVICE_LOGIN, "client_secret": API_SECRET },
            "limits": { "rate_per_second": 1000, "burst": 1000, "concurrency": 4 },
            "inbound": { "tokens": [{ "name": "test", "secret": TOKEN }] },
            "groups": [
                { "when": "Team *", "target": "team", "name": "{1}" },
                { "when": "Role *", "target": "role", "id": "{1}" },
                { "when": "Skill * at *", "target": "skill", "id": "{1}", "level": "{2}" },
                { "when": "Skill *", "target": "skill", "id": "{1}" },
            ],
        });
        merge(&mut connection["settings"], wish.settings);
        merge(&mut connection, wish.connection);
        let config =
            json!({ "listen": "127.0.0.1:0", "store": "sqlite:bridge.db", "connections": { "it": connection } });
        let path = folder.path().join("bridge.yaml");
        std::fs::write(&path, config.to_string()).expect("the configuration is written");
        let program = Program::listening(program(&["serve", "--config", &path.to_string_lossy()]));
        Self { vendor, program, folder }
    }

    fn idp(&self) -> Idp {
        Idp::new(http_client(), format!("{}/scim/v2/it", self.program.url), Some(TOKEN.to_owned()))
    }

    /// Another command beside the running bridge.
    fn run(&self, arguments: &[&str]) -> Output {
        program(arguments).current_dir(self.folder.path()).output().expect("the program starts")
    }

    #[track_caller]
    fn act(&self, order: &str, body: &Value) {
        self.vendor.control().act(order, body).expect("an order");
    }

    #[track_caller]
    fn fault(&self, rule: &Value) {
        self.vendor.control().add_faults(rule).expect("a fault");
    }

    /// The account with this username.
    fn account(&self, login_id: &str) -> Option<Value> {
        let state = self.vendor.state();
        let users = state["users"].as_array().expect("users").clone();
        users.into_iter().find(|user| user["loginId"] == login_id)
    }

    #[track_caller]
    fn has(&self, login_id: &str) -> Value {
        self.account(login_id).unwrap_or_else(|| panic!("Bright Pattern has no account {login_id}"))
    }

    /// The calls that changed something, as operation and body.
    fn writes(&self) -> Vec<(String, Value)> {
        let writes = self.calls(|call| call.method != "GET" && !call.operation.contains("token"));
        writes.into_iter().map(|call| (call.operation, call.variables.unwrap_or_default())).collect()
    }

    /// The calls of these operations.
    fn calls(&self, wanted: impl Fn(&Call) -> bool) -> Vec<Call> {
        self.vendor.calls().into_iter().filter(wanted).collect()
    }

    fn count(&self, operation: &str) -> usize {
        self.calls(|call| call.operation == operation).len()
    }

    /// Waits until Mara is in this team.
    async fn is_in(&self, team: &str) {
        eventually("she changes the team", || async { (self.has("mara.voss")["team"] == team).then_some(()) }).await;
    }

    async fn creates(&self, more: Value) -> Answer {
        self.idp().post("/Users", mara(more)).await
    }
}

/// Somebody new, as an IdP says it.
fn mara(more: Value) -> Value {
    let mut mara = json!({
        "schemas": [crate::support::idp::USER, OWN], "userName": "mara.voss", "active": true, "externalId": "00u1",
        "name": { "givenName": "Mara", "familyName": "Voss" }, "emails": [{ "type": "work", "value": "mara@example.com", "primary": true }],
    });
    merge(&mut mara, more);
    mara
}

/// The members of the second come over those of the first; null takes one away.
fn merge(into: &mut Value, more: Value) {
    let Value::Object(more) = more else { return };
    let into = into.as_object_mut().expect("an object");
    for (name, value) in more {
        if value.is_null() {
            into.remove(&name);
        } else {
            into.insert(name, value);
        }
    }
}
