//! `check --live` against vendors whose answers deviate from the mapping, one deviation at a time. Whatever happens, nothing is written.

mod deviations;
mod office;
mod simulators;

use std::process::Output;

use serde_json::Value;

use crate::support::program;
use office::Office;

const MAPPING: &str = include_str!("check_live/mapping.yaml");

/// What a run of the command said.
struct Said {
    status: i32,
    /// The lines about the vendor.
    lines: Vec<String>,
    all: String,
    /// Calls that changed something, or that would have.
    writes: Vec<String>,
    calls: Vec<String>,
}

/// Runs the command on a connection to an office. `mapping` and `bridge`: texts in the files, and what stands there instead.
fn check(office: &Office, mapping: &[(&str, &str)], bridge: &[(&str, &str)]) -> Said {
    check_with(office, mapping, bridge, &["check", "--live"])
}

fn check_with(office: &Office, mapping: &[(&str, &str)], bridge: &[(&str, &str)], arguments: &[&str]) -> Said {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let text = replaced(MAPPING, mapping);
    std::fs::write(folder.path().join("mapping.yaml"), text).expect("a writable folder");
    let config = format!(
        "listen: 127.0.0.1:0\nstore: sqlite:bridge.db\nconnections:\n  desk:\n    mapping: mapping.yaml\n    settings:\n      base_url: {}\n      home_team: Care\n    secrets:\n      client_id: bridge@example.com\n      client_secret: never-to-be-seen\n    groups:\n      - {{ when: Night, target: team, name: Night }}\n    inbound:\n      tokens: [{{ name: idp, sha256: {} }}]\n",
        office.url,
        "0".repeat(64),
    );
    std::fs::write(folder.path().join("bridge.yaml"), replaced(&config, bridge)).expect("a writable folder");
    let output: Output = program(arguments).current_dir(folder.path()).output().expect("the program starts");
    let out = String::from_utf8(output.stdout).expect("text");
    let err = String::from_utf8(output.stderr).expect("text");
    Said {
        status: output.status.code().expect("the program ends by itself"),
        lines: out.lines().filter(|line| line.contains(" desk: ")).map(str::to_owned).collect(),
        all: format!("{out}{err}"),
        writes: office.with(|state| std::mem::take(&mut state.writes)),
        calls: office.with(|state| std::mem::take(&mut state.calls)),
    }
}

fn replaced(text: &str, instead: &[(&str, &str)]) -> String {
    instead.iter().fold(text.to_owned(), |text, (old, new)| {
        assert!(text.contains(old), "{old:?} is not there");
        text.replace(old, new)
    })
}

impl Said {
    /// There is one such line: it begins with this word and holds all of these texts.
    #[track_caller]
    fn says(&self, word: &str, texts: &[&str]) -> &Self {
        let is_it = |line: &&String| line.starts_with(word) && texts.iter().all(|text| line.contains(text));
        assert!(self.lines.iter().any(|line| is_it(&line)), "no line {word} {texts:?} in:\n{}", self.all);
        self
    }

    /// It ends like this, and nothing was written.
    #[track_caller]
    fn ends(&self, status: i32) -> &Self {
        assert_eq!(self.status, status, "{}", self.all);
        assert_eq!(self.writes, Vec::<String>::new());
        assert!(!self.all.contains("never-to-be-seen"), "{}", self.all);
        self
    }
}

/// Where the mapping says this, as a line of the program begins.
#[track_caller]
fn at(text: &str) -> String {
    let number = MAPPING.lines().position(|line| line.trim_start().starts_with(text)).expect("a line of the mapping");
    format!(" mapping.yaml:{}: ", number + 1)
}

/// Sets a member in each of these people.
fn each(state: &mut office::State, count: usize, member: &str, value: &Value) {
    for person in state.people.iter_mut().take(count) {
        person[member] = value.clone();
    }
}
