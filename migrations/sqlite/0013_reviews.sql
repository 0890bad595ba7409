-- Reviews of releases: what went well, what should go better, what is to be done about it. A release has one.
CREATE TABLE review (
    id BLOB NOT NULL PRIMARY KEY,
    revision INTEGER NOT NULL,
    product_id BLOB NOT NULL REFERENCES product (id) ON DELETE CASCADE,
    release_id BLOB NOT NULL REFERENCES release (id) ON DELETE CASCADE,
    begun_at INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;

CREATE UNIQUE INDEX review_release_key ON review (release_id);
CREATE INDEX review_product_idx ON review (product_id, begun_at, id);
