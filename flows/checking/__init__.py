"""Checks links: which ones, within which budget, and how the observations are recorded."""
