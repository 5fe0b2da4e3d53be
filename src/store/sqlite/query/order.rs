//! Orders that columns have: SQL sorts by them, some inside an index. Other orders are made in memory.

use crate::scim::schema::ResourceType;
use crate::store::{Kind, Sort};

/// The `ORDER BY` of an order; `None` when no column has it.
pub(super) fn columns(sort: &Sort, resource_type: &ResourceType, kind: Kind) -> Option<String> {
    if sort.by.urn.is_some() {
        return None;
    }
    let case_exact = resource_type.find(None, &sort.by.name)?.attribute.case_exact;
    let way = if sort.descending { " DESC" } else { "" };
    let order = match (kind, sort.by.name.as_str(), sort.by.sub.as_deref()) {
        (Kind::User, "userName", None) | (Kind::Group, "displayName", None) if !case_exact => format!("r.folded{way}"),
        (_, "id", None) => format!("r.id{way}"),
        // No value comes last when ascending and first when descending.
        (_, "externalId", None) if case_exact => format!("r.external_id IS NULL{way}, r.external_id{way}"),
        // Times are shown in milliseconds: what looks the same is the same.
        (_, "meta", Some("created")) => format!("r.created / 1000{way}"),
        (_, "meta", Some("lastModified")) => format!("r.modified / 1000{way}"),
        _ => return None,
    };
    Some(format!("{order}, r.seq"))
}
