//! The servers that are measured, each a process of its own, ended when dropped.

use std::io::{BufRead as _, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tokio::time::Instant;

use scim_bridge::simulator::iadvize::{SERVICE_EMAIL, SERVICE_PASSWORD};

const PROGRAM: &str = env!("CARGO_BIN_EXE_scim-bridge");
/// Inbound token of the measured connection.
pub const TOKEN: &str = "a-token-for-measuring-only";

/// Everything that runs.
pub struct Servers {
    children: Vec<Child>,
    bridge_process: u32,
    /// Address of the simulated vendor, `http://…`.
    pub vendor: String,
    /// The bridge.
    pub bridge: SocketAddr,
    /// How long it took from start to the first ready answer.
    pub bridge_ready_in: Duration,
    /// The pass-through.
    pub pass_through: SocketAddr,
    /// The bare handler.
    pub bare: SocketAddr,
}

impl Servers {
    /// Starts all of them; the store in `folder` is filled already.
    pub async fn start(folder: &Path) -> Self {
        let mut children = Vec::new();
        let (vendor_process, vendor) =
            listening(Command::new(PROGRAM).args(["simulate", "iadvize", "--listen", "127.0.0.1:0"]));
        children.push(vendor_process);
        let token = vendor_token(&vendor).await;
        let config = folder.join("bridge.yaml");
        std::fs::write(&config, bridge_yaml(&vendor)).expect("the configuration is written");
        let begun = Instant::now();
        let mut command = Command::new(PROGRAM);
        command.arg("serve").arg("--config").arg(&config).args(["--listen", "127.0.0.1:0"]);
        let (bridge_child, bridge_url) = listening(&mut command);
        let bridge = address_of(&bridge_url);
        while !is_ready(bridge).await {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        let bridge_ready_in = begun.elapsed();
        let bridge_process = bridge_child.id();
        children.push(bridge_child);
        let (pass_through, bare) = (free_address(), free_address());
        let me = std::env::current_exe().expect("this program has a path");
        let baseline =
            |arguments: &[&str]| Command::new(&me).arg("--role").args(arguments).spawn().expect("the baseline starts");
        children.push(baseline(&["pass-through", &pass_through.to_string(), &vendor, &token]));
        children.push(baseline(&["bare", &bare.to_string()]));
        for address in [pass_through, bare] {
            while tokio::net::TcpStream::connect(address).await.is_err() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
        Self { children, bridge_process, vendor, bridge, bridge_ready_in, pass_through, bare }
    }

    /// Resident memory of the bridge: all of it, and the part that is its own (the rest is the program's file).
    pub fn bridge_memory_mib(&self) -> [f64; 2] {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.bridge_process)).unwrap_or_default();
        ["VmRSS:", "RssAnon:"].map(|name| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
            line.trim().trim_end_matches("kB").trim().parse::<f64>().unwrap_or(f64::NAN) / 1024.0
        })
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

fn bridge_yaml(vendor: &str) -> String {
    format!(
        "store: sqlite:bridge.db
listen: 127.0.0.1:0
connections:
  support:
    mapping: mappings/iadvize
    settings: {{ base_url: {vendor}, deactivation: park, project_ids: [6661] }}
    secrets: {{ username: {SERVICE_EMAIL}, password: {SERVICE_PASSWORD} }}
    limits: {{ rate_per_second: 10000, burst: 10000, concurrency: 64 }}
    inbound:
      tokens: [{{ name: bench, secret: {TOKEN} }}]
"
    )
}

/// Starts a server and waits for its line `listening on http://ADDR`.
fn listening(command: &mut Command) -> (Child, String) {
    let mut child = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().expect("the program starts");
    let mut lines = BufReader::new(child.stderr.take().expect("standard error is piped")).lines();
    let url = loop {
        let line = lines.next().expect("the server listens before it ends").expect("standard error is text");
        if let Some((_, url)) = line.split_once("listening on ") {
            break url.trim().to_owned();
        }
        eprintln!("{line}");
    };
    // What it writes later goes where a service's log goes: to a reader that keeps up.
    std::thread::spawn(move || lines.for_each(drop));
    (child, url)
}

fn address_of(url: &str) -> SocketAddr {
    url.trim_start_matches("http://").parse().expect("an address")
}

fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port")
}

async fn is_ready(bridge: SocketAddr) -> bool {
    let Ok(mut stream) = tokio::net::TcpStream::connect(bridge).await else { return false };
    let request = b"GET /health/ready HTTP/1.1\r\nhost: bridge\r\n\r\n";
    if tokio::io::AsyncWriteExt::write_all(&mut stream, request).await.is_err() {
        return false;
    }
    super::load::read_answer(&mut stream, &mut Vec::new()).await == 200
}

async fn vendor_token(vendor: &str) -> String {
    let form = [("grant_type", "password"), ("username", SERVICE_EMAIL), ("password", SERVICE_PASSWORD)];
    #[expect(clippy::disallowed_methods, reason = "the benchmark signs in by itself")]
    let answer = reqwest::Client::new()
        .post(format!("{vendor}/oauth2/token"))
        .form(&form)
        .send()
        .await
        .expect("the simulator answers");
    let body: serde_json::Value = answer.json().await.expect("a token answer");
    body["access_token"].as_str().expect("a token").to_owned()
}
