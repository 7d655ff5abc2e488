-- Observations of months that are long over, folded: a row for each run of looks at a link that
-- came out alike, and in lists what differs from look to look, so that every one of them can be
-- told again as it was noted. A stretch ends with its month: what was folded never changes, and
-- the file of its month in an export neither.
CREATE TABLE stretches (
    link_id INTEGER NOT NULL,
    first_night DATE NOT NULL,
    times INTEGER NOT NULL, -- how many looks; as long are the lists
    outcome outcome NOT NULL,
    asked VARCHAR NOT NULL,
    status INTEGER,
    final_url VARCHAR,
    permanent BOOLEAN NOT NULL,
    freshness freshness,
    identity VARCHAR,
    looks INTEGER NOT NULL,
    evidence VARCHAR NOT NULL,
    run_ids INTEGER[] NOT NULL,
    nights DATE[] NOT NULL,
    seen_at TIMESTAMP[] NOT NULL,
    elapsed_ms INTEGER[] NOT NULL,
    fingerprints VARCHAR[] NOT NULL
);
