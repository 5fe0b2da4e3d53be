//! The shipped mappings fit the simulators, with the schema told and with it kept secret.

use scim_bridge::simulator::iadvize::{SERVICE_EMAIL, SERVICE_PASSWORD};
use serde_json::{Value, json};

use crate::support::{Program, http_client, program};

struct Simulator {
    program: Program,
    folder: tempfile::TempDir,
}

impl Simulator {
    fn start(vendor: &str, mapping: &str, settings: &Value, secrets: &Value) -> Self {
        let program = Program::listening(program(&["simulate", vendor, "--listen", "127.0.0.1:0"]));
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mapping = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings").join(mapping);
        let mut settings = settings.clone();
        settings["base_url"] = json!(program.url);
        let config = json!({
            "listen": "127.0.0.1:0", "store": "sqlite:bridge.db",
            "connections": { "it": {
                "mapping": mapping, "settings": settings, "secrets": secrets,
                "inbound": { "tokens": [{ "name": "idp", "sha256": "0".repeat(64) }] },
            } },
        });
        std::fs::write(folder.path().join("bridge.yaml"), config.to_string()).expect("a writable folder");
        Self { program, folder }
    }

    async fn knobs(&self, knobs: Value) {
        send(http_client().post(format!("{}/_sim/knobs", self.program.url)).json(&knobs)).await;
    }

    async fn calls(&self) -> Vec<Value> {
        let calls = send(http_client().get(format!("{}/_sim/calls", self.program.url))).await;
        calls.as_array().cloned().expect("a list")
    }

    async fn state(&self) -> Value {
        send(http_client().get(format!("{}/_sim/state", self.program.url))).await
    }

    /// Runs the command; the exit status and what it prints.
    fn check(&self) -> (i32, String) {
        let run = program(&["check", "--live"]).current_dir(self.folder.path()).output().expect("the program starts");
        let said = format!("{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
        (run.status.code().expect("the program ends by itself"), said)
    }
}

async fn send(request: reqwest::RequestBuilder) -> Value {
    #[expect(clippy::disallowed_methods, reason = "a test talks to the simulator directly")]
    let answer = request.send().await.expect("the simulator answers");
    let text = answer.text().await.expect("text");
    serde_json::from_str(&text).unwrap_or_default()
}

fn iadvize() -> Simulator {
    let secrets = json!({ "username": SERVICE_EMAIL, "password": SERVICE_PASSWORD });
    Simulator::start("iadvize", "iadvize", &json!({ "project_ids": [6661] }), &secrets)
}

#[tokio::test]
async fn the_iadvize_mapping_fits_and_every_operation_is_held_against_the_told_schema() {
    let simulator = iadvize();
    let before = simulator.state().await;
    let (status, said) = simulator.check();
    assert_eq!(status, 0, "{said}");
    assert!(!said.contains("FAILED") && !said.contains("note "), "{said}");
    assert!(said.contains("operations fit the schema that the vendor tells"), "{said}");
    assert!(said.contains("keeps from harm is there") && said.contains("the catalog `skills` has"), "{said}");
    assert_eq!(simulator.state().await, before);
    let calls = simulator.calls().await;
    let asked: Vec<&str> = calls.iter().filter_map(|call| call["operation"].as_str()).collect();
    assert!(
        asked.iter().all(|name| ["token", "users", "user", "skills", "projects", "__schema"].contains(name)),
        "{asked:?}"
    );
    assert_eq!(asked.iter().filter(|name| **name == "token").count(), 1, "{asked:?}");
}

#[tokio::test]
async fn a_schema_that_is_not_told_is_a_note() {
    let simulator = iadvize();
    simulator.knobs(json!({ "introspection": false })).await;
    let (status, said) = simulator.check();
    assert_eq!(status, 0, "{said}");
    assert!(said.contains("does not tell its schema, so the operations were not compared"), "{said}");
}

#[tokio::test]
async fn a_project_that_does_not_exist_is_told_at_the_setting() {
    let secrets = json!({ "username": SERVICE_EMAIL, "password": SERVICE_PASSWORD });
    let simulator = Simulator::start("iadvize", "iadvize", &json!({ "project_ids": [4711] }), &secrets);
    let (status, said) = simulator.check();
    assert_eq!(status, 1, "{said}");
    assert!(said.contains("the setting `project_ids`: projects has nothing with the identifier 4711"), "{said}");
}

#[tokio::test]
async fn a_wrong_password_is_one_sign_in_and_no_more() {
    let secrets = json!({ "username": SERVICE_EMAIL, "password": "wrong" });
    let simulator = Simulator::start("iadvize", "iadvize", &json!({}), &secrets);
    let (status, said) = simulator.check();
    assert_eq!(status, 1, "{said}");
    assert!(said.contains("FAILED") && said.contains("password") && said.contains("nothing more was asked"), "{said}");
    assert_eq!(simulator.calls().await.len(), 1);
}
