"""What readers of lists would be glad to meet there, of all that the recorded nights showed."""

import json
import tomllib
from datetime import date, timedelta
from pathlib import Path

from bench.recorded_nights import HISTORY, nights
from staycurrent.sources.item import Item

CURATED = Path(__file__).resolve().parents[1] / "curated.md"
INDEPENDENT = HISTORY.parents[1] / "marks" / "marks.json"
OTHER_SUBJECTS = ("public-apis", "php", "programming-books")
"""Lists that nothing of the feeds fits."""
WINDOWS = {
    "all": (date(2026, 5, 16), date(2026, 8, 2)),
    "tuning": (date(2026, 5, 16), date(2026, 5, 31)),
    "reporting": (date(2026, 6, 1), date(2026, 8, 2)),
}
"""The trending page was recorded from 2026-05-16 to 2026-06-15, the papers for all of it."""


def shown_items(until: date, days: int = 90) -> list[Item]:
    """What the recorded nights showed in some days, each item once, with its most upvotes."""
    shown: dict[str, Item] = {}
    for _, pulls in nights(until - timedelta(days=days), until):
        for item in (item for pull in pulls for item in pull.items):
            known = shown.setdefault(item.identity, item)
            if (item.upvotes or 0) > (known.upvotes or 0):
                shown[item.identity] = item
    return [shown[identity] for identity in sorted(shown)]


def all_marks() -> dict[str, dict[str, bool | None]]:
    """By list, what fits (True) and what is borderline (None), by identity."""
    found: dict[str, dict[str, bool | None]] = {}
    for row in json.loads(INDEPENDENT.read_text("utf-8"))["marks"]:
        of_list = found.setdefault(row["list"], {})
        if row["mark"] != "stray":
            of_list[row["id"]] = True if row["mark"] == "fits" else None
    tables = tomllib.loads(Path(__file__).with_name("marks.toml").read_text("utf-8"))
    for name, table in tables.items():
        if "fits" in table:
            found[name] = dict.fromkeys(table["borderline"]) | dict.fromkeys(table["fits"], True)
    return found | {name: {} for name in OTHER_SUBJECTS}
