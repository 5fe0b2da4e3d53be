//! Calls that change one element of a list at a time, such as a membership. What they look for before is in [`FindMembership`].

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::paging::ListCall;
use crate::mapping::tree::Tree;

/// For which elements of a list a call is made, one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ForEach {
    /// Those that the list has gained.
    Added,
    /// Those that it has lost.
    Removed,
    /// Of a `level_map`: those whose level has changed. Without such a call they count as added.
    Changed,
}

/// How a membership is found that has an identifier of its own.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FindMembership {
    /// The call that lists memberships; it knows `$key` and `$item`.
    pub list: ListCall,
    /// Path to the membership's own identifier in a hit, `$membership` in the call.
    pub key: String,
    /// What a hit must hold, since searches ignore filters that they do not know: path in the hit, and `$key`, `$item` or a constant.
    pub matches: IndexMap<String, Tree>,
}
