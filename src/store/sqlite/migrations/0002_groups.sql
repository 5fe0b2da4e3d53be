-- Who is in which group, what waits for people who are not there yet, and accounts that are not people's but groups' objects.

-- realm is empty for people's accounts, else the target of the group: vendor keys are unique within it.
ALTER TABLE accounts ADD COLUMN realm TEXT NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN remap INTEGER NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN settled_groups TEXT;
DROP INDEX accounts_vendor_id;
CREATE UNIQUE INDEX accounts_vendor_id ON accounts (connection, realm, vendor_id) WHERE vendor_id IS NOT NULL;
DROP INDEX accounts_work;
CREATE INDEX accounts_work ON accounts (connection, realm, urgency, next_attempt) WHERE state <> 0;

-- joined counts up with each joining in the connection; display is what the IdP gave.
CREATE TABLE members (
    grp     INTEGER NOT NULL REFERENCES resources (seq) ON DELETE CASCADE,
    member  INTEGER NOT NULL REFERENCES resources (seq) ON DELETE CASCADE,
    joined  INTEGER NOT NULL,
    display TEXT,
    PRIMARY KEY (grp, member)
) STRICT, WITHOUT ROWID;
CREATE INDEX members_member ON members (member, joined, grp);

CREATE TABLE parked (
    grp        INTEGER NOT NULL REFERENCES resources (seq) ON DELETE CASCADE,
    connection INTEGER NOT NULL,
    value      TEXT    NOT NULL,
    PRIMARY KEY (grp, value)
) STRICT, WITHOUT ROWID;
CREATE INDEX parked_value ON parked (connection, value);

-- Changes of a group's members that the vendor has not confirmed yet.
CREATE TABLE owed (
    grp    INTEGER NOT NULL REFERENCES resources (seq) ON DELETE CASCADE,
    member INTEGER NOT NULL REFERENCES accounts (resource) ON DELETE CASCADE,
    PRIMARY KEY (grp, member)
) STRICT, WITHOUT ROWID;
CREATE INDEX owed_member ON owed (member);

CREATE TRIGGER accounts_settle AFTER UPDATE OF state ON accounts WHEN new.state = 0 AND old.state <> 0 BEGIN
    DELETE FROM owed WHERE member = new.resource;
END;
-- A person who goes changes the groups that he leaves.
CREATE TRIGGER resources_leave BEFORE DELETE ON resources WHEN old.kind = 0 BEGIN
    UPDATE resources SET version = version + 1 WHERE seq IN (SELECT grp FROM members WHERE member = old.seq);
END;
