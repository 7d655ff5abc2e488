-- The number that GitHub knows a repository by, which no new name changes: the trending page and
-- the search tell it. NULL for papers, for feeds that tell none, and for rows of before this column.
ALTER TABLE texts ADD COLUMN number BIGINT;
