-- What the page of a look was like, in a line: `html 6 0123456789abcdef Title`. NULL where no body
-- came, and for every look that was noted before this column.
ALTER TABLE observations ADD COLUMN fingerprint VARCHAR;

-- What a made-up address answered, once per folder and three weeks: a folder that answers
-- everything alike proves nothing by its 200. Counts only if its run does.
CREATE TABLE siblings (
    run_id INTEGER NOT NULL,
    folder VARCHAR NOT NULL, -- `https://host/path/`
    night DATE NOT NULL,
    status INTEGER NOT NULL,
    final_url VARCHAR, -- where it ended, if not where it began
    fingerprint VARCHAR,
    says_missing BOOLEAN NOT NULL,
    parked BOOLEAN NOT NULL
);
