//! Every fixed SQL statement, once.
//!
//! Filters are the exception: [`super::condition`] makes theirs. Parameters are numbered, so that the text also suits PostgreSQL's `$1`.

/// Columns that [`super::rows::resource`] reads; the table is called `r`.
macro_rules! resource {
    () => {
        "r.id, r.version, r.created, r.modified, r.body, r.confirmed"
    };
}
/// Columns that [`super::rows::person`] reads; the tables are called `r` and `a`.
macro_rules! person {
    () => {
        concat!(
            resource!(),
            ", a.resource, a.vendor_id, a.desired, a.applied, a.desired_revision, a.settled_revision, a.settled_body, a.deleting, a.state, ",
            "a.urgency, a.uncertain, a.attempts, a.next_attempt, a.reason, a.request_id, a.taken_over, ",
            "a.realm, a.remap, a.settled_groups, a.other_keys"
        )
    };
}
/// Columns that [`super::rows::event`] reads; the table is called `e`.
macro_rules! event {
    () => {
        "e.seq, e.at, e.id, e.name, e.request_id, e.what, e.detail"
    };
}

/// What a touched account becomes, with the request as first and the next attempt as second parameter. What was settled has the urgency of a
/// change, unfinished work keeps its own.
macro_rules! touched {
    () => {
        "remap = 1, desired_revision = desired_revision + 1, attempts = 0, reason = NULL, request_id = ?1, next_attempt = ?2,
        urgency = CASE WHEN state = 0 THEN 1 ELSE urgency END, state = 1"
    };
}

/// For statements that [`super::condition`] completes.
pub(super) const RESOURCE_COLUMNS: &str = resource!();

// Connections
pub(super) const FIND_CONNECTION: &str = "SELECT id FROM connections WHERE name = ?1";
pub(super) const ADD_CONNECTION: &str = "INSERT INTO connections (name) VALUES (?1) RETURNING id";
pub(super) const ALL_CONNECTIONS: &str = "SELECT id, name FROM connections ORDER BY id";

// Reading resources
pub(super) const GET: &str = concat!(
    "SELECT ",
    resource!(),
    " FROM resources r WHERE r.connection = ?1 AND r.id = ?3 AND r.kind = ?2 AND r.confirmed = 1"
);
pub(super) const BY_NAME: &str = concat!(
    "SELECT ",
    resource!(),
    " FROM resources r WHERE r.connection = ?1 AND r.kind = ?2 AND r.folded = ?3 AND r.confirmed = 1"
);
pub(super) const BY_EXTERNAL_ID: &str = concat!(
    "SELECT ",
    resource!(),
    " FROM resources r WHERE r.connection = ?1 AND r.kind = ?2 AND r.external_id = ?3 AND r.confirmed = 1 ORDER BY r.seq"
);
pub(super) const BY_EMAIL: &str = concat!(
    "SELECT ",
    resource!(),
    " FROM emails e CROSS JOIN resources r ON r.seq = e.resource WHERE e.connection = ?1 AND e.kind = ?2 AND e.folded = ?3 AND r.confirmed = 1 ORDER BY r.seq"
);
pub(super) const PAGE: &str = concat!(
    "SELECT ",
    resource!(),
    ", r.seq FROM (SELECT seq FROM resources WHERE connection = ?1 AND kind = ?2 AND confirmed = 1 AND seq > ?3 ",
    "ORDER BY seq LIMIT ?4 OFFSET ?5) p CROSS JOIN resources r ON r.seq = p.seq ORDER BY r.seq"
);
pub(super) const BY_SEQ: &str = concat!("SELECT ", resource!(), " FROM resources r WHERE r.seq = ?1");
pub(super) const COUNTER: &str = "SELECT n FROM counters WHERE connection = ?1 AND what = ?2";

// Reading people
pub(super) const PERSON: &str = concat!(
    "SELECT ",
    person!(),
    " FROM resources r LEFT JOIN accounts a ON a.resource = r.seq WHERE r.connection = ?1 AND r.id = ?2"
);
pub(super) const PERSON_BY_NAME: &str = concat!(
    "SELECT ",
    person!(),
    " FROM resources r LEFT JOIN accounts a ON a.resource = r.seq WHERE r.connection = ?1 AND r.kind = 0 AND r.folded = ?2"
);
pub(super) const PERSON_BY_VENDOR_ID: &str = concat!(
    "SELECT ",
    person!(),
    " FROM accounts a CROSS JOIN resources r ON r.seq = a.resource WHERE a.connection = ?1 AND a.vendor_id = ?2 AND a.realm = ?3"
);

// Reading members
pub(super) const CONFIRMED: &str =
    "SELECT 1 FROM resources WHERE connection = ?1 AND id = ?3 AND kind = ?2 AND confirmed = 1";
pub(super) const GROUP_SEQ: &str = "SELECT seq FROM resources WHERE connection = ?1 AND id = ?2 AND kind = 1";
pub(super) const MEMBERS: &str = "SELECT m.joined, r.id, coalesce(r.display, m.display, r.name) FROM members m
      CROSS JOIN resources r ON r.seq = m.member WHERE m.grp = ?1 AND m.joined > ?2 ORDER BY m.joined LIMIT ?3";
pub(super) const IS_MEMBER: &str = "SELECT 1 FROM resources r CROSS JOIN members m ON m.member = r.seq AND m.grp = ?2
      WHERE r.connection = ?1 AND r.id = ?3";
pub(super) const COUNT_MEMBERS: &str = "SELECT count(*) FROM (SELECT 1 FROM members WHERE grp = ?1 LIMIT ?2) m";
pub(super) const GROUPS_OF: &str = "SELECT g.id, g.name FROM resources r CROSS JOIN members m ON m.member = r.seq
      CROSS JOIN resources g ON g.seq = m.grp WHERE r.connection = ?1 AND r.id = ?2 ORDER BY m.joined";
pub(super) const MEMBERSHIPS: &str = "SELECT g.id, g.name, a.realm, a.vendor_id, m.joined
      FROM resources r CROSS JOIN members m ON m.member = r.seq CROSS JOIN resources g ON g.seq = m.grp
      LEFT JOIN accounts a ON a.resource = g.seq WHERE r.connection = ?1 AND r.id = ?2 ORDER BY m.joined";
pub(super) const MEMBERS_OF: &str = "SELECT r.id, coalesce(r.display, m.display, r.name) FROM members m
      CROSS JOIN resources r ON r.seq = m.member WHERE m.grp = ?1 ORDER BY m.joined";
pub(super) const GROUPS_OF_SEQ: &str = "SELECT g.id, g.name FROM members m
      CROSS JOIN resources g ON g.seq = m.grp WHERE m.member = ?1 ORDER BY m.joined";
pub(super) const OWED: &str =
    "SELECT r.id, a.desired_revision FROM owed o CROSS JOIN accounts a ON a.resource = o.member
      CROSS JOIN resources r ON r.seq = o.member WHERE o.grp = ?1 ORDER BY o.member";
pub(super) const OWED_ONE: &str = "SELECT r.id, a.desired_revision FROM resources r
      CROSS JOIN owed o ON o.grp = ?2 AND o.member = r.seq CROSS JOIN accounts a ON a.resource = o.member
      WHERE r.connection = ?1 AND r.id = ?3";
pub(super) const PARKED: &str = "SELECT r.id, p.value FROM parked p CROSS JOIN resources r ON r.seq = p.grp
      WHERE p.connection = ?1 ORDER BY p.grp, p.value";
pub(super) const PARKED_VALUE: &str = "SELECT r.id, p.value FROM parked p CROSS JOIN resources r ON r.seq = p.grp
      WHERE p.connection = ?1 AND p.folded = ?2 ORDER BY p.grp, p.value";

// Work
pub(super) const NEXT_URGENCY: &str =
    "SELECT min(urgency) FROM accounts WHERE connection = ?1 AND realm = ?2 AND state <> 0 AND urgency >= ?3";
pub(super) const DUE: &str = "SELECT r.id FROM
      (SELECT resource, next_attempt FROM accounts WHERE connection = ?1 AND realm = ?2 AND state <> 0 AND urgency = ?3 AND next_attempt <= ?4
        ORDER BY next_attempt, resource LIMIT ?5) a
      CROSS JOIN resources r ON r.seq = a.resource ORDER BY a.next_attempt, a.resource";
pub(super) const WAKE_ALL: &str = "UPDATE accounts SET
        next_attempt = CASE WHEN state = 1 AND (next_attempt IS NULL OR next_attempt > ?2) THEN ?2 ELSE next_attempt END,
        uncertain = CASE WHEN uncertain = 0 THEN 2 ELSE uncertain END
      WHERE connection = ?1 AND state <> 0";
pub(super) const PENDING: &str = concat!(
    "SELECT ",
    person!(),
    ", r.name FROM accounts a CROSS JOIN resources r ON r.seq = a.resource WHERE a.connection = ?1 AND a.state <> 0 ORDER BY a.urgency, a.next_attempt, a.resource"
);

// Writing resources
pub(super) const HOLDER_OF_NAME: &str = "SELECT id FROM resources WHERE connection = ?1 AND kind = ?2 AND folded = ?3";
pub(super) const RESOURCE_STATE: &str = "SELECT seq, version, kind FROM resources WHERE connection = ?1 AND id = ?2";
pub(super) const ACCOUNT_REVISION: &str = "SELECT a.desired_revision FROM resources r CROSS JOIN accounts a ON a.resource = r.seq WHERE r.connection = ?1 AND r.id = ?2";
pub(super) const INSERT_RESOURCE: &str = "INSERT INTO resources
      (connection, kind, id, name, folded, external_id, active, confirmed, version, created, modified, body, display)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) RETURNING seq";
pub(super) const UPDATE_RESOURCE: &str =
    "UPDATE resources SET name = ?2, folded = ?3, external_id = ?4, active = ?5, confirmed = ?6,
      version = ?7, modified = ?8, body = ?9, display = ?10 WHERE seq = ?1";
pub(super) const DELETE_RESOURCE: &str = "DELETE FROM resources WHERE connection = ?1 AND kind = ?2 AND id = ?3";
pub(super) const EMAILS_OF: &str = "SELECT folded FROM emails WHERE resource = ?1 ORDER BY folded";
pub(super) const DELETE_EMAILS: &str = "DELETE FROM emails WHERE resource = ?1";
pub(super) const INSERT_EMAIL: &str = "INSERT INTO emails (connection, kind, folded, resource) VALUES (?1, ?2, ?3, ?4)";

// Writing accounts
pub(super) const HOLDER_OF_VENDOR_ID: &str = "SELECT r.id FROM accounts a CROSS JOIN resources r ON r.seq = a.resource
      WHERE a.connection = ?1 AND a.vendor_id = ?2 AND a.realm = ?4 AND a.resource <> ?3";
pub(super) const PUT_ACCOUNT: &str = "INSERT INTO accounts
      (resource, connection, vendor_id, state, urgency, next_attempt, desired_revision, settled_revision, deleting, uncertain, attempts,
       request_id, reason, desired, applied, settled_body, taken_over, realm, remap, settled_groups, other_keys)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)
      ON CONFLICT (resource) DO UPDATE SET
        vendor_id = excluded.vendor_id, state = excluded.state, urgency = excluded.urgency, next_attempt = excluded.next_attempt,
        desired_revision = excluded.desired_revision, settled_revision = excluded.settled_revision, deleting = excluded.deleting,
        uncertain = excluded.uncertain, attempts = excluded.attempts, request_id = excluded.request_id, reason = excluded.reason,
        desired = excluded.desired, applied = excluded.applied, settled_body = excluded.settled_body,
        taken_over = excluded.taken_over, realm = excluded.realm, remap = excluded.remap,
        settled_groups = excluded.settled_groups, other_keys = excluded.other_keys";
pub(super) const DROP_ACCOUNT: &str = "DELETE FROM accounts WHERE resource = ?1";

// Writing members. Versions count up before rows go: the rows say whose.
pub(super) const COUNT_UP: &str = "UPDATE resources SET version = version + 1,
      modified = CASE WHEN modified < ?3 THEN ?3 ELSE modified END WHERE connection = ?1 AND id = ?2";
pub(super) const COUNT_UP_ONE: &str = "UPDATE resources SET version = version + 1 WHERE seq = ?1";
pub(super) const COUNT_UP_MEMBERS: &str =
    "UPDATE resources SET version = version + 1 WHERE seq IN (SELECT member FROM members WHERE grp = ?1)";
pub(super) const COUNT_UP_GROUPS: &str =
    "UPDATE resources SET version = version + 1 WHERE seq IN (SELECT grp FROM members WHERE member = ?1)";
pub(super) const TAKE_PLACES: &str = "INSERT INTO counters (connection, what, n) VALUES (?1, 20, ?2)
      ON CONFLICT (connection, what) DO UPDATE SET n = counters.n + excluded.n RETURNING n";
pub(super) const ADD_MEMBER: &str = "INSERT INTO members (grp, joined, member, display) VALUES (?1, ?2, ?3, ?4)
      ON CONFLICT (member, grp) DO NOTHING";
pub(super) const REMOVE_MEMBER: &str = "DELETE FROM members WHERE member = ?2 AND grp = ?1";
pub(super) const REMOVE_MEMBERS: &str = "DELETE FROM members WHERE grp = ?1";
pub(super) const PARK: &str = "INSERT INTO parked (grp, value, connection, folded) VALUES (?1, ?2, ?3, ?4)
      ON CONFLICT (grp, value) DO NOTHING";
pub(super) const UNPARK: &str = "DELETE FROM parked WHERE grp = ?1 AND value = ?2";
pub(super) const UNPARK_ALL: &str = "DELETE FROM parked WHERE grp = ?1";
pub(super) const TOUCH_ONE: &str = concat!("UPDATE accounts SET ", touched!(), " WHERE resource = ?3 AND deleting = 0");
pub(super) const TOUCH_MEMBERS: &str = concat!(
    "UPDATE accounts SET ",
    touched!(),
    " WHERE resource IN (SELECT member FROM members WHERE grp = ?3) AND deleting = 0"
);
pub(super) const OWE_ONE: &str = "INSERT INTO owed (grp, member) VALUES (?1, ?2) ON CONFLICT (grp, member) DO NOTHING";
pub(super) const OWE_MEMBERS: &str = "INSERT INTO owed (grp, member)
      SELECT m.grp, m.member FROM members m CROSS JOIN accounts a ON a.resource = m.member WHERE m.grp = ?1 AND a.deleting = 0
      ON CONFLICT (grp, member) DO NOTHING";

// Events
pub(super) const INSERT_EVENT: &str = "INSERT INTO events (connection, at, id, folded, name, request_id, what, detail)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
pub(super) const EVENTS_OF_ID: &str =
    concat!("SELECT ", event!(), " FROM events e WHERE e.connection = ?1 AND e.id = ?2");
pub(super) const EVENTS_OF_NAME: &str =
    concat!("SELECT ", event!(), " FROM events e WHERE e.connection = ?1 AND e.folded = ?2");
pub(super) const IDS_OF: &str = "SELECT id FROM resources WHERE connection = ?1 AND kind IN (0, 1) AND folded = ?3
      UNION SELECT id FROM resources WHERE connection = ?1 AND kind IN (0, 1) AND external_id = ?2
      UNION SELECT r.id FROM accounts a CROSS JOIN resources r ON r.seq = a.resource WHERE a.connection = ?1 AND a.vendor_id = ?2
      UNION SELECT id FROM events WHERE connection = ?1 AND folded = ?3 AND id IS NOT NULL";
pub(super) const PRUNE_EVENTS: &str =
    "DELETE FROM events WHERE seq IN (SELECT seq FROM events WHERE at < ?1 ORDER BY at LIMIT ?2)";

// Tokens
pub(super) const TOKENS: &str =
    "SELECT name, sha256, created, expires, last_used FROM tokens WHERE connection = ?1 ORDER BY created, name";
pub(super) const PUT_TOKEN: &str = "INSERT INTO tokens (connection, name, sha256, created, expires, last_used) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
      ON CONFLICT (connection, name) DO UPDATE SET
        sha256 = excluded.sha256, created = excluded.created, expires = excluded.expires, last_used = excluded.last_used";
pub(super) const NOTE_TOKEN_USE: &str =
    "UPDATE tokens SET last_used = ?3 WHERE connection = ?1 AND name = ?2 AND (last_used IS NULL OR last_used < ?3)";
pub(super) const DELETE_TOKEN: &str = "DELETE FROM tokens WHERE connection = ?1 AND name = ?2";
