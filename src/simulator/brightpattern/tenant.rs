//! All data of one contact centre, with the indexes that keep login ids and extensions unique. It checks no input and knows no rights.

use std::collections::{BTreeSet, HashMap, HashSet};

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::knobs::{Knobs, LoginCase};
use super::user::User;

/// First extension that is given out.
const FIRST_EXTENSION: u32 = 1_000;

/// A team.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Team {
    /// Name, unique.
    pub name: String,
    /// Stable id, upper-case UUID; default: a new one.
    #[serde(default = "new_id")]
    pub id: String,
    /// Skills of the services that are assigned to it.
    #[serde(default)]
    pub service_skills: Vec<String>,
    /// Login ids of those who supervise it.
    #[serde(default)]
    pub supervisors: Vec<String>,
}

/// A role.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Role {
    /// Name, unique.
    pub name: String,
    /// What it allows.
    #[serde(default)]
    pub privileges: BTreeSet<Privilege>,
    /// Whether new users get it when no role is given.
    #[serde(default)]
    pub default: bool,
}

/// What a role allows, as far as these APIs ask for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Privilege {
    /// Users of the teams that one supervises.
    #[serde(rename = "manage_users")]
    Users,
    /// Users of all teams.
    #[serde(rename = "manage_all_teams")]
    AllTeams,
    /// Skill levels.
    #[serde(rename = "manage_skills")]
    Skills,
    /// Phones.
    #[serde(rename = "manage_phones")]
    Phones,
}

/// The contact centre's data.
#[derive(Debug, Clone)]
pub struct Tenant {
    /// Domain, which a token request names as its scope.
    pub host: String,
    /// Whether the tenant is active.
    pub active: bool,
    /// Team of users whom SCIM creates.
    pub scim_default_team: String,
    /// Teams by name.
    pub teams: IndexMap<String, Team>,
    /// Names of skills.
    pub skills: BTreeSet<String>,
    /// Roles by name.
    pub roles: IndexMap<String, Role>,
    users: IndexMap<String, User>,
    by_login: HashMap<String, Vec<String>>,
    extensions: HashSet<String>,
    next_extension: u32,
}

impl Tenant {
    /// A contact centre without users.
    pub fn new(host: String, active: bool, scim_default_team: String) -> Self {
        Self {
            host,
            active,
            scim_default_team,
            teams: IndexMap::new(),
            skills: BTreeSet::new(),
            roles: IndexMap::new(),
            users: IndexMap::new(),
            by_login: HashMap::new(),
            extensions: HashSet::new(),
            next_extension: FIRST_EXTENSION,
        }
    }

    /// All users in the order of their creation.
    pub fn users(&self) -> impl Iterator<Item = &User> {
        self.users.values()
    }

    /// A user by the stable id.
    pub fn user(&self, id: &str) -> Option<&User> {
        self.users.get(id)
    }

    /// A user by the login id.
    pub fn find(&self, login_id: &str, knobs: &Knobs) -> Option<&User> {
        let ids = self.by_login.get(&login_id.to_lowercase())?;
        let mut users = ids.iter().filter_map(|id| self.users.get(id));
        users.find(|user| knobs.login_case == LoginCase::Insensitive || user.login_id == login_id)
    }

    /// Whether an extension belongs to another user than the one with the id `but`.
    pub fn is_extension_taken(&self, extension: &str, but: &str) -> bool {
        let own = self.users.get(but).and_then(|user| user.extension.as_deref());
        own != Some(extension) && self.extensions.contains(extension)
    }

    /// Next free extension.
    pub fn take_extension(&mut self) -> String {
        loop {
            let extension = self.next_extension.to_string();
            self.next_extension += 1;
            if !self.extensions.contains(&extension) {
                return extension;
            }
        }
    }

    /// Puts a user in, new or instead of the former self.
    pub fn put(&mut self, user: User) {
        self.forget(&user.id);
        self.by_login.entry(user.login_id.to_lowercase()).or_default().push(user.id.clone());
        self.extensions.extend(user.extension.clone());
        self.users.insert(user.id.clone(), user);
    }

    /// Removes a user for good.
    pub fn remove(&mut self, id: &str) {
        self.forget(id);
        self.users.shift_remove(id);
    }

    /// Changes every user.
    pub fn for_each_user(&mut self, change: impl FnMut(&mut User)) {
        self.users.values_mut().for_each(change);
    }

    /// What a user's roles allow.
    pub fn privileges(&self, user: &User) -> BTreeSet<Privilege> {
        let roles = user.roles.iter().filter_map(|name| self.roles.get(name));
        roles.flat_map(|role| role.privileges.iter().copied()).collect()
    }

    /// Roles of new users for whom none is given.
    pub fn default_roles(&self) -> Vec<String> {
        self.roles.values().filter(|role| role.default).map(|role| role.name.clone()).collect()
    }

    /// Everything, as tests see it and as a seed takes it.
    pub fn state(&self) -> Value {
        json!({
            "host": self.host,
            "active": self.active,
            "scimDefaultTeam": self.scim_default_team,
            "teams": self.teams.values().collect::<Vec<_>>(),
            "skills": self.skills,
            "roles": self.roles.values().collect::<Vec<_>>(),
            "users": self.users.values().collect::<Vec<_>>(),
        })
    }

    /// Takes a user out of the indexes.
    fn forget(&mut self, id: &str) {
        let Some(before) = self.users.get(id) else { return };
        if let Some(ids) = self.by_login.get_mut(&before.login_id.to_lowercase()) {
            ids.retain(|one| one != id);
        }
        if let Some(extension) = &before.extension {
            self.extensions.remove(extension);
        }
    }
}

/// A fresh upper-case UUID.
pub fn new_id() -> String {
    uuid::Builder::from_random_bytes(rand::random()).into_uuid().to_string().to_uppercase()
}
