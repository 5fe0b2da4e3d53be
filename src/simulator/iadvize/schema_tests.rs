//! The engine's schema against the published one.

use std::collections::BTreeSet;

use async_graphql::Positioned;
use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{FieldDefinition, InputValueDefinition, TypeKind, TypeSystemDefinition};

use super::engine::{Engine, Shape};
use super::knobs::{Generation, Knobs};
use super::types::SDL;

/// Every type, field, argument, member and value of a schema, a line each, with nullability and defaults.
fn facts(sdl: &str) -> BTreeSet<String> {
    let mut facts = BTreeSet::new();
    for definition in parse_schema(sdl).expect("a schema").definitions {
        let TypeSystemDefinition::Type(Positioned { node, .. }) = definition else { continue };
        let name = node.name.node.as_str();
        if ["Int", "Float", "String", "Boolean", "ID"].contains(&name) {
            continue;
        }
        let (kind, members) = match &node.kind {
            TypeKind::Scalar => ("scalar", Vec::new()),
            TypeKind::Enum(list) => ("enum", list.values.iter().map(|one| one.node.value.node.to_string()).collect()),
            TypeKind::Union(list) => ("union", list.members.iter().map(|one| one.node.to_string()).collect()),
            TypeKind::InputObject(list) => ("input", list.fields.iter().map(|one| input(&one.node)).collect()),
            TypeKind::Interface(list) => ("interface", list.fields.iter().map(|one| field(&one.node)).collect()),
            TypeKind::Object(list) => {
                let fields = list.fields.iter().map(|one| field(&one.node));
                ("type", list.implements.iter().map(|one| format!("implements {}", one.node)).chain(fields).collect())
            }
        };
        facts.insert(format!("{kind} {name}"));
        facts.extend(members.into_iter().map(|member| format!("{name}.{member}")));
    }
    facts
}

fn field(field: &FieldDefinition) -> String {
    let arguments: Vec<String> = field.arguments.iter().map(|argument| input(&argument.node)).collect();
    let deprecated = field.directives.iter().any(|directive| directive.node.name.node == "deprecated");
    format!(
        "{}({}): {}{}",
        field.name.node,
        arguments.join(", "),
        field.ty.node,
        if deprecated { " @deprecated" } else { "" }
    )
}

fn input(value: &InputValueDefinition) -> String {
    let default = value.default_value.as_ref().map(|default| format!(" = {}", default.node)).unwrap_or_default();
    format!("{}: {}{default}", value.name.node, value.ty.node)
}

fn built(shape: Shape) -> BTreeSet<String> {
    facts(&Engine::build(shape).expect("a schema").sdl())
}

#[test]
fn the_engine_serves_exactly_the_published_schema() {
    let (published, served) = (facts(SDL), built(Knobs::default().shape()));
    assert!(published.len() > 400, "the published schema was not read: {} facts", published.len());
    let missing: Vec<_> = published.difference(&served).collect();
    let invented: Vec<_> = served.difference(&published).collect();
    assert_eq!((missing, invented), (Vec::new(), Vec::new()));
}

#[test]
fn the_old_generation_requires_password_and_avatar_and_changes_nothing_else() {
    let new = Knobs::default().shape();
    let old = built(Shape { generation: Generation::Old, ..new });
    let changed: Vec<String> = old.difference(&built(new)).cloned().collect();
    assert_eq!(changed, ["UserCreateInput.avatar: String!", "UserCreateInput.password: String!"]);
}

#[test]
fn without_the_deprecated_fields_no_other_field_is_missing() {
    let new = Knobs::default().shape();
    let lean = built(Shape { deprecated: false, ..new });
    let gone: Vec<String> = built(new).difference(&lean).cloned().collect();
    assert!(!gone.is_empty() && gone.iter().all(|fact| fact.ends_with("@deprecated")), "{gone:?}");
}
