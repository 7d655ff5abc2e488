"""Replays recorded nights against a list: what would be proposed, how calm it is, and how fit."""

import argparse
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from itertools import pairwise
from pathlib import Path

from bench.marks import CURATED, WINDOWS, all_marks
from bench.recorded_nights import HISTORY, nights
from staycurrent.curated.document import parse
from staycurrent.curated.flags import FlagStyle
from staycurrent.curated.generated_section import render_candidates
from staycurrent.flows.commands.pull import record_candidates
from staycurrent.flows.context import RunContext, fixed_clock, load_context
from staycurrent.flows.lists import ListDocument
from staycurrent.flows.reporter import Reporter
from staycurrent.sources.item import Candidate
from staycurrent.sources.settings import CandidateSettings
from staycurrent.warehouse import items
from staycurrent.warehouse.open import open_in_memory

LOOSE = CandidateSettings(
    weekly=10,
    per_night=10,
    per_kind=10,
    total=1000,
    min_relevance=0.5,
    keep_days=90,
)
"""To have something to judge: what the usual limits would leave out, too."""


@dataclass(frozen=True, slots=True)
class Played:
    """One night of a replay."""

    night: date
    standing: tuple[Candidate, ...]
    part: str
    """The text of the generated part."""


def main() -> int:
    """Print a window's nights; `--loose` prints what is to be judged, without the nights."""
    asked = _arguments()
    if not HISTORY.is_dir():
        print(f"{HISTORY}: no recorded nights here, nothing is measured")
        return 0
    limits = replace(LOOSE if asked.loose else CandidateSettings(), semantic=asked.semantic)
    if asked.floor is not None:
        limits = replace(limits, min_relevance=asked.floor)
    listed = ListDocument(asked.list, asked.list.name, parse(asked.list.read_bytes()))
    played = list(replay(lambda _: listed, WINDOWS[asked.window], limits))
    proposed = {one.identity: one for night in played for one in night.standing}
    if not asked.loose:
        _tell(played)
    _calm(played)
    _fit(list(proposed.values()), asked.subject, shown=asked.loose)
    return 0


def replay(
    listed: Callable[[date], ListDocument],
    window: tuple[date, date],
    limits: CandidateSettings,
) -> Iterator[Played]:
    """Play the nights of a window as the nightly job does, the memory from night to night.

    `listed` says what the list was on a night.
    """
    with open_in_memory() as warehouse:
        for day, pulls in nights(*window):
            night = _night(day, limits)
            for pull in pulls:
                items.add(warehouse, day, pull, pulled_at=night.now())
            standing = record_candidates(night, warehouse, [listed(day)], pulls)
            yield Played(day, standing, render_candidates(standing, FlagStyle()))


def _night(day: date, limits: CandidateSettings) -> RunContext:
    moment = datetime.combine(day, time(2), UTC)
    made = load_context(None, fixed_clock(moment), Reporter(), environment={})
    return replace(made, settings=replace(made.settings, candidates=limits))


def _tell(played: Sequence[Played]) -> None:
    before: dict[str, Candidate] = {}
    for night in played:
        now = {one.identity: one for one in night.standing}
        print(f"{night.night}: {len(now)} stand")
        for one in now.values():
            if one.identity not in before:
                place = " > ".join(one.section) or "nowhere yet"
                print(f"  + [{one.group}] {one.title} <{one.url}> {one.why}; for {place}")
        for one in before.values():
            if one.identity not in now:
                print(f"  - [{one.group}] {one.title}")
        before = now


def _calm(played: Sequence[Played]) -> None:
    texts = [night.part for night in played]
    same = sum(one == other for one, other in pairwise(texts))
    print(f"nights without a change: {same} of {max(0, len(texts) - 1)}")


def _fit(proposed: Sequence[Candidate], subject: str, *, shown: bool) -> None:
    """Precision by the marks of a list; a borderline case counts as a miss."""
    marks = all_marks()[subject]
    ranked = sorted(proposed, key=lambda one: (-one.score, one.identity))
    if shown:
        for one in ranked:
            fit = marks.get(one.identity, False)
            print(f"{fit!s:5} {one.score:.2f} {one.identity} | {one.title} | {one.summary[:150]}")
    for kind in ("paper", "repository", ""):
        of_kind = [one for one in proposed if one.identity.startswith(kind)]
        fits = sum(marks.get(one.identity, False) is True for one in of_kind)
        least, most = wilson(fits, len(of_kind))
        between = f"{100 * least:.0f} to {100 * most:.0f} %"
        print(f"{kind or 'all'}: {fits} of {len(of_kind)} fit ({between})")
    for one in ranked:
        if (fit := marks.get(one.identity, False)) is not True:
            print(f"  {'stray' if fit is False else 'borderline'}: {one.title}")


def wilson(fit: int, seen: int) -> tuple[float, float]:
    """Where a share lies with 95 % (Wilson 1927): small counts prove little, and say so."""
    if not seen:
        return 0.0, 1.0
    share, z = fit / seen, 1.96
    middle = share + z * z / (2 * seen)
    half = z * math.sqrt(share * (1 - share) / seen + z * z / (4 * seen * seen))
    scale = 1 + z * z / seen
    return (middle - half) / scale, (middle + half) / scale


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.candidates", description=__doc__)
    parser.add_argument("--list", type=Path, default=CURATED)
    parser.add_argument(
        "--subject", default="curated", help="list of bench/marks.toml or ../shared/marks"
    )
    parser.add_argument("--window", choices=sorted(WINDOWS), default="reporting")
    parser.add_argument("--loose", action="store_true", help="low limits, for judging by hand")
    parser.add_argument("--semantic", action="store_true", help="with staycurrent[semantic]")
    parser.add_argument("--floor", type=float, help="instead of candidates.min_relevance")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
