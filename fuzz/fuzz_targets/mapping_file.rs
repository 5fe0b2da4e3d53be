//! Whatever stands in a mapping file, loading it ends in a mapping or in messages, never in a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use scim_bridge::mapping::bundle::Bundle;
use scim_bridge::mapping::load::Mapping;
use serde_json::Map;

/// Files that a mapping may name: what is fuzzed is the mapping, against a schema that holds still.
const OTHERS: [(&str, &str); 2] = [
    ("schema.graphql", include_str!("../../tests/corpus/mapping-errors/schema.graphql")),
    ("operations.graphql", include_str!("../../tests/corpus/mapping-errors/operations.graphql")),
];

fuzz_target!(|text: &str| {
    let others = OTHERS.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    let bundle = Bundle { path: "mapping.yaml".to_owned(), text: text.to_owned(), others };
    match Mapping::load(bundle) {
        // a mapping that passed every check can be bound or says which setting is missing
        Ok(mapping) => drop(mapping.bind(&Map::new())),
        Err(problems) => assert!(!problems.0.is_empty()),
    }
});
