"""The link checker: fetching, classification, scheduling and verdicts."""
