//! Gives a tree its values. Whoever resolves decides which names exist; a name without a value makes its leaf disappear.

use serde_json::{Map, Value};

use super::Tree;
use crate::mapping::bound::RenderError;
use crate::mapping::expression::Expression;

/// The names that a tree may refer to.
pub trait Names {
    /// The value of `$a.b.c`, given as `["a", "b", "c"]`; `None` when it has none.
    fn look_up(&self, path: &[String]) -> Option<Value>;

    /// The value of a name with all that an expression may read of it.
    fn look_up_whole(&self, name: &str) -> Option<Value> {
        self.look_up(&[name.to_owned()])
    }
}

impl Tree {
    /// The tree's value; `None` when it has none.
    ///
    /// # Errors
    /// When a value does not fit its operator (`$for_each` over a number) or an expression fails.
    pub fn resolve(&self, names: &dyn Names) -> Result<Option<Value>, RenderError> {
        match self {
            Self::Constant(value) => Ok(Some(value.clone())),
            Self::Reference(path) => Ok(names.look_up(path)),
            Self::Object(members) => {
                let mut object = Map::with_capacity(members.len());
                for (key, tree) in members {
                    if let Some(value) = tree.resolve(names)? {
                        object.insert(key.clone(), value);
                    }
                }
                Ok(Some(Value::Object(object)))
            }
            Self::List(parts) => {
                let values: Result<Vec<_>, _> =
                    parts.iter().filter_map(|part| part.resolve(names).transpose()).collect();
                values.map(|values| Some(Value::Array(values)))
            }
            Self::Merge(parts) => merge(parts, names),
            Self::Concat(parts) => concat(parts, names),
            Self::ForEach { list, put } => for_each(list, put, names),
            Self::When { value, is, then, otherwise } => {
                if holds(value, is.as_deref(), names)? {
                    return then.resolve(names);
                }
                otherwise.as_ref().map_or(Ok(None), |tree| tree.resolve(names))
            }
            Self::Expression(text) => evaluate(text, names),
        }
    }

    /// The text of a leaf; `None` when it has no value.
    ///
    /// # Errors
    /// When the value is a list or an object.
    pub fn resolve_text(&self, names: &dyn Names) -> Result<Option<String>, RenderError> {
        match self.resolve(names)? {
            None | Some(Value::Null) => Ok(None),
            Some(value) => scalar_text(&value)
                .map(Some)
                .ok_or_else(|| RenderError::new("", format!("a text is needed here, not {}", kind_of(&value)))),
        }
    }

    /// The same tree with those references filled in that `names` knows; the others stay as they are.
    #[must_use]
    pub fn fill_in(&self, names: &dyn Names) -> Self {
        let boxed = |tree: &Self| Box::new(tree.fill_in(names));
        let all = |parts: &[Self]| parts.iter().map(|part| part.fill_in(names)).collect();
        match self {
            Self::Constant(_) | Self::Expression(_) => self.clone(),
            Self::Reference(path) => names.look_up(path).map_or_else(|| self.clone(), Self::Constant),
            Self::Object(members) => {
                Self::Object(members.iter().map(|(key, tree)| (key.clone(), tree.fill_in(names))).collect())
            }
            Self::List(parts) => Self::List(all(parts)),
            Self::Merge(parts) => Self::Merge(all(parts)),
            Self::Concat(parts) => Self::Concat(all(parts)),
            Self::ForEach { list, put } => Self::ForEach { list: boxed(list), put: boxed(put) },
            Self::When { value, is, then, otherwise } => Self::When {
                value: boxed(value),
                is: is.as_deref().map(boxed),
                then: boxed(then),
                otherwise: otherwise.as_deref().map(boxed),
            },
        }
    }

    /// Calls `visit` for every reference in the tree, with its names. Expressions are not looked into.
    pub fn each_reference(&self, visit: &mut dyn FnMut(&[String])) {
        match self {
            Self::Constant(_) | Self::Expression(_) => {}
            Self::Reference(path) => visit(path),
            Self::Object(members) => members.values().for_each(|tree| tree.each_reference(visit)),
            Self::List(parts) | Self::Merge(parts) | Self::Concat(parts) => {
                for tree in parts {
                    tree.each_reference(visit);
                }
            }
            Self::ForEach { list, put } => {
                list.each_reference(visit);
                put.each_reference(visit);
            }
            Self::When { value, is, then, otherwise } => {
                value.each_reference(visit);
                then.each_reference(visit);
                is.iter().chain(otherwise).for_each(|tree| tree.each_reference(visit));
            }
        }
    }
}

/// The text of a single value; `None` for lists, objects and `null`.
pub fn scalar_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(boolean) => Some(boolean.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// What a value is, in the words of an error message.
pub fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn merge(parts: &[Tree], names: &dyn Names) -> Result<Option<Value>, RenderError> {
    let mut merged: Option<Map<String, Value>> = None;
    for part in parts {
        match part.resolve(names)? {
            None | Some(Value::Null) => {}
            Some(Value::Object(members)) => merged.get_or_insert_with(Map::new).extend(members),
            Some(other) => return Err(RenderError::new("$merge", format!("needs objects, not {}", kind_of(&other)))),
        }
    }
    Ok(merged.map(Value::Object))
}

fn concat(parts: &[Tree], names: &dyn Names) -> Result<Option<Value>, RenderError> {
    let mut text = String::new();
    for part in parts {
        match part.resolve_text(names).map_err(|error| error.at("$concat"))? {
            None => return Ok(None),
            Some(next) => text.push_str(&next),
        }
    }
    Ok(Some(Value::String(text)))
}

fn for_each(list: &Tree, put: &Tree, names: &dyn Names) -> Result<Option<Value>, RenderError> {
    let items = match list.resolve(names)? {
        None => return Ok(None),
        // a list that is told to be gone
        Some(Value::Null) => return Ok(Some(Value::Null)),
        Some(Value::Array(items)) => items,
        Some(Value::Object(members)) => members
            .into_iter()
            .map(|(name, value)| {
                Value::Object(Map::from_iter([("name".to_owned(), name.into()), ("value".to_owned(), value)]))
            })
            .collect(),
        Some(other) => return Err(RenderError::new("$for_each", format!("needs a list, not {}", kind_of(&other)))),
    };
    let mut made = Vec::with_capacity(items.len());
    for item in &items {
        if let Some(value) = put.resolve(&WithItem { outer: names, item })? {
            made.push(value);
        }
    }
    Ok(Some(Value::Array(made)))
}

fn holds(value: &Tree, is: Option<&Tree>, names: &dyn Names) -> Result<bool, RenderError> {
    let value = value.resolve(names)?.filter(|value| !value.is_null());
    match (value, is) {
        (None, _) => Ok(false),
        (Some(_), None) => Ok(true),
        (Some(value), Some(is)) => Ok(is.resolve(names)?.is_some_and(|is| is == value)),
    }
}

fn evaluate(text: &str, names: &dyn Names) -> Result<Option<Value>, RenderError> {
    let place = || format!("$expr {text:?}");
    let expression = Expression::compile(text).map_err(|problem| RenderError::new(place(), problem))?;
    let mut context = Map::new();
    for name in expression.variables() {
        // a call's trees never see secrets; an expression does not even where a tree does
        if name == "secrets" || name == "kept" {
            return Err(RenderError::new(place(), "an expression cannot read secrets".to_owned()));
        }
        if let Some(value) = names.look_up_whole(name) {
            context.insert(name.clone(), value);
        }
    }
    expression.evaluate(&Value::Object(context)).map_err(|problem| RenderError::new(place(), problem))
}

/// The names outside, and `$item`.
struct WithItem<'a> {
    outer: &'a dyn Names,
    item: &'a Value,
}

impl Names for WithItem<'_> {
    fn look_up(&self, path: &[String]) -> Option<Value> {
        match path.split_first() {
            Some((first, rest)) if first == "item" => {
                rest.iter().try_fold(self.item, |value, name| value.get(name)).cloned()
            }
            _ => self.outer.look_up(path),
        }
    }

    fn look_up_whole(&self, name: &str) -> Option<Value> {
        if name == "item" { Some(self.item.clone()) } else { self.outer.look_up_whole(name) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    struct Known(Value);

    impl Names for Known {
        fn look_up(&self, path: &[String]) -> Option<Value> {
            path.iter().try_fold(&self.0, |value, name| value.get(name)).cloned()
        }
    }

    fn resolve(tree: Value) -> Result<Option<Value>, RenderError> {
        let names = Known(json!({
            "key": 7, "settings": { "platform": "sd", "empty": null }, "record": { "a": 1, "ids": [4, 5], "levels": { "x": 9 }, "numbered": { "901": 1 } },
        }));
        serde_json::from_value::<Tree>(tree).expect("a tree").resolve(&names)
    }

    fn value(tree: Value) -> Option<Value> {
        resolve(tree).expect("resolves")
    }

    #[test]
    fn what_has_no_value_disappears_from_objects_and_lists() {
        assert_eq!(value(json!({ "a": "$key", "b": "$nothing" })), Some(json!({ "a": 7 })));
        assert_eq!(value(json!(["$key", "$nothing", null])), Some(json!([7, null])));
        assert_eq!(value(json!({ "$concat": ["$key", "$nothing"] })), None);
        assert_eq!(value(json!({ "$concat": ["$key", ".json"] })), Some(json!("7.json")));
    }

    #[test]
    fn later_members_win_in_a_merge() {
        assert_eq!(
            value(json!({ "$merge": [{ "a": 0, "id": "$key" }, "$record.levels", { "a": 2 }] })),
            Some(json!({ "a": 2, "id": 7, "x": 9 }))
        );
        assert!(resolve(json!({ "$merge": ["$key"] })).is_err());
    }

    #[test]
    fn each_element_becomes_what_is_put() {
        assert_eq!(
            value(json!({ "$for_each": "$record.ids", "$put": { "id": "$item", "k": "$key" } })),
            Some(json!([{ "id": 4, "k": 7 }, { "id": 5, "k": 7 }]))
        );
        assert_eq!(
            value(json!({ "$for_each": "$record.levels", "$put": { "$concat": ["$item.name", "$item.value"] } })),
            Some(json!(["x9"]))
        );
        // names are texts; a vendor that wants numbers gets them by an expression
        assert_eq!(
            value(json!({ "$for_each": "$record.numbered", "$put": { "id": { "$expr": "item.name | number" } } })),
            Some(json!([{ "id": 901 }]))
        );
        assert_eq!(value(json!({ "$for_each": "$nothing", "$put": 1 })), None);
        assert_eq!(
            value(json!({ "$for_each": "$settings.empty", "$put": 1 })),
            Some(json!(null)),
            "gone is told as gone"
        );
        assert!(resolve(json!({ "$for_each": "$key", "$put": 1 })).is_err());
    }

    #[test]
    fn a_condition_asks_for_a_value_or_for_the_very_value() {
        let when = |is: &str| value(json!({ "$when": "$settings.platform", "$is": is, "$then": "yes" }));
        assert_eq!((when("sd"), when("ha")), (Some(json!("yes")), None));
        assert_eq!(value(json!({ "$when": "$settings.empty", "$then": 1, "$else": 2 })), Some(json!(2)));
    }

    #[test]
    fn an_expression_knows_the_same_names_but_no_secret() {
        assert_eq!(value(json!({ "$expr": "settings.platform ~ key" })), Some(json!("sd7")));
        assert!(
            resolve(json!({ "$expr": "secrets.password" }))
                .expect_err("secret")
                .problem
                .contains("cannot read secrets")
        );
    }

    #[test]
    fn filling_in_leaves_unknown_references_for_later() {
        let tree: Tree = serde_json::from_value(json!(["$key", "$secrets.password"])).expect("a tree");
        let filled = tree.fill_in(&Known(json!({ "key": 7 })));
        assert_eq!(serde_json::to_value(filled).expect("writable"), json!([7, "$secrets.password"]));
    }
}
