CREATE OR REPLACE VIEW feed_health AS
SELECT source, arg_max(state, id) AS state, arg_max(used, id) AS used, arg_max(items, id) AS items,
    arg_max(note, id) AS note, max(night) AS last_pull,
    max(night) FILTER (state IN ('ok', 'fallback')) AS last_good,
    count(DISTINCT night) FILTER (state IN ('ok', 'fallback')) AS good_nights,
    count(DISTINCT night) AS nights
FROM pulls
GROUP BY source
ORDER BY source;

COMMENT ON VIEW feed_health IS 'How is each feed tonight, when did it last bring something usable, and how often does it?';
