use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use rstest::rstest;
use serde_json::json;

use super::*;

/// The files of the corpus that a mapping may name.
fn bundle(main: &Path) -> Bundle {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/mapping-errors");
    let mut others = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".graphql") {
            others.insert(name, fs::read_to_string(entry.path()).unwrap());
        }
    }
    let name = main.file_name().unwrap().to_string_lossy();
    Bundle { path: format!("mappings/{name}"), text: fs::read_to_string(main).unwrap(), others }
}

#[rstest]
fn each_mistake_has_its_message(#[files("tests/corpus/mapping-errors/*.yaml")] path: PathBuf) {
    let Err(problems) = Mapping::load(bundle(&path)) else { panic!("the mistake passed") };
    let problems = problems.to_string();
    let expected_path = path.with_extension("expected");
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        fs::write(&expected_path, format!("{problems}\n")).unwrap();
    }
    let expected = fs::read_to_string(&expected_path).unwrap_or_default();
    assert_eq!(format!("{problems}\n"), expected, "run with UPDATE_EXPECTED=1 when the new message is right");
}

#[rstest]
fn a_right_mapping_passes(#[files("tests/corpus/mapping-errors/good/*.yaml")] path: PathBuf) {
    let mapping = Mapping::load(bundle(&path)).unwrap_or_else(|problems| panic!("{problems}"));
    let bound = mapping.bind(&Map::new()).unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(bound.vendor_title(), "Acme");
    let outcomes = crate::mapping::examples::run(&mapping);
    let wrong: Vec<_> = outcomes.iter().filter(|outcome| outcome.problem.is_some()).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_the_good_mapping_with_whole_records_shows_is_so() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/mapping-errors/good/whole.yaml");
    let mapping = Mapping::load(bundle(&path)).unwrap_or_else(|problems| panic!("{problems}"));
    let wrong: Vec<_> =
        crate::mapping::examples::run(&mapping).into_iter().filter(|outcome| outcome.problem.is_some()).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_the_good_mapping_with_groups_shows_is_so() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/mapping-errors/good/groups.yaml");
    let mapping = Mapping::load(bundle(&path)).unwrap_or_else(|problems| panic!("{problems}"));
    let outcomes = crate::mapping::examples::run(&mapping);
    assert!(outcomes.len() >= 10);
    let wrong: Vec<_> = outcomes.iter().filter(|outcome| outcome.problem.is_some()).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn settings_that_do_not_fit_are_named_with_the_mapping() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/mapping-errors/good/rest.yaml");
    let mapping = Mapping::load(bundle(&path)).unwrap();
    let settings = json!({ "base_url": "http://api.acme.example", "teem": "x", "leave": "lokc" });
    let problems = mapping.bind(settings.as_object().unwrap()).unwrap_err();
    assert!(problems.0.len() >= 3, "{problems}");
    let text = problems.to_string();
    assert!(text.contains("mappings/rest.yaml") && text.contains("team") && text.contains("lock"), "{text}");
}

#[test]
fn garbage_is_refused_without_a_panic() {
    for text in ["", "[]", "version: 1", "\u{0}", "a: &a [*a]", "version: {}\nvendor: []\napi: 5\nusers: ~"] {
        let bundle = Bundle { path: "m.yaml".to_owned(), text: text.to_owned(), others: BTreeMap::new() };
        assert!(Mapping::load(bundle).is_err(), "{text}");
    }
}

#[rstest]
fn every_shipped_mapping_passes(#[files("mappings/*/mapping.yaml")] path: PathBuf) {
    let folder = path.parent().unwrap();
    let mut others = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".graphql") {
            others.insert(name, fs::read_to_string(entry.path()).unwrap());
        }
    }
    let main = Bundle { path: path.display().to_string(), text: fs::read_to_string(&path).unwrap(), others };
    Mapping::load(main).unwrap_or_else(|problems| panic!("{problems}"));
}
