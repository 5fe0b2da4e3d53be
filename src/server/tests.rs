//! The door over real connections: what is true of every request, without a vendor behind it.

mod answers;
mod operation;
mod refusals;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;

use serde_json::{Value, json};

use super::*;
use crate::config::load::LoadedConfig;
use crate::ids::{ScimId, VendorId};
use crate::store::{Account, Change, Doubt, Keys, Kind, StoredResource, WorkState};

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
            realm: String::new(),
            remap: false,
            settled_groups: None,
            other_keys: None,
            vendor_id: VendorId::parse("17"),
            desired: r#"{"present":{"login":"mara@example.com","enabled":true}}"#.to_owned(),
            applied: Some(r#"{"login":"mara@example.com","enabled":true}"#.to_owned()),
            desired_revision: 1,
            settled_revision: 1,
            settled_body: Some(resource.body.clone()),
            deleting: false,
            state: WorkState::Settled,
            urgency: 1,
            doubt: Doubt::None,
            taken_over: None,
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
