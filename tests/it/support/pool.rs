//! Worlds that several tests use one after the other, for tests that are many and small. A test that changes more than people (faults,
//! knobs, tokens, the configuration) starts a world of its own.

use std::collections::HashMap;
use std::ops::Deref;
use std::process::{Child, Command, Stdio};
use std::sync::{LazyLock, Mutex, PoisonError};

use super::world::{Setup, World};

/// Worlds that nobody uses now, by their set-up. Statics are never dropped: see [`Kept`].
static IDLE: LazyLock<Mutex<HashMap<String, Vec<Kept>>>> = LazyLock::new(Mutex::default);

impl Setup {
    /// A world without people, perhaps one that another test has used.
    pub async fn lease(self) -> Leased {
        let key = self.key();
        let idle = idle().get_mut(&key).and_then(Vec::pop);
        let kept = match idle {
            Some(kept) => kept,
            None => Kept::new(self.start().await),
        };
        Leased { key, kept }
    }
}

/// A world on loan. Given back by [`Leased::give_back`]; a test that fails takes its world with it.
pub struct Leased {
    key: String,
    kept: Kept,
}

impl Leased {
    /// Removes all groups and everybody, and lets the next test have the world.
    pub async fn give_back(self) {
        for kind in ["Groups", "Users"] {
            loop {
                let page = self.idp().get(&format!("/{kind}?attributes=id&count=1000")).await.is(200);
                if page.resources().is_empty() {
                    break;
                }
                for one in page.resources() {
                    let id = one["id"].as_str().expect("an id");
                    self.idp().delete(&format!("/{kind}/{id}")).await.is(204);
                }
            }
        }
        idle().entry(self.key).or_default().push(self.kept);
    }
}

impl Deref for Leased {
    type Target = World;

    fn deref(&self) -> &World {
        &self.kept.world
    }
}

fn idle() -> std::sync::MutexGuard<'static, HashMap<String, Vec<Kept>>> {
    IDLE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A world with a guard, who ends its programs and removes its folder when the test program ends, however it ends.
struct Kept {
    guard: Child,
    world: World,
}

impl Kept {
    fn new(world: World) -> Self {
        let guard = Command::new("sh")
            .args(["-c", "read -r _; kill -9 \"$1\" \"$2\"; rm -rf -- \"$3\"", "guard"])
            .args([world.bridge.id().to_string(), world.vendor().process_id().to_string()])
            .arg(world.folder())
            // The pipe closes with this process.
            .stdin(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("a shell");
        Self { guard, world }
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        let _ = self.guard.kill();
        let _ = self.guard.wait();
    }
}
