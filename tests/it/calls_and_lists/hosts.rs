//! A made-up vendor whose list of hosts decides where calls go.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{bridge_to, idp_of, person};
use crate::support::{Answer, Idp, Program, eventually, program};

/// Everything that it has.
#[derive(Default)]
struct State {
    /// What the list says: the service and its host.
    services: Vec<(&'static str, String)>,
    /// Instead of the list.
    refusal: Option<u16>,
    people: Vec<Value>,
    /// Host, method and address of every call.
    calls: Vec<(String, String)>,
}

struct Wander {
    /// Hosts of the vendor, as they stand in its list.
    hosts: Vec<String>,
    state: Arc<Mutex<State>>,
    program: Program,
    folder: TempDir,
}

impl Wander {
    /// The list is at the first host; `services` says at which the others are.
    fn start(services: &[(&'static str, usize)], settings: &Value) -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let data = Data::from(Arc::clone(&state));
        let mut server =
            HttpServer::new(move || App::new().app_data(data.clone()).default_service(web::to(answer))).workers(1);
        for _ in 0..4 {
            server = server.disable_signals().bind(("127.0.0.1", 0)).expect("a free port");
        }
        let hosts: Vec<String> = server.addrs().iter().map(ToString::to_string).collect();
        tokio::spawn(server.run());
        state.lock().expect("no panic under this lock").services =
            services.iter().map(|(name, at)| (*name, hosts[*at].clone())).collect();
        let mut all = json!({ "base_url": format!("http://{}", hosts[0]) });
        all.as_object_mut().expect("an object").extend(settings.as_object().cloned().expect("an object"));
        let secrets = json!({ "client_id": "bridge", "client_secret": "hidden-word" });
        let (program, folder) = bridge_to("", "hosts", &secrets, json!({}), json!({ "settings": all }));
        Self { hosts, state, program, folder }
    }

    fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.state.lock().expect("no panic under this lock"))
    }

    /// How many calls with this beginning came to a host.
    fn counted(&self, host: usize, begin: &str) -> usize {
        self.with(|state| {
            let of_this = |(at, call): &&(String, String)| *at == self.hosts[host] && call.starts_with(begin);
            state.calls.iter().filter(of_this).count()
        })
    }

    fn moves(&self, service: &str, to: usize) {
        let to = self.hosts[to].clone();
        self.with(|state| {
            state.services.iter_mut().filter(|(name, _)| *name == service).for_each(|(_, host)| host.clone_from(&to));
        });
    }
}

async fn answer(request: HttpRequest, body: Bytes, state: Data<Mutex<State>>) -> HttpResponse {
    let mut state = state.lock().expect("no panic under this lock");
    let host = request.headers().get("host").and_then(|host| host.to_str().ok()).unwrap_or_default().to_owned();
    state.calls.push((host.clone(), format!("{} {}", request.method(), request.uri())));
    let key = request.path().rsplit('/').next().and_then(|key| key.parse::<usize>().ok());
    match (request.method().as_str(), request.path(), key) {
        ("GET", path, _) if path.ends_with("/hosts.json") => {
            assert!(request.headers().get("authorization").is_none(), "the list is public");
            if let Some(status) = state.refusal {
                let status = actix_web::http::StatusCode::from_u16(status).expect("a status");
                return HttpResponse::build(status).finish();
            }
            let list: Vec<Value> =
                state.services.iter().map(|(name, host)| json!({ "service": name, "baseURI": host })).collect();
            HttpResponse::Ok().json(json!({ "baseURIs": list }))
        }
        ("POST", "/token", _) => HttpResponse::Ok().json(json!({ "access_token": "t", "expires_in": "3600" })),
        ("POST", "/people", _) => {
            let mut one: Value = serde_json::from_slice(&body).expect("JSON");
            one["id"] = json!(state.people.len());
            state.people.push(one.clone());
            HttpResponse::Created().json(one)
        }
        // two pages: the first names the second by its path, the second names a third in full
        ("GET", "/people", _) => {
            let next = match request.query_string() {
                "" => json!("/people?p=2"),
                "p=2" => json!(format!("http://{host}/people?p=3")),
                _ => Value::Null,
            };
            let data: &[Value] = if next.is_null() { &state.people } else { &[] };
            HttpResponse::Ok().json(json!({ "data": data, "next": next }))
        }
        ("GET", _, Some(key)) => HttpResponse::Ok().json(&state.people[key]),
        ("PUT", _, Some(key)) => {
            let mut one: Value = serde_json::from_slice(&body).expect("JSON");
            one["id"] = json!(key);
            state.people[key] = one.clone();
            HttpResponse::Ok().json(one)
        }
        _ => HttpResponse::NotFound().finish(),
    }
}

async fn create(idp: &Idp, name: &str) -> Answer {
    idp.post("/Users", person(name, &json!({}))).await
}

#[tokio::test]
async fn every_call_goes_to_the_host_that_its_service_has() {
    let vendor = Wander::start(&[("tokens", 1), ("accounts", 2), ("lists", 3)], &json!({}));
    let idp = idp_of(&vendor.program);
    create(&idp, "ada").await.is(201);
    create(&idp, "eve").await.is(201);
    assert_eq!(vendor.counted(0, "GET /account/a1/hosts.json?version=1.0"), 1, "one list for all");
    assert_eq!(vendor.counted(1, "POST /token"), 1);
    assert_eq!(vendor.counted(2, "POST /people"), 2);
    let run = program(&["import", "--config", "bridge.yaml", "--connection", "it"])
        .current_dir(vendor.folder.path())
        .output()
        .expect("the program starts");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    for page in ["GET /people", "GET /people?p=2", "GET /people?p=3"] {
        assert!(vendor.counted(3, page) >= 1, "{page}");
    }
}

#[tokio::test]
async fn a_host_that_has_moved_is_followed_when_the_list_is_due() {
    let vendor = Wander::start(&[("tokens", 1), ("accounts", 2), ("lists", 2)], &json!({ "keep_seconds": 1 }));
    let idp = idp_of(&vendor.program);
    create(&idp, "ada").await.is(201);
    vendor.moves("accounts", 3);
    let number = AtomicUsize::new(0);
    eventually("the new host is used", || async {
        create(&idp, &format!("p{}", number.fetch_add(1, Ordering::Relaxed))).await.is(201);
        (vendor.counted(3, "POST /people") > 0).then_some(())
    })
    .await;
}

#[tokio::test]
async fn an_old_list_is_used_on_while_no_new_one_is_to_be_had() {
    let vendor = Wander::start(&[("tokens", 1), ("accounts", 2), ("lists", 2)], &json!({ "keep_seconds": 1 }));
    let idp = idp_of(&vendor.program);
    create(&idp, "ada").await.is(201);
    vendor.with(|state| state.refusal = Some(503));
    let number = AtomicUsize::new(0);
    eventually("the list is asked for again", || async {
        create(&idp, &format!("p{}", number.fetch_add(1, Ordering::Relaxed))).await.is(201);
        (vendor.counted(0, "GET /account") > 1).then_some(())
    })
    .await;
    create(&idp, "eve").await.is(201);
    assert_eq!(vendor.counted(0, "GET /account"), 2, "not with every call");
}

#[tokio::test]
async fn a_service_that_is_missing_is_told_with_the_setting_and_not_repeated() {
    let vendor = Wander::start(&[("tokens", 1), ("lists", 2)], &json!({ "account": "a7" }));
    let answer = create(&idp_of(&vendor.program), "ada").await.is(503);
    for part in ["accounts", "settings.account", "bridge.yaml"] {
        assert!(answer.detail().contains(part), "{}", answer.detail());
    }
    assert_eq!(vendor.counted(0, "GET /account/a7"), 1);
    assert_eq!(vendor.counted(1, "POST /token"), 0);
}

#[tokio::test]
async fn explain_names_the_service_in_place_of_the_host() {
    let vendor = Wander::start(&[("tokens", 1)], &json!({}));
    std::fs::write(vendor.folder.path().join("ada.json"), person("ada", &json!({})).to_string()).expect("written");
    let run = program(&["explain", "--config", "bridge.yaml", "--connection", "it", "ada.json"])
        .current_dir(vendor.folder.path())
        .output()
        .expect("the program starts");
    let printed = String::from_utf8_lossy(&run.stdout);
    assert!(printed.contains("POST {accounts}/people"), "{printed}");
    assert!(vendor.with(|state| state.calls.is_empty()), "nobody is asked");
}
