//! `revision`: the state that a change was made from, so that the vendor refuses it when somebody else wrote in between. Nothing here reads one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The vendor's mark for a state: taken from the read right before a change, and sent along with it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Revision {
    /// Header of the answer that has it. Default `ETag`, unless `path` is given.
    #[serde(default)]
    pub header: Option<String>,
    /// Path to it in the object that is read, where it is no header.
    #[serde(default)]
    pub path: Option<String>,
    /// Header in which a change sends it back. Default `If-Match`.
    #[serde(default = "default_send")]
    pub send: String,
    /// What it marks: `resource` (default), or a whole `collection`, so that every change of anything makes it stale; then there is one change at
    /// a time.
    #[serde(default)]
    pub of: RevisionOf,
    /// With `of: collection`: revisions are whole numbers, and each change raises them by one, of the `collection` or of anything in the whole
    /// `account`. Then the answers to creates and changes prove that nobody else wrote in between, and what they show need not be read before the next
    /// change. They must show all that `read` shows. Default: every change begins with a read.
    #[serde(default)]
    pub counted: Option<CountedIn>,
}

/// What a counted revision counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CountedIn {
    /// The changes of all of a kind.
    Collection,
    /// The changes of anything in the vendor's account.
    Account,
}

/// What a revision marks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RevisionOf {
    /// One account or object.
    #[default]
    Resource,
    /// All of a kind.
    Collection,
}

fn default_send() -> String {
    "If-Match".to_owned()
}
