//! The made-up vendor itself: strict about everything that a call must carry, with state, and with the habits that its two mappings describe.
//! What it does not expect is refused, so that nothing can be left out unnoticed.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};

use actix_web::http::StatusCode;
use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpResponseBuilder, HttpServer};
use serde_json::{Map, Value, json};

mod desk;
mod roster;

/// Most elements of a page, whatever is asked for.
const LARGEST_PAGE: usize = 2;

/// The running vendor.
pub struct RestVendor {
    pub url: String,
    state: Arc<Mutex<State>>,
}

/// Everything that it has.
#[derive(Default)]
pub struct State {
    pub people: BTreeMap<i64, Map<String, Value>>,
    pub members: BTreeMap<String, Map<String, Value>>,
    pub passwords: BTreeMap<i64, String>,
    pub notes: BTreeMap<i64, String>,
    /// People who are open in an editor: so many calls on them are refused.
    pub locked: u32,
    /// Answers to the next calls that fit, once each.
    pub scripted: VecDeque<Scripted>,
    pub calls: Vec<Seen>,
    pub tokens: BTreeSet<String>,
    pub sign_ins: u32,
    /// Clearing the family name answers success and changes nothing.
    pub keeps_family: bool,
}

/// An answer that comes instead of the usual one.
pub struct Scripted {
    pub method: &'static str,
    pub path: &'static str,
    pub status: u16,
    pub headers: &'static [(&'static str, &'static str)],
    pub body: &'static str,
}

/// A call that came in.
#[derive(Debug, Clone)]
pub struct Seen {
    pub method: String,
    pub path: Vec<String>,
    pub query: Vec<(String, String)>,
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
    pub at: tokio::time::Instant,
}

impl RestVendor {
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
        self.with(|state| state.people.values().find(|person| person["login"] == login).cloned().map(Value::Object))
    }

    /// Puts somebody there by hand.
    pub fn hires(&self, person: Value) -> i64 {
        let Value::Object(mut person) = person else { panic!("a person is an object") };
        self.with(|state| {
            let id = state.next_id();
            person.insert("id".into(), id.into());
            person.entry("kind").or_insert("human".into());
            state.people.insert(id, person);
            id
        })
    }

    /// The calls so far with this method whose path ends so.
    pub fn calls(&self, method: &str, end: &str) -> Vec<Seen> {
        self.with(|state| {
            let fits = |seen: &&Seen| seen.method == method && seen.path.join("/").ends_with(end);
            state.calls.iter().filter(fits).cloned().collect()
        })
    }
}

impl State {
    fn next_id(&self) -> i64 {
        self.people.keys().last().unwrap_or(&500) + 1
    }
}

impl Seen {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// The body as a form, when it is called one.
    pub fn form(&self) -> Option<BTreeMap<String, String>> {
        let is_form = self.header("content-type") == "application/x-www-form-urlencoded";
        is_form.then(|| url::form_urlencoded::parse(&self.body).into_owned().collect())
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(String::as_str).unwrap_or_default()
    }

    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(has, _)| has == name).map(|(_, value)| value.as_str())
    }

    /// A whole number in the query.
    fn number(&self, name: &str) -> Option<usize> {
        self.query(name)?.parse().ok()
    }

    /// Are these all the query parameters?
    fn has_only(&self, allowed: &[&str]) -> bool {
        self.query.iter().all(|(name, _)| allowed.contains(&name.as_str()))
    }
}

async fn answer_to(request: HttpRequest, body: Bytes, state: Data<Mutex<State>>) -> HttpResponse {
    let uri = url::Url::parse(&format!("http://vendor{}", request.uri())).expect("a request has an address");
    let seen = Seen {
        method: request.method().to_string(),
        path: uri
            .path_segments()
            .expect("http has segments")
            .map(|part| percent_encoding::percent_decode_str(part).decode_utf8_lossy().into_owned())
            .collect(),
        query: uri.query_pairs().into_owned().collect(),
        headers: request
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_owned()))
            .collect(),
        body: body.to_vec(),
        at: tokio::time::Instant::now(),
    };
    let mut state = state.lock().expect("no panic under this lock");
    state.calls.push(seen.clone());
    let path = seen.path.join("/");
    let scripted = state.scripted.iter().position(|one| one.method == seen.method && path.contains(one.path));
    if let Some(scripted) = scripted.and_then(|at| state.scripted.remove(at)) {
        let mut answer = start(scripted.status);
        scripted.headers.iter().for_each(|header| {
            answer.insert_header(*header);
        });
        return answer.body(scripted.body);
    }
    match seen.path.first().map(String::as_str) {
        Some("api") => roster::answer(&mut state, &seen),
        Some("oauth" | "desk") => desk::answer(&mut state, &seen),
        _ => text(404, "text/html", "<h1>no such place</h1>"),
    }
}

fn start(status: u16) -> HttpResponseBuilder {
    HttpResponse::build(StatusCode::from_u16(status).expect("a status"))
}

fn text(status: u16, kind: &str, body: &'static str) -> HttpResponse {
    start(status).content_type(kind).body(body)
}

fn error(status: u16, code: &str, message: &str, field: &str) -> HttpResponse {
    start(status).json(json!({ "errors": [{ "code": code, "message": message, "field": field }] }))
}

/// One page of a list, however many are asked for.
fn page(all: &[Value], from: usize, size: usize) -> Vec<Value> {
    all.iter().skip(from).take(size.min(LARGEST_PAGE)).cloned().collect()
}
