//! Checks what a mapping file means, a file per subject. Everything that can be known without the vendor is known when the
//! mapping loads, so that nothing is discovered at the first person. Shape is checked before; see [`super::load`].

mod answers;
mod api;
mod calls;
mod catalogs;
mod clears;
mod deactivate;
mod defaults;
mod elements;
mod erases;
mod error_sources;
mod examples;
mod expressions;
mod fields;
mod generate;
mod graphql;
mod groups;
mod hosts;
mod identity;
mod levels;
mod lists;
mod lookups;
mod paths;
mod questions;
mod references;
mod resources;
mod revisions;
mod second_api;
mod settings;
mod sign_in;
mod sign_in_call;
mod sign_in_references;
mod transforms;
mod types;
mod walk;
mod when;
mod whole;
mod writes;

use std::collections::BTreeSet;
use std::sync::Arc;

pub use self::graphql::Compared;
pub(super) use self::graphql::compare;
use super::bundle::Bundle;
use super::model::{Call, Catalog, ListCall, MappingFile};
use crate::document::{Diagnostic, Node, Place, Report, Reporter, Source};

/// Every mistake of meaning in a mapping file of the right shape.
pub(super) fn check(file: &MappingFile, bundle: &Bundle, source: &Arc<Source>, root: &Node) -> Vec<Diagnostic> {
    let mut checker = Checker::new(file, bundle, source, root);
    checker.check_api();
    checker.check_settings();
    checker.check_references();
    checker.check_fields();
    checker.check_identity();
    checker.check_calls();
    checker.check_writes();
    checker.check_elements();
    checker.check_when();
    checker.check_erases();
    checker.check_clears();
    checker.check_whole();
    checker.check_second_api();
    checker.check_revisions();
    checker.check_answers();
    checker.check_deactivation();
    checker.check_catalogs();
    checker.check_targets();
    checker.check_resources();
    checker.check_graphql();
    checker.check_examples();
    // after everything that may refer to one
    checker.check_unused();
    checker.reporter.into_problems()
}

/// One run of the check.
struct Checker<'a> {
    file: &'a MappingFile,
    bundle: &'a Bundle,
    reporter: Reporter<'a>,
    used_settings: BTreeSet<String>,
    used_secrets: BTreeSet<String>,
    /// Calls with a reference that leads nowhere: what seems to be missing in them may be just that.
    broken_calls: BTreeSet<String>,
}

/// A call of the mapping with its place and what it may refer to.
struct NamedPlace<'a> {
    /// `create`, `update.userUpdate`.
    name: String,
    /// Where the call itself stands.
    place: Place,
    call: &'a Call,
    /// For calls that answer lists, with the place of the list.
    list: Option<(&'a ListCall, Place)>,
    kind: CallKind<'a>,
    subject: Subject<'a>,
}

/// What a call is about.
#[derive(Clone, Copy)]
enum Subject<'a> {
    /// A person's account.
    Person,
    /// The object of a group, and the catalog in which it is found.
    Object(Option<&'a Catalog>),
    /// The objects of a catalog.
    Catalog(&'a Catalog),
}

impl<'a> NamedPlace<'a> {
    /// Where the account, or the group's object, is in the answer; and the key that says so.
    fn answer_path(&self) -> (Option<&'a String>, &'static str) {
        match self.subject {
            Subject::Object(_) => (self.call.object.as_ref(), "object"),
            Subject::Person | Subject::Catalog(_) => (self.call.user.as_ref(), "user"),
        }
    }

    /// What the call is about, in a sentence.
    fn noun(&self) -> &'static str {
        match self.subject {
            Subject::Person => "account",
            Subject::Object(_) | Subject::Catalog(_) => "object",
        }
    }

    fn is_about_people(&self) -> bool {
        matches!(self.subject, Subject::Person)
    }
}

/// What kind of call it is, which decides what it may refer to.
#[derive(Clone, Copy)]
enum CallKind<'a> {
    Create,
    Read,
    List,
    Find,
    Update,
    /// The memberships that an update is about.
    Membership,
    Delete,
    Named(&'a super::model::NamedCall),
}

impl<'a> Checker<'a> {
    fn new(file: &'a MappingFile, bundle: &'a Bundle, source: &'a Arc<Source>, root: &'a Node) -> Self {
        Self {
            file,
            bundle,
            reporter: Reporter::new(source, root),
            used_settings: BTreeSet::new(),
            used_secrets: BTreeSet::new(),
            broken_calls: BTreeSet::new(),
        }
    }

    fn at(&mut self, place: &Place, message: impl Into<String>) -> Report<'_> {
        self.reporter.at(place, message)
    }

    fn at_key(&mut self, place: &Place, message: impl Into<String>) -> Report<'_> {
        self.reporter.at_key(place, message)
    }

    /// Names of the managed fields.
    fn field_names(&self) -> impl Iterator<Item = &'a str> + Clone + use<'a> {
        self.file.users.fields.keys().map(String::as_str)
    }

    /// Complains when no field has this name.
    fn expect_field(&mut self, name: &str, place: &Place) -> bool {
        let known = self.file.users.fields.contains_key(name);
        if !known {
            let help = crate::nearest::did_you_mean(name, self.field_names());
            self.at(place, format!("there is no field `{name}`")).maybe_help(help);
        }
        known
    }

    /// All calls, in the order of the file's model.
    fn calls(&self) -> Vec<NamedPlace<'a>> {
        let calls = &self.file.users.calls;
        let base = Place::of(["users", "calls"]);
        let plain = |name: &str, call: &'a Call, kind| NamedPlace {
            name: name.to_owned(),
            place: base.key(name),
            call,
            list: None,
            kind,
            subject: Subject::Person,
        };
        let list = |name: &str, list: &'a ListCall, kind| NamedPlace {
            name: name.to_owned(),
            place: base.key(name).key("call"),
            call: &list.call,
            list: Some((list, base.key(name))),
            kind,
            subject: Subject::Person,
        };
        let mut all = Vec::new();
        all.extend(calls.create.as_ref().map(|call| plain("create", call, CallKind::Create)));
        all.extend(calls.read.as_ref().map(|call| plain("read", call, CallKind::Read)));
        all.push(list("list", &calls.list, CallKind::List));
        all.extend(calls.lists.iter().enumerate().map(|(number, list)| {
            let place = base.key("lists").index(number);
            NamedPlace {
                name: format!("lists.{number}"),
                place: place.key("call"),
                call: &list.call,
                list: Some((list, place)),
                kind: CallKind::List,
                subject: Subject::Person,
            }
        }));
        all.extend(calls.find.as_ref().map(|find| list("find", find, CallKind::Find)));
        all.extend(calls.update.iter().map(|(name, call)| NamedPlace {
            name: format!("update.{name}"),
            place: base.key("update").key(name),
            call,
            list: None,
            kind: CallKind::Update,
            subject: Subject::Person,
        }));
        all.extend(calls.update.iter().filter_map(|(name, call)| {
            let find = call.find.as_ref()?;
            let place = base.key("update").key(name).key("find").key("list");
            Some(NamedPlace {
                name: format!("update.{name}.find"),
                place: place.key("call"),
                call: &find.list.call,
                list: Some((&find.list, place)),
                kind: CallKind::Membership,
                subject: Subject::Person,
            })
        }));
        all.extend(calls.delete.as_ref().map(|call| plain("delete", call, CallKind::Delete)));
        all.extend(calls.named.iter().map(|(name, named)| NamedPlace {
            name: format!("named.{name}"),
            place: base.key("named").key(name).key("call"),
            call: &named.call,
            list: None,
            kind: CallKind::Named(named),
            subject: Subject::Person,
        }));
        all.extend(self.file.catalogs.iter().filter_map(|(name, catalog)| {
            let (list, place) = (catalog.list.as_ref()?, Place::of(["catalogs", name, "list"]));
            let (name, at) = (format!("catalogs.{name}.list"), place.key("call"));
            let subject = Subject::Catalog(catalog);
            Some(NamedPlace {
                name,
                place: at,
                call: &list.call,
                list: Some((list, place)),
                kind: CallKind::List,
                subject,
            })
        }));
        all.extend(self.file.groups.iter().flat_map(|(name, target)| {
            let catalog = target.catalog.as_ref().and_then(|catalog| self.file.catalogs.get(catalog));
            let calls = &target.calls;
            let calls = [
                ("create", &calls.create, CallKind::Create),
                ("read", &calls.read, CallKind::Read),
                ("rename", &calls.rename, CallKind::Update),
                ("delete", &calls.delete, CallKind::Delete),
            ];
            calls.into_iter().filter_map(move |(key, call, kind)| {
                let place = Place::of(["groups", name, "calls", key]);
                let (name, subject) = (format!("groups.{name}.{key}"), Subject::Object(catalog));
                Some(NamedPlace { name, place, call: call.as_ref()?, list: None, kind, subject })
            })
        }));
        all
    }
}
