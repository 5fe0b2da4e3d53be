use super::*;
use crate::scim::schema::{ENTERPRISE_USER, USER, group_type, user, user_type};

/// A connection that keeps only `userName`, `name.givenName` and `department`.
fn narrow() -> ResourceType {
    let mut resource_type = user_type();
    resource_type.core.attributes.retain(|attribute| ["userName", "name"].contains(&attribute.name.as_str()));
    resource_type.core.attributes[1].sub_attributes.retain(|sub| sub.name == "givenName");
    resource_type.extensions[0].attributes.retain(|attribute| attribute.name == "department");
    resource_type
}

fn name_of(resource_type: &ResourceType, text: &str) -> (Option<String>, String, Option<String>) {
    match resource_type.resolve(text).unwrap() {
        Named::Attribute(found, sub) => {
            (found.urn.map(str::to_owned), found.attribute.name.clone(), sub.map(|sub| sub.attribute.name.clone()))
        }
        other => panic!("{text} became {other:?}"),
    }
}

#[test]
fn letter_case_does_not_matter() {
    // R81
    assert_eq!(name_of(&user_type(), "USERNAME"), (None, "userName".to_owned(), None));
    assert_eq!(name_of(&user_type(), "Name.FamilyName"), (None, "name".to_owned(), Some("familyName".to_owned())));
}

#[test]
fn a_schema_urn_is_recognised_as_a_whole_although_it_contains_a_dot() {
    // R37, B11
    let (urn, name, sub) = name_of(&user_type(), &format!("{ENTERPRISE_USER}:manager.displayName"));
    assert_eq!(
        (urn.as_deref(), name.as_str(), sub.as_deref()),
        (Some(ENTERPRISE_USER), "manager", Some("displayName"))
    );
    let upper = ENTERPRISE_USER.to_uppercase();
    assert_eq!(name_of(&user_type(), &format!("{upper}:DEPARTMENT")).0.as_deref(), Some(ENTERPRISE_USER));
}

#[test]
fn the_core_urn_names_core_common_and_custom_attributes() {
    // B12
    assert_eq!(name_of(&user_type(), &format!("{USER}:userName")), (None, "userName".to_owned(), None));
    assert_eq!(name_of(&user_type(), &format!("{USER}:externalId")).1, "externalId");
    assert_eq!(name_of(&user_type(), &format!("{USER}:department")).0.as_deref(), Some(ENTERPRISE_USER));
}

#[test]
fn bare_urns_name_whole_schemas() {
    assert!(matches!(user_type().resolve(USER), Ok(Named::Core)));
    assert!(matches!(user_type().resolve(ENTERPRISE_USER), Ok(Named::Extension { kept: true, .. })));
}

#[test]
fn what_the_connection_does_not_keep_is_known_all_the_same() {
    // D11
    let narrow = narrow();
    assert_eq!(narrow.find(None, "title").unwrap().standing, Standing::Known);
    assert_eq!(narrow.find(None, "userName").unwrap().standing, Standing::Kept);
    assert_eq!(narrow.find(None, "externalId").unwrap().standing, Standing::Common);
    assert!(!narrow.find(Some(ENTERPRISE_USER), "manager").unwrap().is_kept());
    let name = narrow.find(None, "name").unwrap();
    assert!(name.sub("givenName").unwrap().kept && !name.sub("familyName").unwrap().kept);
    assert!(name.sub("favourite").is_none());
}

#[test]
fn a_bare_extension_attribute_is_found() {
    assert_eq!(name_of(&user_type(), "manager").0.as_deref(), Some(ENTERPRISE_USER)); // section 4.6
}

#[test]
fn the_nearest_name_is_offered() {
    let text = |given: &str| user_type().resolve(given).unwrap_err().to_string();
    assert_eq!(text("usrName"), "User has no attribute `usrName`; did you mean `userName`?");
    assert_eq!(text("name.givnName"), "`name` has no attribute `givnName`; did you mean `givenName`?");
    assert_eq!(
        text("departement"),
        format!("User has no attribute `departement`; did you mean `{ENTERPRISE_USER}:department`?")
    );
    assert_eq!(text("shoeSize"), "User has no attribute `shoeSize`");
    assert!(text("urn:ietf:params:scim:schemas:extension:enterprise:2.0User:department").contains("did you mean"));
}

#[test]
fn groups_have_their_own_attributes() {
    assert_eq!(name_of(&group_type(), "Members.Value"), (None, "members".to_owned(), Some("value".to_owned())));
    assert!(group_type().resolve("userName").is_err());
}

#[test]
fn a_longer_urn_wins_over_its_own_beginning() {
    let mut resource_type = user_type();
    let mut longer = user();
    longer.id = format!("{ENTERPRISE_USER}:special");
    resource_type.extensions.push(longer);
    let (urn, name, _) = name_of(&resource_type, &format!("{ENTERPRISE_USER}:special:title"));
    assert_eq!((urn.as_deref(), name.as_str()), (Some(format!("{ENTERPRISE_USER}:special").as_str()), "title"));
}
