//! References in trees: each names something that exists and that has a value at its place. Secrets appear only where the
//! bridge signs in and where its own account is named: never in a call, so that no log, plan or `explain` can show one.

use indexmap::IndexMap;

use super::walk::{Leaf, Spot, walk};
use super::{CallKind, Checker, Subject};
use crate::document::Place;
use crate::mapping::model::{CallSignIn, FieldType, ForEach, Paging, RecordMode};
use crate::mapping::tree::Tree;
use crate::nearest::{did_you_mean, nearest};

/// What a tree may refer to besides settings.
#[derive(Clone, Copy, Default)]
pub(super) struct Allowed<'a> {
    secrets: bool,
    key: bool,
    record: Record,
    page: Option<&'a Paging>,
    args: Option<&'a IndexMap<String, FieldType>>,
    /// `$item`: the element that the call is about.
    item: bool,
    /// `$items`: the elements that travel together.
    items: bool,
    membership: bool,
    /// `$kept`: what a sign-in keeps of its answer.
    kept: Option<&'a CallSignIn>,
}

impl<'a> Allowed<'a> {
    /// Settings and secrets, and what a sign-in keeps.
    pub(super) fn secrets(kept: Option<&'a CallSignIn>) -> Self {
        Self { secrets: true, kept, ..Self::default() }
    }
}

/// Which part of `$record` a tree may refer to.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Record {
    #[default]
    Nothing,
    MatchFields,
    /// The name of a group's object.
    Name,
    /// That, or the whole object.
    Whole,
    All,
}

impl<'a> Checker<'a> {
    pub(super) fn check_references(&mut self) {
        let file = self.file;
        let api = Place::of(["api"]);
        let settings = Allowed::default();
        let secrets = Allowed::secrets(None);
        if let Some(base_url) = &file.api.base_url {
            self.tree(base_url, &api.key("base_url"), settings);
        }
        if let Some(hosts) = &file.api.hosts {
            self.check_hosts_references(hosts, &api.key("hosts"), settings);
        }
        self.trees(&file.api.headers, &api.key("headers"), settings);
        self.trees(&file.api.query, &api.key("query"), settings);
        self.sign_in_references(&api.key("sign_in"));
        if let Some(graphql) = &file.api.graphql {
            let place = api.key("graphql");
            self.list(&graphql.path, &place.key("path"), settings);
            self.trees(&graphql.query, &place.key("query"), settings);
        }
        let users = Place::of(["users"]);
        for (n, rule) in file.users.protected.iter().enumerate() {
            if let Some(equals) = &rule.equals {
                self.tree(equals, &users.key("protected").index(n).key("equals"), secrets);
            }
        }
        for (name, field) in &file.users.fields {
            let place = users.key("fields").key(name);
            if let Some(default) = &field.default {
                self.tree(default, &place.key("default"), settings);
            }
            if let Some(only_if) = &field.only_if {
                self.tree(only_if, &place.key("only_if"), settings);
            }
        }
        for (name, object) in &file.users.objects {
            self.trees(&object.fill, &users.key("objects").key(name).key("fill"), settings);
        }
        if let Some(remove) = &file.users.remove {
            self.tree(remove, &users.key("remove"), settings);
        }
        if let Some(deactivate) = &file.users.deactivate {
            let place = users.key("deactivate");
            self.tree(&deactivate.policy, &place.key("policy"), settings);
            for (name, policy) in &deactivate.policies {
                self.trees(&policy.set, &place.key("policies").key(name).key("set"), settings);
            }
        }
        self.calls_references();
    }

    fn calls_references(&mut self) {
        for named in self.calls() {
            let record = match named.subject {
                Subject::Person => Record::All,
                Subject::Object(_) if named.call.record == Some(RecordMode::Whole) => Record::Whole,
                Subject::Object(_) | Subject::Catalog(_) => Record::Name,
            };
            let allowed = match named.kind {
                CallKind::Create => Allowed { record, ..Allowed::default() },
                CallKind::Read | CallKind::Delete => Allowed { key: true, ..Allowed::default() },
                CallKind::List => {
                    Allowed { page: named.list.as_ref().map(|(list, _)| &list.paging), ..Allowed::default() }
                }
                CallKind::Find => Allowed {
                    page: named.list.as_ref().map(|(list, _)| &list.paging),
                    record: Record::MatchFields,
                    ..Allowed::default()
                },
                CallKind::Update => Allowed {
                    key: true,
                    record,
                    item: named.call.for_each.is_some() && named.call.batch.is_none(),
                    items: named.call.for_each.is_some() && named.call.batch.is_some(),
                    // what is looked for before it is added is not there
                    membership: named.call.find.is_some() && named.call.for_each != Some(ForEach::Added),
                    ..Allowed::default()
                },
                CallKind::Membership => Allowed {
                    key: true,
                    item: true,
                    page: named.list.as_ref().map(|(list, _)| &list.paging),
                    ..Allowed::default()
                },
                CallKind::Named(call) => Allowed { key: true, args: Some(&call.args), ..Allowed::default() },
            };
            let (call, place) = (named.call, &named.place);
            let before = self.reporter.count();
            self.list(&call.path, &place.key("path"), allowed);
            self.trees(&call.query, &place.key("query"), allowed);
            // user data never reaches a header
            self.trees(&call.headers, &place.key("headers"), Allowed::default());
            if let Some(body) = &call.body {
                self.tree(body, &place.key("body"), allowed);
            }
            if let Some(form) = &call.form {
                self.trees(form, &place.key("form"), allowed);
            }
            if let Some(graphql) = &call.graphql {
                self.trees(&graphql.variables, &place.key("graphql").key("variables"), allowed);
            }
            if let Some(find) = &call.find {
                let allowed = Allowed { key: true, item: true, ..Allowed::default() };
                self.trees(&find.matches, &place.key("find").key("matches"), allowed);
            }
            if self.reporter.count() > before {
                self.broken_calls.insert(named.name);
            }
        }
    }

    pub(super) fn trees(&mut self, trees: &'a IndexMap<String, Tree>, place: &Place, allowed: Allowed<'a>) {
        for (name, tree) in trees {
            self.tree(tree, &place.key(name), allowed);
        }
    }

    pub(super) fn list(&mut self, trees: &'a [Tree], place: &Place, allowed: Allowed<'a>) {
        for (n, tree) in trees.iter().enumerate() {
            self.tree(tree, &place.index(n), allowed);
        }
    }

    pub(super) fn tree(&mut self, tree: &'a Tree, place: &Place, allowed: Allowed<'a>) {
        walk(tree, place, &mut |leaf, spot| match leaf {
            Leaf::Reference(names) => self.reference(names, spot, allowed),
            Leaf::Expression(text) => {
                let names = known_roots(allowed, spot.in_for_each);
                let plain = names.iter().map(|name| name.trim_start_matches('$'));
                let plain: Vec<&str> = plain.filter(|name| !matches!(*name, "secrets" | "kept")).collect();
                self.check_expression(text, &spot.place, &plain);
            }
            Leaf::Constant(_) => {}
        });
    }

    fn reference(&mut self, names: &[String], spot: &Spot, allowed: Allowed<'a>) {
        let place = &spot.place;
        let written = format!("${}", names.join("."));
        let Some((root, rest)) = names.split_first() else { return };
        match root.as_str() {
            "settings" => self.setting(rest, place, &written),
            "secrets" if allowed.secrets => self.secret(rest, place, &written),
            "secrets" => {
                self.at(place, format!("`{written}` must not stand here: a secret is used only to sign in"))
                    .help("secrets belong into `api.sign_in` and `users.protected`, where nothing logs or shows them");
            }
            "key" if allowed.key && rest.is_empty() => {}
            "record" if allowed.record != Record::Nothing => self.record(rest, place, &written, allowed.record),
            "page" if allowed.page.is_some() => self.page(rest, place, &written, allowed.page),
            "item" if spot.in_for_each || allowed.item => {}
            "items" if allowed.items && rest.is_empty() => {}
            "membership" if allowed.membership && rest.is_empty() => {}
            "arg" if allowed.args.is_some() => self.arg(rest, place, &written, allowed.args),
            "kept" if allowed.kept.is_some() => self.kept(rest, place, &written, allowed.kept),
            "key" if allowed.key => {
                self.at(place, format!("`{written}` goes into `$key`, which is one value")).help("write $key");
            }
            "item" => {
                self.at(
                    place,
                    format!(
                        "`{written}` has a value only inside `$put` of a `$for_each`, and in a call with `for_each`"
                    ),
                )
                .maybe_help(allowed.items.then(|| "with `batch` the elements are a list: $items".to_owned()));
            }
            "key" | "record" | "page" | "arg" | "items" | "membership" | "kept" => {
                let known = known_roots(allowed, spot.in_for_each).join(", ");
                self.at(place, format!("`{written}` has no value here"))
                    .help(format!("what has a value here: {known}"));
            }
            _ => {
                let known = known_roots(allowed, spot.in_for_each);
                let help = did_you_mean(&format!("${root}"), known);
                self.at(place, format!("there is nothing called `${root}`"))
                    .maybe_help(help.or_else(|| Some("a text that begins with $ is written with $$".to_owned())));
            }
        }
    }

    fn setting(&mut self, rest: &[String], place: &Place, written: &str) {
        match rest {
            [name] if self.file.settings.contains_key(name) => {
                self.used_settings.insert(name.clone());
            }
            [name] => {
                let help = did_you_mean(name, self.file.settings.keys().map(String::as_str));
                // the one that was meant is not unused
                self.used_settings
                    .extend(nearest(name, self.file.settings.keys().map(String::as_str)).map(str::to_owned));
                self.at(place, format!("there is no setting `{name}`"))
                    .maybe_help(help.or_else(|| Some("declare it under `settings`".to_owned())));
            }
            _ => {
                self.at(place, format!("`{written}` names no setting")).help("write $settings.NAME");
            }
        }
    }

    fn secret(&mut self, rest: &[String], place: &Place, written: &str) {
        match rest {
            [name] if self.file.secrets.contains_key(name) => {
                self.used_secrets.insert(name.clone());
            }
            [name] => {
                let help = did_you_mean(name, self.file.secrets.keys().map(String::as_str));
                self.used_secrets
                    .extend(nearest(name, self.file.secrets.keys().map(String::as_str)).map(str::to_owned));
                self.at(place, format!("there is no secret `{name}`"))
                    .maybe_help(help.or_else(|| Some("declare it under `secrets`".to_owned())));
            }
            _ => {
                self.at(place, format!("`{written}` names no secret")).help("write $secrets.NAME");
            }
        }
    }

    fn record(&mut self, rest: &[String], place: &Place, written: &str, allowed: Record) {
        let name = rest.join(".");
        if allowed == Record::MatchFields {
            let matches: Vec<&str> = self.file.users.r#match.iter().map(|rule| rule.field.as_str()).collect();
            if !matches.contains(&name.as_str()) {
                let help = did_you_mean(&name, matches);
                self.at(place, format!("`{written}` has no value here: a search knows only the `match` fields"))
                    .maybe_help(help);
            }
            return;
        }
        if matches!(allowed, Record::Name | Record::Whole) {
            if name != "name" && !(name.is_empty() && allowed == Record::Whole) {
                self.at(place, format!("`{written}` has no value here: of a group's object there is only its name"))
                    .help("write $record.name");
            }
            return;
        }
        let prefix = format!("{name}.");
        let known = rest.is_empty() || self.field_names().any(|field| field == name || field.starts_with(&prefix));
        if !known {
            let help = did_you_mean(&name, self.field_names());
            self.at(place, format!("there is no field `{name}`")).maybe_help(help);
        }
    }

    fn page(&mut self, rest: &[String], place: &Place, written: &str, paging: Option<&Paging>) {
        let known: &[&str] = match paging {
            None | Some(Paging::None) => &[],
            Some(Paging::Cursor { .. }) => &["cursor", "size"],
            Some(Paging::Offset { .. }) => &["offset", "size"],
            Some(Paging::Page { .. }) => &["number", "size"],
            Some(Paging::Link { .. }) => &["size"],
        };
        if matches!(rest, [name] if known.contains(&name.as_str())) {
            return;
        }
        let help = if known.is_empty() {
            "the list has `paging: { style: none }`; say how its pages are asked for".to_owned()
        } else {
            let names = known.iter().map(|name| format!("$page.{name}")).collect::<Vec<_>>().join(" and ");
            format!("this style of paging has {names}")
        };
        self.at(place, format!("`{written}` has no value with this paging")).help(help);
    }

    fn arg(&mut self, rest: &[String], place: &Place, written: &str, args: Option<&IndexMap<String, FieldType>>) {
        let Some(args) = args else { return };
        match rest {
            [name] if args.contains_key(name) => {}
            [name] => {
                let help = did_you_mean(name, args.keys().map(String::as_str));
                self.at(place, format!("the call has no argument `{name}`"))
                    .maybe_help(help.or_else(|| Some("declare it under `args` of the call".to_owned())));
            }
            _ => {
                self.at(place, format!("`{written}` names no argument")).help("write $arg.NAME");
            }
        }
    }
}

fn known_roots(allowed: Allowed<'_>, in_for_each: bool) -> Vec<&'static str> {
    let page = allowed.page.is_some_and(|paging| !matches!(paging, Paging::None));
    [
        ("$settings", true),
        ("$secrets", allowed.secrets),
        ("$key", allowed.key),
        ("$record", allowed.record != Record::Nothing),
        ("$page", page),
        ("$arg", allowed.args.is_some()),
        ("$item", in_for_each || allowed.item),
        ("$items", allowed.items),
        ("$membership", allowed.membership),
        ("$kept", allowed.kept.is_some()),
    ]
    .into_iter()
    .filter_map(|(name, known)| known.then_some(name))
    .collect()
}
