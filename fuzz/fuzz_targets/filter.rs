//! The `filter` query parameter.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use scim_bridge::scim::evaluate::matches;
use scim_bridge::scim::filter::Filter;
use scim_bridge::scim::schema::{self, ResourceType};
use serde_json::{Map, Value, json};

static TYPES: LazyLock<[ResourceType; 2]> = LazyLock::new(|| [schema::user_type(), schema::group_type()]);

static RESOURCE: LazyLock<Map<String, Value>> = LazyLock::new(|| {
    let resource = json!({
        "id": "7a3f", "userName": "mara", "displayName": "Mara", "active": true,
        "emails": [{"value": "a@b.c", "type": "work", "primary": true}, {"value": "d@e.f"}],
        "members": [{"value": "1"}],
        "meta": {"resourceType": "User", "created": "2026-03-01T09:30:00Z"},
        schema::ENTERPRISE_USER: {"department": "Care", "manager": {"value": "91bc"}}
    });
    resource.as_object().cloned().unwrap_or_default()
});

fuzz_target!(|text: &str| {
    for resource_type in TYPES.iter() {
        let Ok(filter) = Filter::parse(text, resource_type) else { continue };
        let matched = matches(&filter, resource_type, &RESOURCE);
        let printed = filter.to_string();
        let again = Filter::parse(&printed, resource_type).expect("what is printed can be read");
        assert_eq!(again, filter, "{printed}");
        assert_eq!(matches(&again, resource_type, &RESOURCE), matched);
    }
});
