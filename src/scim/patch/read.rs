//! From the PatchOp message to steps: all dialects end here. Looks at no resource.

mod operation;

use serde_json::Value;

use super::step::{Operation, Step};
use super::{MAX_OPERATIONS, PATCH_OP, PatchRequest, UnknownPaths};
use crate::scim::error::ScimError;
use crate::scim::message::{member, members};
use crate::scim::path::Path;
use crate::scim::schema::{Mutability, Named, ResourceType};
use crate::scim::value::is_empty;

/// Reads a message.
pub(super) fn message(
    body: &Value,
    resource_type: &ResourceType,
    unknown: UnknownPaths,
) -> Result<PatchRequest, ScimError> {
    let syntax = |problem: String| Err(ScimError::InvalidSyntax(problem));
    let message = members(body, PATCH_OP)?;
    let Some(operations) = member(message, "Operations").and_then(Value::as_array) else {
        return syntax("a PATCH needs `Operations`, a list of operations".to_owned());
    };
    if operations.len() > MAX_OPERATIONS {
        let count = operations.len();
        return syntax(format!(
            "{count} operations in one PATCH are more than {MAX_OPERATIONS}; send them in several requests"
        ));
    }
    let mut reading = Reading {
        resource_type,
        unknown,
        operations: Vec::new(),
        problems: Vec::new(),
        left_out: Vec::new(),
        active: None,
    };
    for (index, operation) in operations.iter().enumerate() {
        reading.operation(index + 1, operation)?;
    }
    reading.finish()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verb {
    Add,
    Replace,
    Remove,
}

impl Verb {
    fn parse(text: &str) -> Option<Self> {
        let all = [("add", Self::Add), ("replace", Self::Replace), ("remove", Self::Remove)];
        all.into_iter().find(|(name, _)| text.eq_ignore_ascii_case(name)).map(|(_, verb)| verb)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Replace => "replace",
            Self::Remove => "remove",
        }
    }
}

struct Reading<'a> {
    resource_type: &'a ResourceType,
    unknown: UnknownPaths,
    operations: Vec<Operation>,
    /// Paths that lead nowhere and values that do not fit: refused, unless the request deactivates.
    problems: Vec<ScimError>,
    /// What is left out in any case.
    left_out: Vec<ScimError>,
    /// What the last operation on `active` sets it to.
    active: Option<bool>,
}

impl Reading<'_> {
    fn operation(&mut self, number: usize, operation: &Value) -> Result<(), ScimError> {
        let place = format!("operation {number}");
        let Some(operation) = operation.as_object() else {
            return Err(ScimError::InvalidSyntax(format!("{place} must be a JSON object with `op`")));
        };
        let Some(verb) = member(operation, "op").and_then(Value::as_str).and_then(Verb::parse) else {
            return Err(ScimError::InvalidSyntax(format!("{place}: `op` must be add, remove or replace")));
        };
        let place = format!("{place} ({})", verb.name());
        let value = member(operation, "value");
        match member(operation, "path") {
            None | Some(Value::Null) => self.without_path(verb, &place, value),
            Some(Value::String(path)) if path.trim().is_empty() => self.without_path(verb, &place, value),
            Some(Value::String(path)) => self.with_path(verb, number, path, value),
            Some(_) => {
                self.problems.push(ScimError::InvalidPath(format!("{place}: `path` must be a text")));
                Ok(())
            }
        }
    }

    fn with_path(&mut self, verb: Verb, number: usize, text: &str, value: Option<&Value>) -> Result<(), ScimError> {
        let place = format!("operation {number} ({} {})", verb.name(), shown(text));
        let value = match (verb, value) {
            (Verb::Add | Verb::Replace, None) => {
                return Err(ScimError::InvalidSyntax(format!("{place} needs a `value`")));
            }
            (_, value) => value,
        };
        match Path::parse(text, self.resource_type) {
            Ok(path) => self.at_path(verb, &place, &path, value, false),
            Err(problem) => {
                let is_left_out =
                    self.unknown == UnknownPaths::LeaveOut && Path::is_undefined(text, self.resource_type);
                let list = if is_left_out { &mut self.left_out } else { &mut self.problems };
                list.push(problem.at(&place));
                Ok(())
            }
        }
    }

    fn without_path(&mut self, verb: Verb, place: &str, value: Option<&Value>) -> Result<(), ScimError> {
        if verb == Verb::Remove {
            // RFC 7644 section 3.5.2.2.
            let problem = format!("{place} needs a `path`: name the attribute to remove");
            self.problems.push(ScimError::NoTarget(problem));
            return Ok(());
        }
        let Some(value) = value else {
            return Err(ScimError::InvalidSyntax(format!("{place} needs a `value`")));
        };
        let Some(members) = value.as_object() else {
            let problem = format!("{place} has no `path`, so its `value` must be an object of attributes");
            self.problems.push(ScimError::InvalidValue(problem));
            return Ok(());
        };
        for (key, value) in members {
            self.member(verb, place, key, value)?;
        }
        Ok(())
    }

    /// One key of a value without path: the same as an operation with that path, except that what nobody defines is ignored.
    fn member(&mut self, verb: Verb, place: &str, key: &str, value: &Value) -> Result<(), ScimError> {
        let head = key.split('[').next().unwrap_or(key);
        let Ok(named) = self.resource_type.resolve(head) else { return Ok(()) };
        let place = format!("{} {})", place.trim_end_matches(')'), shown(key));
        if let Named::Attribute(found, _) = named {
            if found.urn.is_none() && found.attribute.name == "id" {
                return self.own_id(place, value);
            }
            // `meta`, `groups` and the like come along because clients send back what they were given.
            if found.attribute.mutability == Mutability::ReadOnly {
                return Ok(());
            }
        }
        match Path::parse(key, self.resource_type) {
            Ok(path) => self.at_path(verb, &place, &path, Some(value), true),
            Err(problem) => {
                self.problems.push(problem.at(&place));
                Ok(())
            }
        }
    }

    fn own_id(&mut self, place: String, value: &Value) -> Result<(), ScimError> {
        match value {
            Value::String(id) => self.operations.push(Operation { place, step: Step::CheckId(id.clone()) }),
            empty if is_empty(empty) => {}
            _ => return Err(ScimError::InvalidValue(format!("{place}: `id` must be a text"))),
        }
        Ok(())
    }

    /// The members of an object that stands for a whole schema.
    fn schema(&mut self, verb: Verb, place: &str, urn: &str, value: &Value) -> Result<(), ScimError> {
        let Some(members) = value.as_object() else {
            let problem = format!("{place}: the value for `{urn}` must be an object of its attributes");
            self.problems.push(ScimError::InvalidValue(problem));
            return Ok(());
        };
        for (key, value) in members {
            // A schema inside a schema is nothing that exists.
            if !key.contains(':') {
                self.member(verb, place, &format!("{urn}:{key}"), value)?;
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<PatchRequest, ScimError> {
        let deactivates = self.active == Some(false);
        if let Some(problem) = self.problems.first().filter(|_| !deactivates) {
            return Err(problem.clone());
        }
        let skipped = self.left_out.iter().chain(&self.problems).map(ScimError::to_string).collect();
        Ok(PatchRequest { operations: self.operations, skipped, deactivates })
    }
}

/// A path as it is quoted back: cut when it is absurdly long.
fn shown(path: &str) -> String {
    const LONGEST: usize = 120;
    if path.chars().count() <= LONGEST {
        return path.to_owned();
    }
    path.chars().take(LONGEST).chain(['…']).collect()
}
