-- Runs that people started by hand from here. `external_id` is the run's id at the provider, empty while it isn't known. The
-- connection may be taken away since: what was done through it stays.
CREATE TABLE manual_run (
    id BLOB NOT NULL PRIMARY KEY,
    revision INTEGER NOT NULL,
    connection_id BLOB NOT NULL,
    repository TEXT NOT NULL,
    pipeline TEXT NOT NULL,
    external_id TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('requested', 'sending', 'looking', 'started', 'refused', 'unknown')),
    requested_at INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;

CREATE INDEX manual_run_requested_idx ON manual_run (requested_at, id);
CREATE INDEX manual_run_repository_requested_idx ON manual_run (connection_id, repository, requested_at, id);
CREATE INDEX manual_run_external_idx ON manual_run (external_id);

-- The outbox takes further subjects. Which there are is the program's to say, so that a new one needs no new table.
CREATE TABLE outbox_next (
    subject_kind TEXT NOT NULL,
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
SELECT subject_kind, subject_id, effect, written_at, due_at, holder, lease_until FROM outbox;
DROP TABLE outbox;
ALTER TABLE outbox_next RENAME TO outbox;

CREATE INDEX outbox_due_idx ON outbox (due_at);
