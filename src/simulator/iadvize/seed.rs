//! The data that a simulator begins with. It checks a seed's form, not the vendor's rules about values.
//!
//! The default, on both platforms: client 335; projects 6661, 6662, 6663; user groups 55 and 56 (below 55); skills 901 to 904; the vendor's roles 2 to 7
//! and a custom role 1001 on top of manager; accounts 400001 (administrator [`super::SERVICE_EMAIL`] with password), 400002 operator, 400003 developer,
//! 400004 expert, 400005 bot, 400006 an operator who was deleted.
//!
//! A seed has the form of `GET /_sim/state`; whatever it leaves out is as above. `generate` adds operators for load tests.
//!
//! ```json
//! { "ha": { "projects": [{ "id": 1, "name": "Shop" }],
//!           "users": [{ "email": "ada@example.com", "lastName": "King", "userName": "Ada", "roleId": 4, "password": "…" }],
//!           "generate": 10000 } }
//! ```
//!
//! An account may have an `id` (otherwise the next free one from 400001), `firstName`, `avatar`, `externalId`, `samlId`, `groupId`, `projectIds`,
//! `skillIds`, `channels`, `countryPreferences`, `createdAt`, `deletedAt`, `password`. The service account is added when no account has its address.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use super::model::{Named, Role, User};
use super::tenant::Tenant;
use super::{Platform, SERVICE_EMAIL, SERVICE_PASSWORD};

/// Most accounts that `generate` makes.
const MAX_GENERATED: u32 = 2_000_000;

/// A seed that was read.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Seed {
    ha: Part,
    sd: Part,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Part {
    client: Option<Named>,
    projects: Option<Vec<Named>>,
    groups: Option<Vec<Named>>,
    skills: Option<Vec<Named>>,
    roles: Option<Vec<Role>>,
    users: Option<Vec<Value>>,
    generate: u32,
}

impl Seed {
    /// Reads JSON text; `None` is the default data.
    pub fn read(text: Option<&str>) -> Result<Self, String> {
        let Some(text) = text else { return Ok(Self::default()) };
        let seed: Self = serde_json::from_str(text).map_err(|error| format!("seed: {error}"))?;
        if seed.ha.generate.max(seed.sd.generate) > MAX_GENERATED {
            return Err(format!("seed: generate is at most {MAX_GENERATED}"));
        }
        Ok(seed)
    }

    /// Builds the data of one platform.
    pub fn tenant(&self, platform: Platform, now: Timestamp) -> Result<Tenant, String> {
        let part = match platform {
            Platform::Ha => &self.ha,
            Platform::Sd => &self.sd,
        };
        let client = part.client.clone().unwrap_or_else(|| named(335, "Example Brand"));
        let list = |given: &Option<Vec<Named>>, default: fn() -> Vec<Named>| {
            let list = given.clone().unwrap_or_else(default);
            list.into_iter().map(|one| (one.id, one)).collect::<BTreeMap<_, _>>()
        };
        let roles = part.roles.clone().unwrap_or_else(default_roles);
        let mut tenant = Tenant::new(
            client,
            roles.into_iter().map(|role| (role.id, role)).collect(),
            list(&part.groups, default_groups),
            list(&part.skills, default_skills),
            list(&part.projects, default_projects),
        );
        let users = part.users.clone().unwrap_or_else(|| default_users(now));
        for user in users {
            put(&mut tenant, user, now)?;
        }
        if tenant.find_email(SERVICE_EMAIL).is_none() {
            put(&mut tenant, service_account(None), now)?;
        }
        let project = tenant.projects.keys().next().copied();
        for number in 1..=part.generate {
            put(&mut tenant, generated(number, project), now)?;
        }
        Ok(tenant)
    }
}

fn put(tenant: &mut Tenant, mut value: Value, now: Timestamp) -> Result<(), String> {
    if let Some(object) = value.as_object_mut() {
        for computed in ["kind", "isDeleted", "hasPassword"] {
            object.shift_remove(computed);
        }
    }
    let mut user: User = serde_json::from_value(value).map_err(|error| format!("seed: an account: {error}"))?;
    if user.id == 0 {
        user.id = tenant.take_id();
    } else if tenant.user(user.id).is_some() {
        return Err(format!("seed: two accounts have the id {}", user.id));
    }
    if !user.is_deleted() && tenant.is_email_taken(&user.email, user.id, false) {
        return Err(format!("seed: two accounts have the address {}", user.email));
    }
    user.created_at = user.created_at.or(Some(now));
    tenant.replace(user);
    Ok(())
}

fn generated(number: u32, project: Option<i64>) -> Value {
    json!({
        "email": format!("user{number:07}@example.com"), "firstName": "User", "lastName": format!("Number {number}"),
        "userName": format!("User {number}"), "roleId": 2, "projectIds": project.into_iter().collect::<Vec<_>>(),
        "externalId": format!("ext-{number:07}"),
    })
}

fn service_account(id: Option<i64>) -> Value {
    json!({
        "id": id.unwrap_or_default(), "email": SERVICE_EMAIL, "firstName": "Provisioning", "lastName": "Service", "userName": "Service",
        "roleId": 4, "projectIds": [6661], "password": SERVICE_PASSWORD,
    })
}

fn default_users(now: Timestamp) -> Vec<Value> {
    let deleted = now.checked_sub(SignedDuration::from_hours(24)).unwrap_or(now);
    vec![
        service_account(Some(400_001)),
        json!({ "id": 400_002, "email": "olivia.operator@example.com", "firstName": "Olivia", "lastName": "Operator", "userName": "Olivia",
            "roleId": 2, "groupId": 55, "projectIds": [6661, 6662], "skillIds": [901], "externalId": "seed-operator",
            "samlId": "olivia.operator@example.com",
            "channels": { "chatConfiguration": { "hasPriorityOnChat": true, "isAllowChatToVideo": false, "isEnabled": true,
                "isSimultaneousCallAllowed": false, "numberOfSlots": 3 } },
            "countryPreferences": { "interfaceLanguage": "en", "languages": ["en", "fr"], "timezone": "Europe/Paris" } }),
        json!({ "id": 400_003, "email": "dora.developer@example.com", "firstName": "Dora", "lastName": "Developer", "userName": "Dora",
            "roleId": 6, "projectIds": [6661] }),
        json!({ "id": 400_004, "email": "emil.expert@example.com", "firstName": "Emil", "lastName": "Expert", "userName": "Emil",
            "roleId": 5, "projectIds": [6662], "skillIds": [902] }),
        json!({ "id": 400_005, "email": "bot@example.com", "lastName": "Bot", "userName": "Helper", "roleId": 7, "projectIds": [6661] }),
        json!({ "id": 400_006, "email": "gone.operator@example.com", "firstName": "Gone", "lastName": "Operator", "userName": "Gone",
            "roleId": 2, "projectIds": [6661], "createdAt": deleted, "deletedAt": deleted }),
    ]
}

fn default_roles() -> Vec<Role> {
    use super::model::BaseRole::{Admin, Manager, Operator};
    let role = |id, name: &str, base| Role {
        id,
        name: name.to_owned(),
        description: None,
        base_role_name: base,
        custom: false,
        permissions: match base {
            Some(Admin) => vec!["ADMINISTRATE_ALL".to_owned()],
            Some(Manager) => vec!["ADMINISTRATE_GROUP".to_owned()],
            _ => Vec::new(),
        },
    };
    vec![
        role(2, "operator", Some(Operator)),
        role(3, "manager", Some(Manager)),
        role(4, "admin", Some(Admin)),
        role(5, "expert", None),
        role(6, "developer", None),
        role(7, "bot", None),
        Role {
            description: Some("Manager who sees no statistics".to_owned()),
            custom: true,
            ..role(1001, "Team lead", Some(Manager))
        },
    ]
}

fn default_groups() -> Vec<Named> {
    vec![named(55, "Contact centre A"), Named { parent_id: Some(55), ..named(56, "Contact centre A, evening") }]
}

fn default_skills() -> Vec<Named> {
    vec![named(901, "Billing"), named(902, "Returns"), named(903, "Technical help"), named(904, "Sales")]
}

fn default_projects() -> Vec<Named> {
    vec![named(6661, "Main site"), named(6662, "Outlet"), named(6663, "Help pages")]
}

fn named(id: i64, name: &str) -> Named {
    Named { id, name: name.to_owned(), parent_id: None }
}
