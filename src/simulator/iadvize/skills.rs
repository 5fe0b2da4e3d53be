//! Mutations of skills, of the skills of an account, and of availability. Their names are published, their inputs are inferred.

use async_graphql::dynamic::FieldValue;
use async_graphql::{Error, Result};
use serde::Deserialize;

use super::super::control::write;
use super::engine::Resolve;
use super::mistake::{Family, Mistake};
use super::model::{Named, User};
use super::mutation::{Subject, change_user, done, input, refuse};
use super::paging::Node;
use super::session::Session;

/// `UserSkillsAddInput` and its two siblings.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct UserSkills {
    user_id: i64,
    skill_ids: Vec<i64>,
}

/// `SkillCreateInput`, `SkillUpdateInput`, `SkillDeleteInput`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct SkillChange {
    skill_id: i64,
    name: Option<String>,
}

/// `UserAvailabilityStatusUpdateInput`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Availability {
    user_id: i64,
    channel: String,
    status: String,
}

/// The function that does one of these mutations.
pub fn resolver(field: &str) -> Option<Resolve> {
    Some(match field {
        "userSkillsAdd" => |asked| user_skills(asked.session, &input(asked)?, add),
        "userSkillsRemove" => {
            |asked| user_skills(asked.session, &input(asked)?, |own, ids| own.retain(|id| !ids.contains(id)))
        }
        "userSkillsSet" => |asked| {
            user_skills(asked.session, &input(asked)?, |own, ids| {
                own.clear();
                add(own, ids);
            })
        },
        "skillCreate" => |asked| create(asked.session, input(asked)?),
        "skillUpdate" => |asked| update(asked.session, input(asked)?),
        "skillDelete" => |asked| delete(asked.session, &input(asked)?),
        "userAvailabilityStatusUpdate" => |asked| set_availability(asked.session, input(asked)?),
        _ => return None,
    })
}

fn user_skills(
    session: &Session,
    wish: &UserSkills,
    change: fn(&mut Vec<i64>, &[i64]),
) -> Result<Option<FieldValue<'static>>> {
    change_user(session, wish.user_id, Family::User, |before, tenant| {
        if wish.skill_ids.iter().any(|id| !tenant.skills.contains_key(id)) {
            return Err(vec![Mistake::UnknownSkill]);
        }
        let mut user = User::clone(before);
        change(&mut user.skill_ids, &wish.skill_ids);
        Ok(user)
    })
}

fn add(own: &mut Vec<i64>, ids: &[i64]) {
    for id in ids {
        if !own.contains(id) {
            own.push(*id);
        }
    }
}

fn create(session: &Session, wish: SkillChange) -> Result<Option<FieldValue<'static>>> {
    session.require_admin()?;
    let name = plain_name(wish.name)?;
    let mut tenant = write(&session.tenant);
    let id = tenant.skills.keys().next_back().map_or(1, |last| last + 1);
    let skill = Named { id, name, parent_id: None };
    tenant.skills.insert(id, skill.clone());
    Ok(Some(done(Subject::Node(Node::Named(skill)), Family::User)))
}

fn update(session: &Session, wish: SkillChange) -> Result<Option<FieldValue<'static>>> {
    session.require_admin()?;
    let mut tenant = write(&session.tenant);
    let Some(skill) = tenant.skills.get_mut(&wish.skill_id) else {
        return refuse(session, vec![Mistake::UnknownSkill], Family::User);
    };
    if wish.name.is_some() {
        skill.name = plain_name(wish.name)?;
    }
    Ok(Some(done(Subject::Node(Node::Named(skill.clone())), Family::User)))
}

fn delete(session: &Session, wish: &SkillChange) -> Result<Option<FieldValue<'static>>> {
    session.require_admin()?;
    if write(&session.tenant).remove_skill(wish.skill_id) {
        Ok(Some(done(Subject::Id(wish.skill_id), Family::User)))
    } else {
        refuse(session, vec![Mistake::UnknownSkill], Family::User)
    }
}

fn set_availability(session: &Session, wish: Availability) -> Result<Option<FieldValue<'static>>> {
    let available = wish.status == "AVAILABLE";
    change_user(session, wish.user_id, Family::User, |before, _| {
        let mut user = User::clone(before);
        user.availability.insert(wish.channel, available);
        Ok(user)
    })
}

/// No type of error is published for the name of a skill, so an empty one goes to `errors`.
fn plain_name(name: Option<String>) -> Result<String> {
    name.filter(|name| !name.trim().is_empty()).ok_or_else(|| Error::new("The name of the skill must not be empty"))
}
