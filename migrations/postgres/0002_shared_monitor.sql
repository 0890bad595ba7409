-- Who does what only one host may do at a time, such as measuring, and until when.
CREATE TABLE lease (
    name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    holder TEXT NOT NULL,
    lease_until BIGINT NOT NULL
);

-- `written_at` is the moment from which an entry waits: where the clock stands before it, the clock was set back. Of the
-- entries that are there already it is not known; they are taken to be old.
ALTER TABLE outbox ADD COLUMN written_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE outbox ALTER COLUMN written_at DROP DEFAULT;

-- `versions` is what a check of the running version read last, as a JSON list.
ALTER TABLE check_state ADD COLUMN versions TEXT NOT NULL DEFAULT '[]';
ALTER TABLE check_state ALTER COLUMN versions DROP DEFAULT;
