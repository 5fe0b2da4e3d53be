//! Every way to sign in that the mapping language knows, against the vendors that ask for it: what the administrator sets, what goes over the
//! wire, and what happens when tokens, nonces and secrets end.

mod digest;
mod gate;
mod oauth;
mod session;

use std::path::Path;

use scim_bridge::simulator::liveperson::{
    ACCESS_TOKEN, ACCESS_TOKEN_SECRET, ACCOUNT_ID, APP_KEY, APP_SECRET, CLIENT_ID, CLIENT_SECRET, SERVICE_LOGIN,
    SERVICE_PASSWORD,
};
use scim_bridge::simulator::{Options, Running, VendorKind, start};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Idp, Program, http_client, program};

const TOKEN: &str = "sign-in-token-0123456789abcdef";

/// A bridge before a simulated vendor.
struct World {
    vendor: Running,
    program: Program,
    _folder: TempDir,
}

/// What a connection sets, and what is different in the mapping.
struct Wish {
    mapping: &'static str,
    settings: Value,
    secrets: Value,
    instead: Vec<(&'static str, &'static str)>,
}

impl World {
    async fn start(kind: VendorKind, knobs: Value, wish: Wish) -> Self {
        let vendor = start(kind, "127.0.0.1:0", Options::default()).await.expect("the simulator starts");
        vendor.control().set_knobs(&knobs).expect("knobs");
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut settings = wish.settings;
        settings["base_url"] = json!(vendor.url());
        let config = config(&folder, wish.mapping, &wish.instead, &settings, &wish.secrets);
        let program = Program::listening(program(&["serve", "--config", &config]));
        Self { vendor, program, _folder: folder }
    }

    fn idp(&self) -> Idp {
        Idp::new(http_client(), format!("{}/scim/v2/it", self.program.url), Some(TOKEN.to_owned()))
    }

    /// How often the vendor was asked for this.
    fn count(&self, operation: &str) -> usize {
        self.calls(operation).len()
    }

    /// The vendor's calls of one name, or all.
    fn calls(&self, operation: &str) -> Vec<Value> {
        let calls = serde_json::to_value(self.vendor.calls()).expect("JSON");
        let calls = calls.as_array().cloned().unwrap_or_default();
        calls.into_iter().filter(|call| operation.is_empty() || call["operation"] == operation).collect()
    }
}

/// Writes mapping and configuration, and says where the latter is.
fn config(
    folder: &TempDir,
    mapping: &str,
    instead: &[(&'static str, &'static str)],
    settings: &Value,
    secrets: &Value,
) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/it/vendor_sign_in/{mapping}.yaml"));
    let mut text = std::fs::read_to_string(file).expect("the mapping is there");
    for (old, new) in instead {
        assert!(text.contains(old), "{old:?} is not in the mapping");
        text = text.replace(old, new);
    }
    std::fs::write(folder.path().join("mapping.yaml"), text).expect("the mapping is written");
    let connection = json!({
        "mapping": "mapping.yaml", "settings": settings, "secrets": secrets,
        "inbound": { "tokens": [{ "name": "test", "secret": TOKEN }] },
    });
    let config = json!({ "listen": "127.0.0.1:0", "store": "sqlite:bridge.db", "connections": { "it": connection } });
    let path = folder.path().join("bridge.yaml");
    std::fs::write(&path, config.to_string()).expect("the configuration is written");
    path.to_string_lossy().into_owned()
}

fn engage(auth: &str) -> Wish {
    let secrets = match auth {
        "oauth1" => json!({
            "app_key": APP_KEY, "app_secret": APP_SECRET,
            "access_token": ACCESS_TOKEN, "access_token_secret": ACCESS_TOKEN_SECRET,
        }),
        "login" => json!({ "username": SERVICE_LOGIN, "password": SERVICE_PASSWORD }),
        _ => json!({ "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET }),
    };
    Wish { mapping: "engage", settings: json!({ "account": ACCOUNT_ID, "auth": auth }), secrets, instead: Vec::new() }
}

fn person(login: &str) -> Value {
    json!({
        "schemas": [crate::support::idp::USER], "userName": login, "displayName": "Ada Voss", "active": true,
        "name": { "givenName": "Ada", "familyName": "Voss" }, "emails": [{ "type": "work", "value": format!("{login}@example.com") }],
    })
}
