//! `serve`, `simulate` and `import` as processes of their own: where they listen, how they end, what stands beside them.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use scim_bridge::simulator::iadvize::{SERVICE_EMAIL, SERVICE_PASSWORD};
use serde_json::Value;

use super::{Folder, err, out, program, status};

/// A program that serves. Killed when the test ends, whichever way.
struct Serving {
    child: Child,
    /// What stands behind `listening on`.
    address: String,
}

impl Serving {
    fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the program starts");
        let mut lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
        let address = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix("listening on ").map(str::to_owned))
            .expect("it says where it listens");
        // Read on, so that the program never waits for us.
        std::thread::spawn(move || lines.count());
        Self { child, address }
    }

    /// Asks it to stop, as a container platform does, and waits.
    fn terminate(mut self) -> Option<i32> {
        let killed =
            Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().expect("kill is there");
        assert!(killed.success());
        self.child.wait().expect("it ends").code()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn serve(folder: &Folder) -> Serving {
    let mut command = program();
    command.args(["serve", "--listen", "127.0.0.1:0"]).current_dir(folder.path("."));
    Serving::start(command)
}

#[test]
fn a_served_bridge_is_alive_and_ends_well() {
    let folder = Folder::new();
    let bridge = serve(&folder);
    assert!(bridge.address.starts_with("http://127.0.0.1:") && !bridge.address.ends_with(":0"), "{}", bridge.address);
    for path in ["live", "ready"] {
        let health = folder.run(&["health", "--url", &format!("{}/health/{path}", bridge.address)]);
        assert_eq!(status(&health), 0, "{}", err(&health));
    }
    let unknown = folder.run(&["health", "--url", &format!("{}/nothing", bridge.address)]);
    assert_eq!(status(&unknown), 1);
    assert_eq!(bridge.terminate(), Some(0));
}

#[test]
fn tools_work_beside_a_served_bridge_and_a_second_one_does_not() {
    let folder = Folder::new();
    let bridge = serve(&folder);
    assert_eq!(status(&folder.run(&["token", "new", "okta", "--connection", "support"])), 0);
    assert_eq!(status(&folder.run(&["pending"])), 0);
    let second = folder.run(&["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(status(&second), 1);
    assert!(err(&second).contains("bridge.db"), "{}", err(&second));
    assert_eq!(bridge.terminate(), Some(0));
}

#[test]
fn an_address_that_is_taken_is_a_failure() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("an address").to_string();
    for arguments in [&["serve", "--listen", &address][..], &["simulate", "iadvize", "--listen", &address]] {
        let output = Folder::new().run(arguments);
        assert_eq!(status(&output), 1, "{arguments:?}: {}", err(&output));
        assert!(err(&output).contains(&address), "{}", err(&output));
    }
}

/// The whole answer to a bare request.
fn get(address: &str, path: &str) -> String {
    let host = address.strip_prefix("http://").expect("an address");
    let mut socket = TcpStream::connect(host).expect("it listens");
    write!(socket, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").expect("it reads");
    let mut answer = String::new();
    socket.read_to_string(&mut answer).expect("text");
    answer
}

#[rstest::rstest]
#[case::liveperson("liveperson")]
#[case::bright_pattern("bright-pattern")]
fn a_simulator_listens_with_its_faults_and_its_seed_and_ends_when_asked(#[case] vendor: &str) {
    let folder = Folder::new();
    folder.write("seed.json", r#"{ "generate": 2 }"#);
    folder.write("faults.json", r#"[{ "do": { "status": 599 } }]"#);
    folder.write("wrong.json", r#"{ "colour": "red" }"#);
    let mut command = program();
    command.args(["simulate", vendor, "--listen", "127.0.0.1:0", "--seed"]).arg(folder.path("seed.json"));
    command.arg("--faults").arg(folder.path("faults.json"));
    let serving = Serving::start(command);
    assert!(get(&serving.address, "/_sim/state").contains("user0000002@example.com"), "{vendor}");
    assert!(get(&serving.address, "/").starts_with("HTTP/1.1 599 "), "{vendor}");
    assert_eq!(serving.terminate(), Some(0));
    let refused = folder.run(&["simulate", vendor, "--listen", "127.0.0.1:0", "--seed", "wrong.json"]);
    assert_eq!(status(&refused), 2);
    assert!(err(&refused).contains("colour"), "{}", err(&refused));
}

#[test]
fn an_import_brings_in_what_the_vendor_has() {
    let mut command = program();
    command.args(["simulate", "iadvize", "--listen", "127.0.0.1:0"]);
    let vendor = Serving::start(command);
    let folder = Folder::new();
    let text = std::fs::read_to_string(folder.path("bridge.yaml")).expect("the file is there");
    let text = text
        .replace("http://127.0.0.1:9", &vendor.address)
        .replace("admin@example.com", SERVICE_EMAIL)
        .replace("never-sent", SERVICE_PASSWORD);
    folder.write("bridge.yaml", &text);
    let first = folder.run(&["import", "--connection", "support", "--json"]);
    assert_eq!(status(&first), 0, "{}", err(&first));
    let report: Value = serde_json::from_str(&out(&first)).expect("JSON");
    assert!(report["imported"].as_u64() > Some(0), "{report}");
    let again = folder.run(&["import", "--connection", "support"]);
    assert_eq!(status(&again), 0, "{}", err(&again));
    assert!(out(&again).contains("0 imported"), "{}", out(&again));
    assert_eq!(vendor.terminate(), Some(0));
}

#[test]
fn an_import_from_a_vendor_that_is_not_there_fails() {
    let folder = Folder::new();
    let output = folder.run(&["import", "--connection", "support"]);
    assert_eq!(status(&output), 1, "{}", err(&output));
    assert_eq!(out(&output), "");
}
