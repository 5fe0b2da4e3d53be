//! The core Group schema (RFC 7643 section 4.2).

use super::{Attribute, GROUP, Mutability, ResourceType, Schema, Uniqueness};

/// The core Group schema of RFC 7643 section 4.2. `displayName` is required (erratum 5368); `members.display` is the one of section 2.4.
///
/// It says what is true here where the RFC's own (section 8.7.1) says less or more: names are unique, and groups are no members.
pub fn group() -> Schema {
    let immutable = |attribute: Attribute| attribute.mutability(Mutability::Immutable);
    let members = vec![
        immutable(Attribute::string("value", "Id of the member.")),
        immutable(Attribute::reference("$ref", &["User"], "URL of the member.")),
        immutable(Attribute::string("type", "Kind of the member.").canonical(&["User"])),
        immutable(Attribute::string("display", "Name of the member.")),
    ];
    let attributes = vec![
        Attribute::string("displayName", "Name of the group. Unique, letter case ignored.")
            .required()
            .unique(Uniqueness::Server),
        Attribute::complex("members", members, "Members of the group.").multi_valued(),
    ];
    Schema { id: GROUP.to_owned(), name: "Group".to_owned(), description: "Group".to_owned(), attributes }
}

/// The resource type Group that keeps everything that the RFC defines.
pub fn group_type() -> ResourceType {
    ResourceType {
        name: "Group".to_owned(),
        endpoint: "/Groups".to_owned(),
        description: "Group".to_owned(),
        core: group(),
        extensions: Vec::new(),
        known_core: group(),
        known_extensions: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_schema_promises_what_the_server_does() {
        // D17, D37
        let group = group();
        let name = group.attribute("displayName").unwrap();
        assert!(name.required && !name.case_exact && name.uniqueness == Uniqueness::Server);
        let members = group.attribute("members").unwrap();
        let kind = members.sub("type").unwrap();
        assert_eq!(kind.canonical_values, ["User"]);
        assert_eq!(members.sub("$ref").unwrap().reference_types, ["User"]);
        assert!(members.sub_attributes.iter().all(|part| part.mutability == Mutability::Immutable)); // R85
    }
}
