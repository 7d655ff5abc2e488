CREATE OR REPLACE VIEW own_trending AS
WITH seen AS (
    SELECT p.night, t.identity, t.title, t.url, i.rank, i.stars, i.stars_today
    FROM pulls AS p
    JOIN items AS i ON i.pull_id = p.id
    JOIN texts AS t ON t.id = i.text_id
    WHERE p.source = 'github_trending' AND i.stars_today IS NOT NULL
), periods AS (
    SELECT DISTINCT period, date_trunc(period, night)::DATE AS first,
        least(
            date_trunc(period, night)::DATE
                + if(period = 'week', INTERVAL 6 DAY, INTERVAL 1 MONTH - INTERVAL 1 DAY),
            (SELECT max(night) FROM pulls)
        )::DATE AS last
    FROM pulls, (VALUES ('week'), ('month')) AS cut(period)
), days AS (
    SELECT period, first, last, unnest(generate_series(first, last, INTERVAL 1 DAY))::DATE AS day
    FROM periods
), covered AS (
    SELECT period, first, last, count(n.night) AS nights_read,
        coalesce(list(day ORDER BY day) FILTER (n.night IS NULL), []) AS lacking
    FROM days
    LEFT JOIN (SELECT DISTINCT night FROM seen) AS n ON n.night = day
    GROUP BY period, first, last
)
SELECT c.period, c.first, s.identity, arg_max(s.title, s.night) AS title,
    arg_max(s.url, s.night) AS url, sum(s.stars_today)::BIGINT AS gained,
    arg_max(s.stars, s.night) AS stars, min(s.rank) AS best_rank, count(DISTINCT s.night) AS nights,
    c.nights_read, c.lacking
FROM covered AS c
JOIN seen AS s ON s.night BETWEEN c.first AND c.last
GROUP BY c.period, c.first, c.nights_read, c.lacking, s.identity
ORDER BY c.period, c.first, gained DESC, s.identity;

COMMENT ON VIEW own_trending IS 'Which repositories gained the most stars in each week and month, and which nights are not in that sum?';
