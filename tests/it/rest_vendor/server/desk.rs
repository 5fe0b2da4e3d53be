//! The door for members: tokens, numbered pages, whole records, a key that follows the login.

use actix_web::HttpResponse;
use serde_json::{Map, Value, json};

use super::{Seen, State, error, page, start, text};

pub fn answer(state: &mut State, seen: &Seen) -> HttpResponse {
    let path: Vec<&str> = seen.path.iter().map(String::as_str).collect();
    if let ("POST", ["oauth", "token"]) = (seen.method.as_str(), path.as_slice()) {
        return sign_in(state, seen);
    }
    let token = seen.header("authorization").strip_prefix("Bearer ").unwrap_or_default();
    if !state.tokens.contains(token) {
        return start(401).json(json!({ "error": "invalid_token" }));
    }
    match (seen.method.as_str(), path.as_slice()) {
        ("POST", ["desk", "members"]) => create(state, seen),
        ("GET", ["desk", "members"]) => list(state, seen),
        ("GET", ["desk", "members", slug]) => match state.members.get(*slug) {
            Some(found) => start(200).json(json!({ "member": found })),
            None => start(404).finish(),
        },
        ("PUT", ["desk", "members", slug]) => replace(state, slug, seen),
        ("DELETE", ["desk", "members", slug]) => match state.members.remove(*slug) {
            Some(_) => start(202).finish(),
            None => start(404).finish(),
        },
        _ => text(405, "text/html", "<h1>not here</h1>"),
    }
}

/// Numbers of seconds are text here, as some servers have them.
fn sign_in(state: &mut State, seen: &Seen) -> HttpResponse {
    let form = seen.form().unwrap_or_default();
    let has = |name: &str, value: &str| form.get(name).is_some_and(|has| has == value);
    let is_client = has("client_id", "roster") && has("client_secret", "s3cret-pass");
    if !is_client || !has("grant_type", "client_credentials") || !has("scope", "people") {
        return start(400).json(json!({ "error": "invalid_client" }));
    }
    state.sign_ins += 1;
    let token = format!("token-{}", state.sign_ins);
    state.tokens.insert(token.clone());
    start(200).json(json!({ "access_token": token, "token_type": "bearer", "expires_in": "3600" }))
}

fn member(seen: &Seen) -> Result<(String, Map<String, Value>), Box<HttpResponse>> {
    let Value::Object(mut input) = seen.json() else {
        return Err(Box::new(error(400, "no_json", "an object is needed", "")));
    };
    if let Some(stranger) =
        input.keys().find(|name| !["login", "given", "family", "team", "skills"].contains(&name.as_str()))
    {
        return Err(Box::new(error(422, "unknown_field", "unknown field", stranger)));
    }
    let Some(login) = input.get("login").and_then(Value::as_str).map(str::to_owned) else {
        return Err(Box::new(error(422, "missing", "login is missing", "login")));
    };
    input.retain(|_, value| !value.is_null());
    input.insert("slug".into(), login.clone().into());
    Ok((login, input))
}

fn create(state: &mut State, seen: &Seen) -> HttpResponse {
    match member(seen) {
        Err(answer) => *answer,
        Ok((login, _)) if state.members.contains_key(&login) => {
            error(422, "taken", &format!("{login} is taken"), "login")
        }
        Ok((login, member)) => {
            state.members.insert(login, member);
            text(201, "text/plain", "OK")
        }
    }
}

fn replace(state: &mut State, slug: &str, seen: &Seen) -> HttpResponse {
    let (login, mut member) = match member(seen) {
        Ok(read) => read,
        Err(answer) => return *answer,
    };
    let Some(before) = state.members.remove(slug) else { return start(404).finish() };
    if state.keeps_family && !member.contains_key("family") {
        member.extend(before.get("family").map(|family| ("family".to_owned(), family.clone())));
    }
    state.members.insert(login, member.clone());
    start(200).json(json!({ "member": member }))
}

fn list(state: &State, seen: &Seen) -> HttpResponse {
    let (Some(number), Some(per), true) = (seen.number("page"), seen.number("per"), seen.has_only(&["page", "per"]))
    else {
        return error(400, "bad_call", "page and per are needed", "");
    };
    let all: Vec<Value> = state.members.values().cloned().map(Value::Object).collect();
    let members = page(&all, (number - 1) * super::LARGEST_PAGE, per);
    start(200).json(json!({ "members": members, "pages": all.len().div_ceil(super::LARGEST_PAGE) }))
}
