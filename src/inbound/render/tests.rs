use super::*;
use crate::ids::ScimId;
use crate::scim::schema;

fn user_type() -> ResourceType {
    ResourceType {
        name: "User".to_owned(),
        endpoint: "/Users".to_owned(),
        description: "User Account".to_owned(),
        core: schema::user(),
        extensions: vec![schema::enterprise_user()],
        known_core: schema::user(),
        known_extensions: vec![schema::enterprise_user()],
    }
}

fn mara() -> StoredResource {
    StoredResource {
        id: ScimId::parse("7a3f").unwrap(),
        version: 3,
        created: "2026-03-01T09:30:00Z".parse().unwrap(),
        modified: "2026-03-02T09:30:00.1234567Z".parse().unwrap(),
        body: r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"mara]\"x","active":true}"#
            .to_owned(),
        confirmed: true,
    }
}

fn shown(resource: &StoredResource, attributes: Option<&str>, excluded: Option<&str>) -> String {
    let resource_type = user_type();
    let projection = Projection::parse(attributes, excluded, &resource_type).unwrap();
    let view = View { base: "https://b.example/scim/v2/a", resource_type: &resource_type, projection: &projection };
    view.resource(resource, None)
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn a_whole_resource_has_id_and_every_member_of_meta() {
    let text = shown(&mara(), None, None);
    assert_eq!(
        parsed(&text),
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "id": "7a3f",
            "userName": "mara]\"x",
            "active": true,
            "meta": {
                "resourceType": "User",
                "created": "2026-03-01T09:30:00.000Z",
                "lastModified": "2026-03-02T09:30:00.123Z",
                "location": "https://b.example/scim/v2/a/Users/7a3f",
                "version": "W/\"3\"",
            },
        })
    );
    assert!(
        text.starts_with(r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"7a3f","userName""#),
        "{text}"
    );
}

#[test]
fn splicing_and_parsing_show_the_same() {
    let spliced = parsed(&shown(&mara(), None, None));
    let mut other_order = mara();
    other_order.body =
        r#"{"userName":"mara]\"x","active":true,"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"]}"#.to_owned();
    assert_eq!(parsed(&shown(&other_order, None, None)), spliced);
}

#[test]
fn a_resource_with_schemas_alone_is_spliced_too() {
    let mut bare = mara();
    bare.body = r#"{"schemas":["urn:a"]}"#.to_owned();
    assert_eq!(parsed(&shown(&bare, None, None))["id"], "7a3f");
}

#[test]
fn ids_are_made_harmless() {
    let mut odd = mara();
    odd.id = ScimId::parse(r#"a"b\c"#).unwrap();
    assert_eq!(parsed(&shown(&odd, None, None))["id"], r#"a"b\c"#);
    assert_eq!(parsed(&shown(&odd, Some("userName"), None))["id"], r#"a"b\c"#);
}

#[test]
fn attributes_and_excluded_attributes_choose_and_the_id_always_stays() {
    let some = parsed(&shown(&mara(), Some("userName"), None));
    assert_eq!((&some["id"], &some["userName"], some.get("active")), (&json!("7a3f"), &json!("mara]\"x"), None));
    let rest = parsed(&shown(&mara(), None, Some("userName,id")));
    assert_eq!((&rest["id"], &rest["active"], rest.get("userName").is_some()), (&json!("7a3f"), &json!(true), false));
}

#[test]
fn references_stand_in_whole_and_in_chosen_resources() {
    let resource_type = schema::group_type();
    let group = StoredResource {
        body: r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"Care"}"#.to_owned(),
        ..mara()
    };
    let members =
        json!([{"value": "9", "$ref": "https://b.example/scim/v2/a/Users/9", "type": "User", "display": "M"}]);
    for (attributes, expected) in [(None, 5), (Some("displayName,members"), 4), (Some("members"), 3)] {
        let projection = Projection::parse(attributes, None, &resource_type).unwrap();
        let view = View { base: "https://b.example/scim/v2/a", resource_type: &resource_type, projection: &projection };
        let mut links = Links::begin(MEMBERS, view.base, &projection).unwrap();
        assert_eq!(parsed(&view.resource(&group, Some(&links))).get("members"), None, "an empty list is left out");
        links.push(&ScimId::parse("9").unwrap(), "M");
        let shown = parsed(&view.resource(&group, Some(&links)));
        assert_eq!(shown["members"], members);
        assert_eq!(shown.as_object().unwrap().len(), expected, "{shown}");
    }
}
