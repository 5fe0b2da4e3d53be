//! The core User schema (RFC 7643 section 4.1, characteristics of section 8.7.1).

use super::build::{plural, primary};
use super::{Attribute, AttributeType, Mutability, ResourceType, Returned, Schema, USER, Uniqueness, enterprise_user};

/// The full core User schema of RFC 7643 section 4.1 with the characteristics of section 8.7.1.
///
/// One addition: `addresses.primary`, which section 8.7.1 leaves out although section 2.4 gives it to every multi-valued attribute
/// and the full example of section 8.2 uses it.
pub fn user() -> Schema {
    let mut attributes = singular();
    attributes.extend(contacts());
    attributes.extend(rights());
    Schema { id: USER.to_owned(), name: "User".to_owned(), description: "User Account".to_owned(), attributes }
}

/// The resource type User that keeps everything that the RFC defines, the enterprise extension included.
pub fn user_type() -> ResourceType {
    ResourceType {
        name: "User".to_owned(),
        endpoint: "/Users".to_owned(),
        description: "User Account".to_owned(),
        core: user(),
        extensions: vec![enterprise_user()],
        known_core: user(),
        known_extensions: vec![enterprise_user()],
    }
}

fn singular() -> Vec<Attribute> {
    vec![
        Attribute::string("userName", "The name by which the person signs in. Unique, letter case ignored.")
            .required()
            .unique(Uniqueness::Server),
        Attribute::complex("name", name(), "The parts of the person's name."),
        Attribute::string("displayName", "The person's name as it is shown to others."),
        Attribute::string("nickName", "The casual way to address the person."),
        Attribute::reference("profileUrl", &["external"], "URL of the person's online profile."),
        Attribute::string("title", "The person's title, such as Vice President."),
        Attribute::string("userType", "The relationship between organization and person, such as Employee."),
        Attribute::string("preferredLanguage", "Preferred written or spoken languages, as in Accept-Language."),
        Attribute::string("locale", "Locale for numbers, dates and currency, such as en-US."),
        Attribute::string("timezone", "Time zone in IANA form, such as Europe/Paris."),
        Attribute::boolean("active", "Whether the person may sign in."),
        Attribute::string("password", "A new password. Never returned.")
            .mutability(Mutability::WriteOnly)
            .returned(Returned::Never),
    ]
}

fn name() -> Vec<Attribute> {
    vec![
        Attribute::string("formatted", "The full name, with all parts, as it is shown."),
        Attribute::string("familyName", "Family name."),
        Attribute::string("givenName", "Given name."),
        Attribute::string("middleName", "Middle names."),
        Attribute::string("honorificPrefix", "Prefix such as Ms."),
        Attribute::string("honorificSuffix", "Suffix such as III."),
    ]
}

fn contacts() -> Vec<Attribute> {
    let text = Attribute::string;
    vec![
        plural("emails", text("value", "E-mail address."), &["work", "home", "other"], "E-mail addresses."),
        plural(
            "phoneNumbers",
            text("value", "Telephone number."),
            &["work", "home", "mobile", "fax", "pager", "other"],
            "Telephone numbers.",
        ),
        plural(
            "ims",
            text("value", "Instant messaging address."),
            &["aim", "gtalk", "icq", "xmpp", "msn", "skype", "qq", "yahoo"],
            "Instant messaging addresses.",
        ),
        plural(
            "photos",
            Attribute::reference("value", &["external"], "URL of a photo."),
            &["photo", "thumbnail"],
            "Photos of the person.",
        ),
        Attribute::complex("addresses", address(), "Mailing addresses.").multi_valued(),
    ]
}

fn address() -> Vec<Attribute> {
    vec![
        Attribute::string("formatted", "The full address, as it is shown."),
        Attribute::string("streetAddress", "Street, house number, further lines."),
        Attribute::string("locality", "City or locality."),
        Attribute::string("region", "State or region."),
        Attribute::string("postalCode", "Postal code."),
        Attribute::string("country", "Country, as an ISO 3166-1 alpha-2 code."),
        Attribute::string("type", "A label for the kind of address.").canonical(&["work", "home", "other"]),
        primary(),
    ]
}

fn rights() -> Vec<Attribute> {
    let fixed = |attribute: Attribute| attribute.mutability(Mutability::ReadOnly);
    let groups = vec![
        fixed(Attribute::string("value", "Id of the group.")),
        fixed(Attribute::reference("$ref", &["User", "Group"], "URL of the group.")),
        fixed(Attribute::string("display", "Name of the group.")),
        fixed(Attribute::string("type", "How the person belongs to it.").canonical(&["direct", "indirect"])),
    ];
    vec![
        fixed(Attribute::complex("groups", groups, "Groups to which the person belongs; changed through the groups."))
            .multi_valued(),
        plural("entitlements", Attribute::string("value", "The entitlement."), &[], "Entitlements of the person."),
        plural("roles", Attribute::string("value", "The role."), &[], "Roles of the person."),
        plural(
            "x509Certificates",
            Attribute::new("value", AttributeType::Binary, "DER certificate in base64."),
            &[],
            "Certificates issued to the person.",
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attribute(name: &str) -> Attribute {
        user().attributes.into_iter().find(|attribute| attribute.name == name).unwrap()
    }

    #[test]
    fn the_attributes_are_those_of_rfc_7643_section_8_7_1_in_its_order() {
        let names: Vec<String> = user().attributes.into_iter().map(|attribute| attribute.name).collect();
        let expected = [
            "userName",
            "name",
            "displayName",
            "nickName",
            "profileUrl",
            "title",
            "userType",
            "preferredLanguage",
            "locale",
            "timezone",
            "active",
            "password",
            "emails",
            "phoneNumbers",
            "ims",
            "photos",
            "addresses",
            "groups",
            "entitlements",
            "roles",
            "x509Certificates",
        ];
        assert_eq!(names, expected);
    }

    #[test]
    fn the_characteristics_that_matter_most_are_the_rfcs() {
        let user_name = attribute("userName"); // R16
        assert!(user_name.required && !user_name.case_exact && user_name.uniqueness == Uniqueness::Server);
        let password = attribute("password"); // R84
        assert!(password.mutability == Mutability::WriteOnly && password.returned == Returned::Never);
        assert_eq!(attribute("groups").mutability, Mutability::ReadOnly); // R85
        assert!(attribute("emails").multi_valued && attribute("emails").kind == AttributeType::Complex);
        let email_type = attribute("emails").sub_attributes.into_iter().find(|sub| sub.name == "type").unwrap();
        assert_eq!(email_type.canonical_values, ["work", "home", "other"]);
    }

    #[test]
    fn a_definition_serialises_to_the_form_of_rfc_7643_section_7() {
        let text = serde_json::to_value(attribute("userName")).unwrap();
        assert_eq!(text["type"], "string");
        assert_eq!(text["multiValued"], false);
        assert_eq!(text["caseExact"], false);
        assert_eq!(text["mutability"], "readWrite");
        assert_eq!(text["returned"], "default");
        assert_eq!(text["uniqueness"], "server");
        assert!(text.get("subAttributes").is_none() && text.get("canonicalValues").is_none());
        assert_eq!(serde_json::to_value(AttributeType::DateTime).unwrap(), "dateTime");
    }

    #[test]
    fn the_description_contains_user_account() {
        // Microsoft's reference collection, request 6.
        assert!(user().description.contains("User Account"));
    }
}
