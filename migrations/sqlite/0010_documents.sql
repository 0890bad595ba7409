-- Documents of a product and their versions. `words` is what a search looks in: folded to small letters.
CREATE TABLE document (
    id BLOB NOT NULL PRIMARY KEY,
    revision INTEGER NOT NULL,
    product_id BLOB NOT NULL REFERENCES product (id) ON DELETE CASCADE,
    title TEXT NOT NULL,
    number INTEGER NOT NULL,
    words TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT;

CREATE UNIQUE INDEX document_product_title_key ON document (product_id, title);

CREATE TABLE document_version (
    id BLOB NOT NULL PRIMARY KEY,
    revision INTEGER NOT NULL,
    product_id BLOB NOT NULL REFERENCES product (id) ON DELETE CASCADE,
    document_id BLOB NOT NULL REFERENCES document (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    words TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT;

CREATE UNIQUE INDEX document_version_number_key ON document_version (document_id, number);
CREATE INDEX document_version_product_idx ON document_version (product_id);
