//! What goes wrong inside SQLite, told with the file and what to do about it.
//!
//! Inside this folder errors are [`Fault`]s; they become [`StoreError`]s where they leave it. The cause's own words are always kept.

use std::path::Path;

use rusqlite::ErrorCode;

use crate::store::StoreError;

/// Why a piece of work on a database connection did not happen.
#[derive(Debug)]
pub(super) enum Fault {
    /// Refused by a rule of the store.
    Refused(StoreError),
    /// SQLite failed.
    Sqlite(rusqlite::Error),
    /// The database holds something that we cannot have written.
    Corrupt(String),
    /// The file is not for this program, on this machine.
    Foreign(String),
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Refused(error)
    }
}

impl Fault {
    /// The error that callers see.
    pub(super) fn at(self, path: &Path) -> StoreError {
        match self {
            Self::Refused(error) => error,
            Self::Sqlite(error) => unavailable(path, describe(&error)),
            Self::Corrupt(problem) => {
                unavailable(path, format!("the database holds something unreadable: {problem}; restore a backup"))
            }
            Self::Foreign(problem) => unavailable(path, problem),
        }
    }
}

/// The store itself failed.
pub(super) fn unavailable(path: &Path, problem: impl Into<String>) -> StoreError {
    StoreError::Unavailable { path: path.display().to_string(), problem: problem.into() }
}

/// The error in SQLite's words, and what an administrator can do.
pub(super) fn describe(error: &rusqlite::Error) -> String {
    let advice = match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => "; free some space, then it goes on by itself",
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            "; the file, its folder and the files ending in -wal and -shm beside it must be writable for the user that runs the bridge"
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "; another program has held the file for too long, trying again can help"
        }
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
            "; restore a backup or give another file under `store`"
        }
        Some(ErrorCode::SystemIoFailure) => "; look into the system's log for disk errors",
        Some(ErrorCode::OperationInterrupted) => {
            "; it took too long and was stopped, ask for less (an indexed attribute, a smaller page)"
        }
        _ => "",
    };
    format!("{error}{advice}")
}
