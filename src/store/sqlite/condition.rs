//! Filters as SQL conditions, as far as columns and indexes go.
//!
//! What has no column becomes "perhaps": the condition then finds more than the filter, and `scim::evaluate` decides. A condition never finds less.
//! Every condition is true or false, never NULL, so that `not` can be put before an exact one.

use jiff::Timestamp;
use rusqlite::types::Value as SqlValue;
use serde_json::Value;

use crate::scim::filter::{AttrPath, Filter, Operator};
use crate::scim::schema::{Attribute, ResourceType};
use crate::scim::text::fold;
use crate::store::Kind;

/// Comparisons that are put into one statement. What is beyond becomes "perhaps", which keeps the statement far from SQLite's limits.
const MAX_TERMS: usize = 200;

/// A condition on the table `resources r`. Its parameters are anonymous and follow each other.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Condition {
    /// SQL text, in brackets where needed.
    pub sql: String,
    /// Its parameters.
    pub values: Vec<SqlValue>,
    /// It finds exactly what the filter finds, not more.
    pub exact: bool,
    /// An index leads to few rows.
    pub probe: bool,
}

/// The condition of a filter that has been checked against the resource type.
pub(super) fn translate(filter: &Filter, resource_type: &ResourceType, kind: Kind) -> Condition {
    Translator { resource_type, kind, terms: 0 }.node(filter)
}

/// What a comparison can use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    /// `userName` or `displayName`, folded.
    Name,
    Id,
    ExternalId,
    Email,
    Active,
    Created,
    Modified,
}

struct Translator<'a> {
    resource_type: &'a ResourceType,
    kind: Kind,
    terms: usize,
}

impl Translator<'_> {
    fn node(&mut self, filter: &Filter) -> Condition {
        match filter {
            Filter::And(left, right) => {
                let (left, right) = (self.node(left), self.node(right));
                let (exact, probe) = (left.exact && right.exact, left.probe || right.probe);
                join(left, "AND", right, exact, probe)
            }
            Filter::Or(left, right) => {
                let (left, right) = (self.node(left), self.node(right));
                let (exact, probe) = (left.exact && right.exact, left.probe && right.probe);
                join(left, "OR", right, exact, probe)
            }
            Filter::Not(inner) => {
                let inner = self.node(inner);
                if inner.exact {
                    Condition { sql: format!("NOT {}", inner.sql), probe: false, ..inner }
                } else {
                    perhaps()
                }
            }
            Filter::Values { path, filter, then } => {
                // Several conditions on one element: an e-mail that must be there leads to few people, then the element is looked at.
                let email = then
                    .as_deref()
                    .filter(|(sub, operator, _)| sub == "value" && *operator == Operator::Eq)
                    .map(|(_, _, value)| value)
                    .or_else(|| needed_value(filter));
                match email {
                    Some(value) if is_plain(path, "emails") => {
                        let path = AttrPath { sub: Some("value".to_owned()), ..path.clone() };
                        Condition { exact: false, ..self.compare(&path, Operator::Eq, value) }
                    }
                    _ => perhaps(),
                }
            }
            Filter::Compare(path, operator, value) => self.compare(path, *operator, value),
            Filter::Present(_) => perhaps(),
        }
    }

    fn compare(&mut self, path: &AttrPath, operator: Operator, value: &Value) -> Condition {
        self.terms += 1;
        if self.terms > MAX_TERMS {
            return perhaps();
        }
        self.column(path).and_then(|column| condition(column, operator, value)).unwrap_or_else(perhaps)
    }

    /// The column of an attribute, when its values are compared there as the schema says.
    fn column(&self, path: &AttrPath) -> Option<Column> {
        if path.urn.is_some() {
            return None;
        }
        let top = |name: &str| self.resource_type.core.attributes.iter().find(|attribute| attribute.name == name);
        let ignores_case = |attribute: Option<&Attribute>| attribute.is_some_and(|attribute| !attribute.case_exact);
        match (self.kind, path.name.as_str(), path.sub.as_deref()) {
            (Kind::User, "userName", None) => ignores_case(top("userName")).then_some(Column::Name),
            (Kind::Group, "displayName", None) => ignores_case(top("displayName")).then_some(Column::Name),
            // Common attributes: their characteristics are the RFC's (RFC 7643 section 3.1), unless a schema declares them again.
            (_, "id", None) => top("id").is_none_or(|id| id.case_exact).then_some(Column::Id),
            (_, "externalId", None) => top("externalId").is_none_or(|id| id.case_exact).then_some(Column::ExternalId),
            (Kind::User, "active", None) => Some(Column::Active),
            (Kind::User, "emails", Some("value")) => {
                let value =
                    top("emails").and_then(|emails| emails.sub_attributes.iter().find(|sub| sub.name == "value"));
                ignores_case(value).then_some(Column::Email)
            }
            (_, "meta", Some("created")) => Some(Column::Created),
            (_, "meta", Some("lastModified")) => Some(Column::Modified),
            _ => None,
        }
    }
}

/// A comparison on a column; `None` when SQL would not decide as `scim::evaluate` does.
fn condition(column: Column, operator: Operator, value: &Value) -> Option<Condition> {
    use Operator::{Co, Eq, Ew, Ge, Gt, Le, Lt, Ne, Sw};
    match (column, value) {
        (Column::Active, Value::Bool(active)) => match operator {
            Eq => Some(exact("r.active = ?", [SqlValue::Integer((*active).into())])),
            Ne => Some(exact("r.active <> ?", [SqlValue::Integer((*active).into())])),
            _ => None,
        },
        (Column::Created, Value::String(text)) => time("r.created", operator, text),
        (Column::Modified, Value::String(text)) => time("r.modified", operator, text),
        // NUL ends texts in some of SQLite's functions; an empty text counts as no value (RFC 7643 section 2.5).
        (_, Value::String(text)) if text.is_empty() || text.contains('\0') => None,
        (Column::Id, Value::String(text)) => match operator {
            Eq => Some(probe("r.id = ?", text)),
            Ne => Some(exact("r.id <> ?", [text.clone().into()])),
            _ => None,
        },
        (Column::ExternalId, Value::String(text)) => match operator {
            Eq => Some(probe("(r.external_id IS NOT NULL AND r.external_id = ?)", text)),
            _ => None,
        },
        (Column::Email, Value::String(text)) => match operator {
            Eq => Some(probe(
                "r.seq IN (SELECT e.resource FROM emails e WHERE e.connection = ?1 AND e.kind = ?2 AND e.folded = ?)",
                &fold(text),
            )),
            _ => None,
        },
        (Column::Name, Value::String(text)) => {
            let folded = fold(text);
            match operator {
                Eq => Some(probe("r.folded = ?", &folded)),
                Ne => Some(exact("r.folded <> ?", [folded.into()])),
                Co => Some(exact("instr(r.folded, ?) > 0", [folded.into()])),
                Sw => Some(match after_prefix(&folded) {
                    Some(end) => exact("(r.folded >= ? AND r.folded < ?)", [folded.into(), end.into()]),
                    None => exact("r.folded >= ?", [folded.into()]),
                }),
                // The end is looked at in memory: SQLite counts characters from behind, which a NUL in the value would mislead.
                Ew => Some(Condition { exact: false, ..exact("instr(r.folded, ?) > 0", [folded.into()]) }),
                Gt | Ge | Lt | Le => None,
            }
        }
        _ => None,
    }
}

/// A comparison of times. Columns hold microseconds; a literal that is finer is left to the evaluator.
fn time(column: &str, operator: Operator, text: &str) -> Option<Condition> {
    let time: Timestamp = text.parse().ok()?;
    if time.subsec_nanosecond() % 1000 != 0 {
        return None;
    }
    let operator = match operator {
        Operator::Eq => "=",
        Operator::Ne => "<>",
        Operator::Gt => ">",
        Operator::Ge => ">=",
        Operator::Lt => "<",
        Operator::Le => "<=",
        Operator::Co | Operator::Sw | Operator::Ew => return None,
    };
    Some(exact(&format!("{column} {operator} ?"), [SqlValue::Integer(time.as_microsecond())]))
}

/// The value that an element must have so that the filter inside the bracket can hold.
fn needed_value(filter: &Filter) -> Option<&Value> {
    match filter {
        Filter::And(left, right) => needed_value(left).or_else(|| needed_value(right)),
        Filter::Compare(path, Operator::Eq, value) => {
            let sub = path.sub.as_deref().unwrap_or(&path.name);
            (sub == "value").then_some(value)
        }
        _ => None,
    }
}

/// The smallest text after all texts that begin with `prefix`, in the order of code points; `None` when there is none.
fn after_prefix(prefix: &str) -> Option<String> {
    let mut chars: Vec<char> = prefix.chars().collect();
    while let Some(last) = chars.pop() {
        if let Some(next) = (last..=char::MAX).nth(1) {
            chars.push(next);
            return Some(chars.into_iter().collect());
        }
    }
    None
}

fn is_plain(path: &AttrPath, name: &str) -> bool {
    path.urn.is_none() && path.name == name && path.sub.is_none()
}

fn probe(sql: &str, value: &str) -> Condition {
    Condition { probe: true, ..exact(sql, [value.to_owned().into()]) }
}

fn exact<const N: usize>(sql: &str, values: [SqlValue; N]) -> Condition {
    Condition { sql: sql.to_owned(), values: values.into(), exact: true, probe: false }
}

fn perhaps() -> Condition {
    Condition { sql: "TRUE".to_owned(), values: Vec::new(), exact: false, probe: false }
}

fn join(left: Condition, word: &str, right: Condition, exact: bool, probe: bool) -> Condition {
    let sql = format!("({} {word} {})", left.sql, right.sql);
    let values = left.values.into_iter().chain(right.values).collect();
    Condition { sql, values, exact, probe }
}
