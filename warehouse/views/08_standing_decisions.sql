CREATE OR REPLACE VIEW standing_decisions AS
SELECT url, kind, verdict, until, reason, decided_at, who, coalesce(origin, 'command') AS origin
FROM (
    FROM decisions
    QUALIFY row_number() OVER (PARTITION BY url, kind, verdict ORDER BY id DESC) = 1
)
WHERE NOT undone
    AND (until IS NULL OR until >= coalesce((SELECT max(night) FROM runs), until))
ORDER BY decided_at, url;

COMMENT ON VIEW standing_decisions IS 'What did people settle that still stood on the night of the last run, who, how, and until when?';
