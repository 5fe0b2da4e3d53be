//! Reads POST and PUT bodies attribute by attribute. Knows nothing of what is stored.

use serde_json::{Map, Value};

use super::Incoming;
use crate::scim::error::ScimError;
use crate::scim::schema::{Attribute, AttributeType, Found, Mutability, Named, ResourceType, SubAttribute};
use crate::scim::value::{Object, is_empty, read_elements, read_object, read_simple, wrong_type};

/// Reads a body.
pub(super) fn body(body: &Value, resource_type: &ResourceType) -> Result<Incoming, ScimError> {
    let Some(members) = body.as_object() else {
        let problem = format!("the body must be a JSON object with the attributes of a {}", resource_type.name);
        return Err(ScimError::InvalidSyntax(problem));
    };
    let mut reading = Reading { resource_type, incoming: Incoming::default() };
    for (key, value) in members {
        reading.member(key, value)?;
    }
    reading.finish()
}

struct Reading<'a> {
    resource_type: &'a ResourceType,
    incoming: Incoming,
}

impl<'a> Reading<'a> {
    fn member(&mut self, key: &str, value: &Value) -> Result<(), ScimError> {
        match self.resource_type.resolve(key) {
            // Real clients send keys that nobody defines, misspelt URNs among them.
            Err(_) | Ok(Named::Extension { kept: false, .. }) => Ok(()),
            Ok(Named::Core) => self.schema(None, value),
            Ok(Named::Extension { urn, .. }) => self.schema(Some(urn), value),
            Ok(Named::Attribute(found, sub)) => self.attribute(found, sub, value),
        }
    }

    /// A nested object of a schema's attributes.
    fn schema(&mut self, urn: Option<&'a str>, value: &Value) -> Result<(), ScimError> {
        let shown = urn.unwrap_or(&self.resource_type.core.id);
        match value {
            Value::Object(members) => {
                for (key, value) in members {
                    let found = match urn {
                        // A core object inside the core object is nothing that exists.
                        None if key.contains(':') => continue,
                        None => self.resource_type.resolve(key),
                        Some(urn) => self.resource_type.resolve(&format!("{urn}:{key}")),
                    };
                    if let Ok(Named::Attribute(found, sub)) = found {
                        self.attribute(found, sub, value)?;
                    }
                }
                Ok(())
            }
            empty if is_empty(empty) => {
                let schema = self.resource_type.extensions.iter().find(|schema| Some(schema.id.as_str()) == urn);
                for attribute in schema.into_iter().flat_map(|schema| &schema.attributes) {
                    self.clear(urn, &attribute.name, None);
                }
                Ok(())
            }
            _ => {
                Err(ScimError::InvalidValue(format!("`{shown}` must be an object with the attributes of that schema")))
            }
        }
    }

    fn attribute(&mut self, found: Found<'a>, sub: Option<SubAttribute<'a>>, value: &Value) -> Result<(), ScimError> {
        let attribute = found.attribute;
        let place = found.full_name();
        if found.urn.is_none() && attribute.name == "password" {
            return self.password(attribute, value);
        }
        if !found.is_kept() || attribute.mutability == Mutability::ReadOnly || attribute.name == "schemas" {
            return Ok(());
        }
        if let Some(sub) = sub {
            // A dotted key (`name.givenName`). Into a multi-valued attribute it could lead anywhere.
            let writable = sub.kept && sub.attribute.mutability != Mutability::ReadOnly && !attribute.multi_valued;
            return if writable { self.part(found, sub.attribute, value) } else { Ok(()) };
        }
        if attribute.multi_valued {
            let elements = read_elements(attribute, &place, value)?;
            let elements = Some(elements).filter(|elements| !elements.is_empty()).map(Value::Array);
            self.set(found, elements);
            return Ok(());
        }
        if attribute.kind != AttributeType::Complex {
            let value = read_simple(attribute, &place, value)?;
            // Empty on `active` says nothing; it must not deactivate.
            if value.is_some() || attribute.name != "active" || found.urn.is_some() {
                self.set(found, value);
            }
            return Ok(());
        }
        match read_object(attribute, &place, value)? {
            Object::Nothing => {}
            Object::Empty => self.set(found, None),
            Object::Parts(parts, cleared) => {
                if let Some(missing) =
                    attribute.sub_attributes.iter().find(|sub| sub.required && !parts.contains_key(&sub.name))
                {
                    return Err(ScimError::InvalidValue(format!("`{place}.{}` is required", missing.name)));
                }
                if parts.is_empty() {
                    self.container(found.urn).shift_remove(&attribute.name);
                } else {
                    self.set(found, Some(Value::Object(parts)));
                }
                for sub in cleared {
                    self.clear(found.urn, &attribute.name, Some(&sub));
                }
            }
        }
        Ok(())
    }

    fn part(&mut self, found: Found<'a>, sub: &Attribute, value: &Value) -> Result<(), ScimError> {
        let place = format!("{}.{}", found.full_name(), sub.name);
        let value = read_simple(sub, &place, value)?;
        let Some(value) = value else {
            if let Some(Value::Object(parts)) = self.container(found.urn).get_mut(&found.attribute.name) {
                parts.shift_remove(&sub.name);
            }
            self.clear(found.urn, &found.attribute.name, Some(&sub.name));
            return Ok(());
        };
        self.incoming.cleared.retain(|cleared| *cleared != place);
        let object =
            self.container(found.urn).entry(&found.attribute.name).or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(parts) = object {
            parts.insert(sub.name.clone(), value);
        }
        Ok(())
    }

    fn password(&mut self, attribute: &Attribute, value: &Value) -> Result<(), ScimError> {
        match value {
            Value::String(text) => self.incoming.password = Some(text.clone()).filter(|text| !text.is_empty()),
            empty if is_empty(empty) => self.incoming.password = None,
            other => return Err(wrong_type(attribute, "password", other)),
        }
        Ok(())
    }

    /// Sets or clears an attribute; the last of several keys that mean the same wins.
    fn set(&mut self, found: Found<'_>, value: Option<Value>) {
        let name = &found.attribute.name;
        let Some(value) = value else {
            self.container(found.urn).shift_remove(name);
            self.clear(found.urn, name, None);
            return;
        };
        let path = found.full_name();
        self.incoming.cleared.retain(|cleared| *cleared != path);
        self.container(found.urn).insert(name.clone(), value);
    }

    fn clear(&mut self, urn: Option<&str>, name: &str, sub: Option<&str>) {
        let mut path = urn.map_or_else(|| name.to_owned(), |urn| format!("{urn}:{name}"));
        if let Some(sub) = sub {
            path.push('.');
            path.push_str(sub);
        }
        if !self.incoming.cleared.contains(&path) {
            self.incoming.cleared.push(path);
        }
    }

    fn container(&mut self, urn: Option<&str>) -> &mut Map<String, Value> {
        container(&mut self.incoming.attributes, urn)
    }

    fn finish(mut self) -> Result<Incoming, ScimError> {
        // Extensions and complex attributes whose parts all came empty.
        self.incoming.attributes.retain(|_, value| !is_empty(value));
        let attributes = &self.incoming.attributes;
        for (urn, attribute) in self.resource_type.kept_attributes() {
            let holder = match urn {
                None => Some(attributes),
                // An extension demands its attributes only where it is used.
                Some(urn) => attributes.get(urn).and_then(Value::as_object),
            };
            let Some(holder) = holder.filter(|_| attribute.required && attribute.mutability != Mutability::ReadOnly)
            else {
                continue;
            };
            let blank = holder
                .get(&attribute.name)
                .is_none_or(|value| value.as_str().is_some_and(|text| text.trim().is_empty()));
            if blank {
                let name = urn.map_or_else(|| attribute.name.clone(), |urn| format!("{urn}:{}", attribute.name));
                return Err(ScimError::InvalidValue(format!(
                    "`{name}` is required and must not be empty; map it in the identity provider"
                )));
            }
        }
        Ok(self.incoming)
    }
}

/// The object that holds the attributes of an extension, or the core ones.
fn container<'m>(attributes: &'m mut Map<String, Value>, urn: Option<&str>) -> &'m mut Map<String, Value> {
    let Some(urn) = urn else { return attributes };
    let object = attributes.entry(urn).or_insert_with(|| Value::Object(Map::new()));
    if !object.is_object() {
        *object = Value::Object(Map::new());
    }
    object.as_object_mut().expect("it is an object: the line above has made it one")
}
