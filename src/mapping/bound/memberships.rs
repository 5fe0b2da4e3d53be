//! What a person's groups make of the fields that carry memberships. Knows no groups, only what they mean.

use serde_json::{Map, Value};

/// What one group means for a person at the vendor.
#[derive(Debug, Clone, PartialEq)]
pub struct Membership {
    /// Name of the target in `groups`.
    pub target: String,
    /// The vendor's value: the key of the group's object, in the type of the field's elements.
    pub value: Value,
    /// Level, for a `level_map`.
    pub level: Option<i64>,
    /// He was a member and is none any more: the value goes, also when the person's own attributes name it.
    pub is_over: bool,
}

/// What a person is mapped from, besides the resource.
#[derive(Debug, Clone, Copy, Default)]
pub struct Beside<'a> {
    /// Write-only values (`password`), which are never stored.
    pub secrets: Option<&'a Map<String, Value>>,
    /// What his groups mean, in the order in which he joined: where only one counts, the last does.
    pub memberships: &'a [Membership],
}
