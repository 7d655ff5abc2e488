"""The kinds of findings in words, and what a person can do about each."""

from collections.abc import Sequence
from typing import Final

from staycurrent.curated.findings import FindingKind
from staycurrent.reports.status import FindingRow

WORDS: Final = {
    FindingKind.BROKEN_ANCHOR: "Links to headings that are not there",
    FindingKind.MALFORMED: "Malformed addresses",
    FindingKind.EMPTY: "Links without an address",
    FindingKind.RUNS_ON: "Bare addresses that run into the sentence",
    FindingKind.MISSING_FILE: "Links to files that are not there",
    FindingKind.DUPLICATE: "The same address twice",
    FindingKind.TWO_NAMES: "The same address under different names",
    FindingKind.DAMAGED_TEXT: "Damaged text (`staycurrent render --mend` repairs it)",
    FindingKind.SWALLOWED: "Links that raw HTML swallows",
    FindingKind.UNCLOSED_FENCE: "Fences that are never closed",
    FindingKind.UNCLOSED_BRACKET: "Links that are none",
    FindingKind.UNLINKED: "Addresses that GitHub does not link",
    FindingKind.UNDEFINED_REFERENCE: "References that nothing defines",
    FindingKind.UNUSED_REFERENCE: "Definitions that nothing uses",
    FindingKind.STRAY_TEXT: "Letters that stick to a link",
    FindingKind.PLAIN_HTTP: "Addresses without TLS",
    FindingKind.TRAILING_BLANK: "Headings that end with a blank",
    FindingKind.TOO_LARGE: "Too large for GitHub",
}

SLIGHT: Final = (
    FindingKind.DUPLICATE,
    FindingKind.TWO_NAMES,
    FindingKind.PLAIN_HTTP,
    FindingKind.TRAILING_BLANK,
    FindingKind.UNUSED_REFERENCE,
)
"""Findings that are a matter of taste."""


def by_kind(rows: Sequence[FindingRow]) -> list[tuple[str, list[FindingRow]]]:
    """The findings under their headings, in the order of the kinds; empty ones are left out."""
    groups = ((words, [row for row in rows if row.kind is kind]) for kind, words in WORDS.items())
    return [(words, found) for words, found in groups if found]
