//! The door for people: basic sign-in or a key, offsets, partial changes, `OK` instead of JSON.

use actix_web::HttpResponse;
use serde_json::{Map, Value, json};

use super::{Seen, State, error, page, start, text};

const WRITTEN: &[&str] =
    &["login", "mail", "given", "family", "nick", "enabled", "grade", "notes", "label", "address", "kind"];

pub fn answer(state: &mut State, seen: &Seen) -> HttpResponse {
    // `roster:s3cret-pass` in Base64, or the key of the service account
    if seen.header("authorization") != "Basic cm9zdGVyOnMzY3JldC1wYXNz" && seen.header("x-key") != "s3cret-pass" {
        return start(401).finish();
    }
    if seen.header("x-client") != "scim-bridge" || seen.header("accept") != "application/json" {
        return error(400, "bad_call", "a header is missing", "");
    }
    if seen.header("x-trace").is_empty() || seen.query("tenant") != Some("t-1") {
        return error(400, "bad_call", "trace or tenant is missing", "");
    }
    let path: Vec<&str> = seen.path.iter().map(String::as_str).collect();
    match (seen.method.as_str(), path.as_slice()) {
        ("POST", ["api", "v2", "people"]) => create(state, seen),
        ("GET", ["api", "v2", "people"]) => list(state, seen),
        ("GET", ["api", "v2", "people", file]) => match person(state, file.strip_suffix(".json")) {
            Some((_, found)) => start(200).json(&*found),
            None => gone(),
        },
        ("PATCH", ["api", "v2", "people", id]) => change(state, id, seen),
        ("PUT", ["api", "v2", "people", id, "skills"]) => set_skills(state, id, seen),
        ("POST", ["api", "v2", "people", id, "password"]) => set_password(state, id, seen),
        _ => text(405, "text/html", "<h1>not here</h1>"),
    }
}

fn gone() -> HttpResponse {
    text(404, "text/html", "<html><body>Nothing to see</body></html>")
}

fn person<'a>(state: &'a mut State, id: Option<&str>) -> Option<(i64, &'a mut Map<String, Value>)> {
    let id: i64 = id?.parse().ok()?;
    let found = state.people.get_mut(&id)?;
    found.get("deleted_at").is_none_or(Value::is_null).then_some((id, found))
}

fn create(state: &mut State, seen: &Seen) -> HttpResponse {
    let Value::Object(input) = seen.json() else { return error(400, "no_json", "an object is needed", "") };
    if seen.header("content-type") != "application/json" {
        return start(415).finish();
    }
    if let Some(answer) = refusal(&input) {
        return answer;
    }
    for unique in ["login", "mail"] {
        if input.contains_key(unique) && state.people.values().any(|other| other.get(unique) == input.get(unique)) {
            return error(422, "taken", &format!("{unique} {} is taken", input[unique]), unique);
        }
    }
    let id = state.next_id();
    let mut person = Map::from_iter([("id".to_owned(), json!(id)), ("kind".to_owned(), json!("human"))]);
    write(&mut person, &input);
    state.people.insert(id, person.clone());
    start(201).json(json!([person]))
}

/// What a body must not hold.
fn refusal(input: &Map<String, Value>) -> Option<HttpResponse> {
    for (name, value) in input {
        let fits = match name.as_str() {
            "enabled" => value.is_boolean(),
            "grade" => value.is_i64(),
            "address" => value.is_null() || value["city"].is_string(),
            _ => value.is_string() || value.is_null(),
        };
        if !WRITTEN.contains(&name.as_str()) || !fits {
            return Some(error(422, "bad_field", &format!("{name} cannot be {value}"), name));
        }
    }
    None
}

/// Names live in an object of their own; `null` takes away.
fn write(person: &mut Map<String, Value>, input: &Map<String, Value>) {
    for (name, value) in input.iter().filter(|(name, _)| *name != "notes") {
        match name.as_str() {
            "given" | "family" => {
                let names = person.entry("person").or_insert_with(|| json!({}));
                names[name] = value.clone();
            }
            _ => {
                person.insert(name.clone(), value.clone());
            }
        }
    }
}

fn list(state: &State, seen: &Seen) -> HttpResponse {
    if !seen.has_only(&["tenant", "from", "max", "filter", "search"])
        || seen.query("filter").is_some_and(|f| !f.is_empty())
    {
        return error(400, "bad_call", "unknown query", "");
    }
    let (Some(from), Some(max)) = (seen.number("from").filter(|from| *from > 0), seen.number("max")) else {
        return error(400, "bad_call", "from and max are needed", "");
    };
    // it knows substrings only
    let wanted = seen.query("search").unwrap_or_default().to_lowercase();
    let fits =
        |person: &&Map<String, Value>| person["login"].as_str().unwrap_or_default().to_lowercase().contains(&wanted);
    let all: Vec<Value> = state.people.values().filter(fits).cloned().map(Value::Object).collect();
    start(200).json(json!({ "data": page(&all, from - 1, max), "total": all.len() }))
}

fn change(state: &mut State, id: &str, seen: &Seen) -> HttpResponse {
    let Value::Object(input) = seen.json() else { return error(400, "no_json", "an object is needed", "") };
    if seen.header("content-type") != "application/merge-patch+json" {
        return start(415).finish();
    }
    if input.contains_key("login") {
        return error(422, "fixed", "login cannot change", "login");
    }
    if let Some(answer) = refusal(&input) {
        return answer;
    }
    let Some((id, person)) = person(state, Some(id)) else { return gone() };
    write(person, &input);
    if let Some(notes) = input.get("notes").and_then(Value::as_str) {
        state.notes.insert(id, notes.to_owned());
    }
    text(200, "text/plain", "OK")
}

fn set_skills(state: &mut State, id: &str, seen: &Seen) -> HttpResponse {
    if state.locked > 0 {
        state.locked -= 1;
        return start(409).json(json!({ "state": "locked" }));
    }
    let Value::Array(skills) = seen.json() else { return error(400, "no_json", "a list is needed", "") };
    if skills.iter().any(|skill| skill["name"] == "juggling") {
        return error(422, "no_such_skill", "there is no skill juggling", "skills");
    }
    let Some((_, person)) = person(state, Some(id)) else { return gone() };
    person.insert("skills".into(), skills.into());
    start(204).finish()
}

fn set_password(state: &mut State, id: &str, seen: &Seen) -> HttpResponse {
    let Some(form) = seen.form() else { return start(415).finish() };
    if seen.query("notify") != Some("") || form.len() != 2 || form.get("secret") != form.get("again") {
        return error(400, "bad_call", "secret, again and an empty notify are needed", "");
    }
    if form["secret"].len() < 8 {
        return error(422, "weak", &format!("{} is a weak secret", form["secret"]), "secret");
    }
    let Some((id, _)) = person(state, Some(id)) else { return gone() };
    state.passwords.insert(id, form["secret"].clone());
    text(200, "text/plain", "OK")
}
