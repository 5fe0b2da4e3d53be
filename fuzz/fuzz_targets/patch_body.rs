//! A PATCH body; the same text is tried as a PUT body.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use scim_bridge::scim::patch::{PATCH_OP, PatchRequest};
use scim_bridge::scim::resource::{read, replace, with_schemas};
use scim_bridge::scim::schema::{self, ResourceType};
use serde_json::{Map, Value, json};

static TYPES: LazyLock<[ResourceType; 2]> = LazyLock::new(|| [schema::user_type(), schema::group_type()]);

static STORED: LazyLock<[Map<String, Value>; 2]> = LazyLock::new(|| {
    let user = json!({
        "userName": "mara", "active": true, "name": {"givenName": "Mara"},
        "emails": [{"value": "a@b.c", "type": "work", "primary": true}],
        schema::ENTERPRISE_USER: {"department": "Care", "manager": {"value": "91bc"}}
    });
    let group = json!({"displayName": "Care", "members": [{"value": "1"}, {"value": "2", "display": "Ola"}]});
    [user, group].map(|resource| resource.as_object().cloned().unwrap_or_default())
});

static NOTHING: LazyLock<Value> = LazyLock::new(|| json!({"schemas": [PATCH_OP], "Operations": []}));

fuzz_target!(|text: &[u8]| {
    let Ok(body) = serde_json::from_slice::<Value>(text) else { return };
    for (resource_type, stored) in TYPES.iter().zip(STORED.iter()) {
        patch(&body, stored, resource_type);
        if let Ok(incoming) = read(&body, resource_type) {
            with_schemas(&replace(stored, &incoming, resource_type), resource_type);
        }
    }
});

fn patch(body: &Value, stored: &Map<String, Value>, resource_type: &ResourceType) {
    let Ok(request) = PatchRequest::parse(body, resource_type) else { return };
    let _ = request.split_members();
    let Ok(patched) = request.apply("7a3f", stored, resource_type) else { return };
    assert_eq!(patched.changed, patched.attributes != *stored || patched.password.is_some());
    let nothing = PatchRequest::parse(&NOTHING, resource_type).expect("an empty PATCH can be read");
    let again = nothing.apply("7a3f", &patched.attributes, resource_type).expect("an empty PATCH can be applied");
    assert!(!again.changed);
    let sent = Value::Object(with_schemas(&patched.attributes, resource_type));
    let put_back = read(&sent, resource_type).expect("what is sent can be put back");
    assert_eq!(put_back.attributes, patched.attributes);
}
