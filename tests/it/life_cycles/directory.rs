//! The IdP's truth, and how it is compared with what the bridge and the vendor have.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{GROUPS, PEOPLE};
use crate::support::{Idp, World, eventually};

/// Skill groups come first.
const SKILLS: usize = 16;

/// People and groups, as the IdP wants them.
#[derive(Clone)]
pub struct Directory {
    pub people: Vec<Person>,
    pub groups: Vec<Group>,
}

#[derive(Clone)]
pub struct Person {
    /// userName and address.
    pub name: String,
    pub given: String,
    pub family: String,
    pub active: bool,
    /// The IdP has removed him for good.
    pub gone: bool,
    /// `id` at the bridge, once linked.
    pub id: Option<String>,
    pub manager: Option<usize>,
}

#[derive(Clone)]
pub struct Group {
    pub name: String,
    pub members: BTreeSet<usize>,
    pub gone: bool,
    pub id: Option<String>,
}

impl Directory {
    /// Everybody is active, and in about four groups.
    pub fn new() -> Self {
        let people = (0..PEOPLE).map(|number| Person {
            name: format!("p{number:03}@example.com"),
            given: format!("Given{number}"),
            family: format!("Family{number}"),
            active: true,
            gone: false,
            id: None,
            manager: None,
        });
        let groups = (0..GROUPS).map(|group| {
            let (name, belongs): (String, Box<dyn Fn(usize) -> bool>) = match group {
                0..SKILLS => (
                    format!("Support skill S{group:02}"),
                    Box::new(move |one| {
                        one % SKILLS == group
                            || one / SKILLS % SKILLS == group
                            || (one * 5 + group).is_multiple_of(SKILLS)
                    }),
                ),
                16 => ("Admin role manager".to_owned(), Box::new(|one| one % 10 == 1)),
                17 => ("Admin role admin".to_owned(), Box::new(|one| one % 20 == 5)),
                _ => (format!("Floor {group}"), Box::new(move |one| one % 2 == group % 2)),
            };
            Group { name, members: (0..PEOPLE).filter(|one| belongs(*one)).collect(), gone: false, id: None }
        });
        Self { people: people.collect(), groups: groups.collect() }
    }

    /// `id` of a person at the bridge.
    pub fn id(&self, person: usize) -> String {
        self.people[person].id.clone().expect("he has been provided")
    }

    /// Address of a person's resource.
    pub fn path(&self, person: usize) -> String {
        format!("/Users/{}", self.id(person))
    }

    /// Address of a group's resource.
    pub fn group_path(&self, group: usize) -> String {
        format!("/Groups/{}", self.groups[group].id.as_deref().expect("it has been pushed"))
    }

    /// Names of the skills that a person should have.
    pub fn skills(&self, person: usize) -> BTreeSet<String> {
        let groups = self.groups.iter().filter(|group| !group.gone && group.members.contains(&person));
        groups.filter_map(|group| group.name.strip_prefix("Support skill ")).map(str::to_owned).collect()
    }

    fn role(&self, person: usize) -> i64 {
        let is_in = |name: &str| {
            self.groups.iter().any(|group| group.name == name && !group.gone && group.members.contains(&person))
        };
        match (is_in("Admin role manager"), is_in("Admin role admin")) {
            (true, _) => 3,
            (_, true) => 4,
            _ => 2,
        }
    }

    /// Waits until nothing is left to do, then compares everything.
    pub async fn has_arrived(&self, world: &World) {
        eventually("nothing is pending", || async {
            let pending = world.json(&["pending", "--config", "bridge.yaml", "--json"]);
            pending.as_array().is_some_and(Vec::is_empty).then_some(())
        })
        .await;
        let mut wrong = self.compare_vendor(&world.vendor().state().await["ha"]);
        wrong.extend(self.differences(&world.idp()).await);
        assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
    }

    /// What the bridge shows otherwise than the IdP wants it.
    pub async fn differences(&self, idp: &Idp) -> Vec<String> {
        let mut wrong = self.compare_people(idp).await;
        wrong.extend(self.compare_groups(idp).await);
        wrong
    }

    fn compare_vendor(&self, state: &Value) -> Vec<String> {
        let mut wrong = Vec::new();
        let names: BTreeMap<i64, &str> = list(&state["skills"])
            .iter()
            .filter_map(|skill| Some((skill["id"].as_i64()?, skill["name"].as_str()?)))
            .collect();
        let live = |user: &&Value| {
            user["isDeleted"] == json!(false)
                && user["externalId"].as_str().is_some_and(|external| external.starts_with("ext-"))
        };
        let accounts: Vec<&Value> = list(&state["users"]).iter().filter(live).collect();
        for (number, person) in self.people.iter().enumerate() {
            let external = json!(external_id(number));
            let own: Vec<&&Value> = accounts.iter().filter(|user| user["externalId"] == external).collect();
            let expected = usize::from(person.active && !person.gone);
            if own.len() != expected {
                wrong.push(format!("{} has {} accounts instead of {expected}", person.name, own.len()));
            }
            let Some(account) = own.first().filter(|_| expected == 1) else { continue };
            let skills: BTreeSet<String> = list(&account["skillIds"])
                .iter()
                .map(|id| id.as_i64().and_then(|id| names.get(&id)).copied().unwrap_or("?").to_owned())
                .collect();
            let found = json!([account["email"], account["firstName"], account["lastName"], account["roleId"], skills]);
            let wanted = json!([person.name, person.given, person.family, self.role(number), self.skills(number)]);
            if found != wanted {
                wrong.push(format!("{}: the vendor has {found} instead of {wanted}", person.name));
            }
        }
        let mut made: Vec<&str> =
            names.values().copied().filter(|name| name.starts_with('S') && *name != "Sales").collect();
        made.sort_unstable();
        let groups = self.groups.iter().filter(|group| !group.gone);
        let mut expected: Vec<&str> = groups.filter_map(|group| group.name.strip_prefix("Support skill ")).collect();
        expected.sort_unstable();
        if made != expected {
            wrong.push(format!("the vendor has the skills {made:?} instead of {expected:?}"));
        }
        wrong
    }

    async fn compare_people(&self, idp: &Idp) -> Vec<String> {
        let mut found = BTreeMap::new();
        for start in (1..=PEOPLE).step_by(100) {
            let page = idp.get(&format!("/Users?startIndex={start}&count=100")).await.is(200);
            found.extend(
                page.resources().iter().map(|user| (user["id"].as_str().unwrap_or_default().to_owned(), user.clone())),
            );
        }
        let mut wrong = Vec::new();
        let expected = self.people.iter().filter(|person| !person.gone).count();
        if found.len() != expected {
            wrong.push(format!("the bridge has {} people instead of {expected}", found.len()));
        }
        for (number, person) in self.people.iter().enumerate().filter(|(_, person)| !person.gone) {
            let Some(user) = found.get(&self.id(number)) else {
                wrong.push(format!("the bridge does not list {}", person.name));
                continue;
            };
            let groups: BTreeSet<&str> =
                list(&user["groups"]).iter().filter_map(|group| group["display"].as_str()).collect();
            let own = self.groups.iter().filter(|group| !group.gone && group.members.contains(&number));
            let expected: BTreeSet<&str> = own.map(|group| group.name.as_str()).collect();
            if groups != expected {
                wrong.push(format!("{} is shown in {groups:?} instead of {expected:?}", person.name));
            }
            let manager = &user[crate::support::idp::ENTERPRISE]["manager"]["value"];
            let expected = person.manager.map_or(Value::Null, |manager| json!(self.id(manager)));
            if user["userName"] != json!(person.name) || user["active"] != json!(person.active) || *manager != expected
            {
                wrong.push(format!("{} is shown as {user}", person.name));
            }
        }
        wrong
    }

    async fn compare_groups(&self, idp: &Idp) -> Vec<String> {
        let mut wrong = Vec::new();
        for (number, group) in self.groups.iter().enumerate() {
            let answer = idp.get(&self.group_path(number)).await;
            if group.gone {
                if answer.status != 404 {
                    wrong.push(format!("{} is still there: {}", group.name, answer.text));
                }
                continue;
            }
            let answer = answer.is(200);
            let members: BTreeSet<&str> = answer.members().into_iter().collect();
            let ids: Vec<String> =
                group.members.iter().filter(|one| !self.people[**one].gone).map(|one| self.id(*one)).collect();
            let expected: BTreeSet<&str> = ids.iter().map(String::as_str).collect();
            if members != expected {
                let (more, less) = (members.difference(&expected).count(), expected.difference(&members).count());
                wrong.push(format!("{} has {more} members too many and {less} too few", group.name));
            }
            if answer.body["displayName"] != json!(group.name) {
                wrong.push(format!("{} is shown as {}", group.name, answer.body["displayName"]));
            }
        }
        wrong
    }
}

/// The IdP's own id of a person, which never changes.
pub fn external_id(person: usize) -> String {
    format!("ext-{person}")
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}
