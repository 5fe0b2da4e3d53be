//! Revisions: one place that has them, a header that can carry them, and a call that reads them.

use super::{CallKind, Checker};
use crate::document::Place;
use crate::mapping::model::{Revision, RevisionOf};

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
        self.check_revisions_of_calls();
    }

    /// `revision` of a call: only a change has one, and only where one is declared.
    fn check_revisions_of_calls(&mut self) {
        for named in self.calls() {
            if named.call.revision.is_none() {
                continue;
            }
            let target = named.name.strip_prefix("groups.").and_then(|rest| rest.split('.').next());
            let (declared, at) = match target.and_then(|target| Some((target, self.file.groups.get(target)?))) {
                Some((name, target)) => (target.revision.is_some(), format!("groups.{name}.revision")),
                None => (self.file.users.revision.is_some(), "users.revision".to_owned()),
            };
            let is_change = matches!(named.kind, CallKind::Update | CallKind::Delete);
            let why = match (is_change, declared) {
                (false, _) => "only updates and deletions say which state they were made from".to_owned(),
                (true, false) => format!("there is no `{at}`"),
                (true, true) => continue,
            };
            self.at_key(
                &named.place.key("revision"),
                format!("the call `{}` has no use for `revision`: {why}", named.name),
            )
            .help("take it out");
        }
    }

    fn check_revision(&mut self, revision: &'a Revision, place: &Place, target: Option<&str>) {
        if revision.header.is_some() && revision.path.is_some() {
            self.at_key(&place.key("path"), "a revision stands in a header or in the object, not in both")
                .help("take `header` or `path` out");
        }
        if revision.counted.is_some() && revision.of == RevisionOf::Resource {
            self.at_key(&place.key("counted"), "the revision of a single account says nothing about others")
                .help("add `of: collection`, or take `counted` out");
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
        let change = calls.iter().find(|named| {
            is_this(&named.name)
                && matches!(named.kind, CallKind::Update | CallKind::Delete)
                && named.call.revision != Some(false)
        });
        match change {
            Some(change) => self.check_can_read(change, place, "the newest revision"),
            None => {
                self.at_key(place, "nothing uses the revision: no call changes or deletes anything")
                    .help("take it out, or add the calls");
            }
        }
    }
}
