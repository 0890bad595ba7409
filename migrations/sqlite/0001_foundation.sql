-- Where the audit chain, the change notices, the commits and the incidents have come to. One row; each commit holds it, so commits queue here.
CREATE TABLE journal (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    commits INTEGER NOT NULL,
    audit_seq INTEGER NOT NULL,
    audit_hash TEXT NOT NULL,
    change_seq INTEGER NOT NULL,
    incident_number INTEGER NOT NULL
) STRICT;

INSERT INTO journal (id, commits, audit_seq, audit_hash, change_seq, incident_number)
VALUES (1, 0, 0, '0000000000000000000000000000000000000000000000000000000000000000', 0, 0);

CREATE TABLE connection (
    id BLOB NOT NULL PRIMARY KEY,
    revision INTEGER NOT NULL,
    name TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT;

CREATE UNIQUE INDEX connection_name_key ON connection (name);

CREATE TABLE product (
    id BLOB NOT NULL PRIMARY KEY,
    revision INTEGER NOT NULL,
    name TEXT NOT NULL,
    connection_id BLOB NOT NULL REFERENCES connection (id),
    body TEXT NOT NULL
) STRICT;

CREATE UNIQUE INDEX product_name_key ON product (name);
CREATE INDEX product_connection_idx ON product (connection_id);

-- A position is below zero only inside a commit that moves several environments at once.
CREATE TABLE environment (
    id BLOB NOT NULL PRIMARY KEY,
    revision INTEGER NOT NULL,
    product_id BLOB NOT NULL REFERENCES product (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    position INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;

CREATE UNIQUE INDEX environment_product_name_key ON environment (product_id, name);
CREATE UNIQUE INDEX environment_product_position_key ON environment (product_id, position);

CREATE TABLE health_check (
    id BLOB NOT NULL PRIMARY KEY,
    revision INTEGER NOT NULL,
    product_id BLOB NOT NULL REFERENCES product (id) ON DELETE CASCADE,
    environment_id BLOB NOT NULL REFERENCES environment (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT;

CREATE UNIQUE INDEX health_check_environment_name_key ON health_check (environment_id, name);
CREATE INDEX health_check_product_idx ON health_check (product_id);

-- The latest of each check, so that nobody looks for it in the history.
CREATE TABLE check_state (
    check_id BLOB NOT NULL PRIMARY KEY REFERENCES health_check (id) ON DELETE CASCADE,
    health TEXT NOT NULL CHECK (health IN ('healthy', 'no_data', 'degraded', 'failing')),
    since INTEGER NOT NULL,
    reason TEXT NOT NULL,
    failures INTEGER NOT NULL,
    passes INTEGER NOT NULL
) STRICT;

-- History. Stored in the order in which a check's page of it is read. No foreign key: a result that comes in after its check
-- was taken away must not hold up the others; it goes when its time comes.
CREATE TABLE measurement (
    check_id BLOB NOT NULL,
    at INTEGER NOT NULL,
    latency_us INTEGER,
    outcome TEXT NOT NULL CHECK (outcome IN ('passed', 'degraded', 'failed', 'no_data')),
    reason TEXT NOT NULL,
    PRIMARY KEY (check_id, at)
) STRICT, WITHOUT ROWID;

CREATE INDEX measurement_at_idx ON measurement (at);

CREATE TABLE release (
    id BLOB NOT NULL PRIMARY KEY,
    revision INTEGER NOT NULL,
    product_id BLOB NOT NULL REFERENCES product (id),
    version TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('draft', 'planned', 'in_approval', 'approved', 'in_progress', 'verifying', 'completed', 'rolled_back', 'aborted')),
    drafted_at INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;

CREATE UNIQUE INDEX release_product_version_key ON release (product_id, version);
CREATE INDEX release_product_drafted_idx ON release (product_id, drafted_at, id);
CREATE INDEX release_drafted_idx ON release (drafted_at, id);
CREATE INDEX release_open_idx ON release (drafted_at, id) WHERE state IN ('draft', 'planned', 'in_approval', 'approved', 'in_progress', 'verifying');

CREATE TABLE approval (
    id BLOB NOT NULL PRIMARY KEY,
    release_id BLOB NOT NULL REFERENCES release (id),
    at INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;

CREATE INDEX approval_release_at_idx ON approval (release_id, at, id);

CREATE TABLE deployment (
    id BLOB NOT NULL PRIMARY KEY,
    revision INTEGER NOT NULL,
    product_id BLOB NOT NULL REFERENCES product (id),
    environment_id BLOB NOT NULL REFERENCES environment (id),
    release_id BLOB NOT NULL REFERENCES release (id),
    state TEXT NOT NULL CHECK (state IN ('queued', 'in_progress', 'awaiting_decision', 'succeeded', 'failed', 'errored', 'cancelled')),
    requested_at INTEGER NOT NULL,
    deployed_at INTEGER,
    body TEXT NOT NULL
) STRICT;

-- One at a time: what neither waits nor has ended holds its environment.
CREATE UNIQUE INDEX deployment_environment_active_key ON deployment (environment_id) WHERE state IN ('in_progress', 'awaiting_decision');
CREATE INDEX deployment_product_requested_idx ON deployment (product_id, requested_at, id);
CREATE INDEX deployment_environment_requested_idx ON deployment (environment_id, requested_at, id);
CREATE INDEX deployment_release_requested_idx ON deployment (release_id, requested_at, id);
CREATE INDEX deployment_requested_idx ON deployment (requested_at, id);
CREATE INDEX deployment_open_idx ON deployment (requested_at, id) WHERE state IN ('queued', 'in_progress', 'awaiting_decision');

CREATE TABLE lock (
    id BLOB NOT NULL PRIMARY KEY,
    revision INTEGER NOT NULL,
    product_id BLOB NOT NULL REFERENCES product (id) ON DELETE CASCADE,
    environment_id BLOB REFERENCES environment (id) ON DELETE CASCADE,
    release_id BLOB REFERENCES release (id),
    since INTEGER NOT NULL,
    lifted_at INTEGER,
    body TEXT NOT NULL
) STRICT;

CREATE INDEX lock_product_idx ON lock (product_id);
CREATE INDEX lock_environment_idx ON lock (environment_id);
CREATE INDEX lock_release_idx ON lock (release_id);
CREATE INDEX lock_open_idx ON lock (since, id) WHERE lifted_at IS NULL;

CREATE TABLE incident (
    id BLOB NOT NULL PRIMARY KEY,
    revision INTEGER NOT NULL,
    number INTEGER NOT NULL,
    product_id BLOB NOT NULL REFERENCES product (id) ON DELETE CASCADE,
    environment_id BLOB NOT NULL REFERENCES environment (id) ON DELETE CASCADE,
    opened_at INTEGER NOT NULL,
    closed_at INTEGER,
    body TEXT NOT NULL
) STRICT;

CREATE UNIQUE INDEX incident_number_key ON incident (number);
CREATE UNIQUE INDEX incident_environment_open_key ON incident (environment_id) WHERE closed_at IS NULL;
CREATE INDEX incident_product_opened_idx ON incident (product_id, opened_at, id);
CREATE INDEX incident_environment_opened_idx ON incident (environment_id, opened_at, id);
CREATE INDEX incident_opened_idx ON incident (opened_at, id);
CREATE INDEX incident_open_idx ON incident (opened_at, id) WHERE closed_at IS NULL;

-- What is to be done, at most one thing about each subject, and which host does it until when.
CREATE TABLE outbox (
    subject_kind TEXT NOT NULL CHECK (subject_kind IN ('deployment', 'incident')),
    subject_id BLOB NOT NULL,
    effect TEXT NOT NULL,
    due_at INTEGER NOT NULL,
    holder TEXT,
    lease_until INTEGER,
    PRIMARY KEY (subject_kind, subject_id),
    CHECK ((holder IS NULL) = (lease_until IS NULL))
) STRICT;

CREATE INDEX outbox_due_idx ON outbox (due_at);

-- The audit chain. `entry` is what was hashed; subject and product repeat it for searching.
CREATE TABLE audit_event (
    seq INTEGER NOT NULL PRIMARY KEY,
    subject_id TEXT NOT NULL,
    product_id TEXT NOT NULL,
    entry TEXT NOT NULL,
    previous_hash TEXT NOT NULL,
    hash TEXT NOT NULL
) STRICT;

CREATE INDEX audit_event_product_idx ON audit_event (product_id, seq);
CREATE INDEX audit_event_subject_idx ON audit_event (subject_id, seq);

CREATE TRIGGER audit_event_update BEFORE UPDATE ON audit_event
BEGIN
    SELECT RAISE(ABORT, 'audit events are never changed');
END;

CREATE TRIGGER audit_event_delete BEFORE DELETE ON audit_event
BEGIN
    SELECT RAISE(ABORT, 'audit events are never deleted');
END;

-- What has changed, for whoever shows it. The tail is kept, see the store.
CREATE TABLE change_notice (
    seq INTEGER NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    product_id BLOB
) STRICT;

CREATE TABLE setting (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;
