//! The enterprise User extension (RFC 7643 section 4.3).

use super::{Attribute, ENTERPRISE_USER, Mutability, Schema};

/// The enterprise extension of RFC 7643 section 4.3. `manager.value` heeds letter case (erratum 8472).
pub fn enterprise_user() -> Schema {
    let manager = vec![
        Attribute::string("value", "Id of the manager's User resource.").case_exact(),
        Attribute::reference("$ref", &["User"], "URL of the manager's User resource."),
        Attribute::string("displayName", "Name of the manager.").mutability(Mutability::ReadOnly),
    ];
    let attributes = vec![
        Attribute::string("employeeNumber", "Number or code of the person within the organization."),
        Attribute::string("costCenter", "Cost center."),
        Attribute::string("organization", "Organization."),
        Attribute::string("division", "Division."),
        Attribute::string("department", "Department."),
        Attribute::complex("manager", manager, "The person's manager."),
    ];
    Schema {
        id: ENTERPRISE_USER.to_owned(),
        name: "EnterpriseUser".to_owned(),
        description: "Enterprise User".to_owned(),
        attributes,
    }
}
