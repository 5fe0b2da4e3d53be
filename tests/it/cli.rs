//! The command line as a script sees it: exit status, standard output, standard error.

mod demo;
mod files;
mod serve;
mod store;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The program.
fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_scim-bridge"));
    command.stdin(Stdio::null());
    command
}

fn run(arguments: &[&str]) -> Output {
    program().args(arguments).output().expect("the program starts")
}

fn status(output: &Output) -> i32 {
    output.status.code().expect("the program ends by itself")
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("text on standard output")
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("text on standard error")
}

/// A folder with a `bridge.yaml` whose connection `support` has the shipped mapping and a vendor that is never called.
struct Folder {
    folder: tempfile::TempDir,
}

impl Folder {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mapping = Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings/iadvize");
        let text = format!(
            "listen: 127.0.0.1:0\nstore: sqlite:bridge.db\nconnections:\n  support:\n    mapping: {}\n    settings:\n      base_url: http://127.0.0.1:9\n    secrets:\n      username: admin@example.com\n      password: never-sent\n    profile: okta\n    inbound:\n      tokens:\n        - {{ name: file, sha256: {} }}\n",
            mapping.display(),
            "0".repeat(64),
        );
        std::fs::write(folder.path().join("bridge.yaml"), text).expect("a writable folder");
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("a writable folder");
    }

    fn run(&self, arguments: &[&str]) -> Output {
        program().args(arguments).current_dir(self.folder.path()).output().expect("the program starts")
    }
}

#[test]
fn an_unknown_command_is_wrong_usage() {
    for arguments in [&["plan"][..], &["apply"], &["drift"], &["serve", "--nonsense"], &[]] {
        let output = run(arguments);
        assert_eq!(status(&output), 2, "{arguments:?}: {}", err(&output));
        assert_eq!(out(&output), "", "{arguments:?}");
    }
}

#[test]
fn help_and_version_are_results() {
    for arguments in [["--help"], ["--version"], ["help"]] {
        let output = run(&arguments);
        assert_eq!(status(&output), 0);
        assert!(out(&output).contains("scim-bridge"));
        assert_eq!(err(&output), "");
    }
}

#[test]
fn a_simulator_of_nobody_is_wrong_usage_and_the_vendors_are_named() {
    let output = run(&["simulate", "nobody"]);
    assert_eq!(status(&output), 2);
    assert!(err(&output).contains("iadvize, liveperson, bright-pattern"), "{}", err(&output));
}

#[test]
fn a_reader_that_stops_early_is_no_panic() {
    let mut child = program()
        .args(["schema", "mapping"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    // The pipe is closed before the program can have written the whole schema.
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("the program ends");
    assert_eq!(err(&output), "");
    assert_eq!(status(&output), 0);
}

#[test]
fn both_schemas_are_json_schemas() {
    for file in ["mapping", "config"] {
        let output = run(&["schema", file]);
        assert_eq!(status(&output), 0, "{}", err(&output));
        let schema: serde_json::Value = serde_json::from_str(&out(&output)).expect("JSON");
        assert!(schema["properties"].is_object(), "{file}");
        assert!(schema["$schema"].is_string(), "{file}");
    }
}

#[test]
fn health_of_nobody_is_a_failure() {
    // Port 9 is discard: nobody answers there in HTTP.
    let output = run(&["health", "--url", "http://127.0.0.1:9/health/live"]);
    assert_eq!(status(&output), 1);
    assert_eq!(status(&run(&["health", "--url", "https://127.0.0.1:9/"])), 2);
}
