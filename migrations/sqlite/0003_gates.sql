-- What waits for a person at a provider. `first_seen_at` is by our clock; a gate that has ended stays for those who ask what became of it.
CREATE TABLE gate (
    id BLOB NOT NULL PRIMARY KEY,
    revision INTEGER NOT NULL,
    connection_id BLOB NOT NULL REFERENCES connection (id) ON DELETE CASCADE,
    repository TEXT NOT NULL,
    external_id TEXT NOT NULL,
    product_id BLOB REFERENCES product (id) ON DELETE CASCADE,
    environment_id BLOB REFERENCES environment (id) ON DELETE CASCADE,
    deployment_id BLOB REFERENCES deployment (id),
    state TEXT NOT NULL CHECK (state IN ('waiting', 'answering', 'answer_unknown', 'answered', 'too_late', 'gone')),
    first_seen_at INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;

-- Each waits once. One that was answered may wait again later, in another attempt of its run.
CREATE UNIQUE INDEX gate_open_key ON gate (connection_id, repository, external_id) WHERE state IN ('waiting', 'answering', 'answer_unknown');
CREATE INDEX gate_connection_idx ON gate (connection_id);
CREATE INDEX gate_product_idx ON gate (product_id, first_seen_at, id);
CREATE INDEX gate_environment_idx ON gate (environment_id);
CREATE INDEX gate_deployment_idx ON gate (deployment_id, first_seen_at, id);
CREATE INDEX gate_seen_idx ON gate (first_seen_at, id);

CREATE TABLE outbox_next (
    subject_kind TEXT NOT NULL CHECK (subject_kind IN ('deployment', 'incident', 'gate', 'unplanned_run')),
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
