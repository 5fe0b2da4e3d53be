//! The GraphQL engine: every type of the published schema, every field with the function that yields it. It promises that no root field is without one.

use std::sync::Arc;

use async_graphql::dynamic::{
    Enum, EnumItem, Field, FieldFuture, FieldValue, InputObject, InputValue, Interface, InterfaceField, Object,
    ResolverContext, Scalar, Schema, SchemaError, Type, TypeRef, Union,
};
use async_graphql::parser::types::{
    BaseType, FieldDefinition, InputValueDefinition, ObjectType, Type as ParsedType, TypeDefinition, TypeKind,
};
use async_graphql::{Response, Value};

use super::knobs::Generation;
use super::session::Session;
use super::types::{Types, deprecation};
use super::{coerce, mutation, paging, professional, query, skills, user_fields};

/// What of the knobs changes the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Which generation.
    pub generation: Generation,
    /// With the deprecated fields.
    pub deprecated: bool,
    /// Ids may be digits in a text.
    pub text_ids: bool,
    /// With introspection.
    pub introspection: bool,
}

/// What a field is asked for.
pub struct Asked<'a> {
    /// On whose behalf and on which data.
    pub session: &'a Session,
    /// The object that the field belongs to.
    pub parent: &'a FieldValue<'a>,
    /// Name of the field.
    pub field: &'a str,
    /// Arguments as JSON, defaults filled in; what was left out is not there.
    pub arguments: serde_json::Map<String, serde_json::Value>,
}

/// Yields the value of a field.
pub type Resolve = fn(&Asked<'_>) -> async_graphql::Result<Option<FieldValue<'static>>>;

/// A schema that can be executed.
pub struct Engine {
    /// Its types.
    pub types: Arc<Types>,
    schema: Schema,
}

impl Engine {
    /// Builds the schema in the wanted shape.
    pub fn build(shape: Shape) -> Result<Self, SchemaError> {
        let types = Arc::new(Types::load(shape)?);
        let mut builder = Schema::build("Query", Some("Mutation"), None);
        for definition in types.all() {
            builder = builder.register(register(&types, definition)?);
        }
        if !shape.introspection {
            builder = builder.disable_introspection();
        }
        Ok(Self { schema: builder.finish()?, types })
    }

    /// Executes a request whose variables are already in order.
    pub async fn execute(&self, request: async_graphql::Request) -> Response {
        self.schema.execute(request).await
    }

    /// The schema as text.
    #[cfg(test)]
    pub fn sdl(&self) -> String {
        self.schema.sdl()
    }
}

fn register(types: &Arc<Types>, definition: &TypeDefinition) -> Result<Type, SchemaError> {
    let name = definition.name.node.as_str();
    let description = definition.description.as_ref().map(|text| text.node.clone()).unwrap_or_default();
    Ok(match &definition.kind {
        TypeKind::Scalar => {
            let known = Arc::clone(types);
            let own = name.to_owned();
            Scalar::new(name)
                .description(description)
                .validator(move |value| coerce::check_scalar(&own, value, known.text_ids))
                .into()
        }
        TypeKind::Enum(parsed) => {
            let items = parsed.values.iter().map(|value| EnumItem::new(value.node.value.node.as_str()));
            Enum::new(name).description(description).items(items).into()
        }
        TypeKind::Union(parsed) => {
            let union = Union::new(name).description(description);
            parsed.members.iter().fold(union, |union, member| union.possible_type(member.node.as_str())).into()
        }
        TypeKind::InputObject(parsed) => {
            let object = InputObject::new(name).description(description);
            parsed.fields.iter().fold(object, |object, field| object.field(input_value(&field.node))).into()
        }
        TypeKind::Interface(parsed) => {
            let interface = Interface::new(name).description(description);
            parsed
                .fields
                .iter()
                .fold(interface, |interface, field| interface.field(interface_field(&field.node)))
                .into()
        }
        TypeKind::Object(parsed) => object(types, name, parsed)?.description(description).into(),
    })
}

fn object(types: &Arc<Types>, name: &str, parsed: &ObjectType) -> Result<Object, SchemaError> {
    let mut object = Object::new(name);
    for interface in &parsed.implements {
        object = object.implement(interface.node.as_str());
    }
    for field in &parsed.fields {
        let resolve = resolver(name, parsed, field.node.name.node.as_str())?;
        object = object.field(object_field(types, &field.node, resolve));
    }
    Ok(object)
}

/// Finds the function for a field. Fields of plain objects are members of their parent's value.
fn resolver(object: &str, parsed: &ObjectType, field: &str) -> Result<Resolve, SchemaError> {
    let is_user = parsed.implements.iter().any(|interface| interface.node == "User");
    let found = match object {
        "Query" => query::resolver(field),
        "Mutation" => mutation::resolver(field).or(skills::resolver(field)).or(professional::resolver(field)),
        "ProfessionalRole" if field == "userCount" => Some(query::count_users as Resolve),
        _ if is_user => user_fields::resolver(field),
        _ if object.ends_with("Connection") => paging::connection_resolver(field),
        _ if object.ends_with("Edge") => paging::edge_resolver(field),
        _ if object.ends_with("Payload") => Some(mutation::payload_field as Resolve),
        _ => Some(member as Resolve),
    };
    found.ok_or_else(|| SchemaError::from(format!("nothing yields {object}.{field}")))
}

fn object_field(types: &Arc<Types>, definition: &FieldDefinition, resolve: Resolve) -> Field {
    let types = Arc::clone(types);
    let own = definition.clone();
    let mut field = Field::new(definition.name.node.as_str(), type_ref(&definition.ty.node), move |context| {
        // every field that can fail may be null; the engine itself would leave it out and not say where the error belongs
        let value = resolve_field(&types, &own, resolve, &context).unwrap_or_else(|error| {
            let error = error.into_server_error(context.ctx.item.pos);
            context.ctx.add_error(context.ctx.set_error_path(error));
            None
        });
        FieldFuture::Value(value)
    });
    for argument in &definition.arguments {
        field = field.argument(input_value(&argument.node));
    }
    if let Some(text) = &definition.description {
        field = field.description(text.node.clone());
    }
    match deprecation(&definition.directives) {
        Some(reason) => field.deprecation(Some(&reason)),
        None => field,
    }
}

fn resolve_field(
    types: &Types,
    definition: &FieldDefinition,
    resolve: Resolve,
    context: &ResolverContext<'_>,
) -> async_graphql::Result<Option<FieldValue<'static>>> {
    // the engine's own view of the arguments cannot tell an absent variable from null, which matters to updates
    let arguments = if definition.arguments.is_empty() {
        serde_json::Map::new()
    } else {
        coerce::arguments(types, definition, &context.ctx.item.node, &context.ctx.query_env.variables)?
    };
    let session = context.ctx.data::<Arc<Session>>()?;
    resolve(&Asked { session, parent: context.parent_value, field: definition.name.node.as_str(), arguments })
}

fn member(asked: &Asked<'_>) -> async_graphql::Result<Option<FieldValue<'static>>> {
    let Value::Object(members) = asked.parent.try_to_value()? else { return Ok(None) };
    Ok(members.get(asked.field).filter(|value| **value != Value::Null).cloned().map(FieldValue::value))
}

fn interface_field(definition: &FieldDefinition) -> InterfaceField {
    let mut field = InterfaceField::new(definition.name.node.as_str(), type_ref(&definition.ty.node));
    for argument in &definition.arguments {
        field = field.argument(input_value(&argument.node));
    }
    if let Some(text) = &definition.description {
        field = field.description(text.node.clone());
    }
    match deprecation(&definition.directives) {
        Some(reason) => field.deprecation(Some(&reason)),
        None => field,
    }
}

fn input_value(definition: &InputValueDefinition) -> InputValue {
    let mut input = InputValue::new(definition.name.node.as_str(), type_ref(&definition.ty.node));
    if let Some(text) = &definition.description {
        input = input.description(text.node.clone());
    }
    match &definition.default_value {
        Some(value) => input.default_value(value.node.clone()),
        None => input,
    }
}

fn type_ref(parsed: &ParsedType) -> TypeRef {
    let base = match &parsed.base {
        BaseType::Named(name) => TypeRef::named(name.as_str()),
        BaseType::List(item) => TypeRef::List(Box::new(type_ref(item))),
    };
    if parsed.nullable { base } else { TypeRef::NonNull(Box::new(base)) }
}
