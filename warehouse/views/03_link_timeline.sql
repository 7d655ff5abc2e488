CREATE OR REPLACE VIEW link_timeline AS
SELECT l.link, l.host, o.night, o.seen_at, o.outcome, o.asked, o.status, o.final_url, o.permanent,
    o.freshness, o.identity, o.looks, o.elapsed_ms, o.evidence, o.run_id
FROM every_observation AS o
JOIN runs AS r ON r.id = o.run_id
JOIN links AS l ON l.id = o.link_id
WHERE r.status = 'judged'
ORDER BY l.link, o.night, o.run_id;

COMMENT ON VIEW link_timeline IS 'What did each look at a link show, on which night, in which run, by what evidence?';
