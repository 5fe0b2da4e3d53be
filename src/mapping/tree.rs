//! Value trees: how a mapping file says what a call carries. A tree has values only at its leaves, so that user data never becomes
//! structure. How a tree gets its values is in [`resolve`].

pub mod resolve;

use std::fmt;

use indexmap::IndexMap;
use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap as _, SerializeSeq as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::nearest::hint;

/// A value tree.
///
/// In YAML a text that begins with `$` is a reference (`$settings.base_url`, `$secrets.password`, `$key`, `$record`,
/// `$record.email`, `$page.cursor`, `$item`, `$arg.channel`); `$$` at the beginning stands for a plain `$`, in texts and in names.
/// An object whose keys begin with `$` is an operator.
#[derive(Debug, Clone, PartialEq)]
pub enum Tree {
    /// A constant.
    Constant(Value),
    /// `$name.path`: the names, in order (`["settings", "base_url"]`). Yields no value when there is none.
    Reference(Vec<String>),
    /// An object; members without a value are left out.
    Object(IndexMap<String, Tree>),
    /// A list; elements without a value are left out.
    List(Vec<Tree>),
    /// `{$merge: [a, b]}`: members of several objects, later ones win.
    Merge(Vec<Tree>),
    /// `{$concat: [a, b]}`: one text made of several values; no value when one of them has none.
    Concat(Vec<Tree>),
    /// `{$for_each: $record.ids, $put: {id: $item}}`: a list with one element per element. Of an object every member becomes
    /// `{name, value}` (`$item.name`, `$item.value`). `null`, the loss of a list, stays `null`.
    ForEach {
        /// The list.
        list: Box<Tree>,
        /// What each element becomes; `$item` is the element.
        put: Box<Tree>,
    },
    /// `{$when: a, $is: b, $then: c, $else: d}`: `c` when `a` has a value (and equals `b`, when given), else `d`.
    When {
        /// The value that decides.
        value: Box<Tree>,
        /// What it must equal.
        is: Option<Box<Tree>>,
        /// Value when it does.
        then: Box<Tree>,
        /// Value when it does not; default: no value.
        otherwise: Option<Box<Tree>>,
    },
    /// `{$expr: "…"}`: a MiniJinja expression over the same names, secrets excepted.
    Expression(String),
}

/// The operators, for error messages.
const OPERATORS: [&str; 8] = ["$merge", "$concat", "$for_each", "$put", "$when", "$is", "$then", "$else"];
/// The operator that stands for an expression.
const EXPRESSION: &str = "$expr";

impl Tree {
    /// Reads a text of a mapping file: a reference, or a constant text.
    ///
    /// # Errors
    /// A reference that has an empty part or white space (`$record.`).
    pub fn from_text(text: &str) -> Result<Self, String> {
        if let Some(rest) = text.strip_prefix("$$") {
            return Ok(Self::Constant(Value::String(format!("${rest}"))));
        }
        let Some(name) = text.strip_prefix('$') else { return Ok(Self::Constant(Value::String(text.to_owned()))) };
        let parts: Vec<String> = name.split('.').map(str::to_owned).collect();
        let broken = parts.iter().any(|part| part.is_empty() || part.contains(char::is_whitespace));
        if broken {
            return Err(format!(
                "`{text}` is no reference: it needs names separated by dots, such as $settings.base_url; a text that begins with $ is written with $$"
            ));
        }
        Ok(Self::Reference(parts))
    }

    /// The reference as it is written, `$settings.base_url`.
    fn reference_text(names: &[String]) -> String {
        format!("${}", names.join("."))
    }
}

/// Takes the members of a YAML object: an operator when its keys begin with `$`, else an object.
fn from_members(mut members: IndexMap<String, Tree>) -> Result<Tree, String> {
    let is_operator = |key: &String| key.starts_with('$') && !key.starts_with("$$");
    if !members.keys().any(is_operator) {
        let plain = members.into_iter().map(|(key, tree)| match key.strip_prefix("$$") {
            Some(rest) => (format!("${rest}"), tree),
            None => (key, tree),
        });
        return Ok(Tree::Object(plain.collect()));
    }
    let tree = if let Some(parts) = members.shift_remove("$merge") {
        Tree::Merge(list_of(parts, "$merge")?)
    } else if let Some(parts) = members.shift_remove("$concat") {
        Tree::Concat(list_of(parts, "$concat")?)
    } else if let Some(list) = members.shift_remove("$for_each") {
        let put = members.shift_remove("$put").ok_or("$for_each needs $put: what each element becomes")?;
        Tree::ForEach { list: Box::new(list), put: Box::new(put) }
    } else if let Some(value) = members.shift_remove("$when") {
        let then = members.shift_remove("$then").ok_or("$when needs $then: the value when the condition holds")?;
        let is = members.shift_remove("$is").map(Box::new);
        let otherwise = members.shift_remove("$else").map(Box::new);
        Tree::When { value: Box::new(value), is, then: Box::new(then), otherwise }
    } else if let Some(expression) = members.shift_remove(EXPRESSION) {
        match expression {
            Tree::Constant(Value::String(text)) => Tree::Expression(text),
            _ => return Err("$expr needs a text: a MiniJinja expression".to_owned()),
        }
    } else {
        let (key, _) = members.iter().find(|(key, _)| is_operator(key)).ok_or("an operator is missing")?;
        let known = OPERATORS.into_iter().chain([EXPRESSION]);
        return Err(format!("unknown operator {key}{}", hint(key, known)));
    };
    match members.keys().next() {
        None => Ok(tree),
        Some(key) => {
            Err(format!("{key} does not belong to this operator{}", hint(key, ["$put", "$is", "$then", "$else"])))
        }
    }
}

fn list_of(tree: Tree, operator: &str) -> Result<Vec<Tree>, String> {
    match tree {
        Tree::List(parts) => Ok(parts),
        Tree::Constant(Value::Array(parts)) => Ok(parts.into_iter().map(Tree::Constant).collect()),
        _ => Err(format!("{operator} needs a list")),
    }
}

impl Serialize for Tree {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Constant(Value::String(text)) if text.starts_with('$') => {
                serializer.serialize_str(&format!("${text}"))
            }
            Self::Constant(value) => value.serialize(serializer),
            Self::Reference(names) => serializer.serialize_str(&Self::reference_text(names)),
            Self::Object(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                for (key, tree) in members {
                    let key = if key.starts_with('$') { format!("${key}") } else { key.clone() };
                    map.serialize_entry(&key, tree)?;
                }
                map.end()
            }
            Self::List(parts) => {
                let mut list = serializer.serialize_seq(Some(parts.len()))?;
                for part in parts {
                    list.serialize_element(part)?;
                }
                list.end()
            }
            Self::Merge(parts) => serialize_operator(serializer, &[("$merge", parts)]),
            Self::Concat(parts) => serialize_operator(serializer, &[("$concat", parts)]),
            Self::ForEach { list, put } => serialize_operator(serializer, &[("$for_each", list), ("$put", put)]),
            Self::When { value, is, then, otherwise } => {
                let mut map = serializer.serialize_map(None)?;
                map.serialize_entry("$when", value)?;
                if let Some(is) = is {
                    map.serialize_entry("$is", is)?;
                }
                map.serialize_entry("$then", then)?;
                if let Some(otherwise) = otherwise {
                    map.serialize_entry("$else", otherwise)?;
                }
                map.end()
            }
            Self::Expression(text) => serialize_operator(serializer, &[(EXPRESSION, text)]),
        }
    }
}

fn serialize_operator<S: Serializer, T: Serialize>(serializer: S, members: &[(&str, T)]) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(members.len()))?;
    for (key, value) in members {
        map.serialize_entry(key, value)?;
    }
    map.end()
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TreeVisitor)
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value, a reference such as $settings.base_url, or an operator such as $when")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Tree, E> {
        Ok(Tree::Constant(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Tree, E> {
        Ok(Tree::Constant(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Tree, E> {
        Ok(Tree::Constant(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Tree, E> {
        Ok(Tree::Constant(value.into()))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Tree, E> {
        Tree::from_text(text).map_err(E::custom)
    }

    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Constant(Value::Null))
    }

    fn visit_none<E>(self) -> Result<Tree, E> {
        Ok(Tree::Constant(Value::Null))
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Tree, D::Error> {
        Tree::deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Tree, A::Error> {
        let mut parts = Vec::new();
        while let Some(part) = seq.next_element()? {
            parts.push(part);
        }
        Ok(Tree::List(parts))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tree, A::Error> {
        let mut members = IndexMap::new();
        while let Some((key, tree)) = map.next_entry::<String, Tree>()? {
            members.insert(key, tree);
        }
        from_members(members).map_err(de::Error::custom)
    }
}

impl schemars::JsonSchema for Tree {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Tree".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let tree = generator.subschema_for::<Self>();
        schemars::json_schema!({
            "description": "A value tree: a constant, a reference ($settings.NAME, $key, $record, $record.FIELD, $page.cursor, $arg.NAME, $item), \
                            an object, a list, or an operator ($merge, $concat, $for_each with $put, $when with $is, $then, $else, or $expr). \
                            A plain text that begins with $ is written with $$.",
            "anyOf": [
                { "type": ["string", "number", "boolean", "null"] },
                { "type": "array", "items": tree },
                { "type": "object", "required": ["$merge"], "properties": { "$merge": { "type": "array", "items": tree } }, "additionalProperties": false },
                { "type": "object", "required": ["$concat"], "properties": { "$concat": { "type": "array", "items": tree } }, "additionalProperties": false },
                { "type": "object", "required": ["$for_each", "$put"], "properties": { "$for_each": tree, "$put": tree }, "additionalProperties": false },
                { "type": "object", "required": ["$when", "$then"],
                  "properties": { "$when": tree, "$is": tree, "$then": tree, "$else": tree }, "additionalProperties": false },
                { "type": "object", "required": ["$expr"], "properties": { "$expr": { "type": "string" } }, "additionalProperties": false },
                { "type": "object", "patternProperties": { "^([^$]|\\$\\$)": tree }, "additionalProperties": false }
            ]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn tree(value: Value) -> Tree {
        serde_json::from_value(value).expect("a tree")
    }

    #[test]
    fn every_form_survives_reading_and_writing() {
        let written = json!({
            "constant": [1, true, null, "x", "$$dollar"],
            "reference": "$settings.base_url",
            "merge": { "$merge": [{ "userId": "$key" }, "$record"] },
            "concat": { "$concat": ["$key", ".json"] },
            "each": { "$for_each": "$record.ids", "$put": { "id": "$item" } },
            "when": { "$when": "$settings.a", "$is": "b", "$then": "c", "$else": "d" },
            "expr": { "$expr": "record.a or 'b'" },
            "$$odd": 1,
        });
        let read = tree(written.clone());
        assert_eq!(serde_json::to_value(&read).expect("writable"), written);
        assert_eq!(tree(serde_json::to_value(&read).expect("writable")), read);
    }

    #[test]
    fn an_unknown_operator_names_the_nearest_known_one() {
        let error = serde_json::from_value::<Tree>(json!({ "$mrege": [] })).expect_err("unknown operator").to_string();
        assert!(error.contains("unknown operator $mrege; did you mean $merge?"), "{error}");
    }

    #[test]
    fn an_operator_with_a_foreign_member_is_refused() {
        let error = serde_json::from_value::<Tree>(json!({ "$when": 1, "$then": 2, "$els": 3 })).expect_err("foreign");
        assert!(error.to_string().contains("did you mean $else?"), "{error}");
    }

    #[test]
    fn a_broken_reference_is_refused() {
        for text in ["$", "$record.", "$a b"] {
            assert!(serde_json::from_value::<Tree>(json!(text)).is_err(), "{text}");
        }
    }

    #[test]
    fn yaml_is_read_like_json() {
        let read: Tree = serde_saphyr::from_str("{ $when: $settings.platform, $is: sd, $then: sd }").expect("yaml");
        assert_eq!(read, tree(json!({ "$when": "$settings.platform", "$is": "sd", "$then": "sd" })));
    }
}
