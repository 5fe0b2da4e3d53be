//! Brings a database file to the form that this program knows.
//!
//! Migrations are numbered SQL files, applied in order inside one transaction; `user_version` says how many were applied. There is no way back:
//! a file that a newer program has written is refused.

use rusqlite::{Connection, TransactionBehavior};

use super::fault::Fault;

/// The migrations, oldest first. Number n makes version n + 1 of version n; a published one is never changed.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_start.sql"),
    include_str!("migrations/0002_groups.sql"),
    include_str!("migrations/0003_other_keys.sql"),
];

/// Marks the file as ours (`application_id`): "SCIM" in ASCII.
const APPLICATION_ID: i64 = 0x5343_494d;

/// The version of the schema that this program writes.
#[expect(clippy::cast_possible_wrap, reason = "a handful of files")]
pub(super) const VERSION: i64 = MIGRATIONS.len() as i64;

/// Applies the migrations that the file lacks.
///
/// # Errors
/// When the file belongs to another program or to a newer version of this one.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), Fault> {
    if version(connection)? == VERSION && application_id(connection)? == APPLICATION_ID {
        return Ok(());
    }
    // Immediate: two processes that open a fresh file at the same time do this one after the other.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found = version(&transaction)?;
    if found > VERSION {
        return Err(Fault::Foreign(format!(
            "it was written by a newer scim-bridge (schema {found}, this program knows {VERSION}); start that version, or restore a backup made before the upgrade"
        )));
    }
    if application_id(&transaction)? != APPLICATION_ID {
        let tables: i64 = transaction.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        if tables > 0 || found != 0 {
            return Err(Fault::Foreign(
                "it is the database of another program; give another file under `store`".to_owned(),
            ));
        }
    }
    for (migration, number) in MIGRATIONS.iter().zip(1_i64..).filter(|(_, number)| *number > found) {
        transaction.execute_batch(migration)?;
        tracing::info!(number, "store: migration applied");
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", VERSION)?;
    transaction.commit()?;
    Ok(())
}

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

fn application_id(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA application_id", [], |row| row.get(0))
}
