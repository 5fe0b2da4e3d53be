//! The attributes that the vendor's SCIM API knows, and what each of them changes. Whatever is not in its table is ignored.

use serde_json::{Map, Value};

use super::super::knobs::{Knobs, RolesShape};
use super::super::refusal::Refusal;
use super::super::user::User;
use super::super::users::{check_login_id, set_password};

/// The attributes of the vendor's table.
pub const ATTRIBUTES: [&str; 12] = [
    "userName",
    "name",
    "emails",
    "active",
    "password",
    "nickName",
    "title",
    "timezone",
    "addresses",
    "phoneNumbers",
    "photos",
    "roles",
];

/// Parts of an address that the vendor keeps.
const ADDRESS: [&str; 3] = ["country", "region", "locality"];

/// Gives an attribute another value.
pub fn set(user: &mut User, name: &str, value: &Value, knobs: &Knobs) -> Result<(), Refusal> {
    match name {
        "userName" => set_user_name(user, text(name, value)?, knobs)?,
        "name" => {
            let parts = value.as_object().ok_or_else(|| wrong(name, "an object"))?;
            for part in ["givenName", "familyName"] {
                let value = parts.get(part).ok_or_else(|| Refusal::missing(&format!("name.{part}")))?;
                set(user, &format!("name.{part}"), value, knobs)?;
            }
        }
        "name.givenName" => user.first_name = text(name, value)?,
        "name.familyName" => user.last_name = text(name, value)?,
        "emails" => {
            let email = chosen(name, value)?.and_then(|email| email.get("value").cloned());
            user.email = Some(text(name, &email.unwrap_or_default())?);
        }
        "active" => user.disabled = !boolean(name, value)?,
        "password" => set_password(user, &text(name, value)?, knobs)?,
        "nickName" => user.nickname = Some(text(name, value)?),
        "title" => user.title = Some(text(name, value)?),
        "timezone" => user.timezone = Some(text(name, value)?),
        "addresses" => {
            let address = chosen(name, value)?.cloned().unwrap_or_default();
            user.address = address.into_iter().filter(|(name, _)| ADDRESS.contains(&name.as_str())).collect();
        }
        "phoneNumbers" => set_phones(user, value)?,
        "photos" => check_photos(value)?,
        "roles" => user.roles = read_roles(value, knobs.scim_roles_shape)?,
        other => return Err(Refusal::bad(format!("{other} cannot be changed"))),
    }
    Ok(())
}

/// Gives one phone another number.
pub fn set_phone(user: &mut User, phone: &str, number: Option<String>) -> Result<(), Refusal> {
    match phone {
        "work" => user.work_phone = number,
        "mobile" => user.mobile_phone = number,
        "default" => user.default_hardphone = number,
        "extension" => {
            let is_number = |text: &String| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            if !number.as_ref().is_none_or(is_number) {
                return Err(wrong("extension", "digits"));
            }
            user.extension = number;
        }
        // other types are ignored
        _ => {}
    }
    Ok(())
}

/// A text that is not empty.
pub fn text(name: &str, value: &Value) -> Result<String, Refusal> {
    value.as_str().filter(|text| !text.is_empty()).map(str::to_owned).ok_or_else(|| wrong(name, "a string"))
}

fn set_user_name(user: &mut User, name: String, knobs: &Knobs) -> Result<(), Refusal> {
    if name == user.login_id {
        return Ok(());
    }
    if !knobs.username_changes {
        return Err(Refusal::bad("userName cannot be changed, the service provider has not enabled it"));
    }
    check_login_id(&name)?;
    user.login_id = name;
    Ok(())
}

/// All phones are replaced, but an extension that is left out stays.
fn set_phones(user: &mut User, value: &Value) -> Result<(), Refusal> {
    let wish = || wrong("phoneNumbers", "an array of objects with type and value");
    for phone in ["work", "mobile", "default"] {
        set_phone(user, phone, None)?;
    }
    for phone in value.as_array().ok_or_else(wish)? {
        let kind = phone.get("type").and_then(Value::as_str).ok_or_else(wish)?;
        let number = text("phoneNumbers", phone.get("value").ok_or_else(wish)?)?;
        set_phone(user, kind, Some(number))?;
    }
    Ok(())
}

/// The server would fetch the picture at once; here only its address is judged.
fn check_photos(value: &Value) -> Result<(), Refusal> {
    let photos = value.as_array().ok_or_else(|| wrong("photos", "an array"))?;
    let is_address = |photo: &Value| {
        let address = photo.get("value").and_then(Value::as_str).and_then(|text| url::Url::parse(text).ok());
        address.is_some_and(|address| ["http", "https"].contains(&address.scheme()))
    };
    if photos.iter().all(is_address) { Ok(()) } else { Err(wrong("photos", "an array of objects with a URL as value")) }
}

fn read_roles(value: &Value, shape: RolesShape) -> Result<Vec<String>, Refusal> {
    let wish = match shape {
        RolesShape::Objects => "an array of objects with value",
        RolesShape::Strings => "an array of strings",
    };
    let read = |item: &Value| match shape {
        RolesShape::Objects => item.get("value").and_then(Value::as_str).map(str::to_owned),
        RolesShape::Strings => item.as_str().map(str::to_owned),
    };
    let items = value.as_array().ok_or_else(|| wrong("roles", wish))?;
    items.iter().map(|item| read(item).ok_or_else(|| wrong("roles", wish))).collect()
}

/// Of several the primary one, else the first.
fn chosen<'a>(name: &str, value: &'a Value) -> Result<Option<&'a Map<String, Value>>, Refusal> {
    let items = value.as_array().ok_or_else(|| wrong(name, "an array"))?;
    let mut objects = items.iter().filter_map(Value::as_object);
    let is_primary = |item: &&Map<String, Value>| item.get("primary").and_then(Value::as_bool) == Some(true);
    Ok(objects.clone().find(is_primary).or_else(|| objects.next()))
}

fn boolean(name: &str, value: &Value) -> Result<bool, Refusal> {
    match value {
        Value::Bool(is_true) => Ok(*is_true),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Ok(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Ok(false),
        _ => Err(wrong(name, "a boolean")),
    }
}

fn wrong(name: &str, wish: &str) -> Refusal {
    Refusal::bad(format!("{name} must be {wish}"))
}
