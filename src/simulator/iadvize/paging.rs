//! Connections: pages of at most 100 by opaque cursors (vendor's page "Pagination"). There is no total count.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use async_graphql::dynamic::FieldValue;
use async_graphql::{Error, Result, Value};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value as Json, json};

use super::engine::{Asked, Resolve};
use super::knobs::Knobs;
use super::model::{Named, User};

/// Elements of a page when nothing else is asked, and the most there are (vendor's page "Pagination").
const MAX_PAGE: usize = 100;

/// Something that stands in a list.
#[derive(Debug, Clone)]
pub enum Node {
    /// An account.
    User(Arc<User>),
    /// A project, client or skill.
    Named(Named),
}

/// A page.
#[derive(Debug)]
pub struct Connection {
    edges: Vec<(i64, Node)>,
    has_previous: bool,
    has_next: bool,
}

/// What was asked for.
#[derive(Debug, Default)]
pub struct Window {
    after: Option<i64>,
    before: Option<i64>,
    size: usize,
    backward: bool,
}

impl Node {
    /// For the engine; an account knows its type.
    pub fn to_value(&self) -> Result<FieldValue<'static>> {
        Ok(match self {
            Self::User(user) => FieldValue::owned_any(Arc::clone(user)).with_type(user.kind().type_name()),
            Self::Named(named) => FieldValue::value(Value::from_json(json!(named))?),
        })
    }
}

impl Window {
    /// Reads `before`, `after`, `first` and `last`.
    pub fn read(arguments: &Map<String, Json>, knobs: &Knobs) -> Result<Self> {
        let cursor = |name: &str| match arguments.get(name).and_then(Json::as_str) {
            None | Some("") => Ok(None),
            Some(text) => {
                read_cursor(text).map(Some).ok_or_else(|| Error::new(format!("The cursor in \"{name}\" is not valid")))
            }
        };
        let count = |name: &str| match arguments.get(name).and_then(Json::as_i64) {
            None => Ok(None),
            Some(count) => {
                usize::try_from(count).map(Some).map_err(|_| Error::new(format!("\"{name}\" must not be negative")))
            }
        };
        let (first, last) = (count("first")?, count("last")?);
        if first.is_some() && last.is_some() {
            return Err(Error::new("\"first\" and \"last\" cannot be given together"));
        }
        let size = first.or(last).unwrap_or(MAX_PAGE);
        if size > MAX_PAGE && knobs.refuse_large_pages {
            return Err(Error::new(format!("At most {MAX_PAGE} elements can be asked for")));
        }
        Ok(Self {
            after: cursor("after")?,
            before: cursor("before")?,
            size: size.min(MAX_PAGE),
            backward: last.is_some(),
        })
    }

    /// Cuts the page out of a list that is in order of its ids.
    pub fn cut<T>(&self, all: &BTreeMap<i64, T>, keep: impl Fn(&T) -> bool, node: impl Fn(&T) -> Node) -> Connection {
        let lower = self.after.map_or(Bound::Unbounded, Bound::Excluded);
        let upper = self.before.map_or(Bound::Unbounded, Bound::Excluded);
        let nothing = matches!((self.after, self.before), (Some(after), Some(before)) if after >= before);
        let any = |range: (Bound<i64>, Bound<i64>)| all.range(range).any(|(_, one)| keep(one));
        let outside_before = self.after.is_some_and(|after| any((Bound::Unbounded, Bound::Included(after))));
        let outside_after = self.before.is_some_and(|before| any((Bound::Included(before), Bound::Unbounded)));
        if nothing {
            return Connection { edges: Vec::new(), has_previous: outside_before, has_next: outside_after };
        }
        let kept = all.range((lower, upper)).filter(|(_, one)| keep(one));
        let more = self.size + 1;
        let mut edges: Vec<(i64, Node)> = if self.backward {
            kept.rev().take(more).map(|(id, one)| (*id, node(one))).collect()
        } else {
            kept.take(more).map(|(id, one)| (*id, node(one))).collect()
        };
        let is_cut = edges.len() > self.size;
        edges.truncate(self.size);
        if self.backward {
            edges.reverse();
            Connection { edges, has_previous: is_cut || outside_before, has_next: outside_after }
        } else {
            Connection { edges, has_previous: outside_before, has_next: is_cut || outside_after }
        }
    }
}

impl Connection {
    /// For the engine.
    pub fn into_value(self) -> FieldValue<'static> {
        FieldValue::owned_any(self)
    }
}

/// Fields of the `…Connection` types.
pub fn connection_resolver(field: &str) -> Option<Resolve> {
    match field {
        "pageInfo" => Some(|asked| {
            let page = asked.parent.try_downcast_ref::<Connection>()?;
            let info = json!({
                "startCursor": page.edges.first().map(|(id, _)| cursor(*id)),
                "endCursor": page.edges.last().map(|(id, _)| cursor(*id)),
                "hasPreviousPage": page.has_previous,
                "hasNextPage": page.has_next,
            });
            Ok(Some(FieldValue::value(Value::from_json(info)?)))
        }),
        "edges" => Some(|asked| {
            let page = asked.parent.try_downcast_ref::<Connection>()?;
            Ok(Some(FieldValue::list(page.edges.iter().cloned().map(FieldValue::owned_any))))
        }),
        _ => None,
    }
}

/// Fields of the `…Edge` types.
pub fn edge_resolver(field: &str) -> Option<Resolve> {
    match field {
        "cursor" => Some(|asked| Ok(Some(FieldValue::value(cursor(edge(asked)?.0))))),
        "node" => Some(|asked| edge(asked)?.1.to_value().map(Some)),
        _ => None,
    }
}

fn edge<'a>(asked: &'a Asked<'_>) -> Result<&'a (i64, Node)> {
    asked.parent.try_downcast_ref::<(i64, Node)>()
}

/// Published samples decode to `cursor1`; ours carries the id, so that it stays good when elements before it vanish.
fn cursor(id: i64) -> String {
    STANDARD.encode(format!("cursor{id}"))
}

fn read_cursor(text: &str) -> Option<i64> {
    let decoded = String::from_utf8(STANDARD.decode(text).ok()?).ok()?;
    decoded.strip_prefix("cursor")?.parse().ok()
}
