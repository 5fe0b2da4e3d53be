//! Lists that no index leads to: SQL counts and orders where it can decide, else every candidate is looked at.
//!
//! Runs on a thread of its own, within one moment of the database.

use rusqlite::Connection;
use rusqlite::types::Value as SqlValue;

use super::sorted::{self, Keyed};
use super::{Found, Search, counted, found};
use crate::store::Page;
use crate::store::sqlite::fault::Fault;
use crate::store::sqlite::rows;
use crate::store::sqlite::statements as sql;

impl Search {
    /// Everything that the condition finds is counted or looked at.
    pub(super) fn scan(&self, db: &Connection) -> Result<Page, Fault> {
        let moment = db.unchecked_transaction()?;
        let order = match &self.sort {
            None => Some("r.seq".to_owned()),
            Some(sort) => sorted::by_columns(sort, &self.resource_type, self.kind),
        };
        match (order, &self.sort) {
            (Some(order), _) if self.condition.exact => self.counted_scan(&moment, &order),
            (_, None) => self.evaluated_scan(&moment),
            (_, Some(sort)) => self.keyed_scan(&moment, sort),
        }
    }

    /// SQL decides alone: it counts, and reads the bodies of the page only.
    fn counted_scan(&self, db: &Connection, order: &str) -> Result<Page, Fault> {
        let window = self.window;
        let from = self.candidates();
        let mut rows = Vec::new();
        if window.count > 0 {
            let text = format!(
                "SELECT {}, r.seq FROM (SELECT r.seq {from} AND r.seq > ? ORDER BY {order} LIMIT ? OFFSET ?) p CROSS JOIN resources r ON r.seq = p.seq ORDER BY {order}",
                sql::RESOURCE_COLUMNS,
            );
            let mut values = self.condition.values.clone();
            values.extend([window.after, window.one_more(), window.offset].map(SqlValue::Integer));
            self.for_each(db, &text, &values, |row| {
                rows.push(found(row)?);
                Ok(())
            })?;
        }
        let total = self.total(db, &from, rows.len())?;
        Ok(window.page(total, rows, self.sort.as_ref()))
    }

    /// The number of all matches. Who sees the end of a list that he has counted from the beginning knows it already.
    fn total(&self, db: &Connection, from: &str, found: usize) -> Result<i64, Fault> {
        if self.filter.is_none() {
            return counted(db, self.connection, self.kind);
        }
        let found = i64::try_from(found).unwrap_or(i64::MAX);
        if self.window.after == 0 && found > 0 && found <= self.window.count {
            return Ok(self.window.offset.saturating_add(found));
        }
        let mut total = 0;
        self.for_each(db, &format!("SELECT count(*) {from}"), &self.condition.values, |row| {
            total = row.get(0)?;
            Ok(())
        })?;
        Ok(total)
    }

    /// SQL narrows, the evaluator decides.
    fn evaluated_scan(&self, db: &Connection) -> Result<Page, Fault> {
        let window = self.window;
        let wanted = window.offset..window.offset.saturating_add(window.one_more());
        let (mut total, mut behind) = (0_i64, 0_i64);
        let mut rows: Vec<Found> = Vec::new();
        self.for_each_match(db, |seq, resource, _| {
            total += 1;
            if seq > window.after {
                if window.count > 0 && wanted.contains(&behind) {
                    rows.push((seq, resource));
                }
                behind += 1;
            }
        })?;
        Ok(window.page(total, rows, None))
    }

    /// What is sorted by stands in the bodies: of all matches the keys are kept, and the bodies of the page read again.
    fn keyed_scan(&self, db: &Connection, sort: &crate::store::Sort) -> Result<Page, Fault> {
        let mut matches = Vec::new();
        self.for_each_match(db, |seq, _, full| {
            matches.push(Keyed::new(sort, &self.resource_type, full, seq));
        })?;
        let total = i64::try_from(matches.len()).unwrap_or(i64::MAX);
        let skipped = usize::try_from(self.window.offset).unwrap_or(usize::MAX);
        let wanted = match self.window.count {
            0 => 0,
            _ => usize::try_from(self.window.one_more()).unwrap_or(usize::MAX),
        };
        let mut statement = db.prepare_cached(sql::BY_SEQ)?;
        let mut page = Vec::new();
        for seq in sorted::in_order(matches, sort.descending).into_iter().skip(skipped).take(wanted) {
            page.push((seq, statement.query_row([seq], rows::resource)?));
        }
        Ok(self.window.page(total, page, Some(sort)))
    }

    /// Every match, in the order of creation, as it is stored and as an IdP sees it.
    fn for_each_match(
        &self,
        db: &Connection,
        mut each: impl FnMut(i64, crate::store::StoredResource, &serde_json::Map<String, serde_json::Value>),
    ) -> Result<(), Fault> {
        let text = format!("SELECT {}, r.seq {} ORDER BY r.seq", sql::RESOURCE_COLUMNS, self.candidates());
        self.for_each(db, &text, &self.condition.values, |row| {
            let (seq, resource) = found(row)?;
            let full = self.shown(db, seq, &resource)?;
            if self.decide(&full) {
                each(seq, resource, &full);
            }
            Ok(())
        })
    }

    /// What the condition finds.
    fn candidates(&self) -> String {
        format!(
            "FROM resources r WHERE r.connection = ?1 AND r.kind = ?2 AND r.confirmed = 1 AND {}",
            self.condition.sql
        )
    }
}
