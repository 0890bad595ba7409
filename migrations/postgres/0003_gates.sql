-- What waits for a person at a provider. `first_seen_at` is by our clock; a gate that has ended stays for those who ask what became of it.
CREATE TABLE gate (
    id UUID NOT NULL PRIMARY KEY,
    revision BIGINT NOT NULL,
    connection_id UUID NOT NULL REFERENCES connection (id) ON DELETE CASCADE,
    repository TEXT NOT NULL,
    external_id TEXT NOT NULL,
    product_id UUID REFERENCES product (id) ON DELETE CASCADE,
    environment_id UUID REFERENCES environment (id) ON DELETE CASCADE,
    deployment_id UUID REFERENCES deployment (id),
    state TEXT NOT NULL CHECK (state IN ('waiting', 'answering', 'answer_unknown', 'answered', 'too_late', 'gone')),
    first_seen_at BIGINT NOT NULL,
    body TEXT NOT NULL
);

-- Each waits once. One that was answered may wait again later, in another attempt of its run.
CREATE UNIQUE INDEX gate_open_key ON gate (connection_id, repository, external_id) WHERE state IN ('waiting', 'answering', 'answer_unknown');
CREATE INDEX gate_connection_idx ON gate (connection_id);
CREATE INDEX gate_product_idx ON gate (product_id, first_seen_at, id);
CREATE INDEX gate_environment_idx ON gate (environment_id);
CREATE INDEX gate_deployment_idx ON gate (deployment_id, first_seen_at, id);
CREATE INDEX gate_seen_idx ON gate (first_seen_at, id);

ALTER TABLE outbox DROP CONSTRAINT outbox_subject_kind_check;
ALTER TABLE outbox ADD CONSTRAINT outbox_subject_kind_check CHECK (subject_kind IN ('deployment', 'incident', 'gate', 'unplanned_run'));
