-- Documents of a product and their versions. `words` is what a search looks in: folded to small letters.
CREATE TABLE document (
    id UUID NOT NULL PRIMARY KEY,
    revision BIGINT NOT NULL,
    product_id UUID NOT NULL REFERENCES product (id) ON DELETE CASCADE,
    title TEXT COLLATE "C" NOT NULL,
    number BIGINT NOT NULL,
    words TEXT COLLATE "C" NOT NULL,
    body TEXT NOT NULL
);

CREATE UNIQUE INDEX document_product_title_key ON document (product_id, title);

CREATE TABLE document_version (
    id UUID NOT NULL PRIMARY KEY,
    revision BIGINT NOT NULL,
    product_id UUID NOT NULL REFERENCES product (id) ON DELETE CASCADE,
    document_id UUID NOT NULL REFERENCES document (id) ON DELETE CASCADE,
    number BIGINT NOT NULL,
    words TEXT COLLATE "C" NOT NULL,
    body TEXT NOT NULL
);

CREATE UNIQUE INDEX document_version_number_key ON document_version (document_id, number);
CREATE INDEX document_version_product_idx ON document_version (product_id);
