"""GitHub: repositories, what is in them, owners, topics and gists."""
