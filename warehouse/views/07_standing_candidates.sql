CREATE OR REPLACE VIEW standing_candidates AS
SELECT c.title, c.url, c.source, c.why, c.section, c.score, c.first_seen, ch.night AS chosen_on,
    c.identity
FROM candidates AS c
JOIN choices AS ch ON ch.id = c.choice_id
WHERE c.choice_id = (SELECT max(id) FROM choices)
ORDER BY c.score DESC, c.identity;

COMMENT ON VIEW standing_candidates IS 'What does the list lack, why would it belong there, and since when do we know?';
