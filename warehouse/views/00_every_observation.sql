CREATE OR REPLACE VIEW every_observation AS
SELECT run_id, link_id, night, seen_at, outcome, asked, status, final_url, permanent, freshness,
    identity, looks, elapsed_ms, evidence, fingerprint
FROM observations
UNION ALL
SELECT unnest(run_ids), link_id, unnest(nights), unnest(seen_at), outcome, asked, status,
    final_url, permanent, freshness, identity, looks, unnest(elapsed_ms), evidence,
    unnest(fingerprints)
FROM stretches;

COMMENT ON VIEW every_observation IS 'What did every look of every run show, whether it was folded since or not?';
