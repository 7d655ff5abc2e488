-- Moments are naive UTC: a TIMESTAMPTZ needs pytz to come back as a Python value.
-- No foreign keys: DuckDB checks them against rows that the same transaction already changed.

CREATE TYPE run_status AS ENUM ('running', 'judged', 'not_judged');
CREATE TYPE outcome AS ENUM (
    'ok', 'redirected', 'gone', 'missing', 'server_error', 'blocked', 'dns', 'dns_trouble',
    'refused', 'reset', 'timeout', 'tls', 'redirect_loop', 'protocol', 'soft_missing', 'parked',
    'home_redirect', 'taken_over', 'refused_by_policy', 'malformed', 'skipped'
);
CREATE TYPE freshness AS ENUM ('fresh', 'archived', 'idle', 'withdrawn', 'disabled', 'superseded');
CREATE TYPE state AS ENUM (
    'alive', 'suspect', 'dead', 'moved', 'insecure', 'stale', 'blocked', 'refused', 'unchecked'
);
CREATE TYPE source_state AS ENUM ('ok', 'fallback', 'stale', 'down');
CREATE TYPE decision_kind AS ENUM ('keep', 'decline');

CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    night DATE NOT NULL,
    started_at TIMESTAMP NOT NULL,
    finished_at TIMESTAMP,
    status run_status NOT NULL,
    reason VARCHAR NOT NULL,
    links INTEGER NOT NULL,
    looked_at INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    seconds DOUBLE NOT NULL,
    adopted_by INTEGER -- the later run of the same night that took this one's observations over
);

-- A link's text is stored here once; every other table speaks of its number.
CREATE TABLE links (
    id INTEGER PRIMARY KEY,
    link VARCHAR NOT NULL UNIQUE,
    host VARCHAR -- NULL where the text is no web address
);

-- Append-only. The key leaves the night out, which the run implies: with it the index alone
-- would take four times the room of the rows (measured: a year of nights of 3,000 links).
CREATE TABLE observations (
    run_id INTEGER NOT NULL,
    link_id INTEGER NOT NULL,
    night DATE NOT NULL,
    seen_at TIMESTAMP NOT NULL,
    outcome outcome NOT NULL,
    asked VARCHAR NOT NULL,
    status INTEGER,
    final_url VARCHAR,
    permanent BOOLEAN NOT NULL,
    freshness freshness,
    identity VARCHAR,
    looks INTEGER NOT NULL,
    elapsed_ms INTEGER NOT NULL,
    evidence VARCHAR NOT NULL,
    PRIMARY KEY (run_id, link_id)
);

-- Append-only: a row is a change of mind. `nights` and `last_checked` are as of that change.
CREATE TABLE verdicts (
    id INTEGER PRIMARY KEY,
    run_id INTEGER NOT NULL,
    night DATE NOT NULL,
    link_id INTEGER NOT NULL,
    state state NOT NULL,
    reason VARCHAR NOT NULL,
    since DATE,
    nights INTEGER NOT NULL,
    last_checked DATE,
    suggestion VARCHAR,
    archive VARCHAR
);

-- The two numbers of a verdict that move while it stands, as each run found them; what a later
-- judged run has overtaken is dropped.
CREATE TABLE tallies (
    run_id INTEGER NOT NULL,
    link_id INTEGER NOT NULL,
    nights INTEGER NOT NULL,
    last_checked DATE
);

CREATE TABLE pulls (
    id INTEGER PRIMARY KEY,
    source VARCHAR NOT NULL,
    night DATE NOT NULL,
    pulled_at TIMESTAMP NOT NULL,
    state source_state NOT NULL,
    used VARCHAR NOT NULL,
    items INTEGER NOT NULL,
    note VARCHAR NOT NULL
);

-- What a feed says of a thing, stored once however many nights it says so.
CREATE TABLE texts (
    id UBIGINT PRIMARY KEY, -- of the row's content
    identity VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    title VARCHAR NOT NULL,
    url VARCHAR NOT NULL,
    summary VARCHAR NOT NULL,
    published DATE,
    repository VARCHAR
);

CREATE TABLE items (
    pull_id INTEGER NOT NULL,
    rank INTEGER NOT NULL,
    text_id UBIGINT NOT NULL,
    stars INTEGER,
    stars_today INTEGER,
    upvotes INTEGER
);

-- Each time that candidates were chosen, even if there were none.
CREATE TABLE choices (
    id INTEGER PRIMARY KEY,
    night DATE NOT NULL
);

CREATE TABLE candidates (
    identity VARCHAR PRIMARY KEY,
    title VARCHAR NOT NULL,
    url VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    why VARCHAR NOT NULL,
    section VARCHAR[] NOT NULL,
    score DOUBLE NOT NULL,
    first_seen DATE NOT NULL,
    summary VARCHAR NOT NULL,
    choice_id INTEGER NOT NULL -- the last choice that it was part of
);

-- Append-only: a decision is taken back by a row that says so.
CREATE TABLE decisions (
    id INTEGER PRIMARY KEY,
    url VARCHAR NOT NULL,
    kind decision_kind NOT NULL,
    verdict VARCHAR,
    until DATE,
    reason VARCHAR NOT NULL,
    decided_at TIMESTAMP NOT NULL,
    undone BOOLEAN NOT NULL
);
