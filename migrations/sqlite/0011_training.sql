-- Courses, their sessions, and what shows who was trained.
CREATE TABLE course (
    id BLOB NOT NULL PRIMARY KEY,
    revision INTEGER NOT NULL,
    product_id BLOB NOT NULL REFERENCES product (id) ON DELETE CASCADE,
    title TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT;

CREATE UNIQUE INDEX course_product_title_key ON course (product_id, title);

CREATE TABLE training_session (
    id BLOB NOT NULL PRIMARY KEY,
    revision INTEGER NOT NULL,
    product_id BLOB NOT NULL REFERENCES product (id) ON DELETE CASCADE,
    course_id BLOB NOT NULL REFERENCES course (id) ON DELETE CASCADE,
    begins_at INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;

CREATE INDEX training_session_product_idx ON training_session (product_id, begins_at, id);
CREATE INDEX training_session_course_idx ON training_session (course_id);

CREATE TABLE training_record (
    id BLOB NOT NULL PRIMARY KEY,
    revision INTEGER NOT NULL,
    product_id BLOB NOT NULL REFERENCES product (id) ON DELETE CASCADE,
    course_id BLOB NOT NULL REFERENCES course (id) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;

CREATE INDEX training_record_product_idx ON training_record (product_id, at, id);
CREATE INDEX training_record_course_idx ON training_record (course_id, at, id);
