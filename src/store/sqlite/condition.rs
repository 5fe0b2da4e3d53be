//! Filters as SQL conditions, as far as columns and indexes go.
//!
//! What has no column becomes "perhaps": the condition then finds more than the filter, and `scim::evaluate` decides. A condition never finds less.
//! Every condition is true or false, never NULL, so that `not` can be put before an exact one.

use rusqlite::types::Value as SqlValue;
use serde_json::Value;

use crate::scim::filter::{AttrPath, Filter, MAX_TERMS, Operator};
use crate::scim::schema::ResourceType;
use crate::scim::text::fold;
use crate::scim::value::timestamp_in;
use crate::store::Kind;

/// A condition on the table `resources r`. Its parameters are anonymous and follow each other.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Condition {
    /// SQL text, in brackets where needed.
    pub sql: String,
    /// Its parameters.
    pub values: Vec<SqlValue>,
    /// It finds exactly what the filter finds, not more.
    pub exact: bool,
    /// The way to few rows by an index, when there is one.
    pub probe: Option<Probe>,
}

/// Statements that each select the `seq` of few resources by an index; together they select at least what the condition finds.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Probe {
    /// At most as many as a filter has comparisons.
    pub selects: Vec<String>,
    /// Their parameters.
    pub values: Vec<SqlValue>,
    /// They select exactly what the condition finds, so it need not be looked at again.
    pub whole: bool,
}

impl Probe {
    /// What either of two probes selects.
    fn or(mut self, other: Self) -> Self {
        self.selects.extend(other.selects);
        self.values.extend(other.values);
        Self { whole: self.whole && other.whole, ..self }
    }
}

/// The condition of a filter that has been checked against the resource type.
pub(super) fn translate(filter: &Filter, resource_type: &ResourceType, kind: Kind) -> Condition {
    Translator { resource_type, kind, terms: 0 }.node(filter)
}

/// Multi-valued attributes whose `value` leads to few resources.
const VALUED: [&str; 3] = ["emails", "members", "groups"];

/// What a comparison can use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    /// `userName` or `displayName`, folded.
    Name,
    Id,
    ExternalId,
    Email,
    /// Of a group: who is a member.
    Member,
    /// Of a person: which groups he is in.
    Group,
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
                let (mut left, mut right) = (self.node(left), self.node(right));
                let exact = left.exact && right.exact;
                let narrowed = left.probe.take().or(right.probe.take());
                let probe = narrowed.map(|probe| Probe { whole: false, ..probe });
                join(left, "AND", right, exact, probe)
            }
            Filter::Or(left, right) => {
                let (mut left, mut right) = (self.node(left), self.node(right));
                let exact = left.exact && right.exact;
                let probe = left.probe.take().zip(right.probe.take()).map(|(left, right)| left.or(right));
                join(left, "OR", right, exact, probe)
            }
            Filter::Not(inner) => {
                let inner = self.node(inner);
                if inner.exact {
                    Condition { sql: format!("NOT {}", inner.sql), probe: None, ..inner }
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
                    Some(value) if VALUED.iter().any(|name| is_plain(path, name)) => {
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
        // The parser refuses longer filters; one that was made otherwise must not come near SQLite's limits.
        if self.terms > MAX_TERMS {
            return perhaps();
        }
        self.column(path).and_then(|column| condition(column, operator, value)).unwrap_or_else(perhaps)
    }

    /// The column of an attribute, when it holds the values in the form in which the schema compares them.
    fn column(&self, path: &AttrPath) -> Option<Column> {
        if path.urn.is_some() {
            return None;
        }
        let column = match (self.kind, path.name.as_str(), path.sub.as_deref()) {
            (Kind::User, "userName", None) | (Kind::Group, "displayName", None) => Column::Name,
            (_, "id", None) => Column::Id,
            (_, "externalId", None) => Column::ExternalId,
            (Kind::User, "active", None) => Column::Active,
            (Kind::User, "emails", Some("value")) => Column::Email,
            (Kind::User, "groups", Some("value")) => Column::Group,
            (Kind::Group, "members", Some("value")) => Column::Member,
            (_, "meta", Some("created")) => Column::Created,
            (_, "meta", Some("lastModified")) => Column::Modified,
            _ => return None,
        };
        let found = self.resource_type.find(None, &path.name)?;
        let case_exact = match &path.sub {
            None => found.attribute.case_exact,
            Some(sub) => found.sub(sub)?.attribute.case_exact,
        };
        let fits = match column {
            Column::Name | Column::Email => !case_exact,
            Column::Id | Column::ExternalId => case_exact,
            Column::Active | Column::Created | Column::Modified | Column::Member | Column::Group => true,
        };
        fits.then_some(column)
    }
}

/// A comparison on a column; `None` when SQL would not decide as `scim::evaluate` does.
fn condition(column: Column, operator: Operator, value: &Value) -> Option<Condition> {
    match (column, value) {
        (Column::Active, Value::Bool(active)) => match operator {
            Operator::Eq => Some(exact("r.active = ?", [SqlValue::Integer((*active).into())])),
            Operator::Ne => Some(exact("r.active <> ?", [SqlValue::Integer((*active).into())])),
            _ => None,
        },
        (Column::Created, Value::String(text)) => time("r.created", operator, text),
        (Column::Modified, Value::String(text)) => time("r.modified", operator, text),
        // NUL ends texts in some of SQLite's functions; an empty text counts as no value (RFC 7643 section 2.5).
        (_, Value::String(text)) if text.is_empty() || text.contains('\0') => None,
        (Column::Id, Value::String(value)) => Some(text("r.id", operator, value.clone())),
        (Column::Name, Value::String(value)) => Some(text("r.folded", operator, fold(value))),
        (Column::ExternalId, Value::String(value)) => {
            let condition = text("r.external_id", operator, value.clone());
            // No value is different from every value, and nothing else.
            let sql = match operator {
                Operator::Ne => format!("(r.external_id IS NULL OR {})", condition.sql),
                _ => format!("(r.external_id IS NOT NULL AND {})", condition.sql),
            };
            Some(Condition { sql, ..condition })
        }
        // Ids are the bridge's own, in lower case, so that it does not matter whether the schema compares them with or without letter case.
        (Column::Member, Value::String(value)) if operator == Operator::Eq => Some(tie(MEMBER_OF, fold(value))),
        (Column::Group, Value::String(value)) if operator == Operator::Eq => Some(tie(GROUP_OF, fold(value))),
        // `ne` holds for people without e-mail too, and for one that has another besides; that is left to the evaluator.
        (Column::Email, Value::String(value)) if operator != Operator::Ne => {
            let found = text("e.folded", operator, fold(value));
            let select =
                format!("SELECT e.resource FROM emails e WHERE e.connection = ?1 AND e.kind = ?2 AND {}", found.sql);
            let sql = format!("r.seq IN ({select})");
            let probe = found.probe.map(|probe| Probe { selects: vec![select], ..probe });
            Some(Condition { sql, probe, ..found })
        }
        _ => None,
    }
}

// Members are of the other kind than what is looked for. Naming both parameters keeps the anonymous ones behind them.
/// The groups of a person.
const MEMBER_OF: &str = "SELECT m.grp FROM members m WHERE m.member = (SELECT u.seq FROM resources u WHERE u.connection = ?1 AND u.kind = 1 - ?2 AND u.id = ? AND u.confirmed = 1)";
/// The people in a group.
const GROUP_OF: &str = "SELECT m.member FROM members m WHERE m.grp = (SELECT g.seq FROM resources g WHERE g.connection = ?1 AND g.kind = 1 - ?2 AND g.id = ? AND g.confirmed = 1)";

/// A membership.
fn tie(select: &str, id: String) -> Condition {
    probe(&format!("r.seq IN ({select})"), select.to_owned(), id)
}

/// A comparison of texts in the order of their code points, which is also the evaluator's.
fn text(column: &str, operator: Operator, value: String) -> Condition {
    let compared = |sign: &str, value: String| exact(&format!("{column} {sign} ?"), [value.into()]);
    match operator {
        Operator::Eq => {
            let select =
                format!("SELECT r.seq FROM resources r WHERE r.connection = ?1 AND r.kind = ?2 AND {column} = ?");
            probe(&format!("{column} = ?"), select, value)
        }
        Operator::Ne => compared("<>", value),
        Operator::Gt => compared(">", value),
        Operator::Ge => compared(">=", value),
        Operator::Lt => compared("<", value),
        Operator::Le => compared("<=", value),
        Operator::Co => exact(&format!("instr({column}, ?) > 0"), [value.into()]),
        Operator::Sw => match after_prefix(&value) {
            Some(end) => exact(&format!("({column} >= ? AND {column} < ?)"), [value.into(), end.into()]),
            None => compared(">=", value),
        },
        // The end is looked at in memory: SQLite counts characters from behind, which a NUL in the column would mislead.
        Operator::Ew => Condition { exact: false, ..exact(&format!("instr({column}, ?) > 0"), [value.into()]) },
    }
}

/// A comparison of times. Resources show milliseconds and columns hold microseconds, so each shown time is a range in the column.
fn time(column: &str, operator: Operator, text: &str) -> Option<Condition> {
    let time = timestamp_in(text)?;
    let shown = time.as_microsecond().div_euclid(1000) * 1000;
    // What is finer than the times shown is equal to none of them; the evaluator knows that.
    if time.as_nanosecond() != i128::from(shown) * 1000 {
        return None;
    }
    let (from, to) = (SqlValue::Integer(shown), SqlValue::Integer(shown.checked_add(1000)?));
    Some(match operator {
        Operator::Eq => exact(&format!("({column} >= ? AND {column} < ?)"), [from, to]),
        Operator::Ne => exact(&format!("({column} < ? OR {column} >= ?)"), [from, to]),
        Operator::Gt => exact(&format!("{column} >= ?"), [to]),
        Operator::Ge => exact(&format!("{column} >= ?"), [from]),
        Operator::Lt => exact(&format!("{column} < ?"), [from]),
        Operator::Le => exact(&format!("{column} < ?"), [to]),
        Operator::Co | Operator::Sw | Operator::Ew => return None,
    })
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

fn probe(sql: &str, select: String, value: String) -> Condition {
    let value = SqlValue::from(value);
    let probe = Probe { selects: vec![select], values: vec![value.clone()], whole: true };
    Condition { probe: Some(probe), ..exact(sql, [value]) }
}

fn exact<const N: usize>(sql: &str, values: [SqlValue; N]) -> Condition {
    Condition { sql: sql.to_owned(), values: values.into(), exact: true, probe: None }
}

fn perhaps() -> Condition {
    Condition { sql: "TRUE".to_owned(), values: Vec::new(), exact: false, probe: None }
}

fn join(left: Condition, word: &str, right: Condition, exact: bool, probe: Option<Probe>) -> Condition {
    let sql = format!("({} {word} {})", left.sql, right.sql);
    let values = left.values.into_iter().chain(right.values).collect();
    Condition { sql, values, exact, probe }
}
