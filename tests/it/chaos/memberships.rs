//! Groups in chaos: skills that anybody may have, and two roles of which one has at most one.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use super::life::{Life, patch, repeat};
use super::{Chance, Shared};
use crate::support::World;

/// Groups that are skills.
const SKILLS: usize = 6;
/// Groups that are roles, with what the vendor calls them.
const ROLES: [(&str, i64); 2] = [("manager", 3), ("admin", 4)];
/// Role of somebody who is in none of them.
const DEFAULT_ROLE: i64 = 2;
/// Pause between two new names.
const PACE: Duration = Duration::from_millis(400);

/// What pushed groups mean.
pub fn rules() -> Value {
    json!([
        { "when": "Skill *", "target": "skill", "name": "{1}" },
        { "when": "Role *", "target": "role", "name": "{1}" },
    ])
}

/// The groups, with what never changes about them.
pub struct Groups {
    /// `id` at the bridge, and the skill's at the vendor.
    skills: Vec<(String, i64)>,
    roles: Vec<String>,
}

impl Groups {
    /// Pushes them, empty, while all is well.
    pub async fn push(world: &World) -> Self {
        let mut groups = Self { skills: Vec::new(), roles: Vec::new() };
        for number in 0..SKILLS {
            let id = world.idp().creates_group(&format!("Skill {number}"), &[]).await.is(201).id();
            let skill = world.vendor().skill(&number.to_string()).await.expect("the skill of the group");
            groups.skills.push((id, skill["id"].as_i64().expect("a number")));
        }
        for (role, _) in ROLES {
            groups.roles.push(world.idp().creates_group(&format!("Role {role}"), &[]).await.is(201).id());
        }
        groups
    }

    /// Skills and role of an account whose person is in these groups.
    pub fn mean(&self, skills: &BTreeSet<usize>, role: Option<usize>) -> (BTreeSet<i64>, i64) {
        let skills = skills.iter().map(|group| self.skills[*group].1).collect();
        (skills, role.map_or(DEFAULT_ROLE, |role| ROLES[role].1))
    }

    /// At the end the members are those who want to be, and the names those of the last renaming.
    pub async fn are_as(&self, people: &[Life], names: &[String], world: &World) {
        for (group, (id, skill)) in self.skills.iter().enumerate() {
            let found = world.idp().group(id).await;
            let expected = people.iter().filter(|life| life.is_there() && life.skills.contains(&group));
            assert_members(&found.members(), expected, &names[group]);
            assert_eq!(found.body["displayName"], json!(format!("Skill {}", names[group])));
            let at_the_vendor = world.vendor().skill(&names[group]).await.map(|skill| skill["id"].clone());
            assert_eq!(at_the_vendor, Some(json!(skill)), "the skill of {}", names[group]);
        }
        assert!(people.iter().any(|life| !life.skills.is_empty()), "somebody has joined something");
        for (role, id) in self.roles.iter().enumerate() {
            let expected = people.iter().filter(|life| life.is_there() && life.role == Some(role));
            assert_members(&world.idp().group(id).await.members(), expected, ROLES[role].0);
        }
    }

    /// They are deleted, and nobody has anything of them any more.
    pub async fn go(&self, world: &World) {
        for id in self.skills.iter().map(|(id, _)| id).chain(&self.roles) {
            world.idp().delete(&format!("/Groups/{id}")).await.is(204);
        }
        let state = world.vendor().state().await;
        for (_, skill) in &self.skills {
            let left = state["ha"]["skills"].as_array().into_iter().flatten().any(|one| one["id"] == json!(skill));
            assert!(!left, "skill {skill} is left over");
        }
        let people = super::trouble::users(&state["ha"]).filter(|user| {
            user["isDeleted"] == json!(false) && user["externalId"].as_str().is_some_and(|id| id.starts_with("ext-"))
        });
        for person in people {
            assert_eq!((&person["skillIds"], &person["roleId"]), (&json!([]), &json!(DEFAULT_ROLE)), "{person:#}");
        }
    }
}

fn assert_members<'a>(found: &[&str], expected: impl Iterator<Item = &'a Life>, group: &str) {
    let mut found = found.to_vec();
    let mut expected: Vec<&str> = expected.filter_map(Life::id).collect();
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected, "members of {group}");
}

/// Gives the skill groups new names until life is over; the names that they have then.
pub async fn rename(world: Shared, groups: Arc<Groups>, seed: u64, over: Arc<AtomicBool>) -> Vec<String> {
    let mut chance = Chance::new(seed, 998);
    let mut names: Vec<String> = (0..SKILLS).map(|number| number.to_string()).collect();
    let mut serial = 0;
    while !over.load(Ordering::Acquire) {
        let group = *chance.one_of(&(0..SKILLS).collect::<Vec<_>>());
        serial += 1;
        names[group] = format!("{group} v{serial}");
        let operations = json!([{ "op": "replace", "value": { "displayName": format!("Skill {}", names[group]) } }]);
        let path = format!("/Groups/{}", groups.skills[group].0);
        let (tried, result) = repeat(&world, &[200], "PATCH", &path, patch(&operations)).await;
        if let Err(problem) = result {
            panic!("{problem}\n{}", tried.join("\n"));
        }
        tokio::time::sleep(PACE).await;
    }
    names
}

impl Life {
    pub(super) async fn joins_or_leaves(&mut self) {
        let group = self.any_skill();
        let (path, operations) = self.turns(group);
        self.until(&[200], "PATCH", &path, &patch(&operations)).await;
    }

    /// Two memberships of one person, at the same time.
    pub(super) async fn changes_skills_at_once(&mut self) {
        let first = self.any_skill();
        let second = (first + 1) % SKILLS;
        let (one, two) = (self.turns(first), self.turns(second));
        self.both((&one.0, &one.1, &[200]), (&two.0, &two.1, &[200])).await;
    }

    /// A change of the person and a membership, at the same time.
    pub(super) async fn is_changed_and_joins_at_once(&mut self) {
        let group = self.any_skill();
        let (path, operations) = self.turns(group);
        let (own, change) = (self.path(), self.family_becomes_new());
        self.both((&own, &change, &[200]), (&path, &operations, &[200])).await;
    }

    /// Into a role, out of it, or from one to the other, both halves at the same time.
    pub(super) async fn changes_role(&mut self) {
        let wanted = match self.role {
            None => Some(usize::from(self.chance.below(2) == 1)),
            Some(now) if self.chance.below(3) > 0 => Some(1 - now),
            Some(_) => None,
        };
        let id = self.id().expect("only the assigned change").to_owned();
        let path = |role: usize, life: &Self| format!("/Groups/{}", life.groups.roles[role]);
        match (self.role, wanted) {
            (Some(from), Some(to)) => {
                let (from, to) = (path(from, self), path(to, self));
                self.both((&from, &leave(&id), &[200]), (&to, &join(&id), &[200])).await;
            }
            (Some(from), None) => {
                let from = path(from, self);
                self.until(&[200], "PATCH", &from, &patch(&leave(&id))).await;
            }
            (None, Some(to)) => {
                let to = path(to, self);
                self.until(&[200], "PATCH", &to, &patch(&join(&id))).await;
            }
            (None, None) => {}
        }
        self.role = wanted;
    }

    fn any_skill(&mut self) -> usize {
        *self.chance.one_of(&(0..SKILLS).collect::<Vec<_>>())
    }

    /// The request that makes him a member, or one no longer; and the wish.
    fn turns(&mut self, group: usize) -> (String, Value) {
        let id = self.id().expect("only the assigned change").to_owned();
        let path = format!("/Groups/{}", self.groups.skills[group].0);
        if self.skills.insert(group) {
            return (path, join(&id));
        }
        self.skills.remove(&group);
        let operations = if self.chance.below(2) == 0 {
            leave(&id)
        } else {
            json!([{ "op": "Remove", "path": "members", "value": [{ "$ref": null, "value": id }] }])
        };
        (path, operations)
    }
}

fn join(id: &str) -> Value {
    json!([{ "op": "Add", "path": "members", "value": [{ "$ref": null, "value": id }] }])
}

fn leave(id: &str) -> Value {
    json!([{ "op": "remove", "path": format!("members[value eq \"{id}\"]") }])
}
