//! Whole life cycles as Okta and Entra drive them, many people at the same time, against a vendor with limits and faults. What is answered 429 or 503 is
//! repeated as each of them does it; at the end vendor, bridge and IdP agree person by person.

use std::time::Duration;

use futures_util::StreamExt as _;
use serde_json::{Value, json};

use super::{Bridge, Wish};
use crate::support::Answer;
use crate::support::idp::{GROUP, PATCH, entra_user, okta_user};

/// People.
const PEOPLE: usize = 30;
/// Requests of the IdP at the same time.
const AT_ONCE: usize = 12;
/// Most attempts for one thing.
const PATIENCE: usize = 60;
const TEAMS: [&str; 3] = ["Sales", "CSIM Support", "Contact Center Support"];
const SKILLS: [&str; 3] = ["Swedish", "English", "Billing"];

/// A person, as the IdP wants him: the number decides.
fn name(person: usize) -> String {
    format!("p{person:02}@example.com")
}

async fn troubled() -> Bridge {
    let connection =
        json!({ "answer_within": 10, "limits": { "rate_per_second": 300, "burst": 60, "concurrency": 4 } });
    let knobs = json!({ "rate_per_second": 150, "rate_burst": 40, "team_service_skills": true });
    let bridge = Bridge::start(Wish { connection, knobs, ..Wish::default() }).await;
    trouble(&bridge);
    bridge
}

/// What goes wrong, at calls counted from now.
fn trouble(bridge: &Bridge) {
    for (operation, nth, times, action) in [
        ("createUser", 3, 1, json!({ "cut": "after" })),
        ("createUser", 9, 2, json!({ "status": 503, "body": "<html>no</html>" })),
        ("getUser", 12, 1, json!({ "garbage": true })),
        ("updateUser", 4, 1, json!({ "cut": "after" })),
        ("updateUser", 11, 2, json!({ "status": 502, "when": "after" })),
        ("updateUser", 20, 1, json!({ "limit": { "seconds": 1, "form": "none" } })),
    ] {
        bridge.fault(&json!({ "match": { "operation": operation, "nth": nth, "times": times }, "do": action }));
    }
    bridge.vendor.control().revoke_tokens();
}

/// Repeats a request until it is done, as an IdP does it.
async fn done(bridge: &Bridge, method: &str, path: &str, body: Option<&Value>, well: &[u16]) -> Answer {
    for _ in 0..PATIENCE {
        let Some(answer) = bridge.idp().attempt(method, path, body).await else { continue };
        if well.contains(&answer.status) {
            return answer;
        }
        assert!([429, 503].contains(&answer.status), "{method} {path} was answered {}: {}", answer.status, answer.text);
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("{method} {path} does not come to an end");
}

async fn patched(bridge: &Bridge, path: String, operations: Value) {
    let body = json!({ "schemas": [PATCH], "Operations": operations });
    done(bridge, "PATCH", &path, Some(&body), &[200, 204]).await;
}

/// Creates everybody at the same time; who was created although the answer was lost is found by the repeat.
async fn assigned(bridge: &Bridge, user: fn(&str) -> Value) -> Vec<String> {
    let one = |person: usize| async move {
        let body = user(&name(person));
        let answer = done(bridge, "POST", "/Users", Some(&body), &[201, 409]).await;
        if answer.status == 201 {
            return answer.id();
        }
        bridge.idp().find(&format!("userName eq \"{}\"", name(person))).await.is(200).resources()[0]["id"]
            .as_str()
            .expect("an id")
            .to_owned()
    };
    futures_util::stream::iter((0..PEOPLE).map(one)).buffered(AT_ONCE).collect().await
}

/// Groups of teams (everybody is in one) and of skills (everybody has one).
async fn pushed(bridge: &Bridge, ids: &[String]) -> (Vec<String>, Vec<String>) {
    let (mut teams, mut skills) = (Vec::new(), Vec::new());
    for (prefix, names, into) in [("Team", TEAMS, &mut teams), ("Skill", SKILLS, &mut skills)] {
        for (at, name) in names.iter().enumerate() {
            let body = json!({ "schemas": [GROUP], "displayName": format!("{prefix} {name}"), "members": [] });
            let group = done(bridge, "POST", "/Groups", Some(&body), &[201]).await.id();
            let members: Vec<Value> =
                ids.iter().skip(at).step_by(names.len()).map(|id| json!({ "value": id })).collect();
            let add = json!([{ "op": "add", "path": "members", "value": members }]);
            patched(bridge, format!("/Groups/{group}"), add).await;
            into.push(group);
        }
    }
    (teams, skills)
}

/// Bridge and vendor have of everybody what the IdP wants: person `n` is in team `n + moved`, has skill `n` and what comes with the team, and is disabled when
/// `left` says so.
async fn agree(bridge: &Bridge, moved: usize, left: impl Fn(usize) -> bool) {
    for person in 0..PEOPLE {
        let team = TEAMS[(person + moved) % TEAMS.len()];
        let skill = SKILLS[person % SKILLS.len()];
        let wanted = |account: &Value| {
            account["disabled"] == left(person)
                && (left(person) || account["team"] == team && account["skills"][skill] == 100)
        };
        let settled = || async { bridge.account(&name(person)).filter(|account| wanted(account)) };
        crate::support::eventually("the vendor has what the IdP wants", settled).await;
        let found = bridge.idp().find(&format!("userName eq \"{}\"", name(person))).await.is(200);
        assert_eq!(found.resources()[0]["active"], !left(person), "{}", found.text);
    }
    let state = bridge.vendor.state();
    let users = state["users"].as_array().expect("users");
    let ours =
        users.iter().filter(|user| user["loginId"].as_str().is_some_and(|login| login.ends_with("@example.com")));
    assert_eq!(ours.count(), PEOPLE, "one person, one account");
}

/// The teams in which everybody was, never the usual one: of each change of team that the vendor has seen.
fn teams_seen(bridge: &Bridge) -> Vec<Value> {
    bridge.writes().into_iter().filter_map(|(_, body)| body.get("team").cloned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn okta_takes_thirty_people_through_teams_and_skills() {
    let bridge = troubled().await;
    let ids = assigned(&bridge, okta_user).await;
    let (teams, _) = pushed(&bridge, &ids).await;
    agree(&bridge, 0, |_| false).await;
    // Everybody moves to the next team: all leave, then all join.
    bridge.vendor.control().clear_calls();
    trouble(&bridge);
    for (at, group) in teams.iter().enumerate() {
        let leaving: Vec<Value> = ids
            .iter()
            .skip(at)
            .step_by(TEAMS.len())
            .map(|id| json!({ "op": "remove", "path": format!("members[value eq \"{id}\"]") }))
            .collect();
        patched(&bridge, format!("/Groups/{group}"), leaving.into()).await;
        let next = &teams[(at + 1) % TEAMS.len()];
        let joining: Vec<Value> = ids.iter().skip(at).step_by(TEAMS.len()).map(|id| json!({ "value": id })).collect();
        let add = json!([{ "op": "add", "path": "members", "value": joining }]);
        patched(&bridge, format!("/Groups/{next}"), add).await;
    }
    agree(&bridge, 1, |_| false).await;
    assert!(!teams_seen(&bridge).contains(&json!("Customer Service")), "nobody passes through the usual team");
    // Some leave the company, some of them come back.
    trouble(&bridge);
    let bridge = &bridge;
    for active in [false, true] {
        let one = |person: usize| {
            let path = format!("/Users/{}", ids[person]);
            patched(bridge, path, json!([{ "op": "replace", "value": { "active": active } }]))
        };
        let whom = (0..PEOPLE).filter(|person| person % 4 == 0 && (!active || person % 8 == 0));
        futures_util::stream::iter(whom.map(one)).buffer_unordered(AT_ONCE).collect::<Vec<()>>().await;
    }
    agree(bridge, 1, |person| person % 8 == 4).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn entra_takes_thirty_people_through_teams_and_skills() {
    let bridge = troubled().await;
    let ids = assigned(&bridge, entra_user).await;
    let (teams, _) = pushed(&bridge, &ids).await;
    agree(&bridge, 0, |_| false).await;
    // One member at a time, joining before leaving, as Entra walks through its groups.
    bridge.vendor.control().clear_calls();
    trouble(&bridge);
    for (person, id) in ids.iter().enumerate() {
        let value = json!([{ "$ref": null, "value": id }]);
        let (old, new) = (&teams[person % TEAMS.len()], &teams[(person + 1) % TEAMS.len()]);
        for (group, op) in [(new, "Add"), (old, "Remove")] {
            patched(&bridge, format!("/Groups/{group}"), json!([{ "op": op, "path": "members", "value": value }]))
                .await;
        }
    }
    agree(&bridge, 1, |_| false).await;
    assert!(!teams_seen(&bridge).contains(&json!("Customer Service")), "nobody passes through the usual team");
    // Who goes is disabled, then renamed and disabled again when he is deleted for good, which changes nothing more.
    trouble(&bridge);
    for (person, id) in ids.iter().enumerate().filter(|(person, _)| person % 5 == 0) {
        patched(&bridge, format!("/Users/{id}"), json!([{ "op": "Replace", "path": "active", "value": "False" }]))
            .await;
        assert_eq!(bridge.has(&name(person))["disabled"], true);
    }
    agree(&bridge, 1, |person| person % 5 == 0).await;
}
