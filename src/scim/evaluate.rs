//! Evaluates a filter on a resource in memory.

use serde_json::{Map, Value};

use super::filter::Filter;
use super::schema::ResourceType;

/// Does the resource (schema case, with `id` and `meta`) match? The filter has been checked by [`Filter::parse`].
#[expect(unused_variables, clippy::unimplemented, reason = "skeleton")]
pub fn matches(filter: &Filter, resource_type: &ResourceType, resource: &Map<String, Value>) -> bool {
    unimplemented!()
}
