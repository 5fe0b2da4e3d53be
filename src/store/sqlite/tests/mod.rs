//! Tests of the embedded store, a file per promise. Here: what they share.

mod crash;
mod events;
mod files;
mod filters;
mod group_commit;
mod lists;
mod plans;
mod resources;
mod tokens;
mod work;

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::json;
use tempfile::TempDir;

use super::{Role, SqliteStore};
use crate::ids::{ConnectionName, ScimId, VendorId};
use crate::scim::schema::{Attribute, AttributeType, Mutability, ResourceType, Returned, Schema, USER, Uniqueness};
use crate::store::{Account, Change, Event, Keys, Kind, Query, Store as _, StoreError, StoredResource, WorkState};

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

fn account(number: u32) -> Account {
    Account {
        id: id(number),
        vendor_id: None,
        desired: r#"{"record":{}}"#.to_owned(),
        applied: None,
        desired_revision: 1,
        settled_revision: 0,
        settled_body: None,
        deleting: false,
        state: WorkState::Pending,
        urgency: 2,
        uncertain: false,
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
    Query { filter: None, resource_type: user_type(), start_index, count }
}

/// A User type with the attributes that the tests filter by.
fn user_type() -> Arc<ResourceType> {
    let core = Schema {
        id: USER.to_owned(),
        name: "User".to_owned(),
        description: String::new(),
        attributes: vec![
            attribute("userName", AttributeType::String, Vec::new()),
            attribute("active", AttributeType::Boolean, Vec::new()),
            attribute("title", AttributeType::String, Vec::new()),
            Attribute {
                multi_valued: true,
                ..attribute(
                    "emails",
                    AttributeType::Complex,
                    vec![
                        attribute("value", AttributeType::String, Vec::new()),
                        attribute("type", AttributeType::String, Vec::new()),
                    ],
                )
            },
        ],
    };
    Arc::new(ResourceType {
        name: "User".to_owned(),
        endpoint: "/Users".to_owned(),
        description: String::new(),
        known_core: core.clone(),
        core,
        extensions: Vec::new(),
        known_extensions: Vec::new(),
    })
}

fn attribute(name: &str, kind: AttributeType, sub_attributes: Vec<Attribute>) -> Attribute {
    Attribute {
        name: name.to_owned(),
        kind,
        multi_valued: false,
        description: String::new(),
        required: false,
        canonical_values: Vec::new(),
        case_exact: false,
        mutability: Mutability::ReadWrite,
        returned: Returned::Default,
        uniqueness: Uniqueness::None,
        reference_types: Vec::new(),
        sub_attributes,
    }
}
