//! A bridge between an IdP and a simulated vendor, ready to be used.

use std::path::PathBuf;
use std::process::Output;

use scim_bridge::simulator::iadvize::{SERVICE_EMAIL, SERVICE_PASSWORD};
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use super::idp::Idp;
use super::process::{Program, program, run_in};
use super::vendor::Vendor;

/// Inbound token of the connection `support`.
pub const TOKEN: &str = "test-token-0123456789abcdef";

/// What a test wants to be different from the usual.
#[derive(Debug)]
pub struct Setup {
    settings: Map<String, Value>,
    connection: Map<String, Value>,
    top: Map<String, Value>,
    environment: Vec<(String, String)>,
    /// Further connections: name, and keys that differ from the first one's.
    others: Vec<(String, Map<String, Value>)>,
    /// Files beside `bridge.yaml`: name, content.
    files: Vec<(String, String)>,
}

/// The usual set-up: the shipped mapping, fast limits, one token.
pub fn bridge() -> Setup {
    let connection = json!({
        "mapping": format!("{}/mappings/iadvize", env!("CARGO_MANIFEST_DIR")),
        "secrets": { "username": SERVICE_EMAIL, "password": SERVICE_PASSWORD },
        "limits": { "rate_per_second": 1000, "burst": 1000, "concurrency": 8 },
        "inbound": { "tokens": [ { "name": "test", "secret": TOKEN } ] },
    });
    let Value::Object(connection) = connection else { unreachable!("it is an object") };
    let settings = Map::from_iter([("project_ids".to_owned(), json!([6661]))]);
    Setup { settings, connection, top: Map::new(), environment: Vec::new(), others: Vec::new(), files: Vec::new() }
}

impl Setup {
    /// A setting of the mapping.
    pub fn setting(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.settings.insert(name.to_owned(), value.into());
        self
    }

    /// A key of the connection in `bridge.yaml`.
    pub fn connection(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.connection.insert(key.to_owned(), value.into());
        self
    }

    /// A key at the top of `bridge.yaml`.
    pub fn top(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.top.insert(key.to_owned(), value.into());
        self
    }

    /// A variable of the bridge's environment.
    pub fn environment(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A file beside `bridge.yaml`.
    pub fn file(mut self, name: &str, content: &str) -> Self {
        self.files.push((name.to_owned(), content.to_owned()));
        self
    }

    /// A further connection, like the first but for these keys. Settings are added to the first one's.
    pub fn another(mut self, name: &str, keys: &Value) -> Self {
        let keys = keys.as_object().expect("an object").clone();
        self.others.push((name.to_owned(), keys));
        self
    }

    /// What tells set-ups apart.
    pub fn key(&self) -> String {
        format!("{self:?}")
    }

    /// Starts vendor and bridge.
    pub async fn start(self) -> World {
        let vendor = Vendor::start();
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut settings = self.settings;
        settings.entry("base_url").or_insert_with(|| vendor.url().into());
        let mut connection = self.connection;
        connection.insert("settings".into(), settings.into());
        let mut connections = Map::new();
        for (name, keys) in self.others {
            let mut other = connection.clone();
            for (key, value) in keys {
                match (other.get_mut(&key), value) {
                    (Some(Value::Object(old)), Value::Object(new)) if key == "settings" => old.extend(new),
                    (_, value) => {
                        other.insert(key, value);
                    }
                }
            }
            connections.insert(name, other.into());
        }
        connections.insert("support".into(), connection.into());
        let mut config = json!({ "listen": "127.0.0.1:0", "store": "sqlite:bridge.db", "connections": connections });
        for (key, value) in self.top {
            config[key] = value;
        }
        for (name, content) in self.files {
            std::fs::write(folder.path().join(name), content).expect("the file is written");
        }
        // JSON is YAML.
        std::fs::write(folder.path().join("bridge.yaml"), config.to_string()).expect("the configuration is written");
        let bridge = serve(&folder, &self.environment);
        World { bridge, vendor, folder, environment: self.environment, http: http_client() }
    }
}

/// A running bridge with its vendor.
pub struct World {
    pub bridge: Program,
    vendor: Vendor,
    folder: TempDir,
    environment: Vec<(String, String)>,
    http: reqwest::Client,
}

impl World {
    /// The IdP with the right token.
    pub fn idp(&self) -> Idp {
        Idp::new(self.http.clone(), format!("{}/scim/v2/support", self.bridge.url), Some(TOKEN.to_owned()))
    }

    /// An IdP without or with another token.
    pub fn idp_with(&self, token: Option<&str>) -> Idp {
        Idp::new(self.http.clone(), format!("{}/scim/v2/support", self.bridge.url), token.map(str::to_owned))
    }

    /// An IdP of another connection.
    pub fn idp_of(&self, connection: &str, token: &str) -> Idp {
        Idp::new(self.http.clone(), format!("{}/scim/v2/{connection}", self.bridge.url), Some(token.to_owned()))
    }

    /// Something at the root of the bridge (`/health/ready`, `/metrics`).
    pub async fn root(&self, path: &str) -> super::Answer {
        Idp::new(self.http.clone(), self.bridge.url.clone(), None).get(path).await
    }

    /// The vendor.
    pub fn vendor(&self) -> &Vendor {
        &self.vendor
    }

    /// Kills the bridge and starts it again on the same store.
    pub fn crash_and_restart(&mut self) {
        self.bridge.kill();
        self.bridge = serve(&self.folder, &self.environment);
    }

    /// Starts the bridge again after it ended.
    pub fn restart(&mut self) {
        self.bridge = serve(&self.folder, &self.environment);
    }

    /// Runs another command of the program beside the running bridge, in the folder of its configuration.
    pub fn run(&self, arguments: &[&str]) -> Output {
        run_in(self.folder.path(), arguments)
    }

    /// The folder of `bridge.yaml`.
    pub fn folder(&self) -> PathBuf {
        self.folder.path().to_owned()
    }
}

/// A client that keeps no connection over a restart of the bridge.
pub fn http_client() -> reqwest::Client {
    reqwest::Client::builder()
        .pool_max_idle_per_host(0)
        .timeout(std::time::Duration::from_secs(90))
        .build()
        .expect("a client")
}

fn serve(folder: &TempDir, environment: &[(String, String)]) -> Program {
    let config = folder.path().join("bridge.yaml");
    let mut command = program(&["serve", "--config", &config.to_string_lossy()]);
    command.envs(environment.iter().map(|(name, value)| (name, value)));
    Program::listening(command)
}
