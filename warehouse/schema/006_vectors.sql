CREATE TABLE text_vectors (
    id UBIGINT NOT NULL,
    vector BLOB NOT NULL
);
