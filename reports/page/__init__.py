"""The page of the report, part by part: each part a function from the model to elements."""
