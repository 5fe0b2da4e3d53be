//! `userCreate`, `userUpdate`, `userDelete`, and what every mutation answers. Each happens under one lock and either whole or not at all.

use async_graphql::dynamic::FieldValue;
use async_graphql::{Error, Result};
use serde::de::DeserializeOwned;

use super::super::control::write;
use super::change::Change;
use super::engine::{Asked, Resolve};
use super::knobs::DeleteUnknown;
use super::mistake::{Family, Mistake};
use super::model::User;
use super::paging::Node;
use super::session::Session;

/// What a mutation answers.
#[derive(Debug)]
pub struct Payload {
    subject: Subject,
    mistakes: Vec<Mistake>,
    family: Family,
}

/// The object of a mutation.
#[derive(Debug)]
pub enum Subject {
    /// Nothing, because of a mistake.
    None,
    /// An account or skill.
    Node(Node),
    /// The id of what was deleted.
    Id(i64),
}

/// The function that does a mutation of accounts.
pub fn resolver(field: &str) -> Option<Resolve> {
    Some(match field {
        "userCreate" => |asked| create(asked.session, input(asked)?, Family::User),
        "userUpdate" => |asked| update(asked.session, input(asked)?, Family::User),
        "userDelete" => |asked| delete(asked.session, input::<Change>(asked)?.user_id),
        _ => return None,
    })
}

/// Fields of the `…Payload` types.
pub fn payload_field(asked: &Asked<'_>) -> Result<Option<FieldValue<'static>>> {
    let payload = asked.parent.try_downcast_ref::<Payload>()?;
    if asked.field != "userErrors" {
        return match &payload.subject {
            Subject::None => Ok(None),
            Subject::Node(node) => node.to_value().map(Some),
            Subject::Id(id) => Ok(Some(FieldValue::value(*id))),
        };
    }
    if payload.mistakes.is_empty() && !asked.session.knobs.empty_user_errors {
        return Ok(None);
    }
    Ok(Some(FieldValue::list(payload.mistakes.iter().map(|mistake| mistake.to_value(payload.family)))))
}

/// Makes an account.
pub fn create(session: &Session, change: Change, family: Family) -> Result<Option<FieldValue<'static>>> {
    let rights = session.require_rights()?;
    let mut tenant = write(&session.tenant);
    let blank = User { created_at: Some(session.now), ..User::default() };
    let mut user = match change.apply(&blank, &tenant, &session.knobs) {
        Ok(user) => user,
        Err(mistakes) => return refuse(session, mistakes, family),
    };
    rights.may_make(&user)?;
    user.id = tenant.take_id();
    if user.password.is_none() {
        session.invite(&user);
    }
    Ok(Some(done(Subject::Node(Node::User(tenant.replace(user))), family)))
}

/// Changes an account. A change disconnects the person (help centre, on edits in the administration).
pub fn update(session: &Session, change: Change, family: Family) -> Result<Option<FieldValue<'static>>> {
    change_user(session, change.user_id, family, |before, tenant| change.apply(before, tenant, &session.knobs))
}

/// Changes a live account that the caller may change.
pub fn change_user(
    session: &Session,
    id: i64,
    family: Family,
    change: impl FnOnce(&User, &super::tenant::Tenant) -> Result<User, Vec<Mistake>>,
) -> Result<Option<FieldValue<'static>>> {
    let rights = session.require_rights()?;
    let mut tenant = write(&session.tenant);
    let Some(before) = tenant.live_user(id).filter(|user| rights.sees(user)) else {
        return refuse(session, vec![Mistake::UnknownUser], family);
    };
    rights.may_make(&before)?;
    let mut user = match change(&before, &tenant) {
        Ok(user) => user,
        Err(mistakes) => return refuse(session, mistakes, family),
    };
    rights.may_make(&user)?;
    if before.busy && session.knobs.ignore_updates_while_busy {
        return Ok(Some(done(Subject::Node(Node::User(before)), family)));
    }
    user.connected = user.busy;
    Ok(Some(done(Subject::Node(Node::User(tenant.replace(user))), family)))
}

fn delete(session: &Session, id: i64) -> Result<Option<FieldValue<'static>>> {
    let rights = session.require_rights()?;
    if session.caller == Some(id) {
        return Err(Error::new("You cannot delete your own account"));
    }
    let mut tenant = write(&session.tenant);
    let Some(before) = tenant.live_user(id).filter(|user| rights.sees(user)) else {
        return match session.knobs.delete_unknown {
            DeleteUnknown::UserErrors => refuse(session, vec![Mistake::UnknownUser], Family::User),
            DeleteUnknown::Success => Ok(Some(done(Subject::Id(id), Family::User))),
            DeleteUnknown::Errors => Err(Mistake::UnknownUser.to_error()),
        };
    };
    rights.may_make(&before)?;
    if before.busy {
        return refuse(session, vec![Mistake::OngoingConversations], Family::User);
    }
    let mut user = User::clone(&before);
    user.deleted_at = Some(session.now);
    user.connected = false;
    tenant.replace(user);
    Ok(Some(done(Subject::Id(id), Family::User)))
}

/// The argument `input`, which the schema has already checked.
pub fn input<T: DeserializeOwned>(asked: &Asked<'_>) -> Result<T> {
    let input = asked.arguments.get("input").cloned().unwrap_or_default();
    Ok(serde_json::from_value(input)?)
}

/// Answers with the mistakes, in `userErrors` or, if the knob says so, in `errors`.
pub fn refuse(session: &Session, mistakes: Vec<Mistake>, family: Family) -> Result<Option<FieldValue<'static>>> {
    let unknown = mistakes.iter().find(|mistake| mistake.is_unknown_reference());
    match unknown {
        Some(mistake) if session.knobs.unknown_reference_is_error => Err(mistake.to_error()),
        _ => Ok(Some(FieldValue::owned_any(Payload { subject: Subject::None, mistakes, family }))),
    }
}

/// Answers that it is done.
pub fn done(subject: Subject, family: Family) -> FieldValue<'static> {
    FieldValue::owned_any(Payload { subject, mistakes: Vec::new(), family })
}
