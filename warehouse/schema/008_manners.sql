-- In which manner a judged run concluded: a digest of the rules as they were set and of the code
-- that reads them. What was concluded in the present manner, and of which nothing was seen since,
-- need not be concluded again.
CREATE TABLE manners (
    run_id INTEGER NOT NULL,
    manner VARCHAR NOT NULL
);
