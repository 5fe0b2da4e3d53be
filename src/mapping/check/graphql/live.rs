//! A mapping that is right for the schema beside it, held against the schema that the vendor tells: selections, arguments and inputs of every
//! operation, also of those that change something. Asks nobody and makes no call.

use apollo_compiler::Schema;

use super::super::Checker;
use crate::document::{Diagnostic, Place, Source, read};
use crate::mapping::bundle::Bundle;
use crate::mapping::model::MappingFile;

/// What a comparison with the vendor's schema found.
#[derive(Debug, Default)]
pub struct Compared {
    /// Operations that were compared.
    pub operations: usize,
    /// What the vendor would refuse.
    pub problems: Vec<Diagnostic>,
    /// What the vendor still takes, and will not for ever.
    pub deprecated: Vec<Diagnostic>,
}

/// Compares. A mapping without GraphQL fits every schema.
pub(in crate::mapping) fn compare(file: &MappingFile, bundle: &Bundle, schema: &str) -> Result<Compared, String> {
    let Some(api) = &file.api.graphql else { return Ok(Compared::default()) };
    if let Err(error) = Schema::parse_and_validate(schema, "the vendor's schema") {
        let first = error.errors.iter().next().map(|one| one.error.to_string()).unwrap_or_default();
        return Err(format!("the vendor's schema is none that GraphQL allows: {first}"));
    }
    let mut told = bundle.clone();
    told.others.insert(api.schema.clone(), schema.to_owned());
    let source = Source::new(bundle.path.clone(), bundle.text.clone());
    let root = read(&source).map_err(|_| "the mapping file cannot be read".to_owned())?;
    let mut checker = Checker::new(file, &told, &source, &root);
    let Some(documents) = checker.read_documents(api, &Place::of(["api", "graphql"])) else {
        return Ok(Compared { problems: sorted(checker), ..Compared::default() });
    };
    checker.check_deprecated(&documents);
    let deprecated = sorted(std::mem::replace(&mut checker, Checker::new(file, &told, &source, &root)));
    for named in checker.calls() {
        checker.check_operation(&named, &documents);
    }
    let operations = documents.document.operations.named.len();
    Ok(Compared { operations, problems: sorted(checker), deprecated })
}

fn sorted(checker: Checker<'_>) -> Vec<Diagnostic> {
    Diagnostic::sorted(checker.reporter.into_problems())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::load::Mapping;

    /// The shipped GraphQL mapping, compared with its own schema after changes.
    fn compared(instead: &[(&str, &str)]) -> Compared {
        let bundle = crate::config::mappings::read_bundle(std::path::Path::new("mappings/iadvize"));
        let bundle = bundle.expect("the shipped mapping");
        let mapping = Mapping::load(bundle).expect("a right mapping");
        let mut schema = mapping.bundle.others["schema.graphql"].clone();
        for (old, new) in instead {
            assert!(schema.contains(old), "{old}");
            schema = schema.replace(old, new);
        }
        mapping.compare_with_schema(&schema).expect("a schema")
    }

    fn said(found: &[Diagnostic]) -> String {
        let lines = found.iter().map(|one| format!("{}:{}: {}", one.file(), one.line(), one.message()));
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn the_schema_beside_the_mapping_fits() {
        let compared = compared(&[]);
        assert!(compared.operations > 5);
        assert_eq!((said(&compared.problems), said(&compared.deprecated)), (String::new(), String::new()));
    }

    #[test]
    fn a_field_that_the_vendor_no_longer_has_is_found_where_it_is_selected() {
        let found = said(&compared(&[("  samlId: ", "  samlUserId: ")]).problems);
        assert!(found.contains("operations.graphql:") && found.contains("samlId"), "{found}");
    }

    #[test]
    fn a_schema_that_is_none_is_told() {
        let bundle = crate::config::mappings::read_bundle(std::path::Path::new("mappings/iadvize"));
        let mapping = Mapping::load(bundle.expect("the shipped mapping")).expect("a right mapping");
        assert!(mapping.compare_with_schema("type Query {").is_err());
    }
}
