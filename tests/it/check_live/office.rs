//! The made-up vendor: a list in pages, reads, a search by POST, teams; and every call that could change something is written down.

use std::sync::{Arc, Mutex};

use actix_web::http::StatusCode;
use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use serde_json::{Value, json};

/// The running vendor.
pub struct Office {
    pub url: String,
    state: Arc<Mutex<State>>,
}

/// Everything that it has, and what it does otherwise than its mapping says.
pub struct State {
    pub people: Vec<Value>,
    pub teams: Vec<Value>,
    pub calls: Vec<String>,
    pub writes: Vec<String>,
    /// `METHOD path`, and what is answered instead.
    pub instead: Vec<(&'static str, u16, Value)>,
    /// Calls to this path are never answered.
    pub silent: Option<&'static str>,
    /// Pages are what they are, whatever is asked for.
    pub same_page: bool,
    /// What the answers to the list become.
    pub listed: fn(Value) -> Value,
    pub without_revision: bool,
}

impl Office {
    /// Starts one on a free port that fits its mapping but for `change`.
    pub fn start(change: impl FnOnce(&mut State)) -> Self {
        let mut state = State {
            people: vec![
                person(7, "ada@example.com"),
                person(8, "bob@example.com"),
                person(9, "eve@example.com"),
                person(10, "bridge@example.com"),
            ],
            teams: vec![json!({ "id": 20, "name": "Care" }), json!({ "id": 21, "name": "Night" })],
            calls: Vec::new(),
            writes: Vec::new(),
            instead: Vec::new(),
            silent: None,
            same_page: false,
            listed: |answer| answer,
            without_revision: false,
        };
        change(&mut state);
        let state = Arc::new(Mutex::new(state));
        let data = Data::from(Arc::clone(&state));
        let server =
            HttpServer::new(move || App::new().app_data(data.clone()).default_service(web::to(answer))).workers(1);
        let server = server.disable_signals().bind(("127.0.0.1", 0)).expect("a free port");
        let url = format!("http://{}", server.addrs()[0]);
        tokio::spawn(server.run());
        Self { url, state }
    }

    /// Looks at the state, or changes it.
    pub fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.state.lock().expect("no panic under this lock"))
    }
}

fn person(id: i64, login: &str) -> Value {
    json!({
        "id": id, "type": "human", "login": login, "name": "Somebody", "status": "on", "level": 3, "shift": "day", "remote": false,
        "team": { "id": 20 }, "skills": [{ "id": "4", "level": 50 }],
    })
}

async fn answer(request: HttpRequest, body: Bytes, state: Data<Mutex<State>>) -> HttpResponse {
    let call = format!("{} {}", request.method(), request.uri().path());
    let is_silent = {
        let mut state = state.lock().expect("no panic under this lock");
        state.calls.push(call.clone());
        state.silent == Some(request.uri().path())
    };
    if is_silent {
        std::future::pending::<()>().await;
    }
    let mut state = state.lock().expect("no panic under this lock");
    let query = |name: &str| -> Option<usize> {
        let pairs = request.uri().query()?.split('&').filter_map(|pair| pair.split_once('='));
        pairs.filter(|(known, _)| *known == name).find_map(|(_, value)| value.parse().ok())
    };
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    if let Some((_, status, answer)) = state.instead.iter().find(|(path, ..)| *path == call) {
        return HttpResponse::build(StatusCode::from_u16(*status).expect("a status")).json(answer);
    }
    let path: Vec<&str> = request.uri().path().trim_matches('/').split('/').collect();
    match (request.method().as_str(), path.as_slice()) {
        ("POST", ["token"]) => {
            HttpResponse::Ok().json(json!({ "access_token": "t1", "token_type": "bearer", "expires_in": 3600 }))
        }
        ("GET", ["people"]) => {
            let offset = if state.same_page { 0 } else { query("offset").unwrap_or_default() };
            let page: Vec<&Value> = state.people.iter().skip(offset).take(query("limit").unwrap_or(2)).collect();
            let whole = json!({ "data": { "people": page }, "meta": { "total": state.people.len() } });
            HttpResponse::Ok().json((state.listed)(whole))
        }
        ("GET", ["people", id]) => {
            match state.people.iter().find(|person| person["id"].to_string().trim_matches('"') == *id) {
                Some(person) => {
                    let mut found = HttpResponse::Ok();
                    if !state.without_revision {
                        found.insert_header(("etag", "\"1\""));
                    }
                    found.json(json!({ "person": person }))
                }
                None => {
                    HttpResponse::NotFound().json(json!({ "error": { "code": "unknown", "text": "no such person" } }))
                }
            }
        }
        ("POST", ["people", "search"]) => {
            let hits: Vec<&Value> = state.people.iter().filter(|person| person["login"] == body["login"]).collect();
            HttpResponse::Ok().json(json!({ "hits": hits }))
        }
        ("GET", ["teams"]) => HttpResponse::Ok().json(json!({ "teams": state.teams })),
        _ => {
            state.writes.push(call);
            HttpResponse::InternalServerError().finish()
        }
    }
}
