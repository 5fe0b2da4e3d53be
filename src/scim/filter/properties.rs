//! Filters of the whole grammar: printed and read again; nothing makes the parser panic.

mod second_parser;

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

proptest! {
    #[test]
    fn printing_and_reading_again_yields_the_same_tree(text in filter()) {
        let tree = parse(&text).map_err(|error| TestCaseError::fail(format!("{text}: {error}")))?;
        prop_assert_eq!(parse(&tree.to_string()).unwrap(), tree);
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
