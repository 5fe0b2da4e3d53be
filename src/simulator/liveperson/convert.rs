//! From the JSON of a caller to the values of an entity: quoted numbers and booleans are taken for what they say, unknown names are ignored.
//!
//! The entity samples of the vendor's docs quote numbers and booleans, and its sample tool sends them so. Null in a list of ids is refused.

use serde_json::{Map, Value, json};

use super::account::Entity;
use super::kind::{Form, Kind, Need};

/// Reads the fields that a caller may give; null is as if nothing was given. `Err` names the field.
pub fn read_fields(kind: Kind, given: &Map<String, Value>) -> Result<Entity, String> {
    let mut values = Entity::new();
    for field in kind.fields().iter().filter(|field| field.need != Need::Server) {
        match given.get(field.name) {
            None | Some(Value::Null) => {}
            Some(value) => {
                let read = read_value(field.form, value).map_err(|wish| format!("{} must be {wish}", field.name))?;
                values.insert(field.name.to_owned(), read);
            }
        }
    }
    Ok(values)
}

/// The whole entity: what was given, and what stands there otherwise. `Err` names the field that is missing.
pub fn complete(kind: Kind, mut given: Entity) -> Result<Entity, String> {
    let mut entity = Entity::new();
    for field in kind.fields() {
        let value = given.shift_remove(field.name);
        let is_empty = value.as_ref().and_then(Value::as_str).is_some_and(str::is_empty);
        let default = match field.need {
            Need::Required if value.is_none() || is_empty => return Err(format!("{} is required", field.name)),
            Need::RequiredPerhapsEmpty if value.is_none() => return Err(format!("{} is required", field.name)),
            Need::WriteOnly => continue,
            Need::Required | Need::RequiredPerhapsEmpty | Need::Optional | Need::Server => None,
            Need::Null => Some(Value::Null),
            Need::False => Some(json!(false)),
            Need::True => Some(json!(true)),
            Need::Empty => Some(json!([])),
            Need::Number(number) => Some(json!(number)),
        };
        if let Some(value) = value.or(default) {
            entity.insert(field.name.to_owned(), value);
        }
    }
    Ok(entity)
}

/// Reads one value; `Err` says what it should be.
pub fn read_value(form: Form, value: &Value) -> Result<Value, &'static str> {
    let list = |each: fn(&Value) -> Result<Value, &'static str>, wish: &'static str| {
        let items = value.as_array().ok_or(wish)?;
        items.iter().map(each).collect::<Result<Vec<_>, _>>().map(Value::Array)
    };
    match form {
        Form::Text => value.as_str().map(|text| json!(text)).ok_or("a text"),
        Form::Long => read_long(value).map(|number| json!(number)),
        Form::Bool => match value {
            Value::Bool(_) => Ok(value.clone()),
            Value::String(text) if text == "true" || text == "false" => Ok(json!(text == "true")),
            _ => Err("true or false"),
        },
        Form::Longs => list(|item| read_long(item).map(|number| json!(number)), "a list of numbers")
            .map_err(|_| "a list of numbers"),
        Form::Member => read_member(value),
        Form::Members => list(read_member, "a list of objects with agentGroupId"),
        Form::Routing => list(read_routing, "a list of objects with agentGroupId"),
        Form::Packages => list(read_package, "a list of permission packages"),
    }
}

/// Reads a whole number, perhaps quoted.
pub fn read_long(value: &Value) -> Result<i64, &'static str> {
    let number = match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    number.ok_or("a whole number")
}

fn read_member(value: &Value) -> Result<Value, &'static str> {
    let wish = "an object with agentGroupId";
    let group = value.as_object().and_then(|object| object.get("agentGroupId")).ok_or(wish)?;
    // the time of assignment is the server's
    Ok(json!({ "agentGroupId": read_long(group).map_err(|_| wish)? }))
}

fn read_routing(value: &Value) -> Result<Value, &'static str> {
    let wish = "an object with agentGroupId, priority and splitPercentage";
    let object = value.as_object().ok_or(wish)?;
    let number = |name: &str, default: Option<i64>| match object.get(name) {
        None | Some(Value::Null) => default.ok_or(wish),
        Some(value) => read_long(value).map_err(|_| wish),
    };
    let priority = number("priority", Some(1))?;
    let mut routing = json!({ "priority": priority, "agentGroupId": number("agentGroupId", None)? });
    if object.contains_key("splitPercentage") {
        routing["splitPercentage"] = json!(number("splitPercentage", None)?);
    }
    Ok(routing)
}

fn read_package(value: &Value) -> Result<Value, &'static str> {
    let wish = "an object with id and isEnabled";
    let object = value.as_object().ok_or(wish)?;
    let mut package = object.clone();
    let id = object.get("id").ok_or(wish).and_then(|id| read_long(id).map_err(|_| wish))?;
    package.insert("id".to_owned(), json!(id));
    if !object.get("isEnabled").is_some_and(Value::is_boolean) {
        return Err(wish);
    }
    Ok(Value::Object(package))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_values_are_taken_for_what_they_say_and_nothing_else_is() {
        let good = [
            (Form::Long, json!("4"), json!(4)),
            (Form::Long, json!(3_705_342_610_i64), json!(3_705_342_610_i64)),
            (Form::Bool, json!("true"), json!(true)),
            (Form::Longs, json!(["1", 2]), json!([1, 2])),
            (Form::Member, json!({ "agentGroupId": "-1", "assignmentDate": "x" }), json!({ "agentGroupId": -1 })),
            (Form::Routing, json!([{ "agentGroupId": 5 }]), json!([{ "priority": 1, "agentGroupId": 5 }])),
        ];
        for (form, given, wanted) in good {
            assert_eq!(read_value(form, &given), Ok(wanted), "{given}");
        }
        let bad = [
            (Form::Long, json!(1.5)),
            (Form::Long, json!("four")),
            (Form::Bool, json!(1)),
            (Form::Bool, json!("TRUE")),
            (Form::Longs, json!([1, null])),
            (Form::Longs, json!("1,2")),
            (Form::Member, json!([{ "agentGroupId": 1 }])),
            (Form::Members, json!({ "agentGroupId": 1 })),
            (Form::Routing, json!([{ "priority": 1 }])),
            (Form::Packages, json!([{ "id": 10_001 }])),
            (Form::Text, json!(5)),
        ];
        for (form, given) in bad {
            assert!(read_value(form, &given).is_err(), "{given}");
        }
    }

    #[test]
    fn what_is_missing_is_named_and_what_is_left_out_is_gone() {
        let given = json!({ "name": "Billing", "canTransfer": "false", "nonsense": 1, "id": 7, "description": null });
        let read = read_fields(Kind::Skills, given.as_object().unwrap()).unwrap();
        let skill = complete(Kind::Skills, read).unwrap();
        let wanted = json!({ "name": "Billing", "maxWaitTime": 120, "skillRoutingConfiguration": [], "lobIds": [], "canTransfer": false,
            "skillTransferList": null, "fallbackWhenAllAgentsAreAway": true });
        assert_eq!(Value::Object(skill), wanted);
        assert_eq!(complete(Kind::Skills, Entity::new()), Err("name is required".to_owned()));
        let empty = json!({ "name": "" });
        assert!(complete(Kind::Lobs, empty.as_object().unwrap().clone()).is_err());
    }
}
