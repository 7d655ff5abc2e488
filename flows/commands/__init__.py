"""One module for each command: `execute` parses its arguments, calls it, and reports."""
