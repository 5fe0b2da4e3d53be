//! A made-up vendor with several lists, pages by links, a list that may be unchanged, and the time to wait in the body.

use std::sync::{Arc, Mutex};

use actix_web::http::StatusCode;
use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{bridge_to, person};
use crate::support::{Idp, Program, program};

/// Everything that it has.
#[derive(Default)]
struct State {
    people: Vec<Value>,
    locked: Vec<Value>,
    /// Where the pages of the inactive go on, when it is not at home.
    elsewhere: Option<&'static str>,
    shelves: Vec<&'static str>,
    /// Answers to the next changes, instead of the usual one.
    next: Vec<(u16, Value)>,
    calls: Vec<(String, u16)>,
}

struct Book {
    url: String,
    state: Arc<Mutex<State>>,
    program: Program,
    folder: TempDir,
}

impl Book {
    fn start() -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let data = Data::from(Arc::clone(&state));
        let server =
            HttpServer::new(move || App::new().app_data(data.clone()).default_service(web::to(answer))).workers(1);
        let server = server.disable_signals().bind(("127.0.0.1", 0)).expect("a free port");
        let url = format!("http://{}", server.addrs()[0]);
        tokio::spawn(server.run());
        let (program, folder) = bridge_to(&url, "book", &json!({ "key": "k-0123456789" }), json!({}), json!({}));
        Self { url, state, program, folder }
    }

    fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.state.lock().expect("no panic under this lock"))
    }

    fn idp(&self) -> Idp {
        super::idp_of(&self.program)
    }

    /// The calls that were made to a place, each with its answer.
    fn calls(&self, begin: &str) -> Vec<(String, u16)> {
        self.with(|state| state.calls.iter().filter(|(call, _)| call.starts_with(begin)).cloned().collect())
    }

    fn import(&self) -> (bool, String) {
        let run = program(&["import", "--config", "bridge.yaml", "--connection", "it"])
            .current_dir(self.folder.path())
            .output();
        let run = run.expect("the program starts");
        (
            run.status.success(),
            format!("{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr)),
        )
    }
}

async fn answer(request: HttpRequest, body: Bytes, state: Data<Mutex<State>>) -> HttpResponse {
    let mut state = state.lock().expect("no panic under this lock");
    let answered = respond(&mut state, &request, &body);
    state.calls.push((format!("{} {}", request.method(), request.uri()), answered.status().as_u16()));
    answered
}

fn respond(state: &mut State, request: &HttpRequest, body: &Bytes) -> HttpResponse {
    let of_status = |wanted: &str| {
        let fits = |person: &&Value| person["status"] == wanted;
        // this list never says it
        let hide = |person: &Value| json!({ "id": person["id"], "login": person["login"] });
        state.people.iter().filter(fits).map(hide).collect::<Vec<_>>()
    };
    let query: Vec<(String, String)> =
        url::form_urlencoded::parse(request.query_string().as_bytes()).into_owned().collect();
    let asked = |name: &str| query.iter().find(|(has, _)| has == name).map(|(_, value)| value.as_str());
    let from: usize = asked("from").and_then(|from| from.parse().ok()).unwrap_or_default();
    let path: Vec<&str> = request.path().trim_matches('/').split('/').collect();
    match (request.method().as_str(), path.as_slice(), asked("status")) {
        ("GET", ["people"], None) => {
            let all = of_status("active");
            let page: Vec<&Value> = all.iter().skip(from).take(2).collect();
            let mut answer = HttpResponse::Ok();
            if from + 2 < all.len() {
                let link = format!("<?from=0>; rel=\"first\", <?from={}>; title=\"a, b\"; rel=\"next\"", from + 2);
                answer.insert_header(("Link", link));
            }
            answer.json(page)
        }
        ("GET", ["people"], Some("inactive")) if asked("size") == Some("2") => {
            let all = of_status("inactive");
            let home = format!("http://{}", request.connection_info().host());
            let home = state.elsewhere.map_or(home, str::to_owned);
            let next =
                (from + 2 < all.len()).then(|| format!("{home}/people?status=inactive&size=2&from={}", from + 2));
            let page: Vec<&Value> = all.iter().skip(from).take(2).collect();
            HttpResponse::Ok().json(json!({ "found": page, "links": { "next": next } }))
        }
        ("GET", ["locked"], _) => HttpResponse::Ok().json(&state.locked),
        ("GET", ["shelves"], _) => {
            let mark = format!("\"{}\"", state.shelves.len());
            let known = request.headers().get("if-none-match").and_then(|value| value.to_str().ok());
            if known == Some(mark.as_str()) {
                return HttpResponse::NotModified().finish();
            }
            let shelves: Vec<Value> = state.shelves.iter().map(|name| json!({ "id": name, "name": name })).collect();
            HttpResponse::Ok().insert_header(("ETag", mark)).json(shelves)
        }
        ("POST" | "PATCH", _, _) if !state.next.is_empty() => {
            let (status, body) = state.next.remove(0);
            HttpResponse::build(StatusCode::from_u16(status).expect("a status")).json(body)
        }
        ("POST", ["people"], _) => {
            let mut person: Value = serde_json::from_slice(body).unwrap_or_default();
            person["id"] = json!(format!("n{}", state.people.len()));
            state.people.push(person.clone());
            HttpResponse::Created().json(person)
        }
        ("PATCH", ["people", id], _) => {
            let change: Value = serde_json::from_slice(body).unwrap_or_default();
            let Some(person) = state.people.iter_mut().find(|person| person["id"] == *id) else {
                return HttpResponse::NotFound().finish();
            };
            for (name, value) in change.as_object().into_iter().flatten() {
                person[name] = value.clone();
            }
            HttpResponse::Ok().json(&*person)
        }
        _ => HttpResponse::MethodNotAllowed().finish(),
    }
}

fn somebody(id: &str, status: &str) -> Value {
    json!({ "id": id, "login": format!("{id}@example.com"), "status": status })
}

#[tokio::test(flavor = "multi_thread")]
async fn several_lists_together_are_everybody_and_each_says_what_it_implies() {
    let book = Book::start();
    book.with(|state| {
        state.people = (0..5).map(|n| somebody(&format!("a{n}"), "active")).collect();
        state.people.extend((0..3).map(|n| somebody(&format!("i{n}"), "inactive")));
        // Seen in two lists: the later one is newer, and says itself what he is.
        state.locked =
            vec![json!({ "id": "a4", "login": "a4@example.com", "status": "inactive" }), somebody("l0", "active")];
    });
    let (done, printed) = book.import();
    assert!(done, "{printed}");
    let people = book.idp().get("/Users?count=200").await.is(200);
    let of = |active: bool| -> Vec<String> {
        let fits = |person: &&Value| person["active"] == active;
        let names = people.resources().iter().filter(fits).filter_map(|person| person["userName"].as_str());
        let mut names: Vec<String> = names.filter_map(|name| name.split('@').next()).map(str::to_owned).collect();
        names.sort();
        names
    };
    assert_eq!(of(true), ["a0", "a1", "a2", "a3", "l0"]);
    assert_eq!(of(false), ["a4", "i0", "i1", "i2"]);
    let pages: Vec<String> = book.calls("GET /people").into_iter().map(|(call, _)| call).collect();
    let expected = ["", "?from=2", "?from=4", "?status=inactive&size=2", "?status=inactive&size=2&from=2"];
    assert_eq!(pages, expected.map(|query| format!("GET /people{query}")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_at_another_host_is_not_followed_and_nobody_counts_as_missing() {
    let book = Book::start();
    book.with(|state| {
        state.people = (0..3).map(|n| somebody(&format!("i{n}"), "inactive")).collect();
        state.elsewhere = Some("https://thief.example");
    });
    let (done, printed) = book.import();
    assert!(!done && printed.contains("the next page is at another address (thief.example)"), "{printed}");
    let refused = book.idp().post("/Users", person("i2@example.com", &json!({ "active": false }))).await;
    assert_eq!(refused.status, 503, "nobody is taken for new because of a list that is cut: {refused:?}");
    assert!(book.url.starts_with("http://127.0.0.1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_has_not_changed_is_the_one_of_before() {
    let book = Book::start();
    book.with(|state| state.shelves = vec!["north"]);
    let idp = book.idp();
    let shown = async || -> Vec<String> {
        let shelves = idp.get("/Shelves").await.is(200);
        shelves.resources().iter().filter_map(|shelf| shelf["displayName"].as_str().map(str::to_owned)).collect()
    };
    for _ in 0..3 {
        assert_eq!(shown().await, ["north"]);
    }
    book.with(|state| state.shelves.push("south"));
    assert_eq!(shown().await, ["north", "south"]);
    assert_eq!(shown().await, ["north", "south"]);
    let statuses: Vec<u16> = book.calls("GET /shelves").into_iter().map(|(_, status)| status).collect();
    assert_eq!(statuses, [200, 304, 304, 200, 304]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_time_to_wait_may_stand_in_the_body() {
    let book = Book::start();
    book.with(|state| state.next = vec![(429, json!({ "error": { "wait_ms": "1200" } }))]);
    let begun = tokio::time::Instant::now();
    book.idp().post("/Users", person("ada@example.com", &json!({}))).await.is(201);
    let waited = begun.elapsed().as_millis();
    assert!((1200..9000).contains(&waited), "{waited} ms");
    assert_eq!(book.calls("POST /people").iter().map(|(_, status)| *status).collect::<Vec<_>>(), [429, 201]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_of_the_server_may_be_final() {
    let book = Book::start();
    let id = book.idp().post("/Users", person("ada@example.com", &json!({}))).await.is(201).id();
    book.with(|state| state.next = vec![(500, json!({ "error": { "code": "wrong_type" } }))]);
    let refused = book.idp().entra_sets_active(&id, false).await;
    assert_eq!(book.calls("PATCH /people").len(), 1, "{refused:?}");
    refused.is_error(400, "invalidValue").says("the value has the wrong type");
}
