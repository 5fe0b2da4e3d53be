//! What makes a skill, an agent group, a profile and a line of business, and when they may go. It stores nothing.
//!
//! Source: the appendix pages of the four APIs. Statuses of refused deletions are not published: 400, for a skill with the body that a third party quotes.

use serde_json::{Value, json};

use super::account::{Account, Entity, ROOT_GROUP, groups_in, ids, member_of, text};
use super::convert::complete;
use super::kind::Kind;
use super::refusal::Refusal;
use super::users::{Desk, check_texts};

impl Desk<'_> {
    /// Judges an entity that is no user: a new one, or the one with the id `own`.
    pub fn draft(&self, kind: Kind, given: Entity, own: Option<i64>) -> Result<Entity, Refusal> {
        let mut entity = complete(kind, given).map_err(Refusal::bad)?;
        check_texts(&entity, self.knobs)?;
        match kind {
            Kind::Skills => self.check_skill(&entity)?,
            Kind::AgentGroups => self.check_group(&entity, own)?,
            Kind::Profiles => name_role(&mut entity)?,
            Kind::Lobs | Kind::Users => {}
        }
        let name = text(&entity, "name");
        if self.account.of(kind).is_taken(name, own, own.is_none() && !self.knobs.reuse_deleted) {
            return Err(Refusal::new(self.knobs.dup_status, format!("the name {name} is taken")));
        }
        Ok(entity)
    }

    fn check_skill(&self, skill: &Entity) -> Result<(), Refusal> {
        let groups = groups_in(skill, "skillRoutingConfiguration");
        self.check_ids("skillRoutingConfiguration", Kind::AgentGroups, groups)?;
        self.check_ids("lobIds", Kind::Lobs, ids(skill, "lobIds"))?;
        self.check_ids("skillTransferList", Kind::Skills, ids(skill, "skillTransferList"))?;
        self.check_ids("fallbackSkill", Kind::Skills, skill.get("fallbackSkill").and_then(Value::as_i64))
    }

    fn check_group(&self, group: &Entity, own: Option<i64>) -> Result<(), Refusal> {
        let parent = parent(group);
        match (own, parent) {
            (Some(ROOT_GROUP), None) => return Ok(()),
            (Some(ROOT_GROUP), Some(_)) => return Err(Refusal::bad("parentGroupId: the root has none")),
            (_, None) => return Err(Refusal::bad("parentGroupId is required")),
            _ => {}
        }
        self.check_ids("parentGroupId", Kind::AgentGroups, parent)?;
        let mut above = parent;
        while let Some(id) = above {
            if Some(id) == own {
                return Err(Refusal::bad("parentGroupId: a group cannot be below itself"));
            }
            above = self.account.live(Kind::AgentGroups, id).and_then(|group| self::parent(group));
        }
        Ok(())
    }
}

/// Refuses to delete what is in use.
pub fn check_unused(account: &Account, kind: Kind, id: i64) -> Result<(), Refusal> {
    let users = || account.of(Kind::Users).live().map(|(_, user)| user.as_ref());
    let skills = || {
        account
            .of(Kind::Skills)
            .live()
            .filter(|(own, _)| kind != Kind::Skills || *own != id)
            .map(|(_, skill)| skill.as_ref())
    };
    let used_by = match kind {
        Kind::Users => Vec::new(),
        Kind::Skills => {
            let refers = |skill: &Entity| {
                ids(skill, "skillTransferList").any(|one| one == id)
                    || skill.get("fallbackSkill").and_then(Value::as_i64) == Some(id)
            };
            named([
                ("skills", skills().any(refers)),
                ("users", users().any(|user| ids(user, "skillIds").any(|one| one == id))),
            ])
        }
        Kind::AgentGroups if id == ROOT_GROUP => return Err(Refusal::bad("the root group cannot be deleted")),
        Kind::AgentGroups => {
            let is_in =
                |user: &Entity| member_of(user) == Some(id) || groups_in(user, "managerOf").any(|one| one == id);
            let routes = |skill: &Entity| groups_in(skill, "skillRoutingConfiguration").any(|one| one == id);
            named([
                ("agentGroups", account.of(kind).live().any(|(_, group)| parent(group) == Some(id))),
                ("users", users().any(is_in)),
                ("skills", skills().any(routes)),
            ])
        }
        Kind::Profiles => named([("users", users().any(|user| ids(user, "profileIds").any(|one| one == id)))]),
        Kind::Lobs => named([
            ("skills", skills().any(|skill| ids(skill, "lobIds").any(|one| one == id))),
            ("users", users().any(|user| ids(user, "lobIds").any(|one| one == id))),
        ]),
    };
    if used_by.is_empty() {
        return Ok(());
    }
    let what = kind.singular();
    let message = format!(
        "{} cannot be deleted because it is assigned to the following entities: {}",
        what.to_lowercase(),
        used_by.join(", ")
    );
    let refusal = Refusal::bad(message.clone());
    Err(match kind {
        Kind::Skills => refusal.with_body(json!({ "type": "skill-dependencies", "message": message })),
        _ => refusal,
    })
}

fn named<const N: usize>(uses: [(&'static str, bool); N]) -> Vec<&'static str> {
    uses.into_iter().filter(|(_, is_used)| *is_used).map(|(name, _)| name).collect()
}

fn parent(group: &Entity) -> Option<i64> {
    group.get("parentGroupId").and_then(Value::as_i64)
}

/// Puts the name of the role type beside its number.
fn name_role(profile: &mut Entity) -> Result<(), Refusal> {
    let name = match profile.get("roleTypeId").and_then(Value::as_i64) {
        Some(1) => "Administrator",
        Some(2) => "Agent",
        Some(3) => "Agent Manager",
        Some(4) => "Campaign Manager",
        Some(5) => "LPA",
        _ => return Err(Refusal::bad("roleTypeId is a number from 1 to 5")),
    };
    profile.insert("roleTypeName".to_owned(), json!(name));
    Ok(())
}
