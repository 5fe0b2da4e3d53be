//! The IdP of a first sync: the requests that Okta and Entra ID send, in their order, and how they repeat what was not done.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::StreamExt as _;
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::people::{Directory, Group};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// Attempts of one request, the first included.
const ATTEMPTS: u32 = 10;
/// An IdP that gets no answer for so long gives the request up.
const PATIENCE: Duration = Duration::from_mins(1);
/// Pause when the answer names none, or none that Okta can read.
const UNNAMED_PAUSE: Duration = Duration::from_mins(5);
/// Most failures that are kept for the report.
const MOST_SHOWN: usize = 5;

/// How it behaves.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// Few requests at once; repeats 429 only; group members in long PATCHes.
    Okta,
    /// More at once; repeats 429 and 503; group members in short PATCHes, for one group side by side.
    Entra,
}

/// What it met.
#[derive(Default)]
pub struct Met {
    /// Answers by kind of request and status; status 0: no answer in time.
    pub answers: BTreeMap<(&'static str, u16), u64>,
    /// Requests that were sent again.
    pub repeated: u64,
    /// Longest time to an answer.
    pub slowest: Duration,
    /// Requests that were given up.
    pub failed: u64,
    /// The first of them.
    pub failures: Vec<String>,
}

/// The IdP.
pub struct Idp {
    http: reqwest::Client,
    base: String,
    token: String,
    manner: Manner,
    at_once: usize,
    members_at_once: usize,
    met: Mutex<Met>,
}

impl Idp {
    /// One that talks to this base URL.
    pub fn new(base: &str, token: &str, manner: Manner, at_once: usize, members_at_once: usize) -> Self {
        let http = reqwest::Client::builder().timeout(PATIENCE).build().expect("a client");
        let (base, token) = (base.to_owned(), token.to_owned());
        Self { http, base, token, manner, at_once, members_at_once, met: Mutex::default() }
    }

    /// Brings everything in: people first, then groups, then who is in them.
    pub async fn sync(&self, directory: &Directory) {
        let people = directory.people.iter().map(|name| self.create_person(name));
        let ids: Vec<Option<String>> = futures_util::stream::iter(people).buffered(self.at_once).collect().await;
        match self.manner {
            Manner::Okta => {
                let groups = directory.groups.iter().map(|group| self.push_group(group, &ids));
                futures_util::stream::iter(groups).buffer_unordered(self.at_once).collect::<Vec<()>>().await;
            }
            Manner::Entra => {
                let groups = directory.groups.iter().map(|group| self.create_group(group));
                let created: Vec<_> = futures_util::stream::iter(groups).buffered(self.at_once).collect().await;
                let changes = directory.groups.iter().zip(created).filter_map(|(group, id)| Some((group, id?)));
                let changes = changes.flat_map(|(group, id)| {
                    group.members.chunks(self.members_at_once).map(move |members| (id.clone(), members))
                });
                let changes = changes.map(|(id, members)| self.add_members(id, members, &ids));
                futures_util::stream::iter(changes).buffer_unordered(self.at_once).collect::<Vec<()>>().await;
            }
        }
    }

    /// What it met.
    pub fn into_met(self) -> Met {
        self.met.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    async fn create_person(&self, name: &str) -> Option<String> {
        let filter = format!("/Users?filter={}&startIndex=1&count=100", encoded(&format!("userName eq \"{name}\"")));
        if let Some(id) = self.find("look for a person", &filter).await? {
            return Some(id);
        }
        let number = name.trim_start_matches("person").split('@').next().unwrap_or_default();
        let mut person = json!({
            "schemas": [USER], "userName": name, "externalId": format!("00u{number}"), "displayName": format!("Mara Voss {number}"),
            "name": { "givenName": "Mara", "familyName": format!("Voss {number}") },
            "emails": [{ "primary": true, "value": name, "type": "work" }], "active": true
        });
        match self.manner {
            Manner::Okta => {
                person["locale"] = "en-US".into();
                person["groups"] = json!([]);
                person["password"] = "q7T2randomlyMade".into();
            }
            Manner::Entra => {
                person["schemas"] = json!([USER, ENTERPRISE]);
                person["meta"] = json!({ "resourceType": "User" });
                person["roles"] = json!([]);
            }
        }
        self.create("create a person", "/Users", &filter, &person).await
    }

    async fn create_group(&self, group: &Group) -> Option<String> {
        let filter = encoded(&format!("displayName eq \"{}\"", group.name));
        let (filter, body) = match self.manner {
            Manner::Okta => (
                format!("/Groups?filter={filter}&startIndex=1&count=100"),
                json!({ "schemas": [GROUP], "displayName": group.name, "members": [] }),
            ),
            Manner::Entra => (
                format!("/Groups?excludedAttributes=members&filter={filter}"),
                json!({ "schemas": [GROUP], "displayName": group.name, "externalId": group.object }),
            ),
        };
        if let Some(id) = self.find("look for a group", &filter).await? {
            return Some(id);
        }
        self.create("create a group", "/Groups", &filter, &body).await
    }

    async fn push_group(&self, group: &Group, ids: &[Option<String>]) {
        let Some(id) = self.create_group(group).await else { return };
        for members in group.members.chunks(self.members_at_once) {
            self.add_members(id.clone(), members, ids).await;
        }
    }

    async fn add_members(&self, group: String, members: &[usize], ids: &[Option<String>]) {
        let known = members.iter().filter_map(|member| ids[*member].as_ref());
        let operations = match self.manner {
            Manner::Okta => {
                let value: Vec<Value> = known.map(|id| json!({ "value": id })).collect();
                json!([{ "op": "add", "path": "members", "value": value }])
            }
            Manner::Entra => {
                let value: Vec<Value> = known.map(|id| json!({ "$ref": null, "value": id })).collect();
                json!([{ "op": "Add", "path": "members", "value": value }])
            }
        };
        let body = json!({ "schemas": [PATCH], "Operations": operations });
        self.ask("add members", "PATCH", &format!("/Groups/{group}"), Some(&body)).await;
    }

    /// `Some(None)`: nobody; `None`: no answer, and the IdP has given up.
    async fn find(&self, what: &'static str, path: &str) -> Option<Option<String>> {
        let (_, found) = self.ask(what, "GET", path, None).await?;
        Some(found["Resources"][0]["id"].as_str().map(str::to_owned))
    }

    /// A create. Where something is there already, which it can be after a repeat, that is linked.
    async fn create(&self, what: &'static str, path: &str, filter: &str, body: &Value) -> Option<String> {
        let (status, created) = self.ask(what, "POST", path, Some(body)).await?;
        if status == StatusCode::CONFLICT {
            return self.find("look for what is there", filter).await?;
        }
        created["id"].as_str().map(str::to_owned)
    }

    /// Sends a request until it is done or given up.
    async fn ask(
        &self,
        what: &'static str,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Option<(StatusCode, Value)> {
        for attempt in 1..=ATTEMPTS {
            let (status, pause, text) = self.send(what, method, path, body).await;
            if status.is_some_and(|status| status.is_success() || status == StatusCode::CONFLICT && method == "POST") {
                return Some((status?, serde_json::from_str(&text).unwrap_or_default()));
            }
            let repeats = match (self.manner, status) {
                (_, Some(StatusCode::TOO_MANY_REQUESTS))
                | (Manner::Entra, Some(StatusCode::SERVICE_UNAVAILABLE) | None) => true,
                (Manner::Okta | Manner::Entra, _) => false,
            };
            if !repeats || attempt == ATTEMPTS {
                let mut met = self.met();
                met.failed += 1;
                if met.failures.len() < MOST_SHOWN {
                    met.failures.push(format!("{what}: {method} {path}: {status:?} {text}"));
                }
                return None;
            }
            self.met().repeated += 1;
            // Each repeat waits twice as long as the one before.
            tokio::time::sleep(pause.unwrap_or(UNNAMED_PAUSE) * (1 << (attempt - 1))).await;
        }
        None
    }

    async fn send(
        &self,
        what: &'static str,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> (Option<StatusCode>, Option<Duration>, String) {
        let method = reqwest::Method::from_bytes(method.as_bytes()).expect("a method");
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        request = request.bearer_auth(&self.token).header("accept", "application/scim+json");
        if let Some(body) = body {
            request = request.header("content-type", "application/scim+json").body(body.to_string());
        }
        let begun = Instant::now();
        #[expect(clippy::disallowed_methods, reason = "the benchmark is a client")]
        let answer = request.send().await;
        let (status, pause, text) = match answer {
            Ok(answer) => {
                let pause = answer.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
                (Some(answer.status()), pause.map(Duration::from_secs), answer.text().await.unwrap_or_default())
            }
            Err(error) => (None, None, error.to_string()),
        };
        let mut met = self.met();
        met.slowest = met.slowest.max(begun.elapsed());
        *met.answers.entry((what, status.map_or(0, |status| status.as_u16()))).or_default() += 1;
        (status, pause, text)
    }

    fn met(&self) -> MutexGuard<'_, Met> {
        self.met.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}
