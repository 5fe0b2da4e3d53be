//! Chaos: forty people live their lives at random, join and leave groups, while network, vendor and bridge fail at random, and at the end everything
//! is as the IdP said.
//!
//! The IdP behaves as Okta and Entra do: it asks whether somebody is there before it creates him, links whom it finds, and repeats what was
//! answered with 409, 429, 503 or not at all. After each success the vendor is looked at: the answer must be true at that moment, and no person
//! may ever have two accounts. Groups get other names all the while. `CHAOS_SEED=7 cargo test --test it chaos` runs another life; a failure prints its seed.

mod life;
mod memberships;
mod trouble;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;
use tokio::sync::{RwLock, Semaphore};

use crate::support::{World, bridge, eventually};
use life::Life;
use memberships::Groups;

/// People.
const PEOPLE: u64 = 40;
/// What each of them goes through, beginning with the create.
const EVENTS: usize = 9;
/// How many of them are busy at the same time.
const AT_ONCE: usize = 12;

#[tokio::test(flavor = "multi_thread")]
async fn everybody_ends_as_the_idp_said_when_deactivation_deletes() {
    live(seed(1), "delete").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_ends_as_the_idp_said_when_deactivation_parks() {
    live(seed(2), "park").await;
}

fn seed(usual: u64) -> u64 {
    std::env::vars().find(|(name, _)| name == "CHAOS_SEED").map_or(usual, |(_, seed)| seed.parse().expect("a number"))
}

async fn live(seed: u64, policy: &'static str) {
    let _told = Told { seed, policy };
    let world = bridge()
        .setting("deactivation", policy)
        .connection("answer_within", 3)
        .connection("groups", memberships::rules())
        .start()
        .await;
    world.vendor().knobs(json!({ "login_limit_per_account": 10_000, "login_limit_per_address": 10_000 })).await;
    let groups = Arc::new(Groups::push(&world).await);
    let world = Arc::new(RwLock::new(world));
    let over = Arc::new(AtomicBool::new(false));
    let trouble = tokio::spawn(trouble::make(world.clone(), seed, over.clone()));
    let names = tokio::spawn(memberships::rename(world.clone(), groups.clone(), seed, over.clone()));
    let room = Arc::new(Semaphore::new(AT_ONCE));
    let lives: Vec<_> = (0..PEOPLE)
        .map(|number| {
            let (world, room, groups) = (world.clone(), room.clone(), groups.clone());
            tokio::spawn(async move {
                let mut life = Life::new(number, seed, policy, world, groups);
                for event in 0..EVENTS {
                    let _place = room.acquire().await.expect("it is never closed");
                    life.goes_on(event).await;
                }
                life
            })
        })
        .collect();
    let mut people = Vec::new();
    for life in lives {
        people.push(life.await.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic())));
    }
    over.store(true, Ordering::Release);
    trouble.await.expect("the trouble ends by itself");
    let names = names.await.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));

    let world = world.read().await;
    eventually("nothing is pending", || async {
        let pending = world.json(&["pending", "--config", "bridge.yaml", "--json"]);
        pending.as_array().is_some_and(Vec::is_empty).then_some(())
    })
    .await;
    for life in &mut people {
        life.is_true(&world, "at the end").await;
    }
    groups.are_as(&people, &names, &world).await;
    let living = people.iter().filter(|life| life.is_there()).count();
    let found = world.idp().get("/Users?count=1").await.is(200);
    assert_eq!(found.body["totalResults"], living, "nobody is left over at the bridge");
    groups.go(&world).await;
}

/// Tells with which seed it failed.
struct Told {
    seed: u64,
    policy: &'static str,
}

impl Drop for Told {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("chaos with policy {} failed: CHAOS_SEED={}", self.policy, self.seed);
        }
    }
}

/// A small generator of numbers: the same for the same seed on every machine (SplitMix64).
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut chance = Self(seed.wrapping_mul(0x9E37_79B9).wrapping_add(stream.wrapping_mul(0x1234_5677)));
        chance.below(1);
        chance
    }

    /// From 0 to `end`, without `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % end
    }

    pub fn one_of<'a, T>(&mut self, these: &'a [T]) -> &'a T {
        let at = usize::try_from(self.below(these.len() as u64)).expect("it is below a length");
        &these[at]
    }
}

/// The world as the many see it.
pub type Shared = Arc<RwLock<World>>;
