//! A vendor that the program has never heard of: a REST API with habits of its own, described by nothing but a mapping file. The whole way from
//! the IdP to it and back, with all that such APIs do differently from the shipped vendor's.

mod desk;
mod roster;
mod server;

use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Idp, Program, http_client, program};

use server::RestVendor;

const TOKEN: &str = "rest-token-0123456789abcdef";
const OWN: &str = "urn:test:roster:2.0:User";

/// A bridge with one connection to the made-up vendor.
struct Bridge {
    vendor: RestVendor,
    program: Program,
    folder: TempDir,
}

/// What is different from the usual.
#[derive(Default)]
struct Wish {
    settings: Value,
    connection: Value,
    /// A text in the mapping and what stands there instead.
    instead: Option<(&'static str, &'static str)>,
    secrets: Option<Value>,
}

impl Bridge {
    fn start(mapping: &str, wish: Wish) -> Self {
        let vendor = RestVendor::start();
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut text = std::fs::read_to_string(mapping_file(mapping)).expect("the mapping is there");
        if let Some((old, new)) = wish.instead {
            assert!(text.contains(old), "{old:?} is not in the mapping");
            text = text.replace(old, new);
        }
        std::fs::write(folder.path().join("mapping.yaml"), text).expect("the mapping is written");
        let mut connection = json!({
            "mapping": "mapping.yaml",
            "settings": { "base_url": vendor.url },
            "secrets": wish.secrets.unwrap_or_else(|| usual_secrets(mapping)),
            "inbound": { "tokens": [{ "name": "test", "secret": TOKEN }] },
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
}

fn usual_secrets(mapping: &str) -> Value {
    match mapping {
        "roster" => json!({ "username": "roster", "password": "s3cret-pass" }),
        _ => json!({ "client_id": "roster", "client_secret": "s3cret-pass" }),
    }
}

fn mapping_file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/it/rest_vendor/{name}/mapping.yaml"))
}

fn merge(into: &mut Value, more: Value) {
    if let (Value::Object(into), Value::Object(more)) = (into, more) {
        into.extend(more);
    }
}

#[test]
fn both_mappings_pass_their_check_and_their_examples() {
    let run = program(&["check", "tests/it/rest_vendor/roster", "tests/it/rest_vendor/desk"]).output();
    let run = run.expect("the program starts");
    let printed = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success(), "{printed}{}", String::from_utf8_lossy(&run.stderr));
    assert!(printed.lines().count() >= 7, "{printed}");
}
