"""Sites that answer for their own pages through an API."""
