//! Two hundred people and twenty groups, as Okta and Entra drive them, with trouble at the vendor. In the end vendor, bridge and IdP agree.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::bridge_with;
use super::server::{Quay, error};
use crate::life_cycles::directory::Directory;
use crate::life_cycles::{entra, okta};
use crate::support::{Beside, Stand, Told, Trouble};

#[tokio::test(flavor = "multi_thread")]
async fn okta_takes_everybody_through_their_lives_at_the_fourth_vendor() {
    let vendor = Quay::start();
    let bridge = bridge_with(&vendor, busy("okta"));
    let directory = okta::live(bridge.idp(), async || trouble(&vendor)).await;
    has_arrived(&directory, &bridge, &vendor).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn entra_takes_everybody_through_their_lives_at_the_fourth_vendor() {
    let vendor = Quay::start();
    let bridge = bridge_with(&vendor, busy("entra"));
    let directory = entra::live(bridge.idp(), async || trouble(&vendor)).await;
    has_arrived(&directory, &bridge, &vendor).await;
}

fn busy(profile: &str) -> Value {
    json!({
        "profile": profile,
        "groups": [{ "when": "Support skill *", "target": "team", "name": "{1}" }, { "otherwise": "keep" }],
        "limits": { "rate_per_second": 2000, "burst": 2000, "concurrency": 8 },
        "answer_within": 10,
    })
}

fn trouble(vendor: &Stand<Quay>) {
    let page = |status| Trouble::Instead(Told::text(status, "<html>sorry</html>"));
    // whoever is signed in is so for three hundred calls
    vendor.with(|quay| quay.calls_per_session = 300);
    vendor.with(|quay| quay.sessions.clear());
    vendor.fault_after(5, "POST /v7/people", Trouble::Lost);
    vendor.fault_after(40, "POST /v7/people", page(503));
    vendor.fault_after(60, "POST /v7/people", Trouble::Instead(error("slow_down", json!({ "retry_in_ms": 50 }))));
    vendor.fault_after(10, "PATCH /v7/people/*", page(412));
    vendor.fault_after(20, "PATCH /v7/people/*", Trouble::Lost);
    vendor.fault_after(15, "GET /v7/people/*", page(502));
    vendor.fault_after(25, "PUT /v7/people/*/teams", Trouble::Lost);
    vendor.fault_after(5, "PUT /v7/people/*/teams", page(500));
    vendor.fault_after(30, "POST /v7/teams/*/members", Trouble::Lost);
    vendor.fault_after(10, "POST /v7/teams/*/members", Trouble::Instead(error("maintenance", json!({}))));
    vendor.fault_after(5, "DELETE /v7/teams/*/members/*", Trouble::Lost);
    vendor.fault_after(3, "POST /v7/people/*/disable", Trouble::Lost);
    vendor.fault_after(2, "POST /v7/people/*/enable", page(500));
    vendor.fault_after(2, "POST /v7/teams", Trouble::Lost);
    vendor.fault_after(1, "PATCH /v7/teams/*", Trouble::Lost);
    vendor.fault("DELETE /v7/teams/*", page(503));
    vendor.fault("GET /v7/departments", page(500));
}

async fn has_arrived(directory: &Directory, bridge: &Beside, vendor: &Stand<Quay>) {
    bridge.settles().await;
    let mut wrong = directory.differences(&bridge.idp()).await;
    for (number, person) in directory.people.iter().enumerate() {
        let login = person.name.trim_start_matches(entra::GONE);
        let account = vendor.with(|quay| quay.person(login));
        let Some(account) = account.filter(|_| !person.gone) else {
            if !person.gone {
                wrong.push(format!("{login} has no account"));
            }
            continue;
        };
        let found = json!([
            account["mail"],
            account["given"],
            account["family"],
            account["state"],
            account["department"]["id"].is_i64()
        ]);
        let state = if person.active { "enabled" } else { "disabled" };
        let wanted = json!([login, person.given, person.family, state, true]);
        if found != wanted {
            wrong.push(format!("{login}: the vendor has {found} instead of {wanted}"));
        }
        let teams: BTreeSet<String> = vendor.with(|quay| quay.teams_of(login)).into_iter().collect();
        if person.active && teams != directory.skills(number) {
            wrong.push(format!("{login} is in {teams:?} instead of {:?}", directory.skills(number)));
        }
    }
    let people = directory.people.iter().filter(|person| !person.gone).count();
    let (accounts, teams) = vendor.with(|quay| (quay.people.len() - 1, quay.teams.len()));
    let groups =
        directory.groups.iter().filter(|group| !group.gone && group.name.starts_with("Support skill ")).count();
    assert_eq!((accounts, teams), (people, groups), "no account and no team too many");
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}
