"""One link's whole story as text: what was asked, what came, which rule, and what comes next."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from staycurrent.links.observation import Observation
from staycurrent.links.outlook import Progress
from staycurrent.links.verdict import State, Verdict
from staycurrent.reports.text import plural, sanitise
from staycurrent.warehouse.decisions import Decision

_COUNTS = {
    "explicit": "the server says that it is gone",
    "hard": "missing, no such name, or deleted",
    "soft": "missing, or not the page that was promised",
    "weak": "whatever fails, but for certificates",
    "insecure": "faults of its certificate or encryption",
    "moved": "sent to the same other address for good",
}
"""What each rule counts, in a person's words; graver looks count for the milder rules too."""
_NO_RULE = {
    State.ALIVE: "a look that finds it well counts at once",
    State.STALE: "what an authority says of freshness counts from the first look",
    State.REFUSED: "what is wrong with the address itself is shown at once",
}


@dataclass(frozen=True, slots=True)
class ListedLink:
    """Where the link stands in a list."""

    list: str
    line: int
    title: str
    flag: str | None
    kept: bool
    held_back: bool = False
    """It died with too many others: not flagged before the next night."""


@dataclass(frozen=True, slots=True)
class LinkReport:
    """Everything that is known of one link."""

    url: str
    verdict: Verdict
    places: tuple[ListedLink, ...]
    history: tuple[Observation, ...]
    """Of judged nights, oldest first."""
    not_judged: tuple[Observation, ...]
    """Of nights that were not judged: kept, and no evidence."""
    rule: Progress | None
    """The rule that the verdict rests on, or waits for; None where no rule is under way."""
    forecast: str
    due: date | None
    """The night of the next look; None for what is not requested."""
    overrides: tuple[Decision, ...]
    due_reason: str = ""
    """Why on that night; empty where there is none."""


def link_report_text(story: LinkReport) -> str:
    """Lines for a terminal, the conclusion first; ends with a newline."""
    return "\n".join(_lines(story)) + "\n"


def _lines(story: LinkReport) -> Iterator[str]:
    verdict = story.verdict
    yield sanitise(story.url)
    yield f"  verdict   {_conclusion(verdict)}"
    if verdict.suggestion:
        yield f"  instead   {sanitise(verdict.suggestion)}"
    if verdict.archive:
        yield f"  snapshot  {sanitise(verdict.archive)}"
    yield f"  rule      {_rule(story)}"
    yield f"  next      {story.forecast}"
    if story.due:
        yield f"  due       {story.due}{f': {story.due_reason}' if story.due_reason else ''}"
    yield from (f"  in        {_place(one)}" for one in story.places)
    yield from (f"  decided   {_decision(one)}" for one in story.overrides)
    yield from _looks(story)


def _conclusion(verdict: Verdict) -> str:
    if verdict.since is None:
        return str(verdict.state)
    looks = plural(verdict.nights, "look")
    why = "" if verdict.reason == verdict.state else f" ({verdict.reason})"
    return f"{verdict.state}{why} since {verdict.since}, {looks}"


def _rule(story: LinkReport) -> str:
    """What the rule that the verdict rests on, or waits for, takes and has."""
    one = story.rule
    if one is None:
        return _NO_RULE.get(story.verdict.state, "no rule counts this towards dead")
    wanted = f"{plural(one.rule.looks, 'look')} over {plural(one.rule.nights, 'night')}"
    has = f"{len(one.counted)} over {one.nights}"
    ends = "it holds" if one.earliest is None else "not yet"
    return f"links.rules.{one.name} ({_COUNTS[one.name]}) takes {wanted}, has {has}: {ends}"


def _place(place: ListedLink) -> str:
    shown = "kept by a person" if place.kept else (place.flag or "no flag")
    if place.held_back:
        shown = "flagged from the next night on: too many died at once"
    return f"{sanitise(place.list)}:{place.line} {sanitise(place.title)} ({shown})"


def _decision(decision: Decision) -> str:
    until = f" until {decision.until}" if decision.until else ""
    why = f": {sanitise(decision.reason)}" if decision.reason else ""
    who = f" by {sanitise(decision.who)}" if decision.who else ""
    on = f" on {decision.decided_at.date()}"
    return f"{decision.kind} {decision.verdict or 'whatever it is'}{who}{on}{until}{why}"


def _looks(story: LinkReport) -> Iterator[str]:
    """A line for each night, in columns; what the rule counts carries a star."""
    rows = [*story.history, *story.not_judged]
    counted = frozenset(one.night for one in story.rule.counted) if story.rule else frozenset()
    yield f"  looks     {len(story.history)}{', * counted by the rule' if counted else ''}"
    widths = [max(map(len, column)) for column in zip(*map(_cells, rows), strict=True)]
    for one in story.history:
        yield _look(one, widths, "*" if one.night in counted else " ")
    for one in story.not_judged:
        yield f"{_look(one, widths, ' ')} [set aside: that night was not judged]"


def _look(one: Observation, widths: Sequence[int], mark: str) -> str:
    columns = "  ".join(f"{cell:{width}}" for cell, width in zip(_cells(one), widths, strict=True))
    fact = f", {one.freshness}" if one.freshness and one.freshness not in one.evidence else ""
    return f"  {mark} {one.night} {columns}  {sanitise(one.evidence)}{fact}"


def _cells(one: Observation) -> tuple[str, str]:
    """What came, and who was asked."""
    return str(one.outcome), one.asked
