//! What the server says about itself (RFC 7643 sections 5 to 7, RFC 7644 section 4): complete, true, and no more than what works.

use serde_json::{Value, json};

use super::names;
use crate::support::bridge;
use crate::support::idp::{ENTERPRISE, USER, VENDOR};

const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

#[tokio::test(flavor = "multi_thread")]
async fn the_service_provider_config_is_complete_and_true() {
    let world = bridge().lease().await;
    let idp = world.idp();
    let answer = idp.get("/ServiceProviderConfig?startIndex=9&sortBy=x").await.is(200);
    let expected = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "patch": { "supported": true },
        "bulk": { "supported": true, "maxOperations": 1000, "maxPayloadSize": 8_388_608 },
        "filter": { "supported": true, "maxResults": 1000 },
        "changePassword": { "supported": false },
        "sort": { "supported": true },
        "pagination": {
            "cursor": true, "index": true, "defaultPaginationMethod": "index", "defaultPageSize": 100, "maxPageSize": 1000,
        },
        "etag": { "supported": true },
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&answer.body[name], value, "{name}");
    }
    let scheme = &answer.body["authenticationSchemes"][0];
    assert_eq!(scheme["type"], "oauthbearertoken");
    assert!(scheme["name"].is_string() && scheme["description"].is_string());
    assert_eq!(answer.body["meta"]["location"], format!("{}/ServiceProviderConfig", idp.base()));
    assert_eq!(answer.header("content-type"), Some("application/scim+json"));
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_learns_without_a_token_how_to_sign_in_and_nothing_else() {
    let world = bridge().lease().await;
    let nobody = world.idp_with(None);
    nobody.get("/ServiceProviderConfig").await.is(200);
    for path in ["/Schemas", "/ResourceTypes", &format!("/Schemas/{USER}"), "/Users", "/Groups", "/Me"] {
        nobody.get(path).await.is_error(401, "");
    }
    // IdPs test their token with any address.
    world.idp_with(Some("wrong")).get("/ServiceProviderConfig").await.is_error(401, "");
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn resource_types_name_the_user_its_extensions_and_the_group() {
    let world = bridge().lease().await;
    let idp = world.idp();
    let list = idp.get("/ResourceTypes?count=0&startIndex=5").await.is(200);
    assert_eq!((&list.body["totalResults"], &list.body["startIndex"]), (&json!(5), &json!(1)), "paging does not apply");
    let [user, group, ..] = list.resources() else { panic!("two types and those of the mapping") };
    assert_eq!(
        (&user["id"], &user["name"], &user["endpoint"], &user["schema"]),
        (&json!("User"), &json!("User"), &json!("/Users"), &json!(USER))
    );
    assert_eq!(
        user["schemaExtensions"],
        json!([{ "schema": ENTERPRISE, "required": false }, { "schema": VENDOR, "required": false }])
    );
    let one = idp.get("/ResourceTypes/User").await.is(200);
    assert_eq!(one.body, *user);
    assert_eq!(
        one.body["meta"],
        json!({ "resourceType": "ResourceType", "location": format!("{}/ResourceTypes/User", idp.base()) })
    );
    assert_eq!(
        (&group["name"], &group["endpoint"], &group["schema"], &group["schemaExtensions"]),
        (&json!("Group"), &json!("/Groups"), &json!(GROUP), &json!([]))
    );
    assert_eq!(idp.get("/ResourceTypes/Group").await.is(200).body, *group);
    idp.get("/ResourceTypes/Device").await.is_error(404, "");
    world.give_back().await;
}

fn attribute<'a>(schema: &'a Value, name: &str) -> &'a Value {
    let mut attributes = schema["attributes"].as_array().expect("a schema has attributes").iter();
    attributes.find(|attribute| attribute["name"] == name).unwrap_or_else(|| panic!("no {name} in {schema}"))
}

fn attribute_names(schema: &Value) -> Vec<&str> {
    let attributes = schema["attributes"].as_array().expect("a schema has attributes").iter();
    attributes.map(|attribute| attribute["name"].as_str().expect("an attribute has a name")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn schemas_show_what_is_mapped_or_kept_and_nothing_else() {
    let world = bridge().lease().await;
    let idp = world.idp();
    let list = idp.get("/Schemas").await.is(200);
    assert_eq!(list.body["totalResults"], 6, "those of the mapping's own resource types come last");
    let ids: Vec<&Value> = list.resources().iter().map(|schema| &schema["id"]).collect();
    assert_eq!(ids[..4], [USER, ENTERPRISE, VENDOR, GROUP]);
    let [core, enterprise, vendor, group, ..] = list.resources() else { panic!("four schemas and more") };
    assert_eq!(attribute_names(group), ["displayName", "members"]);
    assert_eq!(core["description"], "User Account");
    assert_eq!(
        attribute_names(core),
        [
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
            "emails",
            "phoneNumbers",
            "ims",
            "photos",
            "addresses",
            "groups",
            "entitlements",
            "roles",
            "x509Certificates"
        ],
        "no password: it is not passed on"
    );
    assert_eq!(
        attribute_names(enterprise),
        ["employeeNumber", "costCenter", "organization", "division", "department", "manager"]
    );
    let user_name = attribute(core, "userName");
    assert_eq!(
        (&user_name["required"], &user_name["uniqueness"], &user_name["caseExact"], &user_name["type"]),
        (&json!(true), &json!("server"), &json!(false), &json!("string"))
    );
    // Entra's gallery makes names such as `emails[type eq "work"].value` of these.
    let kinds = |name: &str| {
        attribute(core, name)["subAttributes"].as_array().unwrap().iter().find(|sub| sub["name"] == "type").cloned()
    };
    assert_eq!(kinds("emails").unwrap()["canonicalValues"], json!(["work", "home", "other"]));
    assert_eq!(
        kinds("roles").unwrap().get("canonicalValues"),
        None,
        "without them it makes roles[primary eq \"True\"].value"
    );
    // The vendor's own attributes carry the vendor's words.
    assert_eq!(attribute(vendor, "dateFormat")["canonicalValues"], json!(["DMY", "MDY", "YMD"]));
    assert_eq!(attribute(vendor, "roleId")["canonicalValues"], json!(["operator", "manager", "admin"]));
    assert_eq!(attribute(vendor, "skillIds")["multiValued"], true);
    assert_eq!(attribute(vendor, "skillIds")["type"], "integer");
    assert_eq!(attribute(vendor, "chatEnabled")["type"], "boolean");
    for schema in list.resources() {
        let urn = schema["id"].as_str().unwrap();
        assert_eq!(
            schema["meta"],
            json!({ "resourceType": "Schema", "location": format!("{}/Schemas/{urn}", idp.base()) })
        );
        for path in [
            format!("/Schemas/{urn}"),
            format!("/Schemas/{}", urn.to_uppercase()),
            format!("/Schemas/{}", urn.replace(':', "%3A")),
        ] {
            assert_eq!(idp.get(&path).await.is(200).body, *schema, "{path}");
        }
        for attribute in schema["attributes"].as_array().unwrap() {
            let members = names(attribute);
            for member in [
                "caseExact",
                "description",
                "multiValued",
                "mutability",
                "name",
                "required",
                "returned",
                "type",
                "uniqueness",
            ] {
                assert!(members.contains(&member), "{member} of {attribute}");
            }
            assert_eq!(attribute["type"] == "complex", attribute["subAttributes"].is_array(), "{attribute}");
        }
    }
    assert!(!list.text.contains("urn:ietf:params:scim:api:messages:2.0:PatchOp") && !list.text.contains("2.0:Error"));
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_settings_switch_on_is_advertised() {
    let world = bridge().setting("send_password", true).lease().await;
    let core = world.idp().get(&format!("/Schemas/{USER}")).await.is(200).body;
    let password = attribute(&core, "password");
    assert_eq!((&password["mutability"], &password["returned"]), (&json!("writeOnly"), &json!("never")));
    assert_eq!(world.idp().get("/ServiceProviderConfig").await.is(200).body["changePassword"]["supported"], true);
    world.give_back().await;
}
