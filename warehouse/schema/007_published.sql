-- Who decided, as far as anybody tells, and how we came to know: by `keep`, by an edit of the list,
-- or in review. NULL for what was decided before these columns: by `keep`, by nobody named.
CREATE TYPE decision_origin AS ENUM ('command', 'edit', 'review');
ALTER TABLE decisions ADD COLUMN who VARCHAR;
ALTER TABLE decisions ADD COLUMN origin decision_origin;

-- What became of our lines in the lists, append-only: written by us; seen back on a later night;
-- taken back by a person; withdrawn by us; gone with its entry, or taken into the list.
CREATE TYPE line_kind AS ENUM ('flag', 'candidate');
CREATE TYPE line_event AS ENUM ('written', 'seen', 'taken_back', 'withdrawn', 'gone');

CREATE TABLE published (
    id INTEGER PRIMARY KEY,
    list VARCHAR NOT NULL, -- its path from the settings
    kind line_kind NOT NULL,
    subject VARCHAR NOT NULL, -- a flag's link, a candidate's identity
    url VARCHAR NOT NULL, -- as the list has it
    state VARCHAR NOT NULL, -- of the flag
    since DATE NOT NULL,
    spot VARCHAR NOT NULL, -- `link` or `end`, as curated.place was set; empty for a candidate
    night DATE NOT NULL,
    event line_event NOT NULL
);
