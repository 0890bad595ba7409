-- Releases of several products that go out as one, and their ways to environments.
CREATE TABLE coordinated_release (
    id BLOB NOT NULL PRIMARY KEY,
    revision INTEGER NOT NULL,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    closed_at INTEGER,
    body TEXT NOT NULL
) STRICT;

CREATE INDEX coordinated_release_created_idx ON coordinated_release (created_at, id);
CREATE UNIQUE INDEX coordinated_release_name_key ON coordinated_release (name) WHERE closed_at IS NULL;

CREATE TABLE coordinated_run (
    id BLOB NOT NULL PRIMARY KEY,
    revision INTEGER NOT NULL,
    coordinated_release_id BLOB NOT NULL REFERENCES coordinated_release (id) ON DELETE CASCADE,
    environment TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    settled_at INTEGER,
    body TEXT NOT NULL
) STRICT;

CREATE INDEX coordinated_run_started_idx ON coordinated_run (started_at, id);
CREATE INDEX coordinated_run_release_idx ON coordinated_run (coordinated_release_id, started_at, id);
CREATE UNIQUE INDEX coordinated_run_open_key ON coordinated_run (coordinated_release_id, environment) WHERE settled_at IS NULL;
