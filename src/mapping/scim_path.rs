//! SCIM paths in the notation of RFC 7644 section 3.10, as mapping files use them: `name.givenName`, `emails[type eq "work"].value`,
//! `urn:…:User:roleId`. They read a resource and write into one; they are not the protocol's own PATCH paths.

mod rewrite;

use std::fmt;

use serde_json::{Map, Value, json};

pub use self::rewrite::Left;

use crate::scim::schema::USER;

/// A path to an attribute of a resource.
#[derive(Debug, Clone, PartialEq)]
pub struct ScimPath {
    /// URN of an extension schema; `None` for core attributes.
    pub urn: Option<String>,
    /// The attribute.
    pub attribute: String,
    /// Conditions on an element of a multi-valued attribute: sub-attribute and value, all must hold.
    pub filter: Vec<(String, Value)>,
    /// The sub-attribute.
    pub sub: Option<String>,
    text: String,
}

impl fmt::Display for ScimPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl ScimPath {
    /// Reads a path.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = |problem: &str| format!("`{text}` is no SCIM path: {problem}");
        let trimmed = text.trim();
        let before_filter = trimmed.find('[').unwrap_or(trimmed.len());
        let (urn, rest) = if trimmed.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("urn:")) {
            let colon = trimmed.get(..before_filter).and_then(|head| head.rfind(':'));
            let (urn, rest) =
                colon.map(|at| trimmed.split_at(at)).ok_or_else(|| wrong("no attribute follows the URN"))?;
            (Some(urn).filter(|urn| !urn.eq_ignore_ascii_case(USER)), rest.trim_start_matches(':'))
        } else {
            (None, trimmed)
        };
        let (head, filter, tail) = match rest.split_once('[') {
            None => (rest, Vec::new(), ""),
            Some((head, behind)) => {
                let end = closing_bracket(behind).ok_or_else(|| wrong("the bracket is not closed"))?;
                let filter = parse_filter(behind.get(..end).unwrap_or_default()).map_err(|problem| wrong(&problem))?;
                (head, filter, behind.get(end + 1..).unwrap_or_default())
            }
        };
        let (attribute, sub) = if filter.is_empty() {
            head.split_once('.').map_or((head, None), |(attribute, sub)| (attribute, Some(sub)))
        } else {
            match tail {
                "" => (head, None),
                tail => {
                    (head, Some(tail.strip_prefix('.').ok_or_else(|| wrong("behind the bracket comes .subAttribute"))?))
                }
            }
        };
        if !is_name(attribute) || sub.is_some_and(|sub| !is_name(sub)) {
            return Err(wrong(
                "it needs the form attribute, attribute.sub, attribute[sub eq \"x\"].sub or urn:…:attribute",
            ));
        }
        let owned = str::to_owned;
        Ok(Self { urn: urn.map(owned), attribute: owned(attribute), filter, sub: sub.map(owned), text: owned(trimmed) })
    }

    /// Is it this core attribute as a whole (`active`, `password`)?
    pub fn is_core(&self, attribute: &str) -> bool {
        self.urn.is_none() && self.sub.is_none() && self.attribute.eq_ignore_ascii_case(attribute)
    }

    /// The value in a resource. Of a multi-valued attribute: the list of values, primary ones first, then those of type `work`, then
    /// the others in their order. `null` and empty texts are no values.
    pub fn read(&self, resource: &Map<String, Value>) -> Option<Value> {
        let parent = match &self.urn {
            None => resource,
            Some(urn) => member(resource, urn)?.as_object()?,
        };
        match member(parent, &self.attribute)? {
            Value::Array(elements) => self.read_elements(elements),
            Value::Object(members) => match &self.sub {
                Some(sub) => member(members, sub).and_then(present),
                None => member(members, "value").and_then(present),
            },
            value => {
                if self.sub.is_none() {
                    present(value)
                } else {
                    None
                }
            }
        }
    }

    /// As [`ScimPath::read`], but a multi-valued attribute is read with its elements whole.
    pub fn read_whole(&self, resource: &Map<String, Value>) -> Option<Value> {
        let parent = match &self.urn {
            None => resource,
            Some(urn) => member(resource, urn)?.as_object()?,
        };
        member(parent, &self.attribute).and_then(present)
    }

    fn read_elements(&self, elements: &[Value]) -> Option<Value> {
        let sub = self.sub.as_deref().unwrap_or("value");
        let mut found: Vec<(u8, Value)> = elements
            .iter()
            .filter_map(|element| match element {
                Value::Object(members) if self.matches(members) => {
                    member(members, sub).and_then(present).map(|value| (rank(members), value))
                }
                Value::Object(_) => None,
                scalar if self.filter.is_empty() => present(scalar).map(|value| (2, value)),
                _ => None,
            })
            .collect();
        found.sort_by_key(|(rank, _)| *rank);
        if found.is_empty() {
            return None;
        }
        Some(Value::Array(found.into_iter().map(|(_, value)| value).collect()))
    }

    fn matches(&self, members: &Map<String, Value>) -> bool {
        self.filter.iter().all(|(sub, wanted)| match (member(members, sub), wanted) {
            (Some(Value::String(have)), Value::String(wanted)) => have.eq_ignore_ascii_case(wanted),
            (Some(Value::String(have)), Value::Bool(wanted)) => have.eq_ignore_ascii_case(&wanted.to_string()),
            (Some(have), wanted) => have == wanted,
            (None, wanted) => *wanted == Value::Bool(false),
        })
    }

    /// Puts a value into a resource: creates the objects and elements on the way. A list becomes one element per value where the
    /// attribute is multi-valued.
    pub fn write(&self, resource: &mut Map<String, Value>, value: Value) {
        let parent = match &self.urn {
            None => resource,
            Some(urn) => match object_at(resource, urn) {
                Some(parent) => parent,
                None => return,
            },
        };
        let is_multi_valued = !self.filter.is_empty() || (self.urn.is_none() && is_multi_valued(&self.attribute));
        if is_multi_valued {
            return self.write_elements(parent, value);
        }
        match &self.sub {
            None => {
                parent.insert(self.attribute.clone(), value);
            }
            Some(sub) => {
                if let Some(object) = object_at(parent, &self.attribute) {
                    object.insert(sub.clone(), value);
                }
            }
        }
    }

    fn write_elements(&self, parent: &mut Map<String, Value>, value: Value) {
        let sub = self.sub.as_deref().unwrap_or("value");
        let entry = parent.entry(self.attribute.clone()).or_insert_with(|| json!([]));
        let Value::Array(elements) = entry else { return };
        let values = match value {
            Value::Array(values) => values,
            one => vec![one],
        };
        for (at, value) in values.into_iter().enumerate() {
            let existing = elements
                .iter_mut()
                .filter_map(Value::as_object_mut)
                .find(|members| at == 0 && self.matches(members) && !members.contains_key(sub));
            if let Some(members) = existing {
                members.insert(sub.to_owned(), value);
                continue;
            }
            let mut members = Map::new();
            members.insert(sub.to_owned(), value);
            members.extend(self.filter.iter().cloned());
            elements.push(Value::Object(members));
        }
    }
}

/// A member by name, letter case ignored (RFC 7643 section 2.1: attribute names are case insensitive).
pub fn member<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    object.get(name).or_else(|| object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value))
}

fn present(value: &Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::String(text) if text.is_empty() => None,
        value => Some(value.clone()),
    }
}

/// Which of several values is preferred where only one is wanted: the primary one, then the one for work.
fn rank(members: &Map<String, Value>) -> u8 {
    let is_primary = member(members, "primary").is_some_and(|primary| *primary == Value::Bool(true));
    let is_work = member(members, "type").and_then(Value::as_str).is_some_and(|kind| kind.eq_ignore_ascii_case("work"));
    if is_primary {
        0
    } else if is_work {
        1
    } else {
        2
    }
}

/// Multi-valued attributes of the core User schema (RFC 7643 section 4.1.2).
fn is_multi_valued(attribute: &str) -> bool {
    ["emails", "phoneNumbers", "ims", "photos", "addresses", "groups", "entitlements", "roles", "x509Certificates"]
        .iter()
        .any(|name| name.eq_ignore_ascii_case(attribute))
}

fn object_at<'a>(parent: &'a mut Map<String, Value>, name: &str) -> Option<&'a mut Map<String, Value>> {
    parent.entry(name).or_insert_with(|| Value::Object(Map::new())).as_object_mut()
}

fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '$')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '$'))
}

/// Where the bracket ends, quoted texts skipped.
fn closing_bracket(text: &str) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    text.char_indices().find_map(|(at, c)| {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ']' if !quoted => return Some(at),
            _ => {}
        }
        None
    })
}

/// Reads `sub eq value`, several joined by `and`.
fn parse_filter(text: &str) -> Result<Vec<(String, Value)>, String> {
    let mut conditions = Vec::new();
    let mut rest = text.trim();
    loop {
        let (name, behind) = rest.split_once(char::is_whitespace).ok_or("the bracket holds `sub eq value`")?;
        let (operator, behind) =
            behind.trim_start().split_once(char::is_whitespace).ok_or("the bracket holds `sub eq value`")?;
        if !is_name(name) {
            return Err(format!("`{name}` is no sub-attribute"));
        }
        if !operator.eq_ignore_ascii_case("eq") {
            return Err(format!("only `eq` (joined by `and`) can stand in a mapping's filter, not `{operator}`"));
        }
        let mut values = serde_json::Deserializer::from_str(behind).into_iter::<Value>();
        let Some(Ok(value @ (Value::String(_) | Value::Bool(_) | Value::Number(_)))) = values.next() else {
            return Err(format!("a quoted text, a number, true or false must follow {name} eq"));
        };
        conditions.push((name.to_owned(), value));
        rest = behind.get(values.byte_offset()..).unwrap_or_default().trim();
        if rest.is_empty() {
            return Ok(conditions);
        }
        let (word, behind) =
            rest.split_once(char::is_whitespace).ok_or_else(|| format!("`{rest}` is not expected here"))?;
        if !word.eq_ignore_ascii_case("and") {
            return Err(format!("conditions are joined by `and`, not by `{word}`"));
        }
        rest = behind.trim_start();
    }
}

#[cfg(test)]
mod tests;
