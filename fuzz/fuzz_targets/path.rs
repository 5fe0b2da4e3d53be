//! The `path` of a PATCH operation.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use scim_bridge::scim::path::Path;
use scim_bridge::scim::schema::{self, ResourceType};

static TYPES: LazyLock<[ResourceType; 2]> = LazyLock::new(|| [schema::user_type(), schema::group_type()]);

fuzz_target!(|text: &str| {
    for resource_type in TYPES.iter() {
        let Ok(path) = Path::parse(text, resource_type) else { continue };
        let printed = path.to_string();
        let again = Path::parse(&printed, resource_type).expect("what is printed can be read");
        assert_eq!(again, path, "{printed}");
    }
});
