//! What PatchOp, SearchRequest and BulkRequest have in common: a JSON object that says by its URN what it is. What is in it, is read elsewhere.

use serde_json::{Map, Value};

use super::error::ScimError;

/// The members of a message; member names and the URN are found whatever their letter case, the URN also outside a list. Further URNs are ignored.
///
/// # Errors
/// `invalidSyntax` when it is no object or another message.
pub fn members<'a>(body: &'a Value, urn: &str) -> Result<&'a Map<String, Value>, ScimError> {
    let wrong = |problem: String| Err(ScimError::InvalidSyntax(problem));
    let Some(members) = body.as_object() else {
        return wrong("the body must be a JSON object".to_owned());
    };
    let is_it = |schema: &Value| schema.as_str().is_some_and(|schema| schema.eq_ignore_ascii_case(urn));
    let is_message = match member(members, "schemas") {
        Some(Value::Array(urns)) => urns.iter().any(is_it),
        Some(single) => is_it(single),
        None => false,
    };
    if is_message { Ok(members) } else { wrong(format!("`schemas` of this message must be [\"{urn}\"]")) }
}

/// A member by name, letter case ignored; the exact one first.
pub fn member<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    let exact = members.get(name);
    exact.or_else(|| members.iter().find(|(has, _)| has.eq_ignore_ascii_case(name)).map(|(_, value)| value))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_message_is_known_by_its_urn() {
        let body = json!({"Schemas": ["urn:other", "URN:A"], "count": 1});
        assert_eq!(member(members(&body, "urn:a").unwrap(), "COUNT"), Some(&json!(1)));
        assert!(members(&json!({"schemas": "urn:a"}), "urn:a").is_ok());
        for wrong in [json!([]), json!({}), json!({"schemas": "urn:b"}), json!({"schemas": ["urn:b"]})] {
            assert!(matches!(members(&wrong, "urn:a"), Err(ScimError::InvalidSyntax(_))), "{wrong}");
        }
    }
}
