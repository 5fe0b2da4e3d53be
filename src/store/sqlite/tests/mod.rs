//! Tests of the embedded store, a file per promise. Here: what they share.

mod crash;
mod events;
mod files;
mod filters;
mod group_commit;
mod groups;
mod large;
mod lists;
mod members;
mod migrations;
mod order;
mod plans;
mod related;
mod resources;
mod scans;
mod tokens;
mod touched;
mod work;

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::json;
use tempfile::TempDir;

use super::{Role, SqliteStore};
use crate::ids::{ConnectionName, ScimId, VendorId};
use crate::scim::schema::{self, GROUP, ResourceType, Schema, USER};
use crate::store::{
    Account, Change, Doubt, Event, Keys, Kind, Member, Members, NewMember, Query, Start, Store as _, StoreError,
    StoredResource, WorkState,
};

/// A store in a folder of its own.
struct Fixture {
    store: SqliteStore,
    folder: TempDir,
}

impl Fixture {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let store = SqliteStore::open(&folder.path().join("bridge.db"), Role::Server).unwrap();
        Self { store, folder }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("bridge.db")
    }

    /// Closes the store and opens it again.
    fn reopen(self) -> Self {
        let path = self.path();
        let Self { store, folder } = self;
        drop(store);
        Self { store: SqliteStore::open(&path, Role::Server).unwrap(), folder }
    }

    async fn commit(&self, changes: Vec<Change>) -> Result<(), StoreError> {
        self.store.commit(&here(), changes).await
    }

    /// A confirmed person.
    async fn add(&self, number: u32) -> ScimId {
        self.commit(vec![insert(number)]).await.unwrap();
        id(number)
    }
}

fn here() -> ConnectionName {
    ConnectionName::parse("here").unwrap()
}

fn there() -> ConnectionName {
    ConnectionName::parse("there").unwrap()
}

fn id(number: u32) -> ScimId {
    ScimId::parse(&format!("00000000-0000-7000-8000-{number:012}")).unwrap()
}

fn vendor_id(text: &str) -> Option<VendorId> {
    VendorId::parse(text)
}

/// So many seconds after a fixed time.
fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).unwrap()
}

fn name(number: u32) -> String {
    format!("Person{number}@Example.com")
}

fn keys(number: u32) -> Keys {
    Keys {
        name: name(number),
        external_id: Some(format!("Ext{number}")),
        emails: vec![format!("Mail{number}@example.com")],
        active: true,
    }
}

fn resource(number: u32) -> StoredResource {
    let keys = keys(number);
    let body = json!({
        "schemas": [USER],
        "userName": keys.name,
        "externalId": keys.external_id,
        "active": keys.active,
        "emails": [{ "value": keys.emails[0], "type": "work" }],
    });
    StoredResource {
        id: id(number),
        version: 1,
        created: at(number.into()),
        modified: at(number.into()),
        body: body.to_string(),
        confirmed: true,
    }
}

fn insert(number: u32) -> Change {
    Change::InsertResource { kind: Kind::User, resource: resource(number), keys: keys(number) }
}

/// A group, told apart from people by its number.
fn insert_group(number: u32, name: &str) -> Change {
    let body = json!({ "schemas": [GROUP], "displayName": name }).to_string();
    Change::InsertResource {
        kind: Kind::Group,
        resource: StoredResource { body, ..resource(number) },
        keys: Keys { name: name.to_owned(), active: true, ..Keys::default() },
    }
}

/// People join a group.
fn join(group: u32, people: impl IntoIterator<Item = u32>) -> Change {
    let members = people.into_iter().map(|number| NewMember { id: id(number), display: None }).collect();
    Change::AddMembers { group: id(group), members }
}

/// People leave a group.
fn leave(group: u32, people: impl IntoIterator<Item = u32>) -> Change {
    Change::RemoveMembers { group: id(group), members: these(people) }
}

fn these(people: impl IntoIterator<Item = u32>) -> Members {
    Members::These(people.into_iter().map(id).collect())
}

fn account(number: u32) -> Account {
    Account {
        id: id(number),
        realm: String::new(),
        remap: false,
        settled_groups: None,
        other_keys: None,
        vendor_id: None,
        desired: r#"{"record":{}}"#.to_owned(),
        applied: None,
        desired_revision: 1,
        settled_revision: 0,
        settled_body: None,
        deleting: false,
        state: WorkState::Pending,
        urgency: 2,
        doubt: Doubt::None,
        taken_over: None,
        attempts: 0,
        next_attempt: None,
        reason: None,
        request_id: None,
    }
}

fn event(second: i64, number: Option<u32>, name: &str) -> Event {
    Event {
        at: at(second),
        id: number.map(id),
        name: name.to_owned(),
        request_id: None,
        what: "scim.create".to_owned(),
        detail: format!("at {second}"),
    }
}

/// A list request without filter.
fn list(start_index: u64, count: u64) -> Query {
    Query { filter: None, resource_type: user_type(), from: Start::Index(start_index), sort: None, count }
}

/// The User type of the RFC.
fn user_type() -> Arc<ResourceType> {
    resource_type(schema::user())
}

fn resource_type(core: Schema) -> Arc<ResourceType> {
    Arc::new(ResourceType {
        name: core.name.clone(),
        endpoint: format!("/{}s", core.name),
        description: String::new(),
        known_core: core.clone(),
        core,
        extensions: Vec::new(),
        known_extensions: Vec::new(),
    })
}
