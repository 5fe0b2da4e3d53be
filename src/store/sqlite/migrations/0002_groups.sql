-- Groups: who is a member, what waits for a person, and which accounts have work to do because of it.

-- What kind of vendor object an account is: empty for people, else the target of the group. remap: desired has to be made anew.
ALTER TABLE accounts ADD COLUMN realm TEXT NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN remap INTEGER NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN settled_groups TEXT;
-- The realm comes last: `story` looks for a vendor id in all realms.
DROP INDEX accounts_vendor_id;
CREATE UNIQUE INDEX accounts_vendor_id ON accounts (connection, vendor_id, realm) WHERE vendor_id IS NOT NULL;
DROP INDEX accounts_work;
CREATE INDEX accounts_work ON accounts (connection, realm, urgency, next_attempt) WHERE state <> 0;

-- displayName of a person, so that the members of a group are listed without reading bodies. NULL for groups, whose name it is.
ALTER TABLE resources ADD COLUMN display TEXT;
UPDATE resources SET display = nullif(json_extract(body, '$.displayName'), '')
    WHERE kind = 0 AND CASE WHEN json_valid(body) THEN json_type(body, '$.displayName') = 'text' ELSE FALSE END;

-- Members are people. joined counts up within the connection (counter 20), so it is the place in the group and tells who came last.
-- The rows of a group lie beside each other in the order of joining.
CREATE TABLE members (
    grp     INTEGER NOT NULL REFERENCES resources (seq) ON DELETE CASCADE,
    joined  INTEGER NOT NULL,
    member  INTEGER NOT NULL REFERENCES resources (seq) ON DELETE CASCADE,
    display TEXT,
    PRIMARY KEY (grp, joined)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX members_member ON members (member, grp);

-- Values that name nobody yet, as sent; looked for folded, because one of them may be a userName.
CREATE TABLE parked (
    grp        INTEGER NOT NULL REFERENCES resources (seq) ON DELETE CASCADE,
    value      TEXT    NOT NULL,
    connection INTEGER NOT NULL,
    folded     TEXT    NOT NULL,
    PRIMARY KEY (grp, value)
) STRICT, WITHOUT ROWID;
CREATE INDEX parked_folded ON parked (connection, folded);

-- Accounts that were touched on behalf of a group and are not settled since.
CREATE TABLE owed (
    grp    INTEGER NOT NULL REFERENCES resources (seq) ON DELETE CASCADE,
    member INTEGER NOT NULL REFERENCES accounts (resource) ON DELETE CASCADE,
    PRIMARY KEY (grp, member)
) STRICT, WITHOUT ROWID;
CREATE INDEX owed_member ON owed (member);

CREATE TRIGGER accounts_settle AFTER UPDATE OF state ON accounts WHEN new.state = 0 BEGIN
    DELETE FROM owed WHERE member = new.resource;
END;
