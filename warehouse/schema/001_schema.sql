-- Timestamps are naive UTC: DuckDB needs pytz to return a TIMESTAMPTZ to Python.
-- There are no foreign keys: DuckDB checks them against rows that the same transaction has changed.
-- Tables are written with the appender, which takes the columns in the order given here.
-- `outcome` and `freshness` are closed sets of links/observation.py, checked where rows are written.

CREATE TYPE run_status AS ENUM ('running', 'judged', 'not_judged');
CREATE TYPE verdict_state AS ENUM (
    'alive', 'suspect', 'dead', 'moved', 'insecure', 'stale', 'blocked', 'refused', 'unchecked'
);
CREATE TYPE source_state AS ENUM ('ok', 'fallback', 'stale', 'down');
CREATE TYPE override_kind AS ENUM ('keep', 'decline');
CREATE TYPE override_origin AS ENUM ('command', 'edit', 'review');
CREATE TYPE snapshot_lookup_result AS ENUM ('found', 'nothing', 'blocked');
CREATE TYPE witness AS ENUM ('archive', 'archived_home', 'resolver', 'registry', 'home');
CREATE TYPE witness_result AS ENUM ('well', 'nothing', 'gone', 'unreached');
CREATE TYPE line_kind AS ENUM ('flag', 'candidate');
CREATE TYPE line_event AS ENUM ('written', 'seen', 'reverted', 'withdrawn', 'gone');

CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    run_date DATE NOT NULL,
    started_at TIMESTAMP NOT NULL,
    finished_at TIMESTAMP,
    status run_status NOT NULL,
    reason VARCHAR NOT NULL,
    links INTEGER NOT NULL,
    checked INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    seconds DOUBLE NOT NULL,
    adopted_by INTEGER,
    rules_version VARCHAR,
    vantage VARCHAR NOT NULL
);

CREATE TABLE links (
    id INTEGER PRIMARY KEY,
    link VARCHAR NOT NULL UNIQUE,
    host VARCHAR
);

-- Append-only. The key leaves out the date, which follows from the run: with it, the index alone
-- takes four times the space of the rows (a year of runs over 3,000 links).
CREATE TABLE observations (
    run_id INTEGER NOT NULL,
    link_id INTEGER NOT NULL,
    run_date DATE NOT NULL,
    seen_at TIMESTAMP NOT NULL,
    outcome VARCHAR NOT NULL,
    checked_by VARCHAR NOT NULL,
    status INTEGER,
    final_url VARCHAR,
    permanent BOOLEAN NOT NULL,
    freshness VARCHAR,
    identity VARCHAR,
    checks INTEGER NOT NULL,
    elapsed_ms INTEGER NOT NULL,
    evidence VARCHAR NOT NULL,
    fingerprint VARCHAR,
    PRIMARY KEY (run_id, link_id)
);

CREATE TABLE compacted_observations (
    link_id INTEGER NOT NULL,
    first_date DATE NOT NULL,
    observations INTEGER NOT NULL,
    outcome VARCHAR NOT NULL,
    checked_by VARCHAR NOT NULL,
    status INTEGER,
    final_url VARCHAR,
    permanent BOOLEAN NOT NULL,
    freshness VARCHAR,
    identity VARCHAR,
    checks INTEGER NOT NULL,
    evidence VARCHAR NOT NULL,
    run_ids INTEGER[] NOT NULL,
    run_dates DATE[] NOT NULL,
    seen_at TIMESTAMP[] NOT NULL,
    elapsed_ms INTEGER[] NOT NULL,
    fingerprints VARCHAR[] NOT NULL
);

CREATE TABLE verdicts (
    id INTEGER PRIMARY KEY,
    run_id INTEGER NOT NULL,
    run_date DATE NOT NULL,
    link_id INTEGER NOT NULL,
    state verdict_state NOT NULL,
    reason VARCHAR NOT NULL,
    since DATE,
    checks INTEGER NOT NULL,
    last_checked DATE,
    suggestion VARCHAR,
    archive VARCHAR,
    witness VARCHAR NOT NULL
);

CREATE TABLE verdict_counts (
    run_id INTEGER NOT NULL,
    link_id INTEGER NOT NULL,
    checks INTEGER NOT NULL,
    last_checked DATE
);

CREATE TABLE overrides (
    id INTEGER PRIMARY KEY,
    url VARCHAR NOT NULL,
    kind override_kind NOT NULL,
    verdict VARCHAR,
    until DATE,
    reason VARCHAR NOT NULL,
    created_at TIMESTAMP NOT NULL,
    undone BOOLEAN NOT NULL,
    author VARCHAR NOT NULL,
    origin override_origin NOT NULL
);

CREATE TABLE published_lines (
    id INTEGER PRIMARY KEY,
    list VARCHAR NOT NULL,
    kind line_kind NOT NULL,
    subject VARCHAR NOT NULL,
    url VARCHAR NOT NULL,
    state VARCHAR NOT NULL,
    since DATE NOT NULL,
    position VARCHAR NOT NULL,
    run_date DATE NOT NULL,
    event line_event NOT NULL
);

CREATE TABLE pulls (
    id INTEGER PRIMARY KEY,
    source VARCHAR NOT NULL,
    run_date DATE NOT NULL,
    pulled_at TIMESTAMP NOT NULL,
    state source_state NOT NULL,
    used VARCHAR NOT NULL,
    items INTEGER NOT NULL,
    note VARCHAR NOT NULL
);

CREATE TABLE item_texts (
    id UBIGINT PRIMARY KEY,
    identity VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    title VARCHAR NOT NULL,
    url VARCHAR NOT NULL,
    summary VARCHAR NOT NULL,
    published DATE,
    repository VARCHAR,
    number BIGINT
);

CREATE TABLE items (
    pull_id INTEGER NOT NULL,
    rank INTEGER NOT NULL,
    text_id UBIGINT NOT NULL,
    stars INTEGER,
    stars_today INTEGER,
    upvotes INTEGER
);

CREATE TABLE candidate_selections (
    id INTEGER PRIMARY KEY,
    run_date DATE NOT NULL
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
    selection_id INTEGER NOT NULL,
    candidate_group VARCHAR NOT NULL
);

CREATE TABLE accepted_candidates (
    identity VARCHAR PRIMARY KEY,
    run_date DATE NOT NULL
);

CREATE TABLE snapshot_lookups (
    id INTEGER PRIMARY KEY,
    link_id INTEGER NOT NULL,
    run_date DATE NOT NULL,
    before DATE NOT NULL,
    result snapshot_lookup_result NOT NULL,
    snapshot_url VARCHAR
);

CREATE TABLE witness_answers (
    id INTEGER PRIMARY KEY,
    link_id INTEGER NOT NULL,
    run_date DATE NOT NULL,
    witness witness NOT NULL,
    result witness_result NOT NULL,
    seen_on DATE
);

CREATE TABLE control_pages (
    run_id INTEGER NOT NULL,
    folder VARCHAR NOT NULL,
    run_date DATE NOT NULL,
    status INTEGER NOT NULL,
    final_url VARCHAR,
    fingerprint VARCHAR,
    says_missing BOOLEAN NOT NULL,
    parked BOOLEAN NOT NULL
);

CREATE TABLE robots_txt (
    run_id INTEGER NOT NULL,
    host VARCHAR NOT NULL,
    run_date DATE NOT NULL,
    status INTEGER NOT NULL,
    rules VARCHAR NOT NULL
);

CREATE TABLE github_repositories (
    run_id INTEGER NOT NULL,
    requested_name VARCHAR NOT NULL,
    run_date DATE NOT NULL,
    etag VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    identity VARCHAR,
    archived BOOLEAN NOT NULL,
    disabled BOOLEAN NOT NULL,
    private BOOLEAN NOT NULL,
    pushed_at TIMESTAMP
);

CREATE TABLE validators (
    run_id INTEGER NOT NULL,
    link_id INTEGER NOT NULL,
    run_date DATE NOT NULL,
    etag VARCHAR,
    last_modified VARCHAR,
    trust VARCHAR NOT NULL
);

CREATE TABLE kind_statistics (
    run_id INTEGER NOT NULL,
    kind VARCHAR NOT NULL,
    links INTEGER NOT NULL,
    checks INTEGER NOT NULL,
    changes INTEGER NOT NULL,
    days INTEGER NOT NULL,
    rate DOUBLE NOT NULL,
    cost DOUBLE NOT NULL,
    interval_days DOUBLE NOT NULL
);

CREATE TABLE response_cache (
    run_date DATE NOT NULL,
    url VARCHAR NOT NULL,
    final_url VARCHAR NOT NULL,
    status INTEGER NOT NULL,
    content_type VARCHAR NOT NULL,
    etag VARCHAR NOT NULL,
    last_modified VARCHAR NOT NULL,
    body_id UBIGINT NOT NULL
);

CREATE TABLE response_bodies (
    id UBIGINT NOT NULL,
    compressed BLOB NOT NULL
);

CREATE VIEW all_observations AS
SELECT run_id, link_id, run_date, seen_at, outcome, checked_by, status, final_url, permanent,
    freshness, identity, checks, elapsed_ms, evidence, fingerprint
FROM observations
UNION ALL
SELECT unnest(run_ids), link_id, unnest(run_dates), unnest(seen_at), outcome, checked_by, status,
    final_url, permanent, freshness, identity, checks, unnest(elapsed_ms), evidence,
    unnest(fingerprints)
FROM compacted_observations;

COMMENT ON VIEW all_observations IS 'What did every run observe of every link, compacted or not?';

CREATE VIEW latest_verdicts AS
WITH judged AS (
    SELECT id FROM runs WHERE status = 'judged'
), counts AS (
    SELECT link_id, run_id, checks, last_checked FROM verdict_counts
    WHERE run_id IN (FROM judged)
    QUALIFY row_number() OVER (PARTITION BY link_id ORDER BY run_id DESC) = 1
)
SELECT l.link, l.host, v.state, v.reason, v.since, c.checks, c.last_checked, v.suggestion,
    v.archive, v.run_date AS changed_on, r.run_date AS judged_on
FROM verdicts AS v
JOIN links AS l ON l.id = v.link_id
JOIN counts AS c ON c.link_id = v.link_id
JOIN runs AS r ON r.id = c.run_id
WHERE v.run_id IN (FROM judged)
QUALIFY row_number() OVER (PARTITION BY v.link_id ORDER BY v.id DESC) = 1
ORDER BY l.link;

COMMENT ON VIEW latest_verdicts IS 'What is the verdict of each link, since when, and when was it last judged?';

CREATE VIEW failing_hosts AS
SELECT host, failing, links, round(failing / links, 2) AS share, since, reasons
FROM (
    SELECT host, count(*) AS links,
        count(*) FILTER (failed) AS failing,
        min(since) FILTER (failed) AS since,
        list(DISTINCT reason ORDER BY reason) FILTER (failed) AS reasons
    FROM (
        SELECT host, since, reason, state IN ('suspect', 'dead', 'insecure') AS failed
        FROM latest_verdicts
        WHERE host IS NOT NULL AND judged_on >= (
            SELECT max(run_date) FROM runs WHERE status = 'judged' AND vantage = ''
        )
    )
    GROUP BY host
)
WHERE failing > 0
ORDER BY failing DESC, host;

COMMENT ON VIEW failing_hosts IS 'Which hosts had failing links in the last judged run, how many of how many, since when and why?';

CREATE VIEW link_timeline AS
SELECT l.link, l.host, o.run_date, o.seen_at, o.outcome, o.checked_by, o.status, o.final_url,
    o.permanent, o.freshness, o.identity, o.checks, o.elapsed_ms, o.evidence, o.run_id, r.vantage
FROM all_observations AS o
JOIN runs AS r ON r.id = o.run_id
JOIN links AS l ON l.id = o.link_id
WHERE r.status = 'judged'
ORDER BY l.link, o.run_date, o.run_id;

COMMENT ON VIEW link_timeline IS 'What did each judged run observe of a link, and by what evidence?';

CREATE VIEW verdict_changes AS
SELECT v.run_date, l.link, lag(v.state) OVER earlier AS previous, v.state, v.reason, v.since,
    v.suggestion, v.archive, v.run_id
FROM verdicts AS v
JOIN runs AS r ON r.id = v.run_id
JOIN links AS l ON l.id = v.link_id
WHERE r.status = 'judged'
WINDOW earlier AS (PARTITION BY v.link_id ORDER BY v.id)
ORDER BY v.id;

COMMENT ON VIEW verdict_changes IS 'Which verdicts changed on which date, and what were they before?';

CREATE VIEW run_days AS
WITH days AS (
    SELECT run_date, bool_or(status = 'judged') AS judged,
        arg_max(status, id) AS last_status, arg_max(reason, id) AS last_reason,
        arg_max(links, id) AS links, count(*) AS runs,
        sum(requests)::BIGINT AS requests, sum(seconds) AS seconds
    FROM runs
    WHERE vantage = ''
    GROUP BY run_date
), last_observations AS (
    SELECT o.run_date, o.link_id, o.outcome
    FROM all_observations AS o
    JOIN runs AS r ON r.id = o.run_id
    JOIN days AS d ON d.run_date = o.run_date
    WHERE r.vantage = '' AND (r.status = 'judged' OR NOT d.judged)
    QUALIFY row_number() OVER (PARTITION BY o.run_date, o.link_id ORDER BY o.run_id DESC) = 1
), outcomes AS (
    SELECT run_date, count(*) AS checked, histogram(outcome) AS outcomes
    FROM last_observations
    GROUP BY run_date
)
SELECT d.run_date, CASE WHEN d.judged THEN 'judged' ELSE d.last_status::VARCHAR END AS status,
    CASE WHEN d.judged THEN '' ELSE d.last_reason END AS reason, d.runs, d.links,
    coalesce(o.checked, 0) AS checked, d.requests, d.seconds, o.outcomes
FROM days AS d
LEFT JOIN outcomes AS o ON o.run_date = d.run_date
ORDER BY d.run_date;

COMMENT ON VIEW run_days IS 'How did the runs of each date go: were they judged, how many links were checked, with what outcomes?';

CREATE VIEW feed_health AS
SELECT source, arg_max(state, id) AS state, arg_max(used, id) AS used, arg_max(items, id) AS items,
    arg_max(note, id) AS note, max(run_date) AS last_pull,
    max(run_date) FILTER (state IN ('ok', 'fallback')) AS last_good,
    count(DISTINCT run_date) FILTER (state IN ('ok', 'fallback')) AS good_days,
    count(DISTINCT run_date) AS days
FROM pulls
GROUP BY source
ORDER BY source;

COMMENT ON VIEW feed_health IS 'What is the state of each feed, when did it last bring something usable, and how often does it?';

CREATE VIEW current_candidates AS
SELECT c.title, c.url, c.source, c.why, c.section, c.score, c.first_seen,
    s.run_date AS selected_on, c.identity
FROM candidates AS c
JOIN candidate_selections AS s ON s.id = c.selection_id
WHERE c.selection_id = (SELECT max(id) FROM candidate_selections)
ORDER BY c.score DESC, c.identity;

COMMENT ON VIEW current_candidates IS 'What does the list lack, why may it belong there, and since when is it known?';

CREATE VIEW active_overrides AS
SELECT url, kind, verdict, until, reason, created_at, author, origin
FROM (
    FROM overrides
    QUALIFY row_number() OVER (PARTITION BY url, kind, verdict ORDER BY id DESC) = 1
)
WHERE NOT undone
    AND (until IS NULL OR until >= coalesce((SELECT max(run_date) FROM runs), until))
ORDER BY created_at, url;

COMMENT ON VIEW active_overrides IS 'Which overrides applied in the last run, who made them, how, and until when?';

CREATE VIEW own_trending AS
WITH shown AS (
    SELECT p.run_date, t.identity, t.title, t.url, i.rank, i.stars, i.stars_today
    FROM pulls AS p
    JOIN items AS i ON i.pull_id = p.id
    JOIN item_texts AS t ON t.id = i.text_id
    WHERE p.source = 'github_trending' AND i.stars_today IS NOT NULL
), periods AS (
    SELECT DISTINCT period, date_trunc(period, run_date)::DATE AS first_date,
        least(
            date_trunc(period, run_date)::DATE
                + if(period = 'week', INTERVAL 6 DAY, INTERVAL 1 MONTH - INTERVAL 1 DAY),
            (SELECT max(run_date) FROM pulls)
        )::DATE AS last_date
    FROM pulls, (VALUES ('week'), ('month')) AS of_length(period)
), days AS (
    SELECT period, first_date, last_date,
        unnest(generate_series(first_date, last_date, INTERVAL 1 DAY))::DATE AS day
    FROM periods
), coverage AS (
    SELECT period, first_date, last_date, count(s.run_date) AS days_read,
        coalesce(list(day ORDER BY day) FILTER (s.run_date IS NULL), []) AS missing_dates
    FROM days
    LEFT JOIN (SELECT DISTINCT run_date FROM shown) AS s ON s.run_date = day
    GROUP BY period, first_date, last_date
)
SELECT c.period, c.first_date, s.identity, arg_max(s.title, s.run_date) AS title,
    arg_max(s.url, s.run_date) AS url, sum(s.stars_today)::BIGINT AS gained,
    arg_max(s.stars, s.run_date) AS stars, min(s.rank) AS best_rank,
    count(DISTINCT s.run_date) AS days, c.days_read, c.missing_dates
FROM coverage AS c
JOIN shown AS s ON s.run_date BETWEEN c.first_date AND c.last_date
GROUP BY c.period, c.first_date, c.days_read, c.missing_dates, s.identity
ORDER BY c.period, c.first_date, gained DESC, s.identity;

COMMENT ON VIEW own_trending IS 'Which repositories gained the most stars in each week and month, and which dates are missing from the sum?';

CREATE VIEW false_alarms AS
WITH flags AS (
    SELECT
        state,
        bool_or(event IN ('seen', 'reverted')) AS was_seen, -- else it was never merged
        arg_max(event, id) = 'reverted' AS was_reverted
    FROM published_lines
    WHERE kind = 'flag' AND state <> 'new' -- which cannot be wrong
    GROUP BY list, subject, state, since
)
SELECT state, count(*) AS published, count(*) FILTER (was_reverted) AS reverted
FROM flags
WHERE was_seen
GROUP BY state
ORDER BY state;

COMMENT ON VIEW false_alarms IS 'How many flags were in the lists, and how many of them did people revert?';

CREATE VIEW states_by_date AS
WITH judged AS (
    SELECT id, run_date FROM runs WHERE status = 'judged'
), last_judged AS (
    SELECT c.link_id, max(j.run_date) AS run_date
    FROM verdict_counts AS c
    JOIN judged AS j ON j.id = c.run_id
    GROUP BY c.link_id
), periods AS (
    SELECT v.link_id, v.state, v.run_date AS first_date,
        lead(v.run_date) OVER (PARTITION BY v.link_id ORDER BY v.id) AS next_date
    FROM verdicts AS v
    WHERE v.run_id IN (SELECT id FROM judged)
)
SELECT d.run_date, p.state, count(*) AS links
FROM (SELECT DISTINCT run_date FROM judged) AS d
JOIN periods AS p
    ON p.first_date <= d.run_date AND (p.next_date IS NULL OR p.next_date > d.run_date)
JOIN last_judged AS l ON l.link_id = p.link_id AND l.run_date >= d.run_date
GROUP BY d.run_date, p.state
ORDER BY d.run_date, p.state;

COMMENT ON VIEW states_by_date IS 'How many links had which verdict on each judged date?';
