//! The objects of a catalog as the vendor lists them: whether they have names, and whether a name leads to one of them alone.

use serde_json::Value;

use super::page::near_in;
use super::{Findings, count, printable, some};
use crate::mapping::bound::derived::NAME;
use crate::mapping::bound::{Bound, BoundCatalog, Entry, Names};
use crate::mapping::convert::is_empty;

/// Names that several objects have and that are told one by one; the rest are counted.
const MOST_SHARED: usize = 5;

/// What a catalog holds.
#[derive(Debug)]
pub struct SeenCatalog {
    /// Its objects by name and by key.
    pub names: Names,
    /// How many there are.
    pub objects: usize,
    /// The key of one of them.
    pub any_key: Option<String>,
}

impl Bound {
    /// Looks at the objects of a catalog, of which this is the part that lists them: `managed` are those that pass `only`.
    pub fn look_at_objects(&self, catalog: &BoundCatalog, managed: &[Value], findings: &mut Findings) -> SeenCatalog {
        let entries: Vec<Entry> = managed
            .iter()
            .filter_map(|object| self.read_account(object))
            .filter_map(|object| Entry::of(&object))
            .collect();
        let nameless = managed.len() - entries.len();
        if let (1.., Some(field)) = (nameless, self.fields.get(NAME)) {
            let near = near_in(&field.read, managed);
            let text = if entries.is_empty() {
                format!("no object of the catalog `{}` has a name at `{}`{near}", catalog.name, field.read)
            } else {
                format!("{} of the catalog `{}` without a name left out", objects_are(nameless), catalog.name)
            };
            if entries.is_empty() {
                findings.problem(self.field_place(NAME), text);
            } else {
                findings.note(self.field_place(NAME), text);
            }
        }
        let names = Names::new(catalog.compare, &entries);
        tell_shared(&names, self.field_place(NAME), &catalog.name, findings);
        let any_key = entries.first().map(|entry| entry.key.clone());
        SeenCatalog { names, objects: entries.len(), any_key }
    }
}

fn tell_shared(names: &Names, place: crate::document::Place, catalog: &str, findings: &mut Findings) {
    let shared = names.shared();
    for (name, keys) in shared.iter().take(MOST_SHARED) {
        let text = format!(
            "{} of the catalog `{catalog}` are called `{}` ({}), and whoever names it is refused; rename all but one at the vendor",
            count(keys.len(), "object"),
            printable(name),
            some(keys)
        );
        findings.problem(place.clone(), text);
    }
    if shared.len() > MOST_SHARED {
        let more = shared.len() - MOST_SHARED;
        findings
            .problem(place, format!("{more} further names in the catalog `{catalog}` stand for several objects each"));
    }
}

fn objects_are(number: usize) -> String {
    if number == 1 { "1 object is".to_owned() } else { format!("{number} objects are") }
}

impl SeenCatalog {
    /// A catalog whose objects the file names itself.
    pub fn fixed(catalog: &BoundCatalog) -> Self {
        Self {
            names: Names::new(catalog.compare, &catalog.values),
            objects: catalog.values.len(),
            any_key: catalog
                .values
                .iter()
                .map(|entry| entry.key.clone())
                .find(|key| !is_empty(&Value::from(key.as_str()))),
        }
    }
}
