//! The door over real connections: what is true of every request, without a vendor behind it.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;

use serde_json::{Value, json};

use super::*;
use crate::config::load::LoadedConfig;
use crate::ids::{ScimId, VendorId};
use crate::store::{Account, Change, Keys, Kind, StoredResource, WorkState};

const AUTHORIZED: &str = "Authorization: Bearer secret-token\r\n";

/// A made-up vendor.
const MAPPING: &str = r"
version: 1
vendor: { name: acme, title: Acme }
settings:
  base_url: { type: url, description: Address of the API }
api:
  base_url: $settings.base_url
  sign_in: { scheme: none }
users:
  key: { read: id, type: string }
  match: [{ field: login }]
  fields:
    login: { from: userName, required: true }
    enabled: { type: boolean, from: active, default: true }
  calls:
    create: { method: POST, path: [people], body: $record, user: . }
    read: { method: GET, path: [people, $key], user: . }
    list: { call: { method: GET, path: [people] }, items: people }
    update:
      all: { method: PUT, path: [people, $key], record: all, body: $record, user: . }
    delete: { method: DELETE, path: [people, $key] }
";

/// A bridge with one connection, `support`, whose vendor does not answer.
struct Started {
    running: Running,
    folder: tempfile::TempDir,
}

impl Started {
    /// `more` are lines of the whole file, `connection` of the connection.
    async fn with(more: &str, connection: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let running = start(folder.path(), "127.0.0.1:0", more, connection).await.unwrap();
        Self { running, folder }
    }

    async fn plain() -> Self {
        Self::with("", "").await
    }

    /// Puts a person into the store as if the vendor had confirmed it.
    async fn has_mara(&self) {
        let now = "2026-03-01T09:30:00Z".parse().unwrap();
        let resource = StoredResource {
            id: ScimId::parse("mara").unwrap(),
            version: 3,
            created: now,
            modified: now,
            body: r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"mara@example.com","active":true}"#.to_owned(),
            confirmed: true,
        };
        let keys = Keys { name: "mara@example.com".to_owned(), active: true, ..Keys::default() };
        let account = Account {
            id: resource.id.clone(),
            vendor_id: VendorId::parse("17"),
            desired: r#"{"present":{"login":"mara@example.com","enabled":true}}"#.to_owned(),
            applied: Some(r#"{"login":"mara@example.com","enabled":true}"#.to_owned()),
            desired_revision: 1,
            settled_revision: 1,
            settled_body: Some(resource.body.clone()),
            deleting: false,
            state: WorkState::Settled,
            urgency: 1,
            uncertain: false,
            attempts: 0,
            next_attempt: None,
            reason: None,
            request_id: None,
        };
        let insert = Change::InsertResource { kind: Kind::User, resource, keys };
        let connection = ConnectionName::parse("support").unwrap();
        self.running.inbound.store().commit(&connection, vec![insert, Change::PutAccount(account)]).await.unwrap();
    }

    async fn answer(&self, method: &str, path: &str, headers: &str, body: &str) -> Answer {
        send(self.running.address, method, path, headers, body).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.answer("GET", &format!("/scim/v2/support{path}"), AUTHORIZED, "").await
    }
}

async fn start(folder: &Path, listen: &str, more: &str, connection: &str) -> Result<Running, StartError> {
    let inbound = "    inbound: { tokens: [{ name: idp, secret: secret-token }] }\n";
    let inbound = if connection.contains("inbound:") { "" } else { inbound };
    let text = format!(
        "listen: {listen}\nstore: sqlite:bridge.db\n{more}\nconnections:\n  support:\n    mapping: mapping.yaml\n    settings: {{ base_url: \"http://127.0.0.1:9\" }}\n{inbound}{connection}"
    );
    std::fs::write(folder.join("mapping.yaml"), MAPPING).unwrap();
    match LoadedConfig::parse(&folder.join("bridge.yaml"), &text) {
        Ok(loaded) => Bridge::new(loaded.config).start().await,
        Err(problems) => panic!("{}", problems.iter().map(|problem| problem.render(false)).collect::<String>()),
    }
}

/// An answer as it came over the wire.
#[derive(Debug)]
struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    #[track_caller]
    fn is_error(&self, status: u16, scim_type: Option<&str>) -> String {
        let body = self.json();
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.header("content-type"), Some("application/scim+json"), "{self:?}");
        assert_eq!(body["status"], status.to_string(), "{self:?}");
        assert_eq!(body["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:Error"]), "{self:?}");
        assert_eq!(body.get("scimType").and_then(Value::as_str), scim_type, "{self:?}");
        body["detail"].as_str().unwrap().to_owned()
    }
}

async fn send(address: SocketAddr, method: &str, path: &str, headers: &str, body: &str) -> Answer {
    let length = if body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
    let request =
        format!("{method} {path} HTTP/1.1\r\nHost: bridge.test\r\nConnection: close\r\n{length}{headers}\r\n{body}");
    exchange(address, request.into_bytes()).await
}

async fn exchange(address: SocketAddr, request: Vec<u8>) -> Answer {
    let read = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(&request).unwrap();
        // A server that waits for more learns that there is none.
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8(answer).unwrap()
    });
    let text = read.await.unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer { status, head: head.to_owned(), body: body.to_owned() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn connection_tests_of_okta_and_entra_succeed_on_an_empty_bridge() {
    let bridge = Started::plain().await;
    for path in [
        "/Users?startIndex=1&count=2",
        "/Groups?startIndex=1&count=100",
        "/Users?filter=userName+eq+\"f7b6c1f2-0d3e-4a53-9f7e-3b8f2f1d9a11\"",
        "/Users/?filter=userName eq \"a@b\"&aadOptscim062020",
        "/Users?filter=userName+eq+%22x%22&",
        "//Users?filter=userName%20eq%20%22a%2Bb%40example.com%22&startIndex=1&count=100",
    ] {
        let answer = bridge.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        assert_eq!(answer.header("content-type"), Some("application/scim+json"));
        let list = answer.json();
        assert_eq!((&list["totalResults"], &list["Resources"]), (&json!(0), &json!([])), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn two_requests_on_one_connection_are_both_repaired() {
    let bridge = Started::plain().await;
    let one = |closing: &str| {
        format!("GET /scim/v2/support/Users?filter=userName+eq+\"a\" HTTP/1.1\r\nHost: x\r\n{closing}{AUTHORIZED}\r\n")
    };
    let answer =
        exchange(bridge.running.address, format!("{}{}", one(""), one("Connection: close\r\n")).into_bytes()).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body.matches("HTTP/1.1 200 OK").count(), 1, "the second answer follows the first: {answer:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn whatever_goes_wrong_is_a_scim_error() {
    let bridge = Started::plain().await;
    let users = "/scim/v2/support/Users";
    let one = "/scim/v2/support/Users/00919288221112222";
    let typed = |content_type: &str| format!("{AUTHORIZED}Content-Type: {content_type}\r\n");
    for (method, path, headers, body, status, scim_type) in [
        ("GET", "/", String::new(), "", 404, None),
        ("GET", "/favicon.ico", String::new(), "", 404, None),
        ("BREW", "/pot", String::new(), "", 404, None),
        ("GET", "/scim/v1/support/Users", AUTHORIZED.to_owned(), "", 400, Some("invalidVers")),
        ("GET", "/scim/v2/support/People", AUTHORIZED.to_owned(), "", 404, None),
        ("GET", users, String::new(), "", 401, None),
        ("GET", users, "Authorization: non-token\r\n".to_owned(), "", 401, None),
        ("GET", users, "Authorization: Bearer wrong\r\n".to_owned(), "", 401, None),
        ("GET", "/scim/v2/elsewhere/Users", AUTHORIZED.to_owned(), "", 401, None),
        ("PATCH", users, AUTHORIZED.to_owned(), "", 405, None),
        ("GET", one, AUTHORIZED.to_owned(), "", 404, None),
        ("DELETE", one, AUTHORIZED.to_owned(), "", 404, None),
        ("POST", users, typed("application/scim+json"), "{\"userName\":", 400, Some("invalidSyntax")),
        ("POST", users, typed("application/json"), "{}", 400, Some("invalidValue")),
        ("POST", users, typed("application/json"), "", 400, Some("invalidSyntax")),
        ("POST", users, typed("text/plain"), "{}", 415, None),
        ("PATCH", one, typed("application/json"), "{}", 400, Some("invalidSyntax")),
        ("GET", "/scim/v2/support/Users?filter=", AUTHORIZED.to_owned(), "", 400, Some("invalidFilter")),
        ("GET", "/scim/v2/support/Users?filter=shoeSize+eq+1", AUTHORIZED.to_owned(), "", 400, Some("invalidFilter")),
        ("GET", "/scim/v2/support/Users?count=many", AUTHORIZED.to_owned(), "", 400, Some("invalidValue")),
        (
            "GET",
            "/scim/v2/support/Users?attributes=a&excludedAttributes=b",
            AUTHORIZED.to_owned(),
            "",
            400,
            Some("invalidValue"),
        ),
        ("GET", "/scim/v2/support/Me", AUTHORIZED.to_owned(), "", 501, None),
        ("POST", "/scim/v2/support/Bulk", typed("application/json"), "{}", 501, None),
        ("POST", "/scim/v2/support/Users/.search", typed("application/json"), "{}", 501, None),
        ("POST", "/scim/v2/support/Groups", typed("application/json"), "{}", 501, None),
        ("GET", "/scim/v2/support/Groups/g", AUTHORIZED.to_owned(), "", 404, None),
        ("GET", "/scim/v2/support/Schemas?filter=a+eq+1", AUTHORIZED.to_owned(), "", 403, None),
        ("GET", "/scim/v2/support/Schemas/urn:nothing", AUTHORIZED.to_owned(), "", 404, None),
        ("GET", "/scim/v2/support/ResourceTypes/Device", AUTHORIZED.to_owned(), "", 404, None),
    ] {
        let answer = bridge.answer(method, path, &headers, body).await;
        let detail = answer.is_error(status, scim_type);
        assert!(detail.len() > 10, "{method} {path}: {detail}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn errors_carry_the_headers_of_http() {
    let bridge = Started::plain().await;
    let answer = bridge.answer("PATCH", "/scim/v2/support/Users", AUTHORIZED, "").await;
    assert_eq!(answer.header("allow"), Some("GET, HEAD, POST"));
    let answer = bridge.answer("GET", "/scim/v2/support/Users", "", "").await;
    assert_eq!(answer.header("www-authenticate"), Some(r#"Bearer realm="scim-bridge""#));
    let announced = format!("{AUTHORIZED}Content-Type: application/json\r\nContent-Length: 2000000\r\n");
    let answer = bridge.answer("POST", "/scim/v2/support/Users", &announced, "").await;
    assert!(answer.is_error(413, None).contains("1048576"));
    let nested = format!("{AUTHORIZED}Content-Type: application/json\r\n");
    let answer = bridge.answer("POST", "/scim/v2/support/Users", &nested, &"[".repeat(1000)).await;
    answer.is_error(400, Some("invalidSyntax"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn discovery_says_what_works() {
    let bridge = Started::plain().await;
    let anonymous = bridge.answer("GET", "/scim/v2/support/ServiceProviderConfig", "", "").await;
    let config = anonymous.json();
    assert_eq!(config["patch"], json!({ "supported": true }));
    assert_eq!(config["bulk"], json!({ "supported": false, "maxOperations": 0, "maxPayloadSize": 0 }));
    assert_eq!(config["filter"], json!({ "supported": true, "maxResults": 1000 }));
    for member in ["changePassword", "sort", "etag"] {
        assert!(config[member]["supported"].is_boolean(), "{config}");
    }
    assert_eq!(config["authenticationSchemes"][0]["type"], "oauthbearertoken");
    assert_eq!(config["meta"]["location"], "http://bridge.test/scim/v2/support/ServiceProviderConfig");
    let alias = bridge.get("/serviceConfiguration").await;
    assert_eq!(alias.json(), config);
    let wrong = bridge.answer("GET", "/scim/v2/support/ServiceProviderConfig", "Authorization: Bearer x\r\n", "").await;
    wrong.is_error(401, None);

    let types = bridge.get("/ResourceTypes").await.json();
    assert_eq!(types["Resources"][0]["endpoint"], "/Users");
    assert_eq!(bridge.get("/ResourceTypes/User").await.json(), types["Resources"][0]);

    let schemas = bridge.get("/Schemas?count=1").await;
    assert!(schemas.body.contains("User Account"), "{schemas:?}");
    let schemas = schemas.json();
    assert_eq!(schemas["totalResults"], schemas["Resources"].as_array().unwrap().len());
    for schema in schemas["Resources"].as_array().unwrap() {
        let id = schema["id"].as_str().unwrap();
        assert_eq!(bridge.get(&format!("/Schemas/{id}")).await.json(), *schema);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_person_is_read_with_version_and_location() {
    let bridge = Started::plain().await;
    bridge.has_mara().await;
    let answer = bridge.get("/Users/mara").await;
    let person = answer.json();
    assert_eq!((answer.status, &person["userName"]), (200, &json!("mara@example.com")));
    assert_eq!(person["meta"]["location"], "http://bridge.test/scim/v2/support/Users/mara");
    assert_eq!(answer.header("location"), person["meta"]["location"].as_str());
    assert_eq!(answer.header("content-location"), person["meta"]["location"].as_str());
    assert_eq!(answer.header("etag"), Some("W/\"3\""));
    assert_eq!(answer.header("etag"), person["meta"]["version"].as_str());

    let same = bridge
        .answer("GET", "/scim/v2/support/Users/mara", &format!("{AUTHORIZED}If-None-Match: W/\"3\"\r\n"), "")
        .await;
    assert_eq!((same.status, same.body.as_str(), same.header("etag")), (304, "", Some("W/\"3\"")));
    let changed = bridge
        .answer("GET", "/scim/v2/support/Users/mara", &format!("{AUTHORIZED}If-None-Match: W/\"2\"\r\n"), "")
        .await;
    assert_eq!(changed.status, 200);
    let head = bridge.answer("HEAD", "/scim/v2/support/Users/mara", AUTHORIZED, "").await;
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    let stale = format!("{AUTHORIZED}If-Match: W/\"2\"\r\n");
    bridge.answer("DELETE", "/scim/v2/support/Users/mara", &stale, "").await.is_error(412, None);

    let list = bridge.get("/Users?filter=userName+eq+\"MARA@example.com\"&attributes=userName").await.json();
    assert_eq!((&list["totalResults"], &list["itemsPerPage"]), (&json!(1), &json!(1)));
    let found = &list["Resources"][0];
    assert_eq!(
        (&found["id"], &found["userName"], found.get("active")),
        (&json!("mara"), &json!("mara@example.com"), None)
    );
    let counted = bridge.get("/Users?count=0").await.json();
    assert_eq!((&counted["totalResults"], &counted["Resources"]), (&json!(1), &json!([])));
    let beyond = bridge.get("/Users?startIndex=50").await.json();
    assert_eq!(
        (&beyond["totalResults"], &beyond["startIndex"], &beyond["itemsPerPage"]),
        (&json!(1), &json!(50), &json!(0))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn answers_are_plain_json_for_those_who_need_it() {
    let bridge = Started::with("public_url: https://bridge.example.com", "    profile: onelogin\n").await;
    bridge.has_mara().await;
    let answer = bridge.get("/Users/mara").await;
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("location"), Some("https://bridge.example.com/scim/v2/support/Users/mara"));
    let generic = Started::plain().await;
    let accepts = format!("{AUTHORIZED}Accept: application/json\r\n");
    let answer = generic.answer("GET", "/scim/v2/support/Users", &accepts, "").await;
    assert_eq!(answer.header("content-type"), Some("application/json"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn okta_may_send_its_token_raw() {
    let bridge = Started::with("", "    profile: okta\n").await;
    let answer = bridge.answer("GET", "/scim/v2/support/Users", "Authorization: secret-token\r\n", "").await;
    assert_eq!(answer.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_credential_that_asks_too_often_is_told_when_to_come_again() {
    let bridge = Started::with(
        "",
        "    inbound: { tokens: [{ name: idp, secret: secret-token }], rate: { per_second: 1, burst: 2 } }\n",
    )
    .await;
    let mut limited = None;
    for _ in 0..3 {
        limited = Some(bridge.get("/Users").await);
    }
    let limited = limited.unwrap();
    assert!(limited.is_error(429, None).contains("inbound.rate"));
    assert!(limited.header("retry-after").unwrap().parse::<u64>().unwrap() >= 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn every_answer_carries_a_request_id() {
    let bridge = Started::plain().await;
    let answer = bridge.answer("GET", "/nowhere", "X-Request-Id: okta-17\r\n", "").await;
    assert_eq!(answer.header("x-request-id"), Some("okta-17"));
    let answer = bridge.answer("GET", "/nowhere", "X-Request-Id: <script>\r\n", "").await;
    assert!(answer.header("x-request-id").is_some_and(|id| id.len() == 36), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn machines_see_health_and_metrics() {
    let bridge = Started::plain().await;
    bridge.get("/Users").await;
    assert_eq!(bridge.answer("GET", "/health/live", "", "").await.status, 200);
    let ready = bridge.answer("GET", "/health/ready", "", "").await;
    assert_eq!((ready.status, &ready.json()["status"], &ready.json()["store"]), (200, &json!("ready"), &json!("ok")));
    assert!(ready.json()["connections"]["support"]["vendor"].is_string(), "{ready:?}");
    let metrics = bridge.answer("GET", "/metrics", "", "").await;
    assert!(
        metrics
            .body
            .contains(r#"scim_bridge_requests_total{connection="support",route="/Users",method="GET",status="2xx"}"#),
        "{metrics:?}"
    );
    assert!(metrics.body.contains(r#"scim_bridge_accounts{connection="support",state="pending"} 0"#), "{metrics:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_admin_listener_has_the_metrics_to_itself_and_no_scim() {
    let bridge = Started::with("admin_listen: 127.0.0.1:0", "").await;
    let admin = bridge.running.admin_address.unwrap();
    bridge.answer("GET", "/metrics", "", "").await.is_error(404, None);
    assert_eq!(send(admin, "GET", "/metrics", "", "").await.status, 200);
    assert_eq!(send(admin, "GET", "/health/live", "", "").await.status, 200);
    send(admin, "GET", "/scim/v2/support/Users", AUTHORIZED, "").await.is_error(404, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn bridges_start_beside_each_other_and_stop_for_good() {
    let (first, second) = (Started::plain().await, Started::plain().await);
    assert_ne!(first.running.address, second.running.address);
    let address = first.running.address;
    assert_eq!(first.get("/Users").await.status, 200);
    first.running.stop().await;
    assert!(TcpStream::connect(address).is_err(), "nobody listens any more");
    assert_eq!(second.get("/Users").await.status, 200);
    // The store is free again.
    let again = start(first.folder.path(), "127.0.0.1:0", "", "").await;
    assert!(again.is_ok(), "{again:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_address_that_is_taken_is_named_with_its_setting() {
    let first = Started::plain().await;
    let folder = tempfile::tempdir().unwrap();
    let address = first.running.address.to_string();
    let refusal = start(folder.path(), &address, "", "").await.unwrap_err().to_string();
    assert!(refusal.contains(&address) && refusal.contains("`listen`"), "{refusal}");
}
