//! A bridge with one connection to a vendor that runs in the test itself, and any mapping.

use std::process::Output;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Idp, Program, TOKEN, eventually, http_client, program, run_in};

/// A running bridge.
pub struct Beside {
    program: Program,
    folder: TempDir,
    http: reqwest::Client,
}

impl Beside {
    /// `mapping`: a folder of the repository. `connection`: the other keys of the connection `it`.
    pub fn start(mapping: &str, mut connection: Value) -> Self {
        connection["mapping"] = json!(format!("{}/{mapping}", env!("CARGO_MANIFEST_DIR")));
        connection["inbound"] = json!({ "tokens": [{ "name": "test", "secret": TOKEN }] });
        let config =
            json!({ "listen": "127.0.0.1:0", "store": "sqlite:bridge.db", "connections": { "it": connection } });
        let folder = tempfile::tempdir().expect("a temporary folder");
        // JSON is YAML.
        std::fs::write(folder.path().join("bridge.yaml"), config.to_string()).expect("the configuration is written");
        let program = serve(&folder);
        Self { program, folder, http: http_client() }
    }

    /// The IdP with the right token.
    pub fn idp(&self) -> Idp {
        Idp::new(self.http.clone(), format!("{}/scim/v2/it", self.program.url), Some(TOKEN.to_owned()))
    }

    /// Another command beside the running bridge, while the vendor goes on answering.
    pub async fn run(&self, arguments: &[&str]) -> Output {
        let folder = self.folder.path().to_owned();
        let arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        let run = move || run_in(&folder, &arguments.iter().map(String::as_str).collect::<Vec<_>>());
        tokio::task::spawn_blocking(run).await.expect("the command runs")
    }

    /// Kills the bridge without warning and starts it again on the same store.
    pub fn crash_and_restart(&mut self) {
        self.program.kill();
        self.program = serve(&self.folder);
    }

    /// Waits until no work is left.
    pub async fn settles(&self) {
        eventually("nothing is pending", || async {
            let output = self.run(&["pending", "--config", "bridge.yaml", "--json"]).await;
            let pending: Value = serde_json::from_slice(&output.stdout).ok()?;
            pending.as_array().is_some_and(Vec::is_empty).then_some(())
        })
        .await;
    }
}

fn serve(folder: &TempDir) -> Program {
    let config = folder.path().join("bridge.yaml");
    Program::listening(program(&["serve", "--config", &config.to_string_lossy()]))
}
