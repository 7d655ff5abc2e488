"""What must hold after every night; each check returns what is wrong, in sentences."""

import base64
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date
from itertools import zip_longest
from pathlib import Path

from tests.simulation.people import SECTION, Word, entry_lines, flags_of, people_wrote
from tests.simulation.world import World
from tests.support.github import TOKEN
from tests.support.one_duckdb import Attached

STRANGER = "a-stranger"
_SECRETS = (TOKEN.encode(), base64.b64encode(f"x-access-token:{TOKEN}".encode()))
_NEGATIVE = ("gone", "missing", "dns", "server_error", "refused", "timeout", "reset", "dns_trouble")
_RULES = {"gone": (2, 1), "missing": (3, 7), "dns": (3, 7)}
"""Checks and dates that are needed at least; (3, 14) for all others."""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What a warehouse holds, as far as nothing of it may vanish or be invented."""

    observations: frozenset[tuple[str, date, str]] = frozenset()
    """Of judged runs: link, run date, outcome."""
    verdicts: frozenset[tuple[str, str, str, date | None, str | None]] = frozenset()
    """Link, state, reason, since, suggestion."""
    overrides: frozenset[tuple[object, ...]] = frozenset()
    judged: frozenset[date] = frozenset()

    def lost(self, later: "Knowledge") -> Iterator[str]:
        """What was there and is no longer."""
        for name in ("observations", "overrides", "judged"):
            gone = getattr(self, name) - getattr(later, name)
            if gone:
                yield f"{len(gone)} {name} vanished, such as {min(gone, key=repr)}"

    def since(self, oldest: date) -> "Knowledge":
        """All but the observations of earlier dates."""
        kept = frozenset(one for one in self.observations if one[1] >= oldest)
        return replace(self, observations=kept)

    def without(self, links: set[str]) -> "Knowledge":
        """All but what was found out about some links."""
        observations = frozenset(one for one in self.observations if one[0] not in links)
        verdicts = frozenset(one for one in self.verdicts if one[0] not in links)
        return replace(self, observations=observations, verdicts=verdicts)


_OBSERVATIONS = "SELECT link, run_date, outcome FROM link_timeline WHERE run_date >= ?"
_VERDICTS = "SELECT link, state, reason, since, suggestion FROM latest_verdicts"
_OVERRIDES = "SELECT url, kind, verdict, until, reason, undone, origin, author FROM overrides"
_LAST_WORD = "SELECT undone FROM overrides WHERE kind = ? AND url = ? ORDER BY id DESC LIMIT 1"
_JUDGED = "SELECT DISTINCT run_date FROM runs WHERE status = 'judged'"


def read_knowledge(path: Path, since: date) -> Knowledge:
    """What a warehouse holds since a date: read by DuckDB itself, not by the project."""
    if not path.exists():
        return Knowledge()
    with closing(Attached(str(path), read_only=True)) as con:
        return Knowledge(
            frozenset(con.execute(_OBSERVATIONS, [since]).fetchall()),
            frozenset(con.execute(_VERDICTS).fetchall()),
            frozenset(con.execute(_OVERRIDES).fetchall()),
            frozenset(day for (day,) in con.execute(_JUDGED).fetchall()),
        )


def is_taken_back(path: Path, kind: str, url: str) -> bool:
    """Whether the last word on an address takes back what was said before."""
    with closing(Attached(str(path), read_only=True)) as con:
        ((undone,),) = con.execute(_LAST_WORD, [kind, url]).fetchall()
        return bool(undone)


def people_lost(before: bytes, after: bytes, fixes: Mapping[str, str]) -> Iterator[str]:
    """Stripping our bytes gives what people wrote, but for the addresses that were to be fixed."""
    pairs = zip_longest(people_wrote(before).splitlines(), people_wrote(after).splitlines())
    for old, new in pairs:
        if old == new:
            continue
        fixed = old or b""
        for url, target in fixes.items():
            fixed = re.sub(rb"%b(?![\w./-])" % re.escape(url.encode()), target.encode(), fixed)
        if fixed != new:
            yield f"without our bytes the list is not what people wrote: {old!r} is {new!r}"


def fixes_of(known: Knowledge) -> dict[str, str]:
    """The addresses that `moved = "fix"` may replace, and what with."""
    return {link: to for link, state, _, _, to in known.verdicts if state == "moved" and to}


def strangers_words(known: Knowledge) -> Iterator[str]:
    """Nothing that a stranger did is a decision."""
    for row in known.overrides:
        if STRANGER in row:
            yield f"a stranger decided: {row}"


def unproved_flags(
    flags: Iterable[tuple[str, str, str]], known: Knowledge, oldest: date
) -> Iterator[str]:
    """No flag without a verdict that its history proves; no verdict without its observations.

    What a flag that began before `oldest` was proved by was seen on nights before this one.
    """
    history: defaultdict[str, list[tuple[date, str]]] = defaultdict(list)
    for link, day, outcome in known.observations:
        history[link].append((day, outcome))
    verdicts = {link: (state, reason, since) for link, state, reason, since, _ in known.verdicts}
    for url, flag, since in flags:
        if flag in ("new", "malformed"):
            continue
        state, reason, began = verdicts.get(url, ("", "", None))
        shown = reason if state == "stale" else state
        if (shown, str(began)) != (flag, since):
            yield f"{url} is flagged {flag} since {since}, its verdict is {shown} since {began}"
            continue
        if since < str(oldest):
            continue
        checks = sorted(history[url])
        yield from (f"{url} is flagged {flag}: {why}" for why in _unproved(flag, since, checks))


def _unproved(flag: str, since: str, checks: list[tuple[date, str]]) -> Iterator[str]:
    streak = [(day, outcome) for day, outcome in checks if str(day) >= since]
    if not streak or str(streak[0][0]) != since:
        yield f"no check on {since}, where the streak is said to begin"
        return
    outcomes = [outcome for _, outcome in streak]
    days = (streak[-1][0] - streak[0][0]).days + 1
    if flag == "dead":
        counted = [one for one in streak if one[1] in _NEGATIVE or one[1] == "taken_over"]
        least, span = _RULES.get(outcomes[-1], (3, 14))
        if any(outcome in ("ok", "redirected") for outcome in outcomes):
            yield f"a success since {since}: {streak}"
        if len(counted) < min(least, 2) or days < 1 or (span > 7 and days < 3):
            yield f"{len(counted)} failures in {days} days are too few"
    if flag == "insecure" and (outcomes.count("tls") < 3 or days < 7):
        yield f"{outcomes.count('tls')} faults in {days} days are too few"
    if flag == "moved" and (outcomes.count("redirected") < 2 or days < 3):
        yield f"{outcomes.count('redirected')} redirects in {days} days are too few"


def invented(known: Knowledge, run_date: date, world: World) -> Iterator[str]:
    """What was observed is what the world played."""
    for link, day, outcome in known.observations:
        truth = world.truths.get((link, day)) if day == run_date else None
        if truth is not None and outcome not in truth:
            yield f"{link} was observed as {outcome} on {day}, it was {' or '.join(sorted(truth))}"


def words_lost(raw: bytes, words: Iterable[Word]) -> Iterator[str]:
    """A person's word is neither lost nor asked again."""
    shown = flags_of_list(raw)
    shown += [(url, "new", "") for url in proposed(raw)]
    for word in words:
        for url, state, since in shown:
            if word.contradicts(url, state, since):
                yield f"{url} is shown as {state} again, which a person had taken out"
    for line in raw.splitlines():
        if b"<!-- stay:keep -->" in line and flags_of(line):
            yield f"a kept line is flagged: {line.decode()}"


def secrets_shown(folder: Path, said: str) -> Iterator[str]:
    """No token in any output."""
    for secret in _SECRETS:
        if secret in said.encode():
            yield "the token was printed"
        for path in (*folder.glob("*.md"), *folder.glob(".staycurrent/*")):
            if path.is_file() and secret in path.read_bytes():
                yield f"the token is in {path.name}"


def flags_of_list(raw: bytes) -> list[tuple[str, str, str]]:
    """The flags outside of the generated section."""
    lines = raw.splitlines(keepends=True)
    return [found for number in entry_lines(lines) for found in flags_of(lines[number])]


def proposed(raw: bytes) -> list[str]:
    """The addresses of the candidates that the list shows."""
    section = SECTION.search(raw)
    lines = section[2].splitlines() if section else []
    return [url for line in lines for url, state, _ in flags_of(line) if state == "new"]
