//! Whether the variables of a call fit those of its operation, down to the members of input objects: the vendor refuses a
//! document with one unknown member whole.

use apollo_compiler::executable::Operation;
use apollo_compiler::schema::{ExtendedType, InputObjectType};
use apollo_compiler::{Name, Schema};

use super::super::paths::path_of;
use super::super::{CallKind, Checker, NamedPlace};
use super::Documents;
use crate::document::Place;
use crate::mapping::model::RecordMode;
use crate::mapping::tree::Tree;
use crate::nearest::did_you_mean;

impl<'a> Checker<'a> {
    pub(super) fn check_variables(
        &mut self,
        named: &NamedPlace<'a>,
        operation: &Operation,
        documents: &Documents,
        place: &Place,
    ) {
        let Some(call) = &named.call.graphql else { return };
        let name = &call.operation;
        let declared = || operation.variables.iter().map(|variable| variable.name.as_str());
        for (given, tree) in &call.variables {
            match operation.variables.iter().find(|variable| variable.name == given.as_str()) {
                None => {
                    self.at_key(&place.key(given), format!("the operation `{name}` has no variable `{given}`"))
                        .maybe_help(did_you_mean(given, declared()));
                }
                Some(variable) => {
                    let inner = variable.ty.inner_named_type().as_str();
                    self.check_input(named, tree, inner, &documents.schema, &place.key(given));
                    if variable.ty.is_non_null() && variable.default_value.is_none() {
                        self.check_always_given(named, tree, &place.key(given));
                    }
                }
            }
        }
        for variable in &operation.variables {
            let required = variable.ty.is_non_null() && variable.default_value.is_none();
            if required && !call.variables.contains_key(variable.name.as_str()) {
                let at = if self.reporter.has(place) { place.clone() } else { named.place.key("graphql") };
                self.at_key(&at, format!("the operation `{name}` needs the variable `{}`", variable.name))
                    .help(format!("add `{}: …` to `variables`; its type is {}", variable.name, variable.ty));
            }
        }
    }

    /// A variable that the operation insists on has a value in every call.
    fn check_always_given(&mut self, named: &NamedPlace<'a>, tree: &'a Tree, place: &Place) {
        let Tree::Reference(path) = tree else { return };
        let ("record", name) = (path[0].as_str(), path[1..].join(".")) else { return };
        let Some(field) = self.file.users.fields.get(&name).filter(|_| named.is_about_people()) else { return };
        let call = named.call;
        let problem = match named.kind {
            CallKind::Create if !field.required && field.default.is_none() && field.generate.is_none() => {
                let is_state = matches!(&field.from, Some(from) if from.as_slice().iter().any(|source| path_of(source) == "active"));
                (!is_state).then_some((
                    "may have no value",
                    "add `default` or `required: true` to the field, or take the `!` out of the document",
                ))
            }
            CallKind::Update if call.record.is_none_or(|record| record == RecordMode::Changed) => {
                let is_alone =
                    call.writes.as_ref().is_some_and(|writes| writes.len() == 1) || call.when.contains_key(&name);
                (!is_alone).then_some((
                    "has a value only when it changes",
                    "add `record: all` to the call, or take the `!` out of the document",
                ))
            }
            _ => None,
        };
        if let Some((what, help)) = problem {
            self.at(place, format!("the operation insists on this variable, and `{name}` {what}")).help(help);
        }
    }

    /// Members of an object are members of the input type.
    fn check_input(&mut self, named: &NamedPlace<'a>, tree: &'a Tree, kind: &str, schema: &Schema, place: &Place) {
        let Some(ExtendedType::InputObject(input)) = schema.types.get(kind) else { return };
        let mut given = Given::default();
        self.check_members(named, tree, input, schema, place, &mut given);
        if given.open {
            return;
        }
        for (name, field) in &input.fields {
            let required = field.ty.is_non_null() && field.default_value.is_none();
            if required && !given.names.contains(&name.as_str().to_owned()) {
                self.at_key(place, format!("`{kind}` needs `{name}`, which the call does not send")).help(format!(
                    "its type is {}: send a constant, a setting or a managed field of that name",
                    field.ty
                ));
            }
        }
    }

    fn check_members(
        &mut self,
        named: &NamedPlace<'a>,
        tree: &'a Tree,
        input: &InputObjectType,
        schema: &Schema,
        place: &Place,
        given: &mut Given,
    ) {
        match tree {
            Tree::Object(members) => {
                for (name, member) in members {
                    let at = place.key(name);
                    given.names.push(name.clone());
                    match input.fields.get(name.as_str()) {
                        None => {
                            let help = did_you_mean(name, input.fields.keys().map(Name::as_str));
                            self.at_key(&at, format!("`{}` has no member `{name}`", input.name)).maybe_help(help);
                            // the one that is missing is probably this one
                            given.open = true;
                        }
                        Some(field) => {
                            self.check_input(named, member, field.ty.inner_named_type().as_str(), schema, &at);
                        }
                    }
                }
            }
            Tree::Merge(parts) => {
                for (n, part) in parts.iter().enumerate() {
                    self.check_members(named, part, input, schema, &place.key("$merge").index(n), given);
                }
            }
            Tree::Reference(path) if *path == ["record"] && named.is_about_people() => {
                self.check_record(named, input, schema, given);
            }
            // what else it may yield is not known before a call is made
            _ => given.open = true,
        }
    }

    /// Every field that the call writes is a member of the input type.
    fn check_record(&mut self, named: &NamedPlace<'a>, input: &InputObjectType, schema: &Schema, given: &mut Given) {
        let fields = &self.file.users.fields;
        let written: Vec<&'a str> = if let Some(given) = &named.call.writes {
            given.iter().map(String::as_str).filter(|name| fields.contains_key(*name)).collect()
        } else {
            let updates = || self.file.users.calls.update.values();
            let others = updates().filter_map(|call| call.writes.as_ref()).flatten();
            let others = others.chain(updates().filter_map(|call| call.of.as_ref()));
            let others = others.chain(updates().filter(|call| call.writes.is_none()).flat_map(|call| call.when.keys()));
            let claimed: Vec<&String> = others.collect();
            let update = matches!(named.kind, CallKind::Update);
            fields.keys().filter(|name| !update || !claimed.contains(name)).map(String::as_str).collect()
        };
        for field in written {
            given.names.extend(field.split('.').next().map(str::to_owned));
            if let Err((owner, missing, known)) = find_member(field, input, schema) {
                let help = did_you_mean(&missing, known.iter().map(String::as_str))
                    .unwrap_or_else(|| "give the field the vendor's name".to_owned());
                let at = Place::of(["users", "fields", field]);
                self.at_key(
                    &at,
                    format!("`{owner}`, which the call `{}` sends, has no member `{missing}`", named.name),
                )
                .help(format!("{help}; or leave the field out of `writes` of the call"));
            }
        }
    }
}

/// The members that a tree yields.
#[derive(Default)]
struct Given {
    names: Vec<String>,
    /// Whether there may be others.
    open: bool,
}

/// Follows `a.b.c` through input objects; the error is the type, the name that it lacks, and those that it has.
fn find_member(field: &str, input: &InputObjectType, schema: &Schema) -> Result<(), (String, String, Vec<String>)> {
    let mut input = input;
    let mut parts = field.split('.').peekable();
    while let Some(part) = parts.next() {
        let Some(member) = input.fields.get(part) else {
            let known = input.fields.keys().map(|name| name.as_str().to_owned()).collect();
            return Err((input.name.to_string(), part.to_owned(), known));
        };
        let Some(next) = parts.peek() else { break };
        match schema.types.get(member.ty.inner_named_type().as_str()) {
            Some(ExtendedType::InputObject(inner)) => input = inner,
            _ => return Err((member.ty.inner_named_type().to_string(), (*next).to_owned(), Vec::new())),
        }
    }
    Ok(())
}
