-- Times are microseconds since 1970, booleans are 0 and 1, JSON is text.
-- The same statements are to run on PostgreSQL, so nothing here is used that only SQLite knows, but for rowids and STRICT.

CREATE TABLE connections (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

-- seq is the order of creation; kind is 0 for users, 1 for groups. The body comes last, so that the other columns are read without it.
CREATE TABLE resources (
    seq         INTEGER PRIMARY KEY,
    connection  INTEGER NOT NULL,
    kind        INTEGER NOT NULL,
    id          TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    folded      TEXT    NOT NULL,
    external_id TEXT,
    active      INTEGER NOT NULL,
    confirmed   INTEGER NOT NULL,
    version     INTEGER NOT NULL,
    created     INTEGER NOT NULL,
    modified    INTEGER NOT NULL,
    body        TEXT    NOT NULL
) STRICT;
CREATE UNIQUE INDEX resources_id ON resources (connection, id);
CREATE UNIQUE INDEX resources_name ON resources (connection, kind, folded);
CREATE INDEX resources_external_id ON resources (connection, kind, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX resources_modified ON resources (connection, kind, modified);
-- Lists in creation order skip to their page inside this index, without touching a row.
CREATE INDEX resources_page ON resources (connection, kind, seq, active) WHERE confirmed = 1;

CREATE TABLE emails (
    connection INTEGER NOT NULL,
    kind       INTEGER NOT NULL,
    folded     TEXT    NOT NULL,
    resource   INTEGER NOT NULL REFERENCES resources (seq) ON DELETE CASCADE,
    PRIMARY KEY (connection, kind, folded, resource)
) STRICT, WITHOUT ROWID;
CREATE INDEX emails_resource ON emails (resource);

-- state is 0 settled, 1 pending, 2 failed; uncertain is 0 no, 1 a call was not answered, 2 a process ended within the work.
CREATE TABLE accounts (
    resource         INTEGER PRIMARY KEY REFERENCES resources (seq) ON DELETE CASCADE,
    connection       INTEGER NOT NULL,
    vendor_id        TEXT,
    state            INTEGER NOT NULL,
    urgency          INTEGER NOT NULL,
    next_attempt     INTEGER,
    desired_revision INTEGER NOT NULL,
    settled_revision INTEGER NOT NULL,
    deleting         INTEGER NOT NULL,
    uncertain        INTEGER NOT NULL,
    attempts         INTEGER NOT NULL,
    request_id       TEXT,
    reason           TEXT,
    desired          TEXT    NOT NULL,
    applied          TEXT,
    settled_body     TEXT,
    taken_over       TEXT
) STRICT;
CREATE UNIQUE INDEX accounts_vendor_id ON accounts (connection, vendor_id) WHERE vendor_id IS NOT NULL;
CREATE INDEX accounts_work ON accounts (connection, urgency, next_attempt) WHERE state <> 0;

CREATE TABLE events (
    seq        INTEGER PRIMARY KEY,
    connection INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    id         TEXT,
    folded     TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    request_id TEXT,
    what       TEXT    NOT NULL,
    detail     TEXT    NOT NULL
) STRICT;
CREATE INDEX events_id ON events (connection, id) WHERE id IS NOT NULL;
CREATE INDEX events_folded ON events (connection, folded);
CREATE INDEX events_at ON events (at);

CREATE TABLE tokens (
    connection INTEGER NOT NULL,
    name       TEXT    NOT NULL,
    sha256     BLOB    NOT NULL,
    created    INTEGER NOT NULL,
    expires    INTEGER,
    last_used  INTEGER,
    PRIMARY KEY (connection, name)
) STRICT, WITHOUT ROWID;

-- Totals that are asked for all the time. what: 0 users and 1 groups that are confirmed; 10, 11, 12 accounts settled, pending, failed.
-- Triggers keep them, so that no statement can forget to.
CREATE TABLE counters (
    connection INTEGER NOT NULL,
    what       INTEGER NOT NULL,
    n          INTEGER NOT NULL,
    PRIMARY KEY (connection, what)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER resources_come AFTER INSERT ON resources WHEN new.confirmed = 1 BEGIN
    INSERT INTO counters VALUES (new.connection, new.kind, 1) ON CONFLICT (connection, what) DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER resources_go AFTER DELETE ON resources WHEN old.confirmed = 1 BEGIN
    UPDATE counters SET n = n - 1 WHERE connection = old.connection AND what = old.kind;
END;
CREATE TRIGGER resources_turn AFTER UPDATE OF confirmed ON resources WHEN new.confirmed <> old.confirmed BEGIN
    INSERT INTO counters VALUES (new.connection, new.kind, new.confirmed - old.confirmed)
        ON CONFLICT (connection, what) DO UPDATE SET n = n + excluded.n;
END;
CREATE TRIGGER accounts_come AFTER INSERT ON accounts BEGIN
    INSERT INTO counters VALUES (new.connection, 10 + new.state, 1) ON CONFLICT (connection, what) DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER accounts_go AFTER DELETE ON accounts BEGIN
    UPDATE counters SET n = n - 1 WHERE connection = old.connection AND what = 10 + old.state;
END;
CREATE TRIGGER accounts_turn AFTER UPDATE OF state ON accounts WHEN new.state <> old.state BEGIN
    UPDATE counters SET n = n - 1 WHERE connection = old.connection AND what = 10 + old.state;
    INSERT INTO counters VALUES (new.connection, 10 + new.state, 1) ON CONFLICT (connection, what) DO UPDATE SET n = n + 1;
END;
