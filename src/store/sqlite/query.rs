//! Lists: one page and the true total, with or without a filter, in the order of creation or another.
//!
//! `userName eq "x"` and its like are one index probe, here and now. A list without filter takes its total from a counter and skips to its page
//! inside an index. Everything else is a scan on a thread of its own.

mod full;
mod order;
mod sorted;

use rusqlite::types::Value as SqlValue;
use rusqlite::{Connection, OptionalExtension as _, Row, params, params_from_iter};

use super::SqliteStore;
use super::condition::{Condition, Probe, translate};
use super::fault::Fault;
use super::rows::{self, RESOURCE_WIDTH, kind_code};
use super::statements as sql;
use crate::ids::ConnectionName;
use crate::scim::evaluate::matches;
use crate::scim::filter::Filter;
use crate::store::{Kind, Page, Query, Start, StoreError, StoredResource};
use full::Completer;

/// A probe that finds more rows than this was none (everybody has the same `externalId`): the scan takes over.
const MAX_PROBED_ROWS: u32 = 1000;
/// Resources that a page may skip inline; a deeper page is read on a thread of its own.
const MAX_INLINE_OFFSET: i64 = 10_000;
/// Conditions of this length are put together anew each time instead of pushing ordinary ones out of the statement cache.
const MAX_CACHED_STATEMENT_BYTES: usize = 1000;

/// The wanted part of all matches.
#[derive(Debug, Clone, Copy)]
struct Window {
    from: From,
    count: i64,
}

/// Where it begins.
#[derive(Debug, Clone, Copy)]
enum From {
    /// Behind so many matches.
    Offset(i64),
    /// Behind the resource of this place (`seq`).
    Place(i64),
}

/// A list request against one connection.
struct Scope<'a> {
    db: &'a Connection,
    /// Its number.
    connection: i64,
    kind: Kind,
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
        from: match query.from {
            Start::Index(index) => From::Offset(i64::try_from(index.saturating_sub(1)).unwrap_or(i64::MAX)),
            Start::After(place) => From::Place(place),
        },
        count: i64::try_from(query.count).unwrap_or(i64::MAX),
    };
    if query.sort.is_some() {
        let query = query.clone();
        let scan = move |db: &Connection| sorted::page(&Scope { db, connection: number, kind }, &query, window);
        return store.scanners.scan(scan).await;
    }
    let Some(filter) = &query.filter else {
        return if matches!(window.from, From::Offset(offset) if offset > MAX_INLINE_OFFSET) {
            store.scanners.scan(move |db| whole_list(&Scope { db, connection: number, kind }, window)).await
        } else {
            store.look(|db| whole_list(&Scope { db, connection: number, kind }, window))
        };
    };
    let condition = translate(filter, &query.resource_type, kind);
    if let Some(way) = &condition.probe
        && let Some(page) =
            store.look(|db| probe(&Scope { db, connection: number, kind }, &condition, way, query, window))?
    {
        return Ok(page);
    }
    let (filter, resource_type) = (filter.clone(), query.resource_type.clone());
    store
        .scanners
        .scan(move |db| {
            let scope = Scope { db, connection: number, kind };
            if condition.exact {
                counted_scan(&scope, &condition, "r.seq", window)
            } else {
                let completer = Completer::new(&resource_type, kind, &filter);
                evaluated_scan(&scope, &condition, &filter, &completer, window)
            }
        })
        .await
}

/// All resources, in the order of creation.
fn whole_list(scope: &Scope<'_>, window: Window) -> Result<Page, Fault> {
    let (connection, kind) = (scope.connection, kind_code(scope.kind));
    // Total and page belong to the same moment.
    let moment = scope.db.unchecked_transaction()?;
    let total: i64 = moment
        .prepare_cached(sql::COUNTER)?
        .query_row(params![connection, kind], |row| row.get(0))
        .optional()?
        .unwrap_or(0);
    let mut part = Part::new(window);
    match window.from {
        From::Offset(offset) if window.count > 0 && offset < total => {
            let mut statement = moment.prepare_cached(sql::PAGE)?;
            for resource in statement.query_map(params![connection, kind, window.count, offset], rows::resource)? {
                part.resources.push(resource?);
            }
        }
        From::Place(place) if window.count > 0 => {
            let mut statement = moment.prepare_cached(sql::PAGE_AFTER)?;
            let mut rows = statement.query(params![connection, kind, place, window.count.saturating_add(1)])?;
            while let Some(row) = rows.next()? {
                part.take(row)?;
            }
        }
        From::Offset(_) | From::Place(_) => {}
    }
    Ok(part.page(total.unsigned_abs()))
}

/// All matches at once by an index; `None` when they are too many for that.
fn probe(
    scope: &Scope<'_>,
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
    scope.for_each(&text, &values, |row| {
        found.push((place_of(row)?, rows::resource(row)?));
        Ok(())
    })?;
    if found.len() > MAX_PROBED_ROWS as usize {
        return Ok(None);
    }
    if !condition.exact
        && let Some(filter) = &query.filter
    {
        let completer = Completer::new(&query.resource_type, scope.kind, filter);
        let mut kept = Vec::with_capacity(found.len());
        for (place, resource) in found {
            if matches(filter, &query.resource_type, &completer.complete(scope, &resource)?) {
                kept.push((place, resource));
            }
        }
        found = kept;
    }
    let total = found.len() as u64;
    let mut part = Part::new(window);
    for (position, (place, resource)) in (0_i64..).zip(found) {
        part.offer(position, place, resource);
    }
    Ok(Some(part.page(total)))
}

/// The statement of a probe. Connection and kind stand inside its selects only, so that the planner has nothing to walk along instead.
pub(super) fn probe_statement(way: &Probe, again: &str) -> String {
    let selects = way.selects.join(" UNION ALL ");
    let (columns, limit) = (sql::RESOURCE_COLUMNS, MAX_PROBED_ROWS + 1);
    format!(
        "SELECT {columns}, r.seq FROM resources r WHERE r.seq IN ({selects}) AND r.confirmed = 1{again} ORDER BY r.seq LIMIT {limit}"
    )
}

/// SQL decides alone, in the order given: it counts, and reads the bodies of the page only.
fn counted_scan(scope: &Scope<'_>, condition: &Condition, order: &str, window: Window) -> Result<Page, Fault> {
    let moment = scope.db.unchecked_transaction()?;
    let from =
        format!("FROM resources r WHERE r.connection = ?1 AND r.kind = ?2 AND r.confirmed = 1 AND {}", condition.sql);
    let mut part = Part::new(window);
    if window.count > 0 {
        // One more than wanted says whether there is another page.
        let limit = window.count.saturating_add(1);
        let columns = sql::RESOURCE_COLUMNS;
        let text = match window.from {
            From::Offset(offset) => format!(
                "SELECT {columns}, r.seq FROM (SELECT r.seq {from} ORDER BY {order} LIMIT {limit} OFFSET {offset}) p CROSS JOIN resources r ON r.seq = p.seq ORDER BY {order}"
            ),
            From::Place(place) => {
                format!("SELECT {columns}, r.seq {from} AND r.seq > {place} ORDER BY r.seq LIMIT {limit}")
            }
        };
        scope.for_each(&text, &condition.values, |row| part.take(row))?;
    }
    let total = match window.from {
        // The last page has counted already.
        From::Offset(offset) if !part.has_more && !part.resources.is_empty() => {
            offset.saturating_add(i64::try_from(part.resources.len()).unwrap_or(i64::MAX))
        }
        From::Offset(_) | From::Place(_) => {
            let mut total = 0;
            scope.for_each(&format!("SELECT count(*) {from}"), &condition.values, |row| {
                total = row.get(0)?;
                Ok(())
            })?;
            total
        }
    };
    drop(moment);
    Ok(part.page(total.unsigned_abs()))
}

/// SQL narrows, the evaluator decides.
fn evaluated_scan(
    scope: &Scope<'_>,
    condition: &Condition,
    filter: &Filter,
    completer: &Completer<'_>,
    window: Window,
) -> Result<Page, Fault> {
    let mut total = 0_i64;
    let mut part = Part::new(window);
    matching(scope, condition, Some(filter), completer, |place, resource, _| {
        part.offer(total, place, resource);
        total += 1;
        Ok(())
    })?;
    Ok(part.page(total.unsigned_abs()))
}

/// Every match in the order of creation, with its place and the whole resource.
fn matching(
    scope: &Scope<'_>,
    condition: &Condition,
    filter: Option<&Filter>,
    completer: &Completer<'_>,
    mut each: impl FnMut(i64, StoredResource, &serde_json::Map<String, serde_json::Value>) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let text = format!(
        "SELECT {}, r.seq FROM resources r WHERE r.connection = ?1 AND r.kind = ?2 AND r.confirmed = 1 AND {} ORDER BY r.seq",
        sql::RESOURCE_COLUMNS,
        condition.sql
    );
    scope.for_each(&text, &condition.values, |row| {
        let resource = rows::resource(row)?;
        let full = completer.complete(scope, &resource)?;
        if filter.is_none_or(|filter| matches(filter, completer.resource_type(), &full)) {
            each(place_of(row)?, resource, &full)?;
        }
        Ok(())
    })
}

impl Scope<'_> {
    /// Runs a statement whose first two parameters are connection and kind, followed by those of the condition.
    fn for_each(
        &self,
        text: &str,
        values: &[SqlValue],
        mut each: impl FnMut(&Row<'_>) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let own = [SqlValue::Integer(self.connection), SqlValue::Integer(kind_code(self.kind))];
        let values = own.into_iter().chain(values.iter().cloned());
        let mut run = |statement: &mut rusqlite::Statement<'_>| {
            let mut rows = statement.query(params_from_iter(values.clone()))?;
            while let Some(row) = rows.next()? {
                each(row)?;
            }
            Ok(())
        };
        if text.len() > MAX_CACHED_STATEMENT_BYTES {
            run(&mut self.db.prepare(text)?)
        } else {
            run(&mut *self.db.prepare_cached(text)?)
        }
    }
}

/// The place of a resource, behind its columns.
fn place_of(row: &Row<'_>) -> rusqlite::Result<i64> {
    row.get(RESOURCE_WIDTH)
}

/// The page, as far as it is gathered.
struct Part {
    window: Window,
    resources: Vec<StoredResource>,
    /// Place of the last resource in it.
    last: Option<i64>,
    has_more: bool,
}

impl Part {
    fn new(window: Window) -> Self {
        Self { window, resources: Vec::new(), last: None, has_more: false }
    }

    /// Takes the next row of a statement that skips by itself.
    fn take(&mut self, row: &Row<'_>) -> Result<(), Fault> {
        let (place, resource) = (place_of(row)?, rows::resource(row)?);
        self.push(place, resource);
        Ok(())
    }

    /// Takes a match, the one at this position among all, when it is wanted.
    fn offer(&mut self, position: i64, place: i64, resource: StoredResource) {
        let is_behind = match self.window.from {
            From::Offset(offset) => position >= offset,
            From::Place(begin) => place > begin,
        };
        if is_behind {
            self.push(place, resource);
        }
    }

    fn push(&mut self, place: i64, resource: StoredResource) {
        if i64::try_from(self.resources.len()).unwrap_or(i64::MAX) < self.window.count {
            self.resources.push(resource);
            self.last = Some(place);
        } else {
            self.has_more = true;
        }
    }

    fn page(self, total: u64) -> Page {
        let goes_on = self.has_more && matches!(self.window.from, From::Place(_));
        Page { total, next: self.last.filter(|_| goes_on), resources: self.resources }
    }
}

#[cfg(test)]
pub(super) use full::in_full;
