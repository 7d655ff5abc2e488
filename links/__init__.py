"""The checker: what a link is, what a look at it showed, and what its history proves."""
