//! Lengths, headings and words of the files.

use std::fs;

use super::{complain, files_below, is_test_module, read, root, sources_below};

/// No file may be longer, tests included.
const HARD_CAP_LINES: usize = 700;

/// A longer file that is no test needs a reason in [`LONG_FILES`].
const SOFT_CAP_LINES: usize = 350;

/// Files beyond the soft cap, each with the reason why it stays in one piece. The list may only shrink: a file that has become short is an error, too.
const LONG_FILES: &[(&str, &str)] = &[];

#[test]
fn files_are_short_enough_to_read() {
    let mut wrong = Vec::new();
    for source in sources_below("src").into_iter().chain(sources_below("tests")) {
        let lines = read(&source).lines().count();
        let name = source.to_string_lossy();
        let excused = LONG_FILES.iter().any(|(path, _)| *path == name);
        let cap = if is_test_module(&source) || source.starts_with("tests") { HARD_CAP_LINES } else { SOFT_CAP_LINES };
        if lines > cap && !excused {
            wrong.push(format!("{name}: {lines} lines, over the cap of {cap}"));
        }
        if lines <= SOFT_CAP_LINES && excused {
            wrong.push(format!("{name}: {lines} lines, take it out of LONG_FILES"));
        }
    }
    complain("split it by meaning, or give the reason in LONG_FILES", &wrong);
    for (path, reason) in LONG_FILES {
        assert!(root().join(path).exists(), "{path} is gone, take it out of LONG_FILES");
        assert!(!reason.is_empty(), "{path} needs a reason");
    }
}

#[test]
fn every_module_says_what_it_promises() {
    let wrong: Vec<String> = sources_below("src")
        .into_iter()
        .chain(sources_below("tests"))
        // Test modules beside a module belong to it; it says what is tested.
        .filter(|source| source.starts_with("tests") || !is_test_module(source))
        .filter(|source| !read(source).starts_with("//! "))
        .map(|source| source.display().to_string())
        .collect();
    complain("a module begins with `//!`", &wrong);
}

#[test]
fn open_ends_are_issues_and_not_comments() {
    let words = [["TO", "DO"].concat(), ["FIX", "ME"].concat()];
    complain("no open ends in the tree", &places_with(&words));
}

#[test]
fn nothing_tells_on_which_machine_it_was_written() {
    // Put together here, so that this file does not find itself.
    let traces =
        [["/wo", "rk/"].concat(), ["/ro", "ot/"].concat(), ["/ho", "me/"].concat(), ["crates.io-", "index"].concat()];
    let locks = ["Cargo.lock:", "fuzz/Cargo.lock:"];
    let wrong: Vec<String> =
        places_with(&traces).into_iter().filter(|place| !locks.iter().any(|lock| place.starts_with(lock))).collect();
    complain("a path or host of one machine", &wrong);
}

/// Places in the repository's own text files that contain one of the words.
fn places_with(words: &[String]) -> Vec<String> {
    let mut places = Vec::new();
    for path in files_below(".") {
        let Ok(text) = fs::read_to_string(root().join(&path)) else { continue };
        for (index, line) in text.lines().enumerate() {
            if let Some(word) = words.iter().find(|word| line.contains(word.as_str())) {
                places.push(format!("{}:{}: {word}", path.display(), index + 1));
            }
        }
    }
    places
}
