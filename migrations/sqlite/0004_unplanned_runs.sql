-- Runs that Pilothouse did not start. `first_seen_at` is by our clock. A connection that is taken away leaves what was seen through it.
CREATE TABLE unplanned_run (
    id BLOB NOT NULL PRIMARY KEY,
    revision INTEGER NOT NULL,
    product_id BLOB NOT NULL REFERENCES product (id) ON DELETE CASCADE,
    connection_id BLOB NOT NULL,
    repository TEXT NOT NULL,
    external_id TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'explained', 'ours')),
    first_seen_at INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;

-- Each attempt of a run is told of once, whoever sees it.
CREATE UNIQUE INDEX unplanned_run_attempt_key ON unplanned_run (product_id, connection_id, repository, external_id, attempt);
CREATE INDEX unplanned_run_product_seen_idx ON unplanned_run (product_id, first_seen_at, id);
CREATE INDEX unplanned_run_seen_idx ON unplanned_run (first_seen_at, id);
CREATE INDEX unplanned_run_open_idx ON unplanned_run (first_seen_at, id) WHERE state = 'open';

-- Where watching a pipeline has come to.
CREATE TABLE pipeline_mark (
    connection_id BLOB NOT NULL REFERENCES connection (id) ON DELETE CASCADE,
    repository TEXT NOT NULL,
    pipeline TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (connection_id, repository, pipeline)
) STRICT;

-- The budget of calls that a provider told last, for hosts that don't ask it themselves.
CREATE TABLE connection_budget (
    connection_id BLOB NOT NULL PRIMARY KEY REFERENCES connection (id) ON DELETE CASCADE,
    body TEXT NOT NULL
) STRICT;
