CREATE OR REPLACE VIEW latest_verdicts AS
WITH judged AS (
    SELECT id FROM runs WHERE status = 'judged'
), tally AS (
    SELECT link_id, run_id, nights, last_checked FROM tallies
    WHERE run_id IN (FROM judged)
    QUALIFY row_number() OVER (PARTITION BY link_id ORDER BY run_id DESC) = 1
)
SELECT l.link, l.host, v.state, v.reason, v.since, t.nights, t.last_checked, v.suggestion,
    v.archive, v.night AS changed_on, r.night AS judged_on
FROM verdicts AS v
JOIN links AS l ON l.id = v.link_id
JOIN tally AS t ON t.link_id = v.link_id
JOIN runs AS r ON r.id = t.run_id
WHERE v.run_id IN (FROM judged)
QUALIFY row_number() OVER (PARTITION BY v.link_id ORDER BY v.id DESC) = 1
ORDER BY l.link;

COMMENT ON VIEW latest_verdicts IS 'What is concluded of each link, since when, and on which night was that last judged?';
