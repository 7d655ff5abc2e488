-- What a host's robots.txt said, remembered for weeks so that a quiet night need not ask. Counts
-- only if its run does.
CREATE TABLE robots (
    run_id INTEGER NOT NULL,
    host VARCHAR NOT NULL, -- with its port where that is unusual
    night DATE NOT NULL,
    status INTEGER NOT NULL, -- 0 where no answer came
    rules VARCHAR NOT NULL -- the lines that can speak to us; empty where nothing is disallowed
);

-- What GitHub said of a repository, by the entity tag under which it would say the same again, so
-- that it need not. Counts only if its run does.
CREATE TABLE github_repositories (
    run_id INTEGER NOT NULL,
    asked VARCHAR NOT NULL, -- `owner/name` as it was asked for
    night DATE NOT NULL,
    etag VARCHAR NOT NULL,
    name VARCHAR NOT NULL, -- `owner/name` as it is called
    identity VARCHAR,
    archived BOOLEAN NOT NULL,
    disabled BOOLEAN NOT NULL,
    private BOOLEAN NOT NULL,
    pushed_at TIMESTAMP -- UTC
);
