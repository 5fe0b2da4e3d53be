//! `pending` and `story`: what waits and why, and what has happened to a person.

use serde_json::{Value, json};

use crate::support::{World, bridge, idp};

const ALICE: &str = "alice@example.com";

fn text(world: &World, arguments: &[&str]) -> String {
    let output = world.run(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

fn whats(story: &Value) -> Vec<&str> {
    story.as_array().expect("a list").iter().map(|event| event["what"].as_str().expect("a word")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_work_is_shown_with_its_reason() {
    let world = bridge().connection("answer_within", 1).start().await;
    let id = world.idp().okta_creates(ALICE).await.id();
    let account = world.vendor().has(ALICE).await;
    assert_eq!(world.json(&["pending", "--json"]), json!([]));
    world.vendor().act("/_sim/busy", json!({ "userId": account["id"], "busy": true })).await;
    let late = world.idp().okta_sets_active(&id, false).await.is_error(503, "");
    let pending = world.json(&["pending", "--json"]);
    let work = &pending[0];
    assert_eq!(pending.as_array().map(Vec::len), Some(1), "{pending}");
    for (field, value) in [
        ("connection", json!("support")),
        ("name", json!(ALICE)),
        ("id", json!(id)),
        ("vendor_id", json!(account["id"].to_string())),
        ("state", json!("pending")),
        ("what", json!("departure")),
        ("request_id", json!(late.header("x-request-id"))),
    ] {
        assert_eq!(work[field], value, "{field}: {work}");
    }
    assert!(work["attempts"].as_u64() >= Some(1), "{work}");
    assert!(work["reason"].as_str().is_some_and(|reason| reason.contains("conversation")), "{work}");
    assert!(work["next_attempt"].as_str().is_some_and(|at| at.ends_with('Z')), "{work}");
    let shown = text(&world, &["pending"]);
    assert!(shown.contains(ALICE) && shown.contains("conversation") && shown.contains("next attempt"), "{shown}");
    assert_eq!(text(&world, &["pending", "--connection", "support"]), shown);
    assert_eq!(world.run(&["pending", "--connection", "other"]).status.code(), Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_story_is_a_whole_life_under_every_name() {
    let world = bridge().start().await;
    let okta = world.idp();
    let created = okta.okta_creates(ALICE).await;
    let id = created.id();
    let key = world.vendor().has(ALICE).await["id"].to_string();
    let renamed = json!([
        { "op": "replace", "path": "userName", "value": "alice.lind@example.com" },
        { "op": "replace", "path": "emails[type eq \"work\"].value", "value": "alice.lind@example.com" },
    ]);
    let renamed = okta.operations(&id, renamed).await.is(200);
    let mut taken = idp::okta_user("bob@example.com");
    taken[idp::VENDOR] = json!({ "samlId": "taken" });
    okta.post("/Users", taken).await.is(201);
    let refused = json!([{ "op": "add", "path": format!("{}:samlId", idp::VENDOR), "value": "taken" }]);
    okta.operations(&id, refused).await.is_error(409, "uniqueness");
    let gone = okta.okta_sets_active(&id, false).await.is(200);

    let story = world.json(&["story", "--json", ALICE]);
    assert_eq!(
        whats(&story),
        [
            "scim.create",
            "vendor.done",
            "settled",
            "scim.patch",
            "vendor.done",
            "settled",
            "scim.patch",
            "vendor.refused",
            "restored",
            "scim.patch",
            "vendor.done",
            "settled"
        ],
        "{story:#}"
    );
    let events = story.as_array().expect("a list");
    let time = |event: &Value| event["at"].as_str().and_then(|at| at.parse::<jiff::Timestamp>().ok()).expect("a time");
    let ats: Vec<_> = events.iter().map(time).collect();
    assert!(ats.is_sorted(), "{ats:?}");
    for event in events {
        assert_eq!((&event["connection"], &event["id"]), (&json!("support"), &json!(id)), "{event}");
    }
    for (place, answer) in [(0, &created), (4, &renamed), (11, &gone)] {
        assert_eq!(events[place]["request_id"], json!(answer.header("x-request-id")), "{}", events[place]);
    }
    assert_eq!((&events[0]["name"], &events[11]["name"]), (&json!(ALICE), &json!("alice.lind@example.com")));
    assert!(events[7]["detail"].as_str().is_some_and(|detail| detail.contains("SAML")), "{}", events[7]);

    let external = format!("00u-{ALICE}");
    for name in ["ALICE.LIND@example.com", &external, &id] {
        assert_eq!(world.json(&["story", "--json", name]), story, "{name}");
    }
    let shown = text(&world, &["story", ALICE]);
    assert_eq!(shown.lines().count(), 12);
    assert!(shown.contains(created.header("x-request-id").expect("an id")), "{shown}");

    // The vendor's key leads to the person as long as there is an account.
    okta.okta_sets_active(&id, true).await.is(200);
    let key_now = world.vendor().has("alice.lind@example.com").await["id"].to_string();
    assert_ne!(key, key_now);
    assert_eq!(whats(&world.json(&["story", "--json", &key_now])).len(), 15);

    okta.delete(&format!("/Users/{id}")).await.is(204);
    for name in [ALICE, "alice.lind@example.com", &external, &id] {
        let whole = world.json(&["story", "--json", name]);
        assert_eq!(whats(&whole).len(), 19, "{name}: a deleted person's story is still told");
    }
    let nobody = world.run(&["story", "nobody@example.com"]);
    assert_eq!(nobody.status.code(), Some(1));
}
