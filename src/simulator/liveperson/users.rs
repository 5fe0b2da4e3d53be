//! What makes a user: required fields, references, one profile per role type, and what leaving a role takes away. It stores nothing.
//!
//! Source: Users API, appendix ("Considerations", "User entity") and the knowledge base ("Creating users").

use std::collections::HashSet;

use serde_json::{Value, json};

use super::account::{Account, Entity, flag, groups_in, ids, member_of, text};
use super::authenticate::Caller;
use super::convert::complete;
use super::kind::Kind;
use super::knobs::{Knobs, Rename};
use super::refusal::Refusal;

/// Role type of agents (Profiles API, appendix).
pub const AGENT: i64 = 2;
/// Role type of agent managers.
pub const AGENT_MANAGER: i64 = 3;

/// Most profiles of a user: one for each role type that customers have.
const MAX_PROFILES: usize = 4;

/// What a change is judged by.
pub struct Desk<'a> {
    /// The data.
    pub account: &'a Account,
    /// Behaviour.
    pub knobs: &'a Knobs,
    /// Who changes.
    pub caller: &'a Caller,
    /// Time of the change, as the vendor writes it.
    pub date: &'a str,
}

/// A user as it will be.
#[derive(Debug)]
pub struct Draft {
    /// The fields.
    pub user: Entity,
    /// The new password, if there is one.
    pub password: Option<String>,
}

impl Desk<'_> {
    /// Judges a user: a new one, or one instead of `before`. `given` was read by [`super::convert::read_fields`].
    pub fn draft_user(&self, mut given: Entity, before: Option<(i64, &Entity)>) -> Result<Draft, Refusal> {
        if let Some((_, before)) = before {
            self.keep_login_name(&mut given, before)?;
            given.insert("pid".to_owned(), before.get("pid").cloned().unwrap_or_default());
        }
        let password =
            given.get("passwordSh").and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
        let own = given.clone();
        set_disabled_manually(&mut given, before.map(|(_, before)| before));
        let mut user = complete(Kind::Users, given).map_err(Refusal::bad)?;
        self.check_sizes(&user)?;
        self.check_references(&user)?;
        let roles = self.check_profiles(&user)?;
        if let Some((_, before)) = before {
            self.take_away(&mut user, &roles, before);
        }
        if !roles.contains(&AGENT_MANAGER) {
            user.insert("managerOf".to_owned(), json!([]));
        }
        if roles.contains(&AGENT) && member_of(&user).is_none() {
            return Err(Refusal::bad("memberOf is required for agents"));
        }
        self.check_unique(&user, before.map(|(id, _)| id))?;
        self.check_password(&user, &own, password.as_deref(), before.map(|(id, _)| id))?;
        self.date_assignments(&mut user, before.map(|(_, before)| before));
        Ok(Draft { user, password })
    }

    /// Refuses a password that the account's rules forbid.
    pub fn check_policy(&self, password: &str) -> Result<(), Refusal> {
        match self.knobs.password_policy.objection(password) {
            Some(objection) if self.knobs.local_login => Err(Refusal::bad(objection)),
            _ => Ok(()),
        }
    }

    fn keep_login_name(&self, given: &mut Entity, before: &Entity) -> Result<(), Refusal> {
        let stored = text(before, "loginName");
        let is_other = given.get("loginName").is_some_and(|name| name.as_str() != Some(stored));
        if is_other && self.knobs.login_rename == Rename::Reject {
            return Err(Refusal::bad("loginName cannot be changed"));
        }
        if is_other {
            given.insert("loginName".to_owned(), json!(stored));
        }
        Ok(())
    }

    fn check_sizes(&self, user: &Entity) -> Result<(), Refusal> {
        let limits = &self.knobs.limits;
        check_texts(user, self.knobs)?;
        for (field, highest) in [("maxChats", limits.max_chats), ("maxAsyncChats", limits.max_async_chats)] {
            let number = user.get(field).and_then(Value::as_i64).unwrap_or_default();
            if !(0..=highest).contains(&number) {
                return Err(Refusal::bad(format!("{field} must be from 0 to {highest}")));
            }
        }
        let user_type = user.get("userTypeId").and_then(Value::as_i64).unwrap_or_default();
        if !(0..=2).contains(&user_type) {
            return Err(Refusal::bad("userTypeId is 0 (system), 1 (human) or 2 (bot)"));
        }
        Ok(())
    }

    fn check_references(&self, user: &Entity) -> Result<(), Refusal> {
        let lists = [("skillIds", Kind::Skills), ("profileIds", Kind::Profiles), ("lobIds", Kind::Lobs)];
        for (field, kind) in lists {
            self.check_ids(field, kind, ids(user, field))?;
        }
        self.check_ids("memberOf", Kind::AgentGroups, member_of(user))?;
        self.check_ids("managerOf", Kind::AgentGroups, groups_in(user, "managerOf"))
    }

    /// Refuses ids that are not there.
    pub fn check_ids(&self, field: &str, kind: Kind, ids: impl IntoIterator<Item = i64>) -> Result<(), Refusal> {
        match ids.into_iter().find(|id| self.account.live(kind, *id).is_none()) {
            Some(id) => Err(Refusal::bad(format!("{field}: there is no {id} among the {}", kind.segment()))),
            None => Ok(()),
        }
    }

    /// The role types of a user; at most four, each once.
    fn check_profiles(&self, user: &Entity) -> Result<Vec<i64>, Refusal> {
        let roles = self.account.role_types(user);
        let distinct: HashSet<&i64> = roles.iter().collect();
        if roles.len() > MAX_PROFILES || distinct.len() != roles.len() {
            return Err(Refusal::bad("profileIds: at most four profiles, one of each role type"));
        }
        Ok(roles)
    }

    /// Who leaves the agents loses what agents have, who leaves the agent managers their groups; coming back restores nothing.
    fn take_away(&self, user: &mut Entity, roles: &[i64], before: &Entity) {
        let former = self.account.role_types(before);
        let left = |role: i64| former.contains(&role) && !roles.contains(&role);
        if left(AGENT) {
            let nothing = [
                ("maxChats", json!(0)),
                ("maxAsyncChats", Value::Null),
                ("memberOf", Value::Null),
                ("skillIds", json!([])),
            ];
            for (field, value) in nothing {
                user.insert(field.to_owned(), value);
            }
        }
        if left(AGENT_MANAGER) {
            user.insert("managerOf".to_owned(), json!([]));
        }
    }

    fn check_unique(&self, user: &Entity, own: Option<i64>) -> Result<(), Refusal> {
        let users = self.account.of(Kind::Users);
        let name = text(user, "loginName");
        if users.is_taken(name, own, own.is_none() && !self.knobs.reuse_deleted) {
            return Err(Refusal::new(self.knobs.dup_status, format!("loginName {name} is taken")));
        }
        let pid = user.get("pid").and_then(Value::as_str).filter(|_| own.is_none());
        if pid.is_some_and(|pid| users.all().any(|(_, other)| text(other, "pid") == pid)) {
            return Err(Refusal::new(self.knobs.dup_status, "pid is taken"));
        }
        if own.is_none() && users.live_count() >= self.knobs.limits.users {
            return Err(Refusal::bad(format!("an account has at most {} users", self.knobs.limits.users)));
        }
        Ok(())
    }

    fn check_password(
        &self,
        user: &Entity,
        given: &Entity,
        password: Option<&str>,
        own: Option<i64>,
    ) -> Result<(), Refusal> {
        if flag(user, "isApiUser") {
            let has_keys = !text(user, "allowedAppKeys").is_empty();
            return if has_keys { Ok(()) } else { Err(Refusal::bad("allowedAppKeys is required for API users")) };
        }
        match (password, own) {
            (None, None) => Err(Refusal::bad("passwordSh is required")),
            (None, Some(_)) => Ok(()),
            (Some(password), own) => {
                own.map_or(Ok(()), |id| self.caller.check_own_password(id, password, given, self.account))?;
                self.check_policy(password)
            }
        }
    }

    /// A group that was there keeps the time of its assignment; a new one gets the time of the change.
    fn date_assignments(&self, user: &mut Entity, before: Option<&Entity>) {
        let former = |group: &Value| {
            let before = before?;
            let managed = before.get("managerOf").and_then(Value::as_array).into_iter().flatten();
            let all = before.get("memberOf").into_iter().chain(managed);
            all.filter(|one| one["agentGroupId"] == *group).find_map(|one| one.get("assignmentDate").cloned())
        };
        let date = |member: &mut Value| {
            if let Some(group) = member.get("agentGroupId").cloned() {
                member["assignmentDate"] = former(&group).unwrap_or_else(|| json!(self.date));
            }
        };
        if let Some(member) = user.get_mut("memberOf") {
            date(member);
        }
        user.get_mut("managerOf").and_then(Value::as_array_mut).into_iter().flatten().for_each(date);
    }
}

/// Refuses texts that are too long.
pub fn check_texts(entity: &Entity, knobs: &Knobs) -> Result<(), Refusal> {
    let limits = &knobs.limits;
    for (name, value) in entity {
        let is_name = ["loginName", "fullName", "nickname", "email", "name"].contains(&name.as_str());
        let most = if is_name { limits.name_chars } else { limits.text_chars };
        if value.as_str().is_some_and(|text| text.chars().count() > most) {
            return Err(Refusal::bad(format!("{name} has more than {most} characters")));
        }
    }
    Ok(())
}

/// When `isEnabled` changes and nothing is said, the server says the opposite of it; otherwise what was there stays.
fn set_disabled_manually(given: &mut Entity, before: Option<&Entity>) {
    let is_enabled = flag(given, "isEnabled");
    if given.contains_key("disabledManually") {
        return;
    }
    let kept = before.filter(|before| flag(before, "isEnabled") == is_enabled);
    let value = kept.map_or(!is_enabled, |before| flag(before, "disabledManually"));
    given.insert("disabledManually".to_owned(), json!(value));
}
