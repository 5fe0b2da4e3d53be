//! The engine on the real store, with a vendor that follows a script: what real HTTP cannot be made to do at the right moment.
//!
//! Time is tokio's paused clock. The store works on threads of its own, so the clock may run far ahead while it is waited for; deadlines are
//! therefore either far away or meant to be missed.

mod accepted;
mod adoption;
mod defects;
mod doubt;
mod groups;
mod merged;
mod refusal;
mod script;

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};
use tempfile::TempDir;
use tokio::time::Instant;

use super::error::ProvisionError;
use super::{Options, Parts, Precondition, Provisioner, RequestContext};
use crate::clock::SystemClock;
use crate::config::groups::{GroupRules, MembersFirst};
use crate::config::model::{Delivery, Switches};
use crate::ids::{ConnectionName, RequestId, ScimId};
use crate::mapping::bound::Bound;
use crate::mapping::bundle::Bundle;
use crate::mapping::model::MappingFile;
use crate::scim::patch::PatchRequest;
use crate::scim::resource;
use crate::store::sqlite::{Role, SqliteStore};
use crate::store::{Account, Person, Store, StoredResource, WorkState};
use script::Script;

/// Longer than anything takes.
const FAR: Duration = Duration::from_hours(100_000);

/// A vendor with two update calls, so that a plan can stop half-way, and a flag for access.
const MAPPING: &str = "
version: 1
vendor: { name: script, title: Script }
api:
  base_url: http://127.0.0.1:9/
  sign_in: { scheme: header, header: X-Key, value: $secrets.key }
users:
  key: { read: id, type: string }
  match: [{ field: login }, { field: mail }]
  protected: [{ field: login, equals: root }]
  fields:
    login: { from: userName, transforms: [lower], required: true, login: true }
    mail: { from: emails.value }
    name: { from: name.familyName }
    nick: { from: nickName, not_cleared: refuse }
    enabled: { type: boolean, from: active }
    role: { from: title }
    secret: { from: password, write_only: true }
  calls:
    create: { method: POST, path: [users], body: $record, writes: [login, mail, name, nick, enabled, secret], user: . }
    read: { method: GET, path: [users, $key], user: . }
    list:
      call: { method: GET, path: [users], query: { after: $page.cursor } }
      items: data
      paging: { style: cursor, next: next, size: 100 }
    update:
      profile: { method: PATCH, path: [users, $key], body: $record, writes: [login, mail, name, nick, enabled, secret], user: . }
      role: { method: PUT, path: [users, $key, role], body: $record, writes: [role], user: . }
    delete: { method: DELETE, path: [users, $key] }
";

/// A bridge's connection, without the bridge.
struct World {
    vendor: Arc<Script>,
    store: Arc<dyn Store>,
    provisioner: Provisioner,
    mapping: String,
    options: Options,
    _folder: TempDir,
}

/// The usual one.
async fn world() -> World {
    world_with(MAPPING, |_| {}).await
}

/// Deactivation deletes the account.
fn deleting() -> String {
    MAPPING.replace(
        "  calls:\n",
        "  deactivate: { policy: gone, policies: { gone: { delete: true, loses: all } } }\n  calls:\n",
    )
}

async fn world_with(mapping: &str, choose: impl FnOnce(&mut Options)) -> World {
    let folder = tempfile::tempdir().unwrap();
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&folder.path().join("bridge.db"), Role::Server).unwrap());
    let vendor = Arc::new(Script::default());
    let mut options = Options {
        delivery: Delivery::Confirmed,
        adopt: true,
        protected: Vec::new(),
        groups: GroupRules::default(),
        members_first: MembersFirst::Refuse,
        switches: Switches::default(),
    };
    choose(&mut options);
    let provisioner = start(mapping, &vendor, &store, &options).await;
    World { vendor, store, provisioner, mapping: mapping.to_owned(), options, _folder: folder }
}

async fn start(mapping: &str, vendor: &Arc<Script>, store: &Arc<dyn Store>, options: &Options) -> Provisioner {
    let file: MappingFile = serde_saphyr::from_str(mapping).unwrap();
    let bound = Bound::bind(Arc::new(file), Arc::new(Bundle::default()), &Map::new()).unwrap();
    let parts = Parts {
        connection: connection(),
        bound: Arc::new(bound),
        vendor: vendor.clone(),
        store: store.clone(),
        clock: Arc::new(SystemClock),
        options: options.clone(),
        runtime: tokio::runtime::Handle::current(),
    };
    Provisioner::start(parts).await.unwrap()
}

fn connection() -> ConnectionName {
    ConnectionName::parse("support").unwrap()
}

fn user(name: &str, more: &Value) -> Value {
    let mut user = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name, "active": true,
        "name": { "familyName": "Old" }, "emails": [{ "value": format!("{name}@example.com"), "type": "work" }],
    });
    user.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
    user
}

fn within(patience: Duration) -> RequestContext {
    RequestContext {
        request_id: RequestId::generate(),
        credential: "test".to_owned(),
        deadline: Instant::now() + patience,
    }
}

impl World {
    /// The process dies: what is on its way to the vendor is never heard of again ([`script::Act::Vanish`]), and another process begins.
    async fn crash(&mut self) {
        self.provisioner.drain(Instant::now()).await;
        self.provisioner = start(&self.mapping, &self.vendor, &self.store, &self.options).await;
    }

    async fn post(&self, body: Value) -> Result<StoredResource, ProvisionError> {
        self.post_within(body, FAR).await
    }

    async fn post_within(&self, body: Value, patience: Duration) -> Result<StoredResource, ProvisionError> {
        let incoming = resource::read(&body, self.provisioner.user_type()).unwrap();
        self.provisioner.create(incoming, &within(patience)).await
    }

    async fn set(&self, id: &ScimId, path: &str, value: Value) -> Result<StoredResource, ProvisionError> {
        self.set_within(id, path, value, FAR).await
    }

    async fn set_within(
        &self,
        id: &ScimId,
        path: &str,
        value: Value,
        patience: Duration,
    ) -> Result<StoredResource, ProvisionError> {
        let operation = json!({ "op": "replace", "path": path, "value": value });
        self.patch_within(id, json!([operation]), patience).await
    }

    async fn patch(&self, id: &ScimId, operations: Value) -> Result<StoredResource, ProvisionError> {
        self.patch_within(id, operations, FAR).await
    }

    async fn patch_within(
        &self,
        id: &ScimId,
        operations: Value,
        patience: Duration,
    ) -> Result<StoredResource, ProvisionError> {
        let body = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations });
        let patch = PatchRequest::parse(&body, self.provisioner.user_type()).unwrap();
        self.provisioner.patch(id, &Precondition::None, &patch, &within(patience)).await
    }

    async fn delete(&self, id: &ScimId) -> Result<(), ProvisionError> {
        self.provisioner.delete(id, &Precondition::None, &within(FAR)).await
    }

    async fn person(&self, id: &ScimId) -> Option<Person> {
        self.store.person(&connection(), id).await.unwrap()
    }

    async fn account(&self, id: &ScimId) -> Account {
        self.person(id).await.expect("a person").account.expect("an account")
    }

    async fn body(&self, id: &ScimId) -> Value {
        serde_json::from_str(&self.person(id).await.expect("a person").resource.body).unwrap()
    }

    /// Waits until a condition holds.
    async fn until(&self, what: &str, holds: impl AsyncFn() -> bool) {
        for _ in 0..20_000 {
            if holds().await {
                return;
            }
            breathe().await;
        }
        panic!("never: {what}; pending: {:?}", self.store.pending(None).await);
    }

    /// Waits until nothing is pending or failed any more.
    async fn settles(&self) {
        self.until("all is settled", async || self.store.pending(None).await.unwrap().is_empty()).await;
    }

    /// Waits until the account's work is in this state, and its writer has gone.
    async fn becomes(&self, id: &ScimId, state: WorkState) {
        self.until("the state", async || {
            !self.provisioner.shared.queue.contains(id) && self.account(id).await.state == state
        })
        .await;
    }
}

/// Lets a little real time pass, for the store's threads, and some of the paused clock.
async fn breathe() {
    let pause = tokio::task::spawn_blocking(|| {
        let (_keep, silence) = std::sync::mpsc::channel::<()>();
        let _ = silence.recv_timeout(Duration::from_millis(1));
    });
    pause.await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
}
