//! The older mutations on agents of the brand, with their own names of fields and errors. New accounts of other kinds cannot be made with them.

use async_graphql::Result;
use async_graphql::dynamic::FieldValue;
use serde::Deserialize;

use super::super::control::read;
use super::change::{Change, Wish};
use super::engine::Resolve;
use super::mistake::{Family, Mistake};
use super::model::{CallSettings, CountryPreferences, Kind, User};
use super::mutation::{change_user, create, input, refuse};
use super::session::Session;
use super::tenant::Tenant;

/// `ProfessionalCreateInput` and `ProfessionalUpdateInput`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Professional {
    user_id: i64,
    click_to_call_phone_number: Wish<String>,
    email: Wish<String>,
    external_id: Wish<String>,
    first_name: Wish<String>,
    group_id: Wish<i64>,
    interface_language: Wish<String>,
    last_name: Wish<String>,
    password: Wish<String>,
    project_ids: Wish<Vec<i64>>,
    pseudo: Wish<String>,
    role_name: Wish<String>,
    saml_user_id: Wish<String>,
    skill_ids: Wish<Vec<i64>>,
    spoken_languages: Wish<Vec<String>>,
}

/// The function that does one of these mutations.
pub fn resolver(field: &str) -> Option<Resolve> {
    Some(match field {
        "professionalCreate" => |asked| create_professional(asked.session, input(asked)?),
        "professionalUpdate" => |asked| update_professional(asked.session, input(asked)?),
        "professionalSetExternalId" => |asked| set_external_id(asked.session, input(asked)?),
        "professionalUnsetGroup" => |asked| unset_group(asked.session, &input(asked)?),
        _ => return None,
    })
}

fn create_professional(session: &Session, wish: Professional) -> Result<Option<FieldValue<'static>>> {
    session.require_rights()?;
    let family = Family::ProfessionalCreate;
    let role = role_id(&read(&session.tenant), &wish.role_name);
    let Ok(role) = role else { return refuse(session, vec![Mistake::UnknownRole], family) };
    // the two exclude each other (schema page `ProfessionalCreateInput`)
    if matches!((&wish.password, &wish.saml_user_id), (Wish::Value(_), Wish::Value(_))) {
        return refuse(session, vec![Mistake::InvalidPassword], family);
    }
    let preferences = preferences(None, wish.interface_language, wish.spoken_languages);
    let change = Change {
        country_preferences: preferences.map_or(Wish::Absent, Wish::Value),
        email: wish.email,
        external_id: wish.external_id,
        first_name: wish.first_name,
        group_id: wish.group_id,
        last_name: wish.last_name,
        password: wish.password,
        project_ids: wish.project_ids,
        role_id: role,
        saml_id: wish.saml_user_id,
        skill_ids: wish.skill_ids,
        user_name: wish.pseudo,
        ..Change::default()
    };
    create(session, change, family)
}

fn update_professional(session: &Session, wish: Professional) -> Result<Option<FieldValue<'static>>> {
    change_professional(session, wish.user_id, Family::ProfessionalUpdate, |before, tenant| {
        let role = role_id(tenant, &wish.role_name)?;
        if session.caller == Some(before.id) && matches!(role, Wish::Value(id) if id != before.role_id) {
            return Err(vec![Mistake::OwnRole]);
        }
        let preferences =
            preferences(before.country_preferences.clone(), wish.interface_language, wish.spoken_languages);
        let change = Change {
            country_preferences: preferences.map_or(Wish::Absent, Wish::Value),
            email: wish.email,
            first_name: wish.first_name,
            last_name: wish.last_name,
            password: wish.password,
            role_id: role,
            user_name: wish.pseudo,
            ..Change::default()
        };
        let mut user = change.apply(before, tenant, &session.knobs)?;
        if let Wish::Value(number) = wish.click_to_call_phone_number {
            let off = CallSettings {
                click_to_call_phone_number: None,
                has_priority_on_call: false,
                is_always_ask_for_number: false,
                is_enabled: false,
                respond_from: "DESK".to_owned(),
            };
            user.channels.call.get_or_insert(off).click_to_call_phone_number = Some(number);
        }
        Ok(user)
    })
}

fn set_external_id(session: &Session, wish: Professional) -> Result<Option<FieldValue<'static>>> {
    change_professional(session, wish.user_id, Family::ProfessionalOther, |before, tenant| {
        Change { external_id: wish.external_id, ..Change::default() }.apply(before, tenant, &session.knobs)
    })
}

fn unset_group(session: &Session, wish: &Professional) -> Result<Option<FieldValue<'static>>> {
    change_professional(session, wish.user_id, Family::ProfessionalOther, |before, _| {
        Ok(User { group_id: None, ..before.clone() })
    })
}

/// These mutations know agents of the brand only.
fn change_professional(
    session: &Session,
    id: i64,
    family: Family,
    change: impl FnOnce(&User, &Tenant) -> Result<User, Vec<Mistake>>,
) -> Result<Option<FieldValue<'static>>> {
    change_user(session, id, family, |before, tenant| match before.kind() {
        Kind::Professional => change(before, tenant),
        _ => Err(vec![Mistake::UnknownUser]),
    })
}

/// `operator`, `manager` or `admin` (schema page `ProfessionalCreateInput`).
fn role_id(tenant: &Tenant, name: &Wish<String>) -> Result<Wish<i64>, Vec<Mistake>> {
    let Wish::Value(name) = name else { return Ok(Wish::Absent) };
    let mut roles = tenant.roles.values().filter(|role| role.base_role_name.is_some() && !role.custom);
    roles.find(|role| role.name == *name).map(|role| Wish::Value(role.id)).ok_or_else(|| vec![Mistake::UnknownRole])
}

/// The languages of an account after a change; none when it has none and no language of the administration is given.
fn preferences(
    before: Option<CountryPreferences>,
    interface_language: Wish<String>,
    spoken_languages: Wish<Vec<String>>,
) -> Option<CountryPreferences> {
    let mut preferences = match (before, &interface_language) {
        (Some(before), _) => before,
        (None, Wish::Value(language)) => CountryPreferences {
            date_format: None,
            interface_language: language.clone(),
            languages: Vec::new(),
            time_format: None,
            timezone: None,
        },
        (None, _) => return None,
    };
    if let Wish::Value(language) = interface_language {
        preferences.interface_language = language;
    }
    if let Wish::Value(languages) = spoken_languages {
        preferences.languages = languages;
    }
    Some(preferences)
}
