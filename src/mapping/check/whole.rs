//! Accounts that are sent whole: they can be read, nothing managed is left out, and what the vendor blanks is read at all. Values that are cleared by
//! leaving them out go with records that replace everything.

use super::{CallKind, Checker, NamedPlace};
use crate::document::Place;
use crate::mapping::model::{Call, Clear, RecordMode};

impl<'a> Checker<'a> {
    pub(super) fn check_whole(&mut self) {
        for named in self.calls() {
            let is_whole = named.call.record == Some(RecordMode::Whole);
            if is_whole {
                self.check_whole_call(&named);
            } else {
                let given =
                    [("overlay", named.call.overlay.is_some()), ("leave_out", !named.call.leave_out.is_empty())];
                for (key, _) in given.iter().filter(|(_, given)| *given) {
                    self.at_key(&named.place.key(key), format!("`{key}` is for a call with `record: whole`"))
                        .help("take it out, or write `record: whole`");
                }
            }
        }
        self.check_blanked();
        self.check_left_out();
    }

    fn check_whole_call(&mut self, named: &NamedPlace<'a>) {
        if !matches!(named.kind, CallKind::Update) {
            self.at(&named.place.key("record"), format!("the call `{}` has nothing to read before it", named.name))
                .help("`record: whole` is for calls that change something");
            return;
        }
        self.check_can_read(named, &named.place.key("record"), "what it sends back");
        for (n, text) in named.call.leave_out.iter().enumerate() {
            let place = named.place.key("leave_out").index(n);
            self.check_vendor_path(text, &place);
            let is_inside = |field: &str| {
                field == text || field.strip_prefix(text.as_str()).is_some_and(|rest| rest.starts_with('.'))
            };
            let managed = self.file.users.fields.iter().find(|(name, field)| !field.write_only && is_inside(name));
            if let Some((managed, _)) = managed.filter(|_| named.is_about_people()) {
                self.at(&place, format!("`{managed}` is managed: its value would go whenever something else changes"))
                    .help(
                        "leave out what the bridge does not manage, or what is `write_only`; a field that is written at another place than it is \
                         read is called as it is written, and `read` says where it is read",
                    );
            }
        }
    }

    /// Complains when the account, or the group's object, that a call changes cannot be read alone.
    pub(super) fn check_can_read(&mut self, named: &NamedPlace<'a>, place: &Place, what: &str) {
        let (reads, key, at) = if named.is_about_people() {
            (self.file.users.calls.read.as_ref(), "user", "users.calls.read".to_owned())
        } else {
            let target = named.name.trim_start_matches("groups.").split('.').next().unwrap_or_default();
            let read = self.file.groups.get(target).and_then(|target| target.calls.read.as_ref());
            (read, "object", format!("groups.{target}.calls.read"))
        };
        let path = |read: &'a Call| if named.is_about_people() { read.user.as_ref() } else { read.object.as_ref() };
        match reads {
            Some(read) if path(read).is_some() => {}
            Some(_) => {
                let message =
                    format!("the {} is read before the call, and nothing says where it is in the answer", named.noun());
                self.at_key(place, message).help(format!("add `{key}: PATH` to `{at}`"));
            }
            None => {
                self.at_key(
                    place,
                    format!("the call `{}` must know {what}, and no call reads the {}", named.name, named.noun()),
                )
                .help(format!("add `{at}` with `{key}: PATH`"));
            }
        }
    }

    fn check_blanked(&mut self) {
        let fields = Place::of(["users", "fields"]);
        for (name, field) in &self.file.users.fields {
            if field.blanked && (field.write_only || field.unread) {
                self.at_key(&fields.key(name).key("blanked"), format!("`{name}` is never read"))
                    .help("`blanked` is for values that are read, and may come empty: take it out");
            }
        }
    }

    /// A value can be cleared by its absence only in a record that replaces everything.
    fn check_left_out(&mut self) {
        let file = self.file;
        let updates = &file.users.calls.update;
        let replaces = |call: &Call| matches!(call.record, Some(RecordMode::All | RecordMode::Whole));
        let open = updates.values().find(|call| call.writes.is_none());
        let writer = |name: &String| {
            let named = updates.values().find(|call| call.writes.as_ref().is_some_and(|writes| writes.contains(name)));
            named.or(open)
        };
        for (name, field) in &file.users.fields {
            if field.clear == Clear::LeaveOut && writer(name).is_some_and(|call| !replaces(call)) {
                let place = Place::of(["users", "fields", name, "clear"]);
                self.at(
                    &place,
                    format!("the call that writes `{name}` sends what changes, so its absence says nothing"),
                )
                .help("write `record: all` or `record: whole` there, or clear it with `send_null` or `send_empty`");
            }
        }
    }
}
