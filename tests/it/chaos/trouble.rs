//! What goes wrong: calls to the vendor, its tokens, conversations, and twice the bridge itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use super::{Chance, Shared};

/// Pause between two troubles.
const PACE: Duration = Duration::from_millis(150);
/// Troubles after which the bridge is killed.
const KILLS: [u32; 2] = [8, 20];
/// After so many, things go well again.
const MOST: u32 = 120;

/// Makes trouble until life is over, then heals everything.
pub async fn make(world: Shared, seed: u64, over: Arc<AtomicBool>) {
    let mut chance = Chance::new(seed, 999);
    let mut count = 0;
    while !over.load(Ordering::Acquire) && count < MOST {
        count += 1;
        if KILLS.contains(&count) {
            let mut world = world.write().await;
            tokio::task::block_in_place(|| world.crash_and_restart());
        } else {
            one(&world, &mut chance).await;
        }
        tokio::time::sleep(PACE).await;
    }
    heal(&world).await;
}

async fn one(world: &Shared, chance: &mut Chance) {
    let world = world.read().await;
    let vendor = world.vendor();
    match chance.below(12) {
        0 => vendor.act("/_sim/revoke_tokens", json!({})).await,
        1 => {
            let accounts = live_accounts(&vendor.state().await["ha"]);
            if !accounts.is_empty() {
                let busy = chance.one_of(&accounts);
                vendor.may_act("/_sim/busy", json!({ "userId": busy, "busy": true })).await;
            }
        }
        2 | 3 => free_everybody(&world).await,
        _ => {
            let operation =
                *chance.one_of(&["userCreate", "userUpdate", "userDelete", "users", "user", "token", "skillUpdate"]);
            let times = chance.below(3) + 1;
            let action = match chance.below(10) {
                0 | 1 => json!({ "cut": "before" }),
                2 | 3 => json!({ "cut": "after" }),
                4 => json!({ "limit": { "seconds": 1 } }),
                5 => json!({ "status": chance.one_of(&[500, 502, 503]), "body": "<html>no</html>" }),
                6 => json!({ "status": 502, "when": "after" }),
                7 => json!({ "garbage": true }),
                8 => json!({ "truncate": 20 }),
                _ => json!({ "delay_ms": 1200, "when": chance.one_of(&["before", "after"]) }),
            };
            vendor.fault(json!({ "match": { "operation": operation, "times": times }, "do": action })).await;
        }
    }
}

async fn heal(world: &Shared) {
    let world = world.read().await;
    world.vendor().heal().await;
    free_everybody(&world).await;
}

async fn free_everybody(world: &crate::support::World) {
    for busy in busy_accounts(&world.vendor().state().await["ha"]) {
        world.vendor().may_act("/_sim/busy", json!({ "userId": busy, "busy": false })).await;
    }
}

fn live_accounts(state: &Value) -> Vec<Value> {
    users(state)
        .filter(|user| user["isDeleted"] == json!(false) && user["externalId"].is_string())
        .map(|user| user["id"].clone())
        .collect()
}

fn busy_accounts(state: &Value) -> Vec<Value> {
    users(state)
        .filter(|user| user["isDeleted"] == json!(false) && user["busy"] == json!(true))
        .map(|user| user["id"].clone())
        .collect()
}

/// All accounts of a state.
pub fn users(state: &Value) -> impl Iterator<Item = &Value> {
    state["users"]
        .as_array()
        .into_iter()
        .flatten()
        .chain(state["users"].as_object().into_iter().flat_map(|users| users.values()))
}
