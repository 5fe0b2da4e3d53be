//! All data of one client on one platform, with the indexes that keep addresses and SAML ids unique. It checks no input and knows no rights.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use serde_json::{Value, json};

use super::model::{Named, Role, User};

/// First id of an account, and of a skill that is made while the simulator runs.
const FIRST_ID: i64 = 400_000;

/// One client's data.
#[derive(Debug, Clone)]
pub struct Tenant {
    /// The client itself.
    pub client: Named,
    /// Roles by id.
    pub roles: BTreeMap<i64, Role>,
    /// User groups by id.
    pub groups: BTreeMap<i64, Named>,
    /// Skills by id.
    pub skills: BTreeMap<i64, Named>,
    /// Projects by id.
    pub projects: BTreeMap<i64, Named>,
    users: BTreeMap<i64, Arc<User>>,
    by_email: HashMap<String, i64>,
    by_saml_id: HashMap<String, i64>,
    deleted_emails: HashSet<String>,
    deleted_saml_ids: HashSet<String>,
    next_id: i64,
}

impl Tenant {
    /// A client without accounts.
    pub fn new(
        client: Named,
        roles: BTreeMap<i64, Role>,
        groups: BTreeMap<i64, Named>,
        skills: BTreeMap<i64, Named>,
        projects: BTreeMap<i64, Named>,
    ) -> Self {
        Self {
            client,
            roles,
            groups,
            skills,
            projects,
            users: BTreeMap::new(),
            by_email: HashMap::new(),
            by_saml_id: HashMap::new(),
            deleted_emails: HashSet::new(),
            deleted_saml_ids: HashSet::new(),
            next_id: FIRST_ID,
        }
    }

    /// All accounts, deleted ones too, by id.
    pub fn users(&self) -> &BTreeMap<i64, Arc<User>> {
        &self.users
    }

    /// An account, deleted or not.
    pub fn user(&self, id: i64) -> Option<Arc<User>> {
        self.users.get(&id).cloned()
    }

    /// An account that is not deleted.
    pub fn live_user(&self, id: i64) -> Option<Arc<User>> {
        self.user(id).filter(|user| !user.is_deleted())
    }

    /// The live account with this address; letter case does not matter.
    pub fn find_email(&self, email: &str) -> Option<Arc<User>> {
        self.by_email.get(&fold(email)).and_then(|id| self.user(*id))
    }

    /// Whether an address belongs to another account than `but`; `deleted` counts the addresses of deleted ones too.
    pub fn is_email_taken(&self, email: &str, but: i64, deleted: bool) -> bool {
        let key = fold(email);
        self.by_email.get(&key).is_some_and(|id| *id != but) || (deleted && self.deleted_emails.contains(&key))
    }

    /// As [`Self::is_email_taken`], for SAML ids, whose letter case matters.
    pub fn is_saml_id_taken(&self, saml_id: &str, but: i64, deleted: bool) -> bool {
        self.by_saml_id.get(saml_id).is_some_and(|id| *id != but)
            || (deleted && self.deleted_saml_ids.contains(saml_id))
    }

    /// Next free id.
    pub fn take_id(&mut self) -> i64 {
        self.next_id += 1;
        self.next_id
    }

    /// Puts an account in, new or instead of its former self.
    pub fn replace(&mut self, user: User) -> Arc<User> {
        if let Some(before) = self.users.get(&user.id) {
            self.by_email.remove(&fold(&before.email));
            if let Some(saml_id) = &before.saml_id {
                self.by_saml_id.remove(saml_id);
            }
        }
        if user.is_deleted() {
            self.deleted_emails.insert(fold(&user.email));
            self.deleted_saml_ids.extend(user.saml_id.clone());
        } else {
            self.by_email.insert(fold(&user.email), user.id);
            if let Some(saml_id) = &user.saml_id {
                self.by_saml_id.insert(saml_id.clone(), user.id);
            }
        }
        self.next_id = self.next_id.max(user.id);
        let user = Arc::new(user);
        self.users.insert(user.id, Arc::clone(&user));
        user
    }

    /// Removes a skill, also from the accounts; false when there is none.
    pub fn remove_skill(&mut self, id: i64) -> bool {
        let known = self.skills.remove(&id).is_some();
        for user in self.users.values_mut().filter(|user| user.skill_ids.contains(&id)) {
            Arc::make_mut(user).skill_ids.retain(|skill| *skill != id);
        }
        known
    }

    /// Everything, as tests see it and as a seed takes it.
    pub fn state(&self) -> Value {
        json!({
            "client": self.client,
            "projects": self.projects.values().collect::<Vec<_>>(),
            "groups": self.groups.values().collect::<Vec<_>>(),
            "skills": self.skills.values().collect::<Vec<_>>(),
            "roles": self.roles.values().collect::<Vec<_>>(),
            "users": self.users.values().map(|user| user.state()).collect::<Vec<_>>(),
        })
    }
}

fn fold(email: &str) -> String {
    email.to_lowercase()
}
