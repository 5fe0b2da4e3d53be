//! Request bodies: JSON objects without a key twice, and values that may be quoted. Texts of refusals follow those that the vendor's parser is known to write.

use indexmap::IndexMap;
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::{Map, Value};

use super::super::control::Request;
use super::refusal::Refusal;

/// Highest level of a skill: it is a percentage.
const MAX_LEVEL: i64 = 100;

/// Reads a body that must be an object; `types` are the media types that it may have.
pub fn read_object(request: &Request, types: &[&str]) -> Result<Map<String, Value>, Refusal> {
    if !types.contains(&request.media_type().as_str()) {
        return Err(Refusal::media_type());
    }
    let first = request.body.iter().find(|byte| !byte.is_ascii_whitespace());
    let other = match first {
        None => return Err(Refusal::bad("End of input at line 1 column 1 path $")),
        Some(b'{') => None,
        Some(b'[') => Some("BEGIN_ARRAY"),
        Some(b't' | b'f') => Some("BOOLEAN"),
        Some(b'n') => Some("NULL"),
        Some(b'-' | b'0'..=b'9') => Some("NUMBER"),
        Some(_) => Some("STRING"),
    };
    if let Some(other) = other {
        return Err(Refusal::bad(format!("Expected BEGIN_OBJECT but was {other} at line 1 column 1 path $")));
    }
    serde_json::from_slice::<Unique>(&request.body).map(|Unique(object)| object).map_err(|error| {
        let text = error.to_string();
        match text.split_once(REPEATED).and_then(|(_, rest)| rest.split_once('`')) {
            Some((field, _)) => Refusal::bad(format!("duplicate key: {field}")),
            None => Refusal::bad(format!("{} path $", text.replace("expected", "Expected").replace('`', "'"))),
        }
    })
}

const REPEATED: &str = "repeated key `";

/// An object whose keys differ.
struct Unique(Map<String, Value>);

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Keys;

        impl<'de> Visitor<'de> for Keys {
            type Value = Map<String, Value>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
                let mut object = Map::new();
                while let Some((key, value)) = access.next_entry::<String, Value>()? {
                    if object.contains_key(&key) {
                        return Err(A::Error::custom(format!("{REPEATED}{key}`")));
                    }
                    object.insert(key, value);
                }
                Ok(object)
            }
        }

        deserializer.deserialize_map(Keys).map(Self)
    }
}

/// A text; null and nothing are the same, and so is an empty one.
pub fn text(body: &Map<String, Value>, field: &str) -> Result<Option<String>, Refusal> {
    match body.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.is_empty() => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(Refusal::bad(format!("{field} must be a string"))),
    }
}

/// A text that must be there.
pub fn required(body: &Map<String, Value>, field: &str) -> Result<String, Refusal> {
    text(body, field)?.ok_or_else(|| Refusal::missing(field))
}

/// A text of digits, or a number.
pub fn extension(body: &Map<String, Value>, field: &str) -> Result<Option<String>, Refusal> {
    let given = match body.get(field) {
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => text(body, field)?,
    };
    match given {
        Some(digits) if !digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            Err(Refusal::bad(format!("{field} must have digits only")))
        }
        given => Ok(given),
    }
}

/// True or false, perhaps quoted.
pub fn boolean(body: &Map<String, Value>, field: &str) -> Result<Option<bool>, Refusal> {
    match body.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(is_true)) => Ok(Some(*is_true)),
        Some(Value::String(text)) if text == "true" || text == "false" => Ok(Some(text == "true")),
        Some(_) => Err(Refusal::bad(format!("{field} must be a boolean"))),
    }
}

/// Skills by name with levels from 0 to 100, perhaps quoted.
pub fn skills(body: &Map<String, Value>) -> Result<Option<IndexMap<String, i64>>, Refusal> {
    let wrong = || Refusal::bad("skills must be an object of skill names and levels from 0 to 100");
    let given = match body.get("skills") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Object(given)) => given,
        Some(_) => return Err(wrong()),
    };
    let level = |value: &Value| match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    let read = |(name, value): (&String, &Value)| {
        let level = level(value).filter(|level| (0..=MAX_LEVEL).contains(level));
        level.map(|level| (name.clone(), level)).ok_or_else(wrong)
    };
    given.iter().map(read).collect::<Result<_, _>>().map(Some)
}

/// Names of roles.
pub fn role_names(body: &Map<String, Value>) -> Result<Option<Vec<String>>, Refusal> {
    let wrong = || Refusal::bad("roles must be an array of role names");
    match body.get("roles") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Array(items)) => items
            .iter()
            .map(|item| item.as_str().map(str::to_owned).ok_or_else(wrong))
            .collect::<Result<_, _>>()
            .map(Some),
        Some(_) => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use super::*;

    fn refused(body: &str) -> String {
        let request = Request {
            method: "POST".to_owned(),
            path: "/".to_owned(),
            query: String::new(),
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body: body.as_bytes().to_vec(),
            peer: IpAddr::V4(Ipv4Addr::LOCALHOST),
        };
        read_object(&request, &["application/json"]).unwrap_err().message
    }

    #[test]
    fn what_is_wrong_with_a_body_is_said_with_its_place() {
        assert_eq!(refused(r#""text""#), "Expected BEGIN_OBJECT but was STRING at line 1 column 1 path $");
        assert_eq!(refused("[1]"), "Expected BEGIN_OBJECT but was BEGIN_ARRAY at line 1 column 1 path $");
        assert_eq!(refused(r#"{"a":1,"a":2}"#), "duplicate key: a");
        assert_eq!(refused(r#"{"a" 1}"#), "Expected ':' at line 1 column 6 path $");
        assert_eq!(refused(""), "End of input at line 1 column 1 path $");
    }
}
