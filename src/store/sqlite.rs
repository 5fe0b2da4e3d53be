//! The store on one machine: SQLite, durable commits in groups.
