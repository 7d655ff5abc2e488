"""Summaries of the stages, and the rows of artifacts, as Prefect shows them."""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from staycurrent.curated.escaping import escape_destination, escape_text
from staycurrent.flows.commands.check import CheckReport
from staycurrent.flows.rendering import Rendering
from staycurrent.flows.snapshots import SnapshotReport
from staycurrent.reports.model import LinkRow, Status
from staycurrent.reports.text import sanitise
from staycurrent.reports.wording import reason_text
from staycurrent.sources.item import PullResult, SourceState
from staycurrent.warehouse.backups import Backup

# without the punctuation that follows an address in a sentence
_URL = re.compile(r"https?://[^\s<>]*[^\s<>.,;:!?)]")


def flag_changes(before: Status, current: Status) -> list[dict[str, str]]:
    """A row for each occurrence whose flag has changed."""
    earlier = {(row.list, row.url, row.title): _shown_flag(row) for row in before.links}
    return [
        {
            "where": f"{sanitise(row.list)}:{row.line}",
            "link": sanitise(row.title),
            "address": sanitise(row.url),
            "was": flag,
            "now": _shown_flag(row),
            "why": reason_text(row.verdict.reason),
            "suggestion": sanitise(row.verdict.suggestion or ""),
        }
        for row in current.links
        if (flag := earlier.get((row.list, row.url, row.title), "")) != _shown_flag(row)
    ]


def _shown_flag(row: LinkRow) -> str:
    return row.flag if row.flag and not row.kept else ""


def check_summary(report: CheckReport) -> str:
    """How many links were checked, and what changed."""
    return (
        f"{report.checked} of {report.links} links checked, {report.requests} requests, "
        f"{report.changed} verdicts changed"
    )


def feeds_summary(pulls: Sequence[PullResult]) -> str:
    """How many feeds are ok, and the others by name."""
    others = [f"{pull.source} {pull.state}" for pull in pulls if pull.state is not SourceState.OK]
    return "; ".join([f"{len(pulls) - len(others)} of {len(pulls)} feeds ok", *others])


def lists_summary(renderings: Sequence[Rendering]) -> str:
    """How many lists changed."""
    return f"{sum(one.changed for one in renderings)} of {len(renderings)} lists changed"


def with_links(text: str) -> str:
    """The text as markdown: addresses are links, and nothing else has a meaning."""
    words = []
    for word in text.split():
        match = _URL.search(word)
        if match is None:
            words.append(escape_text(word))
            continue
        url = match.group()
        link = f"[{escape_text(url)}]({escape_destination(url)})"
        before, after = word[: match.start()], word[match.end() :]
        words.append(f"{escape_text(before)}{link}{escape_text(after)}")
    return " ".join(words)


def link_to(page: Path) -> str:
    """A link to a file; a browser on the same machine can follow it."""
    return f"[{escape_text(page.name)}]({page.resolve().as_uri()})"


def _backup_summary(backup: Backup | None) -> str:
    return f"{backup.path.name}, verified" if backup else "no backup"


def _snapshot_summary(report: SnapshotReport) -> str:
    return f"{report.found} snapshots of {report.wanted} failing links found"


STAGE_SUMMARIES: Mapping[str, Callable[[Any], str]] = {
    "check": check_summary,
    "find_snapshots": _snapshot_summary,
    "back_up": _backup_summary,
    "pull": feeds_summary,
    "render": lists_summary,
    "write_lists": "{} lists written".format,
}
"""By the name of the stage, what its result says."""
