"""Which links are looked at tonight: a pure choice from their histories."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from operator import itemgetter

from staycurrent.links.observation import Observation, Outcome
from staycurrent.links.recheck import LinkKind, RecheckPolicy, policy_from_histories
from staycurrent.links.settings import RecheckSettings
from staycurrent.links.verdict import VerdictState

_PLURAL = {
    LinkKind.GITHUB: "repositories",
    LinkKind.ARXIV: "papers on arXiv",
    LinkKind.HUGGINGFACE: "things on Hugging Face",
    LinkKind.YOUTUBE: "videos",
    LinkKind.DOI: "DOIs",
    LinkKind.DOCUMENT: "documents",
    LinkKind.HOME: "home pages",
    LinkKind.PAGE: "pages of this kind",
}
_LOOKS_AT_BAD = 2
"""A negative look is confirmed, so that what fails costs twice."""


def due_links(
    links: Iterable[str],
    histories: Mapping[str, Sequence[Observation]],
    states: Mapping[str, VerdictState],
    night: date,
    settings: RecheckSettings,
    policy: RecheckPolicy | None = None,
) -> tuple[str, ...]:
    """Keys of the links to look at: failing first, then never seen, then the longest unseen.

    `beats` is how long links rest; None: as their own histories have it. Of what is well, a host
    gets no more than a multiple of its share of a quiet night: the rest of it waits.
    """
    keys = tuple(links)
    policy = policy or policy_from_histories(keys, histories, settings)
    failing: list[tuple[date, str]] = []
    well: list[tuple[date, str]] = []
    new: list[str] = []
    for key in keys:
        last = _last_look(histories.get(key, ()))
        if last is None:
            new.append(key)
        elif _after(last, states.get(key, VerdictState.UNCHECKED), settings, policy) <= night:
            (failing if last.outcome.is_negative else well).append((last.run_date, key))
    rested = _without_bursts(_longest_unseen(well), keys, settings, policy)
    return (*_longest_unseen(failing), *new, *rested)


def next_check_date(
    history: Sequence[Observation], state: VerdictState, pace: RecheckSettings, beats: RecheckPolicy
) -> date | None:
    """The first night on which a link is looked at again; None where it never was."""
    last = _last_look(history)
    return None if last is None else _after(last, state, pace, beats)


def explain_next_check(
    history: Sequence[Observation], state: VerdictState, pace: RecheckSettings, beats: RecheckPolicy
) -> str:
    """Why a link is looked at again when it is, in a few words; empty where it never was."""
    last = _last_look(history)
    if last is None:
        return ""
    if state in (VerdictState.DEAD, VerdictState.INSECURE):
        return f"what is {state} is looked at every {pace.settled_every} nights"
    if _is_followed(last, state):
        nightly = pace.failing_every == 1
        often = "nightly" if nightly else f"every {pace.failing_every} nights"
        return f"what fails or moves is looked at {often} until it is certain"
    beat = beats.for_link(last.link)
    if beat is None:
        return f"it is looked at every {pace.alive_every} nights"
    return f"{_PLURAL[beat.kind]} change about once in {1 / beat.rate:,.0f} nights"


def within_budget(
    ordered: Sequence[str],
    histories: Mapping[str, Sequence[Observation]],
    beats: RecheckPolicy,
    requests: int,
) -> tuple[str, ...]:
    """As many of the links, from the first on, as so many requests can be expected to last for.

    0 requests: no limit.
    """
    if not requests:
        return tuple(ordered)
    spent = 0.0
    for number, key in enumerate(ordered):
        last, beat = _last_look(histories.get(key, ())), beats.for_link(key)
        failing = last is not None and last.outcome.is_negative
        spent += _LOOKS_AT_BAD if failing else (beat.cost if beat else 1)
        if requests < spent:
            return tuple(ordered[:number])
    return tuple(ordered)


def _after(
    last: Observation, state: VerdictState, pace: RecheckSettings, beats: RecheckPolicy
) -> date:
    if state in (VerdictState.DEAD, VerdictState.INSECURE):
        return last.run_date + timedelta(pace.settled_every)
    if _is_followed(last, state):
        return last.run_date + timedelta(pace.failing_every)
    day = last.run_date.toordinal()
    return last.run_date + timedelta(beats.days_until_check(last.link, day, pace.alive_every))


def _is_followed(last: Observation, state: VerdictState) -> bool:
    """A streak, or a move that waits for confirmation: the next nights matter for the rules."""
    return last.outcome.is_negative or (last.permanent and state is VerdictState.ALIVE)


def _last_look(history: Sequence[Observation]) -> Observation | None:
    looks = (look for look in reversed(history) if look.outcome is not Outcome.SKIPPED)
    return next(looks, None)


def _longest_unseen(seen: Iterable[tuple[date, str]]) -> list[str]:
    """Keys by the night of their last look; of one night, as they came."""
    return [key for _, key in sorted(seen, key=itemgetter(0))]


def _without_bursts(
    well: Sequence[str], keys: Iterable[str], pace: RecheckSettings, beats: RecheckPolicy
) -> Iterator[str]:
    """What is well, without what is too much for its host, or for one night.

    What is asked in batches is no burden to its host, and must not wait for what is not.
    """
    share = dict.fromkeys(map(_host, well), 0.0)
    for key in keys if share else ():
        host = _host(key)
        if host in share:
            share[host] += 1 / beats.interval(key, pace.alive_every)
    most = _allowed(pace, pace.night_factor * beats.single_requests)
    taken: Counter[str] = Counter()
    total = 0
    for key in well:
        beat = beats.for_link(key)
        if beat is None or beat.cost >= 1:
            host = _host(key)
            if total >= most or taken[host] >= _allowed(pace, pace.host_factor * share[host]):
                continue
            taken[host] += 1
            total += 1
        yield key


def _allowed(pace: RecheckSettings, looks: float) -> int:
    """Whole looks, and never so few that it would hold a small list up."""
    return max(pace.host_min, math.ceil(round(looks, 6)))


def _host(key: str) -> str:
    return key.partition("://")[2].partition("/")[0]
