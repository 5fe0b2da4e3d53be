//! Values that the bridge makes itself. Nothing here makes one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A value that is made for each new account, because the vendor insists on one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Generate {
    /// A password that nobody knows.
    Password(PasswordRule),
}

/// What a password must be like. Characters that follow each other in the alphabet never stand side by side, and none comes often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PasswordRule {
    /// Characters, 8 to 128. Default 24.
    pub length: usize,
    /// Kinds of characters, 1 to 4: lower case, upper case, digits, punctuation. Default 4.
    pub classes: u8,
}

impl Default for PasswordRule {
    fn default() -> Self {
        Self { length: 24, classes: 4 }
    }
}
