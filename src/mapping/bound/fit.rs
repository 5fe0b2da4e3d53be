//! Whether what a vendor really answers fits its mapping: pages, accounts, objects of catalogs, and what the settings name. Everything is told at
//! the place in the file that would be changed; values of people are never in it. Asks nobody.

mod accounts;
mod answers;
mod catalog;
mod kinds;
mod named;
mod page;
mod paging;
mod places;

use crate::document::Place;

pub use self::answers::Hits;
pub use self::catalog::SeenCatalog;
pub use self::named::Wanted;
pub use self::page::SeenPage;

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// Something will not work until the file, the settings or the vendor's data are changed.
    Problem,
    /// Something to know: it may be right.
    Note,
}

/// Where somebody would change something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spot {
    /// In the mapping file.
    Mapping(Place),
    /// A setting of the connection, by its name; where it has none of its own, its default in the mapping file.
    Setting(String),
    /// A place below the connection in `bridge.yaml`.
    Connection(Place),
}

/// One thing that does not fit, or that is worth knowing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How much it weighs.
    pub weight: Weight,
    /// Where to look.
    pub at: Spot,
    /// What was found, in a sentence: lower case, no final stop.
    pub text: String,
}

/// Findings in the order in which they were made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings(pub Vec<Finding>);

impl Findings {
    /// Something that does not fit the mapping file.
    pub fn problem(&mut self, place: Place, text: impl Into<String>) {
        self.add(Weight::Problem, Spot::Mapping(place), text);
    }

    /// Something to know about the mapping file.
    pub fn note(&mut self, place: Place, text: impl Into<String>) {
        self.add(Weight::Note, Spot::Mapping(place), text);
    }

    /// Anything.
    pub fn add(&mut self, weight: Weight, at: Spot, text: impl Into<String>) {
        self.0.push(Finding { weight, at, text: text.into() });
    }
}

/// `1 account`, `3 accounts`.
fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// Some names of many: more would scroll the rest away.
fn some(names: &[String]) -> String {
    const MOST: usize = 12;
    let listed = names.iter().take(MOST).map(|name| printable(name)).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(MOST) {
        0 => listed,
        more => format!("{listed} and {more} more"),
    }
}

/// A name or a word of the vendor's for a message: short, on one line.
fn printable(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut short: String = text.chars().take(LONGEST).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if text.chars().count() > LONGEST {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests;
