-- Each look-up in the web's archive, append-only: what was found, and when it was in vain.
CREATE TYPE archive_said AS ENUM ('found', 'nothing', 'blocked');

CREATE TABLE snapshots (
    id INTEGER PRIMARY KEY,
    link_id INTEGER NOT NULL,
    night DATE NOT NULL,
    before DATE NOT NULL, -- snapshots of earlier days were wanted
    said archive_said NOT NULL,
    address VARCHAR -- NULL unless found
);
