//! The documents exist, lead somewhere and agree with `--help`.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use scim_bridge::config::file::config_schema;
use scim_bridge::config::mappings::read_bundle;
use scim_bridge::mapping::bundle::Bundle;
use scim_bridge::mapping::json_schema::mapping_schema;
use scim_bridge::mapping::load::Mapping;
use scim_bridge::simulator::{Options, VendorKind, start};

use serde_json::Value;

use super::{complain, files_below, read, root, sources_below};

#[test]
fn the_promised_documents_exist_and_their_links_lead_somewhere() {
    let documents = [
        "README.md",
        "CHANGELOG.md",
        "LICENSE-APACHE",
        "LICENSE-MIT",
        "docs/ARCHITECTURE.md",
        "docs/DEVIATIONS.md",
        "docs/HABITS.md",
        "docs/LENIENCY.md",
        "docs/MAPPING.md",
        "docs/OPERATIONS.md",
        "docs/SIMULATORS.md",
        "docs/entra.md",
        "docs/okta.md",
        "mappings/README.md",
    ];
    let mut wrong: Vec<String> =
        documents.iter().filter(|path| !root().join(path).exists()).map(|path| format!("{path} is missing")).collect();
    for page in files_below(".").into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "md"))
    {
        let folder = page.parent().expect("a file has a folder");
        for target in link_targets(&read(&page)) {
            if !root().join(folder).join(&target).exists() {
                wrong.push(format!("{}: {target} does not exist", page.display()));
            }
        }
    }
    complain("documents", &wrong);
}

/// Targets of the Markdown links that lead to files.
fn link_targets(text: &str) -> Vec<String> {
    text.split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
        .map(|target| target.split('#').next().unwrap_or_default())
        .filter(|target| !target.is_empty() && !target.contains(':') && !target.contains(' '))
        .map(str::to_owned)
        .collect()
}

fn help_of(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_scim-bridge")).args(arguments).output().expect("the program starts");
    assert!(output.status.success(), "scim-bridge {} ends with {}", arguments.join(" "), output.status);
    String::from_utf8(output.stdout).expect("help is text")
}

/// The commands that `--help` lists.
fn commands_in_help() -> BTreeSet<String> {
    let help = help_of(&["--help"]);
    let listed = help.split("Commands:").nth(1).expect("help lists commands");
    listed
        .lines()
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}

/// Command lines of the program in a document: what follows `scim-bridge ` in code.
fn command_lines_in(text: &str) -> Vec<Vec<String>> {
    text.split('`')
        .flat_map(str::lines)
        .filter_map(|line| line.trim().trim_start_matches("target/release/").strip_prefix("scim-bridge "))
        .map(|rest| rest.split('#').next().unwrap_or_default().split_whitespace().map(str::to_owned).collect())
        .collect()
}

#[test]
fn the_documents_name_only_commands_and_options_that_exist() {
    let commands = commands_in_help();
    let mut wrong = Vec::new();
    for page in
        ["README.md", "docs/OPERATIONS.md", "docs/SIMULATORS.md", "docs/okta.md", "docs/entra.md", "mappings/README.md"]
    {
        for words in command_lines_in(&read(page)) {
            let Some(command) = words.first().filter(|word| word.chars().all(|c| c.is_ascii_lowercase())) else {
                continue;
            };
            if !commands.contains(command) {
                wrong.push(format!("{page}: scim-bridge {}: --help knows no {command}", words.join(" ")));
                continue;
            }
            let mut arguments = vec![command.as_str()];
            if command == "token" && words.len() > 1 {
                arguments.push(&words[1]);
            }
            arguments.push("--help");
            let help = help_of(&arguments);
            for option in
                words.iter().map(|word| word.trim_matches(|c| "[]…,".contains(c))).filter(|word| word.starts_with("--"))
            {
                if !help.contains(option) {
                    wrong.push(format!("{page}: scim-bridge {command} has no {option}"));
                }
            }
        }
    }
    complain("documents and --help agree", &wrong);
}

#[test]
fn the_readme_explains_every_command() {
    let readme = read("README.md");
    let wrong: Vec<String> =
        commands_in_help().into_iter().filter(|command| !readme.contains(&format!("| `{command}"))).collect();
    complain("commands without a row in README's table", &wrong);
}

#[test]
fn the_readme_names_every_shipped_mapping_with_its_settings_and_secrets() {
    let readme = read("README.md");
    for entry in fs::read_dir(root().join("mappings")).expect("the folder of mappings") {
        let path = entry.expect("a readable folder").path();
        if !path.is_dir() {
            continue;
        }
        let name = path.file_name().expect("a folder has a name").to_string_lossy().into_owned();
        let bundle = read_bundle(&path).unwrap_or_else(|problem| panic!("mappings/{name}: {problem}"));
        let mapping = Mapping::load(bundle).unwrap_or_else(|problem| panic!("mappings/{name}: {problem}"));
        let section = readme
            .split(&format!("### Settings and secrets of `mappings/{name}`"))
            .nth(1)
            .and_then(|rest| rest.split("\n## ").next())
            .unwrap_or_else(|| panic!("README has no section on the settings of mappings/{name}"));
        for key in mapping.file.settings.keys().chain(mapping.file.secrets.keys()) {
            assert!(section.contains(&format!("`{key}`")), "README does not explain {key} of mappings/{name}");
        }
    }
}

/// Every word of code in a document: in backticks and in fenced blocks.
pub(super) fn code_words(text: &str) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    let mut take = |code: &str| {
        let parts = code.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '$'));
        words.extend(parts.filter(|word| !word.is_empty()).map(str::to_owned));
    };
    for (at, part) in text.split("```").enumerate() {
        if at % 2 == 1 {
            take(part);
        } else {
            part.split('`').skip(1).step_by(2).for_each(&mut take);
        }
    }
    words
}

/// The keys and the words that a JSON Schema allows.
fn vocabulary(schema: &Value, words: &mut BTreeSet<String>) {
    match schema {
        Value::Object(members) => {
            for (name, member) in members {
                match (name.as_str(), member) {
                    ("properties", Value::Object(keys)) => words.extend(keys.keys().cloned()),
                    ("enum", Value::Array(allowed)) => {
                        words.extend(allowed.iter().filter_map(Value::as_str).map(str::to_owned));
                    }
                    ("const", Value::String(word)) => {
                        words.insert(word.clone());
                    }
                    _ => {}
                }
                vocabulary(member, words);
            }
        }
        Value::Array(parts) => parts.iter().for_each(|part| vocabulary(part, words)),
        _ => {}
    }
}

#[test]
fn every_word_of_both_files_is_in_the_documents() {
    for (schema, pages) in [(mapping_schema(), &["docs/MAPPING.md"][..]), (config_schema(), &["README.md"][..])] {
        let mut wanted = BTreeSet::new();
        vocabulary(&schema, &mut wanted);
        assert!(wanted.len() > 20, "{wanted:?}");
        let documented: BTreeSet<String> = pages.iter().flat_map(|page| code_words(&read(page))).collect();
        let missing: Vec<String> = wanted.difference(&documented).cloned().collect();
        complain(&format!("not explained in {}", pages.join(", ")), &missing);
    }
}

#[test]
fn every_deviation_has_its_row_among_the_leniencies() {
    let first_cells = |page: &str| -> BTreeSet<String> {
        let rows = page.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next().map(str::to_owned));
        rows.flat_map(|cell| cell.split(", ").map(str::to_owned).collect::<Vec<_>>()).collect()
    };
    let deviations = first_cells(&read("docs/DEVIATIONS.md"));
    assert!(deviations.len() > 20, "the table has {} rows", deviations.len());
    let leniencies = first_cells(&read("docs/LENIENCY.md"));
    let missing: Vec<String> = deviations.difference(&leniencies).cloned().collect();
    complain("in docs/DEVIATIONS.md, and not in docs/LENIENCY.md", &missing);
}

/// `D12` of every rule that a text names.
fn rules_in(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric());
    let is_rule = |word: &&str| word.strip_prefix('D').is_some_and(|number| number.parse::<u8>().is_ok());
    words.filter(is_rule).map(str::to_owned).collect()
}

#[test]
fn every_leniency_names_its_tests_and_every_test_a_rule_that_is_there() {
    let page = read("docs/LENIENCY.md");
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| D") || line.starts_with("| – ")).collect();
    assert!(rows.len() > 30, "the table has {} rows", rows.len());
    let mut wrong: Vec<String> = rows
        .iter()
        .filter(|row| row.rsplit('|').nth(1).is_none_or(|tests| !tests.contains("](../tests/")))
        .map(|row| format!("no test: {row}"))
        .collect();
    let known = rules_in(&page);
    for case in files_below("tests/corpus/idp") {
        let case_text = read(&case);
        let case_json: Value = serde_json::from_str(&case_text).expect("a case is JSON");
        let why = case_json["why"].as_str().unwrap_or_default();
        wrong.extend(rules_in(why).difference(&known).map(|rule| format!("{}: there is no {rule}", case.display())));
    }
    complain("docs/LENIENCY.md and its tests", &wrong);
}

#[test]
fn the_first_examples_of_the_mapping_language_can_be_pasted() {
    let good = read("tests/corpus/mapping-errors/good/rest.yaml");
    let page = read("docs/MAPPING.md");
    let section = page.split("## Five minutes").nth(1).and_then(|rest| rest.split("\n## ").next());
    let section = section.expect("docs/MAPPING.md begins with what most people need");
    let snippets: Vec<&str> = section.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(snippets.len() >= 5, "{snippets:?}");
    for snippet in snippets {
        let mut field = snippet.lines().map(|line| format!("    {line}\n")).collect::<Vec<_>>().concat();
        let mut text = good.clone();
        if snippet.contains("$settings.default_role_id") {
            field.push_str("      type: integer\n");
            text = text.replace(
                "\n  team: {",
                "\n  default_role_id: { type: integer, description: Role, default: 2 }\n  team: {",
            );
        }
        let text = text.replace("    locked:\n", &format!("{field}    locked:\n"));
        assert_ne!(text, good);
        let bundle = Bundle { path: "docs/MAPPING.md".to_owned(), text, ..Bundle::default() };
        if let Err(problems) = Mapping::load(bundle) {
            panic!("{snippet}\n{problems}");
        }
    }
}

#[test]
fn the_file_that_the_guide_makes_step_by_step_is_right_at_the_end() {
    let page = read("docs/MAPPING.md");
    let section = page.split("## From the vendor's page to a working file").nth(1);
    let section = section.and_then(|rest| rest.split("\n## ").next()).expect("the guide begins with a whole file");
    let parts: Vec<&str> = section.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(parts.len() >= 6, "{parts:?}");
    let bundle = Bundle { path: "docs/MAPPING.md".to_owned(), text: parts.concat(), ..Bundle::default() };
    let mapping = Mapping::load(bundle).unwrap_or_else(|problems| panic!("{problems}"));
    for outcome in scim_bridge::mapping::examples::run(&mapping) {
        assert_eq!(outcome.problem, None, "{}", outcome.name);
    }
}

#[test]
fn every_metric_is_documented_and_every_documented_metric_exists() {
    let name_in = |text: &str| -> BTreeSet<String> {
        text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
            .filter(|word| word.starts_with("scim_bridge_"))
            .map(str::to_owned)
            .collect()
    };
    let constants: Vec<String> = sources_below("src")
        .iter()
        .flat_map(|source| {
            read(source).lines().filter(|line| line.contains("const ")).map(str::to_owned).collect::<Vec<_>>()
        })
        .collect();
    let in_code = name_in(&constants.join("\n"));
    let documented = name_in(&read("docs/OPERATIONS.md"));
    assert!(!in_code.is_empty());
    assert_eq!(in_code, documented, "docs/OPERATIONS.md lists the metrics");
}

#[tokio::test]
async fn every_knob_and_every_order_of_the_simulators_is_documented() {
    let page = read("docs/SIMULATORS.md");
    let mut missing = Vec::new();
    for vendor in [VendorKind::Iadvize, VendorKind::Liveperson, VendorKind::BrightPattern] {
        let running = start(vendor, "127.0.0.1:0", Options::default()).await.expect("the simulator starts");
        let knobs = running.control().knobs();
        let names = knobs.as_object().expect("an object").keys().map(String::as_str);
        let words = names.chain(running.control().orders().iter().copied());
        missing.extend(
            words.filter(|word| !page.contains(&format!("`{word}`"))).map(|word| format!("{vendor:?}: {word}")),
        );
    }
    complain("docs/SIMULATORS.md lists the knobs and orders", &missing);
}

#[test]
fn the_changelog_speaks_of_this_version() {
    let version = env!("CARGO_PKG_VERSION");
    let changelog = read("CHANGELOG.md");
    assert!(changelog.contains(&format!("## [{version}]")), "CHANGELOG.md has no section for {version}");
}

#[test]
fn the_checks_here_can_fail() {
    assert_eq!(
        code_words("a `b.c` d\n```yaml\ne: f\n```\ng"),
        BTreeSet::from(["b", "c", "yaml", "e", "f"].map(str::to_owned))
    );
    assert_eq!(rules_in("B18, D30; Duty D"), BTreeSet::from(["D30".to_owned()]));
    assert_eq!(link_targets("[a](b.md#c) [d](https://e) [f](#g)"), ["b.md"]);
    assert_eq!(command_lines_in("`scim-bridge check --config a.yaml` and `cargo`"), [["check", "--config", "a.yaml"]]);
}
