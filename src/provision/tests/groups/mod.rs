//! Groups on the real store, with a vendor that follows a script: skills (a list, with an object of their own), teams (one at a time, found by name)
//! and roles by id.

mod aligned;
mod beside;
mod crash;
mod exclusive;
mod import;
mod kept;
mod members;
mod object;
mod parked;
mod refusal;
mod removal;

use serde_json::{Value, json};

use super::{FAR, MAPPING, World, connection, user, within, world_with};
use crate::config::groups::{GroupRuleFile, GroupRules, IdText, OnDelete, Word};
use crate::ids::ScimId;
use crate::provision::error::ProvisionError;
use crate::provision::{Options, Precondition};
use crate::scim::patch::PatchRequest;
use crate::scim::resource;
use crate::store::StoredResource;

/// The same vendor with skills and teams.
fn mapping() -> String {
    let fields = "
    skills: { type: string_list, from: urn:test:script:User:skills, clear: send_empty }
    team: { from: urn:test:script:User:team, default: none }
    secret:";
    let calls = "
      skills: { method: PUT, path: [users, $key, skills], body: $record, writes: [skills], user: . }
      team: { method: PUT, path: [users, $key, team], body: $record, writes: [team], user: . }
    delete: { method: DELETE, path: [users, $key] }
catalogs:
  skills:
    description: Skills
    list: { call: { method: GET, path: [skills] }, items: data }
    key: { read: id, type: string }
  teams:
    description: Teams
    list: { call: { method: GET, path: [teams] }, items: data }
    key: { read: id, type: string }
groups:
  skill:
    description: A skill
    field: skills
    catalog: skills
    calls:
      create: { method: POST, path: [skills], body: $record, object: . }
      rename: { method: PATCH, path: [skills, $key], body: $record, object: . }
      delete: { method: DELETE, path: [skills, $key] }
  team: { description: A team, field: team, catalog: teams }
";
    MAPPING
        .replace("users:\n", "users:\n  extension: urn:test:script:User\n")
        .replace("\n    secret:", fields)
        .replace("\n    delete: { method: DELETE, path: [users, $key] }\n", calls)
}

fn rules() -> GroupRules {
    rules_with(OnDelete::Delete)
}

fn rules_with(on_delete: OnDelete) -> GroupRules {
    let rule = |when: &str, target: &str, name: Option<&str>, id: Option<&str>| GroupRuleFile {
        when: Some(when.to_owned()),
        target: Some(target.to_owned()),
        name: name.map(str::to_owned),
        id: id.map(|id| IdText::Text(id.to_owned())),
        on_delete: name.map(|_| on_delete),
        ..GroupRuleFile::default()
    };
    let word = |when: &str, then: Word| GroupRuleFile {
        when: Some(when.to_owned()),
        then: Some(then),
        ..GroupRuleFile::default()
    };
    let rules = [
        rule("Skill *", "skill", Some("{1}"), None),
        rule("Team *", "team", Some("{1}"), None),
        rule("Fixed *", "skill", None, Some("fixed-{1}")),
        word("Forbidden *", Word::Refuse),
        word("Forgotten *", Word::Ignore),
    ];
    GroupRules::read(rules.into()).expect("rules")
}

async fn world() -> World {
    with(|_| {}).await
}

async fn with(choose: impl FnOnce(&mut Options)) -> World {
    world_with(&mapping(), |options| {
        options.groups = rules();
        choose(options);
    })
    .await
}

/// Over before a vendor that waits answers.
const SOON: std::time::Duration = std::time::Duration::from_secs(2);

/// Elements of `members`.
fn these(ids: &[&ScimId]) -> Value {
    ids.iter().map(|id| json!({ "value": id.as_str() })).collect()
}

fn add(ids: &[&ScimId]) -> Value {
    json!([{ "op": "add", "path": "members", "value": these(ids) }])
}

fn remove(id: &ScimId) -> Value {
    json!([{ "op": "remove", "path": format!("members[value eq \"{id}\"]") }])
}

fn rename(name: &str) -> Value {
    json!([{ "op": "replace", "path": "displayName", "value": name }])
}

impl World {
    /// Somebody with an account.
    async fn person_called(&self, name: &str) -> ScimId {
        self.post(user(name, &json!({}))).await.expect("a person").id
    }

    async fn people<const N: usize>(&self, names: [&str; N]) -> [ScimId; N] {
        let mut ids = Vec::new();
        for name in names {
            ids.push(self.person_called(name).await);
        }
        ids.try_into().expect("as many as names")
    }

    async fn group(&self, name: &str, members: &[&ScimId]) -> Result<StoredResource, ProvisionError> {
        self.group_within(name, members, FAR).await
    }

    async fn group_within(
        &self,
        name: &str,
        members: &[&ScimId],
        patience: std::time::Duration,
    ) -> Result<StoredResource, ProvisionError> {
        let body = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": name, "members": these(members),
        });
        let incoming = resource::read(&body, self.provisioner.group_type()).unwrap();
        self.provisioner.create_group(incoming, &within(patience)).await
    }

    async fn put_group(&self, id: &ScimId, name: &str, members: &[&ScimId]) -> Result<StoredResource, ProvisionError> {
        let body = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": name, "members": these(members),
        });
        let incoming = resource::read(&body, self.provisioner.group_type()).unwrap();
        self.provisioner.replace_group(id, &Precondition::None, incoming, &within(FAR)).await
    }

    async fn change(&self, id: &ScimId, operations: Value) -> Result<StoredResource, ProvisionError> {
        self.change_within(id, operations, FAR).await
    }

    async fn change_within(
        &self,
        id: &ScimId,
        operations: Value,
        patience: std::time::Duration,
    ) -> Result<StoredResource, ProvisionError> {
        let body = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations });
        let patch = PatchRequest::parse(&body, self.provisioner.group_type()).unwrap();
        self.provisioner.patch_group(id, &Precondition::None, &patch, &within(patience)).await
    }

    async fn delete_group(&self, id: &ScimId) -> Result<(), ProvisionError> {
        self.provisioner.delete_group(id, &Precondition::None, &within(FAR)).await
    }

    async fn is_member(&self, group: &ScimId, person: &ScimId) -> bool {
        self.store.which_are_members(&connection(), group, std::slice::from_ref(person)).await.unwrap()[0]
    }

    async fn members_of(&self, group: &ScimId) -> Vec<ScimId> {
        let members = self.provisioner.members(group, 0, 1_000).await.unwrap();
        members.into_iter().map(|member| member.id).collect()
    }

    async fn version(&self, group: &ScimId) -> i64 {
        self.provisioner.get_group(group).await.expect("a group").version
    }

    /// The skills of the account with this login, by name.
    #[track_caller]
    fn skills(&self, login: &str) -> Vec<String> {
        let keys = self.vendor.has(login, "skills");
        let names = keys.as_array().into_iter().flatten().map(|key| {
            let key = key.as_str().expect("a key");
            self.vendor.name_of("skills", key).unwrap_or_else(|| key.to_owned())
        });
        let mut names: Vec<String> = names.collect();
        names.sort_unstable();
        names
    }
}
