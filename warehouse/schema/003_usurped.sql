ALTER TABLE verdicts ALTER COLUMN state TYPE VARCHAR;
DROP TYPE verdict_state;
CREATE TYPE verdict_state AS ENUM (
    'alive', 'suspect', 'dead', 'usurped', 'moved', 'insecure', 'stale', 'blocked', 'refused',
    'unchecked'
);
ALTER TABLE verdicts ALTER COLUMN state TYPE verdict_state;
