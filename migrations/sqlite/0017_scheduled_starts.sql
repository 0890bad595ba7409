-- Starts that are set for a time, and release trains.
CREATE TABLE scheduled_start (
    id BLOB NOT NULL PRIMARY KEY,
    revision INTEGER NOT NULL,
    product_id BLOB NOT NULL REFERENCES product (id) ON DELETE CASCADE,
    release_id BLOB NOT NULL REFERENCES release (id) ON DELETE CASCADE,
    environment_id BLOB NOT NULL REFERENCES environment (id) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    settled_at INTEGER,
    body TEXT NOT NULL
) STRICT;

CREATE INDEX scheduled_start_at_idx ON scheduled_start (at, id);
CREATE INDEX scheduled_start_product_idx ON scheduled_start (product_id, at, id);
CREATE INDEX scheduled_start_release_idx ON scheduled_start (release_id, at, id);
CREATE INDEX scheduled_start_environment_idx ON scheduled_start (environment_id, at, id);
CREATE UNIQUE INDEX scheduled_start_open_key ON scheduled_start (release_id, environment_id) WHERE settled_at IS NULL;

CREATE TABLE train (
    id BLOB NOT NULL PRIMARY KEY,
    revision INTEGER NOT NULL,
    product_id BLOB NOT NULL REFERENCES product (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    withdrawn_at INTEGER,
    body TEXT NOT NULL
) STRICT;

CREATE INDEX train_product_idx ON train (product_id);
CREATE UNIQUE INDEX train_product_name_key ON train (product_id, name) WHERE withdrawn_at IS NULL;
