"""The verb `explain`: one link's whole story, from committed rows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from staycurrent.flows.checking.targets import recheck_intervals
from staycurrent.flows.context import RunContext
from staycurrent.flows.database import reading
from staycurrent.flows.link_states import LinkState, link_states, with_freshness
from staycurrent.flows.lists import link_key, read_lists
from staycurrent.links.due import due_on, why_then
from staycurrent.links.observation import Observation
from staycurrent.links.outlook import outlook, progress
from staycurrent.links.rhythm import Rhythm
from staycurrent.links.verdict import Judgement, State, weigh
from staycurrent.reports.link_report import LinkReport, ListedLink
from staycurrent.warehouse import decisions, observations
from staycurrent.warehouse.decisions import Decision
from staycurrent.warehouse.open import Warehouse


class UnknownLink(Exception):
    """An address that neither the lists nor the warehouse know."""


def explain(night: RunContext, url: str) -> LinkReport:
    """Every observation, the rule, and what comes next; raises UnknownLink."""
    return explain_all(night, [url])[0]


def explain_all(night: RunContext, urls: Iterable[str]) -> list[LinkReport]:
    """The story of each; raises UnknownLink at the first that nobody knows."""
    lists = read_lists(night)
    with reading(night) as warehouse:
        found = [(one.name, it) for one in lists for it in link_states(night, warehouse, one)]
        told = _Told(
            found,
            decisions.standing(warehouse, night.run_date),
            recheck_intervals(night, warehouse, lists),
        )
        return [_story(night, warehouse, url, told) for url in urls]


@dataclass(frozen=True, slots=True)
class _Told:
    """What the stories of all links are told from."""

    standing: Sequence[tuple[str, LinkState]]
    """With the names of their lists."""
    decided: Sequence[Decision]
    rests: Rhythm


def _story(
    night: RunContext,
    warehouse: Warehouse,
    url: str,
    told: _Told,
) -> LinkReport:
    key = link_key(url)
    history = observations.histories(warehouse, [key]).get(key, ())
    found = [(name, one) for name, one in told.standing if link_key(one.occurrence.url) == key]
    if not history and not found:
        raise UnknownLink(
            f"{url}: is in no list, and nobody ever looked at it; "
            "`staycurrent status --format json` has all addresses"
        )
    judged = _judged(night, key, history, found[0][1] if found else None)
    looked_at = with_freshness(night, history)
    rules = night.settings.links.rules
    due, why = _due(night, judged.verdict.state, history, told.rests)
    return LinkReport(
        url=url,
        verdict=judged.verdict,
        places=tuple(_place(name, one) for name, one in found),
        history=history,
        not_judged=observations.set_aside(warehouse, key),
        rule=progress(judged, looked_at, rules, due),
        forecast=outlook(judged, looked_at, rules, due),
        due=due,
        due_reason=why,
        overrides=tuple(one for one in told.decided if link_key(one.url) == key),
    )


def _judged(
    night: RunContext, key: str, history: Sequence[Observation], standing: LinkState | None
) -> Judgement:
    """The judgement of the history; the verdict as it stands in the list, if it stands there."""
    judged = weigh(key, with_freshness(night, history), night.settings.links.rules)
    if standing is None:
        return judged
    if standing.verdict.state is not judged.verdict.state:
        return Judgement(standing.verdict)  # a person said that it is not to be looked at
    return replace(judged, verdict=standing.verdict)


def _due(
    night: RunContext, state: State, history: Sequence[Observation], rests: Rhythm
) -> tuple[date | None, str]:
    """The night of the next look, and why then; None for what is not requested."""
    if state in (State.REFUSED, State.UNCHECKED):
        return None, ""
    pace = night.settings.links.pace
    return due_on(history, state, pace, rests), why_then(history, state, pace, rests)


def _place(name: str, one: LinkState) -> ListedLink:
    return ListedLink(
        list=name,
        line=one.occurrence.line,
        title=one.occurrence.title,
        flag=str(one.flag.state) if one.flag else None,
        kept=one.kept,
        held_back=one.held,
    )
