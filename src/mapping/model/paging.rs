//! `users.calls.list`, `lists` and `find`: a call that answers a list, and the styles of paging. Nothing here asks for a page.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

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
    /// What the list implies about each of its elements, by the path in the object, where the element itself does not say it (`status: inactive`
    /// in a list of the inactive).
    #[serde(default)]
    pub set: IndexMap<String, Value>,
    /// The list has only the keys, or not all that is mapped: each account is then read with `read`. Default false.
    #[serde(default)]
    pub read_each: bool,
    /// How the vendor is asked whether the list has changed at all. Default: it is not.
    #[serde(default)]
    pub unchanged: Option<Unchanged>,
}

/// A list that is sent again only when it has changed: 304 stands for the list of before (RFC 9110 section 15.4.5).
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Unchanged {
    /// Header of the answer that marks the state. Default `ETag`.
    pub header: String,
    /// Header that asks whether that is still the state. Default `If-None-Match`.
    pub send: String,
}

impl Default for Unchanged {
    fn default() -> Self {
        Self { header: "ETag".to_owned(), send: "If-None-Match".to_owned() }
    }
}

/// Which page is the last one, where neither a total nor a number of pages says so.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// The one after it is empty: right whatever the vendor makes of `size`.
    #[default]
    EmptyPage,
    /// It has fewer elements than `size`: one call less, but only for vendors that never cut `size`.
    ShortPage,
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
        /// Path to a boolean that says whether there is a next page, for vendors that say so. Default: `total`, else `end` decides.
        #[serde(default)]
        more: Option<String>,
        /// Path to the total. Default: `end` decides.
        #[serde(default)]
        total: Option<String>,
        /// Which page is the last one.
        #[serde(default)]
        end: End,
    },
    /// `$page.number` counts pages from `first`.
    Page {
        /// Number of the first page. Default 1.
        #[serde(default = "default_first_page")]
        first: u64,
        /// Elements per page. Default 100.
        #[serde(default = "default_page_size")]
        size: u32,
        /// Path to a boolean that says whether there is a next page, for vendors that say so. Default: `pages`, else `end` decides.
        #[serde(default)]
        more: Option<String>,
        /// Path to the number of pages. Default: `end` decides.
        #[serde(default)]
        pages: Option<String>,
        /// Which page is the last one.
        #[serde(default)]
        end: End,
    },
    /// The answer has the address of the next page, on the same host; the last page has none.
    Link {
        /// Path to it. Default: the header `Link` with `rel="next"` (RFC 8288).
        #[serde(default)]
        next: Option<String>,
        /// Path to a boolean that says whether there is a next page, for vendors whose last page names a next one, too.
        #[serde(default)]
        more: Option<String>,
        /// Elements per page, `$page.size`. Default 100.
        #[serde(default = "default_page_size")]
        size: u32,
    },
}

impl Paging {
    /// Where the answer says whether there is a next page.
    pub fn more(&self) -> Option<&String> {
        match self {
            Self::None => None,
            Self::Cursor { more, .. }
            | Self::Offset { more, .. }
            | Self::Page { more, .. }
            | Self::Link { more, .. } => more.as_ref(),
        }
    }
}

fn default_page_size() -> u32 {
    100
}

fn default_first_page() -> u64 {
    1
}
