//! Stand-ins for identifiers that the vendor is asked for by name: `explain` asks nobody.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::cli::output::Output;
use crate::mapping::bound::{Beside, Bound, Entry, Lists, Names};

/// The names that have been met, each with a number in the place of its identifier.
#[derive(Default)]
pub(super) struct StandIns {
    entries: BTreeMap<String, Vec<Entry>>,
    lists: Lists,
}

impl StandIns {
    /// Gives each name that the resource uses a number, when it has none yet.
    pub(super) fn learn(&mut self, bound: &Bound, resource: &Map<String, Value>) {
        let used = bound.names_used(resource, Beside { lists: Some(&self.lists), ..Beside::default() });
        for used in used.into_iter().filter(|used| !used.is_known) {
            let Some(catalog) = bound.catalog(&used.catalog) else { continue };
            let entries = self.entries.entry(used.catalog.clone()).or_default();
            let key = (entries.len() + 1).to_string();
            entries.push(Entry { key, name: used.name, description: None });
            self.lists = self.lists.with(&used.catalog, Names::new(catalog.compare, entries));
        }
    }

    /// What the mapping is told.
    pub(super) fn lists(&self) -> &Lists {
        &self.lists
    }

    /// Says which numbers are none of the vendor's.
    pub(super) fn tell(&self, output: &mut Output) {
        for (catalog, entries) in &self.entries {
            for entry in entries {
                output.line(format_args!(
                    "{:?} will be looked up in {catalog}; {} stands in for its id",
                    entry.name, entry.key
                ));
            }
        }
    }
}
