//! Filters of the whole grammar: printed and read again, and read by a second parser.

use proptest::prelude::*;

use serde_json::Value;

use super::*;
use crate::scim::schema::user_type;

fn parse(text: &str) -> Result<Filter, ScimError> {
    Filter::parse(text, &user_type())
}

/// A filter of the RFC's grammar on attributes of texts, with the tree that it must become, printed.
fn filter() -> impl Strategy<Value = String> {
    let value = "[a-zA-Z0-9 .@'()\\[\\]é\\\\\"-]{0,8}".prop_map(|text| Value::String(text).to_string());
    let operator = prop::sample::select(vec!["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"]);
    let name = prop::sample::select(vec!["userName", "title", "name.familyName", "externalId", "emails.value"]);
    let sub = prop::sample::select(vec!["value", "type", "display"]);
    let term = |name: BoxedStrategy<&'static str>| {
        prop_oneof![
            (name.clone(), operator.clone(), value.clone())
                .prop_map(|(name, op, value)| format!("{name} {op} {value}")),
            name.prop_map(|name| format!("{name} pr")),
        ]
    };
    let element = tree(term(sub.boxed()).boxed(), 2);
    let bracket = element.prop_map(|filter| format!("emails[{filter}]"));
    tree(prop_oneof![4 => term(name.boxed()), 1 => bracket].boxed(), 3)
}

fn tree(leaf: BoxedStrategy<String>, depth: u32) -> BoxedStrategy<String> {
    leaf.prop_recursive(depth, 16, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(left, right)| format!("{left} and {right}")),
            (inner.clone(), inner.clone()).prop_map(|(left, right)| format!("{left} or {right}")),
            inner.clone().prop_map(|filter| format!("({filter})")),
            inner.prop_map(|filter| format!("not ({filter})")),
        ]
    })
    .boxed()
}

/// The second implementation's tree in the grammar, with every pair of operands in brackets, so that only the structure counts.
mod oracle {
    use scim_v2::filter::{AttrExp, Filter, ValFilter};

    pub fn whole(filter: &Filter) -> String {
        match filter {
            Filter::Attr(term) => leaf(term),
            Filter::ValuePath(path) => format!("{}[{}]", path.attr, element(&path.filter)),
            Filter::Not(filter) => format!("not ({})", whole(filter)),
            Filter::And(all) => fold(all.iter().map(whole), "and"),
            Filter::Or(all) => fold(all.iter().map(whole), "or"),
        }
    }

    fn element(filter: &ValFilter) -> String {
        match filter {
            ValFilter::Attr(term) => leaf(term),
            ValFilter::Not(filter) => format!("not ({})", element(filter)),
            ValFilter::And(all) => fold(all.iter().map(element), "and"),
            ValFilter::Or(all) => fold(all.iter().map(element), "or"),
        }
    }

    fn leaf(term: &AttrExp) -> String {
        term.to_string()
    }

    pub fn fold(operands: impl Iterator<Item = String>, word: &str) -> String {
        operands.reduce(|left, right| format!("({left} {word} {right})")).unwrap_or_default()
    }
}

/// Ours in the same form: chains of one operator are flat there.
fn flat(filter: &Filter) -> String {
    fn operands<'f>(filter: &'f Filter, and: bool, all: &mut Vec<&'f Filter>) {
        match filter {
            Filter::And(left, right) if and => [left, right].map(|one| operands(one, and, all)).into_iter().collect(),
            Filter::Or(left, right) if !and => [left, right].map(|one| operands(one, and, all)).into_iter().collect(),
            other => all.push(other),
        }
    }
    let chain = |and: bool| {
        let mut all = Vec::new();
        operands(filter, and, &mut all);
        oracle::fold(all.into_iter().map(flat), if and { "and" } else { "or" })
    };
    match filter {
        Filter::And(..) => chain(true),
        Filter::Or(..) => chain(false),
        Filter::Not(filter) => format!("not ({})", flat(filter)),
        Filter::Values { path, filter, .. } => format!("{path}[{}]", flat(filter)),
        leaf => leaf.to_string(),
    }
}

proptest! {
    #[test]
    fn printing_and_reading_again_yields_the_same_tree(text in filter()) {
        let tree = parse(&text).map_err(|error| TestCaseError::fail(format!("{text}: {error}")))?;
        prop_assert_eq!(parse(&tree.to_string()).unwrap(), tree);
    }

    #[test]
    fn a_second_parser_reads_the_same_structure(text in filter()) {
        let ours = parse(&text).map_err(|error| TestCaseError::fail(format!("{text}: {error}")))?;
        let theirs: scim_v2::filter::Filter = text.parse().map_err(|error| TestCaseError::fail(format!("{text}: {error}")))?;
        prop_assert_eq!(flat(&ours), oracle::whole(&theirs));
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,40}") {
        let _ = parse(&text);
    }

    #[test]
    fn no_mangled_filter_makes_it_panic(text in filter(), at in any::<prop::sample::Index>(), with in "[()\\[\\]\"\\\\ .:a0é]{0,2}") {
        let mut characters: Vec<char> = text.chars().collect();
        let at = at.index(characters.len());
        characters.splice(at..=at, with.chars());
        let mangled: String = characters.into_iter().collect();
        if let Ok(tree) = parse(&mangled) {
            prop_assert_eq!(parse(&tree.to_string()).unwrap(), tree);
        }
    }
}
