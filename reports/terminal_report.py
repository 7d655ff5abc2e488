"""The status on a terminal: what needs attention first, in its width and with its colours."""

import re
from collections.abc import Iterator, Sequence
from io import StringIO
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from staycurrent.links.verdict import VerdictState
from staycurrent.reports.model import LinkRow, Status, held_back, upcoming_checks
from staycurrent.reports.text import Screen, plural, sanitise
from staycurrent.reports.text_report import other_sections, subject_lines, summary
from staycurrent.reports.wording import VERDICT_WORDING, link_groups, verdict_reason
from staycurrent.sources.item import SourceState

_MIN_WIDTH_FOR_REASON = 100
"""Narrower terminals show the reason below the title."""
_TRAILING_BLANKS = re.compile(r"(?<! )(?: |\x1b\[[\d;]*m)++$", re.MULTILINE)
_MOST_WITHOUT_ACTION = 10
"""Suspect and blocked links that are named; there is nothing to do about them now."""
_WITHOUT_ACTION = (VerdictState.SUSPECT, VerdictState.BLOCKED)
# The 16 colours that a terminal's theme defines, so that both light and dark themes are readable.
_VERDICT_COLOURS: Final = {
    VerdictState.DEAD: "red",
    VerdictState.USURPED: "red",
    VerdictState.INSECURE: "yellow",
    VerdictState.REFUSED: "yellow",
    VerdictState.MOVED: "blue",
    VerdictState.STALE: "cyan",
}
_FEED_COLOURS: Final = {
    SourceState.OK: "green",
    SourceState.FALLBACK: "cyan",
    SourceState.STALE: "yellow",
    SourceState.DOWN: "red",
}


def as_terminal_text(status: Status, screen: Screen) -> str:
    """Lines for the terminal, with its escape codes; ends with a newline."""
    out = StringIO()
    console = Console(
        file=out,
        width=screen.width,
        force_terminal=True,
        color_system="standard",
        no_color=not screen.colours,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
        _environ={},
    )
    held = held_back(status)
    if held:
        console.print(Text(held, style="bold yellow"), "", sep="\n")
    for state, heading, rows in link_groups(status):
        wording, colour = VERDICT_WORDING[state], _VERDICT_COLOURS.get(state, "default")
        title = Text(f"{wording.glyph} {heading} ", f"bold {colour}")
        title.append(str(len(rows)), style="not dim bold default")
        shown = rows[:_MOST_WITHOUT_ACTION] if state in _WITHOUT_ACTION else rows
        console.print(title)
        console.print(_indented(wording.action, "dim"))
        console.print(_link_table(shown, screen))
        if len(rows) > len(shown):
            more = f"  ... and {len(rows) - len(shown)} more (pipe the output to see all)"
            console.print(Text(more, style="dim"))
        console.print()
    console.print(Group(*_other_sections(status, screen)))
    ahead = upcoming_checks(status)
    if ahead:
        console.print(Text(ahead, style="dim"))
    console.print(Text(summary(status), style="bold"))
    return _TRAILING_BLANKS.sub(lambda codes: codes.group().replace(" ", ""), out.getvalue())


def _link_table(rows: Sequence[LinkRow], screen: Screen) -> Table:
    """Position, link and reason; on a narrow terminal the reason is below the link."""
    is_wide = screen.width >= _MIN_WIDTH_FOR_REASON
    table = _grid(screen)
    if is_wide:
        table.add_column(width=46, overflow="fold")
    for row in rows:
        verdict = row.verdict
        link = Text(sanitise(row.title), style="bold").append(f"\n{sanitise(row.url)}", "not bold")
        if verdict.suggestion:
            link.append(f"\n→ {sanitise(verdict.suggestion)}", style="not bold blue")
        if verdict.archive:
            link.append(f"\nsnapshot {sanitise(verdict.archive)}", style="not bold dim")
        colour = _VERDICT_COLOURS.get(verdict.state, "default")
        reason = Text(verdict_reason(verdict, row.evidence), style=f"not bold {colour}")
        if row.kept:
            reason.append("  kept", style="not bold default")
        where = Text(f"  {sanitise(row.list)}:{row.line}")
        if is_wide:
            table.add_row(where, link, reason)
        else:
            table.add_row(where, link.append("\n").append_text(reason))
    return table


def _other_sections(status: Status, screen: Screen) -> Iterator[RenderableType]:
    """What is about to end, findings, maintenance, candidates and feeds."""
    for line in other_sections(status):
        yield _indented(line.lstrip()) if line.startswith(" ") else Text(line, style="bold")
    if status.candidates:
        yield Text(f"+ candidates {len(status.candidates)}", style="bold")
        table = _grid(screen)
        for candidate in status.candidates:
            text = Text(sanitise(candidate.title), style="bold")
            text.append(f"\n{sanitise(candidate.url)}", "not bold")
            text.append(f"\n{sanitise(candidate.why)}", "not bold dim")
            table.add_row(f"  {candidate.first_seen}", text)
        yield Group(table, "")
    for line in subject_lines(status):
        yield _indented(line.lstrip(), "dim") if line.startswith(" ") else Text(line)
    if status.sources:
        table = Table.grid(padding=(0, 2))
        for feed in status.sources:
            state = Text(str(feed.state), style=_FEED_COLOURS[feed.state])
            items = " ".join(filter(None, (plural(feed.items, "item"), sanitise(feed.note))))
            table.add_row(Text(f"  {sanitise(feed.source)}"), state, Text(items, style="dim"))
        yield Group(Text("Feeds", style="bold"), table, "")


def _indented(text: str, style: str = "") -> Padding:
    """Text whose wrapped lines are indented too."""
    return Padding(Text(text, style), (0, 0, 0, 2))


def _grid(screen: Screen) -> Table:
    table = Table.grid(padding=(0, 2), expand=True)
    table.add_column(overflow="fold", style="dim", max_width=screen.width // 3)
    table.add_column(ratio=1, overflow="fold")
    return table
