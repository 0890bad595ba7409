-- Templates of checklists, the checklists that releases have made from them, and evidence. A template may be taken away: what was made
-- from it stays.
CREATE TABLE checklist_template (
    id UUID NOT NULL PRIMARY KEY,
    revision BIGINT NOT NULL,
    product_id UUID NOT NULL REFERENCES product (id) ON DELETE CASCADE,
    environment_id UUID NOT NULL REFERENCES environment (id) ON DELETE CASCADE,
    name TEXT COLLATE "C" NOT NULL,
    moment TEXT NOT NULL CHECK (moment IN ('before', 'after')),
    body TEXT NOT NULL
);

CREATE UNIQUE INDEX checklist_template_environment_name_key ON checklist_template (environment_id, name);
CREATE INDEX checklist_template_product_idx ON checklist_template (product_id, name, id);

CREATE TABLE checklist (
    id UUID NOT NULL PRIMARY KEY,
    revision BIGINT NOT NULL,
    product_id UUID NOT NULL REFERENCES product (id) ON DELETE CASCADE,
    environment_id UUID NOT NULL REFERENCES environment (id) ON DELETE CASCADE,
    release_id UUID NOT NULL REFERENCES release (id) ON DELETE CASCADE,
    template_id UUID NOT NULL,
    begun_at BIGINT NOT NULL,
    body TEXT NOT NULL
);

-- A release goes through a template once.
CREATE UNIQUE INDEX checklist_release_template_key ON checklist (release_id, template_id);
CREATE INDEX checklist_template_idx ON checklist (template_id, begun_at, id);
CREATE INDEX checklist_product_idx ON checklist (product_id, begun_at, id);
CREATE INDEX checklist_environment_idx ON checklist (environment_id);

-- What was attached to a part of something: of a checklist, a feedback, a runbook, a drill. `digest` names the content of a file that was
-- not taken back, and is empty for everything else.
CREATE TABLE evidence (
    id UUID NOT NULL PRIMARY KEY,
    revision BIGINT NOT NULL,
    product_id UUID NOT NULL REFERENCES product (id) ON DELETE CASCADE,
    owner_kind TEXT NOT NULL,
    owner_id UUID NOT NULL,
    digest TEXT COLLATE "C" NOT NULL,
    attached_at BIGINT NOT NULL,
    body TEXT NOT NULL
);

CREATE INDEX evidence_owner_idx ON evidence (owner_kind, owner_id, attached_at, id);
CREATE INDEX evidence_product_idx ON evidence (product_id, attached_at, id);
CREATE INDEX evidence_digest_idx ON evidence (digest);

-- The content of files, each once. `digest` is its SHA-256 in hexadecimal.
CREATE TABLE evidence_content (
    digest TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    content BYTEA NOT NULL
);
