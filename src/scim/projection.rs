//! `attributes` and `excludedAttributes` (RFC 7644 section 3.9). Adds nothing to a resource, only leaves out.

use serde_json::{Map, Value};

use super::error::ScimError;
use super::schema::{Attribute, Named, ResourceType, Returned, common};

/// Which attributes a client wants back.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Projection {
    wanted: Wanted,
    /// Whether stored resources may hold attributes that are not returned by default.
    hides: bool,
}

#[derive(Debug, Clone, Default, PartialEq)]
enum Wanted {
    #[default]
    Everything,
    Only(Vec<Name>),
    Without(Vec<Name>),
}

/// A name in schema case.
#[derive(Debug, Clone, PartialEq)]
struct Name {
    urn: Option<String>,
    /// `None`: the whole schema.
    attribute: Option<String>,
    sub: Option<String>,
}

/// What the client's list says of an attribute.
enum Mention<'a> {
    /// Nothing.
    None,
    /// The attribute as a whole.
    Whole,
    /// These sub-attributes.
    Parts(Vec<&'a str>),
}

impl Projection {
    /// Reads the two query parameters (comma separated). Undefined names are ignored; a filter in brackets too
    /// (`emails[type eq "work"]` is read as `emails`).
    ///
    /// # Errors
    /// `invalidValue` when both are given.
    pub fn parse(
        attributes: Option<&str>,
        excluded: Option<&str>,
        resource_type: &ResourceType,
    ) -> Result<Self, ScimError> {
        let given =
            |list: Option<&str>| list.filter(|list| !list.trim().is_empty()).map(|list| names(list, resource_type));
        let wanted = match (given(attributes), given(excluded)) {
            (Some(_), Some(_)) => {
                let problem = "`attributes` and `excludedAttributes` exclude each other; send one of them";
                return Err(ScimError::InvalidValue(problem.to_owned()));
            }
            (Some(only), None) => Wanted::Only(only),
            (None, Some(without)) => Wanted::Without(without),
            (None, None) => Wanted::Everything,
        };
        let hidden = |attribute: &Attribute| matches!(attribute.returned, Returned::Never | Returned::Request);
        let hides = resource_type
            .kept_attributes()
            // Passwords are never stored with a resource.
            .filter(|(urn, attribute)| urn.is_some() || attribute.name != "password")
            .any(|(_, attribute)| hidden(attribute) || attribute.sub_attributes.iter().any(hidden));
        Ok(Self { wanted, hides })
    }

    /// Is everything wanted? Then a stored resource can be sent as it is.
    pub fn is_everything(&self) -> bool {
        self.wanted == Wanted::Everything && !self.hides
    }

    /// Whether an attribute (in schema case, a core one) may be in the answer: lets a caller spare the work of adding it.
    pub fn shows(&self, attribute: &str) -> bool {
        let about = |names: &Vec<Name>, whole: bool| {
            names.iter().any(|name| {
                name.urn.is_none()
                    && name.attribute.as_deref().is_none_or(|name| name == attribute)
                    && !(whole && name.sub.is_some())
            })
        };
        match &self.wanted {
            Wanted::Everything => true,
            Wanted::Only(names) => about(names, false),
            Wanted::Without(names) => !about(names, true),
        }
    }

    /// Whether a sub-attribute (both in schema case, of a core attribute whose parts are all returned by default) may be in the answer: for
    /// attributes that are not in the resource to which [`Projection::apply`] is applied.
    pub fn shows_part(&self, attribute: &str, part: &str) -> bool {
        match &self.wanted {
            Wanted::Everything => true,
            Wanted::Only(names) => match mention(names, None, attribute) {
                Mention::None => false,
                Mention::Whole => true,
                Mention::Parts(parts) => parts.contains(&part),
            },
            Wanted::Without(names) => match mention(names, None, attribute) {
                Mention::None => true,
                Mention::Whole => false,
                Mention::Parts(parts) => !parts.contains(&part),
            },
        }
    }

    /// Removes from a full resource what is not wanted. `returned: always` stays, `never` goes.
    pub fn apply(&self, resource: Map<String, Value>, resource_type: &ResourceType) -> Map<String, Value> {
        if self.is_everything() {
            return resource;
        }
        let mut shown = Map::with_capacity(resource.len());
        for (key, value) in resource {
            let schema = resource_type.extensions.iter().find(|schema| schema.id == key);
            match (schema, value) {
                (Some(schema), Value::Object(parts)) => {
                    let definition = |name: &str| schema.attributes.iter().find(|attribute| attribute.name == name);
                    let parts = self.members(Some(&schema.id), parts, definition);
                    if !parts.is_empty() {
                        shown.insert(key, Value::Object(parts));
                    }
                }
                (_, value) => {
                    let own = resource_type.core.attributes.iter().find(|attribute| attribute.name == key);
                    let definition = common().iter().find(|attribute| attribute.name == key).or(own);
                    if let Some(value) = self.member(None, &key, value, definition) {
                        shown.insert(key, value);
                    }
                }
            }
        }
        shown
    }

    fn members<'a>(
        &self,
        urn: Option<&str>,
        members: Map<String, Value>,
        definition: impl Fn(&str) -> Option<&'a Attribute>,
    ) -> Map<String, Value> {
        let visible = members.into_iter().filter_map(|(name, value)| {
            let value = self.member(urn, &name, value, definition(&name))?;
            Some((name, value))
        });
        visible.collect()
    }

    fn member(&self, urn: Option<&str>, name: &str, value: Value, definition: Option<&Attribute>) -> Option<Value> {
        let returned = definition.map_or(Returned::Default, |attribute| attribute.returned);
        if returned == Returned::Never {
            return None;
        }
        if returned == Returned::Always {
            return Some(value);
        }
        let part_returned = |sub: &str| {
            definition.and_then(|attribute| attribute.sub(sub)).map_or(Returned::Default, |sub| sub.returned)
        };
        match &self.wanted {
            Wanted::Everything => {
                (returned == Returned::Default).then(|| keep_parts(value, |sub| by_default(part_returned(sub))))?
            }
            Wanted::Only(names) => match mention(names, urn, name) {
                // Parts that are always returned are wanted only with their attribute (RFC 7643 section 7).
                Mention::None => None,
                Mention::Whole => keep_parts(value, |sub| by_default(part_returned(sub))),
                Mention::Parts(parts) => keep_parts(value, |sub| match part_returned(sub) {
                    Returned::Never => false,
                    Returned::Always => true,
                    Returned::Default | Returned::Request => parts.contains(&sub),
                }),
            },
            Wanted::Without(names) => {
                if returned == Returned::Request {
                    return None;
                }
                match mention(names, urn, name) {
                    Mention::None => keep_parts(value, |sub| by_default(part_returned(sub))),
                    Mention::Whole => None,
                    Mention::Parts(parts) => keep_parts(value, |sub| match part_returned(sub) {
                        Returned::Always => true,
                        other => by_default(other) && !parts.contains(&sub),
                    }),
                }
            }
        }
    }
}

fn by_default(returned: Returned) -> bool {
    matches!(returned, Returned::Always | Returned::Default)
}

/// Keeps some parts of a complex value or of each of its elements; `None` when nothing is left. Simple values stay.
fn keep_parts(value: Value, keeps: impl Fn(&str) -> bool + Copy) -> Option<Value> {
    match value {
        Value::Object(mut parts) => {
            parts.retain(|name, _| keeps(name));
            (!parts.is_empty()).then_some(Value::Object(parts))
        }
        Value::Array(elements) => {
            let elements: Vec<Value> = elements.into_iter().filter_map(|element| keep_parts(element, keeps)).collect();
            (!elements.is_empty()).then_some(Value::Array(elements))
        }
        simple => Some(simple),
    }
}

fn mention<'a>(names: &'a [Name], urn: Option<&str>, attribute: &str) -> Mention<'a> {
    let mut parts = Vec::new();
    for mentioned in names.iter().filter(|mentioned| mentioned.urn.as_deref() == urn) {
        let is_this = mentioned.attribute.as_deref().is_none_or(|other| other == attribute);
        match mentioned.sub.as_deref() {
            _ if !is_this => {}
            None => return Mention::Whole,
            Some(sub) => parts.push(sub),
        }
    }
    if parts.is_empty() { Mention::None } else { Mention::Parts(parts) }
}

fn names(list: &str, resource_type: &ResourceType) -> Vec<Name> {
    let mut names = Vec::new();
    for name in split(list) {
        let name = match resource_type.resolve(&name) {
            Err(_) => continue,
            Ok(Named::Core) => Name { urn: None, attribute: None, sub: None },
            Ok(Named::Extension { urn, .. }) => Name { urn: Some(urn.to_owned()), attribute: None, sub: None },
            Ok(Named::Attribute(found, sub)) => Name {
                urn: found.urn.map(str::to_owned),
                attribute: Some(found.attribute.name.clone()),
                sub: sub.map(|sub| sub.attribute.name.clone()),
            },
        };
        names.push(name);
    }
    names
}

/// Splits at commas outside brackets and texts, and leaves out what stands between brackets.
fn split(list: &str) -> Vec<String> {
    let mut names = vec![String::new()];
    let mut in_brackets = false;
    let mut quoted = false;
    let mut escaped = false;
    for character in list.chars() {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '[' if !quoted => in_brackets = true,
            ']' if !quoted => in_brackets = false,
            ',' if !quoted && !in_brackets => names.push(String::new()),
            other if !quoted && !in_brackets && !other.is_whitespace() => {
                if let Some(name) = names.last_mut() {
                    name.push(other);
                }
            }
            _ => {}
        }
    }
    names
}

#[cfg(test)]
mod tests;
