"""What a night came to, in the few words and rows that an orchestrator shows."""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from staycurrent.curated import escape
from staycurrent.flows.archive import ArchiveReport
from staycurrent.flows.check import CheckReport
from staycurrent.flows.render import Rendering
from staycurrent.reports.status import LinkRow, Status
from staycurrent.reports.terminal import inert
from staycurrent.sources.item import Pull, SourceState
from staycurrent.warehouse.backups import Backup

# Not what ends a sentence or a bracket behind it.
_ADDRESS = re.compile(r"https?://[^\s<>]*[^\s<>.,;:!?)]")


def changes(before: Status, now: Status) -> list[dict[str, str]]:
    """A row for each place that shows another flag than before the night."""
    earlier = {(row.list, row.url, row.title): _shown(row) for row in before.links}
    flags = ((row, earlier.get((row.list, row.url, row.title), "")) for row in now.links)
    return [_change(row, was) for row, was in flags if _shown(row) != was]


def _change(row: LinkRow, was: str) -> dict[str, str]:
    return {
        "where": f"{inert(row.list)}:{row.line}",
        "link": inert(row.title),
        "address": inert(row.url),
        "was": was,
        "now": _shown(row),
        "why": str(row.verdict.reason),
        "instead": inert(row.verdict.suggestion or ""),
    }


def _shown(row: LinkRow) -> str:
    return row.flag if row.flag and not row.kept else ""


def looked(came: CheckReport) -> str:
    """How many links were looked at, and what came of it."""
    of_all = f"{came.looked_at} of {came.links} links looked at"
    return f"{of_all}, {came.requests} requests, {came.changed} verdicts changed"


def fine(pulls: Sequence[Pull]) -> str:
    """How many feeds gave what they should, and the others by name."""
    others = ", ".join(f"{one.source} {one.state}" for one in pulls if not _is_ok(one))
    return f"{sum(map(_is_ok, pulls))} of {len(pulls)} feeds fine" + (others and f"; {others}")


def _is_ok(one: Pull) -> bool:
    return one.state is SourceState.OK


def differing(renderings: Sequence[Rendering]) -> str:
    """How many lists are not what they were."""
    return f"{sum(one.changed for one in renderings)} of {len(renderings)} lists differ"


def linked(words: str) -> str:
    """Words as markdown in which the addresses can be followed, and nothing else has a meaning."""
    return " ".join(map(_linked, words.split()))


def _linked(word: str) -> str:
    found = _ADDRESS.search(word)
    if found is None:
        return escape.text(word)
    before, url, rest = word[: found.start()], found.group(), word[found.end() :]
    link = f"[{escape.text(url)}]({escape.destination(url)})"
    return f"{escape.text(before)}{link}{escape.text(rest)}"


def link_to(page: Path) -> str:
    """A page on this machine's disk as a link; a browser on the same machine can follow it."""
    return f"[{escape.text(page.name)}]({page.resolve().as_uri()})"


def _backed_up(came: Backup | None) -> str:
    return f"{came.path.name}, read through and good" if came else "no backup"


def _archived(came: ArchiveReport) -> str:
    return f"{came.found} snapshots of {came.wanted} failing links found"


CAME_TO: Mapping[str, Callable[[Any], str]] = {
    "check": looked,
    "archive": _archived,
    "back_up": _backed_up,
    "pull": fine,
    "render": differing,
    "write": "{} lists written".format,
}
"""What each stage came to, in a few words; a stage that is not here ends without."""
