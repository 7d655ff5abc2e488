-- How often links of a kind change and how long they rest, as each run reckoned it: what the next
-- looks follow from. Counts only if its run does.
CREATE TABLE beats (
    run_id INTEGER NOT NULL,
    kind VARCHAR NOT NULL,
    links INTEGER NOT NULL,
    looks INTEGER NOT NULL,
    changes INTEGER NOT NULL,
    nights INTEGER NOT NULL, -- from each of these looks back to the one before, added up
    rate DOUBLE NOT NULL, -- changes of one link in one night
    cost DOUBLE NOT NULL, -- requests a look
    rest DOUBLE NOT NULL -- mean nights from one look to the next
);

-- What a page's server gave with it to ask "changed since?" by; one row a link, as later ones
-- replace earlier ones. Counts only if its run does.
CREATE TABLE validators (
    run_id INTEGER NOT NULL,
    link_id INTEGER NOT NULL,
    night DATE NOT NULL, -- of the page that it came with
    etag VARCHAR,
    last_modified VARCHAR,
    trust VARCHAR NOT NULL -- untried, proven or none: what it says to validators that we made up
);
