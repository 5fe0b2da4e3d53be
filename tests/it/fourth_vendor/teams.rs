//! Teams: objects that groups stand for, and memberships that are calls of their own.

use serde_json::json;

use super::server::Quay;
use super::{ada, bridge_to};

#[tokio::test]
async fn a_group_makes_a_team_renames_it_and_takes_it_away() {
    let vendor = Quay::start();
    let bridge = bridge_to(&vendor);
    let idp = bridge.idp();
    let person = idp.post("/Users", ada(json!({}))).await.is(201).id();
    vendor.asked();
    let group = idp.creates_group("Team Night", &[&person]).await.is(201).id();
    assert_eq!(vendor.with(|quay| quay.teams_of("ada")), ["Night"]);
    let name = json!([{ "op": "Replace", "path": "displayName", "value": "Team Dawn" }]);
    idp.group_operations(&group, name).await.is(200);
    assert_eq!(vendor.with(|quay| quay.teams_of("ada")), ["Dawn"], "the same team under another name");
    idp.delete(&format!("/Groups/{group}")).await.is(204);
    assert!(vendor.with(|quay| quay.teams.is_empty()));
    let sent = vendor.asked();
    let calls: Vec<String> = sent.iter().filter(|asked| asked.is_change()).map(crate::support::Asked::call).collect();
    assert_eq!(
        calls,
        [
            "POST /v7/teams",
            "POST /v7/teams/70/members",
            "PATCH /v7/teams/70",
            "DELETE /v7/teams/70/members/401",
            "DELETE /v7/teams/70"
        ]
    );
    let rename = sent.iter().find(|asked| asked.method == "PATCH").expect("a rename");
    assert_eq!((&rename.body, rename.header("if-match")), (&json!({ "name": "Dawn" }), Some("\"t70-1\"")));
    let delete = sent.last().expect("the deletion");
    assert_eq!((&delete.body, delete.header("if-match")), (&json!({ "confirm": true }), Some("\"t70-2\"")));
}

#[tokio::test]
async fn one_membership_is_one_call_and_several_are_set_together() {
    let vendor = Quay::start();
    vendor.with(|quay| ["A", "B", "C"].map(|name| quay.makes_team(name)));
    let bridge = bridge_to(&vendor);
    let idp = bridge.idp();
    let person = idp.post("/Users", ada(json!({}))).await.is(201).id();
    let groups = {
        let mut groups = Vec::new();
        for name in ["Team A", "Team B", "Team C"] {
            groups.push(idp.creates_group(name, &[]).await.is(201).id());
        }
        groups
    };
    vendor.asked();
    idp.entra_adds(&groups[0], &person).await.is(200);
    idp.entra_removes(&groups[0], &person).await.is(200);
    assert_eq!(vendor.changes(), ["POST /v7/teams/70/members", "DELETE /v7/teams/70/members/401"]);
    let teams: [i64; 3] = [70, 71, 72];
    let body = json!({ super::OWN: { "teams": teams } });
    idp.put(&format!("/Users/{person}"), ada(body)).await.is(200);
    assert_eq!(vendor.changes(), ["PUT /v7/people/401/teams"]);
    assert_eq!(vendor.with(|quay| quay.teams_of("ada")), ["A", "B", "C"]);
}

#[tokio::test]
async fn what_is_refused_together_is_done_one_by_one() {
    let vendor = Quay::start();
    let teams: Vec<i64> = vendor.with(|quay| (0..7).map(|number| quay.makes_team(&format!("T{number}"))).collect());
    let bridge = bridge_to(&vendor);
    let idp = bridge.idp();
    let person = idp.post("/Users", ada(json!({}))).await.is(201).id();
    vendor.asked();
    let body = json!({ super::OWN: { "teams": teams } });
    idp.put(&format!("/Users/{person}"), ada(body)).await.is(200);
    let changes = vendor.changes();
    assert_eq!((changes.len(), changes[0].as_str()), (8, "PUT /v7/people/401/teams"), "{changes:?}");
    assert_eq!(vendor.with(|quay| quay.teams_of("ada")).len(), 7);
}

#[tokio::test]
async fn of_several_teams_the_one_that_takes_nobody_is_told() {
    let vendor = Quay::start();
    let teams: Vec<i64> = vendor.with(|quay| {
        let teams = ["A", "B", "Locked"].map(|name| quay.makes_team(name)).to_vec();
        quay.team("Locked").expect("just made").locked = true;
        teams
    });
    let bridge = bridge_to(&vendor);
    let idp = bridge.idp();
    let person = idp.post("/Users", ada(json!({}))).await.is(201).id();
    let body = json!({ super::OWN: { "teams": teams } });
    let answer = idp.put(&format!("/Users/{person}"), ada(body)).await.is_error(400, "invalidValue");
    assert!(answer.text.contains("takes nobody"), "{}", answer.text);
    bridge.settles().await;
    assert_eq!(vendor.with(|quay| quay.teams_of("ada")), Vec::<String>::new(), "what was done before is taken back");
    let changes = vendor.changes();
    assert_eq!(changes[5..], ["PUT /v7/people/401/teams"], "{changes:?}");
}

#[tokio::test]
async fn whoever_is_in_the_team_already_or_left_it_by_hand_is_no_trouble() {
    let vendor = Quay::start();
    let night = vendor.with(|quay| quay.makes_team("Night"));
    let bridge = bridge_to(&vendor);
    let idp = bridge.idp();
    let person = idp.post("/Users", ada(json!({}))).await.is(201).id();
    let group = idp.creates_group("Team Night", &[]).await.is(201).id();
    vendor.with(|quay| quay.people.get_mut(&401).expect("she is there").teams.insert(night));
    idp.entra_adds(&group, &person).await.is(200);
    vendor.with(|quay| quay.people.get_mut(&401).expect("she is there").teams.clear());
    idp.entra_removes(&group, &person).await.is(200);
    assert_eq!(vendor.with(|quay| quay.teams_of("ada")), Vec::<String>::new());
}

#[tokio::test]
async fn a_team_that_is_gone_is_told_apart_from_a_person_who_is_gone() {
    let vendor = Quay::start();
    vendor.with(|quay| quay.makes_team("Night"));
    let bridge = bridge_to(&vendor);
    let idp = bridge.idp();
    let person = idp.post("/Users", ada(json!({}))).await.is(201).id();
    let group = idp.creates_group("Team Night", &[]).await.is(201).id();

    vendor.with(|quay| quay.teams.clear());
    let answer = idp.entra_adds(&group, &person).await.is_error(400, "invalidValue");
    assert!(answer.text.contains("team does not exist"), "{}", answer.text);

    vendor.with(|quay| {
        quay.makes_team("Night");
        quay.people.remove(&401);
    });
    idp.entra_adds(&group, &person).await.is(200);
    let ada = vendor.with(|quay| quay.person("ada")).expect("she was made again");
    assert_eq!(ada["teams"][0]["name"], "Night");
}
