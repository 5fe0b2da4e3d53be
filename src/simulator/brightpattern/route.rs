//! From an address and a method to what is asked, and to the name of the operation in the call log and in fault rules. It answers nothing.
//!
//! Names: `token`, `createUser`, `getUser`, `updateUser`, `deleteUser`, `getUserLockState`, `clearUserLockState`, `exportUserPhoneNumbers`, `exportAccessNumbers`,
//! `getTeams`, and of the vendor's own SCIM API `scimCreateUser`, `scimFindUsers`, `scimGetUser`, `scimReplaceUser`, `scimPatchUser`, `scimDeleteUser`.

use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::super::control::{Operation, Request};
use super::knobs::{Knobs, Server, VendorScim};
use super::refusal::Refusal;
use super::token::Form;

/// What is asked.
#[derive(Debug)]
pub enum Call {
    /// A token.
    Token(Form),
    /// A new user.
    CreateUser,
    /// One user.
    GetUser(String),
    /// Another state of a user.
    UpdateUser(String),
    /// One user less.
    DeleteUser(String),
    /// Whether a user is locked.
    GetLock(String),
    /// That a user is locked no more.
    ClearLock(String),
    /// The directory.
    Phones,
    /// Numbers from outside.
    AccessNumbers,
    /// Teams.
    Teams,
    /// The vendor's own SCIM API.
    Scim(ScimCall),
    /// Nothing that exists.
    Nothing(Refusal),
}

/// What is asked of the vendor's own SCIM API.
#[derive(Debug)]
pub enum ScimCall {
    /// A new user.
    Create,
    /// The users that a filter finds.
    Find,
    /// One user.
    Get(String),
    /// A user instead of the former self.
    Replace(String),
    /// A user with changes.
    Patch(String),
    /// One user less.
    Delete(String),
}

/// Reads a request without doing anything. `host` is the tenant's.
pub fn read(request: &Request, knobs: &Knobs, host: &str) -> (Operation, Call) {
    let call = find(request, knobs, host).unwrap_or_else(Call::Nothing);
    let variables = match &call {
        Call::Token(form) => Some(form.masked()),
        Call::Nothing(_) => None,
        _ => serde_json::from_slice(&request.body).ok().map(|mut body: Value| {
            mask(&mut body);
            body
        }),
    };
    let names = name(&call).into_iter().map(str::to_owned).collect();
    (Operation { names, caller_name: None, variables }, call)
}

fn find(request: &Request, knobs: &Knobs, host: &str) -> Result<Call, Refusal> {
    let segments: Vec<String> = request
        .path
        .trim_start_matches('/')
        .split('/')
        .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned())
        .collect();
    let path: Vec<&str> = segments.iter().map(String::as_str).collect();
    let method = request.method.as_str();
    match (knobs.server, &path[..]) {
        (Server::Five, ["configapi", "v2", "oauth", "token"]) => match method {
            "POST" => Ok(Call::Token(Form::read(request))),
            _ => Err(Refusal::method("POST")),
        },
        (Server::Five, ["configapi", "v2", "team"]) if knobs.get_team => match method {
            "GET" => Ok(Call::Teams),
            _ => Err(Refusal::method("GET")),
        },
        (Server::Five, ["configapi", "v2", "scim", "users", rest @ ..]) if knobs.vendor_scim != VendorScim::Off => {
            find_scim(rest, method, knobs)
        }
        (Server::Five, ["configapi", "v2", rest @ ..]) => find_users(rest, method, knobs),
        (Server::Three, ["admin", "ws", "t", tenant, rest @ ..]) if tenant.eq_ignore_ascii_case(host) => {
            find_users(rest, method, knobs)
        }
        _ => Err(Refusal::no_address(knobs)),
    }
}

fn find_users(path: &[&str], method: &str, knobs: &Knobs) -> Result<Call, Refusal> {
    match (path, method) {
        (["user"], "POST") => Ok(Call::CreateUser),
        (["user"], _) => Err(Refusal::method("POST")),
        (["user", "lock", user], "GET") => Ok(Call::GetLock((*user).to_owned())),
        (["user", "lock", user], "PUT") => Ok(Call::ClearLock((*user).to_owned())),
        (["user", "lock", _], _) => Err(Refusal::method("GET, PUT")),
        (["user", user], "GET") => Ok(Call::GetUser((*user).to_owned())),
        (["user", user], "PUT") => Ok(Call::UpdateUser((*user).to_owned())),
        // no page of 3.x knows a deletion
        (["user", _], _) if knobs.server == Server::Three => Err(Refusal::method("GET, PUT")),
        (["user", user], "DELETE") => Ok(Call::DeleteUser((*user).to_owned())),
        (["user", _], _) => Err(Refusal::method("GET, PUT, DELETE")),
        (["phone", "user"], "GET") => Ok(Call::Phones),
        (["phone", "ext"], "GET") => Ok(Call::AccessNumbers),
        (["phone", "user" | "ext"], _) => Err(Refusal::method("GET")),
        _ => Err(Refusal::no_address(knobs)),
    }
}

fn find_scim(path: &[&str], method: &str, knobs: &Knobs) -> Result<Call, Refusal> {
    let call = match (path, method) {
        ([], "POST") => ScimCall::Create,
        ([], "GET") => ScimCall::Find,
        ([], _) => return Err(Refusal::method("GET, POST")),
        ([id], "GET") => ScimCall::Get((*id).to_owned()),
        ([id], "PUT") => ScimCall::Replace((*id).to_owned()),
        ([id], "PATCH") => ScimCall::Patch((*id).to_owned()),
        ([id], "DELETE") => ScimCall::Delete((*id).to_owned()),
        ([_], _) => return Err(Refusal::method("GET, PUT, PATCH, DELETE")),
        _ => return Err(Refusal::no_address(knobs)),
    };
    Ok(Call::Scim(call))
}

fn name(call: &Call) -> Option<&'static str> {
    Some(match call {
        Call::Token(_) => "token",
        Call::CreateUser => "createUser",
        Call::GetUser(_) => "getUser",
        Call::UpdateUser(_) => "updateUser",
        Call::DeleteUser(_) => "deleteUser",
        Call::GetLock(_) => "getUserLockState",
        Call::ClearLock(_) => "clearUserLockState",
        Call::Phones => "exportUserPhoneNumbers",
        Call::AccessNumbers => "exportAccessNumbers",
        Call::Teams => "getTeams",
        Call::Scim(ScimCall::Create) => "scimCreateUser",
        Call::Scim(ScimCall::Find) => "scimFindUsers",
        Call::Scim(ScimCall::Get(_)) => "scimGetUser",
        Call::Scim(ScimCall::Replace(_)) => "scimReplaceUser",
        Call::Scim(ScimCall::Patch(_)) => "scimPatchUser",
        Call::Scim(ScimCall::Delete(_)) => "scimDeleteUser",
        Call::Nothing(_) => return None,
    })
}

/// Takes passwords out of what the call log keeps; a SCIM PATCH names them in `path`.
fn mask(value: &mut Value) {
    match value {
        Value::Object(members) => {
            let is_about_password = members.get("path").and_then(Value::as_str).is_some_and(|path| path == "password");
            for (name, member) in members {
                match member {
                    Value::String(_) if name == "password" || (is_about_password && name == "value") => {
                        *member = Value::from("***");
                    }
                    other => mask(other),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(mask),
        _ => {}
    }
}
