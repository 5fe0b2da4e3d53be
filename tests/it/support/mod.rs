//! The small language of the tests: real programs, real HTTP, an IdP's requests on one side and the vendor's state on the other.
//!
//! ```ignore
//! let world = bridge().setting("deactivation", "park").start().await;
//! let alice = world.idp().okta_creates("alice@example.com").await;
//! world.vendor().has("alice@example.com").await;
//! ```
//!
//! Waiting is always for a condition ([`eventually`]), never for a time.

mod answer;
mod beside;
pub mod idp;
mod pool;
pub mod process;
pub mod prometheus;
mod raw;
mod stand;
mod vendor;
pub mod world;

pub use answer::Answer;
pub use beside::Beside;
pub use idp::Idp;
pub use pool::Leased;
pub use process::{Program, program, run_in};
pub use raw::raw;
pub use stand::{Asked, MadeUp, Stand, Told, Trouble};
pub use vendor::Vendor;
pub use world::{TOKEN, World, bridge, http_client};

use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;

/// Longest time that a condition may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Asks again and again until there is an answer; panics at the caller's line when none comes.
#[track_caller]
pub fn eventually<T, F, A>(what: &'static str, ask: F) -> impl Future<Output = T>
where
    F: Fn() -> A,
    A: Future<Output = Option<T>>,
{
    let caller = std::panic::Location::caller();
    async move {
        let begun = Instant::now();
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            assert!(begun.elapsed() < PATIENCE, "{caller}: not within {} s: {what}", PATIENCE.as_secs());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}
