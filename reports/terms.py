"""The values of `--verdict` and `--fail-on`, as plain text: `--help` shows them at once.

The enums that they are the values of are in modules that take long to import.
"""

from typing import Final

FILTER_TERMS: Final = (
    *("alive", "suspect", "dead", "usurped", "moved", "insecure", "stale", "blocked", "refused"),
    *("unchecked", "archived", "idle", "withdrawn", "malformed", "superseded", "upgraded"),
)
"""What links are selected by: verdicts, then flags and reasons that are more specific."""

KEEP_TERMS: Final = (*FILTER_TERMS, "new")
"""What may be kept: the same, or the mark of a new entry."""

ANY_FINDING: Final = "findings"
FAIL_ON_TERMS: Final = (
    *FILTER_TERMS,
    ANY_FINDING,
    *("broken_anchor", "empty", "runs_on", "missing_file", "duplicate", "two_names"),
    *("damaged_text", "swallowed", "unclosed_fence", "unclosed_bracket", "unlinked"),
    *("undefined_reference", "unused_reference", "stray_text", "plain_http", "trailing_blank"),
    "too_large",
)
"""What `status` can be asked to fail on: the same as FILTER_TERMS, and kinds of findings."""

LINT_TERMS: Final = (
    *("malformed", "private", "duplicate", "broken_anchor", "missing_file", "runs_on", "missing"),
    *("unreachable", "doubtful", "insecure", "archived", "withdrawn", "idle", "moved", "blocked"),
    *("dead", "usurped", "declined", "kept"),
)
"""What `lint` can be asked to fail on: the kinds of its findings."""
