//! Updates at another API of the vendor: the key that they need is found by a call, and a setting may switch them off.

use super::calls::refers_to;
use super::{CallKind, Checker, NamedPlace};
use crate::document::Place;
use crate::mapping::model::{CannotChange, FieldType, KeyFrom, Method, RecordMode};
use crate::mapping::tree::Tree;
use crate::nearest::did_you_mean;

impl<'a> Checker<'a> {
    pub(super) fn check_second_api(&mut self) {
        for named in self.calls() {
            let is_update = matches!(named.kind, CallKind::Update) && named.is_about_people();
            let given = [("key_from", named.call.key_from.is_some()), ("only_if", named.call.only_if.is_some())];
            for (key, _) in given.iter().filter(|(_, given)| *given && !is_update) {
                self.at_key(&named.place.key(key), format!("the call `{}` has no use for `{key}`", named.name))
                    .help("it belongs to the calls under `users.calls.update`");
            }
            if !is_update {
                continue;
            }
            if let Some(from) = &named.call.key_from {
                self.check_key_from(&named, from);
            }
            if let Some(tree) = &named.call.only_if {
                self.check_switch(tree, &named.place.key("only_if"));
            }
        }
        let fields = Place::of(["users", "fields"]);
        for (name, field) in &self.file.users.fields {
            let Some(tree) = &field.cannot_change else { continue };
            let place = fields.key(name).key("cannot_change");
            let always = |call: &&NamedPlace<'a>| {
                matches!(call.kind, CallKind::Update) && call.call.only_if.is_none() && call.call.when.is_empty()
            };
            let calls = self.calls();
            let writes = |call: &&NamedPlace<'a>| call.call.writes.as_ref().is_some_and(|writes| writes.contains(name));
            if !field.immutable
                && let Some(writer) = calls.iter().filter(always).find(writes)
            {
                self.at_key(&place, format!("the call `{}` can change `{name}` always", writer.name))
                    .help("take `cannot_change` out");
            }
            self.tree(tree, &place, super::references::Allowed::default());
            if let Tree::Constant(value) = tree
                && value.as_str().and_then(CannotChange::parse).is_none()
            {
                let word = value.as_str().unwrap_or_default();
                let help = did_you_mean(word, CannotChange::WORDS);
                self.at(&place, "this is neither `refuse` nor `report`").maybe_help(help);
            }
        }
    }

    fn check_key_from(&mut self, named: &NamedPlace<'a>, from: &'a KeyFrom) {
        let place = named.place.key("key_from");
        let paths = [("items", Some(&from.items)), ("path", Some(&from.path)), ("matches", from.matches.as_ref())];
        for (key, path) in paths {
            if let Some(path) = path {
                self.check_vendor_path(path, &place.key(key));
            }
        }
        if named.call.record == Some(RecordMode::Whole) {
            let message = "the account is read at its own API, and this call goes to another one";
            self.at(&named.place.key("record"), message).help("write `record: changed` or `all`");
        }
        self.check_finder(&from.call, &place.key("call"));
        let Some(back) = &from.back else { return };
        let place = place.key("back");
        self.check_vendor_path(&back.path, &place.key("path"));
        if back.call == from.call {
            self.at(&place.key("call"), format!("the call `{}` looks for the account by its own key", back.call))
                .help("the way back needs a call that reads the account by the other key");
            return;
        }
        self.check_finder(&back.call, &place.key("call"));
    }

    /// The call that finds something by a key is there, reads, and says by which key.
    fn check_finder(&mut self, wanted: &str, place: &Place) {
        let calls = self.calls();
        let finder = calls.iter().find(|other| other.name == wanted && matches!(other.kind, CallKind::Named(_)));
        let Some(finder) = finder else {
            let known = calls.iter().filter(|other| matches!(other.kind, CallKind::Named(_)));
            let help = did_you_mean(wanted, known.map(|other| other.name.as_str()));
            let help = help.or_else(|| Some("describe it under `users.calls.named`, and write named.NAME".to_owned()));
            self.at(place, format!("there is no call `{wanted}`")).maybe_help(help);
            return;
        };
        if finder.call.method.is_some_and(|method| method != Method::Get && method != Method::Post) {
            self.at(place, format!("the call `{}` changes something", finder.name))
                .help("a call that finds a key only reads");
        }
        if let CallKind::Named(call) = finder.kind
            && !call.args.is_empty()
        {
            self.at(place, format!("the call `{}` has arguments, and nobody gives them", finder.name))
                .help("it knows the account by $key alone");
        } else if !self.broken_calls.contains(&finder.name) && !refers_to(finder, &["key"]) {
            self.at(place, format!("the call `{}` does not say which account it looks for", finder.name))
                .help("use $key in its `path`, `query` or `body`");
        }
    }

    fn check_switch(&mut self, tree: &'a Tree, place: &Place) {
        self.tree(tree, place, super::references::Allowed::default());
        let Tree::Reference(names) = tree else {
            self.at(place, "`only_if` needs a reference to a boolean setting").help("write $settings.NAME");
            return;
        };
        let setting = names.get(1).and_then(|name| self.file.settings.get(name));
        if setting.is_some_and(|setting| setting.kind.of_values() != FieldType::Boolean) {
            self.at(place, "`only_if` needs a boolean setting").help("declare the setting with `type: boolean`");
        }
    }
}
