"""Sites that answer for their own pages by an API: one module each, settings and one function."""
