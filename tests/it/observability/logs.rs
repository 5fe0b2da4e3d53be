//! Log lines: one per request, valid, with the names of things and never with what is private.

use serde_json::{Value, json};

use scim_bridge::simulator::iadvize::{SERVICE_EMAIL, SERVICE_PASSWORD};

use crate::support::world::TOKEN;
use crate::support::{World, bridge, eventually, idp};

const ALICE: &str = "alice@example.com";
/// What the IdP sends, and the vendor takes.
const PASSWORD: &str = "q7T2-randomly-made-By-the-IdP!";

/// The lines so far; every one but the announcement is a JSON object.
#[track_caller]
fn lines(world: &World) -> Vec<Value> {
    let log = world.bridge.log();
    let machine = log.iter().filter(|line| !line.starts_with("listening on ") && !line.starts_with("metrics on "));
    let read = |line: &String| {
        let value: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(value.is_object(), "{line}");
        value
    };
    machine.map(read).collect()
}

/// The lines about answered requests.
fn answered(world: &World) -> Vec<Value> {
    let is_answer = |line: &Value| line["message"].as_str().is_some_and(|text| text.contains(" answered "));
    lines(world).into_iter().filter(is_answer).collect()
}

/// A whole life with its accidents: refusals, conflicts, repeats, wrong tokens, strangers, protected accounts.
async fn live(world: &World) {
    let (okta, vendor) = (world.idp(), world.vendor());
    let with_password = |name: &str, password: &str| {
        let mut user = idp::okta_user(name);
        user["password"] = json!(password);
        user
    };
    okta.post("/Users", with_password(ALICE, "too-short-of-mine")).await.is_error(400, "invalidValue");
    let id = okta.post("/Users", with_password(ALICE, PASSWORD)).await.is(201).id();
    vendor.fault(json!({ "match": { "operation": "userUpdate" }, "do": { "status": 503, "body": ALICE } })).await;
    okta.operations(&id, json!([{ "op": "replace", "path": "name.familyName", "value": "Lindqvist" }])).await.is(200);
    okta.post("/Users", idp::okta_user(ALICE)).await.is_error(409, "uniqueness");
    let mut bob = with_password("bob@example.com", PASSWORD);
    bob[idp::VENDOR] = json!({ "samlId": "saml-of-bob", "projectIds": [424_242_424] });
    okta.post("/Users", bob.clone()).await.is_error(400, "invalidValue");
    bob[idp::VENDOR] = json!({ "samlId": "saml-of-bob" });
    okta.post("/Users", bob).await.is(201);
    let taken = json!([{ "op": "add", "path": format!("{}:samlId", idp::VENDOR), "value": "saml-of-bob" }]);
    okta.operations(&id, taken).await.is_error(409, "uniqueness");
    okta.post("/Users", idp::okta_user(SERVICE_EMAIL)).await.is_error(403, "");
    okta.post("/Users", idp::okta_user("guarded@example.com")).await.is_error(403, "");
    okta.post("/Users", json!({ "schemas": [idp::USER], "userName": "no-address" }))
        .await
        .is_error(400, "invalidValue");
    world.idp_with(Some("a-stranger's-token")).get("/Users").await.is_error(401, "");
    okta.get(&format!("/Users/{ALICE}")).await.is_error(404, "");
    okta.find(&format!("emails.value eq \"{ALICE}\"")).await.is(200);
    vendor.act("/_sim/revoke_tokens", json!({})).await;
    okta.okta_sets_active(&id, false).await.is(200);
    okta.okta_sets_active(&id, true).await.is(200);
    okta.delete(&format!("/Users/{id}")).await.is(204);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_private_is_logged_however_much_is_logged() {
    for filter in ["info", "debug"] {
        let world = bridge()
            .setting("send_password", true)
            .connection("protected", json!(["guarded@example.com"]))
            .environment("RUST_LOG", filter)
            .start()
            .await;
        world.vendor().makes("guarded@example.com").await;
        live(&world).await;
        // The last line is written after the answer.
        eventually("the deletion is logged", || async {
            answered(&world).iter().any(|line| line["method"] == "DELETE").then_some(())
        })
        .await;
        let log = world.bridge.log().join("\n");
        assert!(log.contains("DELETE"), "{log}");
        let secrets = [
            (TOKEN, "the IdP's token"),
            ("a-stranger's-token", "a wrong token"),
            (SERVICE_PASSWORD, "the vendor's password"),
            (PASSWORD, "the person's password"),
            ("too-short-of-mine", "a refused password"),
            ("Bearer", "a token of the vendor"),
            ("access_token", "a token of the vendor"),
        ];
        let private = [
            (ALICE, "an address"),
            ("alice", "a name"),
            ("bob@", "an address"),
            ("guarded@", "a protected address"),
            (SERVICE_EMAIL, "the address of the bridge's account"),
            ("Mara", "a first name"),
            ("Voss", "a last name"),
            ("Lindqvist", "a last name"),
            ("saml-of-bob", "a SAML id"),
            ("no-address", "a userName"),
            ("userErrors", "a body"),
            ("schemas", "a body"),
        ];
        for (text, what) in secrets.into_iter().chain(private) {
            let found = world.bridge.log().into_iter().find(|line| line.contains(text));
            assert_eq!(found, None, "{what} is in the log at {filter}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_request_is_one_line_with_the_names_of_things() {
    let world = bridge().start().await;
    let id = world.idp().okta_creates(ALICE).await.id();
    world.idp().get(&format!("/Users/{id}")).await.is(200);
    world.idp_with(Some("wrong")).get("/Users").await.is_error(401, "");
    world.root("/health/live").await.is(200);
    world.root("/somewhere/else").await.is(404);
    let lines = eventually("five lines", || async {
        let lines = answered(&world);
        (lines.len() >= 5).then_some(lines)
    })
    .await;
    assert_eq!(lines.len(), 5, "{lines:#?}");
    for line in &lines {
        assert_eq!(line["level"], "INFO", "{line}");
        assert!(line["at"].as_str().is_some_and(|at| at.ends_with('Z')), "{line}");
        assert!(line["duration_ms"].as_f64().is_some_and(|took| took >= 0.0), "{line}");
        assert!(line["request_id"].as_str().is_some_and(|id| id.len() > 8), "{line}");
        let (method, route, status) = (line["method"].as_str(), line["route"].as_str(), &line["status"]);
        let message = format!("{} {} answered {status}", method.expect("a method"), route.expect("a route"));
        assert_eq!(line["message"], json!(message), "a message reads alone");
    }
    let [_, create, read, wrong, nowhere] = &lines[..] else { panic!("{lines:#?}") };
    assert_eq!(
        (&create["method"], &create["route"], &create["status"]),
        (&json!("POST"), &json!("/Users"), &json!(201))
    );
    assert_eq!((&create["connection"], &create["credential"]), (&json!("support"), &json!("test")));
    assert_eq!((&read["route"], &read["status"]), (&json!("/Users/{id}"), &json!(200)));
    for line in [create, read] {
        assert_eq!(line["scim.id"], json!(id), "the person can be found in the log: {line}");
    }
    assert_eq!((&wrong["status"], wrong.get("credential")), (&json!(401), None));
    assert_eq!((&nowhere["route"], nowhere.get("connection")), (&json!("unknown"), None));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_watches_the_bridge_is_logged_only_when_that_is_wanted_or_something_is_wrong() {
    let watched = |world: &World| -> Vec<(Value, Value)> {
        let routes = ["/health/live", "/health/ready", "/metrics"];
        let lines = answered(world).into_iter();
        let lines = lines.filter(|line| line["route"].as_str().is_some_and(|route| routes.contains(&route)));
        lines.map(|line| (line["level"].clone(), line["status"].clone())).collect()
    };
    let quiet = bridge().start().await;
    for path in ["/health/live", "/health/ready", "/metrics"] {
        quiet.root(path).await.is(200);
    }
    std::fs::remove_file(quiet.folder().join("bridge.db")).expect("the store is there");
    quiet.root("/health/ready").await.is(503);
    let lines =
        eventually("the bad answer", || async { Some(watched(&quiet)).filter(|lines| !lines.is_empty()) }).await;
    assert_eq!(lines, [(json!("INFO"), json!(503))]);

    let chatty = bridge().environment("RUST_LOG", "debug").start().await;
    chatty.root("/metrics").await.is(200);
    eventually("a line of level debug", || async {
        watched(&chatty).contains(&(json!("DEBUG"), json!(200))).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_id_leads_from_the_idp_to_the_vendor_and_into_the_story() {
    let world = bridge().environment("RUST_LOG", "info,scim_bridge::vendor=debug").start().await;
    let okta = world.idp();
    let send = |id: Option<&'static str>, user: &str| {
        let mut request = okta.request("POST", "/Users").header("content-type", "application/scim+json");
        if let Some(id) = id {
            request = request.header("X-Request-Id", id);
        }
        okta.send(format!("POST {user}"), request.body(idp::okta_user(user).to_string()))
    };
    let given = send(Some("okta-run-17/4711"), ALICE).await.is(201);
    assert_eq!(given.header("x-request-id"), Some("okta-run-17/4711"));
    let made = send(None, "bob@example.com").await.is(201);
    let forged = send(Some("two words \"and\" more"), "carol@example.com").await.is(201);

    let mut ids = Vec::new();
    for (answer, person) in [(&given, ALICE), (&made, "bob@example.com"), (&forged, "carol@example.com")] {
        let id = answer.header("x-request-id").expect("a request id").to_owned();
        let calls = world.vendor().calls("userCreate").await;
        let call = calls.iter().find(|call| call["variables"]["input"]["email"] == json!(person)).expect("the call");
        assert_eq!(call["request_id"], json!(id), "the vendor was told");
        let story = world.json(&["story", "--json", person]);
        assert!(story.as_array().is_some_and(|story| story.len() >= 3), "{story}");
        for event in story.as_array().expect("a list") {
            assert_eq!(event["request_id"], json!(id), "{event}");
        }
        eventually("the lines of the request", || async {
            let lines = lines(&world);
            let its = |from: &str| {
                let of = |line: &&Value| line["request_id"] == json!(id) && line["from"].as_str() == Some(from);
                lines.iter().filter(of).count()
            };
            (its("scim_bridge::inbound::answer") == 1 && its("scim_bridge::vendor::report") == 1).then_some(())
        })
        .await;
        ids.push(id);
    }
    assert!(!ids[2].contains("words"), "an id that could forge a line is replaced");
    ids.dedup();
    assert_eq!(ids.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_is_a_warning_and_giving_up_is_an_error() {
    let world = bridge().start().await;
    let id = world.idp().okta_creates(ALICE).await.id();
    world.vendor().fault(json!({ "match": { "operation": "userUpdate" }, "do": { "status": 503 } })).await;
    let change = json!([{ "op": "replace", "path": "name.givenName", "value": "New" }]);
    world.idp().operations(&id, change).await.is(200);
    let mut bob = idp::okta_user("bob@example.com");
    bob[idp::VENDOR] = json!({ "projectIds": [999_999] });
    world.idp().post("/Users", bob).await.is_error(400, "invalidValue");
    let (repeat, given_up) = eventually("both are logged", || async {
        let lines = lines(&world);
        let repeat =
            lines.iter().find(|line| line["message"].as_str().is_some_and(|text| text.contains("is repeated")));
        let given_up = lines.iter().find(|line| line["message"].as_str().is_some_and(|text| text.contains("for good")));
        Some((repeat?.clone(), given_up?.clone()))
    })
    .await;
    assert_eq!(repeat["level"], "WARN");
    for field in ["connection", "request_id", "call", "attempt", "status", "meaning", "pause_ms"] {
        assert!(!repeat[field].is_null(), "{field}: {repeat}");
    }
    assert_eq!(given_up["level"], "ERROR");
    for field in ["connection", "request_id", "scim.id"] {
        assert!(!given_up[field].is_null(), "{field}: {given_up}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_filter_is_wrong_usage() {
    let world = bridge().start().await;
    let wrong = world.run(&["serve", "--log", "scim_bridge=loud", "--listen", "127.0.0.1:0"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("scim_bridge=loud"), "{wrong:?}");
}
