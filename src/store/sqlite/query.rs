//! Lists: one page and the true total, with or without a filter.
//!
//! `userName eq "x"` and its like are one index probe, here and now. A list without filter takes its total from a counter and skips to its page
//! inside an index. Everything else is a scan on a thread of its own.

use rusqlite::types::Value as SqlValue;
use rusqlite::{Connection, OptionalExtension as _, params, params_from_iter};
use serde_json::{Map, Value, json};

use super::SqliteStore;
use super::condition::{Condition, Probe, translate};
use super::fault::Fault;
use super::rows::{self, kind_code};
use super::statements as sql;
use crate::ids::ConnectionName;
use crate::scim::etag;
use crate::scim::evaluate::matches;
use crate::scim::filter::Filter;
use crate::scim::schema::ResourceType;
use crate::scim::value::date_time;
use crate::store::{Kind, Page, Query, Start, StoreError, StoredResource};

/// A probe that finds more rows than this was none (everybody has the same `externalId`): the scan takes over.
const MAX_PROBED_ROWS: u32 = 1000;
/// Resources that a page may skip inline; a deeper page is read on a thread of its own.
const MAX_INLINE_OFFSET: i64 = 10_000;
/// Conditions of this length are put together anew each time instead of pushing ordinary ones out of the statement cache.
const MAX_CACHED_STATEMENT_BYTES: usize = 1000;

/// The wanted part of all matches.
#[derive(Debug, Clone, Copy)]
struct Window {
    offset: i64,
    count: i64,
}

/// See [`crate::store::Store::query`].
pub(super) async fn query(
    store: &SqliteStore,
    connection: &ConnectionName,
    kind: Kind,
    query: &Query,
) -> Result<Page, StoreError> {
    let Some(number) = store.look(|db| Ok(store.connections.find(db, connection)?))? else {
        return Ok(Page { total: 0, resources: Vec::new(), next: None });
    };
    let window = Window {
        offset: match query.from {
            Start::Index(index) => i64::try_from(index.saturating_sub(1)).unwrap_or(i64::MAX),
            Start::After(place) => place,
        },
        count: i64::try_from(query.count).unwrap_or(i64::MAX),
    };
    let Some(filter) = &query.filter else {
        return if window.offset <= MAX_INLINE_OFFSET {
            store.look(|db| whole_list(db, number, kind, window))
        } else {
            store.scanners.scan(move |db| whole_list(db, number, kind, window)).await
        };
    };
    let condition = translate(filter, &query.resource_type, kind);
    if let Some(way) = &condition.probe
        && let Some(page) = store.look(|db| probe(db, number, kind, &condition, way, query, window))?
    {
        return Ok(page);
    }
    let (filter, resource_type) = (filter.clone(), query.resource_type.clone());
    store
        .scanners
        .scan(move |db| {
            if condition.exact {
                counted_scan(db, number, kind, &condition, window)
            } else {
                evaluated_scan(db, number, kind, &condition, &filter, &resource_type, window)
            }
        })
        .await
}

/// All resources, in the order of creation.
fn whole_list(db: &Connection, connection: i64, kind: Kind, window: Window) -> Result<Page, Fault> {
    // Total and page belong to the same moment.
    let moment = db.unchecked_transaction()?;
    let total: i64 = moment
        .prepare_cached(sql::COUNTER)?
        .query_row(params![connection, kind_code(kind)], |row| row.get(0))
        .optional()?
        .unwrap_or(0);
    let resources = if window.count == 0 || window.offset >= total {
        Vec::new()
    } else {
        moment
            .prepare_cached(sql::PAGE)?
            .query_map(params![connection, kind_code(kind), window.count, window.offset], rows::resource)?
            .collect::<Result<_, _>>()?
    };
    Ok(Page { total: total.unsigned_abs(), resources, next: None })
}

/// All matches at once by an index; `None` when they are too many for that.
fn probe(
    db: &Connection,
    connection: i64,
    kind: Kind,
    condition: &Condition,
    way: &Probe,
    query: &Query,
    window: Window,
) -> Result<Option<Page>, Fault> {
    let mut values = way.values.clone();
    let again = if way.whole {
        String::new()
    } else {
        values.extend_from_slice(&condition.values);
        format!(" AND {}", condition.sql)
    };
    let text = probe_statement(way, &again);
    let mut found = Vec::new();
    for_each(db, &text, connection, kind, &values, |row| {
        found.push(rows::resource(row)?);
        Ok(())
    })?;
    if found.len() > MAX_PROBED_ROWS as usize {
        return Ok(None);
    }
    if !condition.exact
        && let Some(filter) = &query.filter
    {
        let mut kept = Vec::with_capacity(found.len());
        for resource in found {
            if matches(filter, &query.resource_type, &in_full(&resource, &query.resource_type)?) {
                kept.push(resource);
            }
        }
        found = kept;
    }
    let total = found.len() as u64;
    let skipped = usize::try_from(window.offset).unwrap_or(usize::MAX);
    let count = usize::try_from(window.count).unwrap_or(usize::MAX);
    Ok(Some(Page { total, resources: found.into_iter().skip(skipped).take(count).collect(), next: None }))
}

/// The statement of a probe. Connection and kind stand inside its selects only, so that the planner has nothing to walk along instead.
pub(super) fn probe_statement(way: &Probe, again: &str) -> String {
    let selects = way.selects.join(" UNION ALL ");
    let (columns, limit) = (sql::RESOURCE_COLUMNS, MAX_PROBED_ROWS + 1);
    format!(
        "SELECT {columns} FROM resources r WHERE r.seq IN ({selects}) AND r.confirmed = 1{again} ORDER BY r.seq LIMIT {limit}"
    )
}

/// SQL decides alone: it counts, and reads the bodies of the page only.
fn counted_scan(
    db: &Connection,
    connection: i64,
    kind: Kind,
    condition: &Condition,
    window: Window,
) -> Result<Page, Fault> {
    let moment = db.unchecked_transaction()?;
    let from =
        format!("FROM resources r WHERE r.connection = ?1 AND r.kind = ?2 AND r.confirmed = 1 AND {}", condition.sql);
    let mut resources = Vec::new();
    if window.count > 0 {
        let text = format!(
            "SELECT {} FROM (SELECT r.seq {from} ORDER BY r.seq LIMIT {} OFFSET {}) p CROSS JOIN resources r ON r.seq = p.seq ORDER BY r.seq",
            sql::RESOURCE_COLUMNS,
            window.count,
            window.offset
        );
        for_each(&moment, &text, connection, kind, &condition.values, |row| {
            resources.push(rows::resource(row)?);
            Ok(())
        })?;
    }
    let found = resources.len() as u64;
    let is_last_page = found > 0 && found < window.count.unsigned_abs();
    let total = if is_last_page {
        window.offset.unsigned_abs() + found
    } else {
        let mut total = 0_i64;
        for_each(&moment, &format!("SELECT count(*) {from}"), connection, kind, &condition.values, |row| {
            total = row.get(0)?;
            Ok(())
        })?;
        total.unsigned_abs()
    };
    Ok(Page { total, resources, next: None })
}

/// SQL narrows, the evaluator decides.
fn evaluated_scan(
    db: &Connection,
    connection: i64,
    kind: Kind,
    condition: &Condition,
    filter: &Filter,
    resource_type: &ResourceType,
    window: Window,
) -> Result<Page, Fault> {
    let text = format!(
        "SELECT {} FROM resources r WHERE r.connection = ?1 AND r.kind = ?2 AND r.confirmed = 1 AND {} ORDER BY r.seq",
        sql::RESOURCE_COLUMNS,
        condition.sql
    );
    let wanted = window.offset..window.offset.saturating_add(window.count);
    let mut total = 0_i64;
    let mut resources = Vec::new();
    for_each(db, &text, connection, kind, &condition.values, |row| {
        let resource = rows::resource(row)?;
        if matches(filter, resource_type, &in_full(&resource, resource_type)?) {
            if wanted.contains(&total) {
                resources.push(resource);
            }
            total += 1;
        }
        Ok(())
    })?;
    Ok(Page { total: total.unsigned_abs(), resources, next: None })
}

/// Runs a statement whose first two parameters are connection and kind, followed by those of the condition.
fn for_each(
    db: &Connection,
    text: &str,
    connection: i64,
    kind: Kind,
    values: &[SqlValue],
    mut each: impl FnMut(&rusqlite::Row<'_>) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let values =
        [SqlValue::Integer(connection), SqlValue::Integer(kind_code(kind))].into_iter().chain(values.iter().cloned());
    let mut run = |statement: &mut rusqlite::Statement<'_>| {
        let mut rows = statement.query(params_from_iter(values.clone()))?;
        while let Some(row) = rows.next()? {
            each(row)?;
        }
        Ok(())
    };
    if text.len() > MAX_CACHED_STATEMENT_BYTES {
        run(&mut db.prepare(text)?)
    } else {
        run(&mut *db.prepare_cached(text)?)
    }
}

/// The resource as an IdP sees it: with `id` and `meta`.
pub(super) fn in_full(resource: &StoredResource, resource_type: &ResourceType) -> Result<Map<String, Value>, Fault> {
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
