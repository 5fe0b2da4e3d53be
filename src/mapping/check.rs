//! Checks what a mapping file means, a file per subject. Everything that can be known without the vendor is known when the
//! mapping loads, so that nothing is discovered at the first person. Shape is checked before; see [`super::load`].

mod answers;
mod api;
mod calls;
mod deactivate;
mod examples;
mod expressions;
mod fields;
mod graphql;
mod identity;
mod paths;
mod references;
mod settings;
mod transforms;
mod types;
mod walk;
mod writes;

use std::collections::BTreeSet;
use std::sync::Arc;

use super::bundle::Bundle;
use super::model::{Call, ListCall, MappingFile};
use crate::document::{Diagnostic, Node, Place, Report, Reporter, Source};

/// Every mistake of meaning in a mapping file of the right shape.
pub(super) fn check(file: &MappingFile, bundle: &Bundle, source: &Arc<Source>, root: &Node) -> Vec<Diagnostic> {
    let mut checker = Checker {
        file,
        bundle,
        reporter: Reporter::new(source, root),
        used_settings: BTreeSet::new(),
        used_secrets: BTreeSet::new(),
        broken_calls: BTreeSet::new(),
    };
    checker.check_api();
    checker.check_settings();
    checker.check_references();
    checker.check_fields();
    checker.check_identity();
    checker.check_calls();
    checker.check_writes();
    checker.check_answers();
    checker.check_deactivation();
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
    /// For calls that answer lists.
    list: Option<&'a ListCall>,
    kind: CallKind<'a>,
}

/// What kind of call it is, which decides what it may refer to.
#[derive(Clone, Copy)]
enum CallKind<'a> {
    Create,
    Read,
    List,
    Find,
    Update,
    Delete,
    Named(&'a super::model::NamedCall),
}

impl<'a> Checker<'a> {
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
        };
        let list = |name: &str, list: &'a ListCall, kind| NamedPlace {
            name: name.to_owned(),
            place: base.key(name).key("call"),
            call: &list.call,
            list: Some(list),
            kind,
        };
        let mut all = Vec::new();
        all.extend(calls.create.as_ref().map(|call| plain("create", call, CallKind::Create)));
        all.extend(calls.read.as_ref().map(|call| plain("read", call, CallKind::Read)));
        all.push(list("list", &calls.list, CallKind::List));
        all.extend(calls.find.as_ref().map(|find| list("find", find, CallKind::Find)));
        all.extend(calls.update.iter().map(|(name, call)| NamedPlace {
            name: format!("update.{name}"),
            place: base.key("update").key(name),
            call,
            list: None,
            kind: CallKind::Update,
        }));
        all.extend(calls.delete.as_ref().map(|call| plain("delete", call, CallKind::Delete)));
        all.extend(calls.named.iter().map(|(name, named)| NamedPlace {
            name: format!("named.{name}"),
            place: base.key("named").key(name).key("call"),
            call: &named.call,
            list: None,
            kind: CallKind::Named(named),
        }));
        all
    }
}
