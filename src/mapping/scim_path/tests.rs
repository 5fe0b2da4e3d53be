//! SCIM paths read and write what they name, and broken ones are refused.

use super::*;

fn resource() -> Map<String, Value> {
    let resource = json!({
        "userName": "ada@example.com",
        "name": { "givenName": "Ada", "familyName": "" },
        "emails": [
            { "value": "home@example.com", "type": "home" },
            { "value": "work@example.com", "type": "Work" },
            { "value": "first@example.com", "type": "other", "primary": true },
        ],
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { "department": "Care", "manager": { "value": "7", "displayName": "Grace" } },
    });
    resource.as_object().expect("an object").clone()
}

fn read(path: &str) -> Option<Value> {
    ScimPath::parse(path).expect("a path").read(&resource())
}

#[test]
fn every_notation_of_the_rfc_reads_its_value() {
    assert_eq!(read("username"), Some(json!("ada@example.com")));
    assert_eq!(read("urn:ietf:params:scim:schemas:core:2.0:User:userName"), Some(json!("ada@example.com")));
    assert_eq!(read("name.givenName"), Some(json!("Ada")));
    assert_eq!(read("name.familyName"), None);
    assert_eq!(read(r#"emails[type eq "work"].value"#), Some(json!(["work@example.com"])));
    assert_eq!(read(r#"emails[type eq "work" and primary eq false].value"#), Some(json!(["work@example.com"])));
    assert_eq!(read("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department"), Some(json!("Care")));
    assert_eq!(
        read("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.displayName"),
        Some(json!("Grace"))
    );
    assert_eq!(read("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager"), Some(json!("7")));
}

#[test]
fn the_primary_value_comes_first_then_work_then_the_order_sent() {
    assert_eq!(read("emails.value"), Some(json!(["first@example.com", "work@example.com", "home@example.com"])));
    assert_eq!(read("emails"), read("emails.value"));
}

#[test]
fn a_broken_path_says_what_is_wrong() {
    for (path, part) in [
        ("emails[type eq work].value", "quoted"),
        ("emails[type co \"x\"].value", "only `eq`"),
        ("emails[type eq \"x\"", "not closed"),
        ("a.b.c", "form"),
        ("", "form"),
        ("emails[type eq \"x\"]value", "behind the bracket"),
    ] {
        let problem = ScimPath::parse(path).expect_err(path);
        assert!(problem.contains(part), "{path}: {problem}");
    }
}

#[test]
fn what_was_written_is_read_again() {
    for path in
        ["userName", "name.familyName", r#"emails[type eq "work"].value"#, "photos.value", "urn:x:y:User:roleId"]
    {
        let path = ScimPath::parse(path).expect("a path");
        let mut resource = Map::new();
        path.write(&mut resource, json!("x"));
        let read = path.read(&resource);
        assert!(read == Some(json!("x")) || read == Some(json!(["x"])), "{path}: {resource:?}");
    }
}

#[test]
fn a_written_element_carries_its_filter() {
    let mut resource = Map::new();
    ScimPath::parse(r#"emails[type eq "work"].value"#).expect("a path").write(&mut resource, json!("a@b"));
    ScimPath::parse(r#"emails[type eq "work"].display"#).expect("a path").write(&mut resource, json!("A"));
    assert_eq!(Value::Object(resource), json!({ "emails": [{ "value": "a@b", "type": "work", "display": "A" }] }));
}
