//! Two hundred people and twenty groups, as Okta and Entra drive them, with trouble at the vendor. In the end vendor, bridge and IdP agree. The groups
//! that stand for groups of the vendor are those that nobody renames.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::bridge_with;
use super::server::Ledger;
use crate::life_cycles::directory::Directory;
use crate::life_cycles::{entra, okta};
use crate::support::{Beside, Stand, Told, Trouble};

#[tokio::test(flavor = "multi_thread")]
async fn okta_takes_everybody_through_their_lives_at_the_fifth_vendor() {
    let vendor = Ledger::start();
    let bridge = bridge_with(&vendor, busy("okta"));
    let directory = okta::live(bridge.idp(), async || trouble(&vendor)).await;
    has_arrived(&directory, &bridge, &vendor).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn entra_takes_everybody_through_their_lives_at_the_fifth_vendor() {
    let vendor = Ledger::start();
    let bridge = bridge_with(&vendor, busy("entra"));
    let directory = entra::live(bridge.idp(), async || trouble(&vendor)).await;
    has_arrived(&directory, &bridge, &vendor).await;
}

fn busy(profile: &str) -> Value {
    json!({
        "profile": profile,
        "groups": [{ "when": "Support skill S1*", "target": "group", "name": "S1{1}" }, { "otherwise": "keep" }],
        "limits": { "rate_per_second": 2000, "burst": 2000, "concurrency": 8 },
        "answer_within": 10,
    })
}

fn trouble(vendor: &Stand<Ledger>) {
    let page = |status| Trouble::Instead(Told::text(status, "<html>sorry</html>"));
    vendor.fault_after(5, "POST /admin/users.json", Trouble::Lost);
    vendor.fault_after(40, "POST /admin/users.json", page(503));
    vendor.fault_after(60, "POST /admin/users.json", Trouble::Instead(Told::text(429, "slow").with("Retry-After", 0)));
    vendor.fault_after(10, "PUT /admin/users/*", Trouble::Lost);
    vendor.fault_after(20, "PUT /admin/users/*", page(500));
    vendor.fault_after(15, "GET /admin/users/*", page(502));
    vendor.fault_after(2, "DELETE /admin/users/*", Trouble::Lost);
    vendor.fault_after(4, "DELETE /admin/users/*", page(503));
    vendor.fault_after(2, "POST /admin/groups.json", Trouble::Lost);
}

async fn has_arrived(directory: &Directory, bridge: &Beside, vendor: &Stand<Ledger>) {
    bridge.settles().await;
    let mut wrong = directory.differences(&bridge.idp()).await;
    for (number, person) in directory.people.iter().enumerate() {
        let is_there = person.active && !person.gone;
        let account = vendor.with(|ledger| ledger.user(&person.name));
        let Some(account) = account.filter(|_| is_there) else {
            if is_there {
                wrong.push(format!("{} has no account", person.name));
            }
            continue;
        };
        let found = json!([account["email"], account["first_name"], account["last_name"], account["language"]]);
        let wanted = json!([person.name, person.given, person.family, "en"]);
        if found != wanted {
            wrong.push(format!("{}: the vendor has {found} instead of {wanted}", person.name));
        }
        let groups: BTreeSet<String> = vendor.with(|ledger| ledger.groups_of(&person.name)).into_iter().collect();
        let wanted: BTreeSet<String> =
            directory.skills(number).into_iter().filter(|skill| skill.starts_with("S1")).collect();
        if groups != wanted {
            wrong.push(format!("{} is in {groups:?} instead of {wanted:?}", person.name));
        }
    }
    let people = directory.people.iter().filter(|person| person.active && !person.gone).count();
    let (accounts, made) = vendor.with(|ledger| (ledger.users.len() - 1, ledger.groups.len()));
    let groups =
        directory.groups.iter().filter(|group| !group.gone && group.name.starts_with("Support skill S1")).count();
    assert_eq!((accounts, made), (people, groups), "no account and no group too many");
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}
