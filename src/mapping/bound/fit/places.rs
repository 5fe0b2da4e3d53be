//! Where in the mapping file the parts of a [`Bound`] stand. Its lines are told by whoever has the text.

use super::named::setting_in;
use crate::document::Place;
use crate::mapping::bound::derived::{ABOUT, NAME};
use crate::mapping::bound::part::Part;
use crate::mapping::bound::{Bound, CallName};

impl Bound {
    /// The place of a call; of a list, the place of the list.
    pub fn file_place_of(&self, call: &CallName) -> Place {
        let base = match (&self.part, call) {
            (Part::Catalog(name) | Part::Object { catalog: name, .. }, CallName::List) => {
                return Place::of(["catalogs", name, "list"]);
            }
            (Part::Catalog(name), _) => return Place::of(["catalogs", name]),
            (Part::Object { target, .. }, _) => Place::of(["groups", target, "calls"]),
            (Part::People, _) => Place::of(["users", "calls"]),
        };
        match call {
            CallName::Lists(number) => base.key("lists").index(*number),
            CallName::Update(name) if self.part == Part::People => base.key("update").key(name),
            CallName::Update(name) => base.key(name),
            CallName::Membership(name) => base.key("update").key(name).key("find").key("list"),
            CallName::Named(name) => base.key("named").key(name).key("call"),
            one => base.key(&one.to_string()),
        }
    }

    /// The setting that says where the API, or its list of hosts, is, if one does.
    pub fn address_setting(&self) -> Option<String> {
        let api = &self.file.api;
        let hosts = || api.hosts.as_ref().map(|hosts| &hosts.call.base_url);
        api.base_url.as_ref().or_else(hosts).and_then(setting_in)
    }

    /// Where the key, the conditions and (of people) the fields are declared.
    pub(super) fn base(&self) -> Place {
        match &self.part {
            Part::People => Place::of(["users"]),
            Part::Catalog(catalog) | Part::Object { catalog, .. } => Place::of(["catalogs", catalog]),
        }
    }

    /// The place of a managed field, or of what stands for one in a catalog.
    pub(super) fn field_place(&self, field: &str) -> Place {
        match (&self.part, field) {
            (Part::People, field) => Place::of(["users", "fields", field]),
            (_, NAME) => self.base().key("name"),
            (_, ABOUT) => self.base().key("about"),
            (_, _) => self.base(),
        }
    }

    /// What one of them is called.
    pub(super) fn one(&self) -> &'static str {
        if self.part == Part::People { "account" } else { "object" }
    }
}
