-- Which part of the proposals a candidate stands in; NULL for those of before this column.
ALTER TABLE candidates ADD COLUMN shown_under VARCHAR;

-- The first night on which something that had been proposed stood in a list, written by a person.
CREATE TABLE taken (
    identity VARCHAR PRIMARY KEY,
    night DATE NOT NULL
);
