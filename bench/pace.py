"""A year of nights by the pure functions alone: what they ask, and how soon they know."""

import math
import random
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from staycurrent.links.observation import Observation, Outcome
from staycurrent.links.schedule import (
    ChangeCounts,
    RecheckPolicy,
    count_changes,
    due_links,
    last_check,
    link_kind,
    recheck_policy,
)
from staycurrent.links.settings import RecheckSettings, Rules
from staycurrent.links.verdict import VerdictState, conclude_verdict
from staycurrent.web.robots import MIN_CACHE_DAYS as ROBOTS_NIGHTS
from tests.support.values import DEFAULT_COSTS

SEED, NIGHTS, LINKS = 7, 365, 1000
FIRST = date(2026, 1, 1)
QUIET_FROM = 15
"""The night from which on no link waits for its first turn any more."""
CANARIES = 12
"""Five, and a name that must not exist, before the checks and after them."""
SHARES = (
    (0.30, "https://github.com/owner-{n}/name"),
    (0.15, "https://arxiv.org/abs/2601.{n:05}"),
    (0.05, "https://huggingface.co/owner-{n}/model"),
    (0.05, "https://files-{host}.example/{n}.pdf"),
    (0.10, "https://home-{n}.example/"),
    (0.35, "https://site-{host}.example/essays/{n}"),
)
A_YEAR = (
    (0.024, Outcome.MISSING),
    (0.010, Outcome.DNS),
    (0.006, Outcome.TIMEOUT),
    (0.004, Outcome.PARKED),
)
"""What becomes of one link in a year, for good: 2.4 % are found hard-dead by careful reports of
2026 (404 and 410); Fetterly's and Pew's rates are of all the web, and higher."""
MOVED_A_YEAR = 0.03
FLAKY = 0.05
"""Links that fail now and then, one night in thirty of them."""
REDIRECTED = 0.10
RULES = Rules()
_MOST, _LATE = 0.15, 2
_CLAIMED = ("github", "arxiv", "huggingface")


@dataclass(slots=True)
class Fate:
    """What one link does over the year."""

    dies_on: int | None = None
    dead_as: Outcome = Outcome.MISSING
    moves_on: int | None = None
    flaky: bool = False
    redirects: bool = False


@dataclass(slots=True)
class Year:
    """What a year of nights came to."""

    requests: list[int] = field(default_factory=list)
    """By night: checks at what is well, redirects, robots.txt and canaries."""
    failing: list[int] = field(default_factory=list)
    """By night: what links that fail or wait for confirmation took on top."""
    hosts: Counter[str] = field(default_factory=Counter)
    """The most that a host got in one night, first night left out."""
    from_death: list[int] = field(default_factory=list)
    from_first: list[int] = field(default_factory=list)
    """Nights, both ends counted, less those that the rule asks for."""
    missed: int = 0
    wrong: int = 0
    """Nights on which a link was called dead that was not."""
    rests: dict[str, str] = field(default_factory=dict)


def played(pace: RecheckSettings, costs: Mapping[str, float], seed: int = SEED) -> Year:
    """Play the year; `costs` are requests per check by kind."""
    draw = random.Random(seed)  # noqa: S311 -- a play, not a secret
    fates = {key: _fate(draw) for key in _links(draw)}
    histories: dict[str, list[Observation]] = {key: [] for key in fates}
    found: defaultdict[str, ChangeCounts] = defaultdict(ChangeCounts)
    year = Year()
    dead_on: dict[str, int] = {}
    for number in range(1, NIGHTS + 1):
        night = FIRST + timedelta(number - 1)
        policy = recheck_policy(fates, found, pace, costs)
        checked = {key: last_check(history, RULES) for key, history in histories.items()}
        known = {key: last for key, last in checked.items() if last is not None}
        due = due_links(fates, known, night, policy)
        followed = {key for key in due if key in known and known[key].is_urgent}
        for key in due:
            histories[key].append(_look(key, fates[key], number, draw))
            found[link_kind(key)] += count_changes(histories[key][-2:])
            if conclude_verdict(key, histories[key], RULES).state is VerdictState.DEAD:
                dead_on.setdefault(key, number)
                year.wrong += not _is_dead(fates[key], number)
        _count(year, number, due, followed, fates, histories, policy)
    _judged(year, fates, histories, dead_on)
    year.rests = {
        str(b.kind): f"{b.interval:.1f} nights, 1 change in {1 / b.rate:,.0f}"
        for b in policy.statistics.values()
    }
    return year


def _links(draw: random.Random) -> Iterator[str]:
    """Sizes of sites follow Zipf's law."""
    weights = [1 / rank for rank in range(1, 201)]
    number = 0
    for share, pattern in SHARES:
        for _ in range(round(share * LINKS)):
            number += 1
            yield pattern.format(n=number, host=draw.choices(range(1, 201), weights)[0])


def _fate(draw: random.Random) -> Fate:
    found = Fate(flaky=draw.random() < FLAKY, redirects=draw.random() < REDIRECTED)
    for share, outcome in A_YEAR:
        if found.dies_on is None and draw.random() < share:
            found.dies_on, found.dead_as = draw.randint(2, NIGHTS), outcome
    if draw.random() < MOVED_A_YEAR:
        found.moves_on = draw.randint(2, NIGHTS)
    return found


def _look(key: str, fate: Fate, number: int, draw: random.Random) -> Observation:
    night = FIRST + timedelta(number - 1)
    moment = datetime(night.year, night.month, night.day, 2, tzinfo=UTC)
    outcome, target = Outcome.OK, None
    if _is_dead(fate, number):
        outcome = fate.dead_as
    elif fate.flaky and draw.random() < 1 / 30:
        outcome = Outcome.SERVER_ERROR
    elif fate.moves_on is not None and number >= fate.moves_on:
        outcome, target = Outcome.REDIRECTED, f"{key}/moved"
    elif fate.redirects:
        outcome, target = Outcome.REDIRECTED, f"{key}/here"
    asked = link_kind(key) if link_kind(key) in ("github", "arxiv") else "page"
    permanent = target is not None and target.endswith("moved")
    return Observation(key, night, moment, outcome, asked, final_url=target, permanent=permanent)


def _is_dead(fate: Fate, number: int) -> bool:
    return fate.dies_on is not None and number >= fate.dies_on


def _count(
    year: Year,
    number: int,
    due: Iterable[str],
    followed: set[str],
    fates: Mapping[str, Fate],
    histories: Mapping[str, list[Observation]],
    policy: RecheckPolicy,
) -> None:
    plain, failing = 0.0, 0
    batches: Counter[str] = Counter()
    hosts: Counter[str] = Counter()
    for key in due:
        last, kind = histories[key][-1], link_kind(key)
        checks = (2 if last.outcome.is_negative else 1) + (
            last.final_url is not None and last.checked_by == "page"
        )
        if key in followed or last.outcome.is_negative:
            failing += checks
        elif policy.statistics[kind].cost < 1:
            batches[kind] += 1
        else:
            plain += checks
            hosts[key.split("/")[2]] += 1
    plain += sum(math.ceil(n * policy.statistics[kind].cost) for kind, n in batches.items())
    robots = len(
        {
            key.split("/")[2]
            for key in fates
            if link_kind(key) not in ("github", "arxiv", "huggingface")
        }
    )
    year.requests.append(round(plain + robots / ROBOTS_NIGHTS + CANARIES))
    year.failing.append(failing)
    if number > 1:
        for host, count in hosts.items():
            year.hosts[host] = max(year.hosts[host], count)


def _judged(
    year: Year,
    fates: Mapping[str, Fate],
    histories: Mapping[str, list[Observation]],
    dead_on: Mapping[str, int],
) -> None:
    for key, fate in fates.items():
        if fate.dies_on is None:
            continue
        rule = (
            RULES.weak
            if fate.dead_as.is_weak
            else RULES.soft
            if fate.dead_as.is_soft
            else RULES.hard
        )
        if fate.dies_on > NIGHTS - rule.nights - 2 - 14:
            continue  # the year ends before it can be known
        if key not in dead_on:
            year.missed += 1
            continue
        died = FIRST + timedelta(fate.dies_on - 1)
        first = next(look.run_date for look in histories[key] if look.run_date >= died)
        found = FIRST + timedelta(dead_on[key] - 1)
        year.from_first.append((found - first).days + 1 - rule.nights)
        year.from_death.append((found - died).days + 1 - rule.nights)


def _summary(name: str, year: Year) -> Iterator[str]:
    quiet, failing = year.requests[QUIET_FROM:], year.failing[QUIET_FROM:]
    over = sum(one > _MOST * LINKS for one in quiet)
    mean, most = statistics.mean(quiet) / LINKS, max(quiet) / LINKS
    yield f"{name}"
    yield f"  requests a quiet night: mean {mean:.1%} of the links, most {most:.1%}, over: {over}"
    yield f"  for failing links on top: mean {statistics.mean(failing):.1f}, most {max(failing)}"
    found, wrong = len(year.from_first), year.wrong
    yield f"  dead links: {found} found, {year.missed} missed; wrongly dead on {wrong} nights"
    yield f"  later than the rule's nights, from the first failing look: {_late(year.from_first)}"
    yield f"  later than the rule's nights, from the death itself: {_late(year.from_death)}"
    hosts = ", ".join(f"{host} {count}" for host, count in year.hosts.most_common(2))
    yield f"  the most that a host got in a night: {hosts}"
    yield from (f"  {kind}: rests {rest}" for kind, rest in year.rests.items())


def _late(nights: list[int]) -> str:
    soon = sum(late <= _LATE for late in nights) / len(nights)
    return f"mean {statistics.mean(nights):.1f}, most {max(nights)}, {soon:.0%} within {_LATE}"


def main() -> None:
    """Print the year without and with a token for GitHub, and at a fixed pace of a week."""
    for name, pace, costs in (
        ("without a token", RecheckSettings(), DEFAULT_COSTS),
        (
            "with a token: fifty repositories in a request",
            RecheckSettings(),
            {**DEFAULT_COSTS, "github": 0.02},
        ),
        (
            "a fixed pace of ten nights",
            RecheckSettings(alive_every=10, requests_share=0.0),
            DEFAULT_COSTS,
        ),
    ):
        print(*_summary(name, played(pace, costs)), sep="\n", flush=True)


if __name__ == "__main__":
    main()
