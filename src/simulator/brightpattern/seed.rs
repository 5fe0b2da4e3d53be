//! The data that a simulator begins with. It checks a seed's form and its names, not the vendor's rules about values.
//!
//! The default: tenant acme.brightpattern.com; teams Administrators, Contact Center Support, CSIM Support, Customer Service, Sales; skills Customer Service, Sales,
//! English, Swedish, German, Billing; the vendor's roles, of which Agent is for new users, and Provisioning with every privilege and Team Lead with Manage Users
//! alone; users admin, [`super::SERVICE_LOGIN`] (with an API secret), maria.lind, lars.berg (supervises Customer Service), olle.off (disabled), lock.out (locked).
//!
//! A seed has the form of `GET /_sim/state`; whatever it leaves out is as above. `generate` adds agents for load tests. A user may have `password` and
//! `apiSecret`, which no state shows. The service user is added when nobody has its login id, and has its secrets unless others are given.
//!
//! ```json
//! { "host": "shop.example.com", "generate": 5000, "skills": ["English"],
//!   "teams": [{ "name": "Support", "serviceSkills": ["English"], "supervisors": ["admin"] }],
//!   "roles": [{ "name": "Agent", "default": true }, { "name": "Boss", "privileges": ["manage_users", "manage_all_teams"] }],
//!   "users": [{ "loginId": "ada", "firstName": "Ada", "lastName": "King", "team": "Support", "roles": ["Boss"], "apiSecret": "…" }] }
//! ```

use std::collections::BTreeSet;

use jiff::Timestamp;
use secrecy::SecretString;
use serde::Deserialize;

use super::knobs::Knobs;
use super::tenant::{Privilege, Role, Team, Tenant, new_id};
use super::user::User;
use super::{API_SECRET, SERVICE_LOGIN, SERVICE_PASSWORD, TENANT};

/// Most users that `generate` makes.
const MAX_GENERATED: u32 = 100_000;

/// A seed that was read.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Seed {
    host: String,
    active: bool,
    scim_default_team: Option<String>,
    teams: Vec<Team>,
    skills: BTreeSet<String>,
    roles: Vec<Role>,
    users: Vec<User>,
    generate: u32,
}

impl Default for Seed {
    fn default() -> Self {
        Self {
            host: TENANT.to_owned(),
            active: true,
            scim_default_team: None,
            teams: default_teams(),
            skills: ["Customer Service", "Sales", "English", "Swedish", "German", "Billing"].map(str::to_owned).into(),
            roles: default_roles(),
            users: default_users(),
            generate: 0,
        }
    }
}

impl Seed {
    /// Reads JSON text; `None` is the default data.
    pub fn read(text: Option<&str>) -> Result<Self, String> {
        let mut seed: Self = match text {
            Some(text) => serde_json::from_str(text).map_err(|error| format!("seed: {error}"))?,
            None => Self::default(),
        };
        if seed.generate > MAX_GENERATED {
            return Err(format!("seed: generate is at most {MAX_GENERATED}"));
        }
        for user in &mut seed.users {
            if user.id.is_empty() {
                user.id = new_id();
            }
        }
        seed.tenant(Timestamp::UNIX_EPOCH).map(|_| seed)
    }

    /// Builds the data.
    pub fn tenant(&self, now: Timestamp) -> Result<Tenant, String> {
        let first_team = self.teams.first().ok_or("seed: teams: at least one is needed")?;
        let has = |name: &str| self.teams.iter().any(|team| team.name == name);
        let usual = if has("Customer Service") { "Customer Service" } else { &first_team.name };
        let scim_team = self.scim_default_team.as_deref().unwrap_or(usual);
        if !has(scim_team) {
            return Err(format!("seed: scimDefaultTeam: there is no team {scim_team}"));
        }
        let mut tenant = Tenant::new(self.host.clone(), self.active, scim_team.to_owned());
        tenant.teams = self.teams.iter().map(|team| (team.name.clone(), team.clone())).collect();
        tenant.roles = self.roles.iter().map(|role| (role.name.clone(), role.clone())).collect();
        tenant.skills.clone_from(&self.skills);
        for user in &self.users {
            put(&mut tenant, user.clone(), now)?;
        }
        if tenant.find(SERVICE_LOGIN, &Knobs::default()).is_none() {
            put(&mut tenant, service_user(&first_team.name), now)?;
        }
        for number in 1..=self.generate {
            put(&mut tenant, generated(number, &first_team.name), now)?;
        }
        Ok(tenant)
    }
}

/// Puts a user in who has everything that the tenant gives.
fn put(tenant: &mut Tenant, mut user: User, now: Timestamp) -> Result<(), String> {
    let whose = format!("seed: user {}", user.login_id);
    if tenant.find(&user.login_id, &Knobs::default()).is_some() || tenant.user(&user.id).is_some() {
        return Err(format!("{whose}: there are two of them"));
    }
    if !tenant.teams.contains_key(&user.team) {
        return Err(format!("{whose}: there is no team {}", user.team));
    }
    if let Some(role) = user.roles.iter().find(|role| !tenant.roles.contains_key(*role)) {
        return Err(format!("{whose}: there is no role {role}"));
    }
    if let Some(skill) = user.skills.keys().find(|skill| !tenant.skills.contains(*skill)) {
        return Err(format!("{whose}: there is no skill {skill}"));
    }
    if let Some(extension) = user.extension.as_ref().filter(|one| tenant.is_extension_taken(one, &user.id)) {
        return Err(format!("{whose}: the extension {extension} is taken"));
    }
    if user.login_id == SERVICE_LOGIN {
        user.api_secret.get_or_insert_with(|| SecretString::from(API_SECRET));
        user.password.get_or_insert_with(|| SecretString::from(SERVICE_PASSWORD));
    }
    user.last_modified.get_or_insert(now);
    tenant.put(user);
    Ok(())
}

fn person(login_id: &str, first: &str, last: &str, team: &str) -> User {
    User {
        id: new_id(),
        login_id: login_id.to_owned(),
        first_name: first.to_owned(),
        last_name: last.to_owned(),
        team: team.to_owned(),
        email: Some(format!("{login_id}@acme.example")),
        ..User::default()
    }
}

fn service_user(team: &str) -> User {
    let roles = vec!["Provisioning".to_owned()];
    User { roles, extension: Some("1001".to_owned()), ..person(SERVICE_LOGIN, "Provisioning", "Service", team) }
}

fn generated(number: u32, team: &str) -> User {
    let login_id = format!("user{number:07}@example.com");
    User {
        email: Some(login_id.clone()),
        extension: Some((100_000 + number).to_string()),
        ..person(&login_id, "User", &format!("Number {number}"), team)
    }
}

fn default_users() -> Vec<User> {
    let with = |user: User, extension: &str, roles: &[&str], skills: &[(&str, i64)]| User {
        extension: Some(extension.to_owned()),
        roles: roles.iter().map(|role| (*role).to_owned()).collect(),
        skills: skills.iter().map(|(name, level)| ((*name).to_owned(), *level)).collect(),
        ..user
    };
    let service = "Customer Service";
    let admin = User {
        external: Some("16505550100".to_owned()),
        voice_mail: true,
        ..person("admin", "Admin", "User", "Administrators")
    };
    let maria = User {
        work_phone: Some("4155550101".to_owned()),
        change_password: true,
        password: Some(SecretString::from("Simulated-Agent-1")),
        ..person("maria.lind", "Maria", "Lind", service)
    };
    let lars = User {
        api_secret: Some(SecretString::from("simulated-team-lead-secret")),
        ..person("lars.berg", "Lars", "Berg", service)
    };
    vec![
        with(admin, "1000", &["System Administrator"], &[]),
        with(service_user("Administrators"), "1001", &["Provisioning"], &[]),
        with(maria, "2051", &["Agent"], &[(service, 100), ("Swedish", 70)]),
        with(lars, "2052", &["Supervisor", "Team Lead"], &[(service, 100)]),
        with(User { disabled: true, ..person("olle.off", "Olle", "Off", "Sales") }, "2053", &["Agent"], &[]),
        with(
            User { locked_out: true, ..person("lock.out", "Lotta", "Lock", "Sales") },
            "2054",
            &["Agent"],
            &[("Sales", 50)],
        ),
    ]
}

fn default_teams() -> Vec<Team> {
    let names = |list: &[&str]| list.iter().map(|name| (*name).to_owned()).collect();
    let team = |name: &str, skills: &[&str], supervisors: &[&str]| Team {
        name: name.to_owned(),
        id: new_id(),
        service_skills: names(skills),
        supervisors: names(supervisors),
    };
    vec![
        team("Administrators", &[], &[]),
        team("Contact Center Support", &[], &[]),
        team("CSIM Support", &[], &[]),
        team("Customer Service", &["Customer Service"], &["lars.berg"]),
        team("Sales", &["Sales"], &[]),
    ]
}

fn default_roles() -> Vec<Role> {
    use Privilege::{AllTeams, Phones, Skills, Users};
    let all = [Users, AllTeams, Skills, Phones];
    let role = |name: &str, privileges: &[Privilege]| Role {
        name: name.to_owned(),
        privileges: privileges.iter().copied().collect(),
        default: name == "Agent",
    };
    vec![
        role("System Administrator", &all),
        role("Campaign Administrator", &[]),
        role("Supervisor", &[]),
        role("Quality Evaluator", &[]),
        role("Quality Evaluator Admin", &[]),
        role("Security Administrator", &[]),
        role("Campaign Operator", &[]),
        role("Service Administrator", &[]),
        role("Reviewer", &[]),
        role("Manager", &[]),
        role("Agent", &[]),
        role("Provisioning", &all),
        role("Team Lead", &[Users]),
    ]
}
