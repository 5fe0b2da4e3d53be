//! Filters as SQL conditions, as far as columns and indexes go.
//!
//! What has no column becomes "perhaps": the condition then finds more than the filter, and `scim::evaluate` decides. A condition never finds less.
//! Every condition is true or false, never NULL, so that `not` can be put before an exact one.

mod element;
mod prefix;

use rusqlite::types::Value as SqlValue;
use serde_json::Value;

use crate::scim::filter::{AttrPath, Filter, MAX_TERMS, Operator};
use crate::scim::schema::ResourceType;
use crate::scim::text::fold;
use crate::scim::value::timestamp_in;
use crate::store::Kind;
use element::needed_value;
use prefix::after_prefix;

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
    /// They may select very many rows (the members of a group), so it is no look-up to be made in passing.
    pub wide: bool,
}

impl Probe {
    /// What either of two probes selects.
    fn or(mut self, other: Self) -> Self {
        self.selects.extend(other.selects);
        self.values.extend(other.values);
        Self { whole: self.whole && other.whole, wide: self.wide || other.wide, ..self }
    }

    /// The one of two that selects fewer rows.
    fn narrower(self, other: Self) -> Self {
        if self.wide && !other.wide { other } else { self }
    }
}

impl Condition {
    /// The condition of no filter.
    pub(super) fn anything() -> Self {
        exact("TRUE", [])
    }
}

/// The condition of a filter that has been checked against the resource type.
pub(super) fn translate(filter: &Filter, resource_type: &ResourceType, kind: Kind) -> Condition {
    Translator { resource_type, kind, terms: 0 }.node(filter)
}

/// The column of an attribute, when it holds the values in the form in which the schema compares them.
pub(super) fn column(path: &AttrPath, resource_type: &ResourceType, kind: Kind) -> Option<Column> {
    if path.urn.is_some() {
        return None;
    }
    let column = match (kind, path.name.as_str(), path.sub.as_deref()) {
        (Kind::User, "userName", None) | (Kind::Group, "displayName", None) => Column::Name,
        (_, "id", None) => Column::Id,
        (_, "externalId", None) => Column::ExternalId,
        (Kind::User, "active", None) => Column::Active,
        (Kind::User, "emails", Some("value")) => Column::Email,
        (_, "meta", Some("created")) => Column::Created,
        (_, "meta", Some("lastModified")) => Column::Modified,
        (_, _, Some("value")) if is_related(path, kind) => Column::Related,
        _ => return None,
    };
    let found = resource_type.find(None, &path.name)?;
    let case_exact = match &path.sub {
        None => found.attribute.case_exact,
        Some(sub) => found.sub(sub)?.attribute.case_exact,
    };
    let fits = match column {
        // Ids of members are lower case, so the folded text finds them; a schema that minds letter case is the evaluator's.
        Column::Name | Column::Email | Column::Related => !case_exact,
        Column::Id | Column::ExternalId => case_exact,
        Column::Active | Column::Created | Column::Modified => true,
    };
    fits.then_some(column)
}

/// Does the filter ask for members (of groups) or groups (of people), which no body contains?
pub(super) fn mentions_related(filter: &Filter, kind: Kind) -> bool {
    match filter {
        Filter::And(left, right) | Filter::Or(left, right) => {
            mentions_related(left, kind) || mentions_related(right, kind)
        }
        Filter::Not(inner) => mentions_related(inner, kind),
        Filter::Values { path, .. } | Filter::Compare(path, ..) | Filter::Present(path) => is_related(path, kind),
    }
}

/// The attribute that shows memberships, or a part of it.
pub(super) fn is_related(path: &AttrPath, kind: Kind) -> bool {
    let name = match kind {
        Kind::User => "groups",
        Kind::Group => "members",
    };
    path.urn.is_none() && path.name == name
}

/// What a comparison can use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    /// `userName` or `displayName`, folded.
    Name,
    Id,
    ExternalId,
    Email,
    Active,
    Created,
    Modified,
    /// Ids of members or groups.
    Related,
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
                let narrowed = match (left.probe.take(), right.probe.take()) {
                    (Some(left), Some(right)) => Some(left.narrower(right)),
                    (left, right) => left.or(right),
                };
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
                // Several conditions on one element: an id or e-mail that must be there leads to few, then the element is looked at.
                let needed = then
                    .as_deref()
                    .filter(|(sub, operator, _)| sub == "value" && *operator == Operator::Eq)
                    .map(|(_, _, value)| value)
                    .or_else(|| needed_value(filter));
                let is_alone = then.is_none() && matches!(**filter, Filter::Compare(..));
                match needed {
                    Some(value) if is_plain(path, "emails") || is_related(path, self.kind) => {
                        let path = AttrPath { sub: Some("value".to_owned()), ..path.clone() };
                        let element = self.compare(&path, Operator::Eq, value);
                        Condition { exact: element.exact && is_alone, ..element }
                    }
                    _ => perhaps(),
                }
            }
            Filter::Compare(path, operator, value) => self.compare(path, *operator, value),
            Filter::Present(path) if is_related(path, self.kind) && is_whole_or_value(path) => {
                exact(&exists(&format!("FROM members m WHERE m.{} = r.seq", sides(self.kind).0)), [])
            }
            Filter::Present(_) => perhaps(),
        }
    }

    fn compare(&mut self, path: &AttrPath, operator: Operator, value: &Value) -> Condition {
        self.terms += 1;
        // The parser refuses longer filters; one that was made otherwise must not come near SQLite's limits.
        if self.terms > MAX_TERMS {
            return perhaps();
        }
        column(path, self.resource_type, self.kind)
            .and_then(|column| condition(column, self.kind, operator, value))
            .unwrap_or_else(perhaps)
    }
}

/// A comparison on a column; `None` when SQL would not decide as `scim::evaluate` does.
fn condition(column: Column, kind: Kind, operator: Operator, value: &Value) -> Option<Condition> {
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
        // `ne` holds for people without e-mail too, and for one that has another besides; that is left to the evaluator.
        (Column::Email, Value::String(value)) if operator != Operator::Ne => {
            let found = text("e.folded", operator, fold(value));
            let select =
                format!("SELECT e.resource FROM emails e WHERE e.connection = ?1 AND e.kind = ?2 AND {}", found.sql);
            let sql = format!("r.seq IN ({select})");
            let probe = found.probe.map(|probe| Probe { selects: vec![select], ..probe });
            Some(Condition { sql, probe, ..found })
        }
        (Column::Related, Value::String(value)) if operator == Operator::Eq => Some(related(kind, fold(value))),
        _ => None,
    }
}

/// Groups with this member, or people in this group: found from the one who is named. A person is in few groups, a group may have very many people.
fn related(kind: Kind, id: String) -> Condition {
    let (own, other) = sides(kind);
    // Both numbered parameters come before the anonymous one, which would take the place of a missing one.
    let named = "o.connection = ?1 AND o.kind <> ?2 AND o.id = ?";
    let select = format!("SELECT m.{own} FROM resources o CROSS JOIN members m ON m.{other} = o.seq WHERE {named}");
    let sql = exists(&format!(
        "FROM resources o CROSS JOIN members m ON m.{other} = o.seq AND m.{own} = r.seq WHERE {named}"
    ));
    let condition = probe(&sql, select, id);
    let wide = kind == Kind::User;
    Condition { probe: condition.probe.map(|probe| Probe { wide, ..probe }), ..condition }
}

/// There is such a row. Not `EXISTS`: SQLite 3.51 makes a join of it, and then an `OFFSET` counts a resource once per row that it joins.
fn exists(rows: &str) -> String {
    format!("(SELECT 1 {rows} LIMIT 1) IS NOT NULL")
}

/// The columns of `members` for the resources that are looked for, and for those on the other side.
fn sides(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::User => ("member", "grp"),
        Kind::Group => ("grp", "member"),
    }
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

fn is_plain(path: &AttrPath, name: &str) -> bool {
    path.urn.is_none() && path.name == name && path.sub.is_none()
}

fn is_whole_or_value(path: &AttrPath) -> bool {
    path.sub.as_deref().is_none_or(|sub| sub == "value")
}

fn probe(sql: &str, select: String, value: String) -> Condition {
    let value = SqlValue::from(value);
    let probe = Probe { selects: vec![select], values: vec![value.clone()], whole: true, wide: false };
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
