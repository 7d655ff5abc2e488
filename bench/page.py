"""How big and how quick the page is: 3,000 links looked at on each of 60 nights."""

import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from staycurrent.flows.commands.report import write_report
from staycurrent.flows.context import RunContext, fixed_clock, load_context
from staycurrent.flows.reporter import Reporter
from staycurrent.links.link import Link, link
from staycurrent.links.observation import Freshness, Observation, Outcome
from staycurrent.links.settings import Rules
from staycurrent.links.verdict import conclude_verdict
from staycurrent.sources.item import Item, PullResult, SourceState
from staycurrent.warehouse import items, observations, runs, verdicts
from staycurrent.warehouse.open import Warehouse, open_warehouse
from staycurrent.warehouse.runs import RunStatus
from tests.support.folder import with_database

LINKS = 3000
NIGHTS = 60
LAST = date(2026, 11, 20)
OFFLINE = 37
"""A night that is not judged."""
SECTIONS = ("Foundations", "Models", "Data", "Training", "Inference", "Evaluation", "Courses",
            "Talks", "Tools", "Papers by year")  # fmt: skip
WORDS = ("attention", "scaling", "tokens", "sparse", "retrieval", "alignment", "distilled", "long",
         "context", "mixture", "experts", "speech", "vision", "small", "agents", "evaluation",
         "notes", "a guide to", "towards", "fast", "open", "learning")  # fmt: skip
HOSTS = ("github.com",) * 40 + ("arxiv.org",) * 14 + ("huggingface.co",) * 10
FATES = (("well", 880), ("gone", 30), ("missing", 25), ("moved", 22), ("archived", 28), ("tls", 6),
         ("blocked", 25), ("passing", 30), ("slow", 10), ("new", 6))  # fmt: skip


def main(kept: str = "") -> None:
    """Print the measurements; the page stays in the folder that is named."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(kept or made)
        night = laid_out(folder)
        out = folder / "report.html"
        began = time.perf_counter()
        with_database(write_report, night, out)
        print(
            f"report of {LINKS:,} links over {NIGHTS} nights, s {time.perf_counter() - began:8.2f}"
        )
        print(f"  its size, MB {out.stat().st_size / 1e6:24.2f}")
        blank = folder / "blank.html"
        blank.write_text("<!doctype html><title>x</title>", encoding="utf-8")
        if shutil.which("chromium"):
            spent = [opened(out) - opened(blank) for _ in range(3)]
            print(f"  opened in headless Chromium, over an empty page, s {sorted(spent)[1]:.2f}")


def opened(page: Path) -> float:
    """Seconds until Chromium has loaded, run and laid out a page, its own start included."""
    began = time.perf_counter()
    argv = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--window-size=1280,900"]
    shot = f"--screenshot={page.with_suffix('.png')}"
    subprocess.run([*argv, shot, page.as_uri()], check=True, capture_output=True)
    return time.perf_counter() - began


def laid_out(folder: Path) -> RunContext:
    """A list and a warehouse that knows 60 nights of it."""
    chance = random.Random(7)  # noqa: S311 -- played, and the same every time
    entries = [_entry(chance, number) for number in range(LINKS)]
    (folder / "curated.md").write_text(_listing(entries), encoding="utf-8")
    (folder / "staycurrent.toml").write_text("", encoding="utf-8")
    fates = {key: _fate(chance) for key in _keys(entries)}
    with open_warehouse(folder / ".staycurrent" / "warehouse.duckdb") as warehouse:
        histories: defaultdict[str, list[Observation]] = defaultdict(list)
        for number in range(NIGHTS):
            _night(warehouse, number, fates, histories)
    as_of = datetime(LAST.year, LAST.month, LAST.day, 3, tzinfo=UTC)
    return load_context(folder / "staycurrent.toml", fixed_clock(as_of), Reporter(), environment={})


def _entry(chance: random.Random, number: int) -> tuple[str, str]:
    title = " ".join(chance.choices(WORDS, k=chance.randint(2, 6))).capitalize()
    host = chance.choice(HOSTS) if chance.random() < 0.68 else f"site{number % 400}.example.org"
    slug = re.sub(r"\W+", "-", title.lower())
    path = (
        f"abs/26{number % 12:02}.{number:05}"
        if host == "arxiv.org"
        else f"lab-{number % 90}/{slug}-{number}"
    )
    return title, f"https://{host}/{path}"


def _listing(entries: list[tuple[str, str]]) -> str:
    lines = ["# An awesome list", ""]
    share = len(entries) // len(SECTIONS)
    for place, name in enumerate(SECTIONS):
        mine = entries[place * share : (place + 1) * share]
        lines += [f"## {name}", "", *(f"- [{title}]({url})" for title, url in mine), ""]
    return "\n".join(lines)


def _keys(entries: list[tuple[str, str]]) -> Iterator[str]:
    for _, url in entries:
        asked = link(url)
        assert isinstance(asked, Link)
        yield asked.key


def _fate(chance: random.Random) -> tuple[str, int]:
    names, weights = zip(*FATES, strict=True)
    return chance.choices(names, weights)[0], chance.randint(-30, NIGHTS - 2)


def _night(
    w: Warehouse,
    number: int,
    fates: dict[str, tuple[str, int]],
    histories: dict[str, list[Observation]],
) -> None:
    night = LAST - timedelta(days=NIGHTS - 1 - number)
    moment = datetime(night.year, night.month, night.day, 2, tzinfo=UTC)
    run_id = runs.begin(w, run_date=night, started_at=moment, links=LINKS)
    checked = [_look(key, *fate, number, moment) for key, fate in fates.items()]
    observations.add(w, run_id, checked)
    judged = number != OFFLINE
    status = RunStatus.JUDGED if judged else RunStatus.NOT_JUDGED
    if judged:
        for one in checked:
            histories[one.link].append(one)
    reason = "" if judged else "3 of 5 canaries did not answer: this machine seems to be offline"
    counts = {"checked": len(checked), "requests": 1900 + number * 7, "seconds": 231.5}
    runs.finish(w, run_id, status=status, reason=reason, finished_at=moment, **counts)  # type: ignore[arg-type]
    if judged:
        stored = verdicts.stored(w, list(fates), "")
        before = {key: one.verdict for key, one in stored.items() if one.verdict is not None}
        concluded = [conclude_verdict(key, histories[key], Rules()) for key in fates]
        verdicts.record(w, run_id, concluded, before)
    for name in ("github_trending", "papers_with_code", "weekly_papers"):
        items.add(w, night, _pull(name, number), pulled_at=moment)


def _pull(name: str, number: int) -> PullResult:
    state = SourceState.FALLBACK if name[0] == "p" and number % 9 else SourceState.OK
    state = SourceState.STALE if name[0] == "g" and number in (50, 51) else state
    item = Item(
        f"repository:github:a/{number}", "repository", f"a/{number}", "https://github.com/a/b", 1
    )
    return PullResult(
        name, state, "page", (item,), "" if state is SourceState.OK else "the page has changed"
    )


def _look(key: str, fate: str, begins: int, number: int, moment: datetime) -> Observation:
    outcome, evidence, more = _seen(key, fate, number - begins, number)
    return Observation(key, moment.date(), moment, outcome, "page", evidence=evidence, **more)  # type: ignore[arg-type]


def _seen(key: str, fate: str, age: int, number: int) -> tuple[Outcome, str, dict[str, object]]:
    quiet: tuple[Outcome, str, dict[str, object]] = (
        Outcome.OK,
        '200, "A page of its own title"',
        {},
    )
    if fate == "well" or age < 0:
        return (
            (Outcome.TIMEOUT, "no answer in 20 s, twice", {})
            if hash_of(key, number) % 400 == 0
            else quiet
        )
    fates_shown: dict[str, tuple[Outcome, str, dict[str, object]]] = {
        "gone": (Outcome.GONE, "410 twice, 2 minutes apart", {}),
        "missing": (Outcome.MISSING, "404 twice, 2 minutes apart", {}),
        "moved": (Outcome.REDIRECTED, "301 to the new place",
                  {"permanent": True, "final_url": f"{key}-moved"}),
        "archived": (Outcome.OK, "archived in 2026", {"freshness": Freshness.ARCHIVED}),
        "tls": (Outcome.TLS, "TLS: certificate has expired", {}),
        "blocked": (Outcome.BLOCKED, "403 with a challenge page", {"status": 403}),
        "slow": (Outcome.TIMEOUT, "no answer in 20 s, twice", {}),
    }  # fmt: skip
    if fate in fates_shown:
        return fates_shown[fate]
    return fates_shown["missing"] if age % 11 in (3, 4) else quiet


def hash_of(key: str, number: int) -> int:
    """The same number for the same link and night, in every process."""
    return sum(key.encode()) * 31 + number * 17


if __name__ == "__main__":
    main(*sys.argv[1:])
