//! Many changes at once: none is lost, and the vendor is called once where once is enough.

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{add, addresses, hires, remove, ruled};
use crate::support::{bridge, eventually};

const CROWD: usize = 30;

fn crowd() -> Vec<String> {
    (0..CROWD).map(|number| format!("p{number:02}")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_memberships_that_arrive_while_the_vendor_is_slow_cost_one_call() {
    let world = ruled().start().await;
    let ids = hires(&world, &["alice"]).await;
    let names: Vec<String> = (0..10).map(|number| format!("Skill S{number}")).collect();
    let idp = world.idp();
    let groups: Vec<String> = join_all(names.iter().map(|name| idp.creates_group(name, &[])))
        .await
        .into_iter()
        .map(|made| made.is(201).id())
        .collect();
    world.vendor().forget_calls().await;
    world.vendor().fault(json!({ "match": { "operation": "userUpdate" }, "do": { "delay_ms": 2000 } })).await;
    let slow = tokio::spawn({
        let (idp, id) = (world.idp(), ids[0].clone());
        let change = json!([{ "op": "replace", "path": "nickName", "value": "Al" }]);
        async move { idp.operations(&id, change).await }
    });
    eventually("the vendor is at it", || async {
        (!world.vendor().calls("userUpdate").await.is_empty()).then_some(())
    })
    .await;
    for answer in join_all(groups.iter().map(|group| idp.group_operations(group, add(&[&ids[0]])))).await {
        answer.is(200);
    }
    slow.await.unwrap().is(200);
    let updates = world.vendor().calls("userUpdate").await;
    assert_eq!(updates.len(), 2, "the slow one, and one for ten groups: {updates:#?}");
    let skills = world.vendor().has("alice@example.com").await["skillIds"].clone();
    assert_eq!(skills.as_array().map(Vec::len), Some(10), "{skills}");
}

#[tokio::test(flavor = "multi_thread")]
async fn single_member_patches_at_once_lose_nothing() {
    // D25, B37, B39, B56: a group that only the bridge knows, and one that is a skill.
    for (name, skill) in [("Everyone", None), ("Skill EU", Some("EU"))] {
        let world = ruled().start().await;
        let names = crowd();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let ids = hires(&world, &names).await;
        let idp = world.idp();
        let group = idp.creates_group(name, &[]).await.is(201).id();
        for answer in join_all(ids.iter().map(|id| idp.entra_adds(&group, id))).await {
            answer.is(200);
        }
        assert_eq!(idp.group(&group).await.members().len(), CROWD);
        // Half go, the others are added once more, all at the same time.
        let changes = ids.iter().enumerate().map(|(number, id)| {
            let change = if number % 2 == 0 { remove(id) } else { add(&[id]) };
            idp.group_operations(&group, change)
        });
        for answer in join_all(changes).await {
            answer.is(200);
        }
        let mut left: Vec<String> = idp.group(&group).await.members().iter().map(|&id| id.to_owned()).collect();
        let mut expected: Vec<String> = ids.iter().skip(1).step_by(2).cloned().collect();
        left.sort_unstable();
        expected.sort_unstable();
        assert_eq!(left, expected);
        if let Some(skill) = skill {
            let names: Vec<&str> = names.iter().skip(1).step_by(2).copied().collect();
            assert_eq!(world.vendor().skilled(skill).await, Some(addresses(&names)));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn people_and_groups_change_at_once_and_both_arrive() {
    let world = ruled().start().await;
    let names = crowd();
    let names: Vec<&str> = names.iter().map(String::as_str).take(12).collect();
    let ids = hires(&world, &names).await;
    let idp = world.idp();
    let group = idp.creates_group("Skill EU", &[]).await.is(201).id();
    let changes = ids.iter().map(|id| {
        let change = json!([{ "op": "replace", "path": "name.familyName", "value": "Lind" }]);
        idp.operations(id, change)
    });
    let joins = ids.iter().map(|id| idp.entra_adds(&group, id));
    let (mended, joined) = tokio::join!(join_all(changes), join_all(joins));
    for answer in mended.into_iter().chain(joined) {
        answer.is(200);
    }
    assert_eq!(world.vendor().skilled("EU").await, Some(addresses(&names)));
    for address in addresses(&names) {
        assert_eq!(world.vendor().has(&address).await["lastName"], "Lind", "{address}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whole_pushes_at_once_end_as_one_of_them_says() {
    let world = ruled().start().await;
    let names = ["a", "b", "c", "d"];
    let ids = hires(&world, &names).await;
    let idp = world.idp();
    let group = idp.creates_group("Skill EU", &[]).await.is(201).id();
    let whole = |these: &[usize]| {
        let members: Vec<Value> = these.iter().map(|&one| json!({ "value": ids[one] })).collect();
        json!([{ "op": "replace", "path": "members", "value": members }])
    };
    let choices: [&[usize]; 3] = [&[0, 1], &[1, 2], &[3]];
    for answer in join_all(choices.iter().map(|these| idp.group_operations(&group, whole(these)))).await {
        answer.is(200);
    }
    let found = world.vendor().skilled("EU").await.unwrap();
    let possible = choices.iter().any(|these| {
        let names: Vec<&str> = these.iter().map(|&one| names[one]).collect();
        addresses(&names) == found
    });
    assert!(possible, "not a mixture: {found:?}");
    let mut members: Vec<String> = idp.group(&group).await.members().iter().map(|&id| id.to_owned()).collect();
    members.sort_unstable();
    let mut expected: Vec<String> = names
        .iter()
        .zip(&ids)
        .filter(|(name, _)| found.contains(&super::address(name)))
        .map(|(_, id)| id.clone())
        .collect();
    expected.sort_unstable();
    assert_eq!(members, expected, "bridge and vendor agree");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_of_thousands_is_answered_without_its_members() {
    // D29: above a thousand members 204, unless attributes are asked for.
    let world = bridge().connection("delivery", "accepted").start().await;
    let idp = world.idp();
    let mut ids = Vec::new();
    for chunk in (0..1_001).collect::<Vec<u32>>().chunks(100) {
        let made =
            chunk.iter().map(|number| idp.post("/Users", json!({ "userName": format!("m{number}"), "active": false })));
        ids.extend(join_all(made).await.into_iter().map(|made| made.is(201).id()));
    }
    let (last, first) = ids.split_last().unwrap();
    let first: Vec<&str> = first.iter().map(String::as_str).collect();
    let group = idp.creates_group("Everyone", &first).await.is(201).id();
    let same = idp.group_operations(&group, json!([])).await.is(200);
    assert_eq!(same.members().len(), 1_000);
    let grown = idp.entra_adds(&group, last).await.is(204);
    assert_eq!(grown.text, "");
    let asked = json!({ "schemas": [crate::support::idp::PATCH], "Operations": [] });
    let asked = idp.patch(&format!("/Groups/{group}?attributes=displayName"), asked).await.is(200);
    assert_eq!(asked.body["displayName"], "Everyone");
    assert_eq!(idp.group(&group).await.members().len(), 1_001);
    let listed = idp.get("/Groups?excludedAttributes=members").await.is(200);
    assert_eq!(listed.resources()[0].get("members"), None);
    assert!(listed.text.len() < 2_000, "{} bytes", listed.text.len());
}
