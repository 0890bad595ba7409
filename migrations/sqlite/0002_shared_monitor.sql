-- Who does what only one host may do at a time, such as measuring, and until when.
CREATE TABLE lease (
    name TEXT NOT NULL PRIMARY KEY,
    holder TEXT NOT NULL,
    lease_until INTEGER NOT NULL
) STRICT;

-- `written_at` is the moment from which an entry waits: where the clock stands before it, the clock was set back. Of the
-- entries that are there already it is not known; they are taken to be old.
CREATE TABLE outbox_next (
    subject_kind TEXT NOT NULL CHECK (subject_kind IN ('deployment', 'incident')),
    subject_id BLOB NOT NULL,
    effect TEXT NOT NULL,
    written_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    holder TEXT,
    lease_until INTEGER,
    PRIMARY KEY (subject_kind, subject_id),
    CHECK ((holder IS NULL) = (lease_until IS NULL))
) STRICT;

INSERT INTO outbox_next (subject_kind, subject_id, effect, written_at, due_at, holder, lease_until)
SELECT subject_kind, subject_id, effect, 0, due_at, holder, lease_until FROM outbox;
DROP TABLE outbox;
ALTER TABLE outbox_next RENAME TO outbox;

CREATE INDEX outbox_due_idx ON outbox (due_at);

-- `versions` is what a check of the running version read last, as a JSON list.
CREATE TABLE check_state_next (
    check_id BLOB NOT NULL PRIMARY KEY REFERENCES health_check (id) ON DELETE CASCADE,
    health TEXT NOT NULL CHECK (health IN ('healthy', 'no_data', 'degraded', 'failing')),
    since INTEGER NOT NULL,
    reason TEXT NOT NULL,
    failures INTEGER NOT NULL,
    passes INTEGER NOT NULL,
    versions TEXT NOT NULL
) STRICT;

INSERT INTO check_state_next (check_id, health, since, reason, failures, passes, versions)
SELECT check_id, health, since, reason, failures, passes, '[]' FROM check_state;
DROP TABLE check_state;
ALTER TABLE check_state_next RENAME TO check_state;
