-- What the feeds' addresses answered, for some nights: a parser can be run again over it, and a
-- server that knows its own validator need not send a page twice.
CREATE TABLE bodies (
    night DATE NOT NULL,
    url VARCHAR NOT NULL,
    final_url VARCHAR NOT NULL,
    status INTEGER NOT NULL,
    content_type VARCHAR NOT NULL,
    etag VARCHAR NOT NULL,
    last_modified VARCHAR NOT NULL,
    content_id UBIGINT NOT NULL
);

-- The bodies themselves, the same one once however many nights it came.
CREATE TABLE contents (
    id UBIGINT NOT NULL, -- of the content
    packed BLOB NOT NULL -- zlib, RFC 1950
);
