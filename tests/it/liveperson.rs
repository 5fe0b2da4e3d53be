//! People and groups at LivePerson by the shipped mapping: the whole way from the IdP to the simulator and back.

mod groups;
mod people;
mod trouble;

use std::path::Path;

use scim_bridge::simulator::liveperson::{
    ACCESS_TOKEN, ACCESS_TOKEN_SECRET, ACCOUNT_ID, APP_KEY, APP_SECRET, CLIENT_ID, CLIENT_SECRET, SERVICE_LOGIN,
    SERVICE_PASSWORD,
};
use scim_bridge::simulator::{Options, Running, VendorKind, start};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::idp::USER;
use crate::support::{Idp, Program, http_client, program};

const TOKEN: &str = "liveperson-token-0123456789abcdef";
const OWN: &str = "urn:scim-bridge:liveperson:2.0:User";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

const AGENT: i64 = 2_359_236_012;
const MANAGER: i64 = 2_359_236_112;
const ROOT: i64 = -1;
const TIER_1: i64 = 2_359_236_612;
const TIER_2: i64 = 2_359_236_712;
const BILLING: i64 = 2_359_236_812;
const RETURNS: i64 = 2_359_236_912;

/// A bridge with one connection to the simulator.
struct Scene {
    vendor: Running,
    program: Program,
    folder: TempDir,
}

impl Scene {
    async fn start() -> Self {
        Self::start_with(json!({}), json!({})).await
    }

    /// With settings and keys of the connection besides the usual ones.
    async fn start_with(settings: Value, connection: Value) -> Self {
        let vendor =
            start(VendorKind::Liveperson, "127.0.0.1:0", Options::default()).await.expect("the simulator starts");
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mapping = Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings/liveperson");
        let mut one = json!({
            "mapping": mapping,
            "settings": {
                "account_id": ACCOUNT_ID, "domain_api": vendor.url(), "scheme": "http",
                "default_profile": "Agent", "default_agent_group": "Main Group",
            },
            "secrets": { "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET },
            "limits": { "rate_per_second": 500, "burst": 500, "concurrency": 8 },
            "inbound": { "tokens": [{ "name": "test", "secret": TOKEN }] },
            "groups": [
                { "when": "Skill *", "target": "skill", "name": "{1}" },
                { "when": "Team *", "target": "agent_group", "name": "{1}" },
                { "when": "Role *", "target": "profile", "name": "{1}" },
                { "otherwise": "keep" },
            ],
        });
        merge(&mut one["settings"], settings);
        merge(&mut one, connection);
        let config = json!({ "listen": "127.0.0.1:0", "store": "sqlite:bridge.db", "connections": { "it": one } });
        let path = folder.path().join("bridge.yaml");
        std::fs::write(&path, config.to_string()).expect("the configuration is written");
        let program = Program::listening(program(&["serve", "--config", &path.to_string_lossy()]));
        Self { vendor, program, folder }
    }

    fn idp(&self) -> Idp {
        Idp::new(http_client(), format!("{}/scim/v2/it", self.program.url), Some(TOKEN.to_owned()))
    }

    #[track_caller]
    fn knobs(&self, knobs: &Value) {
        self.vendor.control().set_knobs(knobs).expect("a knob");
    }

    #[track_caller]
    fn fault(&self, fault: &Value) {
        self.vendor.control().add_faults(fault).expect("a fault");
    }

    /// The vendor's user with this login, deleted or not.
    #[track_caller]
    fn user(&self, login: &str) -> Value {
        self.find("users", "loginName", login).unwrap_or_else(|| panic!("no {login}"))
    }

    /// The object of this kind with this name.
    fn find(&self, kind: &str, field: &str, name: &str) -> Option<Value> {
        let state = self.vendor.state();
        state[kind].as_array().expect("a list").iter().find(|one| one[field] == name).cloned()
    }

    fn edit(&self, login: &str, set: &Value) {
        let edit = json!({ "type": "users", "id": self.user(login)["id"], "set": set });
        self.vendor.control().act("edit", &edit).expect("an edit");
    }

    /// How often an operation was called, and how often it was answered with this status.
    fn counted(&self, operation: &str, status: u16) -> (usize, usize) {
        let calls = self.vendor.calls();
        let of_this: Vec<_> = calls.iter().filter(|call| call.operation == operation).collect();
        (of_this.len(), of_this.iter().filter(|call| call.status == Some(status)).count())
    }

    /// Another command beside the running bridge.
    fn run(&self, arguments: &[&str]) -> (bool, String) {
        let run = program(arguments).current_dir(self.folder.path()).output().expect("the program starts");
        let printed = format!("{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
        (run.status.success(), printed)
    }
}

fn merge(into: &mut Value, more: Value) {
    if let (Some(into), Value::Object(more)) = (into.as_object_mut(), more) {
        into.extend(more);
    }
}

/// A person as Okta sends one.
fn person(login: &str, more: Value) -> Value {
    let mut person = json!({
        "schemas": [USER], "userName": login, "active": true, "displayName": "Li Wei", "nickName": "Li",
        "name": { "givenName": "Li", "familyName": "Wei" },
        "emails": [{ "type": "work", "primary": true, "value": login }],
    });
    merge(&mut person, more);
    person
}

fn replace(path: &str, value: Value) -> Value {
    let mut operation = json!({ "op": "replace", "path": path });
    operation["value"] = value;
    Value::Array(vec![operation])
}
