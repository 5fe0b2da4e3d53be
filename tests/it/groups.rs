//! A pushed group does the right thing at the vendor: rules of `bridge.yaml`, the shipped mapping's targets, real HTTP on both sides.

mod exclusive;
mod imported;
mod memberships;
mod objects;
mod together;
mod trouble;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::idp::okta_user;
use crate::support::world::Setup;
use crate::support::{World, bridge};

/// What groups mean in these tests.
fn rules() -> Value {
    json!([
        { "when": "Skill *", "target": "skill", "name": "{1}" },
        { "when": "Lasting *", "target": "skill", "name": "{1}", "on_delete": "keep" },
        { "when": "Project *", "target": "project", "name": "{1}" },
        { "when": "Role *", "target": "role", "name": "{1}" },
        { "when": "Day team", "target": "user_group", "id": 55 },
        { "when": "Evening team", "target": "user_group", "id": 56 },
        { "when": "Secret *", "then": "refuse" },
        { "when": "Noise *", "then": "ignore" },
        { "otherwise": "keep" },
    ])
}

/// A bridge with these rules.
fn ruled() -> Setup {
    bridge().connection("groups", rules())
}

/// People, created at once; their ids in the order given.
async fn hires(world: &World, names: &[&str]) -> Vec<String> {
    let idp = world.idp();
    let answers = join_all(names.iter().map(|name| idp.post("/Users", okta_user(&address(name))))).await;
    answers.into_iter().map(|answer| answer.is(201).id()).collect()
}

fn address(name: &str) -> String {
    format!("{name}@example.com")
}

/// Sorted addresses.
fn addresses(names: &[&str]) -> Vec<String> {
    let mut all: Vec<String> = names.iter().map(|name| address(name)).collect();
    all.sort_unstable();
    all
}

/// What the calls of one operation sent.
async fn inputs(world: &World, operation: &str) -> Vec<Value> {
    world.vendor().calls(operation).await.iter().map(|call| call["variables"]["input"].clone()).collect()
}

/// Names of the vendor's operations so far, in order, without sign-ins.
async fn operations(world: &World) -> Vec<String> {
    let calls = world.vendor().calls("").await;
    let names = calls.iter().map(|call| call["operation"].as_str().unwrap_or_default().to_owned());
    names.filter(|name| name != "token").collect()
}

fn add(members: &[&String]) -> Value {
    let members: Vec<Value> = members.iter().map(|id| json!({ "value": id })).collect();
    json!([{ "op": "add", "path": "members", "value": members }])
}

fn remove(member: &str) -> Value {
    json!([{ "op": "remove", "path": format!("members[value eq \"{member}\"]") }])
}

fn rename(name: &str) -> Value {
    json!([{ "op": "replace", "value": { "displayName": name } }])
}
