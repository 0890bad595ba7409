-- Freezes and change windows, overrides of them, and locks over everything: a lock may belong to no product.
CREATE TABLE calendar_window (
    id BLOB NOT NULL PRIMARY KEY,
    revision INTEGER NOT NULL,
    product_id BLOB REFERENCES product (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    withdrawn_at INTEGER,
    body TEXT NOT NULL
) STRICT;

CREATE INDEX calendar_window_product_idx ON calendar_window (product_id);
CREATE INDEX calendar_window_open_idx ON calendar_window (name, id) WHERE withdrawn_at IS NULL;

CREATE TABLE freeze_override (
    id BLOB NOT NULL PRIMARY KEY,
    revision INTEGER NOT NULL,
    product_id BLOB NOT NULL REFERENCES product (id) ON DELETE CASCADE,
    release_id BLOB NOT NULL REFERENCES release (id) ON DELETE CASCADE,
    environment_id BLOB NOT NULL REFERENCES environment (id) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;

CREATE INDEX freeze_override_product_idx ON freeze_override (product_id, at, id);
CREATE INDEX freeze_override_release_idx ON freeze_override (release_id, at, id);
CREATE INDEX freeze_override_environment_idx ON freeze_override (environment_id);

CREATE TABLE lock_anew (
    id BLOB NOT NULL PRIMARY KEY,
    revision INTEGER NOT NULL,
    product_id BLOB REFERENCES product (id) ON DELETE CASCADE,
    environment_id BLOB REFERENCES environment (id) ON DELETE CASCADE,
    release_id BLOB REFERENCES release (id),
    since INTEGER NOT NULL,
    lifted_at INTEGER,
    body TEXT NOT NULL
) STRICT;

INSERT INTO lock_anew (id, revision, product_id, environment_id, release_id, since, lifted_at, body)
SELECT id, revision, product_id, environment_id, release_id, since, lifted_at, body FROM lock;

DROP TABLE lock;
ALTER TABLE lock_anew RENAME TO lock;

CREATE INDEX lock_product_idx ON lock (product_id);
CREATE INDEX lock_environment_idx ON lock (environment_id);
CREATE INDEX lock_release_idx ON lock (release_id);
CREATE INDEX lock_open_idx ON lock (since, id) WHERE lifted_at IS NULL;
