"""The markdown document: parse, lint, annotate, rewrite, prove."""
