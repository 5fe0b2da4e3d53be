use rstest::rstest;
use serde_json::json;

use super::*;
use crate::scim::schema::{Attribute, ENTERPRISE_USER, USER, group_type, user_type};

fn incoming(body: &Value) -> Incoming {
    read(body, &user_type()).unwrap_or_else(|error| panic!("{body}: {error}"))
}

fn attributes(body: &Value) -> Value {
    Value::Object(incoming(body).attributes)
}

fn object(value: &Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

#[test]
fn oktas_create_is_read() {
    // Section 3.3
    let read = incoming(&json!({
        "schemas": [USER],
        "userName": "mara.voss@example.com",
        "name": {"givenName": "Mara", "familyName": "Voss"},
        "emails": [{"primary": true, "value": "mara.voss@example.com", "type": "work"}],
        "displayName": "Mara Voss",
        "locale": "en-US",
        "externalId": "00u1exampleOktaId",
        "groups": [],
        "password": "q7T2randomlyMade",
        "active": true
    }));
    let expected = json!({
        "userName": "mara.voss@example.com",
        "name": {"givenName": "Mara", "familyName": "Voss"},
        "emails": [{"primary": true, "value": "mara.voss@example.com", "type": "work"}],
        "displayName": "Mara Voss",
        "locale": "en-US",
        "externalId": "00u1exampleOktaId",
        "active": true
    });
    assert_eq!(Value::Object(read.attributes), expected);
    assert_eq!(read.password.as_deref(), Some("q7T2randomlyMade"));
    assert!(read.cleared.is_empty());
}

#[test]
fn oktas_update_sends_back_what_it_was_given() {
    // Section 3.4, R12, R45, D12
    let read = attributes(&json!({
        "schemas": [USER], "id": "7a3f", "userName": "mara", "groups": [{"value": "g-1", "display": "x"}],
        "meta": {"resourceType": "User", "location": "https://scim.example.net/v2/Users/7a3f"}
    }));
    assert_eq!(read, json!({"userName": "mara"}));
}

#[test]
fn entras_create_is_read() {
    // Section 4.5
    let read = incoming(&json!({
        "schemas": [USER, ENTERPRISE_USER],
        "externalId": "mvoss", "userName": "mara.voss@example.com", "active": true, "displayName": "Mara Voss",
        "emails": [{"primary": true, "type": "work", "value": "mara.voss@example.com"}],
        "meta": {"resourceType": "User"},
        "name": {"formatted": "Mara Voss", "givenName": "Mara", "familyName": "Voss"},
        "roles": []
    }));
    assert_eq!(read.cleared, ["roles"]);
    assert_eq!(read.attributes["name"]["formatted"], "Mara Voss");
}

#[test]
fn microsofts_validator_is_read() {
    // Sections 4.5 and 12.3 (7, 8, 44, 45): keys in capitals, booleans as texts, nulls in addresses.
    let read = attributes(&json!({
        "UserName": "X", "active": "True",
        "emails": [{"Primary": true, "Value": "a@b.c", "Type": "work"}],
        "roles": [{"primary": "True", "value": "R", "display": "D", "type": "T"}],
        "addresses": [{"type": "work", "locality": "Oslo", "country": null, "formatted": null}],
        ENTERPRISE_USER: {"Department": "Care", "Manager": {"Value": "91bc"}}
    }));
    let expected = json!({
        "userName": "X", "active": true,
        "emails": [{"primary": true, "value": "a@b.c", "type": "work"}],
        "roles": [{"primary": true, "value": "R", "display": "D", "type": "T"}],
        "addresses": [{"type": "work", "locality": "Oslo"}],
        ENTERPRISE_USER: {"department": "Care", "manager": {"value": "91bc"}}
    });
    assert_eq!(read, expected);
}

#[test]
fn what_nobody_defines_is_ignored() {
    // D11, section 4.1 (a malformed URN has been published), 12.3 (54)
    let read = attributes(&json!({
        "userName": "x", "shoeSize": 5, "name": {"givenName": "A", "pet": "B"}, "emails": [{"value": "a@b.c", "verified": true}],
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0User": {"department": "Care"},
        "urn:other": {"a": 1}
    }));
    assert_eq!(read, json!({"userName": "x", "name": {"givenName": "A"}, "emails": [{"value": "a@b.c"}]}));
}

#[test]
fn what_is_defined_but_not_kept_is_dropped() {
    // D11
    let mut narrow = user_type();
    narrow.core.attributes.retain(|attribute| ["userName", "name"].contains(&attribute.name.as_str()));
    narrow.core.attributes[1].sub_attributes.retain(|sub| sub.name == "givenName");
    narrow.extensions.clear();
    let body = json!({
        "userName": "x", "title": "T", "name": {"givenName": "A", "familyName": "B"}, "emails": "whatever it is",
        "externalId": "e", "password": "p", ENTERPRISE_USER: {"department": "Care"}
    });
    let read = read(&body, &narrow).unwrap();
    assert_eq!(Value::Object(read.attributes), json!({"userName": "x", "name": {"givenName": "A"}, "externalId": "e"}));
    assert_eq!(read.password.as_deref(), Some("p"));
}

#[rstest]
#[case(json!({"userName": "x", ENTERPRISE_USER: {"department": "Care"}}))]
#[case(json!({"userName": "x", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department": "Care"}))]
#[case(json!({"userName": "x", "department": "Care"}))]
#[case(json!({"urn:ietf:params:scim:schemas:core:2.0:User": {"userName": "x"}, ENTERPRISE_USER.to_lowercase(): {"DEPARTMENT": "Care"}}))]
#[case(json!({"urn:ietf:params:scim:schemas:core:2.0:User:userName": "x", "department": "Care"}))]
fn extension_data_is_found_however_it_is_addressed(#[case] body: Value) {
    // D31, D32
    assert_eq!(attributes(&body), json!({"userName": "x", ENTERPRISE_USER: {"department": "Care"}}));
}

#[test]
fn dotted_keys_lead_into_complex_attributes() {
    let body = json!({"userName": "x", "name.givenName": "A", "name": {"familyName": "B"}, "Name.FamilyName": "C", "name.formatted": ""});
    let read = incoming(&body);
    assert_eq!(read.attributes["name"], json!({"familyName": "C"}));
    assert_eq!(read.cleared, ["name.formatted"]);
}

#[test]
fn empty_values_are_no_values_and_are_remembered_as_cleared() {
    // R14, R47, R70, D10, section 3.4
    let read = incoming(&json!({
        "userName": "x", "title": "", "nickName": null, "emails": [], "phoneNumbers": null, "roles": [{"value": ""}],
        "name": {"formatted": null, "givenName": ""}, "locale": "de",
        ENTERPRISE_USER: {"department": "", "manager": {"value": ""}}
    }));
    assert_eq!(Value::Object(read.attributes), json!({"userName": "x", "locale": "de"}));
    let department = format!("{ENTERPRISE_USER}:department");
    let manager = format!("{ENTERPRISE_USER}:manager");
    let expected = [
        "title",
        "nickName",
        "emails",
        "phoneNumbers",
        "roles",
        "name.formatted",
        "name.givenName",
        &department,
        &manager,
    ];
    assert_eq!(read.cleared, expected);
}

#[test]
fn an_empty_extension_clears_all_its_attributes() {
    let read = incoming(&json!({"userName": "x", ENTERPRISE_USER: null}));
    assert_eq!(read.cleared.len(), 6);
    let says_nothing = incoming(&json!({"userName": "x", ENTERPRISE_USER: {}}));
    assert!(says_nothing.cleared.is_empty() && says_nothing.attributes.len() == 1);
}

#[test]
fn the_last_of_two_keys_for_the_same_attribute_wins() {
    let read = incoming(&json!({"userName": "x", "title": null, "TITLE": "T", "nickName": "N", "NickName": ""}));
    assert_eq!(Value::Object(read.attributes), json!({"userName": "x", "title": "T"}));
    assert_eq!(read.cleared, ["nickName"]);
}

#[test]
fn an_empty_active_says_nothing() {
    // D10
    for empty in [json!(null), json!(""), json!([])] {
        let read = incoming(&json!({"userName": "x", "active": empty}));
        assert!(read.attributes.get("active").is_none() && read.cleared.is_empty());
    }
}

#[rstest]
// R16, D10, 12.3 (49, 53)
#[case(json!({}), "`userName` is required")]
#[case(json!({"userName": ""}), "`userName` is required")]
#[case(json!({"userName": " \t"}), "`userName` is required")]
#[case(json!({"userName": null}), "`userName` is required")]
#[case(json!({"userNme": "x"}), "`userName` is required")]
// R69: wrong type.
#[case(json!({"userName": 5}), "`userName` must be a text, found a number")]
#[case(json!({"userName": "x", "active": "perhaps"}), "`active` must be true or false")]
#[case(json!({"userName": "x", "active": 0}), "`active`")]
#[case(json!({"userName": "x", "name": "Mara"}), "`name` must be an object")]
#[case(json!({"userName": "x", "name": {"givenName": ["a"]}}), "`name.givenName`")]
#[case(json!({"userName": "x", "emails": [{"value": 5}]}), "`emails.value`")]
#[case(json!({"userName": "x", "emails": [{"primary": "so-so", "value": "x"}]}), "`emails.primary`")]
#[case(json!({"userName": "x", "emails": [[]], "roles": [true]}), "`roles`")]
#[case(json!({"userName": "x", "password": 5}), "`password` must be a text")]
#[case(json!({"userName": "x", ENTERPRISE_USER: "Care"}), "enterprise:2.0:User` must be an object")]
#[case(json!({"userName": "x", ENTERPRISE_USER: {"department": {"a": "b"}}}), "enterprise:2.0:User:department`")]
fn a_wrong_value_is_refused_by_name(#[case] body: Value, #[case] says: &str) {
    match read(&body, &user_type()) {
        Err(ScimError::InvalidValue(problem)) => assert!(problem.contains(says), "{problem}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_body_that_is_no_object_is_a_syntax_error() {
    for body in [json!([]), json!("x"), json!(null), json!(5)] {
        assert!(matches!(read(&body, &user_type()), Err(ScimError::InvalidSyntax(_))));
    }
}

#[test]
fn values_are_kept_as_sent() {
    // R16, D34, B31
    let body = json!({"userName": " Mara.VOSS@Example.com ", "phoneNumbers": [{"value": "+47 (400) 00-000", "type": "WORK"}], "timezone": "NONSENSE"});
    assert_eq!(attributes(&body), body);
}

#[test]
fn groups_are_read() {
    // Sections 3.7 and 4.5, D36, B46
    let body = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group", "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
        "externalId": "3c0f", "displayName": "Care EU", "meta": {"resourceType": "Group"},
        "members": [{"value": "7a3f", "display": null, "$ref": null, "displayName": "x"}, {"value": "7a3f"}, {"value": "91bc", "display": "Ola"}]
    });
    let group = read(&body, &group_type()).unwrap();
    let expected = json!({"externalId": "3c0f", "displayName": "Care EU", "members": [{"value": "7a3f"}, {"value": "91bc", "display": "Ola"}]});
    assert_eq!(Value::Object(group.attributes), expected);
    assert_eq!(read(&json!({"displayName": "x", "members": []}), &group_type()).unwrap().cleared, ["members"]);
    assert!(matches!(read(&json!({"members": []}), &group_type()), Err(ScimError::InvalidValue(_))));
}

#[test]
fn put_clears_what_is_omitted_except_what_the_client_cannot_mean() {
    // D16, R46
    let stored = object(&json!({
        "schemas": [USER], "userName": "x", "active": false, "externalId": "e", "title": "T", "emails": [{"value": "a@b.c"}],
        ENTERPRISE_USER: {"department": "Care"}
    }));
    let replaced = replace(&stored, &incoming(&json!({"userName": "y", "nickName": "N"})), &user_type());
    assert_eq!(Value::Object(replaced), json!({"userName": "y", "nickName": "N", "active": false, "externalId": "e"}));
}

#[test]
fn put_clears_what_is_cleared() {
    // D16, R47
    let stored = object(&json!({"displayName": "G", "externalId": "e", "members": [{"value": "1"}]}));
    let put = |body: &Value| Value::Object(replace(&stored, &read(body, &group_type()).unwrap(), &group_type()));
    assert_eq!(
        put(&json!({"displayName": "H"})),
        json!({"displayName": "H", "externalId": "e", "members": [{"value": "1"}]})
    );
    assert_eq!(put(&json!({"displayName": "H", "members": [], "externalId": null})), json!({"displayName": "H"}));
    assert_eq!(put(&json!({"displayName": "H", "members": [{"value": "2"}]}))["members"], json!([{"value": "2"}]));
}

#[test]
fn put_leaves_what_the_client_cannot_see_or_write() {
    // R45, R46
    let mut types = user_type();
    types.extensions[0].attributes[0].mutability = Mutability::ReadOnly;
    types.extensions[0].attributes[1].returned = Returned::Request;
    let stored = object(
        &json!({"userName": "x", ENTERPRISE_USER: {"employeeNumber": "1", "costCenter": "2", "department": "Care"}}),
    );
    let put = |body: &Value| Value::Object(replace(&stored, &read(body, &types).unwrap(), &types));
    assert_eq!(put(&json!({"userName": "x"}))[ENTERPRISE_USER], json!({"employeeNumber": "1", "costCenter": "2"}));
    let cleared = json!({"userName": "x", ENTERPRISE_USER: {"costCenter": "", "employeeNumber": "9"}});
    assert_eq!(put(&cleared)[ENTERPRISE_USER], json!({"employeeNumber": "1"}));
}

#[test]
fn put_cannot_change_what_is_immutable() {
    // R45
    let mut types = user_type();
    types.core.attributes.push(Attribute::string("badge", "").mutability(Mutability::Immutable));
    let check = |stored: Value, body: Value| check_immutable(&object(&stored), &read(&body, &types).unwrap(), &types);
    assert!(check(json!({"badge": "1"}), json!({"userName": "x", "badge": "1"})).is_ok());
    assert!(check(json!({}), json!({"userName": "x", "badge": "1"})).is_ok());
    assert!(check(json!({"badge": "1"}), json!({"userName": "x"})).is_ok());
    let refused = check(json!({"badge": "1"}), json!({"userName": "x", "badge": "2"}));
    assert!(matches!(refused, Err(ScimError::Mutability(problem)) if problem.contains("badge")));
}

#[test]
fn schemas_list_the_extensions_whose_data_is_present() {
    // R18, D31, D42
    let with = with_schemas(&object(&json!({"userName": "x", ENTERPRISE_USER: {"department": "Care"}})), &user_type());
    assert_eq!(with.keys().next().map(String::as_str), Some("schemas"));
    assert_eq!(with["schemas"], json!([USER, ENTERPRISE_USER]));
    let without =
        with_schemas(&object(&json!({"schemas": ["old"], "userName": "x", ENTERPRISE_USER: {}})), &user_type());
    assert_eq!(Value::Object(without), json!({"schemas": [USER], "userName": "x"}));
}

#[test]
fn what_is_stored_can_be_read_back() {
    let attributes = object(&json!({"userName": "x", ENTERPRISE_USER: {"department": "Care"}}));
    assert_eq!(without_schemas(&with_schemas(&attributes, &user_type())), attributes);
}
