use rstest::rstest;
use serde_json::json;

use super::*;
use crate::scim::schema::{Attribute, ENTERPRISE_USER, Mutability, USER, group_type, user_type};

mod elements;
mod errors;
mod groups;
mod users;

fn user() -> Value {
    json!({
        "userName": "mara",
        "name": {"givenName": "Mara", "familyName": "Voss"},
        "active": true,
        "title": "Agent",
        "emails": [{"value": "mara@home.example", "type": "home", "primary": true}],
        ENTERPRISE_USER: {"department": "Care", "manager": {"value": "91bc", "$ref": "../Users/91bc"}}
    })
}

fn message(operations: &Value) -> Value {
    json!({"schemas": [PATCH_OP], "Operations": operations})
}

fn apply_to(stored: &Value, operations: &Value, types: &ResourceType) -> Result<Patched, ScimError> {
    let request = PatchRequest::parse(&message(operations), types)?;
    request.apply("7a3f", stored.as_object().unwrap(), types)
}

fn apply(operations: &Value) -> Patched {
    apply_to(&user(), operations, &user_type()).unwrap_or_else(|error| panic!("{operations}: {error}"))
}

/// The user after the operations.
fn patched(operations: &Value) -> Value {
    Value::Object(apply(operations).attributes)
}

fn error(operations: &Value) -> ScimError {
    apply_to(&user(), operations, &user_type()).expect_err(&operations.to_string())
}
