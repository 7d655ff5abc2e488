"""Fits the weights of the relevance model to marks, and measures it on lists that it left out.

    python -m bench.relevance --lists DIR            # the tables of docs/candidates.md
    python -m bench.relevance --lists DIR --write    # and sources/relevance/weights.toml
    python -m bench.relevance --lists DIR --decide 8  # and fits among offers that are decided

DIR holds each list of bench/marks.toml as NAME.md, from the repository and commit named there.
Needs staycurrent[semantic].
"""

import argparse
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from statistics import fmean, pstdev
from typing import NamedTuple

import numpy as np

from bench.marks import CURATED, all_marks, shown_items
from staycurrent.curated.document import parse
from staycurrent.curated.entries import list_entries
from staycurrent.sources.item import Item
from staycurrent.sources.relevance.features import ListProfile, in_company
from staycurrent.sources.relevance.model import (
    CALIBRATION,
    MEANING,
    MIN_DECISIONS,
    PASSES,
    WORDS,
    Decisions,
    Measure,
    Weight,
    Weights,
    learn_company,
    probability,
)
from staycurrent.sources.relevance.semantic import FeedMeaning, ListMeaning, Vectors

WEIGHTS = Path(__file__).resolve().parents[1] / "sources" / "relevance" / "weights.toml"
_MAX_STEPS = 30
WORDS_PASS, MEANING_PASS, NEIGHBOURS_PASS = map(
    PASSES.index, ("fourth_pass", "meaning", "neighbours")
)
STRENGTH = 1.0
"""Of the regularisation: each list counts as 300 items."""
LIST_WEIGHT = 300
NIGHTS = [date(2026, *day) for day in ((5, 22), (6, 5), (6, 19), (7, 5), (7, 20), (8, 2))]
"""On each, a list is learned against the items of ninety days, as `pull` does it."""


@dataclass(frozen=True, slots=True)
class MarkedList:
    """A list on one night, and what of the month's items a reader would be glad to meet there."""

    name: str
    profile: ListProfile
    features: tuple[Mapping[str, float], ...]
    """Of each item, without company."""
    meaning: tuple[Mapping[str, float], ...]
    """Of each item, by the sentence encoder."""
    vectors: Vectors
    marks: tuple[bool | None, ...]
    """None for a borderline case, which is not learned from and counts as a miss."""


class Judged(NamedTuple):
    """An item, whether it fits a list, and what the weights say of that."""

    item: Item
    fits: bool
    log_odds: float

    @property
    def chance(self) -> float:
        """The probability that it fits."""
        return probability(self.log_odds)


def main() -> int:
    """Print the tables; write the weights if told to."""
    parser = argparse.ArgumentParser(prog="python -m bench.relevance", description=__doc__)
    parser.add_argument("--lists", type=Path, required=True, help="folder with NAME.md")
    parser.add_argument("--write", action="store_true", help="write sources/relevance/weights.toml")
    parser.add_argument("--decide", type=int, default=0, metavar="DRAWS", help="simulate decisions")
    asked = parser.parse_args()
    files = {asked.lists / f"{name}.md" for name in all_marks() if name != "curated"}
    if missing := sorted(str(file) for file in files if not file.is_file()):
        parser.error(f"--lists: there is no {', no '.join(missing)}")
    pools = [shown_items(night) for night in NIGHTS]
    vectors = Vectors()
    lists = [
        one
        for name, marks in all_marks().items()
        for one in marked_lists(name, asked.lists, pools, marks, vectors)
    ]
    names = dict.fromkeys(one.name for one in lists)
    left_out = {name: fit([one for one in lists if one.name != name]) for name in names}
    judged = {
        (number, name): judge([one for one in lists if one.name == name], weights[: number + 1])
        for number in (WORDS_PASS, NEIGHBOURS_PASS)
        for name, weights in left_out.items()
    }
    calibration = calibrate([one for of_list in judged.values() for one in of_list])
    for (number, name), of_list in judged.items():
        judged[number, name] = [
            one._replace(log_odds=calibration.log_odds({"log_odds": one.log_odds}))
            for one in of_list
        ]
    for number, known in ((WORDS_PASS, None), (NEIGHBOURS_PASS, vectors)):
        of_pass = {name: judged[number, name] for name in names}
        if asked.decide:
            print(f"\ndecisions, {PASSES[number]}\n")
            for name, things in of_pass.items():
                profile = next(one.profile for one in reversed(lists) if one.name == name)
                print(_decided_row(name, things, profile, known, asked.decide))
        print(f"\n{PASSES[number]}\n")
        for name, things in of_pass.items():
            print(_row(name, things))
        precisions = [
            average_precision([one.fits for one in things])
            for things in of_pass.values()
            if any(one.fits for one in things)
        ]
        print(f"\nmean average precision {fmean(precisions):.3f}\n")
        print(_reliability([one for things in of_pass.values() for one in things]))
    fitted = [*fit(lists), calibration]
    for name, weight in fitted[NEIGHBOURS_PASS].features.items():
        print(f"{name:10} {weight.weight:6.2f}")
    if asked.write:
        WEIGHTS.write_text(_toml(fitted, lists), encoding="utf-8")
    return 0


def marked_lists(
    name: str,
    folder: Path,
    pools: Sequence[Sequence[Item]],
    marks: Mapping[str, bool | None],
    vectors: Vectors,
) -> Iterator[MarkedList]:
    """Read a list and learn its profile against each pool of items."""
    path = CURATED if name == "curated" else folder / f"{name}.md"
    document = parse(path.read_bytes())
    entries = [(f"{one.title} . {one.text}", one.section) for one in list_entries(document)]
    meaning = ListMeaning(entries, document.title, (), vectors)
    for items in pools:
        profile = ListProfile(entries, items, [document.title], ())
        yield MarkedList(
            name,
            profile,
            tuple(map(profile.features, profile.seen)),
            tuple(map(meaning.features, items)),
            vectors,
            tuple(marks.get(item.identity, False) for item in items),
        )


def fit(lists: Sequence[MarkedList]) -> list[Weights]:
    """Fit the weights of each pass to some lists."""
    fitted: list[Weights] = []
    for number in range(len(PASSES)):
        rows = [_features(one, fitted) for one in lists]
        unknown = () if number > WORDS_PASS else lists[0].meaning[0]
        fitted.append(_fit(lists, rows, [name for name in rows[0][0] if name not in unknown]))
    return fitted


def _fit(
    lists: Sequence[MarkedList],
    features: Sequence[Sequence[Mapping[str, float]]],
    names: Sequence[str],
) -> Weights:
    columns = {name: [row[name] for rows in features for row in rows] for name in names}
    scale = {name: (fmean(column), pstdev(column)) for name, column in columns.items()}
    rows: list[list[float]] = []
    fits: list[bool] = []
    cases: list[float] = []
    for one, of_list in zip(lists, features, strict=True):
        known = sum(mark is not None for mark in one.marks)
        for values, mark in zip(of_list, one.marks, strict=True):
            if mark is not None:
                rows.append([1.0, *((values[n] - scale[n][0]) / scale[n][1] for n in names)])
                fits.append(mark)
                cases.append(LIST_WEIGHT / known / len(NIGHTS))
    size = len(names)
    bias, *weights = fit_logistic(
        rows, fits, cases, [0.0] * (size + 1), [0.001, *([STRENGTH] * size)]
    )
    return Weights(
        bias, {name: Weight(w, *scale[name]) for name, w in zip(names, weights, strict=True)}
    )


def _features(one: MarkedList, earlier: Sequence[Weights]) -> list[dict[str, float]]:
    """Return the features of each item, as far as the weights of earlier passes give them."""
    seen = one.profile.seen
    companies = learn_company(seen, one.features, earlier[:WORDS_PASS])
    rows = [
        {**row, **in_company(item, companies), **meaning}
        for row, item, meaning in zip(one.features, seen, one.meaning, strict=True)
    ]
    if len(earlier) > MEANING_PASS:
        items = [each.item for each in seen]
        chances = [probability(earlier[MEANING_PASS].log_odds(row)) for row in rows]
        feeds = FeedMeaning(items, chances, one.vectors)
        rows = [row | feeds.features(item) for item, row in zip(items, rows, strict=True)]
    return rows


def judge(nights: Sequence[MarkedList], weights: Sequence[Weights]) -> list[Judged]:
    """Return each item as on the first night that has it, the likeliest first.

    `weights` are those of all passes, up to the last that is asked for.
    """
    found: dict[str, Judged] = {}
    for one in nights:
        rows = zip(one.profile.seen, _features(one, weights[:-1]), one.marks, strict=True)
        for seen, row, mark in rows:
            judged = Judged(seen.item, mark is True, weights[-1].log_odds(row))
            found.setdefault(seen.item.identity, judged)
    return sorted(found.values(), key=lambda one: (-one.log_odds, one.item.identity))


def calibrate(judged: Sequence[Judged]) -> Weights:
    """Fit what log odds become so that as many items fit as they say (Platt 1999).

    Items are those of lists that their weights were not fitted on.
    """
    rows = [[1.0, one.log_odds] for one in judged]
    fits = [one.fits for one in judged]
    bias, slope = fit_logistic(rows, fits, [1.0] * len(rows), [0.0, 1.0], [0.001, 0.001])
    return Weights(bias, {"log_odds": Weight(slope, 0.0, 1.0)})


def _decided_row(
    name: str,
    things: Sequence[Judged],
    profile: ListProfile,
    vectors: Vectors | None,
    draws: int,
) -> str:
    """Fits among offers, without decisions and with them: two offers at a time, decided at once.

    Of each draw's four fifths of all things 60 are offered, and the first 30 decided; of all
    things 142, as in 71 nights, and each decided.
    """
    things = sorted(things, key=lambda one: one.item.identity)
    measure = MEANING if vectors else WORDS
    nearness = (vectors or profile).nearness([one.item for one in things])
    cosines = np.array([nearness(one.item) for one in things])
    counts: list[str] = []
    for offers, decisions, share, times in ((60, 30, 0.8, draws), (142, 142, 1.0, 1)):
        sums = [0, 0]
        for draw in range(times):
            chance = random.Random(draw)  # noqa: S311 -- the same draws every time
            drawn = chance.sample(range(len(things)), int(share * len(things)))
            for learns in (False, True):
                offered = _offered(things, drawn, cosines, measure, offers, learns * decisions)
                sums[learns] += sum(things[at].fits for at in offered)
        gain = sums[1] / sums[0] - 1 if sums[0] else 0.0
        counts += [f"{sums[0] / times:.1f}", f"{sums[1] / times:.1f}", f"{100 * gain:+.0f} %"]
    return f"| {name} | {sum(one.fits for one in things)} | {' | '.join(counts)} |"


def _offered(
    things: Sequence[Judged],
    drawn: Iterable[int],
    cosines: np.ndarray,
    measure: Measure,
    offers: int,
    decisions: int,
) -> list[int]:
    """What is offered of the drawn things, two at a time, by what the first offers were decided."""
    left, offered = sorted(drawn), list[int]()
    odds = np.array([one.log_odds for one in things])
    shifted = odds
    while len(offered) < offers:
        if MIN_DECISIONS <= len(offered) <= decisions:
            near = cosines[:, offered]
            rows = {id(things[at].item): near[at].tolist() for at in offered}
            learned = Decisions([things[at] for at in offered], partial(_row_of, rows), measure)
            shifted = odds + np.vectorize(measure.kernel)(near) @ np.array(learned.pulls)
        left.sort(key=lambda at: -shifted[at])
        offered += left[:2]
        left = left[2:]
    return offered


def _row_of(rows: Mapping[int, Sequence[float]], item: Item) -> Sequence[float]:
    return rows[id(item)]


def average_precision(ranked: Iterable[bool]) -> float:
    """The mean of the precision at each thing that fits."""
    found = [rank for rank, fits in enumerate(ranked, 1) if fits]
    return fmean(n / rank for n, rank in enumerate(found, 1)) if found else 0.0


def _row(name: str, ranked: Sequence[Judged]) -> str:
    hits = [one.fits for one in ranked]
    shares = " ".join(
        f"{sum(one.fits for one in ranked if one.chance >= least)} of "
        f"{sum(one.chance >= least for one in ranked)} |"
        for least in (0.5, 0.7, 0.8)
    )
    return (
        f"| {name} | {sum(hits)} | {average_precision(hits):.2f} | {sum(hits[:15])} | "
        f"{sum(hits[:40])} | {shares}"
    )


def _reliability(judged: Iterable[Judged]) -> str:
    lines = ["| probability | items | fit | share |", "|---|--:|--:|--:|"]
    groups: dict[int, list[bool]] = {}
    for one in judged:
        groups.setdefault(min(9, int(10 * one.chance)), []).append(one.fits)
    for tenth, group in sorted(groups.items()):
        range_ = f"{tenth / 10:.1f} to {(tenth + 1) / 10:.1f}"
        lines.append(f"| {range_} | {len(group):,} | {sum(group)} | {100 * fmean(group):.0f} % |")
    return "\n".join(lines)


def _toml(fitted: Sequence[Weights], lists: Sequence[MarkedList]) -> str:
    names = dict.fromkeys(one.name for one in lists)
    lines = [
        "# With nothing decided; written by `python -m bench.relevance --write`.",
        "# An item's log odds are the bias and, of each feature, weight * (value - mean) / spread;",
        "# then those of the calibration, which was fitted on lists that the weights were not.",
        "",
        "[made_from]",
        "nights = [" + ", ".join(f'"{night}"' for night in NIGHTS) + "]",
        "lists = [" + ", ".join(f'"{name}"' for name in names) + "]",
        f"items = {sum(len(one.marks) for one in lists)}",
        f"fits = {sum(mark is True for one in lists for mark in one.marks)}",
        f"regularisation = {STRENGTH}",
    ]
    for name, weights in zip((*PASSES, CALIBRATION), fitted, strict=True):
        lines += ["", f"[{name}]", f"bias = {weights.bias:.4f}", "", f"[{name}.features]"]
        lines += [
            f"{key} = {{ weight = {w.weight:.4f}, mean = {w.mean:.4f}, spread = {w.spread:.4f} }}"
            for key, w in weights.features.items()
        ]
    return "\n".join(lines) + "\n"


def fit_logistic(
    rows: Sequence[Sequence[float]],
    fits: Sequence[bool],
    cases: Sequence[float],
    prior: Sequence[float],
    strength: Sequence[float],
) -> list[float]:
    """Return the weights that explain best which rows fit, by Newton's method.

    `cases` weighs the rows. Each weight is drawn to its `prior` with its `strength`.
    """
    matrix, fit, case = np.array(rows), np.array(fits), np.array(cases)
    weights, held = np.array(prior), np.array(strength)
    for _ in range(_MAX_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(matrix @ weights, -30, 30)))
        gradient = held * (weights - prior) + matrix.T @ (case * (chance - fit))
        curve = case * chance * (1 - chance)
        hessian = np.diag(held) + matrix.T @ (matrix * curve[:, None])
        step = np.linalg.solve(hessian, gradient)
        weights = weights - step
        if np.abs(step).max() < 1e-8:
            break
    return [float(weight) for weight in weights]


if __name__ == "__main__":
    raise SystemExit(main())
