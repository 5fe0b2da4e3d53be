//! What must be known of each vendor to set it up and to read what it has in the end. Nothing of how the bridge talks to it.

use std::collections::{BTreeMap, BTreeSet};

use scim_bridge::simulator::{brightpattern, iadvize, liveperson};
use serde_json::{Value, json};

use super::people::Directory;

/// A vendor as this program sees it.
pub struct System {
    /// Its name on the command line, and the folder of its mapping.
    pub name: &'static str,
    /// Whether its groups' objects are made by the bridge; otherwise the seed has them.
    pub makes_objects: bool,
    /// Calls of which a create consists, and a change, as its API has it; why.
    pub least: (usize, usize, &'static str),
    connection: fn(&str) -> Value,
    seed: fn(&Directory) -> Option<Value>,
    has: fn(&Value) -> BTreeMap<String, BTreeSet<String>>,
}

/// All that are known.
pub const SYSTEMS: [System; 3] = [IADVIZE, LIVEPERSON, BRIGHT_PATTERN];

const IADVIZE: System = System {
    name: "iadvize",
    makes_objects: true,
    least: (1, 1, "a mutation answers with the whole account"),
    connection: |url| {
        json!({
            "settings": { "base_url": url, "project_ids": [6661] },
            "secrets": { "username": iadvize::SERVICE_EMAIL, "password": iadvize::SERVICE_PASSWORD },
        })
    },
    seed: |_| None,
    has: in_iadvize,
};

const LIVEPERSON: System = System {
    name: "liveperson",
    makes_objects: true,
    least: (
        1,
        1,
        "an unbroken row of revisions proves that what was answered before a PUT still holds, so that nothing is read again",
    ),
    connection: |url| {
        json!({
            "settings": { "account_id": liveperson::ACCOUNT_ID, "domain_api": url, "scheme": "http" },
            "secrets": { "client_id": liveperson::CLIENT_ID, "client_secret": liveperson::CLIENT_SECRET },
        })
    },
    seed: |_| None,
    has: in_liveperson,
};

const BRIGHT_PATTERN: System = System {
    name: "bright-pattern",
    makes_objects: false,
    least: (
        2,
        3,
        "skills that others gave are read before, and what was answered with OK and nothing else is read after",
    ),
    connection: |url| {
        json!({
            "settings": { "base_url": url, "tenant": brightpattern::TENANT, "default_team": "Customer Service" },
            "secrets": { "client_id": brightpattern::SERVICE_LOGIN, "client_secret": brightpattern::API_SECRET },
        })
    },
    // Its API makes no skills. The seed's list stands in the place of the usual one, which the usual people need.
    seed: |directory| {
        let usual = ["Customer Service", "Sales", "English", "Swedish", "German", "Billing"];
        let groups = directory.groups.iter().map(|group| group.object.as_str());
        Some(json!({ "skills": usual.into_iter().chain(groups).collect::<Vec<_>>() }))
    },
    has: in_bright_pattern,
};

impl System {
    /// By its name.
    pub fn named(name: &str) -> Option<&'static Self> {
        SYSTEMS.iter().find(|system| system.name == name)
    }

    /// `bridge.yaml` for the vendor at this address. JSON is YAML.
    pub fn config(&self, url: &str, limits: &Value, token: &str) -> Value {
        let mut connection = (self.connection)(url);
        connection["mapping"] = format!("{}/mappings/{}", env!("CARGO_MANIFEST_DIR"), self.name).into();
        connection["limits"] = limits.clone();
        connection["inbound"] = json!({ "tokens": [{ "name": "bench", "secret": token }] });
        // Where nobody can list the objects, their names are what they are known by.
        let known_by = if self.makes_objects { "name" } else { "id" };
        connection["groups"] =
            json!([{ "when": "Skill *", "target": "skill", known_by: "{1}" }, { "otherwise": "keep" }]);
        json!({ "store": "sqlite:bridge.db", "listen": "127.0.0.1:0", "connections": { "support": connection } })
    }

    /// What the simulator has to begin with; `None`: its usual data.
    pub fn seed(&self, directory: &Directory) -> Option<Value> {
        (self.seed)(directory)
    }

    /// Everybody there with the objects that he has.
    pub fn has(&self, state: &Value) -> BTreeMap<String, BTreeSet<String>> {
        (self.has)(state)
    }
}

fn in_iadvize(state: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let skills = names_by_key(&state["ha"]["skills"]);
    let live = list(&state["ha"]["users"]).filter(|user| user["isDeleted"] == json!(false));
    live.map(|user| {
        let own = list(&user["skillIds"]).filter_map(|id| skills.get(&id.to_string()).cloned());
        (text(&user["email"]), own.collect())
    })
    .collect()
}

fn in_liveperson(state: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let skills = names_by_key(&state["skills"]);
    let live = list(&state["users"]).filter(|user| user["deleted"] != json!(true));
    live.map(|user| {
        let own = list(&user["skillIds"]).filter_map(|id| skills.get(&id.to_string()).cloned());
        (text(&user["loginName"]), own.collect())
    })
    .collect()
}

fn in_bright_pattern(state: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let levels = |user: &Value| user["skills"].as_object().map(|levels| levels.keys().cloned().collect());
    list(&state["users"]).map(|user| (text(&user["loginId"]), levels(user).unwrap_or_default())).collect()
}

fn names_by_key(objects: &Value) -> BTreeMap<String, String> {
    list(objects).map(|object| (object["id"].to_string(), text(&object["name"]))).collect()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
