//! The made-up vendor itself: strict, with state. What it does not expect is refused, so that nothing can be left out unnoticed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use actix_web::http::StatusCode;
use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use serde_json::{Map, Value, json};

/// The running vendor.
pub struct Depot {
    pub url: String,
    state: Arc<Mutex<State>>,
}

/// Everything that it has.
pub struct State {
    pub staff: BTreeMap<i64, Map<String, Value>>,
    pub ranks: Vec<(i64, &'static str)>,
    pub teams: Vec<(i64, &'static str)>,
    pub crews: Vec<(i64, &'static str)>,
    /// Who is in which crew: crew, person.
    pub memberships: BTreeSet<(i64, i64)>,
    pub secrets: BTreeMap<i64, String>,
    pub tools: BTreeMap<i64, BTreeSet<String>>,
    /// Tools that exist.
    pub shelf: Vec<&'static str>,
    /// Holder and kind of each badge.
    pub badges: BTreeMap<i64, (i64, String)>,
    /// Calls (`METHOD path`) that take effect, and whose answer is lost.
    pub lost: Vec<&'static str>,
    /// `METHOD path` of each call, in order.
    pub calls: Vec<String>,
    /// Lists (`ranks`, `teams`) and calls on people (`enable`) that are answered 500.
    pub broken: Vec<&'static str>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            staff: BTreeMap::new(),
            ranks: vec![(1, "Clerk"), (2, "Foreman"), (3, "Head")],
            teams: vec![(20, "Yard"), (21, "Night"), (22, "Cranes")],
            crews: vec![(31, "Dock"), (32, "Gate"), (33, "Rail")],
            memberships: BTreeSet::new(),
            secrets: BTreeMap::new(),
            tools: BTreeMap::new(),
            shelf: vec!["lamp", "radio", "hook", "rope", "glove"],
            badges: BTreeMap::new(),
            lost: Vec::new(),
            calls: Vec::new(),
            broken: Vec::new(),
        }
    }
}

/// An answer: a status and a body.
type Answered = Result<(u16, Value), (u16, &'static str, String)>;

impl Depot {
    /// Starts one on a free port; it ends with the test's runtime.
    pub fn start() -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let data = Data::from(Arc::clone(&state));
        let server =
            HttpServer::new(move || App::new().app_data(data.clone()).default_service(web::to(answer_to))).workers(1);
        let server = server.disable_signals().bind(("127.0.0.1", 0)).expect("a free port");
        let url = format!("http://{}", server.addrs()[0]);
        tokio::spawn(server.run());
        Self { url, state }
    }

    /// Looks at the state, or changes it.
    pub fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.state.lock().expect("no panic under this lock"))
    }

    /// The person with this login.
    pub fn person(&self, login: &str) -> Option<Value> {
        self.with(|state| {
            let number = state.staff.values().find(|person| person["login"] == login)?["number"].as_i64()?;
            Some(state.shown(number))
        })
    }

    /// The calls since the last time they were asked for.
    pub fn calls(&self) -> Vec<String> {
        self.with(|state| std::mem::take(&mut state.calls))
    }
}

async fn answer_to(request: HttpRequest, body: Bytes, state: Data<Mutex<State>>) -> HttpResponse {
    let method = request.method().to_string();
    let path = request.uri().path().trim_matches('/').to_owned();
    let body: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
    let mut state = state.lock().expect("no panic under this lock");
    let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
    state.calls.push(format!("{method} {path}{query}"));
    let parts: Vec<&str> = path.split('/').collect();
    let (status, body) = state
        .answer(&method, &parts, &query, &body)
        .unwrap_or_else(|(status, code, text)| (status, json!({ "error": { "code": code, "text": text } })));
    let call = format!("{method} {path}");
    if let Some(at) = state.lost.iter().position(|lost| *lost == call) {
        state.lost.remove(at);
        return HttpResponse::BadGateway().body("the answer got lost");
    }
    HttpResponse::build(StatusCode::from_u16(status).expect("a status")).json(body)
}

impl State {
    fn answer(&mut self, method: &str, path: &[&str], query: &str, body: &Value) -> Answered {
        match (method, path) {
            ("GET", [list]) if self.broken.contains(list) => Err((500, "broken", "no list today".to_owned())),
            ("GET", ["ranks"]) => Ok((200, listed(&self.ranks))),
            ("GET", ["teams"]) => Ok((200, listed(&self.teams))),
            ("GET", ["crews"]) => Ok((200, listed(&self.crews))),
            ("GET", ["staff"]) => {
                Ok((200, json!({ "staff": self.staff.keys().map(|number| self.shown(*number)).collect::<Vec<_>>() })))
            }
            (_, ["crews", crew, "staff", rest @ ..]) => self.crew(method, crew, rest, body),
            (_, ["badges", rest @ ..]) => self.badge(method, rest, query, body),
            ("POST", ["staff"]) => self.hires(body),
            (_, ["staff", number, rest @ ..]) => {
                let number: i64 = number.parse().map_err(|_| (400, "number", "no number".to_owned()))?;
                if !self.staff.contains_key(&number) {
                    return Err((404, "nobody", format!("nobody has the number {number}")));
                }
                self.about(method, number, rest, body)
            }
            _ => Err((404, "no_such_place", path.join("/"))),
        }
    }

    fn hires(&mut self, body: &Value) -> Answered {
        let Some(given) = body.as_object() else { return Err((400, "body", "no object".to_owned())) };
        self.refuse_unknown(given, &["login", "mail", "rank", "team", "secret"])?;
        let secret = good_secret(&given["secret"])?;
        if self.staff.values().any(|person| person["login"] == given["login"]) {
            return Err((409, "taken", "the login is taken".to_owned()));
        }
        let number = self.staff.keys().last().unwrap_or(&100) + 1;
        let mut person = given.clone();
        person.insert("number".into(), number.into());
        person.insert("active".into(), false.into());
        person.remove("secret");
        self.secrets.insert(number, secret);
        self.staff.insert(number, person);
        Ok((201, self.shown(number)))
    }

    fn about(&mut self, method: &str, number: i64, rest: &[&str], body: &Value) -> Answered {
        match (method, rest) {
            ("GET", []) => Ok((200, self.shown(number))),
            (_, [place]) if self.broken.contains(place) => Err((500, "broken", "not today".to_owned())),
            ("POST", [state @ ("enable" | "disable")]) => {
                let person = self.staff.get_mut(&number).expect("looked for before");
                let shall = *state == "enable";
                if person["active"] == shall {
                    return Err((409, "already", "it is so already".to_owned()));
                }
                person.insert("active".into(), shall.into());
                Ok((200, Value::Null))
            }
            ("PUT", ["secret"]) => {
                self.secrets.insert(number, good_secret(&body["secret"])?);
                Ok((200, Value::Null))
            }
            ("PUT", ["crews"]) => self.set_crews(number, body),
            ("POST", ["tools"]) => self.lend(number, body),
            ("DELETE", []) => {
                self.staff.remove(&number);
                Ok((200, json!("gone")))
            }
            ("PATCH", []) => {
                let Some(given) = body.as_object() else { return Err((400, "body", "no object".to_owned())) };
                self.refuse_unknown(given, &["mail", "rank", "team", "desk"])?;
                if given.get("rank").is_some_and(|rank| *rank != self.staff[&number]["rank"]) {
                    self.tools.remove(&number);
                    let person = self.staff.get_mut(&number).expect("looked for before");
                    person.remove("desk");
                    person.insert("rank".into(), given["rank"].clone());
                    if let Some(desk) = given.get("desk") {
                        return Err((422, "desk", format!("a new rank has no desk {desk} yet")));
                    }
                }
                let person = self.staff.get_mut(&number).expect("looked for before");
                person.extend(given.clone());
                Ok((200, self.shown(number)))
            }
            _ => Err((404, "no_such_place", rest.join("/"))),
        }
    }

    /// Somebody as he is shown.
    fn shown(&self, number: i64) -> Value {
        let mut person = self.staff[&number].clone();
        let crews: Vec<i64> =
            self.memberships.iter().filter(|(_, who)| *who == number).map(|(crew, _)| *crew).collect();
        let badges: BTreeSet<&str> =
            self.badges.values().filter(|(holder, _)| *holder == number).map(|(_, kind)| kind.as_str()).collect();
        person.insert("crews".into(), json!(crews));
        person.insert("tools".into(), json!(self.tools.get(&number).cloned().unwrap_or_default()));
        person.insert("badges".into(), json!(badges));
        person.into()
    }

    /// One membership at a time; a second one of the same person is an error.
    fn crew(&mut self, method: &str, crew: &str, rest: &[&str], body: &Value) -> Answered {
        let known = self.crews.iter().find(|(id, _)| id.to_string() == crew);
        let (crew, _) = *known.ok_or((404, "no_such_crew", crew.to_owned()))?;
        match (method, rest) {
            ("POST", []) => {
                let number = body["number"].as_i64().filter(|number| self.staff.contains_key(number));
                let number = number.ok_or((404, "nobody", body.to_string()))?;
                if !self.memberships.insert((crew, number)) {
                    return Err((409, "member", "is in it already".to_owned()));
                }
                Ok((201, Value::Null))
            }
            ("DELETE", [number]) => {
                let number: i64 = number.parse().map_err(|_| (400, "number", "no number".to_owned()))?;
                if !self.memberships.remove(&(crew, number)) {
                    return Err((404, "no_member", "is not in it".to_owned()));
                }
                Ok((200, Value::Null))
            }
            _ => Err((404, "no_such_place", "crews".to_owned())),
        }
    }

    fn set_crews(&mut self, number: i64, body: &Value) -> Answered {
        let crews: Vec<i64> = body["crews"].as_array().into_iter().flatten().filter_map(Value::as_i64).collect();
        if let Some(unknown) = crews.iter().find(|crew| self.crews.iter().all(|(id, _)| id != *crew)) {
            return Err((422, "no_such_number", unknown.to_string()));
        }
        self.memberships.retain(|(_, who)| *who != number);
        self.memberships.extend(crews.into_iter().map(|crew| (crew, number)));
        Ok((200, Value::Null))
    }

    /// All of the batch, or nothing of it.
    fn lend(&mut self, number: i64, body: &Value) -> Answered {
        let named = |key: &str| -> Vec<String> {
            body[key].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let (lend, back) = (named("lend"), named("back"));
        if let Some(unknown) = lend.iter().find(|tool| !self.shelf.contains(&tool.as_str())) {
            return Err((422, "no_such_tool", unknown.clone()));
        }
        let tools = self.tools.entry(number).or_default();
        tools.extend(lend);
        tools.retain(|tool| !back.contains(tool));
        Ok((200, Value::Null))
    }

    /// Badges are found by their holder; whatever else is asked for is ignored.
    fn badge(&mut self, method: &str, rest: &[&str], query: &str, body: &Value) -> Answered {
        let asked: BTreeMap<String, String> =
            url::form_urlencoded::parse(query.trim_start_matches('?').as_bytes()).into_owned().collect();
        let number = |name: &str| asked.get(name).and_then(|text| text.parse::<i64>().ok());
        match (method, rest) {
            ("GET", []) => {
                let holder = number("holder").ok_or((400, "holder", "whose?".to_owned()))?;
                let of_holder = self.badges.iter().filter(|(_, (who, _))| *who == holder);
                let shown = of_holder.map(|(id, (who, kind))| json!({ "id": id, "holder": who, "kind": kind }));
                let from = usize::try_from(number("from").unwrap_or_default()).unwrap_or_default();
                Ok((200, shown.skip(from).take(2).collect()))
            }
            ("POST", []) => {
                let (holder, kind) = (body["holder"].as_i64(), body["kind"].as_str());
                let (Some(holder), Some(kind)) = (holder, kind) else { return Err((400, "body", body.to_string())) };
                let id = self.badges.keys().last().unwrap_or(&900) + 1;
                self.badges.insert(id, (holder, kind.to_owned()));
                Ok((201, json!({ "id": id })))
            }
            ("DELETE", [id]) => {
                let id: i64 = id.parse().map_err(|_| (400, "number", "no number".to_owned()))?;
                self.badges.remove(&id).map(|_| (200, Value::Null)).ok_or((404, "no_badge", id.to_string()))
            }
            _ => Err((404, "no_such_place", "badges".to_owned())),
        }
    }

    /// Fields that it does not have, and numbers that mean nothing.
    fn refuse_unknown(&self, given: &Map<String, Value>, fields: &[&str]) -> Result<(), (u16, &'static str, String)> {
        if let Some(field) = given.keys().find(|field| !fields.contains(&field.as_str())) {
            return Err((400, "no_such_field", field.clone()));
        }
        for (field, known) in [("rank", &self.ranks), ("team", &self.teams)] {
            let Some(value) = given.get(field).filter(|value| !value.is_null()) else { continue };
            if !known.iter().any(|(id, _)| value.as_i64() == Some(*id)) {
                return Err((422, "no_such_number", format!("{field} {value}")));
            }
        }
        Ok(())
    }
}

/// A password that the policy allows.
fn good_secret(secret: &Value) -> Result<String, (u16, &'static str, String)> {
    let secret = secret.as_str().ok_or((422, "secret", "a password is needed".to_owned()))?;
    let has = |kind: fn(&char) -> bool| secret.chars().any(|letter| kind(&letter));
    let is_good = secret.len() >= 12
        && has(char::is_ascii_lowercase)
        && has(char::is_ascii_uppercase)
        && has(char::is_ascii_digit)
        && has(char::is_ascii_punctuation);
    if is_good { Ok(secret.to_owned()) } else { Err((422, "secret", format!("{secret} is too weak"))) }
}

fn listed(all: &[(i64, &str)]) -> Value {
    all.iter().map(|(id, label)| json!({ "id": id, "label": label })).collect()
}
