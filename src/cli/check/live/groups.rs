//! The rules under `groups` of the connection that name one object at the vendor: whether it is there.

use std::collections::HashSet;

use super::Asking;
use super::report::Report;
use crate::config::groups::{ObjectRule, RuleMeaning};
use crate::document::Place;
use crate::mapping::bound::fit::{Spot, Weight};
use crate::mapping::bound::{CallName, Lists};
use crate::nearest::did_you_mean;

/// Tells which rules lead to nothing. A name whose object the bridge would create is no mistake.
pub(super) fn resolve(asking: &Asking<'_>, lists: &Lists, incomplete: &HashSet<String>, report: &mut Report<'_, '_>) {
    for (number, rule) in asking.connection.groups.rules.iter().enumerate() {
        let RuleMeaning::Target(rule) = &rule.then else { continue };
        let Some(target) = asking.bound.target(&rule.target) else { continue };
        let Some(catalog) = target.catalog.as_ref().filter(|catalog| !incomplete.contains(*catalog)) else { continue };
        let (Some(listed), Some(wanted)) = (lists.names(catalog), rule.object.template().constant()) else { continue };
        let creates = target.object.as_ref().is_some_and(|object| object.has_call(&CallName::Create));
        let problem = match &rule.object {
            ObjectRule::Name(_) => match listed.keys_of(wanted) {
                [] if creates => continue,
                [] => {
                    let near = did_you_mean(wanted, listed.written()).map(|near| format!("; {near}"));
                    format!(
                        "the rule names `{wanted}`, and {catalog} has nothing of that name{}",
                        near.unwrap_or_default()
                    )
                }
                // that two have one name has been told
                [_, ..] => continue,
            },
            ObjectRule::Id(_) if listed.has_key(wanted) => continue,
            ObjectRule::Id(_) => format!("the rule names the identifier {wanted}, and {catalog} has nothing with it"),
        };
        let place = Place::of(["connections", report.connection(), "groups"]).index(number);
        report.one(Weight::Problem, Spot::Connection(place), &problem);
    }
}
