//! PATCH of the vendor's SCIM API. The only published sample is `replace` with a path; what Microsoft's dialect adds is behind a knob.

use serde_json::{Map, Value};

use super::super::knobs::{Knobs, PatchDialect};
use super::super::refusal::Refusal;
use super::super::user::User;
use super::attribute::{set, set_phone, text};

/// Schema of a PATCH.
const SCHEMA: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// Applies all operations.
pub fn apply(body: &Map<String, Value>, user: &mut User, knobs: &Knobs) -> Result<(), Refusal> {
    let schemas = body.get("schemas").and_then(Value::as_array).into_iter().flatten();
    if !schemas.into_iter().any(|schema| schema == SCHEMA) {
        return Err(Refusal::bad(format!("schemas must be [\"{SCHEMA}\"]")));
    }
    let operations = body.get("Operations").and_then(Value::as_array).filter(|operations| !operations.is_empty());
    for operation in operations.ok_or_else(|| Refusal::missing("Operations"))? {
        apply_one(operation, user, knobs)?;
    }
    Ok(())
}

fn apply_one(operation: &Value, user: &mut User, knobs: &Knobs) -> Result<(), Refusal> {
    let is_wide = knobs.scim_patch == PatchDialect::Wide;
    let given = operation.get("op").and_then(Value::as_str).ok_or_else(|| Refusal::missing("op"))?;
    let verb = if is_wide { given.to_ascii_lowercase() } else { given.to_owned() };
    let is_known = verb == "replace" || (is_wide && (verb == "add" || verb == "remove"));
    if !is_known {
        return Err(Refusal::bad(format!("op {given} is not supported")));
    }
    let path = operation.get("path").and_then(Value::as_str).filter(|path| !path.is_empty());
    let value = operation.get("value").filter(|value| !value.is_null());
    match (path, value) {
        (Some(path), None) if verb == "remove" => remove(path, user, knobs),
        (Some(path), Some(value)) if verb != "remove" => put(path, value, user, knobs),
        (None, Some(Value::Object(values))) if is_wide && verb != "remove" => {
            values.iter().try_for_each(|(path, value)| put(path, value, user, knobs))
        }
        (None, _) => Err(Refusal::missing("path")),
        (Some(_), _) => Err(Refusal::missing("value")),
    }
}

fn put(path: &str, value: &Value, user: &mut User, knobs: &Knobs) -> Result<(), Refusal> {
    match phone_type(path).filter(|_| knobs.scim_patch == PatchDialect::Wide) {
        Some(phone) => set_phone(user, phone, Some(text(path, value)?)),
        None => set(user, path, value, knobs),
    }
}

fn remove(path: &str, user: &mut User, knobs: &Knobs) -> Result<(), Refusal> {
    match path {
        "nickName" => user.nickname = None,
        "title" => user.title = None,
        "timezone" => user.timezone = None,
        "addresses" | "phoneNumbers" | "roles" => set(user, path, &Value::Array(Vec::new()), knobs)?,
        _ => match phone_type(path) {
            Some(phone) if phone != "extension" => set_phone(user, phone, None)?,
            _ => return Err(Refusal::bad(format!("{path} cannot be removed"))),
        },
    }
    Ok(())
}

/// The type in `phoneNumbers[type eq "work"].value` or without `.value`.
fn phone_type(path: &str) -> Option<&str> {
    let filter = path.strip_prefix("phoneNumbers[")?;
    let filter = filter.strip_suffix("].value").or_else(|| filter.strip_suffix(']'))?;
    filter.trim().strip_prefix("type eq ")?.trim().strip_prefix('"')?.strip_suffix('"')
}
