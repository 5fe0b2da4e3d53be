//! Users of the Configuration API: create, read, change, delete, lock state. Success of a write is the two bytes `OK`, which are called JSON and are none.
//!
//! Order of refusals: sign-in (401), privilege (403), media type (415), JSON and values (400), user (404), team, roles and skills (404), uniqueness (409).

use indexmap::IndexMap;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value, json};

use super::super::control::{Answer, Request, lock, read, write};
use super::BrightPattern;
use super::body::{boolean, extension, read_object, required, role_names, skills, text};
use super::knobs::{Knobs, Server, SkillsPut, Unsupported};
use super::refusal::Refusal;
use super::tenant::{Tenant, new_id};
use super::user::User;

/// Most characters of a login id; our number, because none is published.
const MAX_LOGIN_CHARS: usize = 128;

/// Level of a skill that comes with a team.
const TEAM_SKILL_LEVEL: i64 = 100;

/// What a PUT supports on a current server.
const UPDATABLE: [&str; 5] = ["skills", "disabled", "password", "changePassword", "team"];

/// What a PUT supports on a 3.x server.
const UPDATABLE_THREE: [&str; 3] = ["skills", "disabled", "password"];

/// All fields of a user.
const FIELDS: [&str; 13] = [
    "loginId",
    "password",
    "changePassword",
    "firstName",
    "lastName",
    "team",
    "extension",
    "workPhone",
    "mobilePhone",
    "email",
    "disabled",
    "skills",
    "roles",
];

impl BrightPattern {
    /// Makes a user.
    pub fn create_user(&self, request: &Request) -> Result<Answer, Refusal> {
        let caller = self.authenticate(request)?;
        caller.check_users()?;
        let knobs = self.current_knobs();
        let body = read_object(request, &["application/json"])?;
        let mut user = read_new(&body)?;
        check_login_id(&user.login_id)?;
        if knobs.require_email && user.email.is_none() {
            return Err(Refusal::missing("email"));
        }
        if let Some(password) = text(&body, "password")? {
            set_password(&mut user, &password, &knobs)?;
        }
        if !user.skills.is_empty() {
            caller.check_skills()?;
        }
        let mut tenant = write(&self.tenant);
        caller.check_team(&user.team, &tenant, &knobs)?;
        check_references(&tenant, Some(&user.team), &user.skills, &user.roles)?;
        if role_names(&body)?.is_none() {
            user.roles = tenant.default_roles();
        }
        check_unique(&tenant, &user, &knobs)?;
        if knobs.team_service_skills {
            let services = tenant.teams.get(&user.team).map(|team| team.service_skills.clone()).unwrap_or_default();
            for skill in services {
                user.skills.entry(skill).or_insert(TEAM_SKILL_LEVEL);
            }
        }
        if user.extension.is_none() {
            user.extension = Some(tenant.take_extension());
        }
        user.last_modified = Some(self.clock.now());
        tenant.put(user);
        Ok(done())
    }

    /// Answers a user.
    pub fn get_user(&self, request: &Request, login_id: &str) -> Result<Answer, Refusal> {
        let caller = self.authenticate(request)?;
        caller.check_users()?;
        let knobs = self.current_knobs();
        let tenant = read(&self.tenant);
        let user = tenant.find(login_id, &knobs).ok_or_else(Refusal::no_user)?;
        caller.check_team(&user.team, &tenant, &knobs)?;
        Ok(Answer::json(200, &user.shown(&knobs)))
    }

    /// Changes what is given and supported; everything else stays.
    pub fn update_user(&self, request: &Request, login_id: &str) -> Result<Answer, Refusal> {
        let caller = self.authenticate(request)?;
        caller.check_users()?;
        let knobs = self.current_knobs();
        let mut body = read_object(request, &["application/json"])?;
        let supported: &[&str] = if knobs.server == Server::Three { &UPDATABLE_THREE } else { &UPDATABLE };
        let is_supported = |name: &str| supported.contains(&name) && (knobs.put_team || name != "team");
        let unsupported: Vec<&str> = FIELDS.into_iter().filter(|name| !is_supported(name)).collect();
        for name in unsupported {
            if body.shift_remove(name).is_some() && knobs.unsupported_put_field == Unsupported::Refuse {
                return Err(Refusal::bad(format!("{name} cannot be changed")));
            }
        }
        let (disabled, change_password) = (boolean(&body, "disabled")?, boolean(&body, "changePassword")?);
        let (team, password, skills) = (text(&body, "team")?, text(&body, "password")?, skills(&body)?);
        if skills.is_some() {
            caller.check_skills()?;
        }
        let mut tenant = write(&self.tenant);
        let mut user = tenant.find(login_id, &knobs).cloned().ok_or_else(Refusal::no_user)?;
        caller.check_team(&user.team, &tenant, &knobs)?;
        check_references(&tenant, team.as_ref(), skills.as_ref().unwrap_or(&IndexMap::new()), &[])?;
        if let Some(team) = team.filter(|team| *team != user.team) {
            caller.check_team(&team, &tenant, &knobs)?;
            move_to_team(&mut user, team, &tenant, &knobs);
        }
        if let Some(password) = password {
            set_password(&mut user, &password, &knobs)?;
        }
        if let Some(skills) = skills {
            put_skills(&mut user, skills, knobs.skills_put);
        }
        user.change_password = change_password.unwrap_or(user.change_password);
        user.disabled = disabled.unwrap_or(user.disabled);
        if user.disabled {
            lock(&self.tokens).revoke(&user.id);
        }
        user.last_modified = Some(self.clock.now());
        tenant.put(user);
        Ok(done())
    }

    /// Deletes a user for good; the login id is free again.
    pub fn delete_user(&self, request: &Request, login_id: &str) -> Result<Answer, Refusal> {
        let caller = self.authenticate(request)?;
        caller.check_users()?;
        let knobs = self.current_knobs();
        let mut tenant = write(&self.tenant);
        let user = tenant.find(login_id, &knobs).cloned().ok_or_else(Refusal::no_user)?;
        caller.check_team(&user.team, &tenant, &knobs)?;
        tenant.remove(&user.id);
        lock(&self.tokens).revoke(&user.id);
        Ok(done())
    }

    /// Answers whether failed logins have locked a user.
    pub fn get_lock(&self, request: &Request, login_id: &str) -> Result<Answer, Refusal> {
        let caller = self.authenticate(request)?;
        caller.check_users()?;
        let knobs = self.current_knobs();
        let tenant = read(&self.tenant);
        let user = tenant.find(login_id, &knobs).ok_or_else(Refusal::no_user)?;
        caller.check_team(&user.team, &tenant, &knobs)?;
        Ok(Answer::json(200, &json!({ "lockedOut": user.locked_out })))
    }

    /// Unlocks a user, locked or not. A body is ignored.
    pub fn clear_lock(&self, request: &Request, login_id: &str) -> Result<Answer, Refusal> {
        let caller = self.authenticate(request)?;
        caller.check_users()?;
        let knobs = self.current_knobs();
        let mut tenant = write(&self.tenant);
        let mut user = tenant.find(login_id, &knobs).cloned().ok_or_else(Refusal::no_user)?;
        caller.check_team(&user.team, &tenant, &knobs)?;
        user.locked_out = false;
        tenant.put(user);
        Ok(Answer::json(200, &json!({ "lockedOut": false })))
    }
}

/// What success of a write looks like.
fn done() -> Answer {
    Answer::of_type(200, "application/json", b"OK".to_vec())
}

fn read_new(body: &Map<String, Value>) -> Result<User, Refusal> {
    Ok(User {
        id: new_id(),
        login_id: required(body, "loginId")?,
        first_name: required(body, "firstName")?,
        last_name: required(body, "lastName")?,
        team: required(body, "team")?,
        extension: extension(body, "extension")?,
        work_phone: text(body, "workPhone")?,
        mobile_phone: text(body, "mobilePhone")?,
        email: text(body, "email")?,
        disabled: boolean(body, "disabled")?.unwrap_or_default(),
        change_password: boolean(body, "changePassword")?.unwrap_or_default(),
        skills: skills(body)?.unwrap_or_default(),
        roles: role_names(body)?.unwrap_or_default(),
        ..User::default()
    })
}

/// Refuses login ids that no path could name.
pub fn check_login_id(login_id: &str) -> Result<(), Refusal> {
    let is_bad = |char: char| char.is_control() || char == '/' || char == '\\';
    if login_id.chars().count() > MAX_LOGIN_CHARS || login_id.chars().any(is_bad) {
        return Err(Refusal::bad("loginId has characters that are not allowed, or too many"));
    }
    Ok(())
}

/// Refuses names that are not there.
pub fn check_references(
    tenant: &Tenant,
    team: Option<&String>,
    skills: &IndexMap<String, i64>,
    roles: &[String],
) -> Result<(), Refusal> {
    if team.is_some_and(|team| !tenant.teams.contains_key(team)) {
        return Err(Refusal::new(404, "user team not found"));
    }
    if roles.iter().any(|role| !tenant.roles.contains_key(role)) {
        return Err(Refusal::new(404, "Role not found"));
    }
    if skills.keys().any(|skill| !tenant.skills.contains(skill)) {
        return Err(Refusal::new(404, "skill not found"));
    }
    Ok(())
}

/// Refuses a login id or an extension that another user has.
pub fn check_unique(tenant: &Tenant, user: &User, knobs: &Knobs) -> Result<(), Refusal> {
    if tenant.find(&user.login_id, knobs).is_some_and(|other| other.id != user.id) {
        return Err(Refusal::new(409, "user with this username already exists"));
    }
    if user.extension.as_ref().is_some_and(|extension| tenant.is_extension_taken(extension, &user.id)) {
        return Err(Refusal::new(409, "extension is already in use"));
    }
    Ok(())
}

/// Sets a password that keeps the rules; it clears nothing else.
pub fn set_password(user: &mut User, password: &str, knobs: &Knobs) -> Result<(), Refusal> {
    if password.chars().count() < knobs.password_min_chars {
        return Err(Refusal::bad("password does not meet the complexity requirements"));
    }
    let mut former: Vec<SecretString> = user.former_passwords.iter().chain(&user.password).cloned().collect();
    let kept = former.split_off(former.len().saturating_sub(knobs.password_history));
    if kept.iter().any(|old| old.expose_secret() == password) {
        return Err(Refusal::bad("password was used before"));
    }
    user.former_passwords = kept;
    user.password = Some(SecretString::from(password));
    Ok(())
}

fn put_skills(user: &mut User, skills: IndexMap<String, i64>, how: SkillsPut) {
    match how {
        SkillsPut::Replace => user.skills = skills,
        SkillsPut::Merge => {
            user.skills.extend(skills);
            user.skills.retain(|_, level| *level > 0);
        }
    }
}

/// A user is in one team; the tenant may give the service skills of a team to its members.
pub fn move_to_team(user: &mut User, team: String, tenant: &Tenant, knobs: &Knobs) {
    if knobs.team_service_skills {
        let services = |name: &str| tenant.teams.get(name).map(|team| team.service_skills.clone()).unwrap_or_default();
        let (old, new) = (services(&user.team), services(&team));
        user.skills.retain(|skill, _| !old.contains(skill) || new.contains(skill));
        for skill in new {
            user.skills.entry(skill).or_insert(TEAM_SKILL_LEVEL);
        }
    }
    user.team = team;
}
