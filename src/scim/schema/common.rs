//! The attributes that every resource has and no schema document lists (RFC 7643 section 3.1, and `schemas` of section 3).

use std::sync::LazyLock;

use super::{Attribute, AttributeType, Mutability, Returned};

static COMMON: LazyLock<[Attribute; 4]> = LazyLock::new(|| {
    [
        Attribute::reference("schemas", &["uri"], "URNs of the schemas whose attributes are present.")
            .multi_valued()
            .required()
            .returned(Returned::Always),
        read_only(Attribute::string("id", "The bridge's own, unchangeable identifier of the resource."))
            .case_exact()
            .required()
            .returned(Returned::Always),
        Attribute::string("externalId", "The client's identifier of the resource.").case_exact(),
        read_only(Attribute::complex("meta", meta(), "What the bridge knows about the resource.")),
    ]
});

/// `schemas`, `id`, `externalId` and `meta`.
pub fn common() -> &'static [Attribute] {
    COMMON.as_slice()
}

fn meta() -> Vec<Attribute> {
    vec![
        read_only(Attribute::string("resourceType", "Name of the resource type.")).case_exact(),
        read_only(Attribute::new("created", AttributeType::DateTime, "When the resource came into being.")),
        read_only(Attribute::new("lastModified", AttributeType::DateTime, "When the resource last changed.")),
        read_only(Attribute::reference("location", &["uri"], "URL of the resource.")).case_exact(),
        read_only(Attribute::string("version", "ETag of the resource.")).case_exact(),
    ]
}

fn read_only(attribute: Attribute) -> Attribute {
    attribute.mutability(Mutability::ReadOnly)
}
