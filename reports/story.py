"""One link's whole story as text: what was asked, what came, which rule, and what comes next."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from staycurrent.links.observation import Observation
from staycurrent.links.outlook import Progress
from staycurrent.links.verdict import State, Verdict
from staycurrent.reports.counting import plural
from staycurrent.reports.terminal import inert
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
class Place:
    """Where the link stands in a list."""

    list: str
    line: int
    title: str
    flag: str | None
    kept: bool
    held: bool = False
    """It died with too many others: not flagged before the next night."""


@dataclass(frozen=True, slots=True)
class Story:
    """Everything that is known of one link."""

    url: str
    verdict: Verdict
    places: tuple[Place, ...]
    history: tuple[Observation, ...]
    """Of judged nights, oldest first."""
    set_aside: tuple[Observation, ...]
    """Of nights that were not judged: kept, and no evidence."""
    rule: Progress | None
    """The rule that the verdict rests on, or waits for; None where no rule is under way."""
    outlook: str
    due: date | None
    """The night of the next look; None for what is not requested."""
    decisions: tuple[Decision, ...]
    why_then: str = ""
    """Why on that night; empty where there is none."""


def as_text(story: Story) -> str:
    """Lines for a terminal, the conclusion first; ends with a newline."""
    return "\n".join(_lines(story)) + "\n"


def _lines(story: Story) -> Iterator[str]:
    verdict = story.verdict
    yield inert(story.url)
    yield f"  verdict   {_conclusion(verdict)}"
    if verdict.suggestion:
        yield f"  instead   {inert(verdict.suggestion)}"
    if verdict.archive:
        yield f"  snapshot  {inert(verdict.archive)}"
    yield f"  rule      {_rule(story)}"
    yield f"  next      {story.outlook}"
    if story.due:
        yield f"  due       {story.due}{f': {story.why_then}' if story.why_then else ''}"
    yield from (f"  in        {_place(one)}" for one in story.places)
    yield from (f"  decided   {_decision(one)}" for one in story.decisions)
    yield from _looks(story)


def _conclusion(verdict: Verdict) -> str:
    if verdict.since is None:
        return str(verdict.state)
    looks = plural(verdict.nights, "look")
    why = "" if verdict.reason == verdict.state else f" ({verdict.reason})"
    return f"{verdict.state}{why} since {verdict.since}, {looks}"


def _rule(story: Story) -> str:
    """What the rule that the verdict rests on, or waits for, takes and has."""
    one = story.rule
    if one is None:
        return _NO_RULE.get(story.verdict.state, "no rule counts this towards dead")
    wanted = f"{plural(one.rule.looks, 'look')} over {plural(one.rule.nights, 'night')}"
    has = f"{len(one.counted)} over {one.nights}"
    ends = "it holds" if one.earliest is None else "not yet"
    return f"links.rules.{one.name} ({_COUNTS[one.name]}) takes {wanted}, has {has}: {ends}"


def _place(place: Place) -> str:
    shown = "kept by a person" if place.kept else (place.flag or "no flag")
    if place.held:
        shown = "flagged from the next night on: too many died at once"
    return f"{inert(place.list)}:{place.line} {inert(place.title)} ({shown})"


def _decision(decision: Decision) -> str:
    until = f" until {decision.until}" if decision.until else ""
    why = f": {inert(decision.reason)}" if decision.reason else ""
    who = f" by {inert(decision.who)}" if decision.who else ""
    on = f" on {decision.decided_at.date()}"
    return f"{decision.kind} {decision.verdict or 'whatever it is'}{who}{on}{until}{why}"


def _looks(story: Story) -> Iterator[str]:
    """A line for each night, in columns; what the rule counts carries a star."""
    rows = [*story.history, *story.set_aside]
    counted = frozenset(one.night for one in story.rule.counted) if story.rule else frozenset()
    yield f"  looks     {len(story.history)}{', * counted by the rule' if counted else ''}"
    widths = [max(map(len, column)) for column in zip(*map(_cells, rows), strict=True)]
    for one in story.history:
        yield _look(one, widths, "*" if one.night in counted else " ")
    for one in story.set_aside:
        yield f"{_look(one, widths, ' ')} [set aside: that night was not judged]"


def _look(one: Observation, widths: Sequence[int], mark: str) -> str:
    columns = "  ".join(f"{cell:{width}}" for cell, width in zip(_cells(one), widths, strict=True))
    fact = f", {one.freshness}" if one.freshness and one.freshness not in one.evidence else ""
    return f"  {mark} {one.night} {columns}  {inert(one.evidence)}{fact}"


def _cells(one: Observation) -> tuple[str, str]:
    """What came, and who was asked."""
    return str(one.outcome), one.asked
