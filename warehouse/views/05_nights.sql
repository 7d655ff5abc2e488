CREATE OR REPLACE VIEW nights AS
WITH fate AS (
    SELECT night, bool_or(status = 'judged') AS judged,
        arg_max(status, id) AS last_status, arg_max(reason, id) AS last_reason,
        arg_max(links, id) AS links, count(*) AS runs,
        sum(requests)::BIGINT AS requests, sum(seconds) AS seconds
    FROM runs
    GROUP BY night
), seen AS (
    SELECT o.night, o.link_id, o.outcome
    FROM every_observation AS o
    JOIN runs AS r ON r.id = o.run_id
    JOIN fate AS f ON f.night = o.night
    WHERE r.status = 'judged' OR NOT f.judged
    QUALIFY row_number() OVER (PARTITION BY o.night, o.link_id ORDER BY o.run_id DESC) = 1
), counted AS (
    SELECT night, count(*) AS looked_at, histogram(outcome) AS outcomes FROM seen GROUP BY night
)
SELECT f.night, if(f.judged, 'judged', f.last_status::VARCHAR) AS status,
    if(f.judged, '', f.last_reason) AS reason, f.runs, f.links,
    coalesce(c.looked_at, 0) AS looked_at, f.requests, f.seconds, c.outcomes
FROM fate AS f
LEFT JOIN counted AS c ON c.night = f.night
ORDER BY f.night;

COMMENT ON VIEW nights IS 'How did each night go: was it judged, how much was looked at, and with what outcomes?';
