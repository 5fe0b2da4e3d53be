//! What a request on a group would cause: what the group means by the rules, the calls on its object, and what happens to its members. The members'
//! own resources are not known here, so that only the field is shown that carries the membership.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{Arguments, Method, STAND_IN_ID, read_patch, show};
use crate::cli::failure::Failure;
use crate::cli::output::Output;
use crate::config::groups::{GroupRules, Meaning, ObjectRef, OnDelete, TargetMeaning};
use crate::config::model::ConnectionConfig;
use crate::mapping::bound::{Beside, Bound, BoundTarget, CallName, Shape};
use crate::mapping::convert::canonical;
use crate::mapping::plan::{Step, plan};
use crate::mapping::record::{Desired, Record};
use crate::scim::resource::{read, replace, with_schemas};
use crate::scim::schema::{GROUP, ResourceType, group_type};
use crate::scim::text::fold;

/// The key of a member in calls that are shown.
const STAND_IN_MEMBER: &str = "1";

/// Whether a request is about a group, by what its body or the stored resource says of itself.
pub(super) fn is_group(resource: &Value) -> bool {
    let says = |value: &Value| value.as_str().is_some_and(|text| text.eq_ignore_ascii_case(GROUP));
    let schemas = resource.get("schemas").and_then(Value::as_array);
    schemas.is_some_and(|schemas| schemas.iter().any(says)) || resource["meta"]["resourceType"] == "Group"
}

/// A group before and after a request.
struct Change {
    before: Option<Map<String, Value>>,
    /// `None`: the group goes.
    after: Option<Map<String, Value>>,
    skipped: Vec<String>,
}

/// Explains a request on a group.
pub(super) fn explain(
    bound: &Bound,
    connection: &ConnectionConfig,
    stored: Option<&Value>,
    body: Option<&Value>,
    arguments: &Arguments,
    output: &mut Output,
) -> Result<(), Failure> {
    let kind = group_type();
    let change = change(arguments.method, stored, body, connection, &kind)?;
    for skipped in &change.skipped {
        output.line(format_args!("skipped: {skipped}"));
    }
    if let Some(after) = &change.after {
        output.line("resource");
        output.json(&with_schemas(after, &kind))?;
        output.line("");
    }
    let rules = &connection.groups;
    let name_of = |group: &Map<String, Value>| group.get("displayName").map(canonical).unwrap_or_default();
    let before = change.before.as_ref().map(|group| (name_of(group), rules.meaning_of(&name_of(group))));
    let after = change.after.as_ref().map(|group| (name_of(group), rules.meaning_of(&name_of(group))));
    let Some((name, meaning)) = after.as_ref().or(before.as_ref()) else { return Ok(()) };
    if !tell_meaning(name, meaning, rules, output) {
        return Ok(());
    }
    let was = target_in(before.as_ref());
    let is = target_in(after.as_ref());
    let shown = Shown { bound, arguments };
    shown.object(was, is, output)?;
    let (joined, left) = members(&change, was, is);
    output.line(format_args!("\nmembers: {} join, {} leave", joined.len(), left.len()));
    if let (Some(target), false) = (is, joined.is_empty()) {
        shown.member(target, true, output)?;
    }
    if let (Some(target), false) = (was, left.is_empty()) {
        shown.member(target, false, output)?;
    }
    Ok(())
}

fn change(
    method: Method,
    stored: Option<&Value>,
    body: Option<&Value>,
    connection: &ConnectionConfig,
    kind: &ResourceType,
) -> Result<Change, Failure> {
    let needs_body = || body.ok_or_else(|| Failure::wrong("the request has no body: name a file with its JSON"));
    let before =
        stored.map(|stored| read(stored, kind).map(|read| read.attributes)).transpose().map_err(Failure::wrong)?;
    let needs_stored = || {
        before.clone().ok_or_else(|| Failure::wrong("this method changes a group: --stored FILE says what it is now"))
    };
    let mut skipped = Vec::new();
    let after = match method {
        Method::Post => Some(read(needs_body()?, kind).map_err(Failure::failed)?.attributes),
        Method::Put => {
            let incoming = read(needs_body()?, kind).map_err(Failure::failed)?;
            Some(replace(&needs_stored()?, &incoming, kind))
        }
        Method::Patch => {
            let request = read_patch(needs_body()?, kind, connection)?;
            let id = stored.and_then(|stored| stored.get("id")).and_then(Value::as_str).unwrap_or(STAND_IN_ID);
            let patched = request.apply(id, &needs_stored()?, kind).map_err(Failure::failed)?;
            skipped = patched.skipped;
            Some(patched.attributes)
        }
        Method::Delete => {
            needs_stored()?;
            None
        }
    };
    Ok(Change { before: before.filter(|_| method != Method::Post), after, skipped })
}

/// Says what the group means; `false`: nothing happens at the vendor, whatever it meant before.
fn tell_meaning(name: &str, meaning: &Meaning, rules: &GroupRules, output: &mut Output) -> bool {
    match rules.matched(name).and_then(|(n, _)| Some((n, rules.rules.get(n)?))) {
        Some((n, rule)) => output.line(format_args!("group {name:?}: rule {} ({}) decides", n + 1, rule.describe())),
        None => output.line(format_args!("group {name:?}: no rule fits")),
    }
    match meaning {
        Meaning::Keep => output.line("the bridge keeps it to itself"),
        Meaning::Ignore => output.line("it is accepted, and its members are forgotten"),
        Meaning::Refuse(why) => {
            output.line(format_args!("it is refused: {why}"));
            return false;
        }
        Meaning::Target(target) => {
            let object = match &target.object {
                ObjectRef::Name(name) => format!("called {name:?}"),
                ObjectRef::Id(id) => format!("with the vendor's id {id}"),
            };
            let level = target.level.map(|level| format!(", level {level}")).unwrap_or_default();
            output.line(format_args!("it is the {} {object}{level}", target.target));
        }
    }
    true
}

fn target_in(group: Option<&(String, Meaning)>) -> Option<&TargetMeaning> {
    match group {
        Some((_, Meaning::Target(target))) => Some(target),
        _ => None,
    }
}

/// Who joins what the group means now, and who leaves what it meant before.
fn members(change: &Change, was: Option<&TargetMeaning>, is: Option<&TargetMeaning>) -> (Vec<String>, Vec<String>) {
    let ids = |group: Option<&Map<String, Value>>| -> BTreeSet<String> {
        let members = group.and_then(|group| group.get("members")).and_then(Value::as_array);
        members.into_iter().flatten().filter_map(|member| member.get("value")).map(canonical).collect()
    };
    let (before, after) = (ids(change.before.as_ref()), ids(change.after.as_ref()));
    // a group that becomes another thing takes everybody along; one whose object is renamed, nobody
    let moves = match (was, is) {
        (Some(was), Some(is)) => was.target != is.target || was.level != is.level || by_id(was) || by_id(is),
        (None, None) => false,
        _ => true,
    } && was != is;
    if moves {
        return (after.into_iter().collect(), before.into_iter().collect());
    }
    (after.difference(&before).cloned().collect(), before.difference(&after).cloned().collect())
}

fn by_id(target: &TargetMeaning) -> bool {
    matches!(target.object, ObjectRef::Id(_))
}

struct Shown<'a> {
    bound: &'a Bound,
    arguments: &'a Arguments,
}

impl Shown<'_> {
    /// The calls that make the group's object what the rules say.
    fn object(
        &self,
        was: Option<&TargetMeaning>,
        is: Option<&TargetMeaning>,
        output: &mut Output,
    ) -> Result<(), Failure> {
        if let Some(is) = is {
            self.found(is, output);
        }
        let of_same = was.filter(|was| is.is_none_or(|is| is.target == was.target));
        if let (Some(was), Some(is)) = (was, is)
            && was.target != is.target
        {
            output.line(format_args!("the {} that it was before stays as it is, without members", was.target));
        }
        let Some(meaning) = is.or(was) else { return Ok(()) };
        let Some(object) = self.bound.target(&meaning.target).and_then(|target| target.object.as_deref()) else {
            return Ok(());
        };
        let record = |meaning: Option<&TargetMeaning>| match meaning.map(|meaning| &meaning.object) {
            Some(ObjectRef::Name(name)) => {
                let resource = Map::from_iter([("displayName".to_owned(), Value::from(name.as_str()))]);
                object.desired(&resource, Beside::default()).map(|mapped| mapped.desired).map_err(Failure::failed)
            }
            _ => Ok(Desired::Absent),
        };
        let applied = match record(of_same)? {
            Desired::Present(record) | Desired::Parked(record) => Some(record),
            Desired::Absent => None,
        };
        let can_delete = object.has_call(&CallName::Delete) && self.arguments.method == Method::Delete;
        if is.is_none() && !(can_delete && was.is_some_and(|was| was.on_delete == OnDelete::Delete)) {
            output.line(format_args!("the {} stays at the vendor as it is", meaning.target));
            return Ok(());
        }
        let key = applied.as_ref().map(|_| self.arguments.vendor_id.as_str());
        let steps = plan(object, key, applied.as_ref(), &record(is)?, &Record::default()).map_err(Failure::failed)?;
        for step in &steps {
            if step.call == CallName::Create {
                output.line("it is created only when the vendor has none of that name");
            }
            self.call(object, step, Some(&meaning.target), "", output)?;
        }
        Ok(())
    }

    fn found(&self, meaning: &TargetMeaning, output: &mut Output) {
        let Some(target) = self.bound.target(&meaning.target) else { return };
        output.line(&target.description);
        if let (ObjectRef::Name(_), None, Some(catalog)) = (&meaning.object, &target.object, &target.catalog) {
            output.line(format_args!("it is looked for by its name in {catalog}; the bridge cannot create one"));
        }
    }

    /// What joining or leaving does to the field of a member.
    fn member(&self, meaning: &TargetMeaning, joins: bool, output: &mut Output) -> Result<(), Failure> {
        let Some(target) = self.bound.target(&meaning.target) else { return Ok(()) };
        let (value, remark) = self.value_of(meaning, target);
        let field = &target.field;
        let text = canonical(&value);
        let level = meaning.level.or(target.level.map(|levels| levels.default)).unwrap_or_default();
        match (target.shape, joins) {
            (Shape::List, true) => output.line(format_args!("each who joins: {field} gets {text}{remark}")),
            (Shape::List | Shape::LevelMap, false) => {
                output.line(format_args!("each who leaves: {field} loses {text}{remark}"));
            }
            (Shape::LevelMap, true) => {
                output.line(format_args!("each who joins: {field} gets {text} with level {level}{remark}"));
            }
            (Shape::One, true) => output.line(format_args!(
                "each who joins: {field} becomes {text}{remark}, and he leaves the other groups of this kind"
            )),
            (Shape::One, false) => output.line(format_args!(
                "each who leaves: {field} becomes what his own attributes say, or the default of the field"
            )),
        }
        if target.shape == Shape::One && !joins {
            return Ok(());
        }
        let held = Record(Map::from_iter([(
            field.clone(),
            match target.shape {
                Shape::One => value,
                Shape::List => Value::from(vec![value]),
                Shape::LevelMap => Value::Object(Map::from_iter([(text, Value::from(level))])),
            },
        )]));
        let (applied, desired) = if joins { (Record::default(), held) } else { (held, Record::default()) };
        let steps =
            plan(self.bound, Some(STAND_IN_MEMBER), Some(&applied), &Desired::Present(desired), &Record::default());
        for step in steps.map_err(Failure::failed)? {
            let remark = " for a member who had nothing else there (with a stand-in for his id)";
            self.call(self.bound, &step, None, remark, output)?;
        }
        Ok(())
    }

    /// The vendor's value for the object, and what must be said of it.
    fn value_of(&self, meaning: &TargetMeaning, target: &BoundTarget) -> (Value, &'static str) {
        let name = match &meaning.object {
            ObjectRef::Id(id) => return (target.typed_value(id), ""),
            ObjectRef::Name(name) => fold(name),
        };
        let catalog = target.catalog.as_deref().and_then(|catalog| self.bound.catalog(catalog));
        let named = catalog.and_then(|catalog| catalog.values.iter().find(|entry| fold(&entry.name) == name));
        match named {
            Some(entry) => (target.typed_value(&entry.key), ""),
            None => (target.typed_value(&self.arguments.vendor_id), " (a stand-in for the id of the object)"),
        }
    }

    fn call(
        &self,
        speaker: &Bound,
        step: &Step,
        target: Option<&str>,
        remark: &str,
        output: &mut Output,
    ) -> Result<(), Failure> {
        let name = match (target, &step.call) {
            (None, call) => call.to_string(),
            (Some(target), CallName::Update(name)) => format!("groups.{target}.{name}"),
            (Some(target), call) => format!("groups.{target}.{call}"),
        };
        output.line(format_args!("\ncall {name}{remark}"));
        match speaker.request(&step.call, &step.scope) {
            Ok(request) => show::request(&request, output)?,
            Err(error) => output.line(format_args!("it needs more of the person than is known here: {error}")),
        }
        if self.arguments.rules {
            show::rules(speaker, target, &step.call, output)?;
        }
        Ok(())
    }
}
