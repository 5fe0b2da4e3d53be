//! A vendor that knows everything by numbers, described by nothing but a mapping file: names on the IdP's side, identifiers at the vendor.

mod access;
mod erased;
mod memberships;
mod names;
mod secrets;
mod server;

use std::process::Output;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Idp, Program, http_client, program};

use server::Depot;

const TOKEN: &str = "depot-token-0123456789abcdef";
const OWN: &str = "urn:test:depot:2.0:User";
const MAPPING: &str = include_str!("depot/mapping.yaml");

/// A bridge with one connection to the depot.
struct Bridge {
    vendor: Depot,
    program: Program,
    folder: TempDir,
}

impl Bridge {
    /// `instead`: texts in the mapping and what stands there instead; `more`: keys of the connection.
    fn start(vendor: Depot, instead: &[(&str, &str)], more: Value) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut text = MAPPING.to_owned();
        if !instead.is_empty() {
            // the examples speak of the mapping as it is
            text.truncate(text.find("\nexamples:").expect("examples") + 1);
        }
        for (old, new) in instead {
            assert!(text.contains(old), "{old:?} is not in the mapping");
            text = text.replace(old, new);
        }
        std::fs::write(folder.path().join("mapping.yaml"), text).expect("the mapping is written");
        let mut connection = json!({
            "mapping": "mapping.yaml",
            "settings": { "base_url": vendor.url },
            "inbound": { "tokens": [{ "name": "test", "secret": TOKEN }] },
        });
        if let (Value::Object(connection), Value::Object(more)) = (&mut connection, more) {
            connection.extend(more);
        }
        let config =
            json!({ "listen": "127.0.0.1:0", "store": "sqlite:bridge.db", "connections": { "it": connection } });
        let path = folder.path().join("bridge.yaml");
        std::fs::write(&path, config.to_string()).expect("the configuration is written");
        let program = Program::listening(program(&["serve", "--config", &path.to_string_lossy()]));
        Self { vendor, program, folder }
    }

    fn usual() -> Self {
        Self::start(Depot::start(), &[], json!({}))
    }

    fn idp(&self) -> Idp {
        Idp::new(http_client(), format!("{}/scim/v2/it", self.program.url), Some(TOKEN.to_owned()))
    }

    /// Another command beside the running bridge.
    fn run(&self, arguments: &[&str]) -> Output {
        program(arguments).current_dir(self.folder.path()).output().expect("the program starts")
    }
}

fn ada(more: Value) -> Value {
    let mut ada = json!({
        "schemas": [crate::support::idp::USER, OWN], "userName": "ada", "active": true,
        "emails": [{ "type": "work", "value": "ada@example.com" }], "title": "Clerk", OWN: {},
    });
    if let (Value::Object(ada), Value::Object(more)) = (&mut ada, more) {
        ada.extend(more);
    }
    ada
}

#[test]
fn the_mapping_passes_its_check_and_its_examples() {
    let run = program(&["check", "tests/it/depot"]).output().expect("the program starts");
    let printed = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success(), "{printed}{}", String::from_utf8_lossy(&run.stderr));
}
