-- Smoke scenarios: what is asked is in `body`.
CREATE TABLE smoke_scenario (
    id BLOB NOT NULL PRIMARY KEY,
    revision INTEGER NOT NULL,
    product_id BLOB NOT NULL REFERENCES product (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT;

CREATE UNIQUE INDEX smoke_scenario_product_name_key ON smoke_scenario (product_id, name);

-- Where an environment's service is reached by smoke tests.
CREATE TABLE smoke_target (
    environment_id BLOB NOT NULL PRIMARY KEY REFERENCES environment (id) ON DELETE CASCADE,
    base_url TEXT NOT NULL
) STRICT;

-- Runs of scenarios, and imported reports. `subject` says of what; a scenario that is taken away leaves its runs.
CREATE TABLE smoke_run (
    id BLOB NOT NULL PRIMARY KEY,
    revision INTEGER NOT NULL,
    product_id BLOB NOT NULL REFERENCES product (id) ON DELETE CASCADE,
    environment_id BLOB NOT NULL REFERENCES environment (id) ON DELETE CASCADE,
    release_id BLOB NOT NULL REFERENCES release (id) ON DELETE CASCADE,
    subject TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('requested', 'running', 'passed', 'failed', 'errored')),
    requested_at INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;

CREATE INDEX smoke_run_product_requested_idx ON smoke_run (product_id, requested_at, id);
CREATE INDEX smoke_run_release_subject_idx ON smoke_run (release_id, environment_id, subject, requested_at, id);
CREATE INDEX smoke_run_environment_idx ON smoke_run (environment_id);

-- What was sent and what came back, without secrets: large, and read only when somebody looks.
CREATE TABLE smoke_exchange (
    smoke_run_id BLOB NOT NULL REFERENCES smoke_run (id) ON DELETE CASCADE,
    step INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (smoke_run_id, step, attempt)
) STRICT;
