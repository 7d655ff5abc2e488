"""Our lines in the lists, and what edits by hand say about them."""
