CREATE OR REPLACE VIEW false_alarms AS
WITH flags AS (
    FROM published
    WHERE kind = 'flag' AND state <> 'new' -- which says nothing that could be wrong
    QUALIFY row_number() OVER (PARTITION BY list, subject, state, since ORDER BY id DESC) = 1
)
SELECT state, count(*) AS published, count(*) FILTER (event = 'taken_back') AS taken_back
FROM flags
GROUP BY state
ORDER BY state;

COMMENT ON VIEW false_alarms IS 'How many flags did the lists ever show, and how many of them did people take back?';
