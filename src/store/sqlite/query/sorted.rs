//! Lists in an order of their own (RFC 7644 section 3.4.2.3): by SQL where a column has it, else by gathering the keys of all matches.

use std::cmp::Ordering;

use jiff::Timestamp;
use rusqlite::OptionalExtension as _;
use serde_json::{Map, Value};

use super::super::condition::{Condition, translate};
use super::super::fault::Fault;
use super::super::rows;
use super::super::statements as sql;
use super::full::Completer;
use super::{From, Scope, Window, counted_scan, matching, order};
use crate::scim::filter::AttrPath;
use crate::scim::schema::{AttributeType, ResourceType};
use crate::scim::text::fold;
use crate::scim::value::timestamp_in;
use crate::store::{Page, Query, Sort};

/// One page.
pub(super) fn page(scope: &Scope<'_>, query: &Query, window: Window) -> Result<Page, Fault> {
    let Some(sort) = &query.sort else {
        return Ok(Page { total: 0, resources: Vec::new(), next: None });
    };
    let condition = query.filter.as_ref().map_or_else(
        || Condition { sql: "TRUE".to_owned(), values: Vec::new(), exact: true, probe: None },
        |filter| translate(filter, &query.resource_type, scope.kind),
    );
    // Places count matches here: another order has no other.
    let offset = match window.from {
        From::Offset(offset) => offset,
        From::Place(place) => place.max(0),
    };
    let mut page = match order::columns(sort, &query.resource_type, scope.kind).filter(|_| condition.exact) {
        Some(order) => counted_scan(scope, &condition, &order, Window { from: From::Offset(offset), ..window })?,
        None => gathered(scope, query, sort, &condition, Window { from: From::Offset(offset), ..window })?,
    };
    if matches!(window.from, From::Place(_)) && !page.resources.is_empty() {
        let end = offset.saturating_add(i64::try_from(page.resources.len()).unwrap_or(i64::MAX));
        page.next = (end.unsigned_abs() < page.total).then_some(end);
    }
    Ok(page)
}

/// Keys of all matches, sorted; then the resources of the page.
fn gathered(
    scope: &Scope<'_>,
    query: &Query,
    sort: &Sort,
    condition: &Condition,
    window: Window,
) -> Result<Page, Fault> {
    let moment = scope.db.unchecked_transaction()?;
    let resource_type = &query.resource_type;
    let completer = Completer::sorting(resource_type, scope.kind, &sort.by, query.filter.as_ref());
    let reader = KeyReader::new(resource_type, &sort.by);
    let mut found: Vec<(Key, i64)> = Vec::new();
    matching(scope, condition, query.filter.as_ref(), &completer, |place, _, full| {
        found.push((reader.read(full), place));
        Ok(())
    })?;
    // Stable: equal ones stay in the order of creation.
    found.sort_by(|(a, _), (b, _)| if sort.descending { b.cmp(a) } else { a.cmp(b) });
    let From::Offset(offset) = window.from else {
        return Ok(Page { total: 0, resources: Vec::new(), next: None });
    };
    let (offset, count) = (usize::try_from(offset).unwrap_or(usize::MAX), usize::try_from(window.count).unwrap_or(0));
    let mut resources = Vec::new();
    for (_, place) in found.iter().skip(offset).take(count) {
        resources.extend(moment.prepare_cached(sql::BY_PLACE)?.query_row([place], rows::resource).optional()?);
    }
    Ok(Page { total: found.len() as u64, resources, next: None })
}

/// A value to sort by. No value is greater than every value.
#[derive(Debug, Clone, PartialEq)]
enum Key {
    Flag(bool),
    Number(f64),
    Time(Timestamp),
    Text(String),
    Nothing,
}

impl Key {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Flag(a), Self::Flag(b)) => a.cmp(b),
            (Self::Number(a), Self::Number(b)) => a.total_cmp(b),
            (Self::Time(a), Self::Time(b)) => a.cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            _ => self.rank().cmp(&other.rank()),
        }
    }

    /// Between values of different types, which one attribute does not have.
    fn rank(&self) -> u8 {
        match self {
            Self::Flag(_) => 0,
            Self::Number(_) => 1,
            Self::Time(_) => 2,
            Self::Text(_) => 3,
            Self::Nothing => 4,
        }
    }
}

/// Finds the value to sort by.
struct KeyReader<'a> {
    by: &'a AttrPath,
    /// The sub-attribute: the one asked for, else `value` where the attribute has parts.
    sub: Option<String>,
    kind: AttributeType,
    case_exact: bool,
}

impl<'a> KeyReader<'a> {
    fn new(resource_type: &ResourceType, by: &'a AttrPath) -> Self {
        let found = resource_type.find(by.urn.as_deref(), &by.name);
        let attribute = found.map(|found| found.attribute);
        let is_complex = attribute.is_some_and(|attribute| attribute.kind == AttributeType::Complex);
        let sub = by.sub.clone().or_else(|| is_complex.then(|| "value".to_owned()));
        let leaf = match &sub {
            None => attribute,
            Some(sub) => attribute.and_then(|attribute| attribute.sub(sub)),
        };
        Self {
            by,
            sub,
            kind: leaf.map_or(AttributeType::String, |leaf| leaf.kind),
            case_exact: leaf.is_some_and(|leaf| leaf.case_exact),
        }
    }

    fn read(&self, full: &Map<String, Value>) -> Key {
        let attributes = match &self.by.urn {
            None => Some(full),
            Some(urn) => full.get(urn).and_then(Value::as_object),
        };
        let value = attributes.and_then(|attributes| attributes.get(&self.by.name));
        // Of several values the primary one counts, else the first.
        let value = match value {
            Some(Value::Array(elements)) => elements
                .iter()
                .find(|element| element.get("primary") == Some(&Value::Bool(true)))
                .or_else(|| elements.first()),
            other => other,
        };
        let value = match &self.sub {
            None => value,
            Some(sub) => value.and_then(|value| value.get(sub)),
        };
        value.map_or(Key::Nothing, |value| self.key(value))
    }

    fn key(&self, value: &Value) -> Key {
        match value {
            Value::Bool(flag) => Key::Flag(*flag),
            Value::Number(number) => number.as_f64().map_or(Key::Nothing, Key::Number),
            Value::String(text) if text.is_empty() => Key::Nothing,
            Value::String(text) => match timestamp_in(text).filter(|_| self.kind == AttributeType::DateTime) {
                Some(time) => Key::Time(time),
                None if self.case_exact => Key::Text(text.clone()),
                None => Key::Text(fold(text)),
            },
            _ => Key::Nothing,
        }
    }
}
