//! What a person's groups make of the fields that carry memberships. Knows no groups, only what they mean.

use std::collections::{BTreeMap, HashSet};
use std::sync::LazyLock;

use serde_json::{Map, Value};

use super::desired::shape;
use super::fields::BoundField;
use super::names::Lists;
use super::same::comparable;
use super::{Bound, BoundTarget, Shape};
use crate::mapping::convert::{canonical, coerce, is_empty, transform};
use crate::mapping::model::{FieldType, Transform};
use crate::mapping::scim_path::{Left, ScimPath};

/// What one group means for a person at the vendor.
#[derive(Debug, Clone, PartialEq)]
pub struct Membership {
    /// Name of the target in `groups`.
    pub target: String,
    /// The vendor's value: the key of the group's object, in the type of the field's elements.
    pub value: Value,
    /// Level, for a `level_map`.
    pub level: Option<i64>,
    /// He was a member and is none any more: the value goes, also when the person's own attributes name it.
    pub is_over: bool,
}

/// What a person is mapped from, besides the resource.
#[derive(Debug, Clone, Copy, Default)]
pub struct Beside<'a> {
    /// Write-only values (`password`), which are never stored.
    pub secrets: Option<&'a Map<String, Value>>,
    /// What his groups mean, in the order in which he joined: where only one counts, the last does.
    pub memberships: &'a [Membership],
    /// What the catalogs list, for fields with `lookup`, as far as it is known.
    pub lists: Option<&'a Lists>,
}

impl<'a> Beside<'a> {
    /// What is known of the catalogs.
    pub(super) fn lists(self) -> &'a Lists {
        static NOTHING: LazyLock<Lists> = LazyLock::new(Lists::default);
        self.lists.unwrap_or(&NOTHING)
    }
}

impl Bound {
    /// What a person's groups make of the value that he has himself.
    ///
    /// List: his own values without those that are over, and those of his groups. Levels: the same, each with its level; where two groups give
    /// different levels of one thing, the higher holds. One value: that of the group which he joined last, else his own unless that is over.
    pub(super) fn with_memberships(
        &self,
        field: &BoundField,
        own: Option<Value>,
        memberships: &[Membership],
    ) -> Result<Option<Value>, String> {
        let (over, held): (Vec<_>, Vec<_>) = self.memberships_of(field, memberships).partition(|(one, _)| one.is_over);
        if over.is_empty() && held.is_empty() {
            return Ok(own);
        }
        let over = Over::new(field, over.iter().map(|(membership, _)| *membership));
        let own = own.and_then(|own| over.taken_out_of(own));
        let value = match Shape::of(field.spec.kind) {
            Shape::One => match held.last() {
                Some((last, _)) => Some(coerce(field.spec.kind, last.value.clone())?),
                None => own,
            },
            Shape::List => united(field, own, &held)?,
            Shape::LevelMap => Some(levelled(field, own, &held)),
        };
        Ok(value.filter(|value| !is_empty(value)))
    }

    /// The resource without the values that are over, where the person's own attributes name them; `None` when they name none.
    pub fn without_values(
        &self,
        resource: &Map<String, Value>,
        over: &[Membership],
        lists: &Lists,
    ) -> Option<Map<String, Value>> {
        let mut without = None;
        for field in self.fields.values().filter(|field| !field.spec.write_only) {
            let mut of_field = self.memberships_of(field, over).map(|(membership, _)| membership).peekable();
            if of_field.peek().is_none() {
                continue;
            }
            let over = Over::new(field, of_field);
            let sources = field.sources.iter().map(|source| (&source.path, source.transforms.as_slice()));
            let written = field.to.iter().filter(|to| field.sources.iter().all(|source| source.path != **to));
            for (path, transforms) in sources.chain(written.map(|path| (path, [].as_slice()))) {
                let left = |raw: &Value| over.left_of(self, path, transforms, raw, lists);
                if let Some(changed) = path.rewritten(without.as_ref().unwrap_or(resource), &left) {
                    without = Some(changed);
                }
            }
        }
        without
    }

    /// Is it a membership in a group that gives this field its value?
    pub(super) fn is_about(&self, membership: &Membership, field: &BoundField) -> bool {
        self.targets.get(&membership.target).is_some_and(|target| target.field == field.name)
    }

    fn memberships_of<'a>(
        &'a self,
        field: &'a BoundField,
        memberships: &'a [Membership],
    ) -> impl Iterator<Item = (&'a Membership, &'a BoundTarget)> {
        let with_target = memberships.iter().filter_map(|one| Some((one, self.targets.get(&one.target)?)));
        with_target.filter(|(_, target)| target.field == field.name)
    }
}

/// Values of a field that are over.
struct Over<'a> {
    field: &'a BoundField,
    forms: HashSet<String>,
}

impl<'a> Over<'a> {
    fn new<'m>(field: &'a BoundField, memberships: impl Iterator<Item = &'m Membership>) -> Self {
        Self { field, forms: memberships.map(|membership| comparable(Some(field), &membership.value)).collect() }
    }

    fn has(&self, value: &Value) -> bool {
        self.forms.contains(&comparable(Some(self.field), value))
    }

    /// What is left of a value in the vendor's terms.
    fn taken_out_of(&self, own: Value) -> Option<Value> {
        match own {
            Value::Array(mut values) => {
                values.retain(|value| !self.has(value));
                Some(Value::Array(values))
            }
            Value::Object(mut levels) => {
                levels.retain(|name, _| !self.has(&Value::from(name.as_str())));
                Some(Value::Object(levels))
            }
            one if self.has(&one) => None,
            one => Some(one),
        }
    }

    /// What is left of a value in SCIM's terms.
    fn left_of(&self, bound: &Bound, path: &ScimPath, transforms: &[Transform], raw: &Value, lists: &Lists) -> Left {
        if self.field.spec.kind == FieldType::LevelMap {
            let named = self.field.looked_up(raw.clone(), lists).unwrap_or_else(|_| raw.clone());
            return if self.has(&named) { Left::Nothing } else { Left::All };
        }
        let value = transform(transforms, raw.clone()).and_then(|value| shape(self.field, value, lists).ok().flatten());
        let Some(value) = value else { return Left::All };
        match self.taken_out_of(value.clone()) {
            None => Left::Nothing,
            Some(left) if is_empty(&left) => Left::Nothing,
            Some(left) if left == value => Left::All,
            Some(left) => Left::Some(bound.scim_value(self.field, path, &left, lists)),
        }
    }
}

/// His own values, then those of his groups, each once.
fn united(
    field: &BoundField,
    own: Option<Value>,
    held: &[(&Membership, &BoundTarget)],
) -> Result<Option<Value>, String> {
    let mut values = match own {
        Some(Value::Array(values)) => values,
        _ => Vec::new(),
    };
    let mut forms: HashSet<String> = values.iter().map(|value| comparable(Some(field), value)).collect();
    for (membership, _) in held {
        let Value::Array(typed) = coerce(field.spec.kind, membership.value.clone())? else { continue };
        values.extend(typed.into_iter().filter(|value| forms.insert(comparable(Some(field), value))));
    }
    Ok((!values.is_empty()).then_some(Value::Array(values)))
}

/// His own levels, overruled by those of his groups.
fn levelled(field: &BoundField, own: Option<Value>, held: &[(&Membership, &BoundTarget)]) -> Value {
    let mut levels = match own {
        Some(Value::Object(levels)) => levels,
        _ => Map::new(),
    };
    let mut given: BTreeMap<String, (String, i64)> = BTreeMap::new();
    for (membership, target) in held {
        let Some(level) = membership.level.or(target.level.map(|rule| rule.default)) else { continue };
        let form = comparable(Some(field), &membership.value);
        let known = given.entry(form).or_insert_with(|| (canonical(&membership.value), level));
        known.1 = known.1.max(level);
    }
    levels.retain(|name, _| !given.contains_key(&comparable(Some(field), &Value::from(name.as_str()))));
    levels.extend(given.into_values().map(|(name, level)| (name, Value::from(level))));
    Value::Object(levels)
}
