//! Calls that answer lists, prepared: where the elements stand, how to go on, and what the list implies. How pages are read is in
//! [`super::pages`].

use serde_json::Value;

use super::bind::path_or_note;
use super::calls::{BoundCall, Kind, Prepare};
use crate::mapping::model::{End, Expects, ListCall, Paging};
use crate::mapping::vendor_path::VendorPath;

/// What a call needs that answers a list.
#[derive(Debug)]
pub(super) struct BoundList {
    pub items: VendorPath,
    pub paging: BoundPaging,
    /// Where the answer says whether there is a next page.
    pub more: Option<VendorPath>,
    /// What it implies: where, and what.
    pub set: Vec<(VendorPath, Vec<String>, Value)>,
    pub read_each: bool,
    /// The header of the answer that marks the state.
    pub mark: Option<String>,
}

/// Paging with parsed paths.
#[derive(Debug)]
pub(super) enum BoundPaging {
    None,
    Cursor { next: VendorPath, size: u32 },
    Offset { first: u64, size: u32, total: Option<VendorPath>, end: End },
    Page { first: u64, size: u32, pages: Option<VendorPath>, end: End },
    Link { next: Option<VendorPath>, size: u32 },
}

impl Prepare<'_> {
    /// Prepares a call that answers a list.
    pub(super) fn list(&mut self, place: &str, list: &ListCall) -> BoundCall {
        let mut call = self.call(&format!("{place}.call"), &list.call, Kind::Read);
        let items = path_or_note(&list.items, &format!("{place}.items"), self.problems);
        let mut path = |key: &str, text: &str| path_or_note(text, &format!("{place}.paging.{key}"), self.problems);
        let more = list.paging.more().map(|text| path("more", text));
        let paging = match &list.paging {
            Paging::None => BoundPaging::None,
            Paging::Cursor { next, size, .. } => BoundPaging::Cursor { next: path("next", next), size: *size },
            Paging::Offset { first, size, total, end, .. } => BoundPaging::Offset {
                first: *first,
                size: *size,
                total: total.as_deref().map(|text| path("total", text)),
                end: *end,
            },
            Paging::Page { first, size, pages, end, .. } => BoundPaging::Page {
                first: *first,
                size: *size,
                pages: pages.as_deref().map(|text| path("pages", text)),
                end: *end,
            },
            Paging::Link { next, size, .. } => {
                BoundPaging::Link { next: next.as_deref().map(|text| path("next", text)), size: *size }
            }
        };
        let mut set = Vec::new();
        for (name, value) in &list.set {
            let path = path_or_note(name, &format!("{place}.set.{name}"), self.problems);
            set.push((path, name.split('.').map(str::to_owned).collect(), value.clone()));
        }
        call.revision = list.unchanged.as_ref().map(|unchanged| unchanged.send.clone());
        let mark = list.unchanged.as_ref().map(|unchanged| unchanged.header.clone());
        call.expects_json = list.call.expects.is_none_or(|expects| expects == Expects::Json);
        call.list = Some(BoundList { items, paging, more, set, read_each: list.read_each, mark });
        call
    }
}
