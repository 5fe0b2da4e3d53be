//! docs/COVERAGE.md: every row names a key of the mapping and a test, and all of them are there.

use std::fs;

use super::{complain, missing_test, read, root};

/// What stands in backticks.
fn in_code(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

/// The sections of the page: the folder of the mapping that each links to first, and its rows with three cells.
fn sections(page: &str) -> Vec<(String, Vec<[String; 3]>)> {
    page.split("\n## ").skip(1).map(|section| (folder_of(section), rows(section))).collect()
}

fn folder_of(section: &str) -> String {
    let target = section.split("](../").nth(1).and_then(|rest| rest.split(')').next()).unwrap_or_default();
    target.rsplit_once('/').map_or(target, |(folder, _)| folder).to_owned()
}

fn rows(section: &str) -> Vec<[String; 3]> {
    let cells = section.lines().filter_map(|line| {
        let inner = line.strip_prefix('|')?.strip_suffix('|')?;
        let cells: Vec<String> = inner.split('|').map(|cell| cell.trim().to_owned()).collect();
        <[String; 3]>::try_from(cells).ok()
    });
    cells.filter(|[first, ..]| !first.starts_with("at ") && !first.starts_with("---")).collect()
}

/// The text of all files of a mapping.
fn text_of(folder: &str) -> String {
    let files = fs::read_dir(root().join(folder)).unwrap_or_else(|error| panic!("{folder}: {error}"));
    let paths = files.map(|file| file.expect("a readable folder").path());
    paths.map(|path| fs::read_to_string(path).expect("text")).collect()
}

/// What is wrong with the rows of a section.
fn wrong_in(folder: &str, rows: &[[String; 3]]) -> Vec<String> {
    let text = text_of(folder);
    let mut wrong = Vec::new();
    for [what, keys, tests] in rows {
        let (keys, tests) = (in_code(keys), in_code(tests));
        if keys.is_empty() || tests.is_empty() {
            wrong.push(format!("{folder}, {what}: no key or no test"));
        }
        let unknown = keys.iter().filter(|key| !text.contains(**key));
        wrong.extend(unknown.map(|key| format!("{folder}, {what}: the mapping has no `{key}`")));
        wrong.extend(tests.iter().filter_map(|test| Some(format!("{folder}, {what}: {}", missing_test(test)?))));
    }
    wrong
}

#[test]
fn every_row_has_a_key_and_a_test_that_exist() {
    let sections = sections(&read("docs/COVERAGE.md"));
    assert!(!sections.is_empty());
    let mut wrong = Vec::new();
    for (folder, rows) in &sections {
        assert!(!rows.is_empty(), "{folder} has no rows");
        wrong.extend(wrong_in(folder, rows));
    }
    complain("docs/COVERAGE.md", &wrong);
}

#[test]
fn the_check_of_coverage_can_fail() {
    let page = "# Page\n\n## A\n\n[x](../mappings/iadvize/mapping.yaml)\n\n| at A | in the mapping | test |\n| --- | --- | --- |\n| a | `create`, `nosuchkey` | `tests/it/house.rs::none` |\n| b | | `x` |\n| two | cells |\n";
    let [(folder, rows)] = sections(page).try_into().expect("one section");
    assert_eq!((folder.as_str(), rows.len()), ("mappings/iadvize", 2));
    let wrong = wrong_in(&folder, &rows);
    assert_eq!(wrong.len(), 4, "{wrong:?}");
    assert!(missing_test("tests/it/house/nobody.rs::x").is_some() && missing_test("x").is_some());
    assert!(missing_test("mappings/iadvize/mapping.yaml::no such example").is_some());
    assert_eq!(missing_test("mappings/iadvize/mapping.yaml::a person is deleted"), None);
    assert_eq!(missing_test("tests/it/house/coverage.rs::the_check_of_coverage_can_fail"), None);
}
