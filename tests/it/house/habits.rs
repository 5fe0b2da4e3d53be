//! docs/HABITS.md: every habit has a row, a key of the language, a mapping and a test, and all of them are there.

use std::collections::{BTreeMap, BTreeSet};

use super::documents::code_words;
use super::{complain, read, root};

/// So many habits there are, numbered from 1.
const HABITS: usize = 29;

/// A row of the tables, its cells without the bars.
struct Row {
    number: usize,
    cells: Vec<String>,
}

fn rows(page: &str) -> Vec<Row> {
    let cells = page.lines().filter_map(|line| {
        let inner = line.strip_prefix("| ")?.strip_suffix(" |")?;
        Some(inner.split(" | ").map(str::to_owned).collect::<Vec<_>>())
    });
    cells.filter_map(|cells| Some(Row { number: cells[0].parse().ok()?, cells })).collect()
}

/// What stands in backticks.
fn in_code(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

/// Names in the first column of the table of mappings, with the files to which they lead.
fn mappings(page: &str) -> BTreeMap<String, String> {
    let rows = page.lines().filter_map(|line| line.strip_prefix("| ")?.split_once(" | ["));
    rows.filter_map(|(name, rest)| Some((name.to_owned(), rest.split("](../").nth(1)?.split(')').next()?.to_owned())))
        .collect()
}

#[test]
fn every_habit_has_a_key_a_mapping_and_a_test_that_exist() {
    let page = read("docs/HABITS.md");
    let rows = rows(&page);
    let numbers: Vec<usize> = rows.iter().map(|row| row.number).collect();
    assert_eq!(numbers, (1..=HABITS).collect::<Vec<_>>(), "one row for each, in order");
    let mappings = mappings(&page);
    let language = code_words(&read("docs/MAPPING.md"));
    let mut used = BTreeSet::new();
    let mut wrong = Vec::new();
    for row in &rows {
        let number = row.number;
        let [_, habit, keys, users, tests] = row.cells.as_slice() else {
            wrong.push(format!("{number}: {} cells", row.cells.len()));
            continue;
        };
        let (keys, tests) = (in_code(keys), in_code(tests));
        if habit.is_empty() || keys.is_empty() || users.is_empty() || tests.is_empty() {
            wrong.push(format!("{number}: a cell is empty"));
        }
        wrong.extend(
            keys.iter()
                .filter(|key| !language.contains(**key))
                .map(|key| format!("{number}: docs/MAPPING.md has no `{key}`")),
        );
        for user in users.split(", ") {
            let Some(file) = mappings.get(user) else {
                wrong.push(format!("{number}: there is no mapping {user} above"));
                continue;
            };
            used.insert(user.to_owned());
            let text = read(file);
            if !keys.iter().any(|key| text.contains(key)) {
                wrong.push(format!("{number}: {file} has none of {keys:?}"));
            }
        }
        wrong.extend(tests.iter().filter_map(|test| Some(format!("{number}: {}", missing(test)?))));
    }
    wrong.extend(mappings.keys().filter(|name| !used.contains(*name)).map(|name| format!("no row names {name}")));
    complain("docs/HABITS.md", &wrong);
}

/// Why a test `path::name` is none.
fn missing(test: &str) -> Option<String> {
    let Some((path, name)) = test.split_once("::") else { return Some(format!("{test} is no path::name")) };
    if !root().join(path).is_file() {
        return Some(format!("there is no file {path}"));
    }
    let is_there = read(path).contains(&format!("fn {name}("));
    (!is_there).then(|| format!("{path} has no test {name}"))
}

#[test]
fn the_check_of_habits_can_fail() {
    assert!(missing("tests/it/house/habits.rs::no_such_test").is_some());
    assert!(missing("tests/it/house/nobody.rs::x").is_some() && missing("x").is_some());
    assert_eq!(missing("tests/it/house/habits.rs::the_check_of_habits_can_fail"), None);
    let rows = rows("| 7 | a | `b`, `c` | d | `e` |\n| no. | x |\n| --- |");
    assert_eq!((rows.len(), rows[0].number, in_code(&rows[0].cells[2])), (1, 7, vec!["b", "c"]));
}
