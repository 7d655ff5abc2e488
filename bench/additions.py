"""Replays recorded nights against git histories: what was added later, and offered before.

    python -m bench.additions --histories DIR             # night by night, as `pull` does it
    python -m bench.additions --histories DIR --feeds F   # only what was added later, judged once

DIR holds clones of lists (README.md). Each night sees the list as it was then; nothing that was
offered is decided. F is a folder like ../shared/recorded/history; what was added is judged on the
first night on which its feeds give it the support that it needs.
"""

import argparse
import re
import subprocess
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from statistics import median

from bench import recorded_nights
from bench.candidates import replay
from bench.marks import WINDOWS
from bench.recorded_nights import nights
from staycurrent.curated.document import parse
from staycurrent.curated.entries import list_entries
from staycurrent.flows.lists import ListDocument
from staycurrent.identity import identify
from staycurrent.sources.item import Item
from staycurrent.sources.relevance.model import RelevanceModel
from staycurrent.sources.settings import CandidateSettings

_WITHIN = timedelta(days=60)
_YEAR = date(2026, 1, 1)
_LINK = re.compile(rb"""https?://[^\s<>()"'\]]+""")
_KINDS = ("paper:", "repository:")


@dataclass(frozen=True, slots=True)
class History:
    """The versions of a list, the oldest first."""

    repository: Path
    file: str
    dates: Sequence[date]
    commits: Sequence[str]

    @classmethod
    def read(cls, repository: Path, file: str) -> "History":
        """Read when the list changed."""
        log = _git(repository, "log", "--reverse", "--format=%cs %H", "--", file).decode()
        rows = sorted(tuple(line.split()) for line in log.splitlines())
        days = [date.fromisoformat(day) for day, _ in rows]
        return cls(repository, file, days, [commit for _, commit in rows])

    def version(self, at: int) -> bytes:
        """Return a version; empty where the file was deleted."""
        try:
            return _git(self.repository, "show", f"{self.commits[at]}:{self.file}")
        except subprocess.CalledProcessError:
            return b""

    def document(self, day: date) -> ListDocument:
        """Return the list as it was on a date."""
        raw = self.version(max(0, bisect_right(self.dates, day) - 1))
        return ListDocument(self.repository / self.file, self.file, parse(raw))

    def additions(self, since: date) -> dict[str, date]:
        """Return the papers and repositories that came after a date, and when."""
        first = max(0, bisect_right(self.dates, since) - 1)
        added: dict[str, date] = {}
        for at in range(first, len(self.dates)):
            for url in _LINK.findall(self.version(at)):
                added.setdefault(str(identify(url.decode("utf-8", "replace"))), self.dates[at])
        return {
            identity: day
            for identity, day in added.items()
            if day > since and identity.startswith(_KINDS)
        }


def _git(repository: Path, *arguments: str) -> bytes:
    command = ["git", "-C", str(repository), *arguments]
    return subprocess.run(command, check=True, capture_output=True).stdout


def main() -> int:
    """Print a row for each list."""
    parser = argparse.ArgumentParser(prog="python -m bench.additions", description=__doc__)
    parser.add_argument("--histories", type=Path, required=True, help="folder with clones")
    parser.add_argument("--feeds", type=Path, help="judge what feeds of another folder showed")
    parser.add_argument("--semantic", action="store_true", help="with staycurrent[semantic]")
    parser.add_argument("--floor", type=float, help="instead of candidates.min_relevance")
    asked = parser.parse_args()
    limits = replace(CandidateSettings(), semantic=asked.semantic)
    if asked.floor is not None:
        limits = replace(limits, min_relevance=asked.floor)
    if asked.feeds:
        recorded_nights.HISTORY = asked.feeds
        return judge(asked.histories, limits)
    shown: dict[str, date] = {}
    for day, pulls in nights(*WINDOWS["all"]):
        for pull in pulls:
            for item in pull.items:
                shown.setdefault(item.identity, day)
    print("| list | added | shown before | offered before | days before | offered |")
    print("|---|--:|--:|--:|--:|--:|")
    leads: list[int] = []
    for clone in sorted(asked.histories.iterdir()):
        leads += _row(clone.name, History.read(clone, "README.md"), limits, shown)
    print(f"\n{len(leads)} offered before, median {median(leads) if leads else 0} days")
    return 0


def judge(histories: Path, limits: CandidateSettings) -> int:
    """Print what was added within sixty days after the feeds showed it, and how well it fitted."""
    played = list(nights(_YEAR, date.max.replace(year=_YEAR.year)))
    shown: dict[str, list[tuple[date, Item]]] = {}
    for day, pulls in played:
        for item in (item for pull in pulls for item in pull.items):
            shown.setdefault(item.identity, []).append((day, item))
    leads: dict[bool, list[int]] = {False: [], True: []}
    count = 0
    for clone in sorted(histories.iterdir()):
        history = History.read(clone, "README.md")
        added = history.additions(_YEAR)
        count += len(added)
        for identity, day in sorted(added.items()):
            rows = [row for row in shown.get(identity, ()) if row[0] <= day <= row[0] + _WITHIN]
            if not rows:
                continue
            supported = [row for row in rows if _has_support(row, rows, limits)]
            found, item = (supported or rows)[0]
            pool = {
                one.identity: one
                for night, pulls in played
                if found - timedelta(days=90) <= night <= found
                for pull in pulls
                for one in pull.items
            }
            document = history.document(found).document
            entries = list(list_entries(document))
            relevance = RelevanceModel(entries, list(pool.values()), [document.title]).relevance(
                item
            )
            offered = bool(supported) and relevance >= limits.min_relevance
            leads[offered].append((day - found).days)
            print(clone.name, identity, (day - found).days, f"{relevance:.2f}", offered, flush=True)
    print(f"{count} added, {sum(map(len, leads.values()))} shown, {len(leads[True])} offered")
    print(f"median days before: {median(leads[True]) if leads[True] else '-'}")
    return 0


def _has_support(
    row: tuple[date, Item], rows: Sequence[tuple[date, Item]], limits: CandidateSettings
) -> bool:
    day, item = row
    if item.kind == "repository":
        lately = {other for other, _ in rows if day - timedelta(days=7) < other <= day}
        return len(lately) >= limits.trending_nights
    return item.upvotes is None or item.upvotes >= limits.min_upvotes


def _row(
    name: str, history: History, limits: CandidateSettings, shown: Mapping[str, date]
) -> list[int]:
    """Print a list's row and return how many days before its additions were offered."""
    window = WINDOWS["all"]
    added = history.additions(window[0])
    offered: dict[str, date] = {}
    for night in replay(history.document, window, limits):
        for one in night.standing:
            offered.setdefault(one.identity, night.night)
    leads = _leads(added, offered)
    print(
        f"| {name} | {len(added)} | {len(_leads(added, shown))} | {len(leads)} | "
        f"{median(leads) if leads else '-'} | {len(offered)} |",
        flush=True,
    )
    return leads


def _leads(added: Mapping[str, date], before: Mapping[str, date]) -> list[int]:
    """Return the days between, of what was added within sixty days after."""
    return sorted(
        (day - before[identity]).days
        for identity, day in added.items()
        if identity in before and timedelta() <= day - before[identity] <= _WITHIN
    )


if __name__ == "__main__":
    raise SystemExit(main())
