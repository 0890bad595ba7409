-- Whose feedback it is, where it came through the feedback form: a tester sees what they gave, and nothing else.
ALTER TABLE feedback ADD COLUMN tester_id UUID;

CREATE INDEX feedback_tester_idx ON feedback (round_id, tester_id, given_at, id);
