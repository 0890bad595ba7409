-- Which files of the runs of an environment's pipeline are reports of tests.
CREATE TABLE report_rule (
    environment_id UUID NOT NULL PRIMARY KEY REFERENCES environment (id) ON DELETE CASCADE,
    body TEXT NOT NULL
);

-- Of reports that came from a run: which attempt of it, so that they are imported once. NULL for everything else.
ALTER TABLE smoke_run ADD COLUMN origin TEXT;

CREATE UNIQUE INDEX smoke_run_origin_key ON smoke_run (origin);
