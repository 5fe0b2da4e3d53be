//! Revisions: where an answer has one, and which calls must know one. Whether it is still the newest only the vendor can say.

use super::bind::{BindProblem, path_or_note};
use super::{Bound, CallName};
use crate::mapping::model::{CountedIn, Revision, RevisionOf};
use crate::mapping::tree::resolve::scalar_text;
use crate::mapping::vendor_path::VendorPath;
use crate::mapping::wire::HttpAnswer;

/// The header that has it where the mapping names none (RFC 9110 section 8.8.3).
const USUAL_HEADER: &str = "ETag";

/// A revision, with its path parsed.
#[derive(Debug)]
pub(super) struct BoundRevision {
    at: Place,
    of: RevisionOf,
    counted: Option<CountedIn>,
}

#[derive(Debug)]
enum Place {
    Header(String),
    Body(VendorPath),
}

impl BoundRevision {
    pub(super) fn bind(revision: &Revision, problems: &mut Vec<BindProblem>) -> Self {
        let at = match (&revision.header, &revision.path) {
            (None, Some(path)) => Place::Body(path_or_note(path, "users.revision.path", problems)),
            (header, _) => Place::Header(header.clone().unwrap_or_else(|| USUAL_HEADER.to_owned())),
        };
        Self { at, of: revision.of, counted: revision.counted }
    }
}

impl Bound {
    /// Must the account be read right before this call, for what it holds or for its revision?
    pub fn reads_first(&self, call: &CallName) -> bool {
        self.calls.get(call).is_some_and(|call| call.whole.is_some() || call.revision.is_some())
    }

    /// Does this call say which state it was made from?
    pub fn needs_revision(&self, call: &CallName) -> bool {
        self.calls.get(call).is_some_and(|call| call.revision.is_some())
    }

    /// Is there one change at a time, because each makes the revision of all others stale?
    pub fn writes_one_by_one(&self) -> bool {
        self.revision.as_ref().is_some_and(|revision| revision.of == RevisionOf::Collection)
    }

    /// What the revisions count, where they prove that nobody else has changed anything.
    pub fn counted_in(&self) -> Option<CountedIn> {
        self.revision.as_ref()?.counted
    }

    /// The revision in an answer. An empty one is none.
    pub fn revision_in(&self, call: &CallName, answer: &HttpAnswer) -> Option<String> {
        let found = match &self.revision.as_ref()?.at {
            Place::Header(name) => answer.header(name).map(str::to_owned),
            Place::Body(path) => path.first(self.object_in(call, answer)?).and_then(scalar_text),
        };
        found.filter(|text| !text.is_empty())
    }

    /// Where the answer to a read has it, for a message when it is not there.
    pub fn revision_place(&self) -> String {
        match self.revision.as_ref().map(|revision| &revision.at) {
            Some(Place::Header(name)) => format!("in the header {name}"),
            Some(Place::Body(path)) => format!("at {path}"),
            None => "anywhere".to_owned(),
        }
    }
}
