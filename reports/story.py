"""One link's whole story as text: what was asked, what came, which rule, and what comes next."""

from collections.abc import Iterator
from dataclasses import dataclass

from links.observation import Observation, Outcome
from links.verdict import Rule, Rules, State, Verdict
from reports.counting import plural
from reports.terminal import inert
from warehouse.decisions import Decision


@dataclass(frozen=True, slots=True)
class Place:
    """Where the link stands in a list."""

    list: str
    line: int
    title: str
    flag: str | None
    kept: bool


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
    rules: Rules
    outlook: str
    decisions: tuple[Decision, ...]


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
    for place in story.places:
        shown = "kept by a person" if place.kept else (place.flag or "no flag")
        yield f"  in        {place.list}:{place.line} {inert(place.title)} ({shown})"
    for decision in story.decisions:
        until = f" until {decision.until}" if decision.until else ""
        why = f": {inert(decision.reason)}" if decision.reason else ""
        yield f"  decided   {decision.kind} {decision.verdict or 'whatever it is'}{until}{why}"
    yield f"  looks     {len(story.history)}"
    yield from (f"    {_look(one)}" for one in story.history)
    for one in story.set_aside:
        yield f"    {_look(one)} [set aside: that night was not judged]"


def _conclusion(verdict: Verdict) -> str:
    if verdict.since is None:
        return str(verdict.state)
    looks = plural(verdict.nights, "look")
    return f"{verdict.state} ({verdict.reason}) since {verdict.since}, {looks}"


def _look(one: Observation) -> str:
    asked = "" if one.asked == "page" else f" by {one.asked}"
    fact = f", {one.freshness}" if one.freshness else ""
    times = "" if one.looks == 1 else f" [{one.looks} looks]"
    return f"{one.night} {one.outcome}{asked}: {inert(one.evidence)}{fact}{times}"


def _rule(story: Story) -> str:
    """The row of the table of rules that the verdict rests on, or that it waits for."""
    state = story.verdict.state
    if state is State.STALE:
        return "what an authority says of freshness counts from the first look"
    if state in (State.BLOCKED, State.REFUSED, State.UNCHECKED) or not story.history:
        return "no rule counts this towards dead"
    name = _rule_name(story.verdict, story.history[-1])
    if name is None:
        return "a look that finds it well counts at once"
    rule: Rule = getattr(story.rules, name)
    looks, nights = plural(rule.looks, "look"), plural(rule.nights, "night")
    return f"links.rules.{name}: {looks}, at least {nights} from first to last"


def _rule_name(verdict: Verdict, last: Observation) -> str | None:
    if verdict.state is State.MOVED or (verdict.state is State.ALIVE and last.permanent):
        return "moved"
    outcome = Outcome(verdict.reason)
    if outcome is Outcome.TLS:
        return "insecure"
    for name, applies in (
        ("explicit", outcome.is_explicit),
        ("hard", outcome.is_hard),
        ("soft", outcome.is_soft),
        ("weak", outcome.is_weak),
    ):
        if applies:
            return name
    return None
