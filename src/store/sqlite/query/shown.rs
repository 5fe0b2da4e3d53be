//! Resources as an IdP sees them, for filters and orders that no column decides.
//!
//! With `id` and `meta`, and with members or groups when they are asked for. Their `$ref` has the resource's path only: the address of the bridge
//! is not the store's.

use rusqlite::Connection;
use serde_json::{Map, Value, json};

use super::Search;
use crate::scim::etag;
use crate::scim::schema::ResourceType;
use crate::scim::value::date_time;
use crate::store::sqlite::fault::Fault;
use crate::store::sqlite::statements as sql;
use crate::store::{Kind, StoredResource};

impl Search {
    /// The resource in this row.
    pub(super) fn shown(
        &self,
        db: &Connection,
        seq: i64,
        resource: &StoredResource,
    ) -> Result<Map<String, Value>, Fault> {
        let mut full = in_full(resource, &self.resource_type)?;
        if self.needs_related {
            let (name, related) = match self.kind {
                Kind::User => ("groups", related(db, sql::GROUPS_OF_SEQ, seq, "Groups", "direct")?),
                Kind::Group => ("members", related(db, sql::MEMBERS_OF, seq, "Users", "User")?),
            };
            if !related.is_empty() {
                full.insert(name.to_owned(), Value::Array(related));
            }
        }
        Ok(full)
    }
}

/// The resource with `id` and `meta`.
pub(in crate::store::sqlite) fn in_full(
    resource: &StoredResource,
    resource_type: &ResourceType,
) -> Result<Map<String, Value>, Fault> {
    let mut full: Map<String, Value> = serde_json::from_str(&resource.body)
        .map_err(|error| Fault::Corrupt(format!("the body of resource {}: {error}", resource.id)))?;
    full.insert("id".to_owned(), Value::from(resource.id.as_str()));
    full.insert(
        "meta".to_owned(),
        json!({
            "resourceType": resource_type.name,
            "created": date_time(resource.created),
            "lastModified": date_time(resource.modified),
            "version": etag::format(resource.version),
        }),
    );
    Ok(full)
}

/// The other side of the memberships in this row.
fn related(db: &Connection, text: &str, seq: i64, place: &str, label: &str) -> Result<Vec<Value>, Fault> {
    let mut statement = db.prepare_cached(text)?;
    let found = statement.query_map([seq], |row| {
        let (id, display): (String, String) = (row.get(0)?, row.get(1)?);
        Ok(json!({ "value": id, "$ref": format!("/{place}/{id}"), "type": label, "display": display }))
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}
