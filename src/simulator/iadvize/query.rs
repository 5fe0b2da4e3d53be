//! The root fields of `Query`. They change nothing.

use std::collections::BTreeMap;

use async_graphql::dynamic::FieldValue;
use async_graphql::{Error, Result, Value};
use serde_json::{Map, Value as Json, json};

use super::super::control::read;
use super::engine::{Asked, Resolve};
use super::model::{BaseRole, Named};
use super::paging::{Node, Window};
use super::session::Rights;
use super::tenant::Tenant;

/// The function that yields a root field.
pub fn resolver(field: &str) -> Option<Resolve> {
    Some(match field {
        "user" => user,
        "users" => users,
        "projects" => |asked| connection(asked, |tenant| &tenant.projects),
        "project" => |asked| named(asked, &["projectId"], |tenant| &tenant.projects),
        "clients" => clients,
        "client" => client,
        "skills" => |asked| connection(asked, |tenant| &tenant.skills),
        "skill" => |asked| named(asked, &["id", "skillId"], |tenant| &tenant.skills),
        "professionalBaseRoles" => base_roles,
        _ => return None,
    })
}

/// `ProfessionalRole.userCount`: live accounts with the role.
pub fn count_users(asked: &Asked<'_>) -> Result<Option<FieldValue<'static>>> {
    let Value::Object(role) = asked.parent.try_to_value()? else { return Ok(None) };
    let id = role.get("id").cloned().map(Value::into_json).transpose()?.and_then(|id| id.as_i64());
    let tenant = read(&asked.session.tenant);
    let count = tenant.users().values().filter(|user| !user.is_deleted() && Some(user.role_id) == id).count();
    Ok(Some(FieldValue::value(i32::try_from(count).unwrap_or(i32::MAX))))
}

fn user(asked: &Asked<'_>) -> Result<Option<FieldValue<'static>>> {
    let rights = asked.session.require_rights()?;
    let id = one_id(&asked.arguments, &["id", "userId"])?;
    let knobs = &asked.session.knobs;
    let found = read(&asked.session.tenant).user(id);
    match found.filter(|user| rights.sees(user) && !(knobs.hide_deleted && user.is_deleted())) {
        Some(user) => Node::User(user).to_value().map(Some),
        None if knobs.unknown_user_is_error => Err(Error::new(format!("The user {id} does not exist"))),
        None => Ok(None),
    }
}

fn users(asked: &Asked<'_>) -> Result<Option<FieldValue<'static>>> {
    let rights = asked.session.require_rights()?;
    let window = Window::read(&asked.arguments, &asked.session.knobs)?;
    let projects: Option<Vec<i64>> = match asked.arguments.get("projectIds") {
        None | Some(Json::Null) => None,
        Some(ids) => Some(serde_json::from_value(ids.clone())?),
    };
    let list_deleted = asked.session.knobs.list_deleted;
    let tenant = read(&asked.session.tenant);
    let page = window.cut(
        tenant.users(),
        |user| {
            let wanted = |ids: &Vec<i64>| user.project_ids.iter().any(|id| ids.contains(id));
            (list_deleted || !user.is_deleted()) && rights.sees(user) && projects.as_ref().is_none_or(wanted)
        },
        |user| Node::User(user.clone()),
    );
    Ok(Some(page.into_value()))
}

fn clients(asked: &Asked<'_>) -> Result<Option<FieldValue<'static>>> {
    asked.session.require_rights()?;
    let window = Window::read(&asked.arguments, &asked.session.knobs)?;
    let client = read(&asked.session.tenant).client.clone();
    let one = BTreeMap::from([(client.id, client)]);
    Ok(Some(window.cut(&one, |_| true, |client| Node::Named(client.clone())).into_value()))
}

fn client(asked: &Asked<'_>) -> Result<Option<FieldValue<'static>>> {
    asked.session.require_rights()?;
    let id = one_id(&asked.arguments, &["clientId"])?;
    let client = read(&asked.session.tenant).client.clone();
    (client.id == id).then(|| Node::Named(client).to_value()).transpose()
}

fn connection(asked: &Asked<'_>, list: fn(&Tenant) -> &BTreeMap<i64, Named>) -> Result<Option<FieldValue<'static>>> {
    asked.session.require_rights()?;
    let window = Window::read(&asked.arguments, &asked.session.knobs)?;
    let tenant = read(&asked.session.tenant);
    Ok(Some(window.cut(list(&tenant), |_| true, |one| Node::Named(one.clone())).into_value()))
}

fn named(
    asked: &Asked<'_>,
    arguments: &[&str],
    list: fn(&Tenant) -> &BTreeMap<i64, Named>,
) -> Result<Option<FieldValue<'static>>> {
    asked.session.require_rights()?;
    let id = one_id(&asked.arguments, arguments)?;
    let found = list(&read(&asked.session.tenant)).get(&id).cloned();
    found.map(|one| Node::Named(one).to_value()).transpose()
}

/// The vendor's own roles on the three bases; how custom roles can be listed is not published.
fn base_roles(asked: &Asked<'_>) -> Result<Option<FieldValue<'static>>> {
    if asked.session.require_rights()? != Rights::All {
        return Err(Error::new("You are not allowed to do this"));
    }
    let tenant = read(&asked.session.tenant);
    let is_base = |base: Option<BaseRole>, custom: bool| base.is_some() && !custom;
    let roles = tenant.roles.values().filter(|role| is_base(role.base_role_name, role.custom));
    let values = roles.map(|role| Value::from_json(super::user_fields::role_object(role)).map(FieldValue::value));
    Ok(Some(FieldValue::list(values.collect::<serde_json::Result<Vec<_>>>()?)))
}

/// The one id that was given under any of the names; giving none or several is refused.
fn one_id(arguments: &Map<String, Json>, names: &[&str]) -> Result<i64> {
    let given: Vec<i64> = names.iter().filter_map(|name| arguments.get(*name).and_then(Json::as_i64)).collect();
    match given.as_slice() {
        [id] => Ok(*id),
        _ => Err(Error::new(format!("Exactly one of {} must be given", json!(names)))),
    }
}
