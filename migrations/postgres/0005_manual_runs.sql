-- Runs that people started by hand from here. `external_id` is the run's id at the provider, empty while it isn't known. The
-- connection may be taken away since: what was done through it stays.
CREATE TABLE manual_run (
    id UUID NOT NULL PRIMARY KEY,
    revision BIGINT NOT NULL,
    connection_id UUID NOT NULL,
    repository TEXT COLLATE "C" NOT NULL,
    pipeline TEXT COLLATE "C" NOT NULL,
    external_id TEXT COLLATE "C" NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('requested', 'sending', 'looking', 'started', 'refused', 'unknown')),
    requested_at BIGINT NOT NULL,
    body TEXT NOT NULL
);

CREATE INDEX manual_run_requested_idx ON manual_run (requested_at, id);
CREATE INDEX manual_run_repository_requested_idx ON manual_run (connection_id, repository, requested_at, id);
CREATE INDEX manual_run_external_idx ON manual_run (external_id);

-- The outbox takes further subjects. Which there are is the program's to say, so that a new one needs no new table.
ALTER TABLE outbox DROP CONSTRAINT outbox_subject_kind_check;
