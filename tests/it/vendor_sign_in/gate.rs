//! A made-up vendor: signs in by HTTP Basic, answers with a token in a header and a cookie, renews by a token that serves once, and says
//! everything it refuses inside a 200.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use scim_bridge::clock::{Clock as _, SystemClock};
use serde_json::json;

use super::*;

const NAME: &str = "bridge";
const WORD: &str = "open-sesame-1234";
/// `bridge:open-sesame-1234`.
const BASIC: &str = "Basic YnJpZGdlOm9wZW4tc2VzYW1lLTEyMzQ=";

struct Gate {
    url: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    people: Vec<Value>,
    /// Number of the token that holds, and of all that were made.
    token: u32,
    made: u32,
    lifetime: Duration,
    /// `open`, `renew`, `open refused` …
    log: Vec<String>,
}

impl Gate {
    fn start(lifetime: Duration) -> Self {
        let state = Arc::new(Mutex::new(State { lifetime, ..State::default() }));
        let data = Data::from(Arc::clone(&state));
        let server =
            HttpServer::new(move || App::new().app_data(data.clone()).default_service(web::to(answer_to))).workers(1);
        let server = server.disable_signals().bind(("127.0.0.1", 0)).expect("a free port");
        let url = format!("http://{}", server.addrs()[0]);
        tokio::spawn(server.run());
        Self { url, state }
    }

    fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.state.lock().expect("no panic under this lock"))
    }

    fn count(&self, what: &str) -> usize {
        self.with(|state| state.log.iter().filter(|line| *line == what).count())
    }
}

fn refused(code: &str, text: &str) -> HttpResponse {
    HttpResponse::Ok().json(json!({ "problem": { "code": code, "text": text } }))
}

async fn answer_to(request: HttpRequest, body: Bytes, state: Data<Mutex<State>>) -> HttpResponse {
    let mut state = state.lock().expect("no panic under this lock");
    let body = String::from_utf8_lossy(&body).into_owned();
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let path = request.path().to_owned();
    match path.as_str() {
        "/gate/open" => {
            if header("authorization") != BASIC || body != "purpose=provisioning" {
                state.log.push("open refused".to_owned());
                return refused("wrong_word", "no");
            }
            state.log.push("open".to_owned());
            let (token, ends) = state.opens();
            let mut answer = HttpResponse::Created();
            answer.insert_header(("X-Gate-Token", token)).insert_header(("X-Gate-Ends", ends));
            answer.insert_header(("Set-Cookie", "node=n7; Path=/; HttpOnly"));
            answer.json(json!({ "renewal": format!("renewal-{}", state.token) }))
        }
        "/gate/renew" => {
            if body != format!("renewal=renewal-{}", state.token) || header("cookie") != "node=n7" {
                state.log.push("renew refused".to_owned());
                return refused("spent", "it serves once");
            }
            state.log.push("renew".to_owned());
            let (token, ends) = state.opens();
            let answer = json!({ "token": token, "renewal": format!("renewal-{}", state.token) });
            HttpResponse::Ok().insert_header(("X-Gate-Ends", ends)).json(answer)
        }
        _ if header("x-gate") != format!("gate-token-{}", state.token) || header("cookie") != "node=n7" => {
            state.log.push("session over".to_owned());
            refused("session_over", &format!("the token {} has ended", header("x-gate")))
        }
        _ => state.answer(request.method().as_str(), &path, &body),
    }
}

impl State {
    /// Another token takes the place of the one before; returns it, and when it ends.
    fn opens(&mut self) -> (String, String) {
        self.made += 1;
        self.token = self.made;
        let ends = (SystemClock.now() + self.lifetime).as_millisecond();
        (format!("gate-token-{}", self.token), ends.to_string())
    }

    fn answer(&mut self, method: &str, path: &str, body: &str) -> HttpResponse {
        self.log.push(format!("{method} {path}"));
        let given: Value = serde_json::from_str(body).unwrap_or_default();
        let at = path.strip_prefix("/people/").and_then(|number| number.parse::<usize>().ok());
        match (method, at) {
            ("GET", None) => HttpResponse::Ok().json(json!({ "people": self.people })),
            ("POST", None) if given["nick"] == "refuse" => {
                refused("odd", &format!("gate-token-{} may not do this", self.token))
            }
            ("POST", None) => {
                let mut person = given;
                person["id"] = json!(self.people.len());
                self.people.push(person.clone());
                HttpResponse::Ok().json(json!({ "person": person }))
            }
            (_, Some(at)) if at < self.people.len() => {
                if let (Value::Object(person), Value::Object(given)) = (&mut self.people[at], given) {
                    person.extend(given);
                }
                HttpResponse::Ok().json(json!({ "person": self.people[at] }))
            }
            _ => refused("nothing_here", path),
        }
    }
}

/// A bridge before the gate.
struct Bridge {
    program: Program,
    folder: TempDir,
}

impl Bridge {
    fn before(gate: &Gate, word: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let secrets = json!({ "name": NAME, "word": word });
        let config = config(&folder, "gate", &[], &json!({ "base_url": gate.url }), &secrets);
        let program = Program::listening(program(&["serve", "--config", &config]));
        Self { program, folder }
    }

    fn idp(&self) -> Idp {
        Idp::new(http_client(), format!("{}/scim/v2/it", self.program.url), Some(TOKEN.to_owned()))
    }

    async fn renames(&self, id: &str, name: &str) {
        let change = json!([{ "op": "replace", "path": "nickName", "value": name }]);
        self.idp().operations(id, change).await.is(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_from_a_header_and_a_cookie_go_with_every_call() {
    let gate = Gate::start(Duration::from_hours(1));
    let bridge = Bridge::before(&gate, WORD);
    let id = bridge.idp().post("/Users", person("ada")).await.is(201).id();
    bridge.renames(&id, "Addie").await;
    assert_eq!((gate.count("open"), gate.count("session over"), gate.count("PATCH /people/0")), (1, 0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_renewed_before_it_ends_by_one_that_serves_once() {
    let gate = Gate::start(Duration::from_secs(7));
    let bridge = Bridge::before(&gate, WORD);
    let id = bridge.idp().post("/Users", person("ada")).await.is(201).id();
    // nothing but renewals may follow, and no call may carry a token that has ended
    for number in 0.. {
        bridge.renames(&id, &format!("Name{number}")).await;
        if gate.count("renew") == 2 {
            break;
        }
        tokio::task::yield_now().await;
    }
    assert_eq!((gate.count("open"), gate.count("renew refused")), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_inside_a_200_says_that_the_session_is_over() {
    let gate = Gate::start(Duration::from_hours(1));
    let bridge = Bridge::before(&gate, WORD);
    let id = bridge.idp().post("/Users", person("ada")).await.is(201).id();
    gate.with(|state| state.token = 0);
    bridge.renames(&id, "Addie").await;
    assert_eq!((gate.count("open"), gate.count("session over"), gate.count("PATCH /people/0")), (2, 1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_inside_a_200_is_one_and_is_not_repeated_without_end() {
    let gate = Gate::start(Duration::from_hours(1));
    let bridge = Bridge::before(&gate, "wrong-word-5678");
    for login in ["ada", "bo", "cy"] {
        bridge.idp().post("/Users", person(login)).await.is(503);
    }
    assert_eq!((gate.count("open refused"), gate.count("open")), (1, 0));
    let log = bridge.program.log().join("\n");
    assert!(log.contains("check the secrets name and word") && log.contains("(wrong_word)"), "{log}");
    assert!(!log.contains("wrong-word-5678"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_the_vendor_quotes_is_shown_to_nobody() {
    let gate = Gate::start(Duration::from_hours(1));
    let bridge = Bridge::before(&gate, WORD);
    let mut refused = person("ada");
    refused["nickName"] = json!("refuse");
    let answer = bridge.idp().post("/Users", refused).await.is(400);
    assert!(answer.detail().contains("*** may not do this"), "{}", answer.detail());
    let path = bridge.folder.path().join("bridge.yaml");
    let story = program(&["story", "--config", &path.to_string_lossy(), "ada"]).output().expect("the program starts");
    let log = bridge.program.log().join("\n");
    for shown in [log, String::from_utf8_lossy(&story.stdout).into_owned(), answer.detail().to_owned()] {
        assert!(!shown.contains("gate-token") && !shown.contains("renewal-"), "{shown}");
    }
}
