//! Renders calls: a tree and a scope become a request. Every value is encoded for its place; nothing that came from a person can add a
//! path segment, a query parameter or a header.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};

use super::calls::{BoundBody, BoundCall};
use super::listed::BoundPaging;
use super::settings::SettingNames;
use super::{Bound, CallName, RenderError, Scope};
use crate::mapping::model::{Clear, FieldType, KeyType};
use crate::mapping::record::Record;
use crate::mapping::tree::Tree;
use crate::mapping::tree::resolve::{Names, kind_of, scalar_text};
use crate::mapping::wire::{Body, HttpRequest};

/// What may stand unencoded in a path segment or a query (RFC 3986 section 2.3, unreserved).
pub(super) const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

impl Bound {
    /// Builds a call. Secrets are not among the references of a call.
    ///
    /// # Errors
    /// When a value does not fit its place (an id with a slash, a missing key).
    pub fn request(&self, call: &CallName, scope: &Scope) -> Result<HttpRequest, RenderError> {
        let bound = self
            .calls
            .get(call)
            .ok_or_else(|| RenderError::new(self.place_of(call), "the mapping has no such call"))?;
        self.render(bound, scope).map_err(|error| error.at(&bound.place))
    }

    fn render(&self, call: &BoundCall, scope: &Scope) -> Result<HttpRequest, RenderError> {
        let names = CallNames::of(self, call, scope)?;
        let url = match &scope.page.link {
            // the vendor's own address of this page, of which `page_in` has seen that it is on the same host
            Some(link) => link.clone(),
            None => address(&call.base, &call.path, &call.query, &names)?,
        };
        let body = body(&call.body, &names)?;
        let mut headers = call.headers.clone();
        if let (Some(name), Some(revision)) = (&call.revision, &scope.revision) {
            headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
            headers.push((name.clone(), revision.clone()));
        }
        Ok(HttpRequest { method: call.method, url, headers, body })
    }

    fn typed_key(&self, call: &BoundCall, key: &str) -> Result<Value, RenderError> {
        Self::typed(call.key_type.unwrap_or(self.users().key.kind), key, &self.part.place_of_key())
    }

    /// A key as it is sent in bodies.
    pub(super) fn typed(kind: KeyType, key: &str, place: &str) -> Result<Value, RenderError> {
        match kind {
            KeyType::String => Ok(Value::String(key.to_owned())),
            KeyType::Integer => key.parse::<i64>().map(Value::from).map_err(|_| {
                RenderError::new("$key", format!("the key {key:?} is no whole number, as {place}.type says"))
            }),
        }
    }

    /// A record as the vendor takes it, put into what is there already: dots become objects, `null` becomes what the field's `clear` says.
    pub(super) fn rendered_record(&self, record: &Record, into: Map<String, Value>) -> Map<String, Value> {
        let mut rendered = into;
        let mut done: Vec<&str> = Vec::new();
        for object in &self.objects {
            let members: Vec<(&String, &Value)> =
                object.members.iter().filter_map(|name| Some((name, record.0.get(name)?))).collect();
            if !members.is_empty() && members.iter().all(|(_, value)| value.is_null()) {
                done.extend(members.iter().map(|(name, _)| name.as_str()));
                let parts: Vec<&str> = object.name.split('.').collect();
                match object.clear {
                    Clear::SendNull => insert(&mut rendered, &parts, Value::Null),
                    Clear::SendEmpty => insert(&mut rendered, &parts, json!({})),
                    Clear::LeaveOut => take_out(&mut rendered, &parts),
                    Clear::Keep | Clear::Refuse => {}
                }
            }
        }
        for (name, value) in &record.0 {
            if done.contains(&name.as_str()) {
                continue;
            }
            let parts = self.written_parts(name);
            match self.rendered_value(name, value) {
                Some(value) => insert(&mut rendered, &parts, value),
                None => take_out(&mut rendered, &parts),
            }
        }
        rendered
    }

    fn rendered_value(&self, name: &str, value: &Value) -> Option<Value> {
        if !value.is_null() {
            return Some(value.clone());
        }
        let field = self.fields.get(name)?;
        match field.spec.clear {
            Clear::SendNull => Some(Value::Null),
            Clear::SendEmpty if field.is_list() => Some(json!([])),
            Clear::SendEmpty if field.spec.kind == FieldType::LevelMap => Some(json!({})),
            Clear::SendEmpty => Some(json!("")),
            Clear::LeaveOut | Clear::Keep | Clear::Refuse => None,
        }
    }
}

/// Puts a value in its place; an object in which it stands is made where there is none yet.
pub(super) fn insert(into: &mut Map<String, Value>, parts: &[&str], value: Value) {
    let Some((first, rest)) = parts.split_first() else { return };
    if rest.is_empty() {
        into.insert((*first).to_owned(), value);
        return;
    }
    let entry = into.entry(*first).or_insert_with(|| Value::Object(Map::new()));
    if entry.is_null() && !value.is_null() {
        *entry = Value::Object(Map::new());
    }
    if let Value::Object(members) = entry {
        insert(members, rest, value);
    }
}

fn take_out(of: &mut Map<String, Value>, parts: &[&str]) {
    match parts.split_first() {
        Some((last, [])) => {
            of.shift_remove(*last);
        }
        Some((first, rest)) => {
            if let Some(Value::Object(members)) = of.get_mut(*first) {
                take_out(members, rest);
            }
        }
        None => {}
    }
}

/// The names of a call: `$key`, `$record`, `$page`, `$arg`, `$settings`.
pub(super) struct CallNames<'a> {
    bound: &'a Bound,
    scope: &'a Scope,
    call: &'a BoundCall,
    key: Option<Value>,
}

impl<'a> CallNames<'a> {
    /// The names of a call.
    ///
    /// # Errors
    /// When it needs a key and there is none, or one of another type.
    pub(super) fn of(bound: &'a Bound, call: &'a BoundCall, scope: &'a Scope) -> Result<Self, RenderError> {
        let key = match &scope.key {
            _ if call.key_from.is_some() => call.other_key(scope.other_key.as_ref(), &call.place)?,
            Some(key) => Some(bound.typed_key(call, key)?),
            None if call.needs_key => {
                let problem = format!("the {} has no key at the vendor yet", bound.part.noun());
                return Err(RenderError::new("$key", problem));
            }
            None => None,
        };
        Ok(Self { bound, scope, call, key })
    }
}

impl Names for CallNames<'_> {
    fn look_up(&self, path: &[String]) -> Option<Value> {
        let (root, rest) = path.split_first()?;
        match (root.as_str(), rest) {
            ("key", []) => self.key.clone(),
            ("item", rest) => rest.iter().try_fold(self.scope.items.first()?, |item, part| item.get(part)).cloned(),
            ("items", []) => Some(Value::Array(self.scope.items.clone())),
            ("membership", []) => self.scope.membership.clone(),
            ("record", []) => Some(Value::Object(self.bound.record_of(self.call, self.scope))),
            ("record", names) => self.record_member(&names.join(".")),
            ("page", []) => {
                let members =
                    ["cursor", "offset", "number", "size"].map(|name| Some((name.to_owned(), self.page(name)?)));
                Some(Value::Object(members.into_iter().flatten().collect()))
            }
            ("page", [name]) => self.page(name),
            ("arg", []) => Some(Value::Object(self.scope.args.clone())),
            ("arg", [name]) => self.scope.args.get(name).cloned(),
            _ => SettingNames(&self.bound.settings).look_up(path),
        }
    }

    /// In an expression each field is there by its own name, wherever it stands in what is sent.
    fn look_up_whole(&self, name: &str) -> Option<Value> {
        let mut whole = self.look_up(&[name.to_owned()])?;
        if name == "record"
            && let Value::Object(members) = &mut whole
        {
            for field in self.bound.fields.keys().filter(|field| !field.contains('.')) {
                if !members.contains_key(field)
                    && let Some(value) = self.record_member(field)
                {
                    members.insert(field.clone(), value);
                }
            }
        }
        Some(whole)
    }
}

impl CallNames<'_> {
    /// A field, or an object of fields.
    fn record_member(&self, name: &str) -> Option<Value> {
        if let Some(value) = self.scope.record.0.get(name) {
            return self.bound.rendered_value(name, value);
        }
        if let Some(value) = self.bound.unchanged_value(self.call, name, self.scope) {
            return Some(value);
        }
        let record = Value::Object(self.bound.record_of(self.call, self.scope));
        name.split('.').try_fold(&record, |value, part| value.get(part)).cloned()
    }

    fn page(&self, name: &str) -> Option<Value> {
        let page = &self.scope.page;
        let paging = self.call.list.as_ref().map(|list| &list.paging)?;
        match (name, paging) {
            ("cursor", _) => page.cursor.clone().map(Value::String),
            (
                "size",
                BoundPaging::Cursor { size, .. }
                | BoundPaging::Offset { size, .. }
                | BoundPaging::Page { size, .. }
                | BoundPaging::Link { size, .. },
            ) => Some((*size).into()),
            ("offset", BoundPaging::Offset { first, .. }) => Some((first + page.offset).into()),
            ("number", BoundPaging::Page { first, .. }) => Some((first + page.number).into()),
            _ => None,
        }
    }
}

/// An address: each segment and each parameter encoded for its place.
pub(super) fn address(
    base: &str,
    path: &[Tree],
    query: &[(String, Tree)],
    names: &dyn Names,
) -> Result<String, RenderError> {
    let mut url = base.to_owned();
    for (at, tree) in path.iter().enumerate() {
        url.push('/');
        url.push_str(&segment(tree, names).map_err(|error| error.at(&format!("path[{at}]")))?);
    }
    let mut separator = '?';
    for (name, tree) in query {
        for value in query_values(tree, names).map_err(|error| error.at(&format!("query.{name}")))? {
            url.push(separator);
            url.extend(utf8_percent_encode(name, ENCODED));
            url.push('=');
            url.extend(utf8_percent_encode(&value, ENCODED));
            separator = '&';
        }
    }
    Ok(url)
}

pub(super) fn segment(tree: &Tree, names: &dyn Names) -> Result<String, RenderError> {
    let text = tree.resolve_text(names)?.unwrap_or_default();
    // an empty segment or one of dots would make another path (RFC 3986 section 5.2.4), and proxies may decode %2F before they route
    let refused = match text.as_str() {
        "" => Some("it is empty"),
        "." | ".." => Some("it is a relative path"),
        text if text.contains(['/', '\\']) => Some("it contains a slash"),
        text if text.chars().any(char::is_control) => Some("it contains a control character"),
        _ => None,
    };
    match refused {
        Some(why) => Err(RenderError::new("", format!("the value cannot be a path segment: {why}"))),
        None => Ok(utf8_percent_encode(&text, ENCODED).to_string()),
    }
}

pub(super) fn query_values(tree: &Tree, names: &dyn Names) -> Result<Vec<String>, RenderError> {
    let is_field = matches!(tree, Tree::Reference(path) if path.len() > 1 && path[0] == "record");
    let values = match tree.resolve(names)? {
        // a parameter has no null: a value that is taken away is told by the empty one
        Some(Value::Null) if is_field => return Ok(vec![String::new()]),
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(values)) => values,
        Some(one) => vec![one],
    };
    let text = |value: &Value| {
        scalar_text(value).ok_or_else(|| RenderError::new("", format!("a text is needed here, not {}", kind_of(value))))
    };
    values.iter().map(text).collect()
}

pub(super) fn body(body: &BoundBody, names: &dyn Names) -> Result<Body, RenderError> {
    Ok(match body {
        BoundBody::Empty => Body::Empty,
        BoundBody::Json(tree) => tree.resolve(names).map_err(|error| error.at("body"))?.map_or(Body::Empty, Body::Json),
        BoundBody::Form(trees) => {
            let mut form = Vec::new();
            for (name, tree) in trees {
                let values = query_values(tree, names).map_err(|error| error.at(&format!("form.{name}")))?;
                form.extend(values.into_iter().map(|value| (name.clone(), value)));
            }
            Body::Form(form)
        }
        BoundBody::Graphql { operation, text, variables } => {
            let mut rendered = Map::new();
            for (name, tree) in variables {
                let place = format!("graphql.variables.{name}");
                if let Some(value) = tree.resolve(names).map_err(|error| error.at(&place))? {
                    rendered.insert(name.clone(), value);
                }
            }
            Body::Json(json!({ "query": text.text, "operationName": operation, "variables": rendered }))
        }
    })
}
