//! What other requests have said of a group since a request has changed it: a refused request takes back only what nobody else has asked for as well,
//! and a member whom somebody else has removed was not refused by the vendor.
//!
//! Kept in memory and only while the request waits. Both sides hold the locks of the people concerned when they commit, so nothing is missed.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::commit::Asked;
use super::people::Wanted;
use crate::ids::ScimId;

/// The requests that wait, by group.
#[derive(Debug, Default)]
pub(super) struct Listeners {
    by_group: Mutex<HashMap<ScimId, Vec<Weak<Since>>>>,
}

/// What one request has heard of others; it listens until this is dropped.
#[derive(Debug)]
pub(super) struct Since {
    group: ScimId,
    /// What it asks for itself; it hears of these people only.
    pub(super) asked: Asked,
    heard: Mutex<Heard>,
    listeners: Arc<Listeners>,
}

#[derive(Debug, Default)]
struct Heard {
    people: HashSet<ScimId>,
    everybody: bool,
    name: bool,
}

impl Listeners {
    /// From now on a request hears what others say of its group.
    pub(super) fn listen(self: &Arc<Self>, group: &ScimId, asked: Asked) -> Arc<Since> {
        let since = Arc::new(Since { group: group.clone(), asked, heard: Mutex::default(), listeners: self.clone() });
        self.by_group().entry(group.clone()).or_default().push(Arc::downgrade(&since));
        since
    }

    /// A request has said who is in a group. `names_it`: and what it is called.
    pub(super) fn tell(&self, group: &ScimId, wanted: &Wanted, names_it: bool) {
        for listener in self.of(group) {
            let mut heard = listener.heard();
            heard.name |= names_it;
            heard.everybody |= wanted.is_whole;
            heard.people.extend(wanted.people.keys().filter(|id| listener.asked.people.contains_key(*id)).cloned());
        }
    }

    /// People have gone from this group into another.
    pub(super) fn tell_of_moved(&self, group: &ScimId, people: &[ScimId]) {
        for listener in self.of(group) {
            listener.heard().people.extend(people.iter().filter(|id| listener.asked.people.contains_key(*id)).cloned());
        }
    }

    fn of(&self, group: &ScimId) -> Vec<Arc<Since>> {
        self.by_group().get(group).map(|all| all.iter().filter_map(Weak::upgrade).collect()).unwrap_or_default()
    }

    fn by_group(&self) -> MutexGuard<'_, HashMap<ScimId, Vec<Weak<Since>>>> {
        // No code that can panic runs under this lock.
        self.by_group.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Since {
    /// Has somebody else said whether this person is in the group?
    pub(super) fn has_heard_of(&self, person: &ScimId) -> bool {
        let heard = self.heard();
        heard.everybody || heard.people.contains(person)
    }

    /// Has somebody else said what the group is called?
    pub(super) fn has_heard_its_name(&self) -> bool {
        self.heard().name
    }

    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Since {
    fn drop(&mut self) {
        let mut by_group = self.listeners.by_group();
        if let Some(all) = by_group.get_mut(&self.group) {
            // This one counts as gone already.
            all.retain(|listener| listener.strong_count() > 0);
            if all.is_empty() {
                by_group.remove(&self.group);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waits_hears_of_its_own_people_in_its_own_group_and_of_nobody_else() {
        let listeners = Arc::new(Listeners::default());
        let [group, other, ada, eva] = std::array::from_fn(|_| ScimId::generate());
        let since = listeners.listen(&group, Asked { people: [(ada.clone(), true)].into(), ..Asked::default() });
        listeners.tell(&other, &Wanted::one(&ada, true), true);
        listeners.tell(&group, &Wanted::one(&eva, true), false);
        assert!(!since.has_heard_of(&ada) && !since.has_heard_of(&eva) && !since.has_heard_its_name());
        listeners.tell(&group, &Wanted::one(&ada, false), true);
        assert!(since.has_heard_of(&ada) && !since.has_heard_of(&eva) && since.has_heard_its_name());
        listeners.tell(&group, &Wanted { is_whole: true, ..Wanted::default() }, false);
        assert!(since.has_heard_of(&eva), "who is not named is named as well");
    }

    #[test]
    fn nothing_is_kept_of_those_who_have_gone() {
        let listeners = Arc::new(Listeners::default());
        let group = ScimId::generate();
        let (one, two) = (listeners.listen(&group, Asked::default()), listeners.listen(&group, Asked::default()));
        drop(one);
        assert_eq!(listeners.of(&group).len(), 1);
        drop(two);
        assert!(listeners.by_group().is_empty());
    }
}
