//! SCIM paths and paths into answers: well-formed, and naming attributes that exist.

use std::sync::LazyLock;

use super::Checker;
use crate::document::Place;
use crate::mapping::model::{BodyCondition, Paging, Source};
use crate::mapping::scim_path::ScimPath;
use crate::mapping::vendor_path::VendorPath;
use crate::nearest::did_you_mean;
use crate::scim::schema::{self, Attribute, ENTERPRISE_USER, Schema, USER};

static CORE: LazyLock<Schema> = LazyLock::new(schema::user);
static ENTERPRISE: LazyLock<Schema> = LazyLock::new(schema::enterprise_user);

/// What a SCIM path refers to, as far as it matters for types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    /// One value.
    One,
    /// Perhaps several values.
    Many,
    /// An attribute of the mapping's own extension, whose shape follows the field.
    Extension,
}

impl Checker<'_> {
    /// Checks a SCIM path of `from` or `to`.
    pub(super) fn check_scim_path(&mut self, text: &str, place: &Place) -> Option<Target> {
        let path = match ScimPath::parse(text) {
            Ok(path) => path,
            Err(problem) => {
                self.at(place, problem)
                    .help("see RFC 7644 section 3.10: userName, name.givenName, emails[type eq \"work\"].value");
                return None;
            }
        };
        let urn = path.urn.as_deref().filter(|urn| !urn.eq_ignore_ascii_case(USER));
        let found = match urn {
            None => self.find_attribute(&CORE, &path.attribute, place)?,
            Some(urn) if urn.eq_ignore_ascii_case(ENTERPRISE_USER) => {
                self.find_attribute(&ENTERPRISE, &path.attribute, place)?
            }
            Some(urn) => return self.check_extension(urn, &path, place),
        };
        self.check_parts(&path, found, place)
    }

    /// Checks an entry of `keep`: an attribute, or a whole schema.
    pub(super) fn check_kept(&mut self, text: &str, place: &Place) {
        let known = [ENTERPRISE_USER, USER];
        if known.contains(&text) || self.file.users.extension.as_deref() == Some(text) {
            return;
        }
        if !text.contains('[') && !text.starts_with("urn:") {
            let name = text.split('.').next().unwrap_or(text);
            self.find_attribute(&CORE, name, place);
        } else if let Some(rest) = text.strip_prefix(ENTERPRISE_USER).and_then(|rest| rest.strip_prefix(':')) {
            let name = rest.split('.').next().unwrap_or(rest);
            self.find_attribute(&ENTERPRISE, name, place);
        } else if text.starts_with("urn:") && self.schema_of(text).is_none() {
            let help = did_you_mean(text, known);
            self.at(place, format!("there is no schema `{text}`")).maybe_help(help);
        } else {
            self.check_scim_path(text, place);
        }
    }

    /// Checks a path into an answer.
    pub(super) fn check_vendor_path(&mut self, text: &str, place: &Place) -> Option<VendorPath> {
        match VendorPath::parse(text) {
            Ok(path) => Some(path),
            Err(problem) => {
                self.at(place, problem)
                    .help("write names with dots between them, `[*]` for every element: data.users[*].id");
                None
            }
        }
    }

    pub(super) fn check_paging_paths(&mut self, paging: &Paging, place: &Place) {
        let paths: &[(&str, Option<&String>)] = match paging {
            Paging::None => &[],
            Paging::Cursor { next, .. } => &[("next", Some(next))],
            Paging::Offset { total, .. } => &[("total", total.as_ref())],
            Paging::Page { pages, .. } => &[("pages", pages.as_ref())],
            Paging::Link { next, .. } => &[("next", next.as_ref())],
        };
        for (key, path) in paths.iter().chain([&("more", paging.more())]) {
            if let Some(path) = path {
                self.check_vendor_path(path, &place.key(key));
            }
        }
    }

    /// Conditions on bodies: paths are well-formed, exactly one test each.
    pub(super) fn check_conditions(&mut self, conditions: &[BodyCondition], place: &Place) {
        for (n, condition) in conditions.iter().enumerate() {
            let place = place.index(n);
            self.check_vendor_path(&condition.path, &place.key("path"));
            let tests = [condition.equals.is_some(), condition.not.is_some(), condition.present.is_some()];
            match tests.iter().filter(|given| **given).count() {
                1 => {}
                0 => {
                    self.at(&place.key("path"), "this condition tests nothing")
                        .help("add `equals`, `not` or `present`");
                }
                _ => {
                    self.at(&place.key("path"), "this condition has several tests")
                        .help("write one condition per test: all of them must hold");
                }
            }
        }
    }

    fn find_attribute(&mut self, schema: &'static Schema, name: &str, place: &Place) -> Option<&'static Attribute> {
        let common = if schema.id == USER { schema::common() } else { &[] };
        let all = || schema.attributes.iter().chain(common);
        let found = all().find(|attribute| attribute.name.eq_ignore_ascii_case(name));
        if found.is_none() {
            let help = did_you_mean(name, all().map(|attribute| attribute.name.as_str()));
            let what = if schema.id == USER { "SCIM users have" } else { "the enterprise extension has" };
            self.at(place, format!("{what} no attribute `{name}`")).maybe_help(help);
        }
        found
    }

    fn check_parts(&mut self, path: &ScimPath, found: &'static Attribute, place: &Place) -> Option<Target> {
        if !path.filter.is_empty() && !found.multi_valued {
            self.at(place, format!("`{}` has a single value: there is nothing to choose in brackets", found.name))
                .help(format!("write `{}` alone", found.name));
            return None;
        }
        let filtered = path.filter.iter().map(|(name, _)| name.as_str());
        for part in filtered.chain(path.sub.as_deref()) {
            if !found.sub_attributes.iter().any(|sub| sub.name.eq_ignore_ascii_case(part)) {
                let help = did_you_mean(part, found.sub_attributes.iter().map(|sub| sub.name.as_str()));
                self.at(place, format!("`{}` has no part `{part}`", found.name)).maybe_help(help);
                return None;
            }
        }
        let has_value = found.sub_attributes.iter().any(|sub| sub.name == "value");
        if path.sub.is_none() && !found.sub_attributes.is_empty() && !has_value {
            let help = did_you_mean("", found.sub_attributes.iter().map(|sub| sub.name.as_str()));
            self.at(place, format!("`{}` is an object and has no single value", found.name)).maybe_help(help);
            return None;
        }
        Some(if found.multi_valued { Target::Many } else { Target::One })
    }

    fn check_extension(&mut self, urn: &str, path: &ScimPath, place: &Place) -> Option<Target> {
        if self.schema_of(urn).is_some() {
            if path.sub.is_some() || !path.filter.is_empty() {
                self.at(place, "attributes of the mapping's own extension have no parts")
                    .help(format!("write `{urn}:{}`", path.attribute));
                return None;
            }
            return Some(Target::Extension);
        }
        let known = [ENTERPRISE_USER].into_iter().chain(self.file.users.extension.as_deref());
        let help = did_you_mean(urn, known);
        self.at(place, format!("there is no schema `{urn}`"))
            .maybe_help(help.or_else(|| Some("name the mapping's own schema under `users.extension`".to_owned())));
        None
    }

    /// The extension of the mapping, when the text is its URN or an attribute of it.
    fn schema_of(&self, text: &str) -> Option<&str> {
        let own = self.file.users.extension.as_deref()?;
        let head = text.get(..own.len())?;
        let rest = text.get(own.len()..)?;
        (head.eq_ignore_ascii_case(own) && (rest.is_empty() || rest.starts_with(':'))).then_some(own)
    }
}

/// The path of a source.
pub(super) fn path_of(source: &Source) -> &str {
    match source {
        Source::Path(path) => path,
        Source::Conditional(source) => &source.path,
    }
}
