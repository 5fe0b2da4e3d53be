//! Which call writes which field: each field is written by some call, each update writes something, and what a call says that
//! it writes it also sends.

use std::collections::BTreeSet;

use super::calls::{leaves, refers_to};
use super::{CallKind, Checker, NamedPlace};
use crate::document::Place;
use crate::mapping::model::RecordMode;

impl<'a> Checker<'a> {
    pub(super) fn check_writes(&mut self) {
        let all = self.calls();
        for named in all.iter().filter(|named| !named.is_about_people()) {
            self.check_object_call_writes(named);
        }
        let calls: Vec<NamedPlace<'a>> = all.into_iter().filter(NamedPlace::is_about_people).collect();
        let writing: Vec<&NamedPlace<'a>> =
            calls.iter().filter(|named| matches!(named.kind, CallKind::Create | CallKind::Update)).collect();
        let by_elements: BTreeSet<&str> = writing.iter().filter_map(|named| named.call.of.as_deref()).collect();
        let (of_elements, writing): (Vec<_>, Vec<_>) =
            writing.into_iter().partition(|named| named.call.for_each.is_some());
        let claimed: BTreeSet<&str> = writing
            .iter()
            .filter(|named| matches!(named.kind, CallKind::Update))
            .flat_map(|named| named.call.writes.iter().flatten())
            .map(String::as_str)
            .chain(by_elements.iter().copied())
            .chain(
                writing
                    .iter()
                    .filter(|named| named.call.writes.is_none())
                    .flat_map(|named| named.call.when.keys())
                    .map(String::as_str),
            )
            .collect();
        let mut created: BTreeSet<&str> = BTreeSet::new();
        let mut updated: BTreeSet<&str> = of_elements.iter().filter_map(|named| named.call.of.as_deref()).collect();
        for named in &writing {
            let is_create = matches!(named.kind, CallKind::Create);
            if named.call.writes.is_none() && !named.call.when.is_empty() {
                // it brings its fields about and need not send them
                updated.extend(named.call.when.keys().map(String::as_str));
                continue;
            }
            let writes = self.check_written(named, if is_create { None } else { Some(&claimed) });
            if is_create { created.extend(writes) } else { updated.extend(writes) }
        }
        for named in calls.iter().filter(|named| !matches!(named.kind, CallKind::Create | CallKind::Update)) {
            if named.call.writes.is_some() {
                self.at_key(&named.place.key("writes"), format!("the call `{}` writes no fields", named.name))
                    .help("`writes` belongs to create and update calls");
            }
        }
        self.check_all_written(&created, &updated);
    }

    /// Of a group's object a call sends the name or nothing.
    fn check_object_call_writes(&mut self, named: &NamedPlace<'a>) {
        let is_whole = named.call.record == Some(RecordMode::Whole);
        for (key, given) in
            [("writes", named.call.writes.is_some()), ("record", named.call.record.is_some() && !is_whole)]
        {
            if given {
                self.at_key(&named.place.key(key), format!("the call `{}` has no use for `{key}`", named.name)).help(
                    "`writes` and `record` belong to the calls on users; of a group's object there is only its name",
                );
            }
        }
        let must_send = matches!(named.kind, CallKind::Create | CallKind::Update);
        let sends_name = refers_to(named, &["record", "name"]) || (is_whole && refers_to(named, &["record"]));
        if must_send && !sends_name && !self.broken_calls.contains(&named.name) {
            self.at_key(&named.place, format!("the call `{}` does not send the name of the object", named.name))
                .help("use $record.name in `path`, `query`, `body`, `form` or `variables`");
        }
    }

    /// The fields that a call writes; complains about those that it says to write and does not send.
    fn check_written(&mut self, named: &NamedPlace<'a>, claimed: Option<&BTreeSet<&str>>) -> Vec<&'a str> {
        let mut writes: Vec<&'a str> = match &named.call.writes {
            Some(given) => {
                let place = named.place.key("writes");
                for (n, name) in given.iter().enumerate() {
                    self.expect_field(name, &place.index(n));
                }
                given.iter().map(String::as_str).filter(|name| self.file.users.fields.contains_key(*name)).collect()
            }
            None => self.field_names().filter(|name| claimed.is_none_or(|claimed| !claimed.contains(name))).collect(),
        };
        if writes.is_empty() && named.call.writes.as_ref().is_none_or(Vec::is_empty) {
            self.at_key(&named.place, format!("nothing uses the call `{}`: it writes no field", named.name))
                .help("name its fields under `writes`, or take it out");
            return writes;
        }
        let sent = Sent::of(named);
        let is_sent = |name: &str| sent.has(name) || named.call.when.contains_key(name);
        let missing: Vec<&str> = writes.iter().copied().filter(|name| !is_sent(name)).collect();
        if self.broken_calls.contains(&named.name) {
            return writes;
        }
        if !missing.is_empty() && missing.len() == writes.len() {
            self.at_key(&named.place, format!("the call `{}` sends nothing of the record", named.name))
                .help("put $record, or $record.FIELD for each field, into `body`, `form` or `variables`");
        } else if named.call.writes.is_some() {
            for name in &missing {
                let n = named.call.writes.iter().flatten().position(|given| given == name).unwrap_or_default();
                self.at(&named.place.key("writes").index(n), format!("the call does not send `{name}`"))
                    .help(format!("add $record.{name} to it, or take the field out of `writes`"));
            }
        } else if !missing.is_empty() {
            let kept: Vec<&str> = writes.iter().copied().filter(|name| sent.has(name)).collect();
            self.at_key(
                &named.place,
                format!("the call `{}` is to write all fields, and does not send {}", named.name, list(&missing)),
            )
            .help(format!("say what it writes: writes: [{}]", kept.join(", ")));
        }
        writes.retain(|name| is_sent(name) || missing.contains(name));
        writes
    }

    fn check_all_written(&mut self, created: &BTreeSet<&str>, updated: &BTreeSet<&str>) {
        let file = self.file;
        let calls = Place::of(["users", "calls"]);
        let fields = Place::of(["users", "fields"]);
        if file.users.calls.create.is_none() {
            self.at_key(&calls, "there is no call `create`, so nobody could get an account")
                .help("add `create: { method: POST, path: [users], body: $record, user: PATH }`");
            return;
        }
        let changeable: Vec<&str> = file
            .users
            .fields
            .iter()
            .filter(|(_, field)| !field.immutable && field.cannot_change.is_none())
            .map(|(name, _)| name.as_str())
            .collect();
        if file.users.calls.update.is_empty() && !changeable.is_empty() {
            self.at_key(&calls, format!("there is no update call, and {} can change", list(&changeable)))
                .help("add `update`, or mark the fields `immutable: true`");
            return;
        }
        for (name, field) in &file.users.fields {
            let (in_create, in_update) = (created.contains(name.as_str()), updated.contains(name.as_str()));
            if !in_create && !in_update {
                self.at_key(&fields.key(name), format!("no call writes the field `{name}`"))
                    .help("add it to `writes` of a call that sends it");
            } else if !in_update && !field.immutable && field.cannot_change.is_none() {
                self.at_key(
                    &fields.key(name),
                    format!("no update call writes the field `{name}`, so a change would never arrive"),
                )
                .help("add it to `writes` of an update call, or mark it `immutable: true`");
            } else if !in_create && field.immutable {
                self.at_key(
                    &fields.key(name),
                    format!("the field `{name}` is immutable, and `create` does not write it"),
                );
            }
        }
    }
}

/// What a call sends of the record.
enum Sent {
    All,
    Some(BTreeSet<String>),
}

impl Sent {
    fn of(named: &NamedPlace<'_>) -> Self {
        let mut some = BTreeSet::new();
        for names in leaves(named) {
            match names.split_first() {
                Some((root, [])) if root == "record" => return Self::All,
                Some((root, rest)) if root == "record" => {
                    some.insert(rest.join("."));
                }
                _ => {}
            }
        }
        Self::Some(some)
    }

    fn has(&self, field: &str) -> bool {
        match self {
            Self::All => true,
            Self::Some(names) => names.iter().any(|name| {
                field == name || field.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with('.'))
            }),
        }
    }
}

/// At most five names in words.
fn list(names: &[&str]) -> String {
    let shown = names.iter().take(5).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(5) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
