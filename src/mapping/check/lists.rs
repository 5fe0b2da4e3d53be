//! Lists: what they imply has a place, who is read one by one can be read, and a list that may be unchanged comes in one answer.

use super::{CallKind, Checker, NamedPlace};
use crate::document::Place;
use crate::mapping::model::{Call, ListCall, Paging};

impl<'a> Checker<'a> {
    pub(super) fn check_list(&mut self, named: &NamedPlace<'a>, list: &'a ListCall, place: &Place) {
        for path in list.set.keys() {
            let at = place.key("set").key(path);
            if path.contains(['[', '*']) || path.split('.').any(str::is_empty) {
                self.at_key(&at, format!("`{path}` is no place for a value"))
                    .help("write names with dots between them: account.status");
            }
        }
        if list.read_each {
            self.check_read_each(named, list, place);
        }
        let Some(unchanged) = &list.unchanged else { return };
        let at = place.key("unchanged");
        self.check_header_name(&unchanged.header, &at.key("header"), false);
        self.check_header_name(&unchanged.send, &at.key("send"), false);
        let problem = if matches!(named.kind, CallKind::Find) {
            "a search is never the one of before"
        } else if !matches!(list.paging, Paging::None) {
            "what is unchanged is one answer, and this list has pages"
        } else if list.read_each {
            "an unchanged list says nothing about the accounts that are read one by one"
        } else if named.is_about_people() && !self.file.users.calls.lists.is_empty() {
            "an unchanged list says nothing about the other lists"
        } else {
            return;
        };
        self.at_key(&at, problem).help("take `unchanged` out");
    }

    fn check_read_each(&mut self, named: &NamedPlace<'a>, list: &'a ListCall, place: &Place) {
        let at = place.key("read_each");
        if !named.is_about_people() {
            self.at_key(&at, "the objects of a catalog cannot be read one by one").help("take `read_each` out");
            return;
        }
        if !list.set.is_empty() {
            self.at_key(
                &place.key("set"),
                "the accounts of this list are read one by one, and `read` says what they have",
            )
            .help("take `set` or `read_each` out");
        }
        let user = self.file.users.calls.read.as_ref().map(|read: &Call| read.user.is_some());
        match user {
            Some(true) => {}
            Some(false) => {
                self.at_key(&at, "each account is read, and nothing says where it is in the answer")
                    .help("add `user: PATH` to `users.calls.read`");
            }
            None => {
                self.at_key(&at, "no call reads an account").help("add `users.calls.read` with `user: PATH`");
            }
        }
    }
}
