CREATE OR REPLACE VIEW failing_hosts AS
SELECT host, failing, links, round(failing / links, 2) AS share, since, reasons
FROM (
    SELECT host, count(*) AS links,
        count(*) FILTER (failed) AS failing,
        min(since) FILTER (failed) AS since,
        list(DISTINCT reason ORDER BY reason) FILTER (failed) AS reasons
    FROM (
        SELECT host, since, reason, state IN ('suspect', 'dead', 'insecure') AS failed
        FROM latest_verdicts
        WHERE host IS NOT NULL
            AND judged_on = (SELECT max(night) FROM runs WHERE status = 'judged')
    )
    GROUP BY host
)
WHERE failing > 0
ORDER BY failing DESC, host;

COMMENT ON VIEW failing_hosts IS 'Which hosts have failing links tonight, how many of how many, since when and why?';
