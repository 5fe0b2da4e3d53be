//! An IdP: what Okta and Entra send, and plain SCIM.

use serde_json::{Value, json};

use super::answer::Answer;

pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
pub const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
pub const VENDOR: &str = "urn:scim-bridge:iadvize:2.0:User";

/// A SCIM client of one connection.
#[derive(Clone)]
pub struct Idp {
    http: reqwest::Client,
    base: String,
    token: Option<String>,
}

impl Idp {
    pub fn new(http: reqwest::Client, base: String, token: Option<String>) -> Self {
        Self { http, base, token }
    }

    /// SCIM base URL.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// A request that is not sent yet; the path is below the base URL.
    pub fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let method = reqwest::Method::from_bytes(method.as_bytes()).expect("a method");
        let mut request =
            self.http.request(method, format!("{}{path}", self.base)).header("accept", "application/scim+json");
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        request
    }

    /// A request with these headers instead of the usual ones of the same name.
    pub fn request_with(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> reqwest::RequestBuilder {
        let headers = headers.iter().map(|(name, value)| {
            (name.parse().expect("the name of a header"), value.parse().expect("the value of a header"))
        });
        self.request(method, path).headers(headers.collect())
    }

    /// Sends a request.
    pub async fn send(&self, what: String, request: reqwest::RequestBuilder) -> Answer {
        #[expect(clippy::disallowed_methods, reason = "a test is a client")]
        let response = request.send().await.unwrap_or_else(|error| panic!("{what}: {error}"));
        Answer::read(what, response).await
    }

    /// Sends a request that may get no answer, or only a part of one: `None` then.
    pub async fn attempt(&self, method: &str, path: &str, body: Option<&Value>) -> Option<Answer> {
        let mut request = self.request(method, path);
        if let Some(body) = body {
            request = request.header("content-type", "application/scim+json").body(body.to_string());
        }
        #[expect(clippy::disallowed_methods, reason = "a test is a client")]
        let response = request.send().await.ok()?;
        let answer = Answer::read(format!("{method} {path}"), response).await;
        (answer.status == 204 || !answer.body.is_null()).then_some(answer)
    }

    async fn with_body(&self, method: &str, path: &str, body: &Value) -> Answer {
        let request = self.request(method, path).header("content-type", "application/scim+json").body(body.to_string());
        self.send(format!("{method} {path} {body}"), request).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(format!("GET {path}"), self.request("GET", path)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.with_body("POST", path, &body).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.with_body("PUT", path, &body).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.with_body("PATCH", path, &body).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(format!("DELETE {path}"), self.request("DELETE", path)).await
    }

    /// `GET /Users?filter=…`, encoded as Okta does.
    pub async fn find(&self, filter: &str) -> Answer {
        self.get(&format!("/Users?filter={}&startIndex=1&count=100", encoded(filter))).await
    }

    /// `GET /Groups?filter=…`, encoded as Okta does.
    pub async fn find_groups(&self, filter: &str) -> Answer {
        self.get(&format!("/Groups?filter={}&startIndex=1&count=100", encoded(filter))).await
    }

    /// PATCH with these operations.
    pub async fn operations(&self, id: &str, operations: Value) -> Answer {
        self.patch(&format!("/Users/{id}"), json!({ "schemas": [PATCH], "Operations": operations })).await
    }

    /// PATCH of a group with these operations.
    pub async fn group_operations(&self, id: &str, operations: Value) -> Answer {
        self.patch(&format!("/Groups/{id}"), json!({ "schemas": [PATCH], "Operations": operations })).await
    }

    /// The group as it is now, members and all.
    pub async fn group(&self, id: &str) -> Answer {
        self.get(&format!("/Groups/{id}")).await.is(200)
    }

    /// The POST of a group.
    pub async fn creates_group(&self, name: &str, members: &[&str]) -> Answer {
        self.post("/Groups", group(name, members)).await
    }

    /// One member more, as Entra says it by default.
    pub async fn entra_adds(&self, group: &str, person: &str) -> Answer {
        let value = json!([{ "$ref": null, "value": person }]);
        self.group_operations(group, json!([{ "op": "Add", "path": "members", "value": value }])).await
    }

    /// One member less, as Entra says it by default.
    pub async fn entra_removes(&self, group: &str, person: &str) -> Answer {
        let value = json!([{ "$ref": null, "value": person }]);
        self.group_operations(group, json!([{ "op": "Remove", "path": "members", "value": value }])).await
    }

    /// `active` as Okta's OIN apps set it.
    pub async fn okta_sets_active(&self, id: &str, active: bool) -> Answer {
        self.operations(id, json!([{ "op": "replace", "value": { "active": active } }])).await
    }

    /// `active` as Entra sets it by default.
    pub async fn entra_sets_active(&self, id: &str, active: bool) -> Answer {
        let text = if active { "True" } else { "False" };
        self.operations(id, json!([{ "op": "Replace", "path": "active", "value": text }])).await
    }

    /// The existence check and the create that Okta sends on assignment; the created resource.
    pub async fn okta_creates(&self, user_name: &str) -> Answer {
        let found = self.find(&format!("userName eq \"{user_name}\"")).await.is(200);
        assert_eq!(found.body["totalResults"], 0, "{}", found.text);
        self.post("/Users", okta_user(user_name)).await.is(201)
    }

    /// The create that Entra sends.
    pub async fn entra_creates(&self, user_name: &str) -> Answer {
        self.post("/Users", entra_user(user_name)).await.is(201)
    }
}

/// A text as Okta writes it in a query.
pub fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}

/// The body of a group.
pub fn group(name: &str, members: &[&str]) -> Value {
    let members: Vec<Value> = members.iter().map(|id| json!({ "value": id })).collect();
    json!({ "schemas": [GROUP], "displayName": name, "members": members })
}

/// The body of Okta's create.
pub fn okta_user(user_name: &str) -> Value {
    json!({
        "schemas": [USER], "userName": user_name, "name": { "givenName": "Mara", "familyName": "Voss" },
        "emails": [{ "primary": true, "value": user_name, "type": "work" }], "displayName": "Mara Voss", "locale": "en-US",
        "externalId": format!("00u-{user_name}"), "groups": [], "password": "q7T2randomlyMade", "active": true
    })
}

/// The body of Entra's create.
pub fn entra_user(user_name: &str) -> Value {
    json!({
        "schemas": [USER, ENTERPRISE], "externalId": user_name.split('@').next(), "userName": user_name, "active": true, "displayName": "Mara Voss",
        "emails": [{ "primary": true, "type": "work", "value": user_name }], "meta": { "resourceType": "User" },
        "name": { "formatted": "Mara Voss", "givenName": "Mara", "familyName": "Voss" }, "roles": []
    })
}
