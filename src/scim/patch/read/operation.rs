//! One verb at one path with one value: which step it is.

use serde_json::{Map, Value};

use super::{Reading, Verb};
use crate::scim::error::ScimError;
use crate::scim::patch::step::{ElementChange, Listed, Operation, Place, Step};
use crate::scim::path::{AttributePath, Path};
use crate::scim::schema::{Attribute, AttributeType, Found, Mutability};
use crate::scim::value::{
    Object, is_empty, read_element, read_elements, read_object, read_simple, unfold_role, wrong_type,
};

impl Reading<'_> {
    /// Adds the step. `lenient`: the path is a key of a value without path, where read-only attributes are ignored.
    pub(super) fn at_path(
        &mut self,
        verb: Verb,
        place: &str,
        path: &Path,
        value: Option<&Value>,
        lenient: bool,
    ) -> Result<(), ScimError> {
        let value = value.unwrap_or(&Value::Null);
        match path {
            Path::Core { .. } if verb == Verb::Remove => {
                self.problems
                    .push(ScimError::InvalidPath(format!("{place}: name the attribute to remove, not the schema")));
                Ok(())
            }
            Path::Extension { kept: false, .. } => Ok(()),
            Path::Extension { urn, .. }
                if verb == Verb::Remove || (verb == Verb::Replace && is_empty(value) && !value.is_object()) =>
            {
                self.clear_extension(verb, place, urn);
                Ok(())
            }
            Path::Extension { .. } if is_empty(value) => Ok(()),
            Path::Core { urn } | Path::Extension { urn, .. } => self.schema(verb, place, urn, value),
            Path::Attribute(path) => match self.attribute(verb, path, value, lenient) {
                Ok(Some(step)) => {
                    self.push(place, step);
                    Ok(())
                }
                Ok(None) => Ok(()),
                Err(problem) => {
                    self.problems.push(problem.at(place));
                    Ok(())
                }
            },
        }
    }

    /// The step for an attribute; `None` when there is nothing to do.
    fn attribute(
        &mut self,
        verb: Verb,
        path: &AttributePath,
        value: &Value,
        lenient: bool,
    ) -> Result<Option<Step>, ScimError> {
        let urn = path.at.urn.as_deref();
        let found = self.resource_type.find(urn, &path.at.name);
        let found = found.ok_or_else(|| ScimError::InvalidPath(format!("there is no attribute `{}`", path.at)))?;
        let sub = path.at.sub.as_deref().and_then(|sub| found.sub(sub)).map(|sub| sub.attribute);
        let attribute = found.attribute;
        if urn.is_none() && attribute.name == "schemas" {
            // The bridge writes it from what is present.
            return Ok(None);
        }
        if let Some(fixed) =
            [Some(attribute), sub].into_iter().flatten().find(|one| one.mutability == Mutability::ReadOnly)
        {
            return if lenient { Ok(None) } else { Err(read_only(&path.at.name, fixed)) };
        }
        if urn.is_none() && attribute.name == "password" {
            return password(attribute, verb, value).map(Some);
        }
        if !path.kept {
            return Ok(None);
        }
        let at = Place { urn: path.at.urn.clone(), name: path.at.name.clone() };
        if attribute.multi_valued {
            return multi_valued(verb, found, sub, path, at, value);
        }
        let step = single(verb, found, sub, at, value)?;
        if let (Some(Step::Assign { value: Value::Bool(active), .. }), None, "active") =
            (&step, urn, attribute.name.as_str())
        {
            self.active = Some(*active);
        }
        Ok(step)
    }

    /// All attributes of an extension lose their values, as far as a client may take them away.
    fn clear_extension(&mut self, verb: Verb, place: &str, urn: &str) {
        let resource_type = self.resource_type;
        let Some(schema) = resource_type.extensions.iter().find(|schema| schema.id == urn) else { return };
        let is_free = |attribute: &Attribute| {
            !attribute.required && !matches!(attribute.mutability, Mutability::ReadOnly | Mutability::Immutable)
        };
        if schema.attributes.iter().all(is_free) {
            self.push(place, Step::ClearExtension { urn: urn.to_owned() });
            return;
        }
        for attribute in schema.attributes.iter().filter(|attribute| attribute.mutability != Mutability::ReadOnly) {
            let at = Place { urn: Some(urn.to_owned()), name: attribute.name.clone() };
            let found = resource_type.find(Some(urn), &attribute.name);
            match found.map(|found| unassign(verb, found, at)) {
                Some(Ok(Some(step))) => self.push(place, step),
                Some(Err(problem)) => self.problems.push(problem.at(place)),
                Some(Ok(None)) | None => {}
            }
        }
    }

    fn push(&mut self, place: &str, step: Step) {
        self.operations.push(Operation { place: place.to_owned(), step });
    }
}

fn single(
    verb: Verb,
    found: Found<'_>,
    sub: Option<&Attribute>,
    at: Place,
    value: &Value,
) -> Result<Option<Step>, ScimError> {
    let attribute = found.attribute;
    let place = found.full_name();
    if let Some(sub) = sub {
        let value =
            if verb == Verb::Remove { None } else { read_simple(sub, &format!("{place}.{}", sub.name), value)? };
        let (mut parts, mut cleared) = (Map::new(), Vec::new());
        match value {
            Some(value) => {
                parts.insert(sub.name.clone(), value);
            }
            None if sub.required => return Err(needed(verb, &format!("{place}.{}", sub.name))),
            None => cleared.push(sub.name.clone()),
        }
        return Ok(Some(Step::Merge { at, parts, cleared }));
    }
    if verb == Verb::Remove {
        return unassign(verb, found, at);
    }
    if attribute.kind != AttributeType::Complex {
        return match read_simple(attribute, &place, value)? {
            Some(value) if attribute.required && value.as_str().is_some_and(|text| text.trim().is_empty()) => {
                Err(needed(verb, &place))
            }
            Some(value) => Ok(Some(Step::Assign { at, value })),
            None => unassign(verb, found, at),
        };
    }
    match read_object(attribute, &place, value)? {
        Object::Nothing => Ok(None),
        Object::Empty => unassign(verb, found, at),
        Object::Parts(parts, cleared) => Ok(Some(Step::Merge { at, parts, cleared })),
    }
}

fn multi_valued(
    verb: Verb,
    found: Found<'_>,
    sub: Option<&Attribute>,
    path: &AttributePath,
    at: Place,
    value: &Value,
) -> Result<Option<Step>, ScimError> {
    let attribute = found.attribute;
    let place = found.full_name();
    let elements = |change: ElementChange| Some(Step::Elements { at: at.clone(), filter: path.filter.clone(), change });
    if let Some(sub) = sub {
        let change = part_change(verb, attribute, sub, &format!("{place}.{}", sub.name), value)?;
        return Ok(elements(change));
    }
    if path.filter.is_some() {
        if verb == Verb::Remove {
            return Ok(elements(ElementChange::Remove));
        }
        let change = element_change(verb, attribute, &place, value)?;
        return Ok(change.and_then(elements));
    }
    match verb {
        Verb::Remove if value.is_null() => unassign(verb, found, at),
        Verb::Remove => {
            let listed = listed(attribute, &place, value)?;
            Ok(Some(Step::RemoveListed { at, listed }))
        }
        Verb::Add => {
            let elements = read_elements(attribute, &place, value)?;
            Ok((!elements.is_empty()).then_some(Step::Append { at, elements }))
        }
        Verb::Replace => {
            let elements = read_elements(attribute, &place, value)?;
            if elements.is_empty() { unassign(verb, found, at) } else { Ok(Some(Step::Overwrite { at, elements })) }
        }
    }
}

/// `attr[filter].sub` and `attr.sub` of a multi-valued attribute.
fn part_change(
    verb: Verb,
    attribute: &Attribute,
    sub: &Attribute,
    place: &str,
    value: &Value,
) -> Result<ElementChange, ScimError> {
    let value = if verb == Verb::Remove { None } else { read_simple(sub, place, value)? };
    let Some(value) = value else {
        if sub.required || sub.mutability == Mutability::Immutable {
            return Err(needed(Verb::Remove, place));
        }
        return Ok(ElementChange::RemoveSub(sub.name.clone()));
    };
    if attribute.name == "roles" && sub.name == "value" {
        let mut parts: Map<String, Value> = [(sub.name.clone(), value)].into_iter().collect();
        unfold_role(&mut parts);
        return Ok(ElementChange::Merge(parts, Vec::new()));
    }
    Ok(ElementChange::SetSub(sub.name.clone(), value))
}

/// `attr[filter]` with a value: one element, perhaps in a list of one.
fn element_change(
    verb: Verb,
    attribute: &Attribute,
    place: &str,
    value: &Value,
) -> Result<Option<ElementChange>, ScimError> {
    let value = match value {
        Value::Array(values) if values.len() > 1 => {
            let problem = format!("`{place}` with a filter takes one value, found a list of {}", values.len());
            return Err(ScimError::InvalidValue(problem));
        }
        Value::Array(values) => values.first().unwrap_or(&Value::Null),
        other => other,
    };
    let emptied = || (verb == Verb::Replace).then_some(ElementChange::Remove);
    if attribute.kind != AttributeType::Complex {
        return Ok(read_simple(attribute, place, value)?.map(ElementChange::Replace).or_else(emptied));
    }
    Ok(match read_element(attribute, place, value)? {
        Object::Nothing => None,
        Object::Empty => emptied(),
        Object::Parts(parts, cleared) if verb == Verb::Add => Some(ElementChange::Merge(parts, cleared)),
        Object::Parts(parts, _) => Some(ElementChange::Replace(Value::Object(parts))),
    })
}

/// The elements that `remove` lists (Entra removes members by a list of values).
fn listed(attribute: &Attribute, place: &str, value: &Value) -> Result<Vec<Listed>, ScimError> {
    let given = match value {
        Value::Array(values) => values.as_slice(),
        single => std::slice::from_ref(single),
    };
    let mut listed = Vec::with_capacity(given.len());
    for value in given {
        if attribute.kind != AttributeType::Complex {
            listed.extend(read_simple(attribute, place, value)?.map(Listed::Value));
            continue;
        }
        let Object::Parts(mut parts, _) = read_element(attribute, place, value)? else { continue };
        match parts.shift_remove("value") {
            Some(value) => listed.push(Listed::Value(value)),
            None if parts.is_empty() => {}
            None => listed.push(Listed::Like(parts)),
        }
    }
    Ok(listed)
}

fn unassign(verb: Verb, found: Found<'_>, at: Place) -> Result<Option<Step>, ScimError> {
    if found.urn.is_none() && found.attribute.name == "active" {
        // No value says nothing; it must not deactivate.
        return Ok(None);
    }
    if found.attribute.required {
        return Err(needed(verb, &found.full_name()));
    }
    if found.attribute.mutability == Mutability::Immutable {
        return Err(ScimError::Mutability(format!("`{}` cannot be removed", found.full_name())));
    }
    Ok(Some(Step::Unassign { at }))
}

fn password(attribute: &Attribute, verb: Verb, value: &Value) -> Result<Step, ScimError> {
    match value {
        _ if verb == Verb::Remove => Ok(Step::Password(None)),
        Value::String(text) => Ok(Step::Password(Some(text.clone()).filter(|text| !text.is_empty()))),
        empty if is_empty(empty) => Ok(Step::Password(None)),
        other => Err(wrong_type(attribute, "password", other)),
    }
}

/// The refusal to leave something without a value that must have one.
fn needed(verb: Verb, name: &str) -> ScimError {
    if verb == Verb::Remove {
        return ScimError::Mutability(format!("`{name}` cannot be removed; replace its value instead"));
    }
    ScimError::InvalidValue(format!("`{name}` is required and must not be empty"))
}

fn read_only(path: &str, attribute: &Attribute) -> ScimError {
    let hint = if path == "groups" { "; change the members of the group instead" } else { "" };
    ScimError::Mutability(format!("`{}` is read-only{hint}", attribute.name))
}
