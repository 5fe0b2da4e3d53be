//! Whole life cycles as Okta and Entra drive them: two hundred people and twenty groups at the concurrency of the real ones, against a vendor with
//! limits and faults. What is answered 429 or 503 is repeated as each of them does it; at the end vendor, bridge and IdP agree person by person
//! and group by group.

pub mod directory;
pub mod entra;
pub mod okta;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Answer, World, bridge};
use directory::Directory;

/// People.
const PEOPLE: usize = 200;
/// Groups: skills, then two roles, then two that only the bridge knows.
const GROUPS: usize = 20;
/// Most attempts for one thing; more is a bridge that has forgotten it.
const PATIENCE: u32 = 60;
/// Longest pause that a test makes, whatever the answer asks for.
const PAUSE: Duration = Duration::from_millis(1_500);

/// What the IdP wants, shared by all that it does at the same time.
#[derive(Clone)]
struct Shared(Arc<Mutex<Directory>>);

impl Shared {
    fn new(directory: Directory) -> Self {
        Self(Arc::new(Mutex::new(directory)))
    }

    /// To be read or changed at once; never held over an await.
    fn now(&self) -> MutexGuard<'_, Directory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How one attempt ended.
enum Ended {
    Well,
    /// To be tried again, in so many seconds if the answer said so.
    Again(Option<u64>),
}

/// A bridge between this profile and a vendor whose limits are tighter than the bridge's.
async fn world(profile: &str) -> World {
    let rules = json!([
        { "when": "Support skill *", "target": "skill", "name": "{1}" },
        { "when": "Admin role *", "target": "role", "name": "{1}" },
        { "otherwise": "keep" },
    ]);
    let limits = json!({ "rate_per_second": 400, "burst": 100, "concurrency": 8 });
    let world = bridge()
        .connection("profile", profile)
        .connection("groups", rules)
        .connection("limits", limits)
        .connection("answer_within", 10)
        .start()
        .await;
    world.vendor().knobs(json!({ "rate_per_second": 200, "rate_burst": 80 })).await;
    world
}

/// What goes wrong at the vendor in each phase, at calls counted from now.
async fn trouble(world: &World) {
    for (operation, nth, times, action) in [
        ("userCreate", 5, 1, json!({ "cut": "after" })),
        ("userCreate", 40, 2, json!({ "status": 503, "body": "<html>no</html>" })),
        ("userCreate", 80, 1, json!({ "garbage": true })),
        ("userUpdate", 10, 3, json!({ "status": 502, "when": "after" })),
        ("userUpdate", 30, 2, json!({ "cut": "after" })),
        ("userUpdate", 60, 1, json!({ "limit": { "seconds": 1 } })),
        ("userUpdate", 90, 1, json!({ "truncate": 20 })),
        ("userDelete", 3, 2, json!({ "cut": "before" })),
        ("skillCreate", 2, 1, json!({ "cut": "after" })),
        ("skillCreate", 6, 2, json!({ "status": 500 })),
        ("skillUpdate", 1, 1, json!({ "cut": "after" })),
        ("skillDelete", 1, 1, json!({ "status": 503 })),
        ("token", 1, 1, json!({ "status": 503 })),
    ] {
        let calls = json!({ "operation": operation, "nth": nth, "times": times });
        world.vendor().fault(json!({ "match": calls, "do": action })).await;
    }
    world.vendor().act("/_sim/revoke_tokens", json!({})).await;
}

/// What an IdP makes of an answer: well, to be repeated, or a panic, because it would give up for good.
#[track_caller]
fn judge(what: &str, answer: Option<&Answer>, well: &[u16]) -> Ended {
    match answer {
        Some(answer) if well.contains(&answer.status) => Ended::Well,
        Some(answer) if [429, 503].contains(&answer.status) => {
            let wait = answer.header("retry-after").map(|seconds| {
                seconds.parse().unwrap_or_else(|_| panic!("{what}: Retry-After is whole seconds, not {seconds:?}"))
            });
            Ended::Again(wait)
        }
        Some(answer) => panic!("{what} was answered {}: {}", answer.status, answer.text),
        None => Ended::Again(None),
    }
}

/// The pause before a repeat.
fn pause(wait: Option<u64>) -> Duration {
    wait.map_or(PAUSE / 5, Duration::from_secs).min(PAUSE)
}

fn patch_body(operations: &Value) -> Value {
    json!({ "schemas": [crate::support::idp::PATCH], "Operations": operations })
}
