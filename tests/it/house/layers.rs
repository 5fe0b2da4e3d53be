//! Which part of the program may use which, and what stays out of the pure parts.

use std::collections::BTreeSet;
use std::path::Path;

use super::{complain, is_test_module, read, sources_below};

/// What each part of `src/` may use of the others.
const LAYERS: &[(&str, &[&str])] = &[
    ("inbound", &["provision", "scim", "mapping", "store", "config", "telemetry", "clock", "ids"]),
    ("provision", &["scim", "mapping", "vendor", "store", "config", "telemetry", "clock", "ids"]),
    ("vendor", &["mapping", "scim", "config", "telemetry", "clock", "ids"]),
    ("mapping", &["document", "scim", "ids", "nearest"]),
    ("store", &["scim", "config", "telemetry", "clock", "ids"]),
    ("scim", &["ids", "nearest"]),
    ("simulator", &["clock", "ids"]),
    ("config", &["document", "mapping", "scim", "clock", "ids", "nearest"]),
    ("telemetry", &["config", "clock", "ids"]),
    ("document", &["nearest"]),
    ("clock", &[]),
    ("ids", &[]),
    ("nearest", &[]),
];

/// Crates that stay in one part of the program.
const CAGED_CRATES: &[(&str, &[&str])] = &[
    ("actix_web", &["inbound", "server", "simulator"]),
    ("tracing_actix_web", &["inbound", "server", "simulator"]),
    ("reqwest", &["vendor"]),
    ("oauth2", &["vendor"]),
    ("rusqlite", &["store"]),
    ("async_graphql", &["simulator"]),
    ("clap", &["cli"]),
    ("indicatif", &["cli"]),
];

/// What pure code does not touch.
const IMPURE: &[&str] = &[
    "std::fs",
    "std::env",
    "std::thread",
    "std::time::SystemTime",
    "tokio",
    "TcpStream",
    "UdpSocket",
    "ToSocketAddrs",
    "Timestamp::now",
];

/// `scim` of `src/scim/filter.rs`, `server` of `src/server.rs`.
fn part_of(source: &Path) -> String {
    let below_src = source.strip_prefix("src").expect("a path below src");
    let first = below_src.components().next().expect("a path is not empty").as_os_str().to_string_lossy().into_owned();
    first.trim_end_matches(".rs").to_owned()
}

/// The lines that are code, with their numbers: no comments, and nothing from the first test module on.
fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line.trim()))
        .take_while(|(_, line)| *line != "#[cfg(test)]")
        .filter(|(_, line)| !line.starts_with("//"))
}

/// Does the name stand in the line as a whole word?
fn mentions(line: &str, word: &str) -> bool {
    let is_word = |character: char| character.is_alphanumeric() || character == '_';
    line.match_indices(word).any(|(at, _)| {
        !line[..at].chars().next_back().is_some_and(is_word)
            && !line[at + word.len()..].chars().next().is_some_and(is_word)
    })
}

/// The parts of the program that a line names by `crate::NAME` or `crate::{NAME, …}`.
fn parts_named(line: &str) -> Vec<String> {
    let name_at = |text: &str| -> String { text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect() };
    let mut parts = Vec::new();
    for piece in line.split("crate::").skip(1) {
        match piece.strip_prefix('{') {
            Some(list) => parts.extend(list.split(',').map(|one| name_at(one.trim()))),
            None => parts.push(name_at(piece)),
        }
    }
    parts
}

#[test]
fn each_part_uses_only_the_parts_below_it() {
    let mut wrong = Vec::new();
    for source in sources_below("src") {
        let part = part_of(&source);
        let Some((_, allowed)) = LAYERS.iter().find(|(name, _)| *name == part) else { continue };
        for (number, line) in code_lines(&read(&source)) {
            for used in parts_named(line) {
                let is_part = LAYERS.iter().any(|(name, _)| *name == used) || matches!(used.as_str(), "server" | "cli");
                if is_part && used != part && !allowed.contains(&used.as_str()) {
                    wrong.push(format!("{}:{number}: {part} uses {used}", source.display()));
                }
            }
        }
    }
    complain("inbound → provision → (mapping, vendor, store) → scim is the only direction", &wrong);
}

#[test]
fn every_part_of_the_program_has_its_place_in_the_layers() {
    let above_all = ["main", "lib", "cli", "server"];
    let known: BTreeSet<String> =
        LAYERS.iter().map(|(name, _)| (*name).to_owned()).chain(above_all.map(str::to_owned)).collect();
    let parts: BTreeSet<String> = sources_below("src").iter().map(|source| part_of(source)).collect();
    assert_eq!(parts, known, "a new part of src/ gets a line in LAYERS");
}

#[test]
fn crates_with_types_of_their_own_stay_in_their_cage() {
    let mut wrong = Vec::new();
    for source in sources_below("src") {
        let part = part_of(&source);
        for (number, line) in code_lines(&read(&source)) {
            for (name, cages) in CAGED_CRATES {
                if mentions(line, name) && !cages.contains(&part.as_str()) {
                    wrong.push(format!("{}:{number}: {name} belongs to {}", source.display(), cages.join(", ")));
                }
            }
        }
    }
    complain("a crate has leaked", &wrong);
}

#[test]
fn the_protocol_and_the_mapping_touch_no_outside() {
    let mut wrong = Vec::new();
    for source in sources_below("src/scim").into_iter().chain(sources_below("src/mapping")) {
        if is_test_module(&source) {
            continue;
        }
        for (number, line) in code_lines(&read(&source)) {
            for impure in IMPURE {
                if mentions(line, impure) {
                    wrong.push(format!("{}:{number}: {impure}", source.display()));
                }
            }
        }
    }
    complain("scim and mapping do no input or output and know no clock", &wrong);
}

#[test]
fn no_vendor_is_named_outside_its_mapping_and_its_simulator() {
    let vendors = ["iadvize", "liveperson", "bright-pattern", "brightpattern", "bright_pattern"];
    let mut wrong = Vec::new();
    for source in sources_below("src") {
        if matches!(part_of(&source).as_str(), "simulator" | "cli") || is_test_module(&source) {
            // Tests may take a shipped mapping as their example.
            continue;
        }
        for (index, line) in read(&source).lines().take_while(|line| line.trim() != "#[cfg(test)]").enumerate() {
            let lower = line.to_lowercase();
            if let Some(vendor) = vendors.iter().find(|vendor| lower.contains(*vendor)) {
                wrong.push(format!("{}:{}: {vendor}", source.display(), index + 1));
            }
        }
    }
    complain("a vendor is a folder under mappings/ and a simulator, nothing else", &wrong);
}

#[test]
fn the_checks_here_can_fail() {
    assert_eq!(parts_named("use crate::{store::Store, vendor};"), ["store", "vendor"]);
    assert_eq!(parts_named("let x = crate::clock::SystemClock;"), ["clock"]);
    assert!(mentions("use reqwest::Client;", "reqwest"));
    assert!(!mentions("let reqwest_like = 1;", "reqwest"));
    let text = "// use reqwest;\nuse std::fs;\n#[cfg(test)]\nuse tokio;\n";
    assert_eq!(code_lines(text).collect::<Vec<_>>(), [(2, "use std::fs;")]);
}
