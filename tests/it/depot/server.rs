//! The made-up vendor itself: strict, with state. What it does not expect is refused, so that nothing can be left out unnoticed.

use std::collections::BTreeMap;
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
    /// `METHOD path` of each call, in order.
    pub calls: Vec<String>,
    /// Lists (`ranks`, `teams`) that are answered 500.
    pub broken: Vec<&'static str>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            staff: BTreeMap::new(),
            ranks: vec![(1, "Clerk"), (2, "Foreman"), (3, "Head")],
            teams: vec![(20, "Yard"), (21, "Night"), (22, "Cranes")],
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
        self.with(|state| state.staff.values().find(|person| person["login"] == login).cloned().map(Value::Object))
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
        .answer(&method, &parts, &body)
        .unwrap_or_else(|(status, code, text)| (status, json!({ "error": { "code": code, "text": text } })));
    HttpResponse::build(StatusCode::from_u16(status).expect("a status")).json(body)
}

impl State {
    fn answer(&mut self, method: &str, path: &[&str], body: &Value) -> Answered {
        match (method, path) {
            ("GET", [list]) if self.broken.contains(list) => Err((500, "broken", "no list today".to_owned())),
            ("GET", ["ranks"]) => Ok((200, listed(&self.ranks))),
            ("GET", ["teams"]) => Ok((200, listed(&self.teams))),
            ("GET", ["staff"]) => Ok((200, json!({ "staff": self.staff.values().collect::<Vec<_>>() }))),
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
        self.refuse_unknown(given, &["login", "mail", "active", "rank", "team"])?;
        if self.staff.values().any(|person| person["login"] == given["login"]) {
            return Err((409, "taken", "the login is taken".to_owned()));
        }
        let number = self.staff.keys().last().unwrap_or(&100) + 1;
        let mut person = given.clone();
        person.insert("number".into(), number.into());
        self.staff.insert(number, person.clone());
        Ok((201, person.into()))
    }

    fn about(&mut self, method: &str, number: i64, rest: &[&str], body: &Value) -> Answered {
        match (method, rest) {
            ("GET", []) => Ok((200, self.staff[&number].clone().into())),
            ("DELETE", []) => {
                self.staff.remove(&number);
                Ok((200, json!("gone")))
            }
            ("PATCH", []) => {
                let Some(given) = body.as_object() else { return Err((400, "body", "no object".to_owned())) };
                self.refuse_unknown(given, &["mail", "active", "rank", "team"])?;
                let person = self.staff.get_mut(&number).expect("looked for before");
                person.extend(given.clone());
                Ok((200, person.clone().into()))
            }
            _ => Err((404, "no_such_place", rest.join("/"))),
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

fn listed(all: &[(i64, &str)]) -> Value {
    all.iter().map(|(id, label)| json!({ "id": id, "label": label })).collect()
}
