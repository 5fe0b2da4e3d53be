//! The vendor's roles, skills and projects as read-only SCIM resource types, found in the order in which Okta looks for entitlements.

use serde_json::{Value, json};

use crate::support::idp::{encoded, okta_user};
use crate::support::{bridge, eventually};

const ROLE: &str = "urn:okta:scim:schemas:core:1.0:Role";
const ENTITLEMENT: &str = "urn:okta:scim:schemas:core:1.0:Entitlement";
const SEARCH: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
/// A place of the shipped mapping where the skills' list can get another age.
const SKILLS: &str = "description: Skills, which decide whose conversations a person gets";

/// `displayName`s of a list.
fn names(resources: &[Value]) -> Vec<&str> {
    resources.iter().map(|resource| resource["displayName"].as_str().expect("a name")).collect()
}

fn by_id<'a>(resources: &'a [Value], id: &str) -> &'a Value {
    resources.iter().find(|one| one["id"] == id).unwrap_or_else(|| panic!("no {id} in {resources:?}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn okta_finds_every_list_in_the_order_in_which_it_looks() {
    let world = bridge().lease().await;
    let idp = world.idp();
    let types = idp.get("/ResourceTypes").await.is(200);
    let found: Vec<&Value> = types.resources().iter().map(|one| &one["name"]).collect();
    assert_eq!(found, ["User", "Group", "Role", "Skill", "Project"]);
    assert_eq!(
        *by_id(types.resources(), "Role"),
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"], "id": "Role", "name": "Role", "endpoint": "/Roles",
            "description": "Roles that an account at iAdvize can have", "schema": ROLE, "schemaExtensions": [],
            "meta": { "resourceType": "ResourceType", "location": format!("{}/ResourceTypes/Role", idp.base()) },
        })
    );
    assert_eq!(idp.get("/ResourceTypes/Role").await.is(200).body, *by_id(types.resources(), "Role"));

    let schemas = idp.get("/Schemas").await.is(200);
    for (urn, name) in [(ROLE, "Role"), (ENTITLEMENT, "Entitlement")] {
        let same: Vec<&Value> = schemas.resources().iter().filter(|schema| schema["id"] == urn).collect();
        let [schema] = same.as_slice() else { panic!("{urn} is there {} times", same.len()) };
        assert_eq!(schema["name"], name);
        let attributes = schema["attributes"].as_array().expect("attributes");
        let defined: Vec<&Value> = attributes.iter().map(|attribute| &attribute["name"]).collect();
        assert_eq!(defined, ["displayName", "type", "description"]);
        for attribute in attributes {
            assert_eq!((&attribute["mutability"], &attribute["type"]), (&json!("readOnly"), &json!("string")));
        }
        assert_eq!(idp.get(&format!("/Schemas/{urn}")).await.is(200).body, **schema);
    }

    for (endpoint, urn, kind, id, name) in [
        ("/Roles", ROLE, "Role", "2", "Operator"),
        ("/Skills", ENTITLEMENT, "Skill", "901", ""),
        ("/Projects", ENTITLEMENT, "Project", "6661", ""),
    ] {
        let page = idp.get(&format!("{endpoint}?startIndex=1&count=1")).await.is(200);
        assert_eq!((&page.body["startIndex"], &page.body["itemsPerPage"]), (&json!(1), &json!(1)), "{endpoint}");
        assert!(page.body["totalResults"].as_u64().is_some_and(|total| total > 1), "{endpoint}: {}", page.text);
        let [first] = page.resources() else { panic!("one resource: {}", page.text) };
        assert_eq!(first["schemas"], json!([urn]));
        assert_eq!((&first["id"], &first["type"]), (&json!(id), &json!(kind)));
        assert!(first["displayName"].as_str().is_some_and(|shown| !shown.is_empty() && shown.contains(name)));
        let location = format!("{}{endpoint}/{id}", idp.base());
        assert_eq!(first["meta"], json!({ "resourceType": kind, "location": location }));
        let one = idp.get(&format!("{endpoint}/{id}")).await.is(200);
        assert_eq!(one.body, *first);
        assert_eq!(one.header("location"), Some(location.as_str()));
        assert_eq!(one.header("content-type"), Some("application/scim+json"));
    }
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_administrator_picks_reaches_the_vendor() {
    let world = bridge().lease().await;
    let idp = world.idp();
    let role = idp.get("/Roles?filter=displayName+eq+%22manager%22").await.is(200).resources()[0]["id"].clone();
    let skills = idp.get("/Skills?startIndex=2&count=2").await.is(200);
    let picked: Vec<&Value> = skills.resources().iter().map(|skill| &skill["id"]).collect();
    let mut mara = okta_user("mara.voss@example.com");
    mara["roles"] = json!([{ "value": role }]);
    mara["entitlements"] = picked.iter().map(|id| json!({ "value": id, "type": "Skill" })).collect();
    idp.post("/Users", mara).await.is(201);
    let account = world.vendor().has("mara.voss@example.com").await;
    let has: Vec<String> = account["skillIds"].as_array().expect("skills").iter().map(ToString::to_string).collect();
    let wanted: Vec<&str> = picked.iter().map(|id| id.as_str().expect("a text")).collect();
    assert_eq!(has, wanted);
    assert_eq!(account["roleId"], 3);
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_filtered_sorted_and_paged_like_any_other() {
    let world = bridge().lease().await;
    let idp = world.idp();
    for (query, expected) in [
        ("", &["Operator", "Manager", "Admin"][..]),
        ("filter=displayName+eq+%22ADMIN%22", &["Admin"]),
        ("filter=id+eq+%222%22", &["Operator"]),
        ("filter=description+co+%22operators%22+or+displayName+sw+%22a%22", &["Manager", "Admin"]),
        ("filter=type+eq+%22Role%22+and+not+(displayName+eq+%22Admin%22)", &["Operator", "Manager"]),
        ("filter=meta.resourceType+eq+%22Skill%22", &[]),
        ("sortBy=displayName", &["Admin", "Manager", "Operator"]),
        ("sortBy=displayName&sortOrder=descending&startIndex=2", &["Manager", "Admin"]),
        ("startIndex=2&count=1", &["Manager"]),
        ("startIndex=9", &[]),
        ("count=0", &[]),
    ] {
        let list = idp.get(&format!("/Roles?{query}")).await.is(200);
        assert_eq!(names(list.resources()), expected, "{query}");
        assert_eq!(list.body["itemsPerPage"], expected.len(), "{query}");
    }
    let empty = idp.get("/Roles?startIndex=9&count=5").await.is(200);
    assert_eq!((&empty.body["totalResults"], &empty.body["startIndex"]), (&json!(3), &json!(9)));

    let narrow = idp.get("/Roles/4?attributes=displayName").await.is(200);
    assert_eq!(narrow.body, json!({ "schemas": [ROLE], "id": "4", "displayName": "Admin" }));
    let less = idp.get("/Roles?excludedAttributes=meta,description&count=1").await.is(200);
    let operator = json!({ "schemas": [ROLE], "id": "2", "displayName": "Operator", "type": "Role" });
    assert_eq!(less.resources(), [operator]);

    let search = json!({ "schemas": [SEARCH], "sortBy": "displayName", "count": 2, "attributes": ["type"] });
    let searched = idp.post("/Roles/.search", search).await.is(200);
    assert_eq!(searched.body, idp.get("/Roles?sortBy=displayName&count=2&attributes=type").await.is(200).body);
    idp.post("/Roles/.search", json!({})).await.is_error(400, "invalidSyntax");

    for (query, scim_type) in [
        (format!("filter={}", encoded("shoeSize eq 39")), "invalidFilter"),
        ("filter=".to_owned(), "invalidFilter"),
        ("sortBy=shoeSize".to_owned(), "invalidValue"),
        ("attributes=id&excludedAttributes=type".to_owned(), "invalidValue"),
        ("cursor=nonsense".to_owned(), "invalidCursor"),
    ] {
        idp.get(&format!("/Roles?{query}")).await.is_error(400, scim_type);
    }
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_root_finds_people_and_groups_and_asks_no_vendor() {
    let world = bridge().lease().await;
    let idp = world.idp();
    idp.okta_creates("mara.voss@example.com").await;
    world.vendor().forget_calls().await;
    let all = idp.post("/.search", json!({ "schemas": [SEARCH] })).await.is(200);
    assert_eq!(all.body["totalResults"], 1, "{}", all.text);
    assert_eq!(world.vendor().calls("").await.len(), 0);
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cursors_lead_through_a_list_and_belong_to_it() {
    let world = bridge().lease().await;
    let idp = world.idp();
    let all = idp.get("/Skills").await.is(200);
    let (mut walked, mut cursor, mut first) = (Vec::new(), String::new(), None);
    for page in 0.. {
        assert!(page < 10, "the list ends");
        let page = idp.get(&format!("/Skills?count=3&cursor={cursor}")).await.is(200).body;
        assert_eq!((page.get("startIndex"), &page["totalResults"]), (None, &all.body["totalResults"]));
        walked.extend(page["Resources"].as_array().expect("a list").clone());
        let Some(next) = page["nextCursor"].as_str() else { break };
        next.clone_into(&mut cursor);
        first.get_or_insert_with(|| cursor.clone());
    }
    assert_eq!(walked, all.resources());
    let first = first.expect("more than one page");
    for wrong in ["/Projects?", "/Users?", "/Skills?sortBy=displayName&"] {
        idp.get(&format!("{wrong}cursor={first}")).await.is_error(400, "invalidCursor");
    }
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_or_cannot_be_written_says_so() {
    let world = bridge().lease().await;
    let idp = world.idp();
    for path in ["/Roles/99", "/Roles/Operator", "/Roles/%00", "/roles", "/Devices", "/Devices/1", "/Devices/.search"] {
        idp.get(path).await.is_error(404, "");
    }
    idp.post("/Devices", json!({})).await.is_error(404, "");
    idp.get("/Roles/99").await.is_error(404, "").says("there is no Role 99");
    for (method, path, allow) in [
        ("POST", "/Roles", "GET, HEAD"),
        ("DELETE", "/Roles", "GET, HEAD"),
        ("PUT", "/Roles/2", "GET, HEAD"),
        ("PATCH", "/Roles/2", "GET, HEAD"),
        ("DELETE", "/Roles/2", "GET, HEAD"),
        ("GET", "/Roles/.search", "POST"),
    ] {
        let refused = idp.send(format!("{method} {path}"), idp.request(method, path)).await.is_error(405, "");
        assert_eq!(refused.header("allow"), Some(allow), "{method} {path}");
    }
    for path in ["/Roles", "/Roles/2"] {
        let head = idp.send(format!("HEAD {path}"), idp.request("HEAD", path)).await.is(200);
        let length = idp.get(path).await.is(200).text.len().to_string();
        assert_eq!((head.text.as_str(), head.header("content-length")), ("", Some(length.as_str())), "{path}");
    }
    // Neither which connections there are nor what their mappings declare is told to strangers.
    for (connection, path) in [("support", "Roles"), ("support", "Devices/1"), ("nowhere", "Roles")] {
        world.root(&format!("/scim/v2/{connection}/{path}")).await.is_error(401, "");
    }
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_skill_made_at_the_vendor_appears_when_the_list_is_old() {
    let world = bridge().mapping_with(SKILLS, &format!("{SKILLS}\n    keep_seconds: 2")).start().await;
    let idp = world.idp();
    let before = idp.get("/Skills").await.is(200);
    let id = world.vendor().makes_skill("Complaints / returns").await;
    let skill = eventually("the skill appears", || async {
        let list = idp.get("/Skills?filter=displayName+eq+%22complaints+%2F+returns%22").await.is(200);
        list.resources().first().cloned()
    })
    .await;
    assert_eq!(skill["id"], id.to_string());
    assert_eq!(idp.get(&format!("/Skills/{id}")).await.is(200).body, skill);
    let after = idp.get("/Skills").await.is(200);
    assert_eq!(after.body["totalResults"], json!(before.resources().len() + 1));
    world.vendor().deletes_skill(&id).await;
    eventually("the skill disappears", || async {
        (idp.get(&format!("/Skills/{id}")).await.status == 404).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_kept_and_asked_for_once_by_many() {
    let world = bridge().start().await;
    let idp = world.idp();
    let lists = futures_util::future::join_all((0..8).map(|_| idp.get("/Skills"))).await;
    let first = lists.into_iter().map(|list| list.is(200).body).reduce(|left, right| {
        assert_eq!(left, right);
        left
    });
    world.vendor().makes_skill("Later").await;
    assert_eq!(Some(idp.get("/Skills?").await.is(200).body), first, "as old as the mapping allows");
    assert_eq!(world.vendor().calls("skills").await.len(), 1);

    let route = [("connection", "support"), ("route", "/{endpoint}"), ("method", "GET"), ("status", "2xx")];
    let counted = world.metrics().await.sum("scim_bridge_requests_total", &route);
    assert!((counted - 9.0).abs() < 0.5, "{counted}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_that_is_down_takes_only_its_own_lists_along() {
    let mut world = bridge().start().await;
    world.vendor_mut().stop();
    let idp = world.idp();
    let down = idp.get("/Skills").await.is_error(503, "").says("iAdvize does not list its skills");
    let pause = down.header("retry-after").and_then(|seconds| seconds.parse::<u64>().ok());
    assert!(pause.is_some_and(|seconds| seconds > 0), "{:?}", down.headers);
    idp.get("/Skills/901").await.is_error(503, "");
    idp.post("/Projects/.search", json!({ "schemas": [SEARCH] })).await.is_error(503, "");
    // What is wrong with the question stays wrong.
    idp.get("/Skills?filter=shoeSize+eq+39").await.is_error(400, "invalidFilter");
    // The mapping itself names the roles.
    assert_eq!(names(idp.get("/Roles").await.is(200).resources()), ["Operator", "Manager", "Admin"]);
    idp.get("/Users").await.is(200);
    idp.get("/ResourceTypes").await.is(200);

    world.vendor_mut().start_again();
    eventually("the list comes back", || async { (idp.get("/Skills").await.status == 200).then_some(()) }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_that_is_slow_is_read_on_behind_the_answer() {
    let world = bridge().connection("answer_within", 2).start().await;
    let idp = world.idp();
    world.vendor().fault(json!({ "match": { "operation": "skills" }, "do": { "delay_ms": 4000 } })).await;
    idp.get("/Skills").await.is_error(503, "").says("it is being read on");
    eventually("the list is there", || async { (idp.get("/Skills").await.status == 200).then_some(()) }).await;
    assert_eq!(world.vendor().calls("skills").await.len(), 1, "nobody asked twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endless_description_is_cut_where_okta_stops_reading() {
    let world = bridge().mapping_with("Talks with visitors", &"é".repeat(1_200)).start().await;
    let role = world.idp().get("/Roles/2").await.is(200);
    assert_eq!(role.body["description"].as_str().map(|text| text.chars().count()), Some(1_000));
}
