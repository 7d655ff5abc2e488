CREATE OR REPLACE VIEW history AS
SELECT v.night, l.link, lag(v.state) OVER earlier AS was, v.state, v.reason, v.since,
    v.suggestion, v.archive, v.run_id
FROM verdicts AS v
JOIN runs AS r ON r.id = v.run_id
JOIN links AS l ON l.id = v.link_id
WHERE r.status = 'judged'
WINDOW earlier AS (PARTITION BY v.link_id ORDER BY v.id)
ORDER BY v.id;

COMMENT ON VIEW history IS 'Which conclusions changed on which night, and what were they before?';
