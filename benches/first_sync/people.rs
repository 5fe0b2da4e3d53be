//! Who is synced: people, groups, and three groups for each person. Always the same for the same sizes.

use std::collections::{BTreeMap, BTreeSet};

/// Groups that each person is in.
pub const MEMBERSHIPS: usize = 3;

/// What the IdP has.
pub struct Directory {
    /// userNames.
    pub people: Vec<String>,
    /// Groups with the places of their members.
    pub groups: Vec<Group>,
}

/// A group of the IdP.
pub struct Group {
    /// displayName.
    pub name: String,
    /// Name of the object at the vendor that it stands for.
    pub object: String,
    /// Places in [`Directory::people`].
    pub members: Vec<usize>,
}

impl Directory {
    /// So many people and groups. Each person is in three groups that lie far apart, so that they are not pushed together.
    pub fn new(people: usize, groups: usize) -> Self {
        assert!(groups >= MEMBERSHIPS, "at least {MEMBERSHIPS} groups");
        let mut all: Vec<Group> = (0..groups)
            .map(|number| {
                let object = format!("Sync {number:03}");
                Group { name: format!("Skill {object}"), object, members: Vec::new() }
            })
            .collect();
        for person in 0..people {
            for turn in 0..MEMBERSHIPS {
                all[(person + turn * (groups / MEMBERSHIPS)) % groups].members.push(person);
            }
        }
        let people = (0..people).map(|number| format!("person{number:05}@example.com")).collect();
        Self { people, groups: all }
    }

    /// Everybody with the objects that he should have at the vendor.
    pub fn expected(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut expected: BTreeMap<String, BTreeSet<String>> =
            self.people.iter().map(|name| (name.clone(), BTreeSet::new())).collect();
        for group in &self.groups {
            for member in &group.members {
                expected.entry(self.people[*member].clone()).or_default().insert(group.object.clone());
            }
        }
        expected
    }
}
