use rstest::rstest;
use serde_json::json;

use super::*;
use crate::scim::path::Path;
use crate::scim::schema::{Attribute, AttributeType, ENTERPRISE_USER, group_type, user_type};

fn resource() -> Map<String, Value> {
    let resource = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE_USER],
        "id": "7a3f",
        "externalId": "00uA",
        "userName": "Mara.Voss@example.com",
        "name": {"givenName": "Mara", "familyName": "Voß"},
        "title": "Zoë",
        "nickName": "",
        "active": true,
        "emails": [
            {"value": "mara@work.example", "type": "work", "primary": true},
            {"value": "mara@home.example", "type": "home"},
            {"value": "mara@nowhere.example"}
        ],
        "roles": [],
        "meta": {"resourceType": "User", "created": "2026-03-01T09:30:00Z", "lastModified": "2026-03-02T00:00:00Z"},
        ENTERPRISE_USER: {"department": "Care", "manager": {"value": "91bc"}, "level": 5, "rate": 2.5}
    });
    resource.as_object().unwrap().clone()
}

fn types() -> ResourceType {
    let mut types = user_type();
    types.extensions[0].attributes.push(Attribute::new("level", AttributeType::Integer, ""));
    types.extensions[0].attributes.push(Attribute::new("rate", AttributeType::Decimal, ""));
    types
}

fn holds(filter: &str) -> bool {
    let types = types();
    matches(&Filter::parse(filter, &types).unwrap(), &types, &resource())
}

#[rstest]
// R28, R29: letter case follows caseExact.
#[case(r#"USERNAME EQ "mara.voss@EXAMPLE.com""#, true)]
#[case(r#"userName ne "mara.voss@EXAMPLE.com""#, false)]
#[case(r#"userName sw "MARA""#, true)]
#[case(r#"userName ew ".COM""#, true)]
#[case(r#"userName co "VOSS@""#, true)]
#[case(r#"externalId eq "00uA""#, true)]
#[case(r#"externalId eq "00ua""#, false)]
#[case(r#"id eq "7A3F""#, false)]
#[case("meta.resourceType eq User", true)]
#[case("meta.resourceType eq user", false)]
// R17: composed and decomposed are the same.
#[case("title eq \"ZOE\\u0308\"", true)]
#[case("title sw \"zo\u{eb}\"", true)]
// RFC 7643 section 2.5: no value is null.
#[case("nickName pr", false)]
#[case("nickName eq null", true)]
#[case("nickName ne null", false)]
#[case("title ne null", true)]
#[case("locale eq \"x\"", false)]
#[case("locale ne \"x\"", true)]
#[case("locale gt \"a\"", false)]
#[case("not (locale eq \"x\")", true)]
// R35: pr.
#[case("title pr", true)]
#[case("active pr", true)]
#[case("emails pr", true)]
#[case("emails.display pr", false)]
#[case("emails.primary pr", true)]
#[case("roles pr", false)]
#[case("name pr", true)]
#[case("name.middleName pr", false)]
#[case("manager pr", true)]
#[case("id pr", true)]
// R31: any value; in brackets the same element.
#[case(r#"emails eq "MARA@home.example""#, true)]
#[case(r#"emails.type eq "work" and emails.value eq "mara@home.example""#, true)]
#[case(r#"emails[type eq "work" and value eq "mara@home.example"]"#, false)]
#[case(r#"emails[type eq "home" and value eq "mara@home.example"]"#, true)]
#[case("emails[not (type pr)]", true)]
#[case(r#"emails[type eq "other" or value sw "mara@no"]"#, true)]
#[case(r#"emails.type ne "work""#, true)]
#[case(r#"roles.value ne "Agent""#, true)]
#[case(r#"roles[value ne "Agent"]"#, false)]
// D18, traps 6.
#[case(r#"emails[type eq "WORK"].value eq "mara@work.example""#, true)]
#[case(r#"emails[type eq "work"].value eq "mara@home.example""#, false)]
#[case(r#"emails[type eq "work"].value pr"#, true)]
#[case(r#"emails[type eq "work"].display pr"#, false)]
#[case(r#"emails[primary eq "True"].value co "work""#, true)]
#[case(r#"id eq "7a3f" and manager eq "91bc""#, true)]
#[case(r#"id eq "7a3f" and manager eq "91BC""#, false)]
// R33: times as times, numbers as numbers.
#[case(r#"meta.created eq "2026-03-01T10:30:00+01:00""#, true)]
#[case(r#"meta.created ge "2026-03-01T09:30:00.000Z""#, true)]
#[case(r#"meta.created lt "2026-03-01T11:30:00+02:00""#, false)]
#[case(r#"meta.created gt "2025-12-31T23:59:59Z" and meta.lastModified gt "2026-03-01T12:00:00Z""#, true)]
#[case(r#"meta.created sw "2026-03-01""#, true)]
#[case("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:level gt 10", false)]
#[case("level lt 10", true)]
#[case("level eq 5.0", true)]
#[case("level ne 6", true)]
#[case("rate ge 2.5", true)]
#[case("rate lt 2.5", false)]
// Booleans.
#[case("active eq true", true)]
#[case("active eq \"False\"", false)]
#[case("active ne false", true)]
// R37.
#[case("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq \"CARE\"", true)]
#[case("urn:ietf:params:scim:schemas:core:2.0:User:name.givenName eq \"mara\"", true)]
// R30.
#[case(r#"title eq "no" and title eq "no" or active eq true"#, true)]
#[case(r#"title eq "no" and (title eq "no" or active eq true)"#, false)]
// Order of texts.
#[case(r#"name.givenName ge "Mara""#, true)]
#[case(r#"name.givenName gt "mara""#, false)]
#[case(r#"name.givenName lt "Na""#, true)]
#[case(r#"schemas eq "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User""#, true)]
#[case(r#"schemas[value ew ":User"]"#, true)]
#[case(r#"name[givenName eq "Mara" and familyName pr]"#, true)]
fn a_filter_holds_or_not(#[case] filter: &str, #[case] expected: bool) {
    assert_eq!(holds(filter), expected, "{filter}");
}

#[test]
fn a_member_is_found_by_its_bare_attribute() {
    // Section 4.6.
    let group = json!({"id": "g-12", "displayName": "Care EU", "members": [{"value": "7a3f", "type": "User"}]});
    let holds = |filter: &str| {
        matches(&Filter::parse(filter, &group_type()).unwrap(), &group_type(), group.as_object().unwrap())
    };
    assert!(holds(r#"id eq "g-12" and members eq "7a3f""#));
    assert!(!holds(r#"id eq "g-12" and members eq "91bc""#));
    assert!(holds(r#"displayName eq "CARE eu""#));
}

#[test]
fn what_is_not_kept_has_no_value() {
    // R38, D11
    let mut narrow = user_type();
    narrow.core.attributes.retain(|attribute| attribute.name == "userName");
    let filter = Filter::parse("title eq \"x\" or emails[type eq \"work\"].value eq \"x\"", &narrow).unwrap();
    let resource = json!({"id": "1", "userName": "a"});
    assert!(!matches(&filter, &narrow, resource.as_object().unwrap()));
}

#[test]
fn a_stored_value_of_another_type_is_no_match() {
    // A mapping may have changed the type since.
    let types = types();
    let resource = json!({ENTERPRISE_USER: {"level": "5"}});
    let holds = |filter: &str| matches(&Filter::parse(filter, &types).unwrap(), &types, resource.as_object().unwrap());
    assert!(!holds("level eq 5") && !holds("level gt 1") && holds("level ne 5"));
}

#[rstest]
#[case("userName", json!(["Mara.Voss@example.com"]))]
#[case("name.givenName", json!(["Mara"]))]
#[case(r#"emails[type eq "work"].value"#, json!(["mara@work.example"]))]
#[case("emails.type", json!(["work", "home"]))]
#[case("nickName", json!([]))]
#[case("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", json!(["Care"]))]
#[case("manager.value", json!(["91bc"]))]
fn a_path_selects_values(#[case] path: &str, #[case] expected: Value) {
    let types = types();
    let Path::Attribute(path) = Path::parse(path, &types).unwrap() else { panic!() };
    assert_eq!(json!(select(&path, &types, &resource())), expected);
}
