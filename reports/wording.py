"""Every term that reports show to people: verdicts, reasons, findings, feeds and overrides.

The reports of all formats take their words from the tables of this module, so that one thing has
one name everywhere and a term is changed in one place.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from staycurrent.curated.lint import FindingKind
from staycurrent.links.observation import Observation, Outcome
from staycurrent.links.settings import ProviderSettings
from staycurrent.links.verdict import ELSEWHERE_REASON, Verdict, VerdictState
from staycurrent.links.witness import describe
from staycurrent.reports.model import FindingRow, FlagDifference, LinkRow, Status
from staycurrent.reports.text import plural, sanitise, shortened

if TYPE_CHECKING:  # DuckDB is slow to import
    from staycurrent.warehouse.overrides import Override


@dataclass(frozen=True, slots=True)
class VerdictWording:
    """How a verdict is explained to somebody who has never seen one."""

    glyph: str
    heading: str
    """Above a group of links."""
    description: str
    """What the verdict says about the link."""
    action: str
    """What a person can do about it."""


VERDICT_WORDING: Final = {
    VerdictState.DEAD: VerdictWording(
        "✕",
        "Dead",
        "The link has failed for long enough to be considered dead.",
        "Replace the link, use the snapshot, or remove the entry. One successful check clears it.",
    ),
    VerdictState.USURPED: VerdictWording(
        "≁",
        "Usurped (another party's site now)",
        "The link answers, but as the site of another party: the domain was lost, or leads away.",
        "Do not follow it. Remove the entry, or use the snapshot or the successor's address.",
    ),
    VerdictState.MOVED: VerdictWording(
        "→",
        "Moved",
        "The link permanently redirects to another address, the same one every time.",
        "Replace the URL with the new one.",
    ),
    VerdictState.INSECURE: VerdictWording(
        "▲",
        "Insecure",
        "The connection has not been secure for a week; browsers show a warning.",
        "Tell the owner of the site, or link to another copy.",
    ),
    VerdictState.STALE: VerdictWording(
        "■",
        "Stale",
        "The link works, but its provider reports it as archived, idle, withdrawn or superseded.",
        "Say so in the entry, look for a successor, or keep it as it is.",
    ),
    VerdictState.REFUSED: VerdictWording(
        "≠",
        "Not requested (malformed, or not allowed by the settings)",
        "The URL is malformed, or the settings do not allow requests to it.",
        "Fix the URL, or allow it in the settings.",
    ),
    VerdictState.SUSPECT: VerdictWording(
        "?",
        "Suspect (failing, but not for long enough)",
        "The link fails, but not yet for long enough, or it leads to what may be another site.",
        "Wait, but open a link that may be another site now. One successful check clears it.",
    ),
    VerdictState.BLOCKED: VerdictWording(
        "⊘",
        "Blocked (cannot be verified automatically)",
        "The site refuses automated checks. Refusals never count towards dead.",
        "Open it in a browser. If it works, no action is needed.",
    ),
    VerdictState.UNCHECKED: VerdictWording(
        "○",
        "Unchecked",
        "The link has not been checked yet, is not a web address, or is ignored.",
        "No action needed.",
    ),
    VerdictState.ALIVE: VerdictWording(
        "●",
        "Alive",
        "The last check was successful.",
        "No action needed.",
    ),
}
"""The verdicts, the most urgent first."""

UPGRADED_HEADING: Final = "Moved to https, otherwise unchanged"
ENDINGS_HEADING: Final = "Ending soon"
NO_FLAG: Final = "no longer flagged"
NO_ACTION: Final = (VerdictState.ALIVE, VerdictState.UNCHECKED)
"""Verdicts that need no attention."""

REASONS: Final = {
    "ok": "works",
    "redirected": "redirects to another address",
    "gone": "gone for good",
    "missing": "not found",
    "server_error": "server error",
    "blocked": "refuses automated checks",
    "dns": "the name does not exist",
    "dns_trouble": "the name could not be resolved",
    "refused": "connection refused",
    "reset": "connection reset",
    "timeout": "no response in time",
    "tls": "no secure connection",
    "redirect_loop": "endless redirects",
    "protocol": "the response is not HTTP",
    "soft_missing": 'a page that says "not found"',
    "parked": "a parked domain",
    "home_redirect": "redirects to the home page",
    "taken_over": "another site at this address",
    "refused_by_policy": "a private address, or a port or scheme that is not allowed",
    "malformed": "malformed URL",
    "skipped": "not checked",
    "fresh": "active",
    "archived": "archived",
    "idle": "no activity for a long time",
    "withdrawn": "withdrawn",
    "disabled": "disabled",
    "superseded": "superseded by a newer version",
    "renamed": "renamed",
    "upgraded": "available over https",
    ELSEWHERE_REASON: "redirects elsewhere",
}
"""Outcomes of checks, freshness facts and kinds of moves, in plain English."""

RULES: Final = {
    "explicit": "the server says that it is gone (410)",
    "hard": "not found, no such name, or deleted",
    "usurped": "another party's site, by two kinds of evidence",
    "soft": "not found, or not the expected page",
    "weak": "any failure except certificate errors",
    "insecure": "certificate or encryption errors",
    "moved": "permanent redirects to the same address",
    "unregistered": "no such name, anywhere, and the domain is free",
}
"""What each rule of `[links.rules]` counts; it counts more serious evidence too."""

FINDING_HEADINGS: Final = {
    FindingKind.BROKEN_ANCHOR: "Links to headings that do not exist",
    FindingKind.MALFORMED: "Malformed URLs",
    FindingKind.EMPTY: "Links without a URL",
    FindingKind.RUNS_ON: "Bare URLs that run into the sentence",
    FindingKind.MISSING_FILE: "Links to files that do not exist",
    FindingKind.DUPLICATE: "Duplicate URLs",
    FindingKind.TWO_NAMES: "The same URL under different titles",
    FindingKind.DAMAGED_TEXT: "Wrongly decoded text (`staycurrent render --fix-encoding` fixes it)",
    FindingKind.SWALLOWED: "Links inside raw HTML that are not rendered",
    FindingKind.UNCLOSED_FENCE: "Code fences that are never closed",
    FindingKind.UNCLOSED_BRACKET: "Broken link syntax",
    FindingKind.UNLINKED: "URLs that GitHub does not turn into links",
    FindingKind.UNDEFINED_REFERENCE: "References without a definition",
    FindingKind.UNUSED_REFERENCE: "Unused reference definitions",
    FindingKind.STRAY_TEXT: "Text attached to a link",
    FindingKind.PLAIN_HTTP: "URLs without TLS",
    FindingKind.TRAILING_BLANK: "Headings with trailing whitespace",
    FindingKind.TOO_LARGE: "Too large for GitHub",
}
MINOR_FINDINGS: Final = (
    FindingKind.DUPLICATE,
    FindingKind.TWO_NAMES,
    FindingKind.PLAIN_HTTP,
    FindingKind.TRAILING_BLANK,
    FindingKind.UNUSED_REFERENCE,
)
"""Findings that are a matter of style."""

PROVIDERS: Final = {name: one.label for name, one in ProviderSettings().by_name().items()}

_WITH_STATUS = (Outcome.GONE, Outcome.MISSING, Outcome.SERVER_ERROR)
"""Outcomes whose HTTP status is part of the evidence."""
_MAX_DETAIL = 200
"""Characters; a server may redirect to an address of thousands."""


def reason_text(reason: str) -> str:
    """A reason or outcome in plain English; empty for no reason."""
    return REASONS.get(reason) or sanitise(reason.replace("_", " "))


def verdict_text(state: VerdictState) -> str:
    """A verdict as people read it; `refused` is what a server does to a connection."""
    return "not requested" if state is VerdictState.REFUSED else str(state)


def verdict_counts(status: Status) -> str:
    """`5 links: 4 dead, 1 moved`, the most urgent first."""
    counts = status.counts
    found = (f"{counts[one]} {verdict_text(one)}" for one in VERDICT_WORDING if counts[one])
    links = plural(len(status.links), "link")
    return f"{links}: {', '.join(found)}" if status.links else links


def verdict_reason(verdict: Verdict, evidence: str = "") -> str:
    """Why, since when, and on how many checks: `not found (since 2026-12-01, 3 checks)`.

    `evidence` is what adds to the reason, or empty.
    """
    reason = reason_text(verdict.reason) or verdict_text(verdict.state)
    reason += f": {sanitise(evidence)}" if evidence else ""
    reason += f", {witness}" if (witness := describe(verdict.witness)) else ""
    if verdict.since is None:
        return reason
    return f"{reason} (since {verdict.since}, {plural(verdict.checks, 'check')})"


def changes_summary(changes: Sequence[FlagDifference]) -> str:
    """`3 dead, 1 no longer flagged`."""
    counts = Counter(change.now or NO_FLAG for change in changes)
    return ", ".join(f"{count} {what}" for what, count in sorted(counts.items()))


def link_groups(status: Status) -> Iterator[tuple[VerdictState, str, Sequence[LinkRow]]]:
    """Links by verdict, the most urgent first: verdict, heading, and rows in the list's order.

    Links that need no attention, and empty groups, are left out. Moves from http to https that
    change nothing else are a group of their own.
    """
    for state, wording in VERDICT_WORDING.items():
        if state in NO_ACTION:
            continue
        rows = [row for row in status.links if row.verdict.state is state]
        for heading, is_upgrade in ((wording.heading, False), (UPGRADED_HEADING, True)):
            if found := [row for row in rows if row.is_upgrade is is_upgrade]:
                yield state, heading, found


def findings_by_kind(rows: Sequence[FindingRow]) -> list[tuple[str, list[FindingRow]]]:
    """The findings under their headings, in the order of the kinds; empty kinds are left out."""
    groups = (
        (heading, [row for row in rows if row.kind is kind])
        for kind, heading in FINDING_HEADINGS.items()
    )
    return [(heading, found) for heading, found in groups if found]


def evidence_text(verdict: Verdict, history: Sequence[Observation]) -> str:
    """Why we are sure: `404 not found; 3 checks over 8 days, since 2026-11-01`.

    `history` is the link's, oldest first; observations before the streak are not counted.
    """
    streak = [one for one in history if verdict.since and one.run_date >= verdict.since]
    reason = reason_text(verdict.reason)
    if streak and is_from_provider(streak):
        text = f"{PROVIDERS[streak[-1].checked_by]} says: {reason}"
        detail = freshness_detail(verdict, streak)
        text += f", {detail}" if detail else ""
    else:
        is_failing = verdict.state in (VerdictState.DEAD, VerdictState.SUSPECT)
        codes = [one.status for one in streak if one.outcome in _WITH_STATUS and one.status]
        shown = ", ".join(map(str, dict.fromkeys(codes))) if is_failing else ""
        text = f"{shown} {reason}".strip()
    seen = failure_detail(verdict, streak)
    if verdict.since is None or verdict.state is VerdictState.REFUSED:
        return f"{text}: {seen}" if seen else text
    witness = f"; {described}" if (described := describe(verdict.witness)) else ""
    checks = plural(verdict.checks, "check")
    if verdict.last_checked is None:
        return f"{text}; {checks}{witness}"
    days = (verdict.last_checked - verdict.since).days + 1
    over = f" over {plural(days, 'day')}" if verdict.checks > 1 else ""
    if seen:
        is_last = streak[-1].outcome == verdict.reason
        seen = f"; {'last check' if is_last else 'an earlier check'}: {seen}"
    return f"{text}; {checks}{over}, since {verdict.since}{witness}{seen}"


def failure_detail(verdict: Verdict, history: Sequence[Observation]) -> str:
    """What the last check with the verdict's reason saw; empty if the reason says all of it.

    It does where the evidence is only a status, or that there was no response.
    """
    is_suspected = verdict.reason in (Outcome.TAKEN_OVER, ELSEWHERE_REASON)
    with_reason = (
        one
        for one in reversed(history)
        if one.outcome == verdict.reason
        or (is_suspected and (one.is_doubtful or one.leads_elsewhere))
    )
    last = next(with_reason, None)
    if last is None or not (
        is_suspected or last.outcome.is_negative or last.outcome is Outcome.MALFORMED
    ):
        return ""
    evidence = last.evidence.removesuffix(", twice").removeprefix("TLS: ")
    if last.outcome.is_weak or last.outcome is Outcome.DNS or evidence == str(last.status):
        return ""
    return shortened(sanitise(evidence), _MAX_DETAIL)


def freshness_detail(verdict: Verdict, history: Sequence[Observation]) -> str:
    """What the provider said last about a stale link beyond the fact itself: `last push DATE`."""
    of_fact = (one.evidence for one in reversed(history) if one.freshness == verdict.reason)
    evidence = next(of_fact, "")
    return sanitise(evidence) if verdict.reason not in evidence else ""


def is_from_provider(history: Sequence[Observation]) -> bool:
    """Whether the last check asked the API of the site's provider instead of the page."""
    return bool(history) and history[-1].checked_by in PROVIDERS


def override_text(override: "Override") -> str:
    """A person's decision in one line without markup: what, who, when, how long, and why."""
    what = f"{override.kind} {override.verdict}" if override.verdict else override.kind
    who = f" by {sanitise(override.author)}" if override.author else ""
    until = f" until {override.until}" if override.until else ""
    reason = f": {sanitise(override.reason)}" if override.reason else ""
    on = override.created_at.date()
    return f"{sanitise(what)} <{sanitise(override.url)}>{who} on {on}{until}{reason}"
