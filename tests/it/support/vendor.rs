//! The simulated vendor, looked at from outside through its `/_sim/` door.

use scim_bridge::simulator::iadvize::{SERVICE_EMAIL, SERVICE_PASSWORD};
use serde_json::{Value, json};

use super::eventually;
use super::process::{Program, program};

/// A running simulator.
pub struct Vendor {
    program: Program,
    http: reqwest::Client,
}

impl Vendor {
    /// Starts one, with its usual data.
    pub fn start() -> Self {
        let program = Program::listening(program(&["simulate", "iadvize", "--listen", "127.0.0.1:0"]));
        Self { program, http: super::world::http_client() }
    }

    /// Takes it down as a power cut does.
    pub fn stop(&mut self) {
        self.program.kill();
    }

    /// Starts it again at the same address, with its usual data.
    pub fn start_again(&mut self) {
        let address = self.program.url.trim_start_matches("http://").to_owned();
        self.program = Program::listening(program(&["simulate", "iadvize", "--listen", &address]));
    }

    /// `http://ADDR`.
    pub fn url(&self) -> &str {
        &self.program.url
    }

    /// Its process id.
    pub fn process_id(&self) -> u32 {
        self.program.id()
    }

    /// Everything that it has.
    pub async fn state(&self) -> Value {
        self.get("/_sim/state").await
    }

    /// The account with this address, deleted ones left out.
    pub async fn account(&self, email: &str) -> Option<Value> {
        let found = self.accounts(email).await;
        assert!(found.len() <= 1, "one person, one account: {found:?}");
        found.into_iter().next()
    }

    /// All live accounts with this address.
    pub async fn accounts(&self, email: &str) -> Vec<Value> {
        let mut found = Vec::new();
        collect(&self.state().await["ha"], email, &mut found);
        found
    }

    /// The account with this address; panics when there is none.
    pub async fn has(&self, email: &str) -> Value {
        self.account(email).await.unwrap_or_else(|| panic!("the vendor has no account {email}"))
    }

    /// Waits until the account is there.
    pub async fn gets(&self, email: &str) -> Value {
        eventually("the vendor gets the account", || self.account(email)).await
    }

    /// Waits until the account is gone.
    pub async fn loses(&self, email: &str) {
        eventually("the vendor loses the account", || async { self.account(email).await.is_none().then_some(()) })
            .await;
    }

    /// The skill with this name.
    pub async fn skill(&self, name: &str) -> Option<Value> {
        let state = self.state().await;
        let mut found = named(&state["ha"]["skills"], name);
        assert!(found.len() <= 1, "one group, one skill: {found:?}");
        found.pop()
    }

    /// Addresses of those who have the skill with this name, sorted; `None`: there is no such skill.
    pub async fn skilled(&self, name: &str) -> Option<Vec<String>> {
        let skill = self.skill(name).await?;
        let state = self.state().await;
        let users = state["ha"]["users"].as_array().into_iter().flatten();
        let holders = users.filter(|user| {
            user["isDeleted"] == json!(false)
                && user["skillIds"].as_array().is_some_and(|skills| skills.contains(&skill["id"]))
        });
        let mut addresses: Vec<String> =
            holders.map(|user| user["email"].as_str().unwrap_or_default().to_owned()).collect();
        addresses.sort_unstable();
        Some(addresses)
    }

    /// A skill that somebody makes by hand, through the vendor's own API; its id.
    pub async fn makes_skill(&self, name: &str) -> Value {
        let query = "mutation Make($input: SkillCreateInput!) { skillCreate(input: $input) { skill { id } userErrors { __typename } } }";
        let made = self.asks("ha", query, json!({ "name": name })).await;
        let id = &made["data"]["skillCreate"]["skill"]["id"];
        assert!(id.is_number(), "{made}");
        id.clone()
    }

    /// Deletes a skill by hand, through the vendor's own API.
    pub async fn deletes_skill(&self, id: &Value) {
        let query = "mutation Drop($input: SkillDeleteInput!) { skillDelete(input: $input) { skillId userErrors { __typename } } }";
        let deleted = self.asks("ha", query, json!({ "skillId": id })).await;
        assert!(deleted["data"]["skillDelete"]["skillId"].is_number(), "{deleted}");
    }

    /// An account that somebody makes by hand, through the vendor's own API.
    pub async fn makes(&self, email: &str) -> Value {
        let query = "mutation Make($input: UserCreateInput!) { userCreate(input: $input) { user { id } userErrors { __typename } } }";
        let input = json!({ "email": email, "firstName": "Old", "lastName": "Timer", "userName": "old", "roleId": 2, "projectIds": [] });
        let made = self.asks("ha", query, input).await;
        assert!(made["data"]["userCreate"]["user"]["id"].is_number(), "{made}");
        self.has(email).await
    }

    /// Changes the password of the bridge's own account, through the vendor's own API. Tokens of before are void then.
    pub async fn changes_password(&self, password: &str) {
        let query = "mutation Change($input: UserUpdateInput!) { userUpdate(input: $input) { user { id } userErrors { __typename } } }";
        // One login, an account on each of the two platforms.
        for platform in ["ha", "sd"] {
            let mut found = Vec::new();
            collect(&self.state().await[platform], SERVICE_EMAIL, &mut found);
            let input = json!({ "userId": found[0]["id"], "password": password });
            let changed = self.asks(platform, query, input).await;
            assert!(changed["data"]["userUpdate"]["user"]["id"].is_number(), "{changed}");
        }
    }

    /// One GraphQL call by hand, on one of the platforms.
    async fn asks(&self, platform: &str, query: &str, input: Value) -> Value {
        let form = [("grant_type", "password"), ("username", SERVICE_EMAIL), ("password", SERVICE_PASSWORD)];
        let token = self.send(self.http.post(self.at("/oauth2/token")).form(&form)).await;
        let body = json!({ "query": query, "variables": { "input": input } });
        let token = token["access_token"].as_str().expect("a token");
        let path = if platform == "sd" { "/graphql?platform=sd" } else { "/graphql" };
        self.send(self.http.post(self.at(path)).bearer_auth(token).json(&body)).await
    }

    /// Calls so far, oldest first, of one GraphQL operation (or all: `""`).
    pub async fn calls(&self, operation: &str) -> Vec<Value> {
        let calls = self.get("/_sim/calls").await;
        let list = calls.as_array().or_else(|| calls["calls"].as_array()).cloned().unwrap_or_default();
        list.into_iter().filter(|call| operation.is_empty() || call["operation"] == json!(operation)).collect()
    }

    /// Forgets the calls so far.
    pub async fn forget_calls(&self) {
        self.send(self.http.delete(self.at("/_sim/calls"))).await;
    }

    /// Adds a fault rule: see the module documentation of `simulator::control`.
    pub async fn fault(&self, rule: Value) {
        self.send(self.http.post(self.at("/_sim/faults")).json(&json!([rule]))).await;
    }

    /// Removes all fault rules.
    pub async fn heal(&self) {
        self.send(self.http.delete(self.at("/_sim/faults"))).await;
    }

    /// Sets knobs.
    pub async fn knobs(&self, knobs: Value) {
        self.send(self.http.post(self.at("/_sim/knobs")).json(&knobs)).await;
    }

    /// An action under `/_sim/` that may come too late for what it is about.
    pub async fn may_act(&self, path: &str, body: Value) {
        #[expect(clippy::disallowed_methods, reason = "a test talks to the simulator directly")]
        let answer = self.http.post(self.at(path)).json(&body).send().await.expect("the simulator answers");
        drop(answer);
    }

    /// Any other action under `/_sim/`.
    pub async fn act(&self, path: &str, body: Value) {
        self.send(self.http.post(self.at(path)).json(&body)).await;
    }

    async fn get(&self, path: &str) -> Value {
        self.send(self.http.get(self.at(path))).await
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.program.url)
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Value {
        #[expect(clippy::disallowed_methods, reason = "a test talks to the simulator directly")]
        let answer = request.send().await.expect("the simulator answers");
        let status = answer.status();
        let text = answer.text().await.expect("the simulator's answer is text");
        assert!(status.is_success(), "the simulator answered {status}: {text}");
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }
}

fn named(list: &Value, name: &str) -> Vec<Value> {
    list.as_array().into_iter().flatten().filter(|one| one["name"] == json!(name)).cloned().collect()
}

fn collect(value: &Value, email: &str, found: &mut Vec<Value>) {
    match value {
        Value::Object(object) => {
            let has = object.get("email").and_then(Value::as_str);
            if has.is_some_and(|has| has.eq_ignore_ascii_case(email))
                && object.contains_key("id")
                && object.get("isDeleted") != Some(&json!(true))
            {
                found.push(value.clone());
            }
            object.values().for_each(|inner| collect(inner, email, found));
        }
        Value::Array(array) => array.iter().for_each(|inner| collect(inner, email, found)),
        _ => {}
    }
}
