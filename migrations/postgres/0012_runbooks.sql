-- Runbooks of products: what is drafted and what was published last is in `body`. A runbook may be taken away: its runs, and what
-- releases have attached, stay.
CREATE TABLE runbook (
    id UUID NOT NULL PRIMARY KEY,
    revision BIGINT NOT NULL,
    product_id UUID NOT NULL REFERENCES product (id) ON DELETE CASCADE,
    name TEXT COLLATE "C" NOT NULL,
    body TEXT NOT NULL
);

CREATE UNIQUE INDEX runbook_product_name_key ON runbook (product_id, name);

-- Runs of runbooks, each with a copy of what was published then.
CREATE TABLE runbook_run (
    id UUID NOT NULL PRIMARY KEY,
    revision BIGINT NOT NULL,
    product_id UUID NOT NULL REFERENCES product (id) ON DELETE CASCADE,
    environment_id UUID NOT NULL REFERENCES environment (id) ON DELETE CASCADE,
    release_id UUID REFERENCES release (id) ON DELETE CASCADE,
    runbook_id UUID NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('running', 'completed', 'stopped')),
    begun_at BIGINT NOT NULL,
    body TEXT NOT NULL
);

-- A runbook runs once at a time in an environment.
CREATE UNIQUE INDEX runbook_run_active_key ON runbook_run (runbook_id, environment_id) WHERE state = 'running';
CREATE INDEX runbook_run_product_idx ON runbook_run (product_id, begun_at, id);
CREATE INDEX runbook_run_runbook_idx ON runbook_run (runbook_id, begun_at, id);
CREATE INDEX runbook_run_release_idx ON runbook_run (release_id, begun_at, id);
CREATE INDEX runbook_run_environment_idx ON runbook_run (environment_id);

-- What an environment asks for; `id` is the environment's.
CREATE TABLE runbook_rule (
    id UUID NOT NULL PRIMARY KEY REFERENCES environment (id) ON DELETE CASCADE,
    revision BIGINT NOT NULL,
    product_id UUID NOT NULL REFERENCES product (id) ON DELETE CASCADE,
    body TEXT NOT NULL
);

CREATE INDEX runbook_rule_product_idx ON runbook_rule (product_id);

-- The rollback runbook of a release, frozen as it was attached; `id` is the release's.
CREATE TABLE attached_runbook (
    id UUID NOT NULL PRIMARY KEY REFERENCES release (id) ON DELETE CASCADE,
    revision BIGINT NOT NULL,
    product_id UUID NOT NULL REFERENCES product (id) ON DELETE CASCADE,
    body TEXT NOT NULL
);

CREATE INDEX attached_runbook_product_idx ON attached_runbook (product_id);
