//! `users.calls.list` and `find`: a call that answers a list, and the styles of paging. Nothing here asks for a page.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::calls::Call;

/// A call that answers a list.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListCall {
    /// The call itself.
    pub call: Call,
    /// Path to the elements, `[*]` for every element (`data.users.edges[*].node`).
    pub items: String,
    /// How further pages are asked for.
    #[serde(default)]
    pub paging: Paging,
}

/// How further pages of a list are asked for.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "style", rename_all = "snake_case", deny_unknown_fields)]
pub enum Paging {
    /// Everything comes in one answer.
    #[default]
    None,
    /// The answer names the next page; `$page.cursor` carries it (absent on the first page).
    Cursor {
        /// Path to the cursor of the next page.
        next: String,
        /// Path to a boolean that says whether there is a next page. Default: there is while `next` has a value.
        #[serde(default)]
        more: Option<String>,
        /// Elements per page, `$page.size`. Default 100.
        #[serde(default = "default_page_size")]
        size: u32,
    },
    /// `$page.offset` counts elements from `first`, `$page.size` are asked for.
    Offset {
        /// Offset of the first page. Default 0.
        #[serde(default)]
        first: u64,
        /// Elements per page. Default 100.
        #[serde(default = "default_page_size")]
        size: u32,
        /// Path to the total. Default: the end is an empty page.
        #[serde(default)]
        total: Option<String>,
    },
    /// `$page.number` counts pages from `first`.
    Page {
        /// Number of the first page. Default 1.
        #[serde(default = "default_first_page")]
        first: u64,
        /// Elements per page. Default 100.
        #[serde(default = "default_page_size")]
        size: u32,
        /// Path to the number of pages. Default: the end is an empty page.
        #[serde(default)]
        pages: Option<String>,
    },
}

fn default_page_size() -> u32 {
    100
}

fn default_first_page() -> u64 {
    1
}
