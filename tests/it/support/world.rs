//! A bridge between an IdP and a simulated vendor, ready to be used.

use std::path::{Path, PathBuf};
use std::process::Output;

use scim_bridge::simulator::iadvize::{SERVICE_EMAIL, SERVICE_PASSWORD};
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use super::idp::Idp;
use super::process::{Program, program, run_in};
use super::prometheus::Metrics;
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
    mapping_changes: Vec<(String, String)>,
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
    Setup {
        settings,
        connection,
        top: Map::new(),
        environment: Vec::new(),
        others: Vec::new(),
        files: Vec::new(),
        mapping_changes: Vec::new(),
    }
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

    /// The shipped mapping with one text in another's place; the text must occur.
    pub fn mapping_with(mut self, text: &str, instead: &str) -> Self {
        self.mapping_changes.push((text.to_owned(), instead.to_owned()));
        self
    }

    /// Starts vendor and bridge.
    #[expect(clippy::unused_async, reason = "a test reads as steps that are awaited, and this is the first")]
    pub async fn start(self) -> World {
        let vendor = Vendor::start();
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut settings = self.settings;
        settings.entry("base_url").or_insert_with(|| vendor.url().into());
        let mut connection = self.connection;
        if !self.mapping_changes.is_empty() {
            change_mapping(folder.path(), &self.mapping_changes);
            connection.insert("mapping".into(), "mapping".into());
        }
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

    /// Everything that the bridge counts, as a scraper reads it.
    pub async fn metrics(&self) -> Metrics {
        Metrics::read(&self.root("/metrics").await.is(200).text)
    }

    /// The vendor.
    pub fn vendor(&self) -> &Vendor {
        &self.vendor
    }

    /// The vendor, to be stopped and started.
    pub fn vendor_mut(&mut self) -> &mut Vendor {
        &mut self.vendor
    }

    /// Runs a command that must work, and reads the JSON that it prints.
    #[track_caller]
    pub fn json(&self, arguments: &[&str]) -> Value {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).expect("JSON on standard output")
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

/// Copies the shipped mapping into the folder, changed.
fn change_mapping(folder: &Path, changes: &[(String, String)]) {
    let (shipped, own) = (Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings/iadvize"), folder.join("mapping"));
    std::fs::create_dir(&own).expect("a folder for the mapping");
    for entry in std::fs::read_dir(shipped).expect("the shipped mapping") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a file has a name").to_owned();
        let mut text = std::fs::read_to_string(&path).expect("a text file");
        if name == "mapping.yaml" {
            for (find, put) in changes {
                assert!(text.contains(find), "{find:?} is not in the shipped mapping");
                text = text.replacen(find, put, 1);
            }
        }
        std::fs::write(own.join(name), text).expect("a copy");
    }
}

fn serve(folder: &TempDir, environment: &[(String, String)]) -> Program {
    let config = folder.path().join("bridge.yaml");
    let mut command = program(&["serve", "--config", &config.to_string_lossy()]);
    command.envs(environment.iter().map(|(name, value)| (name, value)));
    Program::listening(command)
}
