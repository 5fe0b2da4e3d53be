//! `demo` keeps the word of the README: what it prints can be pasted, and works.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tokio::time::Instant;

use super::{err, out, program, run, status};

/// A demo that runs. Killed when the test ends, whichever way.
struct Demo {
    child: Child,
    /// What it printed until it was ready.
    printed: Vec<String>,
}

impl Demo {
    fn start(arguments: &[&str]) -> Self {
        let mut child = program()
            .args(["demo", "--listen", "127.0.0.1:0"])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        let reader = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut printed = Vec::new();
        for line in reader.lines() {
            let line = line.expect("text");
            let is_last = line.starts_with("Ctrl-C");
            printed.push(line);
            if is_last {
                break;
            }
        }
        Self { child, printed }
    }

    /// The value behind a label.
    fn value(&self, label: &str) -> &str {
        self.printed
            .iter()
            .find_map(|line| line.strip_prefix(label))
            .unwrap_or_else(|| panic!("no line {label} in\n{}", self.printed.join("\n")))
            .trim()
    }

    /// The lines that are to be pasted.
    fn pastes(&self) -> Vec<&str> {
        self.printed.iter().map(String::as_str).filter(|line| line.contains("curl ")).collect()
    }

    /// Asks it to stop, as Ctrl-C does, and waits.
    fn interrupt(mut self) -> Option<i32> {
        let id = self.child.id().to_string();
        let killed = Command::new("kill").args(["-INT", &id]).status().expect("kill is there");
        assert!(killed.success());
        self.child.wait().expect("it ends").code()
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Pastes a line into a shell.
fn paste(line: &str) -> String {
    let output = Command::new("bash").args(["-c", line]).output().expect("bash is there");
    assert_eq!(status(&output), 0, "{line}\n{}", err(&output));
    out(&output)
}

#[test]
fn the_printed_lines_create_find_and_deactivate_a_person() {
    let begun = Instant::now();
    let demo = Demo::start(&[]);
    // A debug build on a busy machine; the promise of a second is for the program as it is shipped.
    assert!(begun.elapsed() < Duration::from_secs(20), "ready after {:?}", begun.elapsed());

    let pastes = demo.pastes();
    assert_eq!(pastes.len(), 4, "{pastes:?}");
    let created = paste(pastes[0]);
    assert!(created.contains(r#""active":true"#) && created.contains(r#""id":"#), "{created}");
    let found = paste(pastes[1]);
    assert!(found.contains(r#""totalResults":1"#), "{found}");
    let state = demo.value("state at the vendor");
    assert!(paste(&format!("curl -s {state}")).contains("ada.lovelace@example.com"));
    let pushed = paste(pastes[2]);
    assert!(pushed.contains(r#""displayName":"Skill French""#) && pushed.contains(r#""value":"#), "{pushed}");
    assert!(paste(&format!("curl -s {state}")).contains(r#""French""#), "the group is a skill at the vendor");
    let deactivated = paste(pastes[3]);
    assert!(deactivated.contains(r#""active":false"#), "{deactivated}");

    let told = Command::new("bash").args(["-c", demo.value("story")]).output().expect("bash is there");
    assert_eq!(status(&told), 0, "{}", err(&told));
    assert!(out(&told).contains("scim.create") && out(&told).contains("scim.patch"), "{}", out(&told));

    let live = demo.value("health").to_owned();
    let healthy = run(&["health", "--url", &live]);
    assert_eq!(status(&healthy), 0, "{}", err(&healthy));
    assert!(paste(&format!("curl -s {}", demo.value("metrics"))).contains("# TYPE"));

    let configuration = std::path::PathBuf::from(demo.value("configuration"));
    assert!(configuration.exists());
    assert_eq!(demo.interrupt(), Some(0));
    assert!(!configuration.exists(), "a throw-away store is thrown away");
}

#[test]
fn every_vendor_with_a_shipped_mapping_takes_part_and_works_by_the_same_lines() {
    let demo = Demo::start(&[]);
    let behind = |label| demo.printed.iter().filter_map(move |line| line.strip_prefix(label)).map(str::trim);
    let bases: Vec<&str> = behind("SCIM base URL").collect();
    let tokens: Vec<&str> = behind("token").collect();
    let states: Vec<&str> = behind("state at the vendor").collect();
    let shipped = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/mappings")).expect("the folder of mappings");
    let shipped = shipped.flatten().filter(|entry| entry.path().join("mapping.yaml").exists()).count();
    assert_eq!((bases.len(), tokens.len(), states.len()), (shipped, shipped, shipped));
    let paste_of_first = demo.pastes()[0];
    for ((base, token), state) in bases.iter().zip(&tokens).zip(&states) {
        let line = paste_of_first.replace(bases[0], base).replace(tokens[0], token);
        let created = paste(&line);
        assert!(created.contains(r#""active":true"#), "{base}: {created}");
        assert!(paste(&format!("curl -s {state}")).contains("ada.lovelace@example.com"), "{state}");
    }
}

#[test]
fn a_kept_store_remembers() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let data = folder.path().display().to_string();
    let demo = Demo::start(&["--data", &data]);
    paste(demo.pastes()[0]);
    assert_eq!(demo.interrupt(), Some(0));
    let demo = Demo::start(&["--data", &data]);
    let found = paste(demo.pastes()[1]);
    assert!(found.contains(r#""totalResults":1"#), "{found}");
    assert_eq!(demo.interrupt(), Some(0));
}

#[test]
fn the_token_of_a_demo_is_new_each_time() {
    let (one, other) = (Demo::start(&[]), Demo::start(&[]));
    assert_ne!(one.value("token"), other.value("token"));
}
