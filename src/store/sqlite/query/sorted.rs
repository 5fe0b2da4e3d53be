//! The order of a list: by columns where they hold what is sorted by, else by keys made of the resources.
//!
//! Reads no rows.

use serde_json::{Map, Value};

use crate::scim::order::{SortKey, compare, sort_key};
use crate::scim::schema::ResourceType;
use crate::store::sqlite::condition::{Column, column};
use crate::store::{Kind, Sort};

/// The `ORDER BY` of an order; `None` when the columns of `resources r` do not have it. Equal values stand in the order of creation.
pub(super) fn by_columns(sort: &Sort, resource_type: &ResourceType, kind: Kind) -> Option<String> {
    let way = if sort.descending { "DESC" } else { "ASC" };
    // Times are shown in milliseconds, and equal as they are shown.
    let by = match column(&sort.by, resource_type, kind)? {
        Column::Name => format!("r.folded {way}"),
        Column::Id => format!("r.id {way}"),
        Column::ExternalId => {
            format!("nullif(r.external_id, '') IS NULL {way}, nullif(r.external_id, '') {way}")
        }
        Column::Created => format!("r.created / 1000 {way}"),
        Column::Modified => format!("r.modified / 1000 {way}"),
        Column::Email | Column::Active | Column::Related => return None,
    };
    Some(format!("{by}, r.seq"))
}

/// What one match is sorted by.
pub(super) struct Keyed {
    key: Option<SortKey>,
    seq: i64,
}

impl Keyed {
    /// Of a match as an IdP sees it.
    pub(super) fn new(sort: &Sort, resource_type: &ResourceType, full: &Map<String, Value>, seq: i64) -> Self {
        Self { key: sort_key(&sort.by, resource_type, full), seq }
    }
}

/// The rows of the matches in their order.
pub(super) fn in_order(mut matches: Vec<Keyed>, descending: bool) -> Vec<i64> {
    matches.sort_unstable_by(|left, right| {
        compare(left.key.as_ref(), right.key.as_ref(), descending).then(left.seq.cmp(&right.seq))
    });
    matches.into_iter().map(|matched| matched.seq).collect()
}
