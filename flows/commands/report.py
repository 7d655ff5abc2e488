"""The verb `report`: one page of everything, from the lists and the warehouse, without network."""

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

from staycurrent.flows.checking.targets import recheck_intervals
from staycurrent.flows.commands.status import status
from staycurrent.flows.context import RunContext
from staycurrent.flows.database import reading, shared_session
from staycurrent.flows.errors import UsageError
from staycurrent.flows.link_states import with_freshness
from staycurrent.flows.lists import check_targets, read_lists
from staycurrent.links.due import due
from staycurrent.links.observation import Observation
from staycurrent.links.outlook import outlook
from staycurrent.links.rhythm import Rhythm
from staycurrent.links.verdict import State, Verdict, weigh
from staycurrent.reports.html_report import as_html
from staycurrent.reports.model import Status
from staycurrent.reports.page.model import CALM, ChecksDue, HtmlPage
from staycurrent.warehouse import chronicle, decisions, observations
from staycurrent.warehouse.open import Warehouse

NIGHTS = 90
"""How far back the page looks: a quarter of a year."""
_AHEAD = 7
_FAILING = (State.SUSPECT, State.DEAD, State.INSECURE)


def report(night: RunContext) -> str:
    """The page as HTML; the same bytes for the same list, warehouse and clock."""
    with shared_session(night) as held:
        return as_html(report_page(held))


def write_report(night: RunContext, out: Path) -> None:
    """Write the page, whole or not at all; raises BadUsage where it may not lie there."""
    if os.path.realpath(out) in map(os.path.realpath, (*night.list_paths, night.warehouse_path)):
        raise UsageError(f"--out {out}: that is a list or the warehouse, not a place for a page")
    if out.is_dir():
        raise UsageError(f"--out {out}: is a folder; name a file in it")
    html = report(night).encode()
    draft = out.with_name(f".{out.name}.new")
    try:
        draft.write_bytes(html)
        draft.replace(out)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise UsageError(f"--out {out}: cannot be written ({error.strerror})") from error


def report_page(night: RunContext) -> HtmlPage:
    """What the page shows, gathered."""
    shown = status(night)
    since = night.run_date - timedelta(days=NIGHTS - 1)
    with reading(night) as warehouse:
        looks = observations.last_looks(warehouse)
        rests = recheck_intervals(night, warehouse, read_lists(night))
        coming = dict(_coming(night, shown, looks, rests))
        return HtmlPage(
            status=shown,
            runs=chronicle.nights(warehouse, since),
            health=chronicle.health(warehouse, since),
            histories=chronicle.lives(warehouse, since),
            forecasts=_outlooks(night, warehouse, shown),
            changes=chronicle.turns(warehouse, since),
            next_checks={key: day for day, keys in coming.items() for key in keys},
            due=tuple(_due(day, keys, shown) for day, keys in coming.items()),
            pulls=chronicle.pulls(warehouse, since),
            overrides=decisions.standing(warehouse, night.run_date),
        )


def _coming(
    night: RunContext, shown: Status, looks: Mapping[str, Observation], rests: Rhythm
) -> Iterator[tuple[date, tuple[str, ...]]]:
    """Each coming night with the links that it will look at, were tonight's looks the last."""
    verdicts = _verdicts(shown)
    waiting = dict.fromkeys(check_targets(read_lists(night), night).links)
    histories = {key: (look,) for key, look in looks.items()}
    states = {key: verdict.state for key, verdict in verdicts.items()}
    for ahead in range(1, _AHEAD + 1):
        day = night.run_date + timedelta(days=ahead)
        found = due(waiting, histories, states, day, night.settings.links.pace, rests)
        for key in found:
            del waiting[key]
        yield day, found


def _due(day: date, keys: tuple[str, ...], shown: Status) -> ChecksDue:
    verdicts = _verdicts(shown)
    states = Counter(verdicts[key].state for key in keys)
    return ChecksDue(day, len(keys), sum(states[state] for state in _FAILING))


def _verdicts(shown: Status) -> dict[str, Verdict]:
    return {row.verdict.link: row.verdict for row in shown.links}


def _outlooks(night: RunContext, warehouse: Warehouse, shown: Status) -> dict[str, str]:
    keys = [key for key, one in _verdicts(shown).items() if one.state not in CALM]
    histories = observations.histories(warehouse, keys)
    return {key: _outlook(night, key, histories.get(key, ())) for key in keys}


def _outlook(night: RunContext, key: str, history: Sequence[Observation]) -> str:
    looks, rules = with_freshness(night, history), night.settings.links.rules
    return outlook(weigh(key, looks, rules), looks, rules)
