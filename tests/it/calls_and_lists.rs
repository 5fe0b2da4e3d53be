//! What a mapping can say about calls and lists, with the simulators of vendors that need it: accounts that are sent whole, revisions,
//! lists of all kinds, answers that mean one of two things, keys that change.

mod book;
mod directory;
mod hosts;
mod revisions;
mod two_apis;

use std::path::Path;
use std::process::Output;

use scim_bridge::simulator::{Options, Running, VendorKind, start};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::idp::USER;
use crate::support::{Idp, Program, http_client, program};

const TOKEN: &str = "calls-token-0123456789abcdef";

/// A bridge with one connection to a simulator, by a mapping of these tests.
struct Scene {
    vendor: Running,
    program: Program,
    folder: TempDir,
}

/// A bridge with one connection to the vendor at this address.
fn bridge_to(url: &str, mapping: &str, secrets: &Value, settings: Value, connection: Value) -> (Program, TempDir) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let text = std::fs::read_to_string(mapping_file(mapping)).expect("the mapping is there");
    std::fs::write(folder.path().join("mapping.yaml"), text).expect("the mapping is written");
    let mut settings = settings;
    settings["base_url"] = url.into();
    let mut one = json!({
        "mapping": "mapping.yaml",
        "settings": settings,
        "secrets": secrets,
        "inbound": { "tokens": [{ "name": "test", "secret": TOKEN }] },
    });
    if let (Some(one), Value::Object(more)) = (one.as_object_mut(), connection) {
        one.extend(more);
    }
    let config = json!({ "listen": "127.0.0.1:0", "store": "sqlite:bridge.db", "connections": { "it": one } });
    let path = folder.path().join("bridge.yaml");
    std::fs::write(&path, config.to_string()).expect("the configuration is written");
    (Program::listening(program(&["serve", "--config", &path.to_string_lossy()])), folder)
}

fn idp_of(program: &Program) -> Idp {
    Idp::new(http_client(), format!("{}/scim/v2/it", program.url), Some(TOKEN.to_owned()))
}

impl Scene {
    async fn start(kind: VendorKind, mapping: &str, secrets: Value, connection: Value) -> Self {
        Self::start_with(kind, mapping, secrets, json!({}), connection).await
    }

    /// `settings`: besides the address.
    async fn start_with(kind: VendorKind, mapping: &str, secrets: Value, settings: Value, connection: Value) -> Self {
        let vendor = start(kind, "127.0.0.1:0", Options::default()).await.expect("the simulator starts");
        let (program, folder) = bridge_to(&vendor.url(), mapping, &secrets, settings, connection);
        Self { vendor, program, folder }
    }

    fn idp(&self) -> Idp {
        idp_of(&self.program)
    }

    /// How often an operation was called, and how often it was answered with this status.
    fn counted(&self, operation: &str, status: u16) -> (usize, usize) {
        let calls = self.vendor.calls();
        let of_this: Vec<_> = calls.iter().filter(|call| call.operation == operation).collect();
        (of_this.len(), of_this.iter().filter(|call| call.status == Some(status)).count())
    }

    fn state(&self) -> Value {
        self.vendor.state()
    }

    /// Another command beside the running bridge.
    fn run(&self, arguments: &[&str]) -> Output {
        program(arguments).current_dir(self.folder.path()).output().expect("the program starts")
    }
}

fn mapping_file(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/it/calls_and_lists/{name}.yaml"))
}

fn person(name: &str, more: &Value) -> Value {
    let mut person = json!({
        "schemas": [USER], "userName": name, "active": true, "displayName": format!("{name} full"), "nickName": name,
        "emails": [{ "type": "work", "value": format!("{name}@example.com") }],
    });
    person.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
    person
}

#[test]
fn the_mappings_pass_their_check_and_their_examples() {
    let folder = std::fs::read_dir(mapping_file("revisions").parent().expect("a folder")).expect("the folder is there");
    for file in folder
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|ext| ext == "yaml"))
    {
        let run = program(&["check", &file.to_string_lossy()]).output().expect("the program starts");
        let printed = String::from_utf8_lossy(&run.stdout);
        assert!(run.status.success(), "{printed}{}", String::from_utf8_lossy(&run.stderr));
    }
}
