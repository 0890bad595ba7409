-- Freezes and change windows, overrides of them, and locks over everything: a lock may belong to no product.
CREATE TABLE calendar_window (
    id UUID NOT NULL PRIMARY KEY,
    revision BIGINT NOT NULL,
    product_id UUID REFERENCES product (id) ON DELETE CASCADE,
    name TEXT COLLATE "C" NOT NULL,
    withdrawn_at BIGINT,
    body TEXT NOT NULL
);

CREATE INDEX calendar_window_product_idx ON calendar_window (product_id);
CREATE INDEX calendar_window_open_idx ON calendar_window (name, id) WHERE withdrawn_at IS NULL;

CREATE TABLE freeze_override (
    id UUID NOT NULL PRIMARY KEY,
    revision BIGINT NOT NULL,
    product_id UUID NOT NULL REFERENCES product (id) ON DELETE CASCADE,
    release_id UUID NOT NULL REFERENCES release (id) ON DELETE CASCADE,
    environment_id UUID NOT NULL REFERENCES environment (id) ON DELETE CASCADE,
    at BIGINT NOT NULL,
    body TEXT NOT NULL
);

CREATE INDEX freeze_override_product_idx ON freeze_override (product_id, at, id);
CREATE INDEX freeze_override_release_idx ON freeze_override (release_id, at, id);
CREATE INDEX freeze_override_environment_idx ON freeze_override (environment_id);

ALTER TABLE lock ALTER COLUMN product_id DROP NOT NULL;
