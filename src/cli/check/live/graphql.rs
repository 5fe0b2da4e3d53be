//! The vendor's GraphQL schema, where it tells it: held against every operation of the mapping, also those that change something. None of them is
//! sent.

use super::Asking;
use super::report::Report;
use crate::mapping::bound::fit::{Spot, Weight};
use crate::mapping::introspection::schema_text;

/// Compares; a vendor that does not tell its schema is no failure.
pub(super) async fn compare(asking: &Asking<'_>, report: &mut Report<'_, '_>) {
    let speakers = asking.bound.catalogs().filter_map(|catalog| catalog.listed.as_ref());
    let Some(speaker) = std::iter::once(asking.bound).chain(speakers).find(|part| part.speaks_graphql()) else {
        return;
    };
    let at = || Spot::Mapping(crate::document::Place::of(["api", "graphql"]));
    let answer = match asking.vendor.introspect(speaker.clone(), asking.deadline).await {
        Ok(answer) => answer,
        Err(failure) => {
            let text = format!(
                "the vendor does not tell its schema, so the operations were not compared with it: {}",
                failure.verdict.say
            );
            report.one(Weight::Note, at(), &text);
            return;
        }
    };
    match schema_text(&answer).and_then(|schema| asking.mapping.compare_with_schema(&schema)) {
        Ok(compared) => {
            if compared.problems.is_empty() {
                report.ok(&format!("all {} operations fit the schema that the vendor tells", compared.operations));
            }
            for problem in &compared.problems {
                report.diagnostic(Weight::Problem, problem);
            }
            for old in &compared.deprecated {
                report.diagnostic(Weight::Note, old);
            }
        }
        Err(problem) => report.one(Weight::Note, at(), &format!("the operations were not compared: {problem}")),
    }
}
