//! Revisions: one place that has them, a header that can carry them, and a call that reads them.

use super::{CallKind, Checker};
use crate::document::Place;
use crate::mapping::model::Revision;

impl<'a> Checker<'a> {
    pub(super) fn check_revisions(&mut self) {
        let file = self.file;
        if let Some(revision) = &file.users.revision {
            self.check_revision(revision, &Place::of(["users", "revision"]), None);
        }
        for (name, target) in &file.groups {
            if let Some(revision) = &target.revision {
                self.check_revision(revision, &Place::of(["groups", name, "revision"]), Some(name));
            }
        }
    }

    fn check_revision(&mut self, revision: &'a Revision, place: &Place, target: Option<&str>) {
        if revision.header.is_some() && revision.path.is_some() {
            self.at_key(&place.key("path"), "a revision stands in a header or in the object, not in both")
                .help("take `header` or `path` out");
        }
        if let Some(header) = &revision.header {
            self.check_header_name(header, &place.key("header"), false);
        }
        if let Some(path) = &revision.path {
            self.check_vendor_path(path, &place.key("path"));
        }
        self.check_header_name(&revision.send, &place.key("send"), false);
        let is_this = |name: &str| match target {
            None => !name.starts_with("groups.") && !name.starts_with("catalogs."),
            Some(target) => name
                .strip_prefix("groups.")
                .and_then(|rest| rest.strip_prefix(target))
                .is_some_and(|rest| rest.starts_with('.')),
        };
        let calls = self.calls();
        let change = calls
            .iter()
            .find(|named| is_this(&named.name) && matches!(named.kind, CallKind::Update | CallKind::Delete));
        match change {
            Some(change) => self.check_can_read(change, place, "the newest revision"),
            None => {
                self.at_key(place, "nothing uses the revision: no call changes or deletes anything")
                    .help("take it out, or add the calls");
            }
        }
    }
}
