//! From an address and a method to what is asked, and to the name of the operation in the call log and in fault rules. It answers nothing.
//!
//! Names: `baseURI`, `token`, `jwks`, `login`, `refresh`, `logout`, `publicProfile`, `getUserByPid`, `resetPassword`, and for each kind `getUsers`, `getUser`,
//! `createUsers`, `updateUsers`, `updateUser`, `deleteUsers`, `deleteUser` (`getSkills`, `getAgentGroup` …).

use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::super::control::{Operation, Request};
use super::kind::Kind;
use super::refusal::Refusal;
use super::sentinel::{Form, Generation};

/// What is asked.
#[derive(Debug)]
pub enum Call {
    /// Hosts of one service or of all.
    Hosts { account: String, service: Option<String> },
    /// An OAuth 2.0 token.
    Token { account: String, generation: Generation, form: Form },
    /// The keys that sign tokens.
    Keys,
    /// A session.
    Session { account: String, step: Step },
    /// Entities of the account configuration.
    Entities { account: String, kind: Kind, action: Action },
    /// What anybody may see of a user.
    PublicProfile { account: String, pid: String },
    /// Nothing that exists.
    Nothing(Refusal),
}

/// What happens to a session.
#[derive(Debug, Clone, Copy)]
pub enum Step {
    /// It begins.
    Login,
    /// It goes on.
    Refresh,
    /// It ends.
    Logout,
}

/// What happens to entities.
#[derive(Debug, Clone)]
pub enum Action {
    /// All of a kind.
    List,
    /// One.
    Get(i64),
    /// One user by the other identifier.
    GetByPid(String),
    /// New ones.
    Create,
    /// One instead of its former self.
    Update(i64),
    /// Several.
    UpdateMany,
    /// One goes.
    Delete(i64),
    /// Several go.
    DeleteMany,
    /// A new password.
    ResetPassword(i64),
}

/// Reads a request without doing anything.
pub fn read(request: &Request) -> (Operation, Call) {
    let call = find(request).unwrap_or_else(Call::Nothing);
    let variables = match &call {
        Call::Token { form, .. } => Some(form.masked()),
        Call::Nothing(_) => None,
        _ => serde_json::from_slice(&request.body).ok().map(|mut body: Value| {
            mask(&mut body);
            body
        }),
    };
    (Operation { names: name(&call).into_iter().collect(), caller_name: None, variables }, call)
}

fn find(request: &Request) -> Result<Call, Refusal> {
    let segments: Vec<String> = request
        .path
        .trim_start_matches('/')
        .split('/')
        .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned())
        .collect();
    let path: Vec<&str> = segments.iter().map(String::as_str).collect();
    let method = effective_method(request)?;
    let only = |allowed: &'static str| if method == allowed { Ok(()) } else { Err(Refusal::method(allowed)) };
    match path[..] {
        ["api" | "csdr", "account", account, "service", "baseURI.json"] => {
            only("GET").map(|()| Call::Hosts { account: account.to_owned(), service: None })
        }
        ["api", "account", account, "service", service, "baseURI.json"] => {
            only("GET").map(|()| Call::Hosts { account: account.to_owned(), service: Some(service.to_owned()) })
        }
        ["sentinel", "well-known", "jwks"] => only("GET").map(|()| Call::Keys),
        ["sentinel", "api", "v2", "account", account, "app", "token"] => {
            only("POST").map(|()| token(account, Generation::Two, request))
        }
        ["sentinel", "api", "account", account, "app", "token"] => {
            only("POST").map(|()| token(account, Generation::One, request))
        }
        ["api", "account", account, step @ ("login" | "refresh" | "logout")] => {
            let step = match step {
                "login" => Step::Login,
                "refresh" => Step::Refresh,
                _ => Step::Logout,
            };
            only("POST").map(|()| Call::Session { account: account.to_owned(), step })
        }
        ["api", "account", account, "configuration", "le-users", kind, ref rest @ ..] => {
            let kind = Kind::parse(kind).ok_or_else(unknown)?;
            find_entities(account, kind, rest, &method)
        }
        _ => Err(unknown()),
    }
}

fn find_entities(account: &str, kind: Kind, rest: &[&str], method: &str) -> Result<Call, Refusal> {
    let id = |text: &str| text.parse::<i64>();
    let action = match (rest, method) {
        ([], "GET") => Action::List,
        ([], "POST") => Action::Create,
        ([], "PUT") => Action::UpdateMany,
        ([], "DELETE") => Action::DeleteMany,
        ([], _) => return Err(Refusal::method("GET, POST, PUT, DELETE")),
        (["pid", pid], "GET") if kind == Kind::Users => Action::GetByPid((*pid).to_owned()),
        (["pid", _], _) if kind == Kind::Users => return Err(Refusal::method("GET")),
        ([text, "resetPassword"], "PUT") if kind == Kind::Users => {
            Action::ResetPassword(id(text).map_err(|_| unknown())?)
        }
        ([text, "resetPassword"], _) if kind == Kind::Users && id(text).is_ok() => return Err(Refusal::method("PUT")),
        ([text], _) => match (id(text), method) {
            (Ok(id), "GET") => Action::Get(id),
            (Ok(id), "PUT") => Action::Update(id),
            (Ok(id), "DELETE") => Action::Delete(id),
            (Ok(_), _) => return Err(Refusal::method("GET, PUT, DELETE")),
            // on the host of public profiles this is the address of a user's; the others know no such ids
            (Err(_), "GET") if kind == Kind::Users => {
                return Ok(Call::PublicProfile { account: account.to_owned(), pid: (*text).to_owned() });
            }
            (Err(_), _) => return Err(unknown()),
        },
        _ => return Err(unknown()),
    };
    Ok(Call::Entities { account: account.to_owned(), kind, action })
}

/// `POST` may stand for `PUT` or `DELETE` (Users API, headers; Skills API).
fn effective_method(request: &Request) -> Result<String, Refusal> {
    match request.header("x-http-method-override") {
        Some(wanted) if request.method == "POST" => match wanted.to_ascii_uppercase() {
            wanted if wanted == "PUT" || wanted == "DELETE" => Ok(wanted),
            _ => Err(Refusal::bad("X-HTTP-Method-Override is PUT or DELETE")),
        },
        _ => Ok(request.method.clone()),
    }
}

fn token(account: &str, generation: Generation, request: &Request) -> Call {
    Call::Token { account: account.to_owned(), generation, form: Form::read(request) }
}

fn unknown() -> Refusal {
    Refusal::not_found("no such address")
}

fn name(call: &Call) -> Option<String> {
    let fixed = match call {
        Call::Hosts { .. } => "baseURI",
        Call::Token { .. } => "token",
        Call::Keys => "jwks",
        Call::Session { step: Step::Login, .. } => "login",
        Call::Session { step: Step::Refresh, .. } => "refresh",
        Call::Session { step: Step::Logout, .. } => "logout",
        Call::PublicProfile { .. } => "publicProfile",
        Call::Nothing(_) => return None,
        Call::Entities { kind, action, .. } => {
            let one = kind.singular();
            return Some(match action {
                Action::List => format!("get{one}s"),
                Action::Get(_) => format!("get{one}"),
                Action::GetByPid(_) => format!("get{one}ByPid"),
                Action::Create => format!("create{one}s"),
                Action::Update(_) => format!("update{one}"),
                Action::UpdateMany => format!("update{one}s"),
                Action::Delete(_) => format!("delete{one}"),
                Action::DeleteMany => format!("delete{one}s"),
                Action::ResetPassword(_) => "resetPassword".to_owned(),
            });
        }
    };
    Some(fixed.to_owned())
}

/// Takes secrets out of what the call log keeps.
fn mask(value: &mut Value) {
    const SECRET: [&str; 9] = [
        "password",
        "passwordSh",
        "newPassword",
        "oldPassword",
        "confirmPassword",
        "secret",
        "accessToken",
        "accessTokenSecret",
        "csrf",
    ];
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::String(_) if SECRET.contains(&name.as_str()) => *member = Value::from("***"),
                    other => mask(other),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(mask),
        _ => {}
    }
}
