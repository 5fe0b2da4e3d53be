//! Answers about one account or one object: whether it stands where the mapping says, and whether it is the one that was asked for.

use serde_json::Value;

use super::Findings;
use super::page::near_in;
use crate::mapping::bound::{Bound, CallName};
use crate::mapping::record::Record;
use crate::mapping::vendor_path::Found;
use crate::mapping::wire::HttpAnswer;

/// What a search for somebody who is there came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hits {
    /// It finds him.
    Found,
    /// He is not among the hits.
    Missing,
}

impl Bound {
    /// The object in the answer to a read by `key`, and what does not fit.
    pub fn look_at_read(
        &self,
        call: &CallName,
        answer: &HttpAnswer,
        key: &str,
        findings: &mut Findings,
    ) -> Option<Value> {
        let place = self.file_place_of(call);
        let word = if self.own.is_some() { "object" } else { "user" };
        let path = self.calls.get(call)?.user.as_ref()?;
        let json = answer.json.as_ref();
        let object = match json.map(|json| path.find(json)) {
            Some(Found::One(object @ Value::Object(_))) => object,
            Some(Found::One(_) | Found::Many(_)) => {
                findings.problem(place.key(word), format!("what stands at `{path}` is no object"));
                return None;
            }
            Some(Found::Nothing | Found::Null) | None => {
                let near = json.map(|json| near_in(path, std::slice::from_ref(json))).unwrap_or_default();
                findings.problem(place.key(word), format!("the answer has nothing at `{path}`{near}"));
                return None;
            }
        };
        match self.key_in(object) {
            None => {
                let near = near_in(&self.key, std::slice::from_ref(object));
                let text = format!("the {} in the answer has no key at `{}`{near}", self.one(), self.key);
                findings.problem(place.key(word), text);
            }
            Some(other) if other != key => {
                let text = format!("the {} {key} was asked for, and the answer is about {other}", self.one());
                findings.problem(place, text);
            }
            Some(_) => {}
        }
        if self.revision.is_some() && self.revision_in(call, answer).is_none() {
            let text =
                format!("the answer has no revision {}, and without one nothing is changed", self.revision_place());
            findings.problem(self.revision_file_place(), text);
        }
        Some(object.clone())
    }

    fn revision_file_place(&self) -> crate::document::Place {
        match &self.part {
            crate::mapping::bound::part::Part::Object { target, .. } => {
                crate::document::Place::of(["groups", target, "revision"])
            }
            _ => self.base().key("revision"),
        }
    }

    /// The values of the `match` fields in an account, as a search for it would be given them.
    pub fn match_values_of(&self, account: &Value) -> Record {
        let Some(read) = self.read_account(account) else { return Record::default() };
        let is_match = |name: &String| self.matches.contains(name);
        Record(read.record.0.into_iter().filter(|(name, _)| is_match(name)).collect())
    }

    /// Whether the page of a search holds the account with this key.
    pub fn look_at_hits(&self, page: &super::SeenPage, key: &str) -> Hits {
        if page.keys.iter().any(|hit| hit == key) { Hits::Found } else { Hits::Missing }
    }
}
