//! The core Group schema (RFC 7643 section 4.2).

use super::{Attribute, GROUP, Mutability, ResourceType, Schema};

/// The core Group schema of RFC 7643 section 4.2. `displayName` is required (erratum 5368); `members.display` is the one of section 2.4.
pub fn group() -> Schema {
    let immutable = |attribute: Attribute| attribute.mutability(Mutability::Immutable);
    let members = vec![
        immutable(Attribute::string("value", "Id of the member.")),
        immutable(Attribute::reference("$ref", &["User", "Group"], "URL of the member.")),
        immutable(Attribute::string("type", "Kind of the member.").canonical(&["User", "Group"])),
        immutable(Attribute::string("display", "Name of the member.")),
    ];
    let attributes = vec![
        Attribute::string("displayName", "Name of the group.").required(),
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
