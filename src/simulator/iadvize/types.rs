//! The published schema as data: read from `schema.graphql`, altered as the knobs ask. It resolves nothing.

use std::collections::HashMap;

use async_graphql::dynamic::SchemaError;
use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{
    ConstDirective, FieldDefinition, InputValueDefinition, TypeDefinition, TypeKind, TypeSystemDefinition,
};
use async_graphql::{Positioned, Value};

use super::engine::Shape;
use super::knobs::Generation;

/// The part of the vendor's schema that concerns accounts, as published.
pub const SDL: &str = include_str!("schema.graphql");

/// The types by name and in the order of the schema.
#[derive(Debug)]
pub struct Types {
    definitions: Vec<TypeDefinition>,
    places: HashMap<String, usize>,
    /// Whether ids may be digits in a text.
    pub text_ids: bool,
}

impl Types {
    /// Reads the schema and gives it the wanted shape.
    pub fn load(shape: Shape) -> Result<Self, SchemaError> {
        let document = parse_schema(SDL).map_err(|error| SchemaError::from(error.to_string()))?;
        let mut definitions = Vec::new();
        for definition in document.definitions {
            if let TypeSystemDefinition::Type(Positioned { node, .. }) = definition {
                definitions.push(reshape(node, shape));
            }
        }
        let places = definitions.iter().enumerate().map(|(place, one)| (one.name.node.to_string(), place)).collect();
        Ok(Self { definitions, places, text_ids: shape.text_ids })
    }

    /// All types.
    pub fn all(&self) -> &[TypeDefinition] {
        &self.definitions
    }

    /// A type.
    pub fn find(&self, name: &str) -> Option<&TypeDefinition> {
        self.places.get(name).and_then(|place| self.definitions.get(*place))
    }

    /// A field of an object type.
    pub fn find_field(&self, object: &str, field: &str) -> Option<&FieldDefinition> {
        let TypeKind::Object(object) = &self.find(object)?.kind else { return None };
        object.fields.iter().map(|field| &field.node).find(|one| one.name.node == field)
    }

    /// Whether a name is that of a type that variables can have.
    pub fn is_input(&self, name: &str) -> bool {
        match self.find(name) {
            Some(found) => matches!(found.kind, TypeKind::Scalar | TypeKind::Enum(_) | TypeKind::InputObject(_)),
            None => ["Int", "Float", "String", "Boolean", "ID"].contains(&name),
        }
    }
}

/// The reason of a `@deprecated` mark.
pub fn deprecation(directives: &[Positioned<ConstDirective>]) -> Option<String> {
    let mark = directives.iter().find(|directive| directive.node.name.node == "deprecated")?;
    match mark.node.get_argument("reason").map(|reason| &reason.node) {
        Some(Value::String(reason)) => Some(reason.clone()),
        _ => Some("No longer supported".to_owned()),
    }
}

fn reshape(mut definition: TypeDefinition, shape: Shape) -> TypeDefinition {
    let keep = |field: &Positioned<FieldDefinition>| shape.deprecated || deprecation(&field.node.directives).is_none();
    match &mut definition.kind {
        TypeKind::Object(object) => object.fields.retain(keep),
        TypeKind::Interface(interface) => interface.fields.retain(keep),
        TypeKind::InputObject(input) if definition.name.node == "UserCreateInput" => {
            for Positioned { node, .. } in &mut input.fields {
                require_in_old_generation(node, shape);
            }
        }
        _ => {}
    }
    definition
}

/// The old generation required `password` and `avatar` (`usercreateinput` in the older schema pages).
fn require_in_old_generation(field: &mut InputValueDefinition, shape: Shape) {
    if shape.generation == Generation::Old && ["password", "avatar"].contains(&field.name.node.as_str()) {
        field.ty.node.nullable = false;
    }
}
