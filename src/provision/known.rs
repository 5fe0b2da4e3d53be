//! Accounts as the vendor's own answers showed them, while its revisions prove that nobody else has changed anything since: what is known need not
//! be read before it is changed. Where the proof ends, everything is forgotten. Asks nobody.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use indexmap::IndexMap;
use serde_json::Value;

use crate::mapping::model::CountedIn;

/// Accounts that are remembered, about a kilobyte each; of more, those that were not changed for longest are read again.
const MOST_ACCOUNTS: usize = 20_000;
/// Own changes of other things that can stand between two changes.
const MOST_OWN: usize = 4_096;

/// What an engine knows of its accounts.
#[derive(Debug)]
pub(super) struct Known {
    /// What the vendor counts; `None`: nothing is proved, and nothing remembered.
    counted: Option<CountedIn>,
    state: Mutex<State>,
    own: Arc<OwnRevisions>,
}

/// Revisions that the bridge's own changes have made, of whatever engine.
#[derive(Debug, Default)]
pub(super) struct OwnRevisions(Mutex<BTreeSet<u64>>);

#[derive(Debug, Default)]
struct State {
    /// The revision of which all this is true.
    revision: Option<u64>,
    /// The accounts by key, as JSON text: a tree of values takes four times the room.
    accounts: IndexMap<String, Box<str>>,
}

impl Known {
    /// Nothing yet. `own` is shared by all engines of a connection.
    pub(super) fn new(counted: Option<CountedIn>, own: Arc<OwnRevisions>) -> Self {
        Self { counted, state: Mutex::default(), own }
    }

    /// For another engine of the same connection.
    pub(super) fn own_revisions(&self) -> Arc<OwnRevisions> {
        Arc::clone(&self.own)
    }

    /// The account, and the revision from which it can be changed.
    pub(super) fn account(&self, key: Option<&str>) -> Option<(Value, String)> {
        let state = self.lock();
        let object = serde_json::from_str(state.accounts.get(key?)?).ok()?;
        Some((object, state.revision?.to_string()))
    }

    /// The account was read at this revision.
    pub(super) fn read(&self, key: Option<&str>, object: &Value, revision: Option<&str>) {
        let (Some(key), Some(revision)) = (key.filter(|_| self.counted.is_some()), number(revision)) else { return };
        let mut state = self.lock();
        if state.revision != Some(revision) {
            state.accounts.clear();
            state.revision = Some(revision);
        }
        state.keep(key, object);
    }

    /// The bridge has changed an account, or made one, and the answer has this revision. `shown`: its key, and the account when the answer shows it.
    pub(super) fn wrote(&self, shown: Option<(&str, Option<&Value>)>, revision: Option<&str>) {
        let Some(counted) = self.counted else { return };
        let Some(now) = number(revision) else { return self.forget() };
        self.own.add(now);
        let mut state = self.lock();
        let is_unbroken = state.revision.is_some_and(|before| match counted {
            CountedIn::Collection => before + 1 == now,
            CountedIn::Account => self.own.explain(before, now),
        });
        if !is_unbroken {
            state.accounts.clear();
        }
        state.revision = Some(now);
        match shown {
            Some((key, Some(object))) => state.keep(key, object),
            Some((key, None)) => {
                state.accounts.swap_remove(key);
            }
            // something was changed, and nobody says what
            None => state.accounts.clear(),
        }
    }

    /// Somebody else may have changed something.
    pub(super) fn forget(&self) {
        *self.lock() = State::default();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn keep(&mut self, key: &str, object: &Value) {
        self.accounts.swap_remove(key);
        if self.accounts.len() >= MOST_ACCOUNTS {
            self.accounts.swap_remove_index(0);
        }
        self.accounts.insert(key.to_owned(), object.to_string().into_boxed_str());
    }
}

impl OwnRevisions {
    fn add(&self, revision: u64) {
        let mut own = self.lock();
        own.insert(revision);
        while own.len() > MOST_OWN {
            own.pop_first();
        }
    }

    /// Was every change between these two the bridge's own?
    fn explain(&self, before: u64, now: u64) -> bool {
        let own = self.lock();
        let between = own.range(before.saturating_add(1)..now.max(before.saturating_add(1))).count() as u64;
        now > before && between == now - before - 1
    }

    fn lock(&self) -> MutexGuard<'_, BTreeSet<u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn number(revision: Option<&str>) -> Option<u64> {
    revision?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn known(counted: CountedIn) -> Known {
        Known::new(Some(counted), Arc::default())
    }

    fn revision_of(known: &Known, key: &str) -> Option<String> {
        known.account(Some(key)).map(|(_, revision)| revision)
    }

    #[test]
    fn what_answers_showed_is_known_while_revisions_count_up_by_one() {
        let known = known(CountedIn::Collection);
        known.wrote(Some(("a", Some(&json!({ "id": 1 })))), Some("7"));
        known.wrote(Some(("b", Some(&json!({ "id": 2 })))), Some("8"));
        assert_eq!(known.account(Some("a")), Some((json!({ "id": 1 }), "8".to_owned())));
        known.wrote(Some(("b", Some(&json!({ "id": 2, "n": 1 })))), Some("10"));
        assert_eq!(revision_of(&known, "a"), None, "somebody else made 9");
        assert_eq!(known.account(Some("b")), Some((json!({ "id": 2, "n": 1 }), "10".to_owned())));
    }

    #[test]
    fn own_changes_of_other_things_explain_a_gap_where_the_whole_account_is_counted() {
        let people = known(CountedIn::Account);
        let skills = Known::new(Some(CountedIn::Account), people.own_revisions());
        people.wrote(Some(("a", Some(&json!(1)))), Some("7"));
        skills.wrote(Some(("s", Some(&json!(1)))), Some("8"));
        people.wrote(Some(("b", Some(&json!(2)))), Some("9"));
        assert_eq!(revision_of(&people, "a").as_deref(), Some("9"));
        skills.wrote(Some(("s", None)), Some("10"));
        people.wrote(Some(("b", Some(&json!(3)))), Some("12"));
        assert_eq!(revision_of(&people, "a"), None, "11 is nobody's that we know");
    }

    #[test]
    fn a_read_at_another_revision_a_change_without_one_and_a_doubt_end_what_is_known() {
        let known = known(CountedIn::Collection);
        known.read(Some("a"), &json!(1), Some("7"));
        known.read(Some("b"), &json!(2), Some("7"));
        assert_eq!(revision_of(&known, "a").as_deref(), Some("7"));
        known.read(Some("b"), &json!(2), Some("8"));
        assert_eq!(revision_of(&known, "a"), None);
        known.wrote(Some(("b", None)), Some("9"));
        assert_eq!(revision_of(&known, "b"), None, "it was changed and not shown");
        known.read(Some("b"), &json!(2), Some("9"));
        known.wrote(Some(("c", Some(&json!(3)))), None);
        assert_eq!(revision_of(&known, "b"), None);
        known.read(Some("b"), &json!(2), Some("9"));
        known.forget();
        assert_eq!(revision_of(&known, "b"), None);
    }

    #[test]
    fn where_nothing_is_counted_nothing_is_known() {
        let known = Known::new(None, Arc::default());
        known.read(Some("a"), &json!(1), Some("7"));
        known.wrote(Some(("a", Some(&json!(1)))), Some("8"));
        assert_eq!(known.account(Some("a")), None);
        let words = Known::new(Some(CountedIn::Collection), Arc::default());
        words.read(Some("a"), &json!(1), Some("W/\"x\""));
        assert_eq!(words.account(Some("a")), None, "what is no number proves nothing");
    }
}
