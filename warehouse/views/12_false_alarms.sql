CREATE OR REPLACE VIEW false_alarms AS
WITH flags AS (
    SELECT
        state,
        bool_or(event IN ('seen', 'taken_back')) AS was_seen, -- else it was never merged
        arg_max(event, id) = 'taken_back' AS was_taken_back
    FROM published
    WHERE kind = 'flag' AND state <> 'new' -- which says nothing that could be wrong
    GROUP BY list, subject, state, since
)
SELECT state, count(*) AS published, count(*) FILTER (was_taken_back) AS taken_back
FROM flags
WHERE was_seen
GROUP BY state
ORDER BY state;

COMMENT ON VIEW false_alarms IS 'How many flags did people have in their lists, and how many of them did they take back?';
