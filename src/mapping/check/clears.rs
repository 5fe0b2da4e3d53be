//! Values that are taken away: a call that shows a field only where it has a value never tells the vendor that the value is gone, and one that puts
//! something in its place tells so whenever another field changes.

use super::{CallKind, Checker, NamedPlace};
use crate::document::Place;
use crate::mapping::expression::Expression;
use crate::mapping::model::{Clear, Field, OneOrMany, Overlay, RecordMode, Source};
use crate::mapping::tree::Tree;

/// How a call shows one field.
#[derive(Default)]
struct Uses {
    /// As it is, or by an expression that may make anything of it.
    plainly: bool,
    /// Only where it has a value.
    guarded: Option<Place>,
    /// With something else in its place where it has none.
    replaced: Option<Place>,
}

impl<'a> Checker<'a> {
    pub(super) fn check_clears(&mut self) {
        for named in self.calls() {
            let is_update = matches!(named.kind, CallKind::Update) && named.is_about_people();
            let is_partial = match named.call.record {
                None | Some(RecordMode::Changed) => true,
                Some(RecordMode::Whole) => named.call.overlay != Some(Overlay::All),
                Some(RecordMode::All) => false,
            };
            let is_plain = named.call.for_each.is_none() && named.call.when.is_empty();
            if is_update && is_partial && is_plain && !self.broken_calls.contains(&named.name) {
                self.check_clears_of(&named);
            }
        }
    }

    fn check_clears_of(&mut self, named: &NamedPlace<'a>) {
        let file = self.file;
        let writes: Vec<&str> = match &named.call.writes {
            Some(writes) => writes.iter().map(String::as_str).collect(),
            None => file.users.fields.keys().map(String::as_str).collect(),
        };
        for (name, field) in file.users.fields.iter().filter(|(name, _)| writes.contains(&name.as_str())) {
            let is_in_object = file.users.objects.keys().any(|object| is_below(name, object));
            if is_in_object || !can_be_cleared(field) {
                continue;
            }
            let mut uses = Uses::default();
            look_at_call(named, name, &mut uses);
            let title = &named.name;
            if let (Some(place), true) = (&uses.replaced, writes.len() > 1) {
                self.at_key(place, format!("the call `{title}` would take `{name}` away whenever another field changes"))
                    .help(format!(
                        "of a field that does not change, $record.{name} has no value either; give it a call of its own, say `record: all`, or ask `record.{name} is defined and record.{name} is none`"
                    ));
            } else if let (Some(place), false, None) = (&uses.guarded, uses.plainly, &uses.replaced) {
                let place = place.clone();
                self.at_key(&place, format!("when `{name}` is taken away, the call `{title}` sends nothing of it"))
                    .help(
                        format!(
                        "put $record before it, {{ $merge: [$record, …] }}, so that null is sent; or add a part that is sent when {{ $expr: \"record.{name} is defined and record.{name} is none\" }}; or say `clear: keep` or `refuse` for the field"
                    ));
            }
        }
    }
}

/// Can the IdP take the value away, and is the vendor told so by null?
fn can_be_cleared(field: &Field) -> bool {
    let is_active = |source: &Source| matches!(source, Source::Path(path) if path == "active");
    let is_access = field.from.iter().flat_map(OneOrMany::as_slice).any(is_active);
    let has_value_always = field.required || field.default.is_some() || is_access;
    !has_value_always && !field.immutable && !field.write_only && field.clear == Clear::SendNull
}

fn look_at_call(named: &NamedPlace<'_>, field: &str, uses: &mut Uses) {
    let call = named.call;
    let part = |key: &str| named.place.key(key);
    let mut look = |tree: &Tree, place: Place| look_at(tree, &place, field, uses);
    call.path.iter().enumerate().for_each(|(n, tree)| look(tree, part("path").index(n)));
    call.query.iter().for_each(|(name, tree)| look(tree, part("query").key(name)));
    call.body.iter().for_each(|tree| look(tree, part("body")));
    call.form.iter().flatten().for_each(|(name, tree)| look(tree, part("form").key(name)));
    let variables = call.graphql.iter().flat_map(|graphql| &graphql.variables);
    variables.for_each(|(name, tree)| look(tree, part("graphql").key("variables").key(name)));
}

fn look_at(tree: &Tree, place: &Place, field: &str, uses: &mut Uses) {
    match tree {
        Tree::Constant(_) => {}
        Tree::Reference(names) => uses.plainly |= shows(names, field),
        Tree::Expression(text) if takes_unsaid_for_gone(text, field) => {
            uses.replaced.get_or_insert_with(|| place.key("$expr"));
        }
        Tree::Expression(text) => uses.plainly |= reads(text, field),
        Tree::Object(members) => {
            for (key, member) in members {
                let written = if key.starts_with('$') { format!("${key}") } else { key.clone() };
                look_at(member, &place.key(&written), field, uses);
            }
        }
        Tree::List(parts) => look_at_parts(parts, place, field, uses),
        Tree::Merge(parts) => look_at_parts(parts, &place.key("$merge"), field, uses),
        Tree::Concat(parts) => {
            let is_part = |part: &Tree| matches!(part, Tree::Reference(names) if shows(names, field));
            if parts.iter().any(is_part) {
                uses.guarded.get_or_insert_with(|| place.key("$concat"));
            }
            let others = parts.iter().filter(|part| !is_part(part)).cloned().collect::<Vec<_>>();
            look_at_parts(&others, &place.key("$concat"), field, uses);
        }
        Tree::ForEach { list, put } => {
            look_at(list, &place.key("$for_each"), field, uses);
            look_at(put, &place.key("$put"), field, uses);
        }
        Tree::When { value, is, then, otherwise } => {
            let is_guard = matches!(value.as_ref(), Tree::Reference(names) if shows(names, field));
            if !is_guard {
                look_at(value, &place.key("$when"), field, uses);
                if let Some(is) = is {
                    look_at(is, &place.key("$is"), field, uses);
                }
                look_at(then, &place.key("$then"), field, uses);
            } else if is.is_none() {
                uses.guarded.get_or_insert_with(|| place.key("$when"));
            } else {
                uses.plainly = true;
            }
            match otherwise.as_deref() {
                Some(Tree::Constant(_)) if is_guard && is.is_none() => {
                    uses.replaced.get_or_insert_with(|| place.key("$else"));
                }
                Some(other) => look_at(other, &place.key("$else"), field, uses),
                None => {}
            }
        }
    }
}

fn look_at_parts(parts: &[Tree], place: &Place, field: &str, uses: &mut Uses) {
    for (n, part) in parts.iter().enumerate() {
        look_at(part, &place.index(n), field, uses);
    }
}

/// `$record`, `$record.FIELD`, or an object in which the field lies.
fn shows(names: &[String], field: &str) -> bool {
    names.split_first().is_some_and(|(root, rest)| {
        let name = rest.join(".");
        root == "record" && (name.is_empty() || name == field || is_below(field, &name))
    })
}

fn is_below(field: &str, object: &str) -> bool {
    field.strip_prefix(object).is_some_and(|rest| rest.starts_with('.'))
}

/// `record.FIELD is none` alone: true of a value that is taken away, and of one that does not change.
fn takes_unsaid_for_gone(text: &str, field: &str) -> bool {
    text.contains(&format!("record.{field} is none")) && !text.contains(&format!("record.{field} is defined"))
}

fn reads(text: &str, field: &str) -> bool {
    let Ok(expression) = Expression::compile(text) else { return true };
    let names = expression.attributes().iter().chain(expression.variables());
    names.map(|name| name.split('.').map(str::to_owned).collect::<Vec<_>>()).any(|names| shows(&names, field))
}
