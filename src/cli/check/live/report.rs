//! What `check --live` prints: a line per finding, with the place to change. No line ever shows a secret, whoever quotes it.

use std::collections::HashSet;

use secrecy::ExposeSecret as _;

use crate::cli::output::Output;
use crate::cli::setup::Setup;
use crate::document::{Diagnostic, Place, Source, read};
use crate::ids::ConnectionName;
use crate::mapping::bound::fit::{Findings, Spot, Weight};
use crate::mapping::load::Mapping;
use crate::vendor::http::ReadOnly;

/// What stands in the place of a secret.
const MASK: &str = "********";
/// Shorter secrets would mask half of what is printed.
const SHORTEST_MASKED: usize = 4;

/// The lines about one connection.
pub(super) struct Report<'a, 'o> {
    setup: &'a Setup,
    name: &'a ConnectionName,
    mapping: &'a Mapping,
    secrets: Vec<String>,
    output: &'o mut Output,
    is_signed_in: bool,
    /// Lines with a place, each told once: a list and a search can deviate in the same way.
    told: HashSet<(String, String)>,
    /// Things that do not fit.
    pub(super) problems: usize,
}

impl<'a, 'o> Report<'a, 'o> {
    /// Nothing is printed yet.
    pub(super) fn new(
        setup: &'a Setup,
        name: &'a ConnectionName,
        mapping: &'a Mapping,
        vendor: &ReadOnly,
        output: &'o mut Output,
    ) -> Self {
        let values = mapping.file.secrets.keys().filter_map(|secret| vendor.secret(secret));
        let mut secrets: Vec<String> = values.map(|value| value.expose_secret().to_owned()).collect();
        secrets.retain(|value| value.len() >= SHORTEST_MASKED);
        // a secret that is part of another is masked after it
        secrets.sort_by_key(|value| std::cmp::Reverse(value.len()));
        Self { setup, name, mapping, secrets, output, is_signed_in: false, told: HashSet::new(), problems: 0 }
    }

    /// The name of the connection.
    pub(super) fn connection(&self) -> &'a str {
        self.name.as_str()
    }

    /// The first answer that the vendor gave to a call.
    pub(super) fn signed_in(&mut self, title: &str) {
        if !std::mem::replace(&mut self.is_signed_in, true) {
            self.ok(&format!("{title} accepts the sign-in"));
        }
    }

    /// Something that fits.
    pub(super) fn ok(&mut self, text: &str) {
        self.line("ok     ", None, text);
    }

    /// Something to know that has no place in a file.
    pub(super) fn note_text(&mut self, text: &str) {
        self.line("note   ", None, text);
    }

    /// A failure that has no place in a file.
    pub(super) fn failed(&mut self, text: &str) {
        self.problems += 1;
        self.line("FAILED ", None, text);
    }

    /// All findings, problems and notes alike.
    pub(super) fn tell(&mut self, findings: Findings) {
        for finding in findings.0 {
            self.one(finding.weight, finding.at, &finding.text);
        }
    }

    /// One finding.
    pub(super) fn one(&mut self, weight: Weight, at: Spot, text: &str) {
        let place = match at {
            Spot::Mapping(place) => position(&self.mapping.complain_at(&place, "")),
            Spot::Setting(name) => {
                let here = Place::of(["connections", self.name.as_str(), "settings", &name]);
                self.in_configuration(&here, true)
                    .unwrap_or_else(|| position(&self.mapping.complain_at(&Place::of(["settings", &name]), "")))
            }
            Spot::Connection(place) => {
                self.in_configuration(&place, false).unwrap_or_else(|| self.setup.path.display().to_string())
            }
        };
        self.weighed(weight, &place, text);
    }

    /// What a check of the files would say, too.
    pub(super) fn diagnostic(&mut self, weight: Weight, diagnostic: &Diagnostic) {
        self.weighed(weight, &position(diagnostic), diagnostic.message());
    }

    fn weighed(&mut self, weight: Weight, place: &str, text: &str) {
        if !self.told.insert((place.to_owned(), text.to_owned())) {
            return;
        }
        let word = match weight {
            Weight::Problem => {
                self.problems += 1;
                "FAILED "
            }
            Weight::Note => "note   ",
        };
        self.line(word, Some(place), text);
    }

    /// File and line of a place in `bridge.yaml`; `None` when the place must be there and is not.
    fn in_configuration(&self, place: &Place, must_be_there: bool) -> Option<String> {
        let text = std::fs::read_to_string(&self.setup.path).ok()?;
        let source = Source::new(self.setup.path.display().to_string(), text);
        let root = read(&source).ok()?;
        if must_be_there {
            root.find(place)?;
        }
        Some(position(&Diagnostic::new(&source, root.locate_key(place), "")))
    }

    fn line(&mut self, word: &str, place: Option<&str>, text: &str) {
        let place = place.map(|place| format!("{place}: ")).unwrap_or_default();
        let text = self.secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret, MASK));
        self.output.line(format_args!("{word} {}: {place}{text}", self.name));
    }
}

fn position(diagnostic: &Diagnostic) -> String {
    format!("{}:{}", diagnostic.file(), diagnostic.line())
}
