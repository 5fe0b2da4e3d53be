//! A second implementation reads the same filters in the same way: every type of literal, any letter case and spacing, names with and without
//! URNs. Texts that are no filters are refused by both.

use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::super::*;
use crate::scim::schema::{Attribute, AttributeType, ENTERPRISE_USER, USER, user_type};

/// A user with numbers, and with attributes that have the names of an element's parts, so that a bracket more or less does not make a name unknown.
fn resource_type() -> ResourceType {
    let mut resource_type = user_type();
    for schema in [&mut resource_type.core, &mut resource_type.known_core] {
        schema.attributes.push(Attribute::new("age", AttributeType::Integer, "Years."));
        schema.attributes.push(Attribute::new("weight", AttributeType::Decimal, "Kilograms."));
        for part in ["value", "type"] {
            schema.attributes.push(Attribute::string(part, "A name that the parts of elements have, too."));
        }
    }
    resource_type
}

/// What both parsers' trees are brought into: chains of one operator are flat, names are in lower case and without the URN of the core schema.
#[derive(Debug, PartialEq)]
enum Tree {
    Leaf(String),
    Not(Box<Tree>),
    And(Vec<Tree>),
    Or(Vec<Tree>),
    Values(String, Box<Tree>),
}

impl Tree {
    fn chain(operands: impl IntoIterator<Item = Self>, and: bool) -> Self {
        let mut flat = Vec::new();
        for operand in operands {
            match operand {
                Self::And(inner) if and => flat.extend(inner),
                Self::Or(inner) if !and => flat.extend(inner),
                other => flat.push(other),
            }
        }
        if and { Self::And(flat) } else { Self::Or(flat) }
    }

    fn name(urn: Option<&str>, name: &str, sub: Option<&str>) -> String {
        let urn = urn.filter(|urn| !urn.eq_ignore_ascii_case(USER)).map_or_else(String::new, |urn| format!("{urn}:"));
        let sub = sub.map_or_else(String::new, |sub| format!(".{sub}"));
        format!("{urn}{name}{sub}").to_lowercase()
    }

    fn of(filter: &Filter) -> Self {
        let name = |path: &AttrPath| Self::name(path.urn.as_deref(), &path.name, path.sub.as_deref());
        match filter {
            Filter::And(left, right) => Self::chain([Self::of(left), Self::of(right)], true),
            Filter::Or(left, right) => Self::chain([Self::of(left), Self::of(right)], false),
            Filter::Not(inner) => Self::Not(Box::new(Self::of(inner))),
            Filter::Values { path, filter, then } => {
                assert!(then.is_none(), "the grammar has nothing behind the bracket");
                Self::Values(name(path), Box::new(Self::of(filter)))
            }
            Filter::Compare(path, operator, value) => Self::Leaf(format!("{} {operator} {value}", name(path))),
            Filter::Present(path) => Self::Leaf(format!("{} pr", name(path))),
        }
    }
}

/// The second implementation's trees in that form.
mod second {
    use scim_v2::filter::{AttrExp, AttrPath, CompValue, Filter, ValFilter};
    use serde_json::Value;

    use super::Tree;

    pub fn tree(filter: &Filter) -> Tree {
        match filter {
            Filter::Attr(term) => leaf(term),
            Filter::ValuePath(path) => Tree::Values(name(&path.attr), Box::new(element(&path.filter))),
            Filter::Not(inner) => Tree::Not(Box::new(tree(inner))),
            Filter::And(all) => Tree::chain(all.iter().map(tree), true),
            Filter::Or(all) => Tree::chain(all.iter().map(tree), false),
        }
    }

    fn element(filter: &ValFilter) -> Tree {
        match filter {
            ValFilter::Attr(term) => leaf(term),
            ValFilter::Not(inner) => Tree::Not(Box::new(element(inner))),
            ValFilter::And(all) => Tree::chain(all.iter().map(element), true),
            ValFilter::Or(all) => Tree::chain(all.iter().map(element), false),
        }
    }

    fn leaf(term: &AttrExp) -> Tree {
        Tree::Leaf(match term {
            AttrExp::Present(path) => format!("{} pr", name(path)),
            AttrExp::Comparison(path, operator, value) => {
                let value = match value {
                    CompValue::False => Value::Bool(false),
                    CompValue::True => Value::Bool(true),
                    CompValue::Null => Value::Null,
                    CompValue::Number(number) => Value::Number(number.clone()),
                    CompValue::Str(text) => Value::String(text.clone()),
                };
                format!("{} {operator} {value}", name(path))
            }
        })
    }

    fn name(path: &AttrPath) -> String {
        Tree::name(path.uri.as_deref(), &path.name, path.sub_attr.as_deref())
    }
}

/// A word in any letter case.
fn cased(word: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    (word, any::<u64>()).prop_map(|(word, mask)| {
        let flipped = word.char_indices().map(|(at, letter)| {
            if mask >> (at % 64) & 1 == 1 { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() }
        });
        flipped.collect()
    })
}

fn one_of(words: &[&str]) -> impl Strategy<Value = String> + use<> {
    select(words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>())
}

fn space() -> impl Strategy<Value = String> {
    one_of(&[" ", " ", " ", "  ", "\t"])
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-zA-Z0-9 .@'()\\[\\]éß€\\\\\"/-]{0,8}".prop_map(|text| Value::String(text).to_string()),
        // Escapes that nobody needs, and letters outside the first plane.
        one_of(&["\"\\u00e9\"", "\"\\/\"", "\"\\ud83d\\ude00\"", "\"😀 and (\"", "\"\\t\\n\""]),
    ]
}

/// `attr op literal` and `attr pr`; `element`: on the parts of an element.
fn term(element: bool) -> BoxedStrategy<String> {
    let names: (Vec<String>, Vec<String>, Vec<String>, Vec<String>) = if element {
        (strings(&["value", "type", "display", "$ref"][..3]), strings(&["primary"]), Vec::new(), Vec::new())
    } else {
        let mut texts = strings(&["userName", "title", "name.familyName", "emails.value", "externalId", "value"]);
        texts.extend([
            format!("{USER}:nickName"),
            format!("{USER}:name.givenName"),
            format!("{ENTERPRISE_USER}:department"),
        ]);
        (texts, strings(&["active", "emails.primary"]), strings(&["age", "weight"]), strings(&["meta.created"]))
    };
    let compare = |names: Vec<String>, operators: &[&str], value: BoxedStrategy<String>| {
        (cased(select(names)), space(), cased(one_of(operators)), space(), value)
            .prop_map(|(name, before, operator, after, value)| format!("{name}{before}{operator}{after}{value}"))
            .boxed()
    };
    let all = ["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"];
    let everything: Vec<String> = [&names.0, &names.1, &names.2, &names.3].into_iter().flatten().cloned().collect();
    let mut terms = vec![
        compare(names.0.clone(), &all, text().boxed()),
        compare(names.1, &["eq", "ne"], one_of(&["true", "false"]).boxed()),
        compare(everything.clone(), &["eq", "ne"], Just("null".to_owned()).boxed()),
        (cased(select(everything)), space(), cased(Just("pr".to_owned())))
            .prop_map(|(name, space, pr)| format!("{name}{space}{pr}"))
            .boxed(),
    ];
    if !element {
        let number = prop_oneof![
            any::<i32>().prop_map(|number| number.to_string()),
            one_of(&["0", "-0.5", "1e3", "12.25", "9007199254740993"])
        ];
        terms.push(compare(names.2, &["eq", "ne", "gt", "ge", "lt", "le"], number.boxed()));
        let time = one_of(&["\"2026-03-01T09:30:00Z\"", "\"2026-03-01T09:30:00.5+02:00\""]);
        terms.push(compare(names.3, &["eq", "gt", "le"], time.boxed()));
    }
    proptest::strategy::Union::new(terms).boxed()
}

fn strings(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// Terms joined, negated and bracketed.
fn tree(leaf: BoxedStrategy<String>, depth: u32) -> BoxedStrategy<String> {
    leaf.prop_recursive(depth, 16, 3, |inner| {
        let word = |word: &str| cased(Just(word.to_owned()));
        let joined = |word: BoxedStrategy<String>| {
            (inner.clone(), space(), word, space(), inner.clone())
                .prop_map(|(left, before, word, after, right)| format!("{left}{before}{word}{after}{right}"))
        };
        prop_oneof![
            joined(word("and").boxed()),
            joined(word("or").boxed()),
            (inner.clone(), one_of(&["", "", " "])).prop_map(|(filter, space)| format!("({filter}{space})")),
            (word("not"), space(), inner.clone()).prop_map(|(not, space, filter)| format!("{not}{space}({filter})")),
        ]
    })
    .boxed()
}

fn filter() -> impl Strategy<Value = String> {
    let bracket =
        (cased(one_of(&["emails", "roles"])), tree(term(true), 2)).prop_map(|(name, inner)| format!("{name}[{inner}]"));
    tree(prop_oneof![4 => term(false), 1 => bracket].boxed(), 3)
}

/// Pieces of filters, in which every name is known inside and outside of brackets.
const PIECES: [&str; 11] = ["value", "type", "eq \"a\"", "ne \"b\"", "pr", "and", "or", "not", "(", ")", "]"];

/// A filter of pieces, then pieces put in, left out, doubled and exchanged.
fn mangled() -> impl Strategy<Value = String> {
    let valid = select(vec![
        "value eq \"a\" and type pr",
        "value eq \"a\" or type ne \"b\" and value pr",
        "not ( value pr ) and ( type pr or value eq \"a\" )",
        "emails[ value pr and type eq \"a\" ] or type pr",
        "not ( emails[ not ( value pr ) ] )",
        "( ( value pr ) )",
    ]);
    let edit = (0..4_u8, any::<Index>(), any::<Index>());
    (valid, prop::collection::vec(edit, 0..4)).prop_map(|(valid, edits)| {
        let mut pieces: Vec<String> = Vec::new();
        for word in valid.split(' ') {
            match pieces.last_mut() {
                Some(last) if last == "eq" || last == "ne" => last.extend([" ", word]),
                _ => pieces.push(word.to_owned()),
            }
        }
        for (kind, at, other) in edits {
            if pieces.is_empty() {
                break;
            }
            let (at, length) = (at.index(pieces.len()), pieces.len());
            match kind {
                0 => pieces.insert(at, PIECES[other.index(PIECES.len())].to_owned()),
                1 => drop(pieces.remove(at)),
                2 => pieces.swap(at, other.index(length)),
                _ => pieces[at] = PIECES[other.index(PIECES.len())].to_owned(),
            }
        }
        pieces.join(" ")
    })
}

/// Whether all names of a tree are known where they stand.
fn knows(tree: &Tree, element: bool) -> bool {
    match tree {
        Tree::Leaf(leaf) => leaf.starts_with("value ") || leaf.starts_with("type "),
        Tree::Not(inner) => knows(inner, element),
        Tree::And(all) | Tree::Or(all) => all.iter().all(|one| knows(one, element)),
        Tree::Values(name, inner) => name == "emails" && !element && knows(inner, true),
    }
}

proptest! {
    #[test]
    fn both_read_the_same_structure(text in filter()) {
        let ours = Filter::parse(&text, &resource_type()).map_err(|error| TestCaseError::fail(format!("{text}: {error}")))?;
        let theirs: scim_v2::filter::Filter = text.parse().map_err(|error| TestCaseError::fail(format!("{text}: {error}")))?;
        prop_assert_eq!(Tree::of(&ours), second::tree(&theirs), "{}", text);
        // And what ours prints is read the same by theirs.
        let printed: scim_v2::filter::Filter = ours.to_string().parse().map_err(|error| TestCaseError::fail(format!("{ours}: {error}")))?;
        prop_assert_eq!(Tree::of(&ours), second::tree(&printed), "{}", ours);
    }

    #[test]
    fn what_one_refuses_the_other_refuses(text in mangled()) {
        let ours = Filter::parse(&text, &resource_type());
        let theirs = text.parse::<scim_v2::filter::Filter>().map(|filter| second::tree(&filter));
        match theirs {
            Ok(theirs) if knows(&theirs, false) => {
                let ours = ours.map_err(|error| TestCaseError::fail(format!("{text}: {error}")))?;
                prop_assert_eq!(Tree::of(&ours), theirs, "{}", text);
            }
            // A name that is none here, such as `and`, is refused for that.
            Ok(_) | Err(_) => prop_assert!(ours.is_err(), "{}: {:?}", text, ours),
        }
    }
}
