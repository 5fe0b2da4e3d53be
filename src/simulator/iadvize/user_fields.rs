//! The fields of accounts of all kinds, the deprecated ones too. Fields that only agents of the brand have are hidden on others by the schema.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_graphql::dynamic::FieldValue;
use async_graphql::{Result, Value};
use jiff::Timestamp;
use serde_json::{Value as Json, json};

use super::super::control::read;
use super::engine::{Asked, Resolve};
use super::model::{Channels, Named, Role, User};
use super::paging::{Node, Window};

/// The function that yields a field of an account.
pub fn resolver(field: &str) -> Option<Resolve> {
    Some(match field {
        "projects" => projects,
        "skills" => skills,
        "group" | "role" | "roleName" => from_tenant,
        "id"
        | "email"
        | "lastName"
        | "firstName"
        | "pseudo"
        | "userName"
        | "avatarUrl"
        | "avatar"
        | "createdAt"
        | "isDeleted"
        | "deletedAt"
        | "interfaceLanguage"
        | "spokenLanguages"
        | "countryPreferences"
        | "presence"
        | "availability"
        | "samlUserId"
        | "samlId"
        | "externalId"
        | "askForClickToCallPhoneNumber"
        | "clickToCallPhoneNumber"
        | "channels"
        | "lastLoggedAt" => own,
        _ => return None,
    })
}

/// A role as an object of the schema.
pub fn role_object(role: &Role) -> Json {
    let permissions: Vec<Json> = role.permissions.iter().map(|name| json!({ "name": name })).collect();
    json!({
        "id": role.id, "name": role.name, "description": role.description, "baseRoleName": role.base_role_name,
        "permissions": permissions,
    })
}

/// Fields that the account itself knows.
fn own(asked: &Asked<'_>) -> Result<Option<FieldValue<'static>>> {
    let user = user_of(asked)?;
    let preferences = user.country_preferences.as_ref();
    let call = user.channels.call.as_ref();
    let text = |text: &Option<String>| text.clone().map(Value::String);
    Ok(match asked.field {
        "id" => Some(Value::from(user.id)),
        "email" => Some(Value::from(user.email.as_str())),
        "lastName" => Some(Value::from(user.last_name.as_str())),
        "firstName" => text(&user.first_name),
        "pseudo" | "userName" => Some(Value::from(user.nickname.as_str())),
        "avatarUrl" | "avatar" => text(&user.avatar),
        "createdAt" => user.created_at.map(date_time),
        "isDeleted" => Some(Value::from(user.is_deleted())),
        "deletedAt" => user.deleted_at.map(date_time),
        "interfaceLanguage" => preferences.map(|found| Value::from(found.interface_language.as_str())),
        "spokenLanguages" => Some(Value::from(preferences.map(|found| found.languages.clone()).unwrap_or_default())),
        "countryPreferences" => preferences.map(|found| Value::from_json(json!(found))).transpose()?,
        "presence" => Some(Value::from_json(json!({ "isConnected": user.connected }))?),
        "availability" => Some(Value::from_json(availability(user))?),
        "samlUserId" | "samlId" => text(&user.saml_id),
        "externalId" => text(&user.external_id),
        "askForClickToCallPhoneNumber" => call.map(|call| Value::from(call.is_always_ask_for_number)),
        "clickToCallPhoneNumber" => call.and_then(|call| text(&call.click_to_call_phone_number)),
        "channels" if user.channels == Channels::default() => None,
        "channels" => Some(Value::from_json(json!(user.channels))?),
        // logging in at the API is not logging in at the desk, and nobody can do the latter here
        _ => None,
    }
    .map(FieldValue::value))
}

/// Fields whose content is held elsewhere and only referred to by the account.
fn from_tenant(asked: &Asked<'_>) -> Result<Option<FieldValue<'static>>> {
    let user = user_of(asked)?;
    let tenant = read(&asked.session.tenant);
    let found = match asked.field {
        "group" => user.group_id.and_then(|id| tenant.groups.get(&id)).map(|group| json!(group)),
        "role" => tenant.roles.get(&user.role_id).map(role_object),
        _ => tenant.roles.get(&user.role_id).map(|role| json!(role.name)),
    };
    Ok(found.map(Value::from_json).transpose()?.map(FieldValue::value))
}

fn skills(asked: &Asked<'_>) -> Result<Option<FieldValue<'static>>> {
    let user = user_of(asked)?;
    let tenant = read(&asked.session.tenant);
    let skills = user.skill_ids.iter().filter_map(|id| tenant.skills.get(id));
    let values = skills.map(|skill| Node::Named(skill.clone()).to_value()).collect::<Result<Vec<_>>>()?;
    Ok(Some(FieldValue::list(values)))
}

fn projects(asked: &Asked<'_>) -> Result<Option<FieldValue<'static>>> {
    let user = user_of(asked)?;
    let window = Window::read(&asked.arguments, &asked.session.knobs)?;
    let tenant = read(&asked.session.tenant);
    let own: BTreeMap<i64, &Named> =
        user.project_ids.iter().filter_map(|id| tenant.projects.get(id).map(|project| (*id, project))).collect();
    Ok(Some(window.cut(&own, |_| true, |project| Node::Named((*project).clone())).into_value()))
}

fn user_of<'a>(asked: &'a Asked<'_>) -> Result<&'a User> {
    asked.parent.try_downcast_ref::<Arc<User>>().map(Arc::as_ref)
}

/// As published: `2019-07-03T11:25:38Z`, whole seconds.
fn date_time(at: Timestamp) -> Value {
    Value::from(at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

fn availability(user: &User) -> Json {
    let channels = &user.channels;
    let chat = channels.chat.as_ref();
    let third_party = channels.third_party.as_ref();
    let channel = |name: &str, enabled: bool, slots: i32| {
        let available = user.availability.get(name).copied().unwrap_or(true);
        json!({
            "isEnabled": enabled,
            "isAvailable": enabled && available && user.connected,
            "ongoingConversationCount": i32::from(user.busy && name == "CHAT"),
            "numberOfSlots": slots,
        })
    };
    let call = channels.call.as_ref().is_some_and(|call| call.is_enabled);
    let video = channels.video.as_ref().is_some_and(|video| video.is_enabled);
    json!({
        "chat": channel("CHAT", chat.is_some_and(|chat| chat.is_enabled), chat.map_or(0, |chat| chat.number_of_slots)),
        "call": channel("CALL", call, i32::from(call)),
        "video": channel("VIDEO", video, i32::from(video)),
        "thirdParty": channel("THIRD_PARTY", third_party.is_some_and(|one| one.is_enabled), third_party.map_or(0, |one| one.number_of_slots)),
    })
}
