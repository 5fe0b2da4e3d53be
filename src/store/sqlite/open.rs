//! Opens the database file: folder, lock, connections and their settings.
//!
//! Says in a sentence what is wrong when that does not work. Knows nothing of what is in the tables.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::fault::{Fault, unavailable};
use crate::store::StoreError;

/// How long a statement waits for another process that writes to the same file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Prepared statements kept per connection. Beyond it the one unused for longest is prepared again when it is next needed.
const STATEMENTS: usize = 96;
/// Page cache of the writer, KiB. Smaller means more reads from the operating system's cache, not from the disk.
const WRITER_CACHE_KIB: i64 = 4096;
/// Page cache of each reader, KiB.
const READER_CACHE_KIB: i64 = 1024;
/// The write-ahead log is cut back to this size when it has been copied into the file.
const LOG_SIZE_LIMIT_BYTES: i64 = 64 * 1024 * 1024;

/// How often turning the write-ahead log on is tried when several processes open a fresh file at the same moment.
const WAL_ATTEMPTS: u32 = 100;

/// Who opens the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The bridge itself: one at a time per file.
    Server,
    /// A command beside it (`token`, `pending`, `story`): any number, also while the bridge runs.
    Tool,
}

/// What keeps other servers away as long as it lives.
#[derive(Debug)]
pub(super) struct Lock(
    #[expect(dead_code, reason = "held for its lock, which ends with the file handle")] Option<File>,
);

/// Makes the folder and the file when they are missing, and takes the lock.
pub(super) fn prepare(path: &Path, role: Role) -> Result<Lock, StoreError> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).map_err(|error| {
            unavailable(
                path,
                format!("cannot make the folder {}: {error}; choose another place under `store`", folder.display()),
            )
        })?;
    }
    let lock = match role {
        Role::Server => Lock(Some(take_lock(path)?)),
        Role::Tool => Lock(None),
    };
    create_private(path)?;
    Ok(lock)
}

/// The connection of the writer, with the settings that make a commit durable.
pub(super) fn writer(path: &Path) -> Result<Connection, Fault> {
    let connection =
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    let mode = write_ahead(&connection)?;
    if mode != "wal" {
        return Err(Fault::Foreign(format!(
            "the file system cannot share memory between processes (journal mode {mode}); put the file on a local disk"
        )));
    }
    // FULL: the log is synced at each commit, so what was acknowledged survives a power cut.
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "cache_size", -WRITER_CACHE_KIB)?;
    connection.pragma_update(None, "journal_size_limit", LOG_SIZE_LIMIT_BYTES)?;
    // The writer copies the log into the file itself, after it has answered (see `writer`).
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

/// Turns the write-ahead log on; answers the journal mode that holds then. On a fresh file SQLite refuses this at once, without waiting, when another
/// process is doing the same; so the end of that process's step is waited for, and it is tried again.
fn write_ahead(connection: &Connection) -> rusqlite::Result<String> {
    let mut attempt = 1;
    loop {
        match connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0)) {
            Err(error) if attempt < WAL_ATTEMPTS && error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {
                connection.execute_batch("BEGIN IMMEDIATE; ROLLBACK")?;
                attempt += 1;
            }
            outcome => return outcome,
        }
    }
}

/// A connection that cannot write.
pub(super) fn reader(path: &Path) -> Result<Connection, Fault> {
    let connection =
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "cache_size", -READER_CACHE_KIB)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

/// Locks a file beside the database. Not the database itself: closing any handle of that would drop the locks by which SQLite protects it.
fn take_lock(path: &Path) -> Result<File, StoreError> {
    let beside = beside(path, ".lock");
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&beside).map_err(|error| {
        unavailable(path, format!("cannot open the lock file {}: {error}; the folder must be writable for the user that runs the bridge", beside.display()))
    })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(unavailable(
            path,
            "another scim-bridge serves from this file; stop it, or give this one a file of its own under `store`",
        )),
        Err(TryLockError::Error(error)) => {
            Err(unavailable(path, format!("cannot lock {}: {error}; put the file on a local disk", beside.display())))
        }
    }
}

/// Makes a missing database file readable for its owner only: it holds personal data. The `-wal` and `-shm` files inherit this.
fn create_private(path: &Path) -> Result<(), StoreError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(unavailable(
            path,
            format!("cannot make the file: {error}; the folder must be writable for the user that runs the bridge"),
        )),
    }
}

/// Tells whether a path still leads to the same file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Identity(u64, u64);

impl Identity {
    /// The file that the path leads to now.
    ///
    /// # Errors
    /// When there is none, in a sentence.
    pub(super) fn of(path: &Path) -> Result<Self, String> {
        let found = fs::metadata(path)
            .map_err(|error| format!("the file has gone: {error}; restore it and restart the bridge"))?;
        #[cfg(unix)]
        let identity = Self(std::os::unix::fs::MetadataExt::dev(&found), std::os::unix::fs::MetadataExt::ino(&found));
        #[cfg(not(unix))]
        let identity = Self(u64::from(found.is_file()), 0);
        Ok(identity)
    }

    /// Does the path still lead to this file? One that is removed or replaced while it is open goes on taking writes that nobody will ever find
    /// again.
    ///
    /// # Errors
    /// When it does not, in a sentence.
    pub(super) fn check(self, path: &Path) -> Result<(), String> {
        if Self::of(path)? == self {
            return Ok(());
        }
        Err("the file was replaced while the bridge runs; restart the bridge".to_owned())
    }
}

/// The path with something behind the file name.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
