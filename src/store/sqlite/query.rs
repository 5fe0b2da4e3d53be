//! Lists: one page and the true total, with or without a filter, in the order asked for.
//!
//! `userName eq "x"` and its like are one index probe, here and now. A list without filter takes its total from a counter and skips to its page
//! inside an index, or begins behind the last one. Everything else is a scan on a thread of its own.

mod scan;
mod shown;
mod sorted;

use std::sync::Arc;

use rusqlite::types::Value as SqlValue;
use rusqlite::{Connection, OptionalExtension as _, params, params_from_iter};

use super::SqliteStore;
use super::condition::{Condition, Probe, is_related, mentions_related, translate};
use super::fault::Fault;
use super::rows::{self, SEQ_BEHIND_RESOURCE, kind_code};
use super::statements as sql;
use crate::ids::ConnectionName;
use crate::scim::evaluate::matches;
use crate::scim::filter::Filter;
use crate::scim::schema::ResourceType;
use crate::store::{Kind, Page, Query, Sort, Start, StoreError, StoredResource};
#[cfg(test)]
pub(super) use shown::in_full;

/// A probe that finds more rows than this was none (everybody has the same `externalId`): the scan takes over.
const MAX_PROBED_ROWS: u32 = 1000;
/// Resources that a page may skip inline; a deeper page is read on a thread of its own.
const MAX_INLINE_OFFSET: i64 = 10_000;
/// Resources that are read inline; a longer page is read on a thread of its own.
const MAX_INLINE_COUNT: i64 = 1000;
/// Conditions of this length are put together anew each time instead of pushing ordinary ones out of the statement cache.
const MAX_CACHED_STATEMENT_BYTES: usize = 1000;

/// The wanted part of all matches: of those behind a place, skip some, then take some.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Window {
    after: i64,
    offset: i64,
    count: i64,
    /// Whoever asks goes on behind the page, not by index.
    by_place: bool,
}

/// A list request, made ready for SQL.
struct Search {
    connection: i64,
    kind: Kind,
    filter: Option<Filter>,
    /// Of the filter; everything when there is none.
    condition: Condition,
    resource_type: Arc<ResourceType>,
    sort: Option<Sort>,
    window: Window,
    /// The filter is decided, or the order made, with members or groups read in.
    needs_related: bool,
}

/// A match and its row.
type Found = (i64, StoredResource);

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
    let search = Search::of(number, kind, query);
    if search.filter.is_none() && search.sort.is_none() {
        let (window, is_short) = (search.window, search.window.is_short());
        let read = move |db: &Connection| whole_list(db, number, kind, window);
        return if is_short { store.look(read) } else { store.scanners.scan(read).await };
    }
    match &search.condition.probe {
        Some(way) if !way.wide && !search.needs_related => {
            let way = way.clone();
            match store.look(|db| search.probe(db, &way))? {
                Some(page) => Ok(page),
                None => store.scanners.scan(move |db| search.scan(db)).await,
            }
        }
        Some(way) => {
            let way = way.clone();
            store
                .scanners
                .scan(move |db| match search.probe(db, &way)? {
                    Some(page) => Ok(page),
                    None => search.scan(db),
                })
                .await
        }
        None => store.scanners.scan(move |db| search.scan(db)).await,
    }
}

/// All resources, in the order of creation.
fn whole_list(db: &Connection, connection: i64, kind: Kind, window: Window) -> Result<Page, Fault> {
    // Total and page belong to the same moment.
    let moment = db.unchecked_transaction()?;
    let total = counted(&moment, connection, kind)?;
    if window.count == 0 || window.offset >= total {
        return Ok(Page { total: total.unsigned_abs(), resources: Vec::new(), next: None });
    }
    let found = moment
        .prepare_cached(sql::PAGE)?
        .query_map(params![connection, kind_code(kind), window.after, window.one_more(), window.offset], found)?
        .collect::<Result<Vec<_>, _>>()?;
    Ok(window.page(total, found, None))
}

/// How many confirmed resources there are.
fn counted(db: &Connection, connection: i64, kind: Kind) -> Result<i64, Fault> {
    let total = db
        .prepare_cached(sql::COUNTER)?
        .query_row(params![connection, kind_code(kind)], |row| row.get(0))
        .optional()?;
    Ok(total.unwrap_or(0))
}

impl Search {
    fn of(connection: i64, kind: Kind, query: &Query) -> Self {
        let condition = match &query.filter {
            Some(filter) => translate(filter, &query.resource_type, kind),
            None => Condition::anything(),
        };
        let decides = query.filter.as_ref().filter(|_| !condition.exact);
        let needs_related = decides.is_some_and(|filter| mentions_related(filter, kind))
            || query.sort.as_ref().is_some_and(|sort| is_related(&sort.by, kind));
        Self {
            connection,
            kind,
            filter: query.filter.clone(),
            condition,
            resource_type: Arc::clone(&query.resource_type),
            sort: query.sort.clone(),
            window: Window::of(query),
            needs_related,
        }
    }

    /// All matches at once by an index; `None` when they are too many for that.
    fn probe(&self, db: &Connection, way: &Probe) -> Result<Option<Page>, Fault> {
        let mut values = way.values.clone();
        let again = if way.whole {
            String::new()
        } else {
            values.extend_from_slice(&self.condition.values);
            format!(" AND {}", self.condition.sql)
        };
        let moment = db.unchecked_transaction()?;
        let mut rows = Vec::new();
        self.for_each(&moment, &probe_statement(way, &again), &values, |row| {
            rows.push(found(row)?);
            Ok(())
        })?;
        if rows.len() > MAX_PROBED_ROWS as usize {
            return Ok(None);
        }
        let mut kept = Vec::with_capacity(rows.len());
        let mut keys = Vec::new();
        for (seq, resource) in rows {
            if !self.condition.exact || self.sort.is_some() {
                let full = self.shown(&moment, seq, &resource)?;
                if !self.decide(&full) {
                    continue;
                }
                keys.extend(self.sort.as_ref().map(|sort| sorted::Keyed::new(sort, &self.resource_type, &full, seq)));
            }
            kept.push((seq, resource));
        }
        if let Some(sort) = &self.sort {
            let order = sorted::in_order(keys, sort.descending);
            // The rows came in the order of their numbers.
            kept = order
                .into_iter()
                .filter_map(|seq| kept.binary_search_by_key(&seq, |(seq, _)| *seq).ok())
                .map(|at| kept[at].clone())
                .collect();
        }
        Ok(Some(self.window.cut(kept, self.sort.as_ref())))
    }

    /// Is it a match, also where SQL could not say?
    fn decide(&self, full: &serde_json::Map<String, serde_json::Value>) -> bool {
        self.condition.exact || self.filter.as_ref().is_none_or(|filter| matches(filter, &self.resource_type, full))
    }

    /// Runs a statement whose first two parameters are connection and kind, followed by the values.
    fn for_each(
        &self,
        db: &Connection,
        text: &str,
        values: &[SqlValue],
        mut each: impl FnMut(&rusqlite::Row<'_>) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let first = [SqlValue::Integer(self.connection), SqlValue::Integer(kind_code(self.kind))];
        let values = first.iter().chain(values);
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
}

impl Window {
    /// Sorted pages are counted, because the order of creation says nothing of their place.
    fn of(query: &Query) -> Self {
        let count = i64::try_from(query.count).unwrap_or(i64::MAX);
        let by_place = matches!(query.from, Start::After(_));
        let (after, offset) = match (query.from, &query.sort) {
            (Start::Index(index), _) => (0, i64::try_from(index.saturating_sub(1)).unwrap_or(i64::MAX)),
            (Start::After(place), None) => (place.max(0), 0),
            (Start::After(place), Some(_)) => (0, place.max(0)),
        };
        Self { after, offset, count, by_place }
    }

    /// It is read in a moment.
    fn is_short(self) -> bool {
        self.offset <= MAX_INLINE_OFFSET && self.count <= MAX_INLINE_COUNT
    }

    /// One more than wanted, which tells whether there is another page.
    fn one_more(self) -> i64 {
        self.count.saturating_add(1)
    }

    /// The wanted part of all matches, which stand in the order asked for.
    fn cut(self, all: Vec<Found>, sort: Option<&Sort>) -> Page {
        let total = i64::try_from(all.len()).unwrap_or(i64::MAX);
        let skipped = usize::try_from(self.offset).unwrap_or(usize::MAX);
        let wanted = usize::try_from(self.one_more()).unwrap_or(usize::MAX);
        let behind = all.into_iter().filter(|(seq, _)| *seq > self.after);
        self.page(total, behind.skip(skipped).take(wanted).collect(), sort)
    }

    /// The page of these rows, of which one may be too many.
    fn page(self, total: i64, mut rows: Vec<Found>, sort: Option<&Sort>) -> Page {
        let count = usize::try_from(self.count).unwrap_or(usize::MAX);
        let goes_on = self.by_place && rows.len() > count;
        rows.truncate(count);
        let next = match sort {
            None => rows.last().map(|(seq, _)| *seq),
            Some(_) if rows.is_empty() => None,
            Some(_) => i64::try_from(rows.len()).ok().map(|length| self.offset.saturating_add(length)),
        };
        Page {
            total: total.unsigned_abs(),
            resources: rows.into_iter().map(|(_, resource)| resource).collect(),
            next: next.filter(|_| goes_on),
        }
    }
}

/// A resource and the number behind its columns.
fn found(row: &rusqlite::Row<'_>) -> rusqlite::Result<Found> {
    Ok((row.get(SEQ_BEHIND_RESOURCE)?, rows::resource(row)?))
}

/// The statement of a probe. Connection and kind stand inside its selects only, so that the planner has nothing to walk along instead.
pub(super) fn probe_statement(way: &Probe, again: &str) -> String {
    let selects = way.selects.join(" UNION ALL ");
    let (columns, limit) = (sql::RESOURCE_COLUMNS, MAX_PROBED_ROWS + 1);
    format!(
        "SELECT {columns}, r.seq FROM resources r WHERE r.seq IN ({selects}) AND r.confirmed = 1{again} ORDER BY r.seq LIMIT {limit}"
    )
}
