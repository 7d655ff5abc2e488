"""Fits the weights of the relevance model to marks, and measures it on lists that it left out.

    python -m bench.relevance --lists DIR            # the tables of docs/candidates.md
    python -m bench.relevance --lists DIR --write    # and sources/relevance/weights.toml

DIR holds each list of bench/marks.toml as NAME.md, from the repository and commit named there.
"""

import argparse
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import fmean, pstdev

from bench.marks import CURATED, all_marks, shown_items
from staycurrent.curated.document import parse
from staycurrent.curated.entries import list_entries
from staycurrent.sources.item import Item
from staycurrent.sources.relevance.features import Company, ListProfile
from staycurrent.sources.relevance.model import Weight, Weights, probability

WEIGHTS = Path(__file__).resolve().parents[1] / "sources" / "relevance" / "weights.toml"
_MAX_STEPS = 30
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
    marks: tuple[bool | None, ...]
    """None for a borderline case, which is not learned from and counts as a miss."""


def main() -> int:
    """Print the tables; write the weights if told to."""
    parser = argparse.ArgumentParser(prog="python -m bench.relevance", description=__doc__)
    parser.add_argument("--lists", type=Path, required=True, help="folder with NAME.md")
    parser.add_argument("--write", action="store_true", help="write sources/relevance/weights.toml")
    asked = parser.parse_args()
    pools = [shown_items(night) for night in NIGHTS]
    lists = [
        one
        for name, marks in all_marks().items()
        for one in marked_lists(name, asked.lists, pools, marks)
    ]
    scores: list[tuple[float, bool]] = []
    for name in dict.fromkeys(one.name for one in lists):
        weights = fit([other for other in lists if other.name != name])
        ranked = score([one for one in lists if one.name == name], *weights)
        scores += ranked
        print(_row(name, ranked))
    print(_reliability(scores))
    first, second = fit(lists)
    for name, weight in second.features.items():
        print(f"{name:10} {weight.weight:6.2f}")
    if asked.write:
        WEIGHTS.write_text(_toml(first, second, lists), encoding="utf-8")
    return 0


def marked_lists(
    name: str,
    folder: Path,
    pools: Sequence[Sequence[Item]],
    marks: Mapping[str, bool | None],
) -> Iterator[MarkedList]:
    """Read a list and learn its profile against each pool of items."""
    path = CURATED if name == "curated" else folder / f"{name}.md"
    document = parse(path.read_bytes())
    entries = [(f"{one.title} . {one.text}", one.section) for one in list_entries(document)]
    for items in pools:
        profile = ListProfile.learn(entries, items, title=document.title)
        yield MarkedList(
            name,
            profile,
            tuple(map(profile.features, profile.seen)),
            tuple(marks.get(item.identity, False) for item in items),
        )


def fit(lists: Sequence[MarkedList]) -> tuple[Weights, Weights]:
    """Fit the weights of both passes to some lists."""
    without_votes = [
        [{k: v for k, v in row.items() if k not in ("votes", "uncounted")} for row in one.features]
        for one in lists
    ]
    first = _fit(lists, without_votes)
    return first, _fit(lists, [_with_company(one, first) for one in lists])


def _fit(lists: Sequence[MarkedList], features: Sequence[Sequence[Mapping[str, float]]]) -> Weights:
    names = [*features[0][0]]
    columns = {name: [row[name] for rows in features for row in rows] for name in names}
    scale = {name: (fmean(column), pstdev(column)) for name, column in columns.items()}
    rows: list[list[float]] = []
    fits: list[bool] = []
    cases: list[float] = []
    for one, of_list in zip(lists, features, strict=True):
        known = sum(mark is not None for mark in one.marks)
        strays = 0
        for values, mark in zip(of_list, one.marks, strict=True):
            strays += mark is False
            # of what does not fit, each third stands for three
            if mark or (mark is False and strays % 3 == 0):
                rows.append([1.0, *((values[n] - scale[n][0]) / scale[n][1] for n in names)])
                fits.append(mark)
                cases.append((1 if mark else 3) * LIST_WEIGHT / known / len(NIGHTS))
    size = len(names)
    bias, *weights = fit_logistic(
        rows, fits, cases, [0.0] * (size + 1), [0.001, *([STRENGTH] * size)]
    )
    return Weights(
        bias, {name: Weight(w, *scale[name]) for name, w in zip(names, weights, strict=True)}
    )


def _with_company(one: MarkedList, first: Weights) -> list[Mapping[str, float]]:
    seen = one.profile.seen
    company = Company.learn(seen, [probability(first.log_odds(row)) for row in one.features])
    return [{**row, **company.features(item)} for row, item in zip(one.features, seen, strict=True)]


def score(
    nights: Sequence[MarkedList], first: Weights, second: Weights
) -> list[tuple[float, bool]]:
    """Return the probability of each item on the first night that has it, and whether it fits."""
    found: dict[str, tuple[float, bool]] = {}
    for one in nights:
        rows = zip(one.profile.seen, _with_company(one, first), one.marks, strict=True)
        for item, row, mark in rows:
            chance = probability(second.log_odds(row))
            found.setdefault(item.item.identity, (chance, mark is True))
    return sorted(found.values(), key=lambda pair: -pair[0])


def average_precision(ranked: Iterable[bool]) -> float:
    """The mean of the precision at each thing that fits."""
    found = [rank for rank, fits in enumerate(ranked, 1) if fits]
    return fmean(n / rank for n, rank in enumerate(found, 1)) if found else 0.0


def _row(name: str, ranked: Sequence[tuple[float, bool]]) -> str:
    hits = [fits for _, fits in ranked]
    shares = " ".join(
        f"{sum(fits for chance, fits in ranked if chance >= least)} of "
        f"{sum(chance >= least for chance, _ in ranked)} |"
        for least in (0.5, 0.7, 0.8)
    )
    return (
        f"| {name} | {sum(hits)} | {average_precision(hits):.2f} | {sum(hits[:15])} | "
        f"{sum(hits[:40])} | {shares}"
    )


def _reliability(scores: Iterable[tuple[float, bool]]) -> str:
    lines = ["| probability | items | fit | share |", "|---|--:|--:|--:|"]
    groups: dict[int, list[bool]] = {}
    for chance, fits in scores:
        groups.setdefault(min(9, int(10 * chance)), []).append(fits)
    for tenth, group in sorted(groups.items()):
        range_ = f"{tenth / 10:.1f} to {(tenth + 1) / 10:.1f}"
        lines.append(f"| {range_} | {len(group):,} | {sum(group)} | {100 * fmean(group):.0f} % |")
    return "\n".join(lines)


def _toml(first: Weights, second: Weights, lists: Sequence[MarkedList]) -> str:
    names = dict.fromkeys(one.name for one in lists)
    lines = [
        "# With nothing decided; written by `python -m bench.relevance --write`.",
        "# An item's log odds are the bias and, of each feature, weight * (value - mean) / spread.",
        "",
        "[made_from]",
        "nights = [" + ", ".join(f'"{night}"' for night in NIGHTS) + "]",
        "lists = [" + ", ".join(f'"{name}"' for name in names) + "]",
        f"items = {sum(len(one.marks) for one in lists)}",
        f"fits = {sum(mark is True for one in lists for mark in one.marks)}",
        f"regularisation = {STRENGTH}",
    ]
    for name, weights in (("first_pass", first), ("second_pass", second)):
        lines += ["", f"[{name}]", f"bias = {weights.bias:.4f}"]
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
    size = len(prior)
    weights = list(prior)
    for _ in range(_MAX_STEPS):
        gradient = [s * (w - p) for s, w, p in zip(strength, weights, prior, strict=True)]
        hessian = [[strength[i] * (i == j) for j in range(size)] for i in range(size)]
        for row, fit, case in zip(rows, fits, cases, strict=True):
            odds = sum(value * weight for value, weight in zip(row, weights, strict=True))
            chance = probability(odds)
            error, curve = case * (chance - fit), case * chance * (1 - chance)
            for i, value in enumerate(row):
                gradient[i] += error * value
                scaled, line = curve * value, hessian[i]
                for j in range(i + 1):
                    line[j] += scaled * row[j]
        step = _solve(hessian, gradient)
        weights = [weight - change for weight, change in zip(weights, step, strict=True)]
        if max(map(abs, step)) < 1e-8:
            break
    return weights


def _solve(matrix: Sequence[Sequence[float]], vector: Sequence[float]) -> list[float]:
    """Solve a positive definite system, given its lower half, by Cholesky's decomposition."""
    size = len(vector)
    lower = [[0.0] * size for _ in range(size)]
    for i in range(size):
        for j in range(i + 1):
            rest = matrix[i][j] - sum(lower[i][k] * lower[j][k] for k in range(j))
            lower[i][j] = math.sqrt(rest) if i == j else rest / lower[j][j]
    half: list[float] = []
    for i in range(size):
        half.append((vector[i] - sum(lower[i][k] * half[k] for k in range(i))) / lower[i][i])
    solved = [0.0] * size
    for i in reversed(range(size)):
        rest = sum(lower[k][i] * solved[k] for k in range(i + 1, size))
        solved[i] = (half[i] - rest) / lower[i][i]
    return solved


if __name__ == "__main__":
    raise SystemExit(main())
