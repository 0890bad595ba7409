-- Rounds of user acceptance testing, each for one version in one environment, and the feedback of testers.
CREATE TABLE uat_round (
    id UUID NOT NULL PRIMARY KEY,
    revision BIGINT NOT NULL,
    product_id UUID NOT NULL REFERENCES product (id) ON DELETE CASCADE,
    environment_id UUID NOT NULL REFERENCES environment (id) ON DELETE CASCADE,
    release_id UUID NOT NULL REFERENCES release (id) ON DELETE CASCADE,
    begun_at BIGINT NOT NULL,
    body TEXT NOT NULL
);

CREATE INDEX uat_round_product_idx ON uat_round (product_id, begun_at, id);
CREATE INDEX uat_round_release_idx ON uat_round (release_id, begun_at, id);
CREATE INDEX uat_round_environment_idx ON uat_round (environment_id);

-- `standing` tells what was decided: untriaged, blocker, solved, later, wont, duplicate.
CREATE TABLE feedback (
    id UUID NOT NULL PRIMARY KEY,
    revision BIGINT NOT NULL,
    product_id UUID NOT NULL REFERENCES product (id) ON DELETE CASCADE,
    round_id UUID NOT NULL REFERENCES uat_round (id) ON DELETE CASCADE,
    external_key TEXT COLLATE "C" NOT NULL,
    standing TEXT NOT NULL CHECK (standing IN ('untriaged', 'blocker', 'solved', 'later', 'wont', 'duplicate')),
    given_at BIGINT NOT NULL,
    body TEXT NOT NULL
);

-- What comes from elsewhere is taken once.
CREATE UNIQUE INDEX feedback_round_key ON feedback (round_id, external_key);
CREATE INDEX feedback_round_idx ON feedback (round_id, given_at, id);
CREATE INDEX feedback_product_idx ON feedback (product_id, standing, given_at, id);
