//! The LivePerson simulator keeps the vendor's published promises; what they leave open are knobs.

use reqwest::header::HeaderMap;
use reqwest::{Client, Method, RequestBuilder};
use scim_bridge::simulator::liveperson::{ACCOUNT_ID, CLIENT_ID, CLIENT_SECRET};
use scim_bridge::simulator::{Options, Running, VendorKind, start};
use serde_json::{Value, json};

mod catalogs;
mod control;
mod revisions;
mod sign_in;
mod users;

/// Profile of administrators in the default data.
const ADMIN: i64 = 2_359_235_912;
/// Profile of agents.
const AGENT: i64 = 2_359_236_012;
/// Profile of agent managers.
const MANAGER: i64 = 2_359_236_112;
/// Group below the root.
const TIER_1: i64 = 2_359_236_612;
/// Group below that.
const TIER_2: i64 = 2_359_236_712;
/// Skill that Ana has.
const BILLING: i64 = 2_359_236_812;
/// Skill that nobody has.
const RETURNS: i64 = 2_359_236_912;
/// Agent.
const ANA: i64 = 2_359_237_412;
/// Agent manager.
const MARC: i64 = 2_359_237_512;
/// Agent who was deleted.
const GONE: i64 = 2_359_238_012;

/// A simulator with an OAuth 2.0 token.
struct Sim {
    running: Running,
    client: Client,
    token: String,
}

/// An answer that was read to the end.
#[derive(Debug)]
struct Answer {
    status: u16,
    headers: HeaderMap,
    json: Value,
}

impl Answer {
    #[track_caller]
    fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        self
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("plain text"))
    }

    #[track_caller]
    fn revision(&self) -> u64 {
        let revision = self.header("ac-revision").unwrap_or_else(|| panic!("no revision: {self:?}"));
        revision.parse().expect("a number")
    }

    fn message(&self) -> &str {
        self.json["error"]["message"].as_str().unwrap_or_default()
    }
}

impl Sim {
    async fn start() -> Self {
        Self::start_with(Options::default()).await
    }

    async fn start_with(options: Options) -> Self {
        let running = start(VendorKind::Liveperson, "127.0.0.1:0", options).await.expect("the simulator starts");
        let client = Client::builder().no_proxy().build().expect("a client");
        let sim = Self { running, client, token: String::new() };
        let answer = sim.ask_token(CLIENT_ID, CLIENT_SECRET).await;
        let token = answer.json["access_token"].as_str().unwrap_or_default().to_owned();
        Self { token, ..sim }
    }

    async fn with_knobs(knobs: Value) -> Self {
        let sim = Self::start().await;
        sim.knobs(&knobs);
        sim
    }

    #[track_caller]
    fn knobs(&self, knobs: &Value) {
        self.running.control().set_knobs(knobs).expect("knobs");
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.running.url()))
    }

    async fn ask_token(&self, id: &str, secret: &str) -> Answer {
        let form = [("client_id", id), ("client_secret", secret), ("grant_type", "client_credentials")];
        read(self.request(Method::POST, &token_path()).form(&form)).await
    }

    /// A call to the account configuration.
    fn to(&self, method: Method, path: &str) -> RequestBuilder {
        self.request(method, &configuration(path)).bearer_auth(&self.token)
    }

    async fn get(&self, path: &str) -> Answer {
        read(self.to(Method::GET, path)).await
    }

    async fn post(&self, path: &str, body: &Value) -> Answer {
        read(self.to(Method::POST, path).json(body)).await
    }

    async fn put(&self, path: &str, revision: impl ToString, body: &Value) -> Answer {
        read(self.to(Method::PUT, path).header("if-match", revision.to_string()).json(body)).await
    }

    async fn delete(&self, path: &str, revision: impl ToString) -> Answer {
        read(self.to(Method::DELETE, path).header("if-match", revision.to_string())).await
    }

    /// Makes an entity that must be accepted; its id.
    async fn created(&self, path: &str, body: &Value) -> i64 {
        let answer = self.post(path, body).await.is(201);
        answer.json["id"].as_i64().unwrap_or_else(|| panic!("no id: {answer:?}"))
    }

    /// One entity as the vendor answers it.
    async fn entity(&self, kind: &str, id: i64) -> Value {
        self.get(&format!("{kind}/{id}?select=$all")).await.is(200).json
    }

    /// Reads a user, lays fields over it and writes it, as a careful client does.
    async fn change(&self, kind: &str, id: i64, changes: Value) -> Answer {
        let before = self.get(&format!("{kind}/{id}?select=$all")).await.is(200);
        let revision = before.header("ac-revision").unwrap_or("-1").to_owned();
        let mut request = self.to(Method::PUT, &format!("{kind}/{id}?v=6.0&select=$all"));
        if let Some(time) = before.header("x-lp-last-modified") {
            request = request.header("x-lp-last-modified", time);
        }
        let body = with(before.json, changes);
        read(request.header("if-match", revision).json(&body)).await
    }
}

fn configuration(path: &str) -> String {
    format!("/api/account/{ACCOUNT_ID}/configuration/le-users/{path}")
}

fn token_path() -> String {
    format!("/sentinel/api/v2/account/{ACCOUNT_ID}/app/token")
}

/// The fewest fields of a new agent.
fn li() -> Value {
    json!({ "loginName": "li.wei@example.com", "fullName": "Li Wei", "nickname": "Li", "email": "li.wei@example.com", "passwordSh": "kR7!vbQ2zW9#mTx4",
        "isEnabled": true, "maxChats": 3, "profileIds": [AGENT], "memberOf": { "agentGroupId": TIER_1 } })
}

/// An object with more members; null takes one away.
fn with(mut object: Value, more: Value) -> Value {
    let (Some(members), Value::Object(more)) = (object.as_object_mut(), more) else {
        panic!("two objects are expected")
    };
    for (name, value) in more {
        if value.is_null() {
            members.remove(&name);
        } else {
            members.insert(name, value);
        }
    }
    object
}

/// Sends a request that must be answered, and reads the answer.
async fn read(request: RequestBuilder) -> Answer {
    #[expect(clippy::disallowed_methods, reason = "a test is the vendor's client here, not the bridge")]
    let response = request.timeout(std::time::Duration::from_secs(10)).send().await.expect("an answer");
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await.expect("a body");
    Answer { status, headers, json: serde_json::from_str(&text).unwrap_or(Value::String(text)) }
}
