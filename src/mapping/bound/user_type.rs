//! The SCIM resource type that a mapping offers: what is mapped or kept is advertised, nothing else.

use serde_json::Value;

use super::Bound;
use super::fields::BoundField;
use crate::mapping::convert::canonical;
use crate::mapping::expression::Expression;
use crate::mapping::model::FieldType;
use crate::mapping::scim_path::ScimPath;
use crate::scim::schema::{
    Attribute, AttributeType, ENTERPRISE_USER, Mutability, ResourceType, Returned, Schema, USER, Uniqueness,
    enterprise_user, user,
};

/// Attributes that every connection keeps, whatever the mapping says: the bridge itself needs them.
const ALWAYS: [&str; 4] = ["userName", "active", "externalId", "groups"];

/// Generates the resource type.
pub(super) fn generate(bound: &Bound) -> ResourceType {
    let users = bound.users();
    let paths = mapped_paths(bound);
    let kept = |urn: Option<&str>| -> Vec<ScimPath> {
        let parsed = users.keep.iter().filter_map(|path| ScimPath::parse(path).ok());
        parsed.filter(|path| path.urn.as_deref() == urn).collect()
    };
    let keeps_schema = |urn: &str| users.keep.iter().any(|kept| kept.eq_ignore_ascii_case(urn));

    let known_core = user();
    let mapped_core: Vec<&ScimPath> = paths.iter().filter(|path| path.urn.is_none()).collect();
    let mut core = known_core.clone();
    if !keeps_schema(USER) {
        let kept = kept(None);
        core.attributes.retain_mut(|attribute| {
            let is_kept = ALWAYS.iter().any(|name| name.eq_ignore_ascii_case(&attribute.name));
            is_kept || keep_mapped(attribute, &kept, &mapped_core)
        });
    }

    let known_enterprise = enterprise_user();
    let mut extensions = Vec::new();
    let mapped_enterprise: Vec<&ScimPath> = paths
        .iter()
        .filter(|path| path.urn.as_deref().is_some_and(|urn| urn.eq_ignore_ascii_case(ENTERPRISE_USER)))
        .collect();
    let mut enterprise = known_enterprise.clone();
    if !keeps_schema(ENTERPRISE_USER) {
        let kept = kept(Some(ENTERPRISE_USER));
        enterprise.attributes.retain_mut(|attribute| keep_mapped(attribute, &kept, &mapped_enterprise));
    }
    if !enterprise.attributes.is_empty() {
        extensions.push(enterprise);
    }
    if let Some(own) = users.extension.as_deref().and_then(|urn| own_extension(bound, urn)) {
        extensions.push(own);
    }

    let mut known_extensions = vec![known_enterprise];
    known_extensions.extend(extensions.iter().filter(|schema| schema.id != ENTERPRISE_USER).cloned());
    ResourceType {
        name: "User".to_owned(),
        endpoint: "/Users".to_owned(),
        description: format!("A person with an account at {}", bound.vendor_title()),
        core,
        extensions,
        known_core,
        known_extensions,
    }
}

/// Keeps an attribute that is mapped or kept; of a complex one only the sub-attributes that are, unless it is kept as a whole.
fn keep_mapped(attribute: &mut Attribute, kept: &[ScimPath], mapped: &[&ScimPath]) -> bool {
    let is_this = |path: &&ScimPath| path.attribute.eq_ignore_ascii_case(&attribute.name);
    let of_this: Vec<&ScimPath> = kept.iter().filter(is_this).chain(mapped.iter().copied().filter(is_this)).collect();
    if of_this.is_empty() {
        return false;
    }
    let whole = attribute.multi_valued || of_this.iter().any(|path| path.sub.is_none());
    if !whole {
        attribute.sub_attributes.retain(|sub| {
            of_this.iter().any(|path| path.sub.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(&sub.name)))
        });
    }
    true
}

/// Every SCIM path that a managed field reads or writes.
fn mapped_paths(bound: &Bound) -> Vec<ScimPath> {
    let mut paths = Vec::new();
    for field in bound.fields.values() {
        paths.extend(field.sources.iter().map(|source| source.path.clone()));
        paths.extend(field.to.iter().cloned());
        let read = field.expression.iter().flat_map(Expression::attributes);
        let read = read.filter_map(|name| name.strip_prefix("user."));
        paths.extend(read.filter_map(|name| {
            let two: Vec<&str> = name.splitn(3, '.').take(2).collect();
            ScimPath::parse(&two.join(".")).ok()
        }));
    }
    paths
}

/// The extension with the attributes that only this vendor has.
fn own_extension(bound: &Bound, urn: &str) -> Option<Schema> {
    let mut attributes: Vec<Attribute> = Vec::new();
    let is_own = |path: &&ScimPath| path.urn.as_deref().is_some_and(|found| found.eq_ignore_ascii_case(urn));
    for field in bound.fields.values() {
        let sources = field.sources.iter().map(|source| &source.path);
        for path in sources.chain(&field.to).filter(is_own) {
            if !attributes.iter().any(|known| known.name.eq_ignore_ascii_case(&path.attribute)) {
                attributes.push(own_attribute(field, path));
            }
        }
    }
    if attributes.is_empty() {
        return None;
    }
    let title = &bound.file.vendor.title;
    Some(Schema {
        id: urn.to_owned(),
        name: format!("{title} User"),
        description: format!("What {title} knows about a person beyond the core schema"),
        attributes,
    })
}

fn own_attribute(field: &BoundField, path: &ScimPath) -> Attribute {
    let kind = match field.spec.kind {
        // a table's words are texts, whatever the vendor's values are
        _ if field.table.is_some() => AttributeType::String,
        // so are names that are looked up
        kind if field.lookup.is_some() && kind != FieldType::LevelMap => AttributeType::String,
        FieldType::String | FieldType::StringList => AttributeType::String,
        FieldType::Integer | FieldType::IntegerList => AttributeType::Integer,
        FieldType::LevelMap => AttributeType::Complex,
        FieldType::Number => AttributeType::Decimal,
        FieldType::Boolean => AttributeType::Boolean,
    };
    let words = field.table.as_ref().map(|table| table.words().to_vec());
    let canonical_values =
        words.unwrap_or_else(|| field.spec.values.iter().map(|value: &Value| canonical(value)).collect());
    let mutability = match (field.spec.write_only, field.spec.immutable) {
        (true, _) => Mutability::WriteOnly,
        (false, true) => Mutability::Immutable,
        (false, false) => Mutability::ReadWrite,
    };
    Attribute {
        name: path.attribute.clone(),
        kind,
        multi_valued: field.is_list() || field.spec.kind == FieldType::LevelMap,
        description: field.spec.description.clone().unwrap_or_else(|| format!("{} at the vendor", field.name)),
        // the vendor's need may be met by another source or a default
        required: false,
        case_exact: field.table.is_none() && kind == AttributeType::String,
        canonical_values,
        mutability,
        returned: if field.spec.write_only { Returned::Never } else { Returned::Default },
        uniqueness: Uniqueness::None,
        reference_types: Vec::new(),
        sub_attributes: if field.spec.kind == FieldType::LevelMap { level_attributes() } else { Vec::new() },
    }
}

/// What an element of a `level_map` has.
fn level_attributes() -> Vec<Attribute> {
    let required = |attribute: Attribute| Attribute { required: true, ..attribute };
    vec![
        required(Attribute::new("value", AttributeType::String, "What the level is for: its name or id at the vendor")),
        required(Attribute::new("level", AttributeType::Integer, "The level")),
    ]
}
