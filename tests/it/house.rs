//! The house rules, checked on the tree itself. Says nothing about behaviour.

mod coverage;
mod documents;
mod habits;
mod image;
mod layers;
mod shape;

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All files below a folder of the repository, sorted, as paths relative to its root.
fn files_below(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.expect("a readable folder").path();
            let name = path.file_name().expect("an entry has a name").to_string_lossy().into_owned();
            if path.is_dir() {
                let fuzzed = path.ends_with("fuzz/corpus") || path.ends_with("fuzz/artifacts");
                if !fuzzed && !matches!(name.as_str(), "target" | ".git" | "data") {
                    folders.push(path);
                }
            } else if name != ".git" {
                found.push(path.strip_prefix(root()).expect("found below the root").to_owned());
            }
        }
    }
    found.sort();
    found
}

fn sources_below(folder: &str) -> Vec<PathBuf> {
    files_below(folder).into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "rs")).collect()
}

/// `tests.rs` beside a module, and what is in a folder `tests`.
fn is_test_module(source: &Path) -> bool {
    source.components().any(|part| part.as_os_str() == "tests")
        || source.file_stem().is_some_and(|stem| stem == "tests")
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Why a test `path::name` is none: a function of a source, or the name of an example in a mapping.
fn missing_test(test: &str) -> Option<String> {
    let Some((path, name)) = test.split_once("::") else { return Some(format!("{test} is no path::name")) };
    if !root().join(path).is_file() {
        return Some(format!("there is no file {path}"));
    }
    let (content, is_source) = (read(path), path.ends_with(".rs"));
    let example = format!("- name: {name}");
    let is_there = if is_source {
        content.contains(&format!("fn {name}("))
    } else {
        content.lines().any(|line| line.trim() == example)
    };
    (!is_there).then(|| format!("{path} has no test {name}"))
}

fn complain(rule: &str, wrong: &[String]) {
    assert!(wrong.is_empty(), "{rule}:\n  {}", wrong.join("\n  "));
}
