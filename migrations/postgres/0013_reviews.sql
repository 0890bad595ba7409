-- Reviews of releases: what went well, what should go better, what is to be done about it. A release has one.
CREATE TABLE review (
    id UUID NOT NULL PRIMARY KEY,
    revision BIGINT NOT NULL,
    product_id UUID NOT NULL REFERENCES product (id) ON DELETE CASCADE,
    release_id UUID NOT NULL REFERENCES release (id) ON DELETE CASCADE,
    begun_at BIGINT NOT NULL,
    body TEXT NOT NULL
);

CREATE UNIQUE INDEX review_release_key ON review (release_id);
CREATE INDEX review_product_idx ON review (product_id, begun_at, id);
