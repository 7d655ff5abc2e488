"""What each verdict means and what a person can do about it, in a sentence each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from staycurrent.curated.lint import FindingKind
from staycurrent.links.observation import Observation, Outcome
from staycurrent.links.verdict import State, Verdict
from staycurrent.reports.model import FindingRow
from staycurrent.reports.text import plural, sanitise
from staycurrent.warehouse.decisions import Decision


@dataclass(frozen=True, slots=True)
class VerdictWording:
    """One verdict, told to somebody who never saw it."""

    glyph: str
    name: str
    description: str
    """What it claims of the link."""
    action: str
    """What a person can do."""


VERDICT_WORDING: Final = {
    State.DEAD: VerdictWording(
        "✕",
        "dead",
        "The address failed on enough nights to be believed.",
        "Replace it, offer the snapshot, or take the entry out; one good look clears it.",
    ),
    State.MOVED: VerdictWording(
        "→",
        "moved",
        "It leads for good to another address, the same one every time.",
        "Write the new address into the list.",
    ),
    State.INSECURE: VerdictWording(
        "▲",
        "insecure",
        "Its certificate has been wrong for a week: browsers warn before they open it.",
        "Tell its owner, or link to another copy.",
    ),
    State.STALE: VerdictWording(
        "■",
        "stale",
        "It is there, but archived, idle, withdrawn or superseded, as an authority says.",
        "Say so in the entry, look for a successor, or keep it as it is.",
    ),
    State.REFUSED: VerdictWording(
        "≠",
        "refused",
        "The address is malformed, or our own policy does not let it be asked.",
        "Mend the address in the list.",
    ),
    State.SUSPECT: VerdictWording(
        "?",
        "suspect",
        "It fails, but not yet on enough nights.",
        "Wait: it clears by one good look, or becomes dead or insecure by itself.",
    ),
    State.BLOCKED: VerdictWording(
        "⊘",
        "blocked",
        "It refuses robots, so that only a person can tell; it never counts towards dead.",
        "Open it in a browser; if it is fine, nothing is to be done.",
    ),
    State.UNCHECKED: VerdictWording(
        "○",
        "unchecked",
        "It was not looked at yet, is no web address, or is ignored.",
        "Nothing is to be done.",
    ),
    State.ALIVE: VerdictWording(
        "●",
        "alive",
        "The last look found it well.",
        "Nothing is to be done.",
    ),
}
"""In the order in which they want a person."""


FINDING_HEADINGS: Final = {
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

MINOR_FINDINGS: Final = (
    FindingKind.DUPLICATE,
    FindingKind.TWO_NAMES,
    FindingKind.PLAIN_HTTP,
    FindingKind.TRAILING_BLANK,
    FindingKind.UNUSED_REFERENCE,
)
"""Findings that are a matter of taste."""


def findings_by_kind(rows: Sequence[FindingRow]) -> list[tuple[str, list[FindingRow]]]:
    """The findings under their headings, in the order of the kinds; empty ones are left out."""
    groups = (
        (words, [row for row in rows if row.kind is kind])
        for kind, words in FINDING_HEADINGS.items()
    )
    return [(words, found) for words, found in groups if found]


_WORDS = {
    "gone": "gone for good",
    "missing": "not found",
    "dns": "the name does not exist",
    "dns_trouble": "its name servers fail",
    "server_error": "server error",
    "refused": "connection refused",
    "reset": "connection reset",
    "timeout": "no answer in time",
    "tls": "certificate not valid",
    "redirect_loop": "redirects for ever",
    "protocol": "answers, but not HTTP",
    "soft_missing": "a page that says not found",
    "parked": "a parked domain",
    "home_redirect": "every page leads home",
    "taken_over": "another site under this name",
    "malformed": "no address as it is written",
    "redirected": "redirects there for good",
    "renamed": "renamed",
    "archived": "archived",
    "idle": "no activity for long",
    "withdrawn": "withdrawn",
    "disabled": "disabled",
    "superseded": "superseded",
}
_SITES = {
    "github": "GitHub",
    "arxiv": "arXiv",
    "huggingface": "Hugging Face",
    "youtube": "YouTube",
    "doi": "doi.org",
}


def evidence_text(verdict: Verdict, history: Sequence[Observation]) -> str:
    """`404 not found; 3 looks over 8 nights, since 2026-11-01`.

    `history` is the link's, oldest first; what stands before the streak is not counted.
    """
    streak = [one for one in history if verdict.since and one.night >= verdict.since]
    words = _WORDS.get(verdict.reason, verdict.reason.replace("_", " "))
    codes = _codes(verdict, streak)
    asked = _SITES.get(streak[-1].asked) if streak else None
    says = f"{asked} says: {words}" if asked else " ".join([*codes, words])
    was_asked = verdict.since and verdict.state is not State.REFUSED
    return f"{says}; {_looks(verdict)}" if was_asked else says


def is_from_provider(history: Sequence[Observation]) -> bool:
    """Whether the last look asked the site's own API and not the page."""
    return bool(history) and history[-1].asked in _SITES


def _codes(verdict: Verdict, streak: Sequence[Observation]) -> list[str]:
    """The HTTP statuses that speak against the link, each once, in the order of coming."""
    if verdict.state not in (State.DEAD, State.SUSPECT):
        return []
    failing = (Outcome.GONE, Outcome.MISSING, Outcome.SERVER_ERROR)
    codes = dict.fromkeys(one.status for one in streak if one.outcome in failing and one.status)
    listed = ", ".join(map(str, codes))
    return [listed] if listed else []


def _looks(verdict: Verdict) -> str:
    looks = plural(verdict.nights, "look")
    if verdict.since is None or verdict.last_checked is None:
        return looks
    nights = (verdict.last_checked - verdict.since).days + 1
    over = f" over {plural(nights, 'night')}" if verdict.nights > 1 else ""
    return f"{looks}{over}, since {verdict.since}"


def override_text(one: Decision) -> str:
    """One line without markup, inert on a terminal."""
    what = f"{one.kind} {one.verdict}" if one.verdict else one.kind
    who = f" by {sanitise(one.who)}" if one.who else ""
    until = f" until {one.until}" if one.until else ""
    why = f": {sanitise(one.reason)}" if one.reason else ""
    return f"{what} <{sanitise(one.url)}>{who} on {one.decided_at.date()}{until}{why}"
