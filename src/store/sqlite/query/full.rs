//! Stored resources made whole: with `id` and `meta`, and with the members or groups that a filter or an order asks for.

use rusqlite::Connection;
use serde_json::{Map, Value, json};

use super::super::fault::Fault;
use super::super::members::{read_groups, read_page};
use super::Scope;
use crate::scim::etag;
use crate::scim::filter::{AttrPath, Filter};
use crate::scim::schema::ResourceType;
use crate::scim::value::date_time;
use crate::store::{Kind, StoredResource};

/// Makes resources whole, as far as somebody looks at them.
pub(super) struct Completer<'a> {
    resource_type: &'a ResourceType,
    /// Members of groups or groups of people are looked at.
    with_others: bool,
}

impl<'a> Completer<'a> {
    /// For a filter.
    pub(super) fn new(resource_type: &'a ResourceType, kind: Kind, filter: &Filter) -> Self {
        Self { resource_type, with_others: mentions(filter, others_of(kind)) }
    }

    /// For an order, and perhaps a filter.
    pub(super) fn sorting(resource_type: &'a ResourceType, kind: Kind, by: &AttrPath, filter: Option<&Filter>) -> Self {
        let others = others_of(kind);
        let with_others = is_about(by, others) || filter.is_some_and(|filter| mentions(filter, others));
        Self { resource_type, with_others }
    }

    pub(super) fn resource_type(&self) -> &'a ResourceType {
        self.resource_type
    }

    /// The resource as an IdP sees it.
    pub(super) fn complete(&self, scope: &Scope<'_>, resource: &StoredResource) -> Result<Map<String, Value>, Fault> {
        let mut full = in_full(resource, self.resource_type)?;
        if self.with_others {
            let others = match scope.kind {
                Kind::User => groups(scope.db, scope.connection, resource)?,
                Kind::Group => members(scope.db, scope.connection, resource)?,
            };
            if !others.is_empty() {
                full.insert(others_of(scope.kind).to_owned(), Value::Array(others));
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

/// The attribute that stands in other rows.
fn others_of(kind: Kind) -> &'static str {
    match kind {
        Kind::User => "groups",
        Kind::Group => "members",
    }
}

fn groups(db: &Connection, connection: i64, person: &StoredResource) -> Result<Vec<Value>, Fault> {
    let groups = read_groups(db, connection, &person.id)?.into_iter();
    Ok(groups.map(|group| json!({ "value": group.id, "display": group.display, "type": "direct" })).collect())
}

fn members(db: &Connection, connection: i64, group: &StoredResource) -> Result<Vec<Value>, Fault> {
    let members = read_page(db, connection, &group.id, 0, usize::MAX)?.into_iter();
    Ok(members.map(|member| json!({ "value": member.id, "display": member.display, "type": "User" })).collect())
}

fn mentions(filter: &Filter, name: &str) -> bool {
    match filter {
        Filter::And(left, right) | Filter::Or(left, right) => mentions(left, name) || mentions(right, name),
        Filter::Not(inner) => mentions(inner, name),
        Filter::Values { path, .. } | Filter::Compare(path, ..) | Filter::Present(path) => is_about(path, name),
    }
}

fn is_about(path: &AttrPath, name: &str) -> bool {
    path.urn.is_none() && path.name == name
}
