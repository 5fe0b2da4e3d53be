//! Which part of the mapping file a [`Bound`](super::Bound) speaks for, so that messages name the right place and the right thing. It decides
//! nothing.

use super::CallName;
use super::bind::BindProblem;

/// A part of the mapping file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// `users`.
    People,
    /// An entry of `catalogs`.
    Catalog(String),
    /// An entry of `groups`, whose objects are listed by a catalog.
    Object { target: String, catalog: String },
}

impl Part {
    /// Where a call stands in the file.
    pub(super) fn place_of(&self, call: &CallName) -> String {
        match (self, call) {
            (Self::People, CallName::Named(name)) => format!("users.calls.named.{name}.call"),
            (Self::People, CallName::Lists(number)) => format!("users.calls.lists[{number}]"),
            (Self::People, call) => format!("users.calls.{call}"),
            (Self::Catalog(name) | Self::Object { catalog: name, .. }, CallName::List) => {
                format!("catalogs.{name}.list")
            }
            (Self::Object { target, .. }, CallName::Update(name)) => format!("groups.{target}.calls.{name}"),
            (Self::Object { target, .. }, call) => format!("groups.{target}.calls.{call}"),
            (Self::Catalog(name), call) => format!("catalogs.{name}.{call}"),
        }
    }

    /// The name of a call in examples.
    pub(super) fn name_of(&self, call: &CallName) -> String {
        match (self, call) {
            (Self::People, call) => call.to_string(),
            (_, CallName::List) => self.place_of(call),
            (Self::Object { target, .. }, CallName::Update(name)) => format!("groups.{target}.{name}"),
            (Self::Object { target, .. }, call) => format!("groups.{target}.{call}"),
            (Self::Catalog(name), call) => format!("catalogs.{name}.{call}"),
        }
    }

    /// Where the vendor's identifier is declared.
    pub(super) fn place_of_key(&self) -> String {
        match self {
            Self::People => "users.key".to_owned(),
            Self::Catalog(catalog) | Self::Object { catalog, .. } => format!("catalogs.{catalog}.key"),
        }
    }

    /// What such a thing is called in a sentence.
    pub(super) fn noun(&self) -> &str {
        match self {
            Self::People => "account",
            Self::Catalog(name) | Self::Object { target: name, .. } => name,
        }
    }
    /// Problems in what takes the place of `users` are problems of the part.
    pub(super) fn adjust_places(&self, problems: &mut [BindProblem]) {
        let base = match self {
            Self::People => return,
            Self::Catalog(catalog) | Self::Object { catalog, .. } => format!("catalogs.{catalog}"),
        };
        for problem in problems {
            if let Some(rest) = problem.place.strip_prefix("users.") {
                problem.place = format!("{base}.{rest}");
            }
        }
    }
}
