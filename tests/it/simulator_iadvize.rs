//! The iAdvize simulator keeps the vendor's published promises, and its own about faults.

use reqwest::{Client, Method, RequestBuilder, Response};
use scim_bridge::simulator::iadvize::{SERVICE_EMAIL, SERVICE_PASSWORD};
use scim_bridge::simulator::{Options, Running, VendorKind, start};
use serde_json::{Value, json};

mod faults;
mod login;
mod mutations;
mod queries;

/// A simulator with a client that has logged in.
struct Sim {
    running: Running,
    client: Client,
    token: String,
}

/// An answer that was read to the end.
#[derive(Debug)]
struct Answer {
    status: u16,
    json: Value,
}

impl Sim {
    async fn start() -> Self {
        Self::start_with(Options::default()).await
    }

    async fn start_with(options: Options) -> Self {
        let running = start(VendorKind::Iadvize, "127.0.0.1:0", options).await.expect("the simulator starts");
        let client = Client::builder().no_proxy().build().expect("a client");
        let mut sim = Self { running, client, token: String::new() };
        sim.token = sim.token_of(SERVICE_EMAIL, SERVICE_PASSWORD).await;
        sim
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
    fn faults(&self, rules: &Value) {
        self.running.control().add_faults(rules).expect("faults");
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.running.url()))
    }

    async fn log_in(&self, email: &str, password: &str) -> Response {
        let form = [("username", email), ("password", password), ("grant_type", "password")];
        send(self.request(Method::POST, "/oauth2/token").form(&form)).await
    }

    async fn token_of(&self, email: &str, password: &str) -> String {
        let answer = read(self.log_in(email, password).await).await;
        answer.json["access_token"].as_str().unwrap_or_else(|| panic!("no token: {answer:?}")).to_owned()
    }

    fn graphql(&self, query: &str, variables: Value) -> RequestBuilder {
        let mut body = json!({ "query": query });
        body["variables"] = variables;
        self.request(Method::POST, "/graphql").bearer_auth(&self.token).json(&body)
    }

    /// Executes a document; the answer may be a refusal.
    async fn ask(&self, query: &str, variables: Value) -> Answer {
        read(send(self.graphql(query, variables)).await).await
    }

    /// Executes a document that must work, and returns `data`.
    async fn data(&self, query: &str, variables: Value) -> Value {
        let mut answer = self.ask(query, variables).await;
        assert!(answer.status == 200 && answer.json.get("errors").is_none(), "{answer:?}");
        answer.json["data"].take()
    }

    async fn create(&self, input: Value) -> Value {
        self.data(CREATE, json!({ "input": input })).await["userCreate"].take()
    }

    async fn update(&self, input: Value) -> Value {
        self.data(UPDATE, json!({ "input": input })).await["userUpdate"].take()
    }

    async fn delete(&self, id: i64) -> Value {
        self.data(DELETE, json!({ "input": { "userId": id } })).await["userDelete"].take()
    }

    /// Makes an account that must work, and returns its id.
    async fn created(&self, input: Value) -> i64 {
        let payload = self.create(input).await;
        payload["user"]["id"].as_i64().unwrap_or_else(|| panic!("not created: {payload}"))
    }

    /// An account as the simulator holds it.
    #[track_caller]
    fn user(&self, id: i64) -> Value {
        let state = self.running.state();
        let users = state["ha"]["users"].as_array().expect("users").clone();
        users.into_iter().find(|user| user["id"] == id).unwrap_or_else(|| panic!("no account {id}"))
    }

    fn user_count(&self) -> usize {
        self.running.state()["ha"]["users"].as_array().map_or(0, Vec::len)
    }
}

const CREATE: &str = "mutation Create($input: UserCreateInput!) { userCreate(input: $input) {
    user { __typename id email firstName lastName userName isDeleted createdAt skills { id }
      ... on Professional { externalId samlId group { id name } role { id name baseRoleName } } }
    userErrors { __typename ... on UserError { message } } } }";

const UPDATE: &str = "mutation Update($input: UserUpdateInput!) { userUpdate(input: $input) {
    user { __typename id email firstName lastName skills { id name } ... on Professional { externalId samlId group { id } role { id } } }
    userErrors { __typename ... on UserError { message } } } }";

const DELETE: &str = "mutation Delete($input: UserDeleteInput!) { userDelete(input: $input) {
    userId userErrors { __typename ... on UserError { message } } } }";

/// The fewest fields of a new account.
fn ada() -> Value {
    json!({ "email": "ada.lovelace@example.com", "firstName": "Ada", "lastName": "Lovelace", "userName": "Ada", "roleId": 2, "projectIds": [6661] })
}

/// An object with more members.
fn with(mut object: Value, more: Value) -> Value {
    let (Some(members), Value::Object(more)) = (object.as_object_mut(), more) else {
        panic!("two objects are expected")
    };
    members.extend(more);
    object
}

/// Names of the types in `userErrors`.
#[track_caller]
fn mistakes(payload: &Value) -> Vec<String> {
    let list = payload["userErrors"].as_array().unwrap_or_else(|| panic!("no userErrors: {payload}"));
    list.iter().map(|one| one["__typename"].as_str().expect("__typename").to_owned()).collect()
}

/// Sends a request that must be answered.
async fn send(request: RequestBuilder) -> Response {
    try_send(request).await.expect("an answer")
}

async fn try_send(request: RequestBuilder) -> reqwest::Result<Response> {
    #[expect(clippy::disallowed_methods, reason = "a test is the vendor's client here, not the bridge")]
    request.timeout(std::time::Duration::from_secs(10)).send().await
}

async fn read(response: Response) -> Answer {
    let status = response.status().as_u16();
    let text = response.text().await.expect("a body");
    Answer { status, json: serde_json::from_str(&text).unwrap_or(Value::String(text)) }
}
