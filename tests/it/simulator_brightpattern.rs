//! The Bright Pattern simulator keeps the vendor's published promises; what they leave open are knobs.

use reqwest::header::HeaderMap;
use reqwest::{Client, Method, RequestBuilder};
use scim_bridge::simulator::brightpattern::{API_SECRET, SERVICE_LOGIN, TENANT};
use scim_bridge::simulator::{Options, Running, VendorKind, start};
use serde_json::{Value, json};

mod control;
mod digest;
mod scim;
mod sign_in;
mod users;

/// A simulator with a token.
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
    text: String,
    json: Value,
}

impl Answer {
    #[track_caller]
    fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        self
    }

    /// Refused with this status and text.
    #[track_caller]
    fn says(self, status: u16, text: &str) -> Self {
        assert_eq!((self.status, self.text.as_str()), (status, text));
        self
    }

    /// Success of a write: two bytes that are called JSON.
    #[track_caller]
    fn done(self) -> Self {
        let headers = (self.header("content-type"), self.header("content-length"));
        assert_eq!((self.status, self.text.as_str(), headers), (200, "OK", (Some("application/json"), Some("2"))));
        self
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("plain text"))
    }
}

impl Sim {
    async fn start() -> Self {
        Self::start_with(Options::default()).await
    }

    async fn start_with(options: Options) -> Self {
        let running = start(VendorKind::BrightPattern, "127.0.0.1:0", options).await.expect("the simulator starts");
        let client = Client::builder().no_proxy().build().expect("a client");
        let sim = Self { running, client, token: String::new() };
        let answer = sim.ask_token(SERVICE_LOGIN, API_SECRET).await;
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

    #[track_caller]
    fn act(&self, order: &str, body: &Value) {
        self.running.control().act(order, body).expect("an order");
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.running.url()))
    }

    async fn ask_token(&self, id: &str, secret: &str) -> Answer {
        self.ask_token_with(&[
            ("grant_type", "client_credentials"),
            ("client_id", id),
            ("client_secret", secret),
            ("scope", TENANT),
        ])
        .await
    }

    async fn ask_token_with(&self, form: &[(&str, &str)]) -> Answer {
        read(self.request(Method::POST, "/configapi/v2/oauth/token").form(form)).await
    }

    /// A call to the Configuration API.
    fn to(&self, method: Method, path: &str) -> RequestBuilder {
        self.request(method, &format!("/configapi/v2/{path}")).bearer_auth(&self.token)
    }

    async fn get(&self, path: &str) -> Answer {
        read(self.to(Method::GET, path)).await
    }

    async fn post(&self, path: &str, body: &Value) -> Answer {
        read(self.to(Method::POST, path).json(body)).await
    }

    async fn put(&self, path: &str, body: &Value) -> Answer {
        read(self.to(Method::PUT, path).json(body)).await
    }

    async fn delete(&self, path: &str) -> Answer {
        read(self.to(Method::DELETE, path)).await
    }

    async fn user(&self, login_id: &str) -> Value {
        self.get(&format!("user/{login_id}")).await.is(200).json
    }
}

/// The fewest fields of a new user.
fn bo() -> Value {
    json!({ "loginId": "bo.ek", "firstName": "Bo", "lastName": "Ek", "team": "Customer Service" })
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
    Answer { status, headers, json: serde_json::from_str(&text).unwrap_or_default(), text }
}
