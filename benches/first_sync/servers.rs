//! The simulated vendor with its limit, and the bridge, each a process of its own that ends when dropped.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};

use super::people::Directory;
use super::system::System;
use super::vendor::Vendor;

/// Inbound token of the connection.
pub const TOKEN: &str = "a-token-for-measuring-only";

/// What the vendor allows, and what the bridge is told that it allows.
#[derive(Clone, Copy)]
pub struct Limit {
    /// Calls per second.
    pub per_second: f64,
    /// Calls at once.
    pub burst: u32,
}

/// Both servers.
pub struct Servers {
    children: Vec<Child>,
    /// The simulated vendor.
    pub vendor: Vendor,
    /// SCIM base URL of the connection.
    pub scim: String,
    warnings: Arc<AtomicU64>,
}

impl Servers {
    /// Starts both, the bridge with an empty store.
    pub async fn start(
        folder: &Path,
        system: &System,
        mapping: Option<&str>,
        directory: &Directory,
        limit: Limit,
    ) -> Self {
        let mut command = program();
        command.args(["simulate", system.name, "--listen", "127.0.0.1:0"]);
        if let Some(seed) = system.seed(directory) {
            let file = folder.join("seed.json");
            std::fs::write(&file, seed.to_string()).expect("the seed is written");
            command.arg("--seed").arg(file);
        }
        let (simulator, url, _) = listening(&mut command);
        let vendor = Vendor::new(&url);
        vendor.set(&json!({ "rate_per_second": limit.per_second, "rate_burst": limit.burst })).await;

        let limits = json!({ "rate_per_second": limit.per_second, "burst": limit.burst });
        let mut config: Value = system.config(&url, &limits, TOKEN);
        if let Some(mapping) = mapping {
            config["connections"]["support"]["mapping"] = mapping.into();
        }
        let file = folder.join("bridge.yaml");
        std::fs::write(&file, config.to_string()).expect("the configuration is written");
        let mut command = program();
        command.arg("serve").arg("--config").arg(&file).args(["--log-format", "human"]);
        let (bridge, url, warnings) = listening(&mut command);
        Self { children: vec![simulator, bridge], vendor, scim: format!("{url}/scim/v2/support"), warnings }
    }

    /// Lines of the bridge's log that are warnings or errors.
    pub fn warnings(&self) -> u64 {
        self.warnings.load(Ordering::Relaxed)
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        for child in &mut self.children {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_scim-bridge"));
    command.env("RUST_LOG", "warn,scim_bridge=info");
    command
}

/// Starts a server and waits for its line `listening on http://ADDR`; goes on to count its warnings, and shows the first of them.
fn listening(command: &mut Command) -> (Child, String, Arc<AtomicU64>) {
    const SHOWN: u64 = 3;
    let mut child = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().expect("the program starts");
    let mut lines = BufReader::new(child.stderr.take().expect("standard error is piped")).lines();
    let url = loop {
        let line = lines.next().expect("the server listens before it ends").expect("standard error is text");
        if let Some((_, url)) = line.split_once("listening on ") {
            break url.trim().to_owned();
        }
        eprintln!("{line}");
    };
    let warnings = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&warnings);
    std::thread::spawn(move || {
        for line in lines.map_while(Result::ok).filter(|line| line.contains("WARN") || line.contains("ERROR")) {
            if counted.fetch_add(1, Ordering::Relaxed) < SHOWN {
                eprintln!("{line}");
            }
        }
    });
    (child, url, warnings)
}
