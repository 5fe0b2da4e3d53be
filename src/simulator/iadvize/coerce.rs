//! Input coercion by the GraphQL specification (October 2021, sections 3.4 to 3.11 and 6.1.2): variables and literals become values of their declared type
//! or are refused. What was left out stays left out, so that a mutation can tell it from null.

use async_graphql::Value;
use async_graphql::parser::types::{
    BaseType, Field, FieldDefinition, InputObjectType, OperationDefinition, Type, TypeKind,
};
use async_graphql::{Name, Pos, Variables};
use serde_json::{Map, Value as Json};

use super::types::Types;

/// Where a value comes from: in JSON an enum value is a text, in a document a bare name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Json,
    Document,
}

/// Coerces the variables of an operation. Each refusal quotes the whole value, as the real service does, passwords included.
pub fn variables(
    types: &Types,
    operation: &OperationDefinition,
    given: &Map<String, Json>,
) -> Result<Variables, Vec<(String, Pos)>> {
    let mut coerced = Variables::default();
    let mut refused = Vec::new();
    for definition in &operation.variable_definitions {
        let name = &definition.node.name.node;
        let declared = &definition.node.var_type.node;
        let base = base_name(declared);
        if !types.is_input(base) {
            refused.push((format!("Variable \"${name}\": there is no input type \"{base}\""), definition.pos));
            continue;
        }
        let result = match (given.get(name.as_str()), &definition.node.default_value) {
            (Some(value), _) => Value::from_json(value.clone())
                .map_err(|error| error.to_string())
                .and_then(|value| coerce(types, declared, &value, Source::Json))
                .map_err(|reason| {
                    format!("Variable \"${name}\" of type \"{declared}\" got an invalid value {value}: {reason}")
                }),
            (None, Some(default)) => coerce(types, declared, &default.node, Source::Document)
                .map_err(|reason| format!("Variable \"${name}\": its default does not fit \"{declared}\": {reason}")),
            (None, None) if declared.nullable => continue,
            (None, None) => Err(format!("Variable \"${name}\" of type \"{declared}\" is required but was not given")),
        };
        match result {
            Ok(value) => drop(coerced.insert(name.clone(), value)),
            Err(message) => refused.push((message, definition.pos)),
        }
    }
    if refused.is_empty() { Ok(coerced) } else { Err(refused) }
}

/// Coerces the arguments of a field to JSON, with defaults; arguments that were left out and have none are absent.
pub fn arguments(
    types: &Types,
    definition: &FieldDefinition,
    field: &Field,
    variables: &Variables,
) -> Result<Map<String, Json>, String> {
    let mut coerced = Map::new();
    for argument in &definition.arguments {
        let name = &argument.node.name.node;
        let written = field.get_argument(name.as_str()).map(|value| {
            let known = |variable: Name| Ok::<_, String>(variables.get(&variable).cloned().unwrap_or_else(absent));
            value.node.clone().into_const_with(known)
        });
        let value = match written.transpose()? {
            Some(value) if !is_absent(&value) => coerce(types, &argument.node.ty.node, &value, Source::Document)
                .map_err(|reason| format!("Argument \"{name}\": {reason}"))?,
            _ => match &argument.node.default_value {
                Some(default) => default.node.clone(),
                None if argument.node.ty.node.nullable => continue,
                None => return Err(format!("Argument \"{name}\" is required but was not given")),
            },
        };
        coerced.insert(name.to_string(), value.into_json().map_err(|error| error.to_string())?);
    }
    Ok(coerced)
}

/// Whether a value is one of the scalar; used by the engine for literals and for answers.
pub fn check_scalar(name: &str, value: &Value, text_ids: bool) -> bool {
    scalar(name, value, text_ids).is_ok()
}

fn coerce(types: &Types, declared: &Type, value: &Value, source: Source) -> Result<Value, String> {
    if *value == Value::Null {
        return if declared.nullable { Ok(Value::Null) } else { Err(format!("expected \"{declared}\", found null")) };
    }
    match &declared.base {
        BaseType::List(item) => match value {
            Value::List(items) => {
                let items = items.iter().map(|one| if is_absent(one) { &Value::Null } else { one });
                items.map(|one| coerce(types, item, one, source)).collect::<Result<_, _>>().map(Value::List)
            }
            single => Ok(Value::List(vec![coerce(types, item, single, source)?])),
        },
        BaseType::Named(name) => match types.find(name).map(|found| &found.kind) {
            Some(TypeKind::InputObject(object)) => input_object(types, name, object, value, source),
            Some(TypeKind::Enum(known)) => {
                let text = match (value, source) {
                    (Value::Enum(text), _) => text.as_str(),
                    (Value::String(text), Source::Json) => text.as_str(),
                    _ => return Err(format!("expected a value of \"{name}\"")),
                };
                let is_known = known.values.iter().any(|one| one.node.value.node == text);
                is_known
                    .then(|| Value::Enum(Name::new(text)))
                    .ok_or_else(|| format!("\"{name}\" has no value \"{text}\""))
            }
            Some(TypeKind::Scalar) | None => scalar(name, value, types.text_ids),
            Some(_) => Err(format!("\"{name}\" is not an input type")),
        },
    }
}

fn input_object(
    types: &Types,
    name: &str,
    object: &InputObjectType,
    value: &Value,
    source: Source,
) -> Result<Value, String> {
    let Value::Object(members) = value else { return Err(format!("expected an object of \"{name}\"")) };
    let is_field = |member: &Name| object.fields.iter().any(|field| field.node.name.node == *member);
    if let Some(unknown) = members.keys().find(|member| !is_field(member)) {
        return Err(format!("\"{name}\" has no field \"{unknown}\""));
    }
    let mut coerced = indexmap::IndexMap::new();
    for field in &object.fields {
        let field_name = &field.node.name.node;
        let value = match members.get(field_name).filter(|value| !is_absent(value)) {
            Some(value) => coerce(types, &field.node.ty.node, value, source)
                .map_err(|reason| format!("field \"{field_name}\": {reason}"))?,
            None => match &field.node.default_value {
                Some(default) => default.node.clone(),
                None if field.node.ty.node.nullable => continue,
                None => return Err(format!("field \"{field_name}\" of type \"{}\" is required", field.node.ty.node)),
            },
        };
        coerced.insert(field_name.clone(), value);
    }
    Ok(Value::Object(coerced))
}

fn scalar(name: &str, value: &Value, text_ids: bool) -> Result<Value, String> {
    let fits = match (name, value) {
        ("LegacyId" | "ID", Value::Number(number)) => number.is_i64(),
        ("LegacyId", Value::String(digits)) if text_ids => {
            let number = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse::<i64>().ok()).flatten();
            return number.map(Value::from).ok_or_else(|| "expected \"LegacyId\"".to_owned());
        }
        ("Int", Value::Number(number)) => number.as_i64().is_some_and(|number| i32::try_from(number).is_ok()),
        ("Float", Value::Number(_))
        | ("Boolean", Value::Boolean(_))
        | ("String" | "ID" | "DateTime" | "UUID" | "URL", Value::String(_)) => true,
        // ISO 639-1 (provisioning guide: "ISO format")
        ("Language", Value::String(code)) => code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_lowercase()),
        _ => false,
    };
    if fits { Ok(value.clone()) } else { Err(format!("expected \"{name}\"")) }
}

fn base_name(declared: &Type) -> &str {
    match &declared.base {
        BaseType::Named(name) => name.as_str(),
        BaseType::List(item) => base_name(item),
    }
}

/// Stands for a variable that was not given. No enum value has an empty name, so it cannot be anything else.
fn absent() -> Value {
    Value::Enum(Name::new(""))
}

fn is_absent(value: &Value) -> bool {
    matches!(value, Value::Enum(name) if name.is_empty())
}
