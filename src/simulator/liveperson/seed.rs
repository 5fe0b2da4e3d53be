//! The data that a simulator begins with. It checks a seed's form, not the vendor's rules about values.
//!
//! The default: account 12345678; profiles of all five role types; lines of business Retail, Business; the root group -1 and below it Tier 1, Tier 2; skills Billing,
//! Returns, Technical help, Sales; users [`super::SERVICE_LOGIN`] (administrator with password), an API user, an agent, an agent manager, a disabled agent, one of
//! LivePerson's own staff, a bot, a system user and an agent who was deleted; one OAuth 2.0 client and one API key with everything.
//!
//! A seed has the form of `GET /_sim/state`; whatever it leaves out is as above. `generate` adds agents for load tests, `clients` and `keys` replace what is
//! registered. An entity without `id` gets the next free one; a user may have `passwordSh`, which no state shows.
//!
//! ```json
//! { "accountId": "le1234", "generate": 5000, "users": [{ "loginName": "ada@example.com", "fullName": "Ada King", "nickname": "Ada",
//!   "email": "ada@example.com", "isEnabled": true, "maxChats": 3, "profileIds": [2359235912], "passwordSh": "…" }],
//!   "clients": [{ "clientId": "a", "clientSecret": "b", "scope": "users.read users.write" }],
//!   "keys": [{ "appKey": "a", "appSecret": "b", "accessToken": "c", "accessTokenSecret": "d", "permissions": ["users"] }] }
//! ```

use std::collections::BTreeMap;

use jiff::Timestamp;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::account::{Account, Entity, ROOT_GROUP};
use super::convert::{complete, read_long, read_value};
use super::kind::Kind;
use super::registration::{ApiKey, Client, Registrations};
use super::shown::date;
use super::{
    ACCESS_TOKEN, ACCESS_TOKEN_SECRET, ACCOUNT_ID, APP_KEY, APP_SECRET, CLIENT_ID, CLIENT_SECRET, SERVICE_LOGIN,
    SERVICE_PASSWORD,
};

/// Most users that `generate` makes.
const MAX_GENERATED: u32 = 100_000;

/// A seed that was read.
#[derive(Debug, Clone)]
pub struct Seed {
    /// Account number.
    pub account_id: String,
    /// Clients and keys.
    pub registrations: Registrations,
    revision: u64,
    revisions: BTreeMap<String, u64>,
    entities: Vec<(Kind, Vec<Map<String, Value>>)>,
    generate: u32,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct File {
    account_id: Option<String>,
    revision: Option<u64>,
    revisions: BTreeMap<String, u64>,
    users: Option<Vec<Map<String, Value>>>,
    skills: Option<Vec<Map<String, Value>>>,
    agent_groups: Option<Vec<Map<String, Value>>>,
    profiles: Option<Vec<Map<String, Value>>>,
    lobs: Option<Vec<Map<String, Value>>>,
    clients: Option<Vec<Client>>,
    keys: Option<Vec<ApiKey>>,
    generate: u32,
}

impl Seed {
    /// Reads JSON text; `None` is the default data.
    pub fn read(text: Option<&str>) -> Result<Self, String> {
        let file: File = match text {
            Some(text) => serde_json::from_str(text).map_err(|error| format!("seed: {error}"))?,
            None => File::default(),
        };
        if file.generate > MAX_GENERATED {
            return Err(format!("seed: generate is at most {MAX_GENERATED}"));
        }
        let entities = vec![
            (Kind::Profiles, file.profiles.unwrap_or_else(|| objects(default_profiles()))),
            (Kind::Lobs, file.lobs.unwrap_or_else(|| objects(default_lobs()))),
            (Kind::AgentGroups, file.agent_groups.unwrap_or_else(|| objects(default_groups()))),
            (Kind::Skills, file.skills.unwrap_or_else(|| objects(default_skills()))),
            (Kind::Users, file.users.unwrap_or_else(|| objects(default_users()))),
        ];
        let registrations = Registrations {
            clients: file.clients.unwrap_or_else(default_clients),
            keys: file.keys.unwrap_or_else(default_keys),
        };
        let seed = Self {
            account_id: file.account_id.unwrap_or_else(|| ACCOUNT_ID.to_owned()),
            registrations,
            revision: file.revision.unwrap_or(1),
            revisions: file.revisions,
            entities,
            generate: file.generate,
        };
        seed.account(Timestamp::UNIX_EPOCH).map(|_| seed)
    }

    /// Builds the data.
    pub fn account(&self, now: Timestamp) -> Result<Account, String> {
        let mut account = Account::new(self.account_id.clone(), now);
        for (kind, entities) in &self.entities {
            for entity in entities {
                put(&mut account, *kind, entity, now).map_err(|error| format!("seed: {}: {error}", kind.segment()))?;
            }
        }
        if account.live(Kind::AgentGroups, ROOT_GROUP).is_none() {
            return Err("seed: agentGroups: the root group with the id -1 is missing".to_owned());
        }
        let agents = account.of(Kind::Profiles).live().find(|(_, profile)| profile["roleTypeId"] == 2);
        let agents = agents.map(|(id, _)| id);
        for number in 1..=self.generate {
            let profile = agents.ok_or("seed: generate needs a profile with roleTypeId 2")?;
            put(&mut account, Kind::Users, &generated(number, profile), now)?;
        }
        account.continue_from(self.revision, &self.revisions);
        Ok(account)
    }
}

fn put(account: &mut Account, kind: Kind, given: &Map<String, Value>, now: Timestamp) -> Result<(), String> {
    let mut values = Entity::new();
    for (name, value) in given.iter().filter(|(_, value)| !value.is_null()) {
        let field = kind.fields().iter().find(|field| field.name == name);
        let field = field.ok_or_else(|| format!("unknown field {name}"))?;
        let mut read = read_value(field.form, value).map_err(|wish| format!("{name} must be {wish}"))?;
        keep_dates(&mut read, value, &date(now));
        values.insert(name.clone(), read);
    }
    let password = values.get("passwordSh").and_then(Value::as_str).map(str::to_owned);
    let id = match values.get("id") {
        Some(id) => read_long(id)?,
        None => account.take_id(),
    };
    if account.of(kind).get(id).is_some() {
        return Err(format!("two have the id {id}"));
    }
    let today =
        [("dateUpdated", true), ("dateCreated", kind == Kind::Users), ("lastPwdChangeDate", password.is_some())];
    let dates = today.into_iter().filter(|(_, has)| *has).map(|(name, _)| (name, json!(date(now))));
    let pid = (kind == Kind::Users)
        .then(|| ("pid", json!(uuid::Builder::from_random_bytes(rand::random()).into_uuid().to_string())));
    let server = [("id", json!(id)), ("deleted", json!(false))].into_iter().chain(dates).chain(pid);
    for (name, value) in server {
        values.entry(name).or_insert(value);
    }
    let entity = complete(kind, values)?;
    let name = entity.get(kind.unique_field()).and_then(Value::as_str).unwrap_or_default();
    let is_live = entity.get("deleted") != Some(&json!(true));
    if is_live && account.of(kind).is_taken(name, None, false) {
        return Err(format!("two have the name {name}"));
    }
    if let Some(password) = password {
        account.set_password(id, &password);
    }
    account.put(kind, id, entity);
    Ok(())
}

/// Memberships of a seed may say since when; those of a caller may not.
fn keep_dates(read: &mut Value, given: &Value, today: &str) {
    match (read, given) {
        (Value::Object(member), Value::Object(given)) if member.contains_key("agentGroupId") && member.len() == 1 => {
            let since = given.get("assignmentDate").filter(|since| since.is_string()).cloned();
            member.insert("assignmentDate".to_owned(), since.unwrap_or_else(|| json!(today)));
        }
        (Value::Array(read), Value::Array(given)) => {
            read.iter_mut().zip(given).for_each(|(read, given)| keep_dates(read, given, today));
        }
        _ => {}
    }
}

fn objects(list: Value) -> Vec<Map<String, Value>> {
    let Value::Array(items) = list else { return Vec::new() };
    items.into_iter().filter_map(|item| if let Value::Object(object) = item { Some(object) } else { None }).collect()
}

fn generated(number: u32, profile: i64) -> Map<String, Value> {
    let address = format!("user{number:07}@example.com");
    let user = json!([{ "loginName": address, "fullName": format!("User Number {number}"), "nickname": format!("User {number}"),
        "email": address, "isEnabled": true, "maxChats": 3, "profileIds": [profile], "memberOf": { "agentGroupId": ROOT_GROUP } }]);
    objects(user).into_iter().next().unwrap_or_default()
}

fn default_profiles() -> Value {
    let packages = |first: i64, count: i64| -> Vec<Value> {
        (first..first + count)
            .map(|id| json!({ "id": id, "isEnabled": true, "isDisplayed": true, "featureKeys": [] }))
            .collect()
    };
    let profile = |id: i64, name: &str, role: i64, packages: Vec<Value>, permissions: &[i64]| {
        json!({ "id": id, "name": name, "roleTypeId": role, "roleTypeName": name, "permissionPackages": packages,
            "permissions": permissions, "isAssignedToLPA": role == 5, "numOfAssignedUsers": 0 })
    };
    json!([
        profile(2_359_235_912, "Administrator", 1, packages(10_001, 8), &[100, 101, 1730]),
        profile(2_359_236_012, "Agent", 2, packages(20_001, 3), &[100]),
        profile(2_359_236_112, "Agent Manager", 3, packages(30_001, 4), &[100, 102]),
        profile(2_359_236_212, "Campaign Manager", 4, packages(40_001, 2), &[103]),
        profile(2_359_236_312, "LPA", 5, packages(10_001, 8), &[100, 101, 1730]),
    ])
}

fn default_lobs() -> Value {
    json!([{ "id": 2_359_236_412_i64, "name": "Retail" }, { "id": 2_359_236_512_i64, "name": "Business" }])
}

fn default_groups() -> Value {
    json!([
        { "id": ROOT_GROUP, "name": "Main Group", "parentGroupId": null, "isEnabled": true },
        { "id": 2_359_236_612_i64, "name": "Tier 1", "parentGroupId": ROOT_GROUP, "isEnabled": true },
        { "id": 2_359_236_712_i64, "name": "Tier 2", "parentGroupId": 2_359_236_612_i64, "isEnabled": true },
    ])
}

fn default_skills() -> Value {
    json!([
        { "id": 2_359_236_812_i64, "name": "Billing", "description": "Billing questions" },
        { "id": 2_359_236_912_i64, "name": "Returns" },
        { "id": 2_359_237_012_i64, "name": "Technical help" },
        { "id": 2_359_237_112_i64, "name": "Sales" },
    ])
}

fn default_users() -> Value {
    let user = |id: i64, login: &str, name: &str, profiles: &[i64], more: Value| {
        let nickname = name.split(' ').next().unwrap_or(name);
        let mut user = json!({ "id": id, "loginName": login, "fullName": name, "nickname": nickname, "email": format!("{}@example.com", login.split('@').next().unwrap_or(login)),
            "isEnabled": true, "maxChats": 0, "profileIds": profiles });
        if let (Some(user), Value::Object(more)) = (user.as_object_mut(), more) {
            user.extend(more);
        }
        user
    };
    let (admin, agent, manager, lpa) = (2_359_235_912, 2_359_236_012, 2_359_236_112, 2_359_236_312);
    let tier_1 = json!({ "agentGroupId": 2_359_236_612_i64 });
    json!([
        user(2_359_237_212, SERVICE_LOGIN, "Provisioning Service", &[admin], json!({ "passwordSh": SERVICE_PASSWORD })),
        user(
            2_359_237_312,
            "api.bridge",
            "API Bridge",
            &[admin],
            json!({ "isApiUser": true, "allowedAppKeys": format!("{APP_KEY},{CLIENT_ID}") })
        ),
        user(
            2_359_237_412,
            "ana.ruiz@example.com",
            "Ana Ruiz",
            &[agent],
            json!({ "maxChats": 3, "maxAsyncChats": 10, "skillIds": [2_359_236_812_i64],
            "memberOf": tier_1, "employeeId": "E-1001", "passwordSh": "Simulated-Agent-1" })
        ),
        user(2_359_237_512, "marc.roy@example.com", "Marc Roy", &[manager], json!({ "managerOf": [tier_1] })),
        user(
            2_359_237_612,
            "dora.off@example.com",
            "Dora Off",
            &[agent],
            json!({ "isEnabled": false, "disabledManually": true, "memberOf": tier_1,
            "passwordSh": "Simulated-Agent-2" })
        ),
        user(2_359_237_712, "lpa.support", "LivePerson Support", &[lpa], json!({})),
        user(
            2_359_237_812,
            "concierge.bot",
            "Concierge Bot",
            &[agent],
            json!({ "userTypeId": 2, "memberOf": { "agentGroupId": ROOT_GROUP } })
        ),
        user(2_359_237_912, "system", "System", &[admin], json!({ "userTypeId": 0 })),
        user(
            2_359_238_012,
            "gone.agent@example.com",
            "Gone Agent",
            &[agent],
            json!({ "deleted": true, "isEnabled": false, "memberOf": tier_1 })
        ),
    ])
}

fn default_clients() -> Vec<Client> {
    let secret = SecretString::from(CLIENT_SECRET);
    vec![Client { id: CLIENT_ID.to_owned(), secret, scope: "users.external".to_owned() }]
}

fn default_keys() -> Vec<ApiKey> {
    vec![ApiKey {
        app_key: APP_KEY.to_owned(),
        app_secret: SecretString::from(APP_SECRET),
        access_token: ACCESS_TOKEN.to_owned(),
        access_token_secret: SecretString::from(ACCESS_TOKEN_SECRET),
        permissions: Kind::ALL.map(|kind| kind.segment().to_owned()).into(),
    }]
}
