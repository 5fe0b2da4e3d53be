//! The one thread that writes. Commits that wait together share one transaction and one fsync (group commit).
//!
//! Each commit has a savepoint of its own: one that is refused takes nothing of the others with it. The answer is sent after the transaction is
//! durable. While the disk syncs, the next commits gather in the queue, so that the fsync's time bounds the latency, not the throughput.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout};

use super::fault::{Fault, describe, unavailable};
use super::open::{Identity, Lock};
use super::schema;
use crate::store::{StoreError, metrics as names};

/// Commits that may wait for the writer. When it is full, callers wait until there is room, at most [`COMMIT_TIMEOUT`].
const QUEUE_LENGTH: usize = 1024;
/// Largest number of commits in one transaction; more wait for the next. Keeps the time to an answer short when thousands wait.
const GROUP_LENGTH: usize = 256;
/// How long a caller waits for a commit, queue and fsync together.
const COMMIT_TIMEOUT: Duration = Duration::from_secs(15);
/// How long a health check waits for the writer.
const CHECK_TIMEOUT: Duration = Duration::from_secs(2);
/// How long dropping the store waits for the commits under way.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(10);
/// Pages in the log after which it is copied into the file (4 KiB each).
const CHECKPOINT_PAGES: i64 = 1000;
/// Work for the writer: runs inside a savepoint, answers how many rows it touched.
pub(super) type Work = Box<dyn FnOnce(&Connection) -> Result<u64, Fault> + Send>;

/// Work and who waits for it.
struct Job {
    work: Work,
    reply: oneshot::Sender<Result<u64, StoreError>>,
}

/// The way to the thread. Dropping it lets the thread finish what is queued and close the file.
#[derive(Debug)]
pub(super) struct Writer {
    queue: Option<mpsc::Sender<Job>>,
    /// Something in the last group failed for the machine's sake, so a health check must try a true write.
    failing: Arc<AtomicBool>,
    /// Disconnected when the thread has ended.
    ended: Mutex<std::sync::mpsc::Receiver<()>>,
    path: PathBuf,
}

impl Writer {
    /// Starts the thread. The lock is kept until the file is closed.
    pub(super) fn start(connection: Connection, path: &Path, lock: Lock) -> Result<Self, StoreError> {
        let (queue, jobs) = mpsc::channel(QUEUE_LENGTH);
        let (alive, ended) = std::sync::mpsc::channel();
        let failing = Arc::new(AtomicBool::new(false));
        let identity = Identity::of(path).map_err(|problem| unavailable(path, problem))?;
        let thread = Thread { identity, connection, path: path.to_owned(), failing: Arc::clone(&failing) };
        std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || {
                // Closes the file at its end; then the lock goes, then those are told who wait for the end.
                thread.run(jobs);
                drop(lock);
                drop::<std::sync::mpsc::Sender<()>>(alive);
            })
            .map_err(|error| unavailable(path, format!("cannot start the writer's thread: {error}")))?;
        Ok(Self { queue: Some(queue), failing, ended: Mutex::new(ended), path: path.to_owned() })
    }

    /// Does the work, durably, or nothing of it.
    pub(super) async fn submit(&self, work: Work) -> Result<u64, StoreError> {
        let handed_in = Instant::now();
        let result = self.submit_within(COMMIT_TIMEOUT, work).await;
        metrics::histogram!(names::COMMIT_SECONDS).record(handed_in.elapsed().as_secs_f64());
        result
    }

    /// Does the thread live and have its file, can it take the write lock, and (after a failure) can it write again?
    pub(super) async fn check(&self) -> Result<(), StoreError> {
        let work: Work = if self.failing.load(Ordering::Acquire) {
            // Rewrites the file's first page as it is.
            Box::new(|connection| Ok(connection.pragma_update(None, "user_version", schema::VERSION).map(|()| 0)?))
        } else {
            Box::new(|_| Ok(0))
        };
        self.submit_within(CHECK_TIMEOUT, work).await.map(|_| ())
    }

    /// As [`Self::submit`], with another limit and without being measured.
    pub(super) async fn submit_within(&self, limit: Duration, work: Work) -> Result<u64, StoreError> {
        let stopped =
            || unavailable(&self.path, "the thread that writes has stopped; restart the bridge, its log says why");
        let (reply, answer) = oneshot::channel();
        #[cfg(test)]
        let _clock = hold_paused_clock();
        let outcome = timeout(limit, async {
            let queue = self.queue.as_ref().ok_or_else(stopped)?;
            queue.send(Job { work, reply }).await.map_err(|_| stopped())?;
            answer.await.unwrap_or_else(|_| Err(stopped()))
        });
        outcome.await.unwrap_or_else(|_| {
            let seconds = limit.as_secs();
            Err(unavailable(
                &self.path,
                format!("no answer from the disk within {seconds} s; whether the change was written is not known"),
            ))
        })
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue = None;
        let ended = self.ended.get_mut().unwrap_or_else(PoisonError::into_inner);
        if ended.recv_timeout(CLOSE_TIMEOUT) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
            tracing::error!(path = %self.path.display(), "store: the file was not closed in time; nothing that was confirmed is lost");
        }
    }
}

/// Keeps tokio's paused clock still during a commit: it advances when all tasks wait, but not while a thread of tokio's works. Without this, a test
/// with a paused clock would see its timeouts pass before the disk answers.
#[cfg(test)]
fn hold_paused_clock() -> std::sync::mpsc::Sender<()> {
    let (guard, dropped) = std::sync::mpsc::channel();
    drop(tokio::task::spawn_blocking(move || dropped.recv()));
    guard
}

/// What the thread owns.
struct Thread {
    identity: Identity,
    connection: Connection,
    path: PathBuf,
    failing: Arc<AtomicBool>,
}

impl Thread {
    /// Works until the queue is closed and empty.
    fn run(self, mut jobs: mpsc::Receiver<Job>) {
        let queue_length = metrics::gauge!(names::QUEUE_LENGTH);
        let group_commits = metrics::histogram!(names::GROUP_COMMITS);
        let mut group = Vec::with_capacity(GROUP_LENGTH);
        while jobs.blocking_recv_many(&mut group, GROUP_LENGTH) > 0 {
            #[expect(clippy::cast_precision_loss, reason = "the queue is shorter than 2^52")]
            queue_length.set(jobs.len() as f64);
            // Nobody waits for these any more, so they need not happen.
            group.retain(|job| !job.reply.is_closed());
            if group.is_empty() {
                continue;
            }
            #[expect(clippy::cast_precision_loss, reason = "a group is shorter than 2^52")]
            group_commits.record(group.len() as f64);
            self.commit_group(&mut group);
            self.shorten_log();
        }
    }

    /// Does the jobs in one transaction and answers each. When a job's failure ends the transaction, the jobs after it get another one.
    fn commit_group(&self, group: &mut Vec<Job>) {
        let mut jobs = group.drain(..);
        while jobs.len() > 0 {
            let mut done = Vec::with_capacity(jobs.len());
            let outcome = self.transact(&mut jobs, &mut done);
            let has_failed = |(_, result): &Answer| matches!(result, Err(StoreError::Unavailable { .. }));
            self.failing.store(outcome.is_err() || done.iter().any(has_failed), Ordering::Release);
            let Err(problem) = outcome else {
                for (reply, result) in done {
                    // Whoever has gone away meanwhile will find it in the store.
                    drop(reply.send(result));
                }
                continue;
            };
            metrics::counter!(names::FAILED_GROUPS).increment(1);
            tracing::error!(path = %self.path.display(), %problem, commits = done.len(), "store: a transaction failed");
            // Without a single job done it could not even begin, and would not for the others.
            let refused = if done.is_empty() { jobs.len() } else { 0 };
            let unanswered = jobs.by_ref().take(refused).map(|job| (job.reply, Ok(0)));
            for (reply, result) in done.into_iter().chain(unanswered) {
                drop(reply.send(result.and_then(|_| Err(unavailable(&self.path, problem.clone())))));
            }
        }
    }

    /// One transaction over as many jobs as it survives. `Err`: nothing of it happened, and why.
    fn transact(&self, jobs: &mut dyn Iterator<Item = Job>, done: &mut Vec<Answer>) -> Result<(), String> {
        self.identity.check(&self.path)?;
        self.run_cached("BEGIN IMMEDIATE").map_err(|error| describe(&error))?;
        for job in jobs {
            let result = self.run_one(job.work).map_err(|fault| fault.at(&self.path));
            if self.connection.is_autocommit() {
                // SQLite has rolled everything back (disk full, I/O error).
                let cause =
                    result.as_ref().err().map_or_else(|| "the transaction ended early".to_owned(), ToString::to_string);
                done.push((job.reply, result));
                return Err(format!("written together with a change that failed: {cause}"));
            }
            done.push((job.reply, result));
        }
        self.run_cached("COMMIT").map_err(|error| {
            if !self.connection.is_autocommit()
                && let Err(error) = self.run_cached("ROLLBACK")
            {
                tracing::error!(path = %self.path.display(), %error, "store: a transaction could not be taken back");
            }
            describe(&error)
        })
    }

    /// One job in its savepoint.
    fn run_one(&self, work: Work) -> Result<u64, Fault> {
        self.run_cached("SAVEPOINT one")?;
        let result = work(&self.connection);
        if self.connection.is_autocommit() {
            return result;
        }
        if result.is_err() {
            self.run_cached("ROLLBACK TO one")?;
        }
        self.run_cached("RELEASE one")?;
        result
    }

    fn run_cached(&self, statement: &str) -> rusqlite::Result<()> {
        self.connection.prepare_cached(statement)?.execute([]).map(|_| ())
    }

    /// Copies the log into the file when it has grown, as far as readers allow, so that it starts again from its beginning. Done after the answers
    /// are sent: nobody waits for it but the next group. SQLite does the rest when the last connection closes.
    fn shorten_log(&self) {
        let outcome = self.checkpoint("PRAGMA wal_checkpoint(noop)").and_then(|pages| {
            if pages < CHECKPOINT_PAGES { Ok(pages) } else { self.checkpoint("PRAGMA wal_checkpoint(passive)") }
        });
        if let Err(error) = outcome {
            tracing::warn!(path = %self.path.display(), problem = describe(&error), "store: the log could not be copied into the file; it is tried again");
        }
    }

    /// Runs a checkpoint; answers the pages in the log.
    fn checkpoint(&self, statement: &str) -> rusqlite::Result<i64> {
        self.connection.prepare_cached(statement)?.query_row([], |row| row.get(1))
    }
}

/// Who waits, and what he will be told if the transaction holds.
type Answer = (oneshot::Sender<Result<u64, StoreError>>, Result<u64, StoreError>);
