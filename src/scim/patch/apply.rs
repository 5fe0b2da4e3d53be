//! Carries steps out on a copy of a resource, all or none. Reads no message.

use serde_json::{Map, Value};

use super::elements;
use super::step::{Place, Step};
use super::{PatchRequest, Patched};
use crate::scim::error::ScimError;
use crate::scim::resource::without_schemas;
use crate::scim::schema::{Attribute, Found, Mutability, ResourceType};
use crate::scim::value::{collapse, has_content, is_empty};

/// Applies a request.
pub(super) fn all(
    request: &PatchRequest,
    id: &str,
    stored: &Map<String, Value>,
    resource_type: &ResourceType,
) -> Result<Patched, ScimError> {
    let before = without_schemas(stored);
    let mut work = Work { id, resource_type, attributes: before.clone(), password: None, touched: Vec::new() };
    let mut skipped = request.skipped.clone();
    for operation in &request.operations {
        match work.carry_out(&operation.step) {
            Ok(()) => {}
            // who names another resource may mean another person
            Err(problem) if request.deactivates && !matches!(operation.step, Step::CheckId(_)) => {
                skipped.push(problem.at(&operation.place).to_string());
            }
            Err(problem) => return Err(problem.at(&operation.place)),
        }
    }
    work.tidy(&before);
    let changed = work.attributes != before || work.password.is_some();
    Ok(Patched { attributes: work.attributes, changed, password: work.password, skipped })
}

struct Work<'a> {
    id: &'a str,
    resource_type: &'a ResourceType,
    attributes: Map<String, Value>,
    password: Option<String>,
    /// Attributes that a step has written.
    touched: Vec<Place>,
}

impl<'a> Work<'a> {
    /// Carries one step out, or fails without a trace.
    fn carry_out(&mut self, step: &Step) -> Result<(), ScimError> {
        match step {
            Step::CheckId(id) if id == self.id => Ok(()),
            Step::CheckId(_) => {
                Err(ScimError::Mutability("`id` cannot be changed and is not the one of this resource".to_owned()))
            }
            Step::Password(password) => {
                if password.is_some() {
                    self.password.clone_from(password);
                }
                Ok(())
            }
            Step::ClearExtension { urn } => {
                self.attributes.shift_remove(urn);
                Ok(())
            }
            Step::Unassign { at } => {
                self.touch(at);
                self.take(at);
                Ok(())
            }
            Step::Assign { at, value } => {
                self.check_settable(at, value)?;
                self.touch(at);
                self.put(at, value.clone());
                Ok(())
            }
            Step::Merge { at, parts, cleared } => self.merge(at, parts, cleared),
            Step::Append { at, elements } => self.on_elements(at, |found, list| {
                elements::append(found, list, elements);
                Ok(())
            }),
            Step::Overwrite { at, elements } => self.on_elements(at, |_, list| {
                list.clone_from(elements);
                Ok(())
            }),
            Step::RemoveListed { at, listed } => self.on_elements(at, |found, list| {
                elements::remove_listed(found, list, listed);
                Ok(())
            }),
            Step::Elements { at, filter, change } => {
                self.on_elements(at, |found, list| elements::change(found, list, filter.as_ref(), change))
            }
        }
    }

    fn merge(&mut self, at: &Place, parts: &Map<String, Value>, cleared: &[String]) -> Result<(), ScimError> {
        let found = self.find(at)?;
        let mut object = match self.get(at) {
            Some(Value::Object(object)) => object.clone(),
            _ => Map::new(),
        };
        elements::check_parts(found.attribute, &object, parts)?;
        elements::forget_stale_reference(found.attribute, &mut object, parts);
        for name in cleared {
            object.shift_remove(name);
        }
        object.extend(parts.clone());
        self.touch(at);
        if object.is_empty() || elements::lost_its_value(found.attribute, &object) {
            self.take(at);
        } else {
            self.put(at, Value::Object(object));
        }
        Ok(())
    }

    fn on_elements(
        &mut self,
        at: &Place,
        change: impl FnOnce(Found<'a>, &mut Vec<Value>) -> Result<(), ScimError>,
    ) -> Result<(), ScimError> {
        let found = self.find(at)?;
        let before = match self.get(at) {
            Some(Value::Array(list)) => list.clone(),
            Some(single) if !is_empty(single) => vec![single.clone()],
            _ => Vec::new(),
        };
        let mut list = before.clone();
        change(found, &mut list)?;
        if list.is_empty() && !before.is_empty() && found.attribute.required {
            return Err(ScimError::Mutability(format!("the last value of `{}` cannot be removed", at.name)));
        }
        if found.attribute.mutability == Mutability::Immutable && !before.is_empty() && list != before {
            return Err(immutable(found.attribute));
        }
        self.touch(at);
        if list.is_empty() {
            self.take(at);
        } else {
            self.put(at, Value::Array(list));
        }
        Ok(())
    }

    /// An immutable attribute may get its first value only (RFC 7644 section 3.5.2).
    fn check_settable(&self, at: &Place, value: &Value) -> Result<(), ScimError> {
        let found = self.find(at)?;
        let differs = self.get(at).is_some_and(|old| !is_empty(old) && old != value);
        if found.attribute.mutability == Mutability::Immutable && differs {
            return Err(immutable(found.attribute));
        }
        Ok(())
    }

    fn find(&self, at: &Place) -> Result<Found<'a>, ScimError> {
        // The request was read against the same resource type; a caller that mixes two up is told so.
        self.resource_type.find(at.urn.as_deref(), &at.name).ok_or_else(|| {
            ScimError::InvalidPath(format!("{} has no attribute `{}`", self.resource_type.name, at.name))
        })
    }

    fn get(&self, at: &Place) -> Option<&Value> {
        match &at.urn {
            None => self.attributes.get(&at.name),
            Some(urn) => self.attributes.get(urn)?.get(&at.name),
        }
    }

    fn put(&mut self, at: &Place, value: Value) {
        let holder = match &at.urn {
            None => Some(&mut self.attributes),
            Some(urn) => {
                let object = self.attributes.entry(urn).or_insert_with(|| Value::Object(Map::new()));
                if !object.is_object() {
                    *object = Value::Object(Map::new());
                }
                object.as_object_mut()
            }
        };
        if let Some(holder) = holder {
            holder.insert(at.name.clone(), value);
        }
    }

    fn take(&mut self, at: &Place) {
        let Some(urn) = &at.urn else {
            self.attributes.shift_remove(&at.name);
            return;
        };
        if let Some(Value::Object(object)) = self.attributes.get_mut(urn) {
            object.shift_remove(&at.name);
            if object.is_empty() {
                self.attributes.shift_remove(urn);
            }
        }
    }

    fn touch(&mut self, at: &Place) {
        if !self.touched.contains(at) {
            self.touched.push(at.clone());
        }
    }

    /// Brings what was written into the form in which it is kept: no element without content, none twice, and the old order where only the
    /// order is new.
    fn tidy(&mut self, before: &Map<String, Value>) {
        for at in std::mem::take(&mut self.touched) {
            let Ok(found) = self.find(&at) else { continue };
            let Some(Value::Array(list)) = self.get(&at) else { continue };
            let mut list = list.clone();
            list.retain(|element| element.as_object().is_none_or(has_content));
            let list = collapse(found.attribute, list);
            if list.is_empty() {
                self.take(&at);
                continue;
            }
            let old = match &at.urn {
                None => before.get(&at.name),
                Some(urn) => before.get(urn).and_then(|object| object.get(&at.name)),
            };
            match old {
                Some(Value::Array(old)) if elements::same_values(old, &list) => {
                    self.put(&at, Value::Array(old.clone()));
                }
                _ => self.put(&at, Value::Array(list)),
            }
        }
    }
}

fn immutable(attribute: &Attribute) -> ScimError {
    ScimError::Mutability(format!("`{}` cannot be changed once it has a value", attribute.name))
}
