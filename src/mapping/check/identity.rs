//! How people are recognised: the key, the match fields, the accounts that are protected.

use super::Checker;
use super::types::{element, in_words};
use crate::document::Place;
use crate::mapping::model::{Call, Field, FieldType, KeyType, OneOrMany, ProtectedRule};
use crate::nearest::did_you_mean;

impl Checker<'_> {
    pub(super) fn check_identity(&mut self) {
        let file = self.file;
        let users = Place::of(["users"]);
        self.check_key_paths(&file.users.key.read, &users.key("key").key("read"), "the key of an account is one value");
        if let Some(field) = &file.users.key.field {
            self.check_key_field(field, &users.key("key").key("field"));
        } else {
            self.check_key_that_changes(&users.key("key").key("read"));
        }
        if let Some(urn) = &file.users.extension {
            self.check_extension_urn(urn, &users.key("extension"));
        }
        self.check_conditions(&file.users.only, &users.key("only"));
        self.check_conditions(&file.users.gone, &users.key("gone"));
        for (n, rule) in file.users.r#match.iter().enumerate() {
            let place = users.key("match").index(n).key("field");
            if self.expect_field(&rule.field, &place) && file.users.fields[&rule.field].write_only {
                self.at(&place, format!("`{}` is write_only: no account can be recognised by it", rule.field));
            }
            if file.users.r#match[..n].iter().any(|other| other.field == rule.field) {
                self.at(&place, format!("`{}` is listed twice", rule.field));
            }
        }
        if file.users.r#match.is_empty() {
            self.at_key(&users.key("match"), "no field tells an existing account of the same person")
                .help("add `match: [{ field: email }]`: without it a lost answer to a create makes a second account");
        }
        for (n, rule) in file.users.protected.iter().enumerate() {
            let place = users.key("protected").index(n);
            self.expect_field(&rule.field, &place.key("field"));
            self.check_protection(rule, &place);
        }
    }

    /// One value, or a catalog whose keys the field holds.
    fn check_protection(&mut self, rule: &ProtectedRule, place: &Place) {
        if rule.equals.is_some() == rule.within.is_some() {
            self.at(place, "a rule protects by one value, or by a catalog").help("give one of `equals` and `in`");
            return;
        }
        let Some(catalog) = &rule.within else { return };
        let file = self.file;
        let Some(found) = file.catalogs.get(catalog) else {
            let help = did_you_mean(catalog, file.catalogs.keys().map(String::as_str));
            self.at(&place.key("in"), format!("there is no catalog `{catalog}`")).maybe_help(help);
            return;
        };
        let holds = file.users.fields.get(&rule.field).map(|field| element(field.kind));
        let takes = if found.key.kind == KeyType::Integer { FieldType::Integer } else { FieldType::String };
        if holds.is_some_and(|holds| holds != takes) {
            self.at(&place.key("in"), format!("the keys of `{catalog}` are no values of `{}`", rule.field))
                .help("give both the same type");
        }
    }

    /// Where a key is read: one value at each path.
    pub(super) fn check_key_paths(&mut self, paths: &OneOrMany<String>, place: &Place, problem: &str) {
        let listed = self.reporter.is_list(place);
        if paths.as_slice().is_empty() {
            self.at_key(place, "`read` names no path");
        }
        for (n, path) in paths.as_slice().iter().enumerate() {
            let at = if listed { place.index(n) } else { place.clone() };
            if self.check_vendor_path(path, &at).is_some_and(|path| path.finds_many()) {
                self.at(&at, problem).help("take `*` out");
            }
        }
    }

    /// The field that is the key has its type, is read, and can change: else the key never does.
    fn check_key_field(&mut self, name: &str, place: &Place) {
        if !self.expect_field(name, place) {
            return;
        }
        let (field, key) = (&self.file.users.fields[name], self.file.users.key.kind);
        let is_fit =
            matches!((field.kind, key), (FieldType::String, KeyType::String) | (FieldType::Integer, KeyType::Integer));
        if field.write_only {
            self.at(place, format!("`{name}` is write_only, and a key is known"));
        } else if field.immutable {
            self.at(place, format!("`{name}` never changes, and so the key never does"))
                .help("take `field` out, or `immutable` there");
        } else if !is_fit {
            self.at(place, format!("`{name}` holds {}, and the key has another type", in_words(field.kind)))
                .help("give both the same type");
        }
    }

    /// Where a field stands at the place of the key, both change together.
    fn check_key_that_changes(&mut self, place: &Place) {
        let users = &self.file.users;
        let is_key = |(name, field): &(&String, &Field)| {
            let read = field.read.as_deref().unwrap_or(name.as_str());
            users.key.read.as_slice().iter().any(|path| path == read)
                && !field.immutable
                && !field.write_only
                && !field.unread
        };
        let Some((name, _)) = users.fields.iter().find(is_key) else { return };
        let says_so = |call: &Call| call.new_key.is_some() || call.user.is_some();
        let writes = |call: &&Call| call.writes.as_ref().is_some_and(|writes| writes.contains(name));
        if !users.calls.update.values().filter(writes).any(says_so) {
            let message = format!("the field `{name}` is the key, so that who gets another one gets another key");
            self.at(place, message)
                .help(format!("add `field: {name}` here, or `immutable: true` to the field where it never changes"));
        }
    }

    fn check_extension_urn(&mut self, urn: &str, place: &Place) {
        let known = [crate::scim::schema::USER, crate::scim::schema::ENTERPRISE_USER, crate::scim::schema::GROUP];
        if known.iter().any(|one| one.eq_ignore_ascii_case(urn)) {
            self.at(place, "this schema belongs to the RFC")
                .help("write a URN of your own: urn:scim-bridge:VENDOR:2.0:User");
            return;
        }
        if !is_urn(urn) {
            self.at(place, format!("`{urn}` is no URN")).help("write it as urn:scim-bridge:VENDOR:2.0:User");
        }
    }
}

/// Whether a text has the form of a URN (RFC 8141) without brackets and quotes, which paths need.
pub(super) fn is_urn(urn: &str) -> bool {
    let parts: Vec<&str> = urn.split(':').collect();
    let fits = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_graphic() && !"[]\"".contains(c));
    parts.len() >= 3 && parts[0].eq_ignore_ascii_case("urn") && parts.iter().all(|part| fits(part))
}
