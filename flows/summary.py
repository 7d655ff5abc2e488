"""What a night came to, in the few words and rows that an orchestrator shows."""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from staycurrent.curated import escaping
from staycurrent.flows.commands.check import CheckReport
from staycurrent.flows.rendering import Rendering
from staycurrent.flows.snapshots import SnapshotReport
from staycurrent.reports.model import LinkRow, Status
from staycurrent.reports.text import sanitise
from staycurrent.sources.item import PullResult, SourceState
from staycurrent.warehouse.backups import Backup

# Not what ends a sentence or a bracket behind it.
_ADDRESS = re.compile(r"https?://[^\s<>]*[^\s<>.,;:!?)]")


def flag_changes(before: Status, now: Status) -> list[dict[str, str]]:
    """A row for each place that shows another flag than before the night."""
    earlier = {(row.list, row.url, row.title): _shown(row) for row in before.links}
    flags = ((row, earlier.get((row.list, row.url, row.title), "")) for row in now.links)
    return [_change(row, was) for row, was in flags if _shown(row) != was]


def _change(row: LinkRow, was: str) -> dict[str, str]:
    return {
        "where": f"{sanitise(row.list)}:{row.line}",
        "link": sanitise(row.title),
        "address": sanitise(row.url),
        "was": was,
        "now": _shown(row),
        "why": str(row.verdict.reason),
        "instead": sanitise(row.verdict.suggestion or ""),
    }


def _shown(row: LinkRow) -> str:
    return row.flag if row.flag and not row.kept else ""


def check_summary(came: CheckReport) -> str:
    """How many links were looked at, and what came of it."""
    of_all = f"{came.checked} of {came.links} links looked at"
    return f"{of_all}, {came.requests} requests, {came.changed} verdicts changed"


def feeds_summary(pulls: Sequence[PullResult]) -> str:
    """How many feeds gave what they should, and the others by name."""
    others = ", ".join(f"{one.source} {one.state}" for one in pulls if not _is_ok(one))
    return f"{sum(map(_is_ok, pulls))} of {len(pulls)} feeds fine" + (others and f"; {others}")


def _is_ok(one: PullResult) -> bool:
    return one.state is SourceState.OK


def lists_summary(renderings: Sequence[Rendering]) -> str:
    """How many lists are not what they were."""
    return f"{sum(one.changed for one in renderings)} of {len(renderings)} lists differ"


def with_links(words: str) -> str:
    """Words as markdown in which the addresses can be followed, and nothing else has a meaning."""
    return " ".join(map(_linked, words.split()))


def _linked(word: str) -> str:
    found = _ADDRESS.search(word)
    if found is None:
        return escaping.escape_text(word)
    before, url, rest = word[: found.start()], found.group(), word[found.end() :]
    link = f"[{escaping.escape_text(url)}]({escaping.escape_destination(url)})"
    return f"{escaping.escape_text(before)}{link}{escaping.escape_text(rest)}"


def link_to(page: Path) -> str:
    """A page on this machine's disk as a link; a browser on the same machine can follow it."""
    return f"[{escaping.escape_text(page.name)}]({page.resolve().as_uri()})"


def _backed_up(came: Backup | None) -> str:
    return f"{came.path.name}, read through and good" if came else "no backup"


def _archived(came: SnapshotReport) -> str:
    return f"{came.found} snapshots of {came.wanted} failing links found"


STAGE_SUMMARIES: Mapping[str, Callable[[Any], str]] = {
    "check": check_summary,
    "archive": _archived,
    "back_up": _backed_up,
    "pull": feeds_summary,
    "render": lists_summary,
    "write": "{} lists written".format,
}
"""What each stage came to, in a few words; a stage that is not here ends without."""
