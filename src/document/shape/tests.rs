use schemars::JsonSchema;
use serde::Deserialize;

use super::super::read::read;
use super::*;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is used")]
struct Top {
    /// What it is called. More words.
    name: String,
    #[serde(default)]
    size: u32,
    #[serde(default)]
    kind: Option<Kind>,
    #[serde(default)]
    steps: Vec<Step>,
    #[serde(default)]
    from: Option<OneOrMany>,
    #[serde(default)]
    sign_in: Option<SignIn>,
    #[serde(default)]
    map: std::collections::BTreeMap<String, Inner>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is used")]
struct Inner {
    on: bool,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Kind {
    /// First.
    LargeOne,
    /// Second.
    SmallOne,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(dead_code, reason = "only its schema is used")]
enum Step {
    /// Word.
    Trim,
    /// With a value.
    Split(String),
}

#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "only its schema is used")]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

#[derive(Deserialize, JsonSchema)]
#[serde(tag = "scheme", rename_all = "snake_case", deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is used")]
enum SignIn {
    None,
    Basic { user: String },
}

fn problems(text: &str) -> Vec<(usize, usize, String)> {
    let schema = schemars::schema_for!(Top).to_value();
    let source = Source::new("t.yaml", text);
    let node = read(&source).unwrap();
    let all = check_shape(&source, &node, &schema, &[]);
    // whatever passes the shape must be readable, or the two have drifted apart
    let read = serde_json::from_value::<Top>(node.to_json());
    assert!(!all.is_empty() || read.is_ok(), "{:?}", read.err());
    all.iter().map(|one| (one.line(), one.column(), one.render(false))).collect()
}

#[track_caller]
fn complains(text: &str, line: usize, column: usize, words: &[&str]) {
    let all = problems(text);
    assert_eq!(all.len(), 1, "{all:?}");
    let (at_line, at_column, message) = &all[0];
    assert_eq!((*at_line, *at_column), (line, column), "{message}");
    for word in words {
        assert!(message.contains(word), "`{word}` is not in\n{message}");
    }
}

#[test]
fn a_right_document_passes() {
    let text = "name: x\nsize: 3\nkind: small_one\nsteps: [trim, {split: ','}]\nfrom: a\nsign_in: {scheme: basic, user: u}\nmap: {a: {on: true}}\n";
    assert!(problems(text).is_empty());
    assert!(problems("name: x\nkind:\nfrom: [a, b]\nsign_in: {scheme: none}\n").is_empty());
}

#[test]
fn unknown_and_missing_keys_are_named_with_the_nearest() {
    complains("name: x\nsise: 3\n", 2, 1, &["unknown key `sise`", "did you mean `size`?"]);
    complains("size: 3\n", 1, 1, &["the key `name` is missing", "What it is called"]);
    complains("name: x\nmap:\n  a: {om: true, on: false}\n", 3, 7, &["unknown key `om`"]);
    complains("name: x\nmap:\n  a: {}\n", 3, 3, &["`on` is missing"]);
}

#[test]
fn wrong_types_say_what_was_expected_and_found() {
    complains("name: 123\n", 1, 7, &["expected a text, found the number 123", "put it in quotes: \"123\""]);
    complains("name: x\nsize: '3'\n", 2, 7, &["expected a whole number", "without quotes: 3"]);
    complains("name: x\nsize: 3.5\n", 2, 7, &["expected a whole number, found the number 3.5"]);
    complains("name: x\nsize: -1\n", 2, 7, &["at least 0"]);
    complains("name: x\nsize: 5000000000\n", 2, 7, &["at most 4294967295"]);
    complains("name: x\nsteps: trim\n", 2, 8, &["expected a list", "[a, b]"]);
    complains("name: x\nmap: [a]\n", 2, 1, &["expected an object"]);
    complains("- a\n", 1, 1, &["expected an object"]);
}

#[test]
fn closed_sets_know_the_nearest_word() {
    complains("name: x\nkind: smal_one\n", 2, 7, &["`smal_one`", "did you mean `small_one`?"]);
    complains("name: x\nsteps: [trimm]\n", 2, 9, &["did you mean `trim`?"]);
    complains("name: x\nsteps: [split]\n", 2, 9, &["`split` needs a value"]);
    complains("name: x\nsteps: [{trim: 1}]\n", 2, 10, &["`trim` takes no value"]);
    complains("name: x\nsteps: [{splitt: 1}]\n", 2, 10, &["unknown key `splitt`", "`split`"]);
    complains("name: x\nsteps: [{split: 1}]\n", 2, 17, &["expected a text"]);
}

#[test]
fn tagged_objects_are_checked_against_the_variant_meant() {
    complains("name: x\nsign_in: {scheme: basik, user: u}\n", 2, 19, &["no scheme `basik`", "`basic`"]);
    complains("name: x\nsign_in: {user: u}\n", 2, 1, &["`scheme` is missing", "`none`, `basic`"]);
    complains("name: x\nsign_in: {scheme: basic, user: u, pass: p}\n", 2, 35, &["unknown key `pass`"]);
    complains("name: x\nsign_in: basic\n", 2, 10, &["expected an object"]);
}

#[test]
fn alternatives_are_told_apart_by_type() {
    complains("name: x\nfrom: {a: b}\n", 2, 1, &["expected a text or a list, found an object"]);
    complains("name: x\nfrom: [a, 5]\n", 2, 11, &["expected a text, found the number 5"]);
    complains("name: x\nfrom: 5\n", 2, 7, &["expected a text or a list", "in quotes"]);
}

#[test]
fn all_problems_are_found_in_one_run() {
    assert_eq!(problems("nam: x\nsize: a\nmap: {a: {of: 1}}\n").len(), 5);
}

#[test]
fn a_leaf_is_reported_at_its_innermost_mistake() {
    fn no_bad(node: &Node) -> Result<(), String> {
        if node.to_json().to_string().contains("bad") { Err("it is bad".into()) } else { Ok(()) }
    }
    let source = Source::new("t.yaml", "name: {a: [good, bad]}\n");
    let node = read(&source).unwrap();
    let schema = serde_json::json!({"properties": {"name": {"$ref": "#/$defs/Leaf"}}});
    let all = check_shape(&source, &node, &schema, &[("Leaf", no_bad)]);
    assert_eq!(all.len(), 1);
    assert_eq!((all[0].line(), all[0].column()), (1, 18));
}
