//! Many operations in one request (RFC 7644 section 3.7): each as if it had come alone, in an order that their references allow.

use serde_json::{Value, json};
use tokio::time::Instant;

use crate::support::idp::{ENTERPRISE, GROUP, PATCH, USER, okta_user};
use crate::support::{Answer, Idp, bridge, eventually};

const BULK: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";

async fn sends(idp: &Idp, operations: Value) -> Answer {
    idp.post("/Bulk", json!({ "schemas": [BULK], "Operations": operations })).await
}

fn create(bulk_id: &str) -> Value {
    json!({ "method": "POST", "path": "/Users", "bulkId": bulk_id, "data": okta_user(&format!("{bulk_id}@example.com")) })
}

fn create_below(bulk_id: &str, manager: &str) -> Value {
    let mut operation = create(bulk_id);
    operation["data"][ENTERPRISE] = json!({ "department": "Care", "manager": { "value": manager } });
    operation
}

fn rename(path: &str, name: &str) -> Value {
    let operations = json!([{ "op": "replace", "path": "displayName", "value": name }]);
    json!({ "method": "PATCH", "path": path, "data": { "schemas": [PATCH], "Operations": operations } })
}

#[track_caller]
fn operations(answer: &Answer) -> &[Value] {
    assert_eq!(
        answer.body["schemas"],
        json!(["urn:ietf:params:scim:api:messages:2.0:BulkResponse"]),
        "{}",
        answer.text
    );
    answer.body["Operations"].as_array().expect("a BulkResponse has Operations")
}

#[track_caller]
fn statuses(answer: &Answer) -> Vec<&str> {
    operations(answer).iter().map(|done| done["status"].as_str().expect("a status is a text")).collect()
}

/// The id at the end of an operation's `location`.
#[track_caller]
fn id_of(done: &Value) -> String {
    let location = done["location"].as_str().unwrap_or_else(|| panic!("no location: {done}"));
    location.rsplit('/').next().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_method_does_what_it_does_alone_and_results_are_in_order() {
    let world = bridge().lease().await;
    let idp = world.idp();
    let ids = [idp.okta_creates("a@example.com").await.id(), idp.okta_creates("b@example.com").await.id()];
    let third = idp.okta_creates("c@example.com").await.id();
    let mut put = okta_user("b@example.com");
    put["displayName"] = json!("Replaced");
    let answer = sends(
        &idp,
        json!([
            rename(&format!("/Users/{}", ids[0]), "Patched"),
            { "method": "PUT", "path": format!("/Users/{}", ids[1]), "data": put, "bulkId": "two" },
            create("new"),
            { "method": "delete", "path": format!("Users/{third}") },
        ]),
    )
    .await
    .is(200);
    assert_eq!(answer.header("content-type"), Some("application/scim+json"));
    assert_eq!(statuses(&answer), ["200", "200", "201", "204"]);
    let done = operations(&answer);
    let methods: Vec<&Value> = done.iter().map(|done| &done["method"]).collect();
    assert_eq!(methods, ["PATCH", "PUT", "POST", "delete"]);
    assert_eq!((&done[1]["bulkId"], &done[2]["bulkId"]), (&json!("two"), &json!("new")));
    assert!(done.iter().all(|done| done.get("response").is_none()));
    for (done, name) in done.iter().zip(["Patched", "Replaced", "Mara Voss"]) {
        let read = idp.get(&format!("/Users/{}", id_of(done))).await.is(200);
        assert_eq!((&read.body["displayName"], &read.body["meta"]["location"]), (&json!(name), &done["location"]));
        assert_eq!(read.header("etag"), done["version"].as_str());
    }
    assert_eq!(id_of(&done[3]), third);
    idp.get(&format!("/Users/{third}")).await.is_error(404, "");
    world.vendor().has("new@example.com").await;
    assert_eq!(world.vendor().account("c@example.com").await, None);
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn references_are_resolved_forwards_backwards_and_in_paths() {
    let world = bridge().lease().await;
    let idp = world.idp();
    let answer = sends(
        &idp,
        json!([
            rename("/Users/bulkId:boss", "The Boss"),
            create_below("one", "bulkId:boss"),
            create("boss"),
            create_below("two", "bulkId:one"),
        ]),
    )
    .await
    .is(200);
    assert_eq!(statuses(&answer), ["200", "201", "201", "201"]);
    let ids: Vec<String> = operations(&answer).iter().map(id_of).collect();
    assert_eq!(ids[0], ids[2]);
    assert_eq!(idp.get(&format!("/Users/{}", ids[2])).await.is(200).body["displayName"], "The Boss");
    for (below, above) in [(1, 2), (3, 1)] {
        let read = idp.get(&format!("/Users/{}", ids[below])).await.is(200);
        assert_eq!(read.body[ENTERPRISE]["manager"]["value"], json!(ids[above]));
    }
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_who_are_each_others_managers_come_into_being() {
    let world = bridge().lease().await;
    let idp = world.idp();
    let circle =
        json!([create_below("a", "bulkId:b"), create_below("b", "bulkId:a"), create_below("self", "bulkId:self")]);
    let answer = sends(&idp, circle).await.is(200);
    assert_eq!(statuses(&answer), ["201", "201", "201"]);
    let ids: Vec<String> = operations(&answer).iter().map(id_of).collect();
    for (below, above) in [(0, 1), (1, 0), (2, 2)] {
        let read = idp.get(&format!("/Users/{}", ids[below])).await.is(200);
        assert_eq!(read.body[ENTERPRISE], json!({ "department": "Care", "manager": { "value": ids[above] } }));
        assert_eq!(operations(&answer)[below]["version"], read.body["meta"]["version"], "the version is the last one");
    }
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_circle_that_cannot_be_opened_is_a_conflict() {
    let world = bridge().lease().await;
    let idp = world.idp();
    let named_after = |bulk_id: &str, other: &str| {
        let mut operation = create(bulk_id);
        operation["data"]["userName"] = json!(format!("bulkId:{other}"));
        operation
    };
    let answer = sends(&idp, json!([named_after("a", "b"), named_after("b", "a"), create("c")])).await.is(200);
    assert_eq!(statuses(&answer), ["409", "409", "201"]);
    let detail = |number: usize| operations(&answer)[number]["response"]["detail"].to_string();
    assert!(detail(0).contains("circle"), "{}", detail(0));
    assert!(detail(1).contains("bulkId a"), "{}", detail(1));
    assert_eq!(idp.get("/Users").await.is(200).body["totalResults"], 1);
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_circle_that_breaks_says_what_is_there_and_what_is_not() {
    let world = bridge().lease().await;
    let idp = world.idp();
    for (name, message) in [("a", json!({})), ("c", json!({ "failOnErrors": 1 }))] {
        let mut other = create_below("other", &format!("bulkId:{name}"));
        other["data"]["emails"] = json!(7);
        let mut message = message;
        message["schemas"] = json!([BULK]);
        message["Operations"] = json!([create_below(name, "bulkId:other"), other]);
        let answer = idp.post("/Bulk", message).await.is(200);
        assert_eq!(statuses(&answer), ["409", "400"]);
        let broken = &operations(&answer)[0];
        let read = idp.get(&format!("/Users/{}", id_of(broken))).await.is(200);
        assert_eq!(read.body[ENTERPRISE], json!({ "department": "Care" }), "all but the reference is there");
        assert!(
            broken["response"]["detail"].as_str().is_some_and(|detail| detail.contains("was created as")),
            "{broken}"
        );
    }
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_in_a_circle_are_refused_before_one_of_them_is_there() {
    let world = bridge().lease().await;
    let idp = world.idp();
    // The example of section 3.7.1.
    let group = |bulk_id: &str, name: &str, other: &str| {
        let members = json!([{ "type": "Group", "value": format!("bulkId:{other}") }]);
        let data = json!({ "schemas": [GROUP], "displayName": name, "members": members });
        json!({ "method": "POST", "path": "/Groups", "bulkId": bulk_id, "data": data })
    };
    let both = json!([group("qwerty", "Group A", "ytrewq"), group("ytrewq", "Group B", "qwerty")]);
    let answer = sends(&idp, both).await.is(200);
    assert_eq!(statuses(&answer), ["400", "409"]);
    let detail = operations(&answer)[0]["response"]["detail"].as_str().unwrap_or_default();
    assert!(detail.contains("groups in groups") && detail.contains("ytrewq"), "{detail}");
    assert_eq!(idp.get("/Groups").await.is(200).body["totalResults"], 0);
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_patch_of_the_example_in_the_rfc_is_understood() {
    let world = bridge().lease().await;
    let idp = world.idp();
    let id = idp.okta_creates("a@example.com").await.id();
    let version = idp.get(&format!("/Users/{id}")).await.is(200).body["meta"]["version"].clone();
    // Section 3.7.3: the list of operations without the message around it.
    let list = json!([{ "op": "remove", "path": "nickName" }, { "op": "add", "path": "displayName", "value": "Dave" }]);
    let patch = json!({ "method": "PATCH", "path": format!("/Users/{id}"), "version": version, "data": list });
    assert_eq!(statuses(&sends(&idp, json!([patch])).await.is(200)), ["200"]);
    assert_eq!(idp.get(&format!("/Users/{id}")).await.is(200).body["displayName"], "Dave");
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_that_fails_says_why_and_leaves_the_others_alone() {
    let world = bridge().lease().await;
    let idp = world.idp();
    let id = idp.okta_creates("a@example.com").await.id();
    let path = format!("/Users/{id}");
    let mut stale = rename(&path, "Stale");
    stale["version"] = json!("W/\"999\"");
    let answer = sends(
        &idp,
        json!([
            create("a"),
            { "method": "POST", "path": "/Users", "bulkId": "nameless", "data": { "schemas": [USER] } },
            create_below("below", "bulkId:nameless"),
            create_below("lost", "bulkId:nobody"),
            { "method": "GET", "path": path },
            { "method": "DELETE", "path": "/Users/nobody" },
            { "method": "PUT", "path": "/Users", "data": {} },
            "nonsense",
            stale,
            create("fine"),
            create("fine"),
        ]),
    )
    .await
    .is(200);
    assert_eq!(statuses(&answer), ["409", "400", "409", "400", "400", "404", "400", "400", "412", "201", "400"]);
    let done = operations(&answer);
    let types: Vec<&str> = done.iter().map(|done| done["response"]["scimType"].as_str().unwrap_or("")).collect();
    assert_eq!(
        types,
        [
            "uniqueness",
            "invalidValue",
            "",
            "invalidValue",
            "invalidSyntax",
            "",
            "invalidPath",
            "invalidSyntax",
            "",
            "",
            "invalidValue"
        ]
    );
    for failed in done.iter().filter(|done| done["status"] != "201") {
        assert_eq!(failed["response"]["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:Error"]));
        assert_eq!(failed["response"]["status"], failed["status"]);
        assert!(failed["response"]["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{failed}");
        assert!(
            failed["method"] != "POST" || failed.get("location").is_none(),
            "what was not made is nowhere: {failed}"
        );
    }
    assert_eq!(id_of(&done[8]), id);
    assert_eq!(idp.get(&path).await.is(200).body["displayName"], "Mara Voss");
    assert_eq!(idp.get("/Users").await.is(200).body["totalResults"], 2);
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fail_on_errors_ends_the_bulk_and_nothing_behind_it_was_begun() {
    let world = bridge().lease().await;
    let idp = world.idp();
    let bad = json!({ "method": "DELETE", "path": "/Users/nobody" });
    for (limit, processed) in [(1, 3), (2, 5), (3, 6)] {
        let name = |n: usize| format!("{limit}-{n}");
        let list = json!([
            create(&name(0)),
            rename(&format!("/Users/bulkId:{}", name(0)), "New"),
            bad,
            create(&name(1)),
            bad,
            create(&name(2))
        ]);
        let message = json!({ "schemas": [BULK], "failOnErrors": limit, "Operations": list });
        let answer = idp.post("/Bulk", message).await.is(200);
        let expected = &["201", "200", "404", "201", "404", "201"][..processed];
        assert_eq!(statuses(&answer), expected, "failOnErrors {limit}");
    }
    assert_eq!(idp.get("/Users").await.is(200).body["totalResults"], 1 + 2 + 3);
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bulk_that_is_too_large_is_refused_with_the_limit_that_is_advertised() {
    let world = bridge().lease().await;
    let idp = world.idp();
    let bulk = idp.get("/ServiceProviderConfig").await.is(200).body["bulk"].clone();
    assert_eq!(bulk["supported"], true);
    let most = usize::try_from(bulk["maxOperations"].as_u64().unwrap()).unwrap();
    let bad = json!({ "method": "DELETE", "path": "/Users/nobody" });
    sends(&idp, json!(vec![&bad; most + 1])).await.is_error(413, "tooMany").says(&most.to_string());
    let answer = sends(&idp, json!(vec![&bad; most])).await.is(200);
    assert!(statuses(&answer).iter().all(|status| *status == "404"));
    assert_eq!(statuses(&answer).len(), most);

    let most = usize::try_from(bulk["maxPayloadSize"].as_u64().unwrap()).unwrap();
    let body = json!({ "schemas": [BULK], "Operations": [] }).to_string();
    let padded = |length: usize| format!("{body}{}", " ".repeat(length - body.len()));
    let send = |text: String| idp.request("POST", "/Bulk").header("content-type", "application/scim+json").body(text);
    let refused = idp.send("POST /Bulk".to_owned(), send(padded(most + 1))).await;
    refused.is_error(413, "").says(&most.to_string());
    let fits = idp.send("POST /Bulk".to_owned(), send(padded(most))).await.is(200);
    assert_eq!(operations(&fits), &[] as &[Value]);
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_bulk_is_refused_as_a_whole() {
    let world = bridge().lease().await;
    let idp = world.idp();
    for wrong in [
        json!({}),
        json!([]),
        json!({ "schemas": [PATCH], "Operations": [] }),
        json!({ "schemas": [BULK] }),
        json!({ "schemas": [BULK], "Operations": "none" }),
        json!({ "schemas": [BULK], "failOnErrors": -1, "Operations": [] }),
    ] {
        idp.post("/Bulk", wrong).await.is_error(400, "invalidSyntax");
    }
    world
        .idp_with(None)
        .post("/Bulk", json!({ "schemas": [BULK], "Operations": [create("a")] }))
        .await
        .is_error(401, "");
    assert_eq!(idp.get("/Users").await.is(200).body["totalResults"], 0);
    world.give_back().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_created_side_by_side() {
    let world = bridge().start().await;
    // One after the other they would take 16 s.
    world
        .vendor()
        .fault(json!({ "match": { "operation": "userCreate", "times": "always" }, "do": { "delay_ms": 1000 } }))
        .await;
    let begun = Instant::now();
    let creates: Vec<Value> = (0..16).map(|number| create(&format!("p{number}"))).collect();
    let answer = sends(&world.idp(), json!(creates)).await.is(200);
    assert!(statuses(&answer).iter().all(|status| *status == "201"), "{}", answer.text);
    assert!(begun.elapsed().as_secs() < 10, "{:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bulk_is_answered_in_time_and_says_what_goes_on_and_what_was_not_begun() {
    let world = bridge().connection("answer_within", 2).start().await;
    world
        .vendor()
        .fault(json!({ "match": { "operation": "userCreate", "times": "always" }, "do": { "delay_ms": 4000 } }))
        .await;
    let creates: Vec<Value> = (0..80).map(|number| create(&format!("p{number}"))).collect();
    let begun = Instant::now();
    let answer = sends(&world.idp(), json!(creates)).await.is(200);
    assert!(begun.elapsed().as_secs() < 7, "{:?}", begun.elapsed());
    assert_eq!(statuses(&answer).len(), 80);
    let (mut going_on, mut not_begun) = (Vec::new(), 0);
    for (number, done) in operations(&answer).iter().enumerate() {
        let detail = done["response"]["detail"].as_str().unwrap_or_default();
        assert!(["503", "429"].contains(&done["status"].as_str().unwrap()), "{done}");
        if detail.contains("not begun") {
            not_begun += 1;
        } else {
            assert!(detail.contains("goes on"), "{done}");
            going_on.push(format!("p{number}@example.com"));
        }
    }
    assert!(!going_on.is_empty() && not_begun > 0, "{} go on, {not_begun} were not begun", going_on.len());
    world.vendor().heal().await;
    for email in &going_on {
        world.vendor().gets(email).await;
    }
    let idp = world.idp();
    eventually("those who go on are all there, and no others", || async {
        let found = idp.get("/Users?count=0").await.is(200);
        (found.body["totalResults"] == json!(going_on.len())).then_some(())
    })
    .await;
}
