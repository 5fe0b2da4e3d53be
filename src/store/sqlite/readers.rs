//! Connections for reading: a few for look-ups made where they are asked for, and two for long scans on threads of their own.
//!
//! A look-up by key takes about ten microseconds, less than handing it to another thread; so it is done inline, on the worker that asks. A read
//! begins after the commits that returned before it, so everyone sees his own writes.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, TryLockError};
use std::time::Duration;

use rusqlite::{Connection, InterruptHandle};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::fault::{Fault, unavailable};
use super::open;
use crate::store::StoreError;

/// Connections for look-ups. Each costs a page cache of one MiB at most.
const READERS: usize = 4;
/// Scans at the same time; further ones wait.
const SCANNERS: usize = 2;
/// How long a scan waits for its turn.
const SCAN_TURN_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a scan may take; then it is interrupted.
const SCAN_TIMEOUT: Duration = Duration::from_secs(20);

/// Connections for look-ups.
#[derive(Debug)]
pub(super) struct Readers {
    slots: Vec<Mutex<Connection>>,
    next: AtomicUsize,
}

impl Readers {
    /// Opens them.
    pub(super) fn open(path: &Path) -> Result<Self, Fault> {
        let slots = (0..READERS).map(|_| open::reader(path).map(Mutex::new)).collect::<Result<_, _>>()?;
        Ok(Self { slots, next: AtomicUsize::new(0) })
    }

    /// Runs a short look-up here and now: on the first connection that is free, else behind another look-up.
    pub(super) fn look<T>(&self, look: impl FnOnce(&Connection) -> T) -> T {
        let start = self.next.fetch_add(1, Ordering::Relaxed) % self.slots.len();
        let (behind, before) = self.slots.split_at(start);
        for slot in before.iter().chain(behind) {
            match slot.try_lock() {
                Ok(connection) => return look(&connection),
                // A look-up panicked; its statement was reset when it was dropped, the connection is as good as before.
                Err(TryLockError::Poisoned(poisoned)) => return look(&poisoned.into_inner()),
                Err(TryLockError::WouldBlock) => {}
            }
        }
        look(&self.slots[start].lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Connections for scans, opened when first needed.
#[derive(Debug)]
pub(super) struct Scanners {
    idle: Mutex<Vec<Connection>>,
    turns: Arc<Semaphore>,
    path: PathBuf,
}

impl Scanners {
    /// For the file; nothing is opened yet.
    pub(super) fn new(path: &Path) -> Self {
        Self { idle: Mutex::default(), turns: Arc::new(Semaphore::new(SCANNERS)), path: path.to_owned() }
    }

    /// Runs a scan on a thread of its own. It is interrupted when it takes too long or when nobody waits for it any more.
    pub(super) async fn scan<T: Send + 'static>(
        &self,
        scan: impl FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        let turn = timeout(SCAN_TURN_TIMEOUT, Arc::clone(&self.turns).acquire_owned()).await;
        let Ok(Ok(turn)) = turn else {
            return Err(unavailable(&self.path, "too many long queries at a time, ask again in a few seconds"));
        };
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = idle.map_or_else(|| open::reader(&self.path), Ok).map_err(|fault| fault.at(&self.path))?;
        let interrupt = InterruptOnDrop(Some(connection.get_interrupt_handle()));
        let mut task = tokio::task::spawn_blocking(move || {
            let result = scan(&connection);
            drop(turn);
            (connection, result)
        });
        let Ok(ended) = timeout(SCAN_TIMEOUT, &mut task).await else {
            let seconds = SCAN_TIMEOUT.as_secs();
            return Err(unavailable(
                &self.path,
                format!("a query took longer than {seconds} s and was stopped; filter by an indexed attribute"),
            ));
        };
        interrupt.disarm();
        let (connection, result) =
            ended.map_err(|error| unavailable(&self.path, format!("a long query failed: {error}")))?;
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < SCANNERS {
            idle.push(connection);
        }
        drop(idle);
        result.map_err(|fault| fault.at(&self.path))
    }
}

/// Stops the scan when the one who asked goes away. The connection is closed then, so that the interrupt cannot hit another scan.
struct InterruptOnDrop(Option<InterruptHandle>);

impl InterruptOnDrop {
    fn disarm(mut self) {
        self.0 = None;
    }
}

impl Drop for InterruptOnDrop {
    fn drop(&mut self) {
        if let Some(handle) = &self.0 {
            handle.interrupt();
        }
    }
}
